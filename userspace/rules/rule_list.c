// SPDX-License-Identifier: GPL-2.0-only
/*
 * What --list-rules prints: a line for each, in columns. State, name and what it does fill SCREEN_WIDTH columns where
 * that is enough; the reason and where it stands follow, on a terminal of that width in a line of their own.
 */
#include "rules/rule_set.h"

#include "lib/clock.h"
#include "lib/text.h"
#include "rules/step.h"

#include <string.h>
#include <time.h>

#define REASON_SIZE 512
#define TEXT_SIZE TEXT_ESCAPED_SIZE(REASON_SIZE)
#define SCREEN_WIDTH 100
#define STATE_WIDTH 7

struct row {
	bool is_enabled;
	bool is_local;
	const char *word; /* before the name */
	const char *name;
	const char *what; /* ASCII */
	const char *source;
	const char *reason; /* NULL: none is given */
};

typedef void (*row_taker)(void *context, const struct row *row);

struct widths {
	size_t name;
	size_t what;
};

static size_t name_width(const struct row *row)
{
	return strlen(row->word) + strlen(row->name);
}

static size_t wider(size_t width, size_t other)
{
	return width > other ? width : other;
}

static void measure(void *context, const struct row *row)
{
	struct widths *widths = context;

	widths->name = wider(widths->name, name_width(row));
	widths->what = wider(widths->what, strlen(row->what));
}

struct printing {
	struct widths widths;
	FILE *stream;
};

static void print_row(void *context, const struct row *row)
{
	const struct printing *printing = context;
	const char *state = row->is_enabled ? (row->is_local ? "local" : "enabled") : "off";
	int padding = (int)(printing->widths.name - name_width(row));
	char text[TEXT_SIZE];

	fprintf(printing->stream, "%-*s  %s%s%*s  %-*s  ", STATE_WIDTH, state, row->word, row->name, padding, "",
		(int)printing->widths.what, row->what);
	if (row->reason) {
		text_escape(text, sizeof(text), row->reason, strlen(row->reason));
		fprintf(printing->stream, "%s ", text);
	}
	text_escape(text, sizeof(text), row->source, strlen(row->source));
	fprintf(printing->stream, "(%s)\n", text);
}

static void write_names(FILE *stream, const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? ", " : word, names[i]);
}

static void write_combination(const void *subject, FILE *stream)
{
	const struct combination *combination = subject;

	fputs(alert_severity_name(combination->severity), stream);
	write_names(stream, " at any of ", combination->any, combination->any_count);
	write_names(stream, combination->any_count ? " and all of " : " at all of ", combination->all,
		    combination->all_count);
}

static void write_until(FILE *stream, uint64_t until_wall_ns)
{
	time_t last = (time_t)(until_wall_ns / NANOSECONDS_A_SECOND) - 1;
	struct tm day;

	gmtime_r(&last, &day);
	fprintf(stream, " until %04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

static void write_allowance(const void *subject, FILE *stream)
{
	const struct allowance *allowance = subject;
	char period[TEXT_DURATION_SIZE];

	fputs(allowance->rule_count ? "of" : "of all rules", stream);
	write_names(stream, " ", allowance->rules, allowance->rule_count);
	if (allowance->until_wall_ns)
		write_until(stream, allowance->until_wall_ns);
	if (allowance->unused_after_ns == ALLOWANCE_NEVER_UNUSED)
		fputs(" unused after never", stream);
	else if (allowance->unused_after_ns)
		fprintf(stream, " unused after %s",
			text_format_duration(allowance->unused_after_ns / NANOSECONDS_A_SECOND, period));
}

static void write_rule(const void *subject, FILE *stream)
{
	steps_print(subject, stream);
}

static void take_row(struct row *row, void (*write)(const void *subject, FILE *stream), const void *subject,
		     row_taker take, void *context)
{
	_cleanup_free_ char *what = NULL;
	size_t size;
	FILE *stream = open_memstream(&what, &size);

	if (stream)
		write(subject, stream);
	if (stream && fclose(stream) == 0)
		row->what = what;
	else
		row->what = "(no memory)";
	take(context, row);
}

static void take_rows(const struct rule_set *set, row_taker take, void *context)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule *rule = &set->rules[i];
		struct row row = {rule->is_enabled, rule->is_local, "", rule->name, NULL, rule->source, rule->reason};
		take_row(&row, write_rule, rule, take, context);
	}
	for (size_t i = 0; i < set->combination_count; i++) {
		const struct combination *combination = &set->combinations[i];
		struct row row = {combination->is_enabled, combination->is_local, "together ", combination->name, NULL,
				  combination->source,     combination->reason};
		take_row(&row, write_combination, combination, take, context);
	}
	for (size_t i = 0; i < set->allowance_count; i++) {
		const struct allowance *allowance = &set->allowances[i];
		struct row row = {allowance->is_enabled, allowance->is_local, "allow ", allowance->name, NULL,
				  allowance->source,     allowance->reason};
		take_row(&row, write_allowance, allowance, take, context);
	}
}

void rule_set_print(const struct rule_set *set, FILE *stream)
{
	struct printing printing = {.stream = stream};
	struct widths *widths = &printing.widths;

	take_rows(set, measure, widths);
	size_t before = STATE_WIDTH + 2 + widths->name + 2; /* of what it does */
	size_t most = SCREEN_WIDTH - 2 > before ? SCREEN_WIDTH - 2 - before : 0;
	if (widths->what > most)
		widths->what = most;
	take_rows(set, print_row, &printing);
}
