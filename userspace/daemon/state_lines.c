// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/state_lines.h"

#include "control/server.h"
#include "ledger/keep.h"
#include "lib/keep.h"
#include "rules/rule_set.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#define PART_KIND "part"
#define END_KIND "end"

/* ---- Writing */

static void begin_part(FILE *stream, const char *name)
{
	keep_begin(stream, PART_KIND);
	keep_put_text(stream, "name", name);
	keep_end(stream);
}

void state_lines_write(const struct kept_parts *parts, const struct gap_moment *moment, bool is_end, FILE *stream)
{
	const struct state_head head = {
		.moment = *moment,
		.is_end = is_end,
		.clock_ns = rules_clock(parts->rules),
		.secret = fingerprint_begin(),
	};
	char text[STATE_HEAD_SIZE];

	state_head_format(&head, text);
	fputs(text, stream);
	begin_part(stream, "rules");
	rules_keep(parts->rules, stream, moment->boot_ns);
	if (parts->ledger) {
		begin_part(stream, "ledger");
		ledger_keep(parts->ledger, stream);
	}
	if (parts->control) {
		begin_part(stream, "lines");
		control_keep(parts->control, stream);
	}
	keep_begin(stream, END_KIND);
	keep_end(stream);
}

/* ---- Reading */

struct part {
	const char *name;
	int (*take)(void *context, struct keep_line *line);
	void *context;
};

/* Goes through the lines of a file. */
struct reading {
	FILE *stream;
	const struct part *parts;
	size_t part_count;
	const struct part *part; /* NULL: one that is not asked for */
	struct state_reading *said;
};

static const struct part *find_part(const struct reading *reading, const char *name)
{
	for (size_t i = 0; name && i < reading->part_count; i++)
		if (strcmp(reading->parts[i].name, name) == 0)
			return &reading->parts[i];
	return NULL;
}

static int take_line(struct reading *reading, struct keep_line *line)
{
	if (keep_is(line, END_KIND))
		reading->said->has_end = true;
	else if (keep_is(line, PART_KIND))
		reading->part = find_part(reading, keep_text(line, "name"));
	else if (reading->part)
		return reading->part->take(reading->part->context, line);
	return 0;
}

/* Reads the next line. False: there is none. One without an end was cut, and is none. */
static bool next_line(struct reading *reading, char **text, size_t *size, struct keep_line *line, int *ret_error)
{
	ssize_t length = getline(text, size, reading->stream);

	if (length < 0)
		return false;
	reading->said->lines++;
	*ret_error = (*text)[length - 1] == '\n' ? keep_parse(*text, (size_t)length - 1, line) : -EINVAL;
	return true;
}

/* From the beginning on; the head is one of the lines that nobody asks for. */
static void read_parts(struct reading *reading)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	struct keep_line line;
	int error;

	rewind(reading->stream);
	while (next_line(reading, &text, &size, &line, &error)) {
		if (!error)
			error = take_line(reading, &line);
		if (!error)
			continue;
		struct state_reading *said = reading->said;
		said->first_bad = said->bad++ ? said->first_bad : said->lines;
	}
}

struct rules_taker {
	struct rules *rules;
	uint64_t time_ns;
};

static int take_for_rules(void *context, struct keep_line *line)
{
	const struct rules_taker *taker = context;
	return rules_restore(taker->rules, line, taker->time_ns);
}

static int take_for_ledger(void *context, struct keep_line *line)
{
	return ledger_reading_take(context, line);
}

static int take_for_control(void *context, struct keep_line *line)
{
	if (!keep_is(line, CONTROL_KEEP_KIND))
		return 0;
	return control_restore(context, line);
}

bool state_lines_read_head(FILE *stream, struct state_head *ret_head)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	struct keep_line line;
	struct state_reading unused = {0};
	struct reading reading = {.stream = stream, .said = &unused};
	int error = -EINVAL;

	return next_line(&reading, &text, &size, &line, &error) && !error && state_head_parse(&line, ret_head);
}

void state_lines_read_rules(FILE *stream, struct rules *rules, uint64_t time_ns, struct state_reading *ret_reading)
{
	struct rules_taker taker = {.rules = rules, .time_ns = time_ns};
	const struct part part = {"rules", take_for_rules, &taker};
	struct reading reading = {.stream = stream, .parts = &part, .part_count = 1, .said = ret_reading};

	*ret_reading = (struct state_reading){0};
	read_parts(&reading);
	rules_end_restore(rules);
}

void state_lines_read_rest(FILE *stream, struct ledger *ledger, struct control *control,
			   struct state_reading *ret_reading)
{
	_cleanup_(cleanup_ledger_reading_free) struct ledger_reading *rows = ledger_reading_new(ledger, rule_name);
	const struct part parts[] = {
		{"ledger", take_for_ledger, rows},
		{"lines", take_for_control, control},
	};
	struct reading reading = {.stream = stream, .parts = parts, .part_count = control ? 2 : 1, .said = ret_reading};

	*ret_reading = (struct state_reading){0};
	if (rows)
		read_parts(&reading);
}
