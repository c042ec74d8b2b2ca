// SPDX-License-Identifier: GPL-2.0-only
#include "client/line_text.h"

#include "explain/json_path.h"
#include "explain/moment.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "view/cells.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define TEXT_SIZE 1024

/* What tells what happened gets at least so much of a terminal. */
#define WHAT_LEAST 24

/* A text under construction; what does not fit is cut. */
struct text {
	char bytes[TEXT_SIZE];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->bytes + text->length, TEXT_SIZE - text->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length +=
			(size_t)length < TEXT_SIZE - text->length ? (size_t)length : TEXT_SIZE - text->length - 1;
}

static void put_text(struct text *text, const char *source)
{
	if (source)
		text->length +=
			text_escape_again(text->bytes + text->length, TEXT_SIZE - text->length, source, strlen(source));
}

/* With what stands before and behind it, where it is known. */
static void put_known(struct text *text, const char *before, const char *source, const char *behind)
{
	if (!source)
		return;
	put(text, "%s", before);
	put_text(text, source);
	put(text, "%s", behind);
}

static bool is_action(const json_t *line, const char *action)
{
	const char *text = json_path_text(line, "event.action");
	return text && strcmp(text, action) == 0;
}

static bool is_same_day(uint64_t left_ns, uint64_t right_ns)
{
	return strcmp(MOMENT_AS(left_ns, "%F"), MOMENT_AS(right_ns, "%F")) == 0;
}

static void put_time(struct text *text, const json_t *line, const struct line_layout *layout)
{
	uint64_t at = moment_parse(json_path_text(line, "@timestamp"));

	if (at)
		put(text, "%s", MOMENT_AS(at, is_same_day(at, layout->now_ns) ? "%T" : "%m-%d %T"));
}

static void put_severity(struct text *text, const json_t *line, const struct line_layout *layout)
{
	(void)layout;
	put_text(text, json_path_text(line, "log.level"));
}

static void put_incident(struct text *text, const json_t *line, const struct line_layout *layout)
{
	(void)layout;
	put_text(text, json_path_text(line, "smtpwatch.incident"));
}

static void put_user(struct text *text, const json_t *line, const struct line_layout *layout)
{
	const char *name = json_path_text(line, "user.name");

	(void)layout;
	put_text(text, name ? name : json_path_text(line, "user.id"));
}

/* The script, or else the process; of packets without one, where they came from. */
static void put_who(struct text *text, const json_t *line, const struct line_layout *layout)
{
	const char *script = json_path_text(line, "smtpwatch.script.path");
	const char *executable = json_path_text(line, "process.executable");
	uint64_t pid = json_path_number(line, "process.pid");

	(void)layout;
	if (script)
		put_text(text, script);
	else if (pid)
		put_text(text, executable ? executable : json_path_text(line, "process.name"));
	else
		put_text(text, json_path_text(line, "source.ip"));
	if (!script && pid)
		put(text, "[%" PRIu64 "]", pid);
	put_known(text, " (", json_path_text(line, "smtpwatch.origin"), ")");
}

static void put_destination(struct text *text, const json_t *line, const struct line_layout *layout)
{
	const char *domain = json_path_text(line, "destination.domain");
	const char *address = json_path_text(line, "destination.ip");
	uint64_t port = json_path_number(line, "destination.port");
	bool is_ipv6 = !domain && address && strchr(address, ':');

	(void)layout;
	put(text, "%s", is_ipv6 ? "[" : "");
	put_text(text, domain ? domain : address);
	put(text, "%s", is_ipv6 ? "]" : "");
	if (port)
		put(text, ":%" PRIu64, port);
}

static void put_reply(struct text *text, const json_t *line, const char *before)
{
	uint64_t code = json_path_number(line, "smtpwatch.reply.code");

	if (!code)
		return;
	put(text, "%s%" PRIu64, before, code);
	put_known(text, " ", json_path_text(line, "smtpwatch.reply.enhanced"), "");
	put_known(text, " ", json_path_text(line, "smtpwatch.reply.text"), "");
	put_known(text, " [", json_path_text(line, "smtpwatch.reply.class"), "]");
}

static void put_attempt(struct text *text, const json_t *line)
{
	put(text, "%s", json_path_flag(line, "smtpwatch.adopted") ? "open already" : "connects");
}

