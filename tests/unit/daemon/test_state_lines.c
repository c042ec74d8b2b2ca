// SPDX-License-Identifier: GPL-2.0-only
/* The file that outlives the daemon, as a whole. */
#include "daemon/state_lines.h"

#include "ledger/keep.h"
#include "rules/watch.h"
#include "support/kept.h"

#define ROWS 16

struct run {
	struct rules *rules;
	struct ledger *ledger;
	struct alert_log log;
};

static struct run new_run(void)
{
	const struct rules_options options = {.cooldown_ns = 300 * SECOND, .orphan_age_ns = RULES_ORPHAN_AGE_NS};
	static struct alert_log log;
	struct run run = {.ledger = ledger_new(ROWS, ROWS)};

	alert_log_clear(&log);
	run.rules = rules_new(&options, NULL, alert_log_take, &log);
	assert_non_null(run.rules);
	assert_non_null(run.ledger);
	return run;
}

static void end_run(struct run *run)
{
	rules_free(run->rules);
	ledger_free(run->ledger);
}

/* Of some attempts of an application. */
static char *write_file(size_t *ret_size)
{
	const struct kept_parts no_ledger = {.rules = NULL};
	struct kept_parts parts = no_ledger;
	struct watch *watch;
	void *state;
	char *text = NULL;
	struct ledger *ledger = ledger_new(ROWS, ROWS);
	const struct gap_moment moment = {.wall_ns = WALL_OF(START), .boot_ns = START + 60 * SECOND, .boot_id = "b"};

	assert_int_equal(watch_set_up(&state), 0);
	watch = state;
	for (uint16_t i = 0; i < 4; i++) {
		struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
		suspect.role = ACTOR_ROLE_APPLICATION;
		attempt(watch, &suspect, "203.0.113.25", 25);
	}
	ledger_tick(ledger, WALL_OF(START));
	parts.rules = watch->rules;
	parts.ledger = ledger;
	FILE *stream = open_memstream(&text, ret_size);
	state_lines_write(&parts, &moment, true, stream);
	assert_int_equal(fclose(stream), 0);
	watch_tear_down(&state);
	ledger_free(ledger);
	return text;
}

static size_t read_file(const char *text, size_t size, struct state_reading *ret_reading)
{
	struct run run = new_run();
	struct state_head head;
	struct state_reading rest;
	FILE *stream = fmemopen((void *)text, size, "r");

	assert_non_null(stream);
	*ret_reading = (struct state_reading){0};
	if (state_lines_read_head(stream, &head)) {
		state_lines_read_rules(stream, run.rules, head.moment.boot_ns, ret_reading);
		state_lines_read_rest(stream, run.ledger, NULL, &rest);
		ret_reading->bad += rest.bad;
	}
	fclose(stream);
	char *again = NULL;
	size_t alerts;
	stream = open_memstream(&again, &alerts);
	rules_keep(run.rules, stream, START + 60 * SECOND);
	fclose(stream);
	free(again);
	end_run(&run);
	return alerts;
}

static void test_whole(void **state)
{
	size_t size;
	char *text = write_file(&size);
	struct state_reading reading;

	(void)state;
	assert_non_null(strstr(text, "\nalert "));
	assert_non_null(strstr(text, "\ncounter "));
	size_t kept = read_file(text, size, &reading);
	assert_int_equal(reading.bad, 0);
	assert_true(reading.has_end);
	/* As much as was written: between the line of the part and the next one. */
	const char *begin = strstr(text, "part name=rules\n") + strlen("part name=rules\n");
	assert_int_equal(kept, strstr(text, "part name=ledger\n") - begin);
	free(text);
}

static void test_cut_and_flipped(void **state)
{
	size_t size;
	char *text = write_file(&size);
	struct state_reading reading;

	(void)state;
	for (size_t i = 1; i < size; i += 7) {
		read_file(text, i, &reading);
		assert_false(reading.has_end);
		char was = text[i];
		text[i] = was == '\n' ? ' ' : '\n';
		read_file(text, size, &reading);
		text[i] = was;
	}
	free(text);
}

/* Parts, lines and names that this version does not know are passed over; all else is read. */
static void test_newer(void **state)
{
	size_t size;
	char *text = write_file(&size);
	char *newer = NULL;
	size_t newer_size;
	FILE *stream = open_memstream(&newer, &newer_size);
	struct state_reading reading;
	size_t expected = read_file(text, size, &reading);

	(void)state;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "part", 4) == 0)
			fputs("part name=moon\nphase of=moon count=-1\n", stream);
		fprintf(stream, "%s%s\n", line, strcmp(line, "end") == 0 ? "" : " colour=green");
		if (strncmp(line, "part", 4) == 0)
			fputs("tide height=%20 flood=%41\n", stream);
	}
	fclose(stream);
	assert_int_equal(read_file(newer, newer_size, &reading), expected);
	assert_true(reading.has_end);
	free(newer);
	free(text);
}

/* Whatever the clocks say. */
static void test_clock(void **state)
{
	const struct state_head head = {
		.moment = {.wall_ns = 1000 * SECOND, .boot_ns = 500 * SECOND, .boot_id = "a"},
		.clock_ns = 7 * SECOND,
	};
	struct gap_moment now = {.wall_ns = 1010 * SECOND, .boot_ns = 520 * SECOND, .boot_id = "a"};

	(void)state;
	assert_int_equal(now.boot_ns + state_head_clock(&head, &now), 527 * SECOND);
	now = (struct gap_moment){.wall_ns = 1010 * SECOND, .boot_ns = 5 * SECOND, .boot_id = "b"};
	assert_int_equal(now.boot_ns + state_head_clock(&head, &now), 517 * SECOND);
	now.wall_ns = 3 * SECOND;
	assert_int_equal(now.boot_ns + state_head_clock(&head, &now), 507 * SECOND);
	now = (struct gap_moment){.wall_ns = 1010 * SECOND, .boot_ns = 5 * SECOND, .boot_id = "a"};
	assert_int_equal(now.boot_ns + state_head_clock(&head, &now), 517 * SECOND);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut_and_flipped),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_clock),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
