// SPDX-License-Identifier: GPL-2.0-only
#include "view/alert_line.h"

#include "explain/json_path.h"
#include "explain/moment.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "view/cells.h"

#include <inttypes.h>
#include <smtpwatch/alert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PART_SIZE 512
#define WHO_LEAST 24 /* cells that a path keeps before the destination gets any */

typedef void part_writer(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE]);

static const char *first_known(const char *left, const char *right)
{
	return left ? left : right;
}

static void copy(char text[PART_SIZE], const char *source)
{
	snprintf(text, PART_SIZE, "%s", source ? source : "");
}

static void write_time(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE])
{
	uint64_t at = moment_parse(json_path_text(alert, "@timestamp"));
	uint64_t now_ns = options->now > 0 ? (uint64_t)options->now * NANOSECONDS_A_SECOND : at;
	bool is_today = strcmp(MOMENT_AS(at, "%F"), MOMENT_AS(now_ns, "%F")) == 0;

	copy(text, at ? MOMENT_AS(at, is_today ? "%T" : "%d%b %T") : NULL);
}

static void write_severity(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE])
{
	const char *action = json_path_text(alert, "event.action");
	bool has_ended = action && strcmp(action, alert_phase_name(ALERT_ENDED)) == 0;

	(void)options;
	copy(text, has_ended ? action : json_path_text(alert, "log.level"));
}

static void write_rule(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE])
{
	(void)options;
	copy(text, json_path_text(alert, "rule.id"));
}

static void write_user(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE])
{
	(void)options;
	copy(text, first_known(json_path_text(alert, "user.name"), json_path_text(alert, "user.id")));
}

static void write_incident(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE])
{
	(void)options;
	copy(text, json_path_text(alert, "smtpwatch.incident"));
}

static void write_count(const json_t *alert, const struct alert_line_options *options, char text[PART_SIZE])
{
	uint64_t count = json_path_number(alert, "smtpwatch.count");

	(void)options;
	text[0] = '\0';
	if (count)
		snprintf(text, PART_SIZE, "x%" PRIu64, count);
}

/* The columns before the path. Names that are longer push the rest to the right where there is room for all. */
static const struct {
	part_writer *write;
	size_t width;
	size_t least; /* the line's width from which on it is there */
} parts[] = {
	{write_time, 8, 0},       {write_severity, 8, 0}, {write_rule, 13, 0},
	{write_incident, 6, 100}, {write_user, 10, 0},    {write_count, 6, 110},
};

static const char *who_of(const json_t *alert)
{
	const char *program =
		first_known(json_path_text(alert, "process.executable"), json_path_text(alert, "process.name"));

	return first_known(first_known(json_path_text(alert, "smtpwatch.script.path"), program),
			   json_path_text(alert, "source.ip"));
}

static void write_destination(const json_t *alert, char text[PART_SIZE])
{
	const char *domain = json_path_text(alert, "destination.domain");
	const char *address = json_path_text(alert, "destination.ip");
	uint64_t port = json_path_number(alert, "destination.port");
	bool is_ipv6 = !domain && address && strchr(address, ':');

	text[0] = '\0';
	if (!domain && !address)
		return;
	size_t length = (size_t)snprintf(text, PART_SIZE, "-> %s%s%s", is_ipv6 ? "[" : "", first_known(domain, address),
					 is_ipv6 ? "]" : "");
	if (port && length < PART_SIZE)
		snprintf(text + length, PART_SIZE - length, ":%" PRIu64, port);
}

/* A line under construction. */
struct row {
	const struct alert_line_options *options;
	char *line;
	size_t length; /* bytes */
	size_t taken;  /* cells */
};

static size_t room_of(const struct row *row)
{
	return row->options->width ? row->options->width - row->taken : ALERT_LINE_SIZE;
}

static void put(struct row *row, const char *text, size_t width, enum cells_cut cut, bool is_padded)
{
	const struct cells_form form = {.is_ascii = row->options->is_ascii, .cut = cut, .is_padded = is_padded};
	size_t room = room_of(row);

	row->taken += cells_fit(row->line + row->length, ALERT_LINE_SIZE - row->length, text,
				width < room ? width : room, &form);
	row->length += strlen(row->line + row->length);
}

static void put_part(struct row *row, size_t i, const json_t *alert)
{
	const size_t line_width = row->options->width;
	char text[PART_SIZE];

	if (line_width && line_width < parts[i].least)
		return;
	parts[i].write(alert, row->options, text);
	size_t wanted = cells_width(text, row->options->is_ascii);
	bool is_time = i == 0;
	put(row, text, wanted > parts[i].width && (is_time || !line_width) ? wanted : parts[i].width, CELLS_CUT_END,
	    true);
	put(row, "", 1, CELLS_CUT_END, true);
}

/* The path has what the destination leaves; where that is little, the destination is left out. */
static void put_who(struct row *row, const json_t *alert)
{
	const char *who = who_of(alert);
	char destination[PART_SIZE];
	size_t room = room_of(row);

	write_destination(alert, destination);
	size_t end = destination[0] ? cells_width(destination, row->options->is_ascii) + 1 : 0;
	bool has_destination = end > 0 && room >= (who ? WHO_LEAST : 0) + end;
	put(row, who, has_destination ? room - end : room, CELLS_CUT_MIDDLE, false);
	if (!has_destination)
		return;
	put(row, "", who ? 1 : 0, CELLS_CUT_END, true);
	put(row, destination, end, CELLS_CUT_END, false);
}

size_t alert_line_write(const json_t *alert, const struct alert_line_options *options, char line[ALERT_LINE_SIZE])
{
	struct row row = {.options = options, .line = line};

	line[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		put_part(&row, i, alert);
	put_who(&row, alert);
	while (row.length > 0 && line[row.length - 1] == ' ') {
		line[--row.length] = '\0';
		row.taken--;
	}
	return row.taken;
}