static void put_end(struct text *text, const json_t *line)
{
	char duration[CLOCK_TEXT_SIZE];
	uint64_t accepted = json_path_number(line, "smtpwatch.dialogue.accepted");
	uint64_t refused = json_path_number(line, "smtpwatch.dialogue.refused");

	put_known(text, "", json_path_text(line, "smtpwatch.outcome"), "");
	put(text, " after %s", clock_format_duration(json_path_number(line, "event.duration"), duration));
	if (accepted)
		put(text, ", %" PRIu64 " accepted", accepted);
	if (refused)
		put(text, ", %" PRIu64 " refused", refused);
	put_known(text, ", EHLO ", json_path_text(line, "smtpwatch.dialogue.ehlo"), "");
	put_known(text, ", HELO ", json_path_text(line, "smtpwatch.dialogue.helo"), "");
	put_reply(text, line, ": ");
}

static void put_refusal(struct text *text, const json_t *line)
{
	put_reply(text, line, "");
}

static void put_submission(struct text *text, const json_t *line)
{
	put(text, "hands over mail");
	put_known(text, ": ", json_path_text(line, "process.command_line"), "");
}

static void put_gap(struct text *text, const json_t *line)
{
	put(text, "nobody watched");
	put_known(text, " since ", json_path_text(line, "event.start"), "");
	if (json_path_number(line, "smtpwatch.connections"))
		put(text, ": the host opened %" PRIu64 " TCP connections meanwhile",
		    json_path_number(line, "smtpwatch.connections"));
}

/* What an event tells, by its action; of another one its name. */
static const struct {
	const char *action;
	void (*put)(struct text *text, const json_t *line);
} events[] = {
	{"attempt", put_attempt},       {"end", put_end}, {"reply", put_refusal},
	{"submission", put_submission}, {"gap", put_gap},
};

static void put_event(struct text *text, const json_t *line)
{
	for (size_t i = 0; i < COUNT_OF(events); i++)
		if (is_action(line, events[i].action)) {
			events[i].put(text, line);
			return;
		}
	put_text(text, json_path_text(line, "event.action"));
}

static void put_alert(struct text *text, const json_t *line)
{
	uint64_t count = json_path_number(line, "smtpwatch.count");

	put_text(text, json_path_text(line, "rule.id"));
	if (!is_action(line, "raised"))
		put_known(text, ", ", json_path_text(line, "event.action"), "");
	if (count > 1)
		put(text, ", %" PRIu64 " times", count);
	put_known(text, ": ", json_path_text(line, "smtpwatch.evidence"), "");
}

static void put_what(struct text *text, const json_t *line, const struct line_layout *layout)
{
	if (layout->is_of_alerts)
		put_alert(text, line);
	else
		put_event(text, line);
}

static const struct {
	void (*put)(struct text *text, const json_t *line, const struct line_layout *layout);
	size_t least; /* cells; the same where nothing is wider */
	size_t most;
	size_t narrow; /* to which it is cut where a terminal has little room, in their order; 0: it is not */
	enum cells_cut cut;
	bool is_of_alerts; /* alone */
	bool is_right;
} line_columns[] = {
	[LINE_TIME] = {put_time, 8, 14, 0, CELLS_CUT_START, false, true},
	[LINE_SEVERITY] = {put_severity, 8, 8, 0, CELLS_CUT_END, true, false},
	[LINE_INCIDENT] = {put_incident, 6, 6, 0, CELLS_CUT_END, true, false},
	[LINE_USER] = {put_user, 8, 16, 8, CELLS_CUT_END, false, false},
	[LINE_WHO] = {put_who, 20, 60, 16, CELLS_CUT_MIDDLE, false, false},
	[LINE_DESTINATION] = {put_destination, 18, 44, 14, CELLS_CUT_END, false, false},
	[LINE_WHAT] = {put_what, 0, 0, 0, CELLS_CUT_END, false, false},
};
static_assert(COUNT_OF(line_columns) == LINE_COLUMN_COUNT, "a row for each");

static bool is_shown(const struct line_layout *layout, enum line_column column)
{
	return layout->is_of_alerts || !line_columns[column].is_of_alerts;
}

