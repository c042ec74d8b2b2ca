// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that outlives the daemon: whatever it says, what was read of it goes on, is written, and that is read again
 * line by line.
 */
#include "control/internal.h"
#include "daemon/state_lines.h"
#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 16
#define KEYS 64
#define HISTORY_BYTES 4096
#define TIME_NS (100000 * NANOSECONDS_A_SECOND)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct rules *rules;
	struct ledger *ledger;
	struct control control; /* nothing but its past */
};

static void take_alert(void *context, const struct alert *alert)
{
	(void)context;
	(void)alert;
}

static void begin_run(struct run *run)
{
	const struct rules_options options = {.cooldown_ns = 300 * NANOSECONDS_A_SECOND, .max_keys = KEYS};

	*run = (struct run){
		.rules = rules_new(&options, calloc(1, sizeof(struct rule_set)), take_alert, NULL),
		.ledger = ledger_new(ROWS, ROWS),
		.control = {.alerts.max_bytes = HISTORY_BYTES},
	};
	if (!run->rules || !run->ledger)
		abort();
}

static void end_run(struct run *run)
{
	rules_free(run->rules);
	ledger_free(run->ledger);
	history_clear(&run->control.alerts);
}

/* Returns how many lines were refused. */
static size_t read_run(struct run *run, FILE *stream)
{
	struct state_reading of_rules;
	struct state_reading of_rest;

	state_lines_read_rules(stream, run->rules, TIME_NS, &of_rules);
	state_lines_read_rest(stream, run->ledger, &run->control, &of_rest);
	return of_rules.bad + of_rest.bad;
}

static void write_run(struct run *run, FILE *stream)
{
	const struct kept_parts parts = {.rules = run->rules, .ledger = run->ledger, .control = &run->control};
	const struct gap_moment moment = {.wall_ns = TIME_NS, .boot_ns = TIME_NS, .boot_id = "fuzz"};

	state_lines_write(&parts, &moment, true, stream);
}

static void check_again(struct run *run)
{
	char *text = NULL;
	size_t size;
	struct run again;
	struct state_head head;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		abort();
	write_run(run, stream);
	fclose(stream);
	stream = fmemopen(text, size, "r");
	if (!stream || !state_lines_read_head(stream, &head))
		abort();
	begin_run(&again);
	if (read_run(&again, stream) != 0)
		abort();
	end_run(&again);
	fclose(stream);
	free(text);
}

static void go_on(struct run *run)
{
	rules_tick(run->rules, TIME_NS + NANOSECONDS_A_SECOND, TIME_NS);
	ledger_tick(run->ledger, TIME_NS);
	rules_pause(run->rules);
	for (unsigned int minutes = 1; minutes < 20; minutes++) {
		rules_tick(run->rules, TIME_NS + minutes * 60 * NANOSECONDS_A_SECOND, TIME_NS);
		ledger_tick(run->ledger, TIME_NS);
	}
	rules_finish(run->rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run;
	struct state_head head;
	FILE *stream = size ? fmemopen((void *)data, size, "r") : NULL;

	if (!stream)
		return 0;
	state_lines_read_head(stream, &head);
	begin_run(&run);
	read_run(&run, stream);
	fclose(stream);
	check_again(&run);
	go_on(&run);
	end_run(&run);
	return 0;
}