static size_t widest(const struct line_layout *layout, enum line_column column, const json_t *lines)
{
	size_t width = line_columns[column].least;
	size_t i;
	json_t *line;

	json_array_foreach(lines, i, line)
	{
		struct text text = {0};
		line_columns[column].put(&text, line, layout);
		size_t cells = cells_width(text.bytes, layout->style.is_ascii);
		if (cells > width)
			width = cells;
	}
	return width < line_columns[column].most ? width : line_columns[column].most;
}

/* What is left for the last column, may be less than nothing. */
static long left_for_what(const struct line_layout *layout)
{
	long left = (long)layout->style.width;

	for (int column = 0; column < LINE_WHAT; column++)
		if (is_shown(layout, (enum line_column)column))
			left -= (long)layout->widths[column] + 1;
	return left;
}

void line_text_lay_out(struct line_layout *layout, const json_t *lines)
{
	static const enum line_column narrowed[] = {LINE_WHO, LINE_DESTINATION, LINE_USER};

	for (int column = 0; column < LINE_WHAT; column++)
		layout->widths[column] = widest(layout, (enum line_column)column, lines);
	layout->widths[LINE_WHAT] = 0;
	if (!layout->style.width)
		return;
	for (size_t i = 0; i < COUNT_OF(narrowed) && left_for_what(layout) < WHAT_LEAST; i++) {
		size_t *width = &layout->widths[narrowed[i]];
		size_t missing = (size_t)(WHAT_LEAST - left_for_what(layout));
		size_t narrow = line_columns[narrowed[i]].narrow;
		*width = *width > narrow + missing ? *width - missing : *width < narrow ? *width : narrow;
	}
	layout->widths[LINE_WHAT] = left_for_what(layout) > 0 ? (size_t)left_for_what(layout) : 1;
}

/* By the weight of its severity. */
static enum colour colour_of(const json_t *line)
{
	static const enum colour colours[] = {
		[ALERT_SEVERITY_INFO] = COLOUR_PLAIN,      [ALERT_SEVERITY_NOTICE] = COLOUR_NOTICE,
		[ALERT_SEVERITY_WARNING] = COLOUR_WARNING, [ALERT_SEVERITY_HIGH] = COLOUR_BAD,
		[ALERT_SEVERITY_CRITICAL] = COLOUR_WORST,
	};
	static_assert(COUNT_OF(colours) == ALERT_SEVERITY_COUNT, "a colour for each");
	const char *level = json_path_text(line, "log.level");

	enum alert_severity severity;

	return level && alert_severity_parse(level, &severity) == 0 ? colours[severity] : COLOUR_PLAIN;
}

/* A line that is being printed: blanks wait until something stands behind them. */
struct pen {
	const struct line_layout *layout;
	FILE *out;
	size_t blanks;
};

static void print_cells(struct pen *pen, const struct text *text, enum line_column column, enum colour colour)
{
	const struct print_style *style = &pen->layout->style;
	const struct cells_form form = {.is_ascii = style->is_ascii, .cut = line_columns[column].cut};
	char shown[CELLS_SIZE(TEXT_SIZE)];
	size_t width = style->width ? pen->layout->widths[column] : TEXT_SIZE;
	size_t cells = cells_fit(shown, sizeof(shown), text->bytes, width < TEXT_SIZE ? width : TEXT_SIZE, &form);
	size_t padding = pen->layout->widths[column] > cells ? pen->layout->widths[column] - cells : 0;

	if (line_columns[column].is_right)
		pen->blanks += padding;
	if (cells) {
		fprintf(pen->out, "%*s%s%s%s", (int)pen->blanks, "", print_begin(style, colour), shown,
			print_end(style, colour));
		pen->blanks = 0;
	}
	pen->blanks += 1 + (line_columns[column].is_right ? 0 : padding);
}

void line_text_print(const struct line_layout *layout, const json_t *line, FILE *out)
{
	struct pen pen = {.layout = layout, .out = out};

	for (int i = 0; i < LINE_COLUMN_COUNT; i++) {
		enum line_column column = (enum line_column)i;
		struct text text = {0};
		if (!is_shown(layout, column))
			continue;
		line_columns[column].put(&text, line, layout);
		print_cells(&pen, &text, column, column == LINE_SEVERITY ? colour_of(line) : COLOUR_PLAIN);
	}
	fputc('\n', out);
}
