// SPDX-License-Identifier: GPL-2.0-only
#include "view/picture_read.h"

#include "lib/array.h"

#include <errno.h>
#include <string.h>

#define TIME_MAX 253402300799.0 /* the end of the year 9999 */
#define STRETCH_MAX (253402300799U / LEDGER_STRETCH_SECONDS)

enum field_type {
	FIELD_TEXT,
	FIELD_NUMBER,
	FIELD_TIME, /* or a number of seconds */
	FIELD_FLAG,
};

/* A member of an object, and where it goes. */
struct field {
	const char *key;
	enum field_type type;
	size_t offset;
};

/* Without half of a character at its end. */
static size_t cut_length(const char *text, size_t length)
{
	if (length <= PICTURE_TEXT_MAX)
		return length;
	length = PICTURE_TEXT_MAX;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static int set_text(char **target, const char *text, size_t length)
{
	if (*target && strncmp(*target, text, length) == 0 && (*target)[length] == '\0')
		return 0;
	char *copy = strndup(text, length);
	if (!copy)
		return -ENOMEM;
	free(*target);
	*target = copy;
	return 0;
}

static void clear_text(char **target)
{
	free(*target);
	*target = NULL;
}

/* An empty text is none, and one with a NUL in it is another than it looks. */
static int read_text(char **target, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	if (!text || !*text || memchr(text, '\0', length)) {
		clear_text(target);
		return value && (!text || length > 0) ? -EBADMSG : 0;
	}
	return set_text(target, text, cut_length(text, length));
}

static int read_number(uint64_t *target, const json_t *value)
{
	json_int_t number = json_integer_value(value);

	*target = number > 0 ? (uint64_t)number : 0;
	return value && (!json_is_integer(value) || number < 0) ? -EBADMSG : 0;
}

static int read_time(double *target, const json_t *value)
{
	double seconds = json_number_value(value);
	bool is_good = seconds >= 0 && seconds <= TIME_MAX;

	*target = is_good ? seconds : 0;
	return value && (!json_is_number(value) || !is_good) ? -EBADMSG : 0;
}

static int read_flag(bool *target, const json_t *value)
{
	*target = json_is_true(value);
	return value && !json_is_boolean(value) ? -EBADMSG : 0;
}

static int read_field(void *target, enum field_type type, const json_t *value)
{
	switch (type) {
	case FIELD_TEXT:
		return read_text(target, value);
	case FIELD_NUMBER:
		return read_number(target, value);
	case FIELD_TIME:
		return read_time(target, value);
	case FIELD_FLAG:
		return read_flag(target, value);
	}
	return -EBADMSG;
}

static int read_fields(void *target, const json_t *object, const struct field *fields, size_t count)
{
	int error = object && !json_is_object(object) ? -EBADMSG : 0;

	for (size_t i = 0; i < count; i++) {
		char *place = (char *)target + fields[i].offset;
		picture_note_error(&error, read_field(place, fields[i].type, json_object_get(object, fields[i].key)));
	}
	return error;
}

static void release_fields(void *target, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fields[i].type == FIELD_TEXT)
			clear_text((char **)(void *)((char *)target + fields[i].offset));
	}
}

uint64_t picture_read_number(const json_t *object, const char *key)
{
	uint64_t number;

	return read_number(&number, json_object_get(object, key)) == 0 ? number : 0;
}

#define COUNT_FIELD(member)                                                   \
	{                                                                     \
#member, FIELD_NUMBER, offsetof(struct ledger_counts, member) \
	}

static const struct field count_fields[] = {
	COUNT_FIELD(attempts), COUNT_FIELD(failed),   COUNT_FIELD(accepted),
	COUNT_FIELD(refused),  COUNT_FIELD(refusals), COUNT_FIELD(submissions),
};

static int read_counts(struct ledger_counts *counts, const json_t *object)
{
	const json_t *ports = json_object_get(object, "ports");
	int error = read_fields(counts, object, count_fields, COUNT_OF(count_fields));

	for (int port = 0; port < LEDGER_PORT_COUNT; port++) {
		const json_t *value = json_object_get(ports, ledger_port_name((enum ledger_port)port));
		picture_note_error(&error, read_number(&counts->ports[port], value));
	}
	return error;
}

/* {"newest": ..., "counts": [...]}: sums of them cannot overflow. */
static int read_stretches(uint64_t *newest, uint64_t *counts, size_t count, const json_t *object)
{
	const json_t *values = json_object_get(object, "counts");
	int error = read_number(newest, json_object_get(object, "newest"));

	if (*newest > STRETCH_MAX || (values && !json_is_array(values)))
		picture_note_error(&error, -EBADMSG);
	if (*newest > STRETCH_MAX)
		*newest = STRETCH_MAX;
	for (size_t i = 0; i < count; i++) {
		picture_note_error(&error, read_number(&counts[i], json_array_get(values, i)));
		if (counts[i] > UINT32_MAX)
			counts[i] = UINT32_MAX;
	}
	return error;
}

#define ROW_FIELD(key, type, member)                            \
	{                                                       \
		key, type, offsetof(struct picture_row, member) \
	}

static const struct field row_fields[] = {
	ROW_FIELD("revision", FIELD_NUMBER, revision),
	ROW_FIELD("name", FIELD_TEXT, name),
	ROW_FIELD("user", FIELD_TEXT, user),
	ROW_FIELD("process", FIELD_TEXT, process),
	ROW_FIELD("pid", FIELD_NUMBER, pid),
	ROW_FIELD("executable", FIELD_TEXT, executable),
	ROW_FIELD("site", FIELD_TEXT, site),
	ROW_FIELD("script", FIELD_TEXT, script),
	ROW_FIELD("url", FIELD_TEXT, url),
	ROW_FIELD("domain", FIELD_TEXT, domain),
	ROW_FIELD("open", FIELD_NUMBER, open),
	ROW_FIELD("destinations", FIELD_NUMBER, destinations),
	ROW_FIELD("estimated", FIELD_FLAG, destinations_estimated),
	ROW_FIELD("first", FIELD_TIME, first),
	ROW_FIELD("last", FIELD_TIME, last),
	ROW_FIELD("helo", FIELD_TEXT, helo),
	ROW_FIELD("reply", FIELD_TEXT, reply),
};

static const struct field flow_fields[] = {
	ROW_FIELD("remote", FIELD_TEXT, name),
	ROW_FIELD("local", FIELD_TEXT, local),
	ROW_FIELD("domain", FIELD_TEXT, domain),
	ROW_FIELD("started", FIELD_TIME, first),
	ROW_FIELD("duration", FIELD_TIME, duration),
	ROW_FIELD("outcome", FIELD_TEXT, outcome),
	ROW_FIELD("error", FIELD_TEXT, error),
	ROW_FIELD("bytes_sent", FIELD_NUMBER, bytes_sent),
	ROW_FIELD("bytes_received", FIELD_NUMBER, bytes_received),
	ROW_FIELD("accepted", FIELD_NUMBER, counts.accepted),
	ROW_FIELD("refused", FIELD_NUMBER, counts.refused),
	ROW_FIELD("tls", FIELD_TEXT, tls),
	ROW_FIELD("helo", FIELD_TEXT, helo),
};

static const struct field alert_fields[] = {
	ROW_FIELD("rule", FIELD_TEXT, rule),
	ROW_FIELD("incident", FIELD_TEXT, incident),
	ROW_FIELD("active", FIELD_FLAG, is_alerting),
};

/* Where a word is none that is known: for severities and states something that is noticed. */
static int parse_severity(const char *name, enum alert_severity *severity)
{
	*severity = ALERT_SEVERITY_WARNING;
	return name && alert_severity_parse(name, severity) == 0 ? 0 : -EBADMSG;
}

static int read_alert(struct picture_row *row, const json_t *alert)
{
	int error = read_fields(row, alert, alert_fields, COUNT_OF(alert_fields));

	row->severity = ALERT_SEVERITY_INFO;
	if (alert)
		picture_note_error(
			&error, parse_severity(json_string_value(json_object_get(alert, "severity")), &row->severity));
	return error;
}

/* The container tells more than the unit that it is to systemd. */
static int read_unit(struct picture_row *row, const json_t *object)
{
	const json_t *container = json_object_get(object, "container");

	return read_text(&row->unit, container ? container : json_object_get(object, "unit"));
}

/* A user without a name has a number. */
static int read_user_number(struct picture_row *row, const json_t *object)
{
	char text[sizeof("18446744073709551615")];
	uint64_t number;

	if (row->user || !json_object_get(object, "uid"))
		return 0;
	if (read_number(&number, json_object_get(object, "uid")) < 0)
		return -EBADMSG;
	int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return set_text(&row->user, text, (size_t)length);
}

static int read_words(struct picture_row *row, const json_t *object)
{
	const json_t *verdict = json_object_get(object, "verdict");
	const char *verdict_word = json_string_value(verdict);
	const char *by = json_string_value(json_object_get(object, "by"));
	int error = 0;

	row->verdict = LEDGER_VERDICT_COUNT;
	if (verdict && (!verdict_word || ledger_verdict_parse(verdict_word, &row->verdict) < 0))
		error = -EBADMSG;
	if (!by || ledger_by_parse(by, &row->by) < 0)
		error = -EBADMSG;
	return error;
}

int picture_read_row(struct picture_row *row, const json_t *object)
{
	int error = read_fields(row, object, row_fields, COUNT_OF(row_fields));

	picture_note_error(&error, read_words(row, object));
	picture_note_error(&error, read_unit(row, object));
	picture_note_error(&error, read_user_number(row, object));
	picture_note_error(&error, read_counts(&row->counts, json_object_get(object, "counts")));
	picture_note_error(&error, read_stretches(&row->newest_stretch, row->recent, LEDGER_RECENT,
						  json_object_get(object, "recent")));
	picture_note_error(&error, read_alert(row, json_object_get(object, "alert")));
	return error;
}

static int read_code(struct picture_row *row, const json_t *value)
{
	char text[sizeof("999")];

	if (!value)
		return 0;
	if (json_integer_value(value) < 100 || json_integer_value(value) > 999)
		return -EBADMSG;
	snprintf(text, sizeof(text), "%u", (unsigned int)json_integer_value(value) % 1000);
	return set_text(&row->reply, text, 3);
}

int picture_read_flow(struct picture_row *row, const json_t *object)
{
	int error = read_fields(row, object, flow_fields, COUNT_OF(flow_fields));

	row->is_flow = true;
	row->verdict = LEDGER_VERDICT_COUNT;
	row->open = json_is_true(json_object_get(object, "open"));
	row->last = row->first + row->duration;
	picture_note_error(&error, read_code(row, json_object_get(object, "code")));
	return error;
}

#define HEAD_FIELD(key, type, member)                            \
	{                                                        \
		key, type, offsetof(struct picture_head, member) \
	}

static const struct field head_fields[] = {
	HEAD_FIELD("now", FIELD_TIME, now),
	HEAD_FIELD("host", FIELD_TEXT, host),
	HEAD_FIELD("version", FIELD_TEXT, version),
	HEAD_FIELD("kernel", FIELD_TEXT, kernel),
	HEAD_FIELD("pid", FIELD_NUMBER, pid),
	HEAD_FIELD("started", FIELD_TIME, started),
	HEAD_FIELD("attached", FIELD_TEXT, attached),
	HEAD_FIELD("capture", FIELD_TEXT, capture),
	HEAD_FIELD("health_text", FIELD_TEXT, health_text),
	HEAD_FIELD("thinned", FIELD_NUMBER, thinned),
	HEAD_FIELD("since", FIELD_TIME, since),
	HEAD_FIELD("destinations_today", FIELD_NUMBER, destinations_today),
	HEAD_FIELD("receivers_today", FIELD_NUMBER, receivers_today),
	HEAD_FIELD("open", FIELD_NUMBER, open),
};

static const struct field lost_fields[] = {
	HEAD_FIELD("records", FIELD_NUMBER, lost_records),
	HEAD_FIELD("packets", FIELD_NUMBER, lost_packets),
	HEAD_FIELD("lines", FIELD_NUMBER, lost_lines),
};

static int read_by_grouping(uint64_t counts[LEDGER_BY_COUNT], const json_t *object)
{
	int error = 0;

	for (int by = 0; by < LEDGER_BY_COUNT; by++) {
		const json_t *value = json_object_get(object, ledger_by_name((enum ledger_by)by));
		picture_note_error(&error, read_number(&counts[by], value));
	}
	return error;
}

static int read_series(struct picture_head *head, const json_t *series)
{
	const json_t *stretch = json_object_get(series, "stretch");

	if (stretch && json_integer_value(stretch) != LEDGER_STRETCH_SECONDS)
		return -EBADMSG;
	return read_stretches(&head->newest_stretch, head->series, LEDGER_SERIES, series);
}

static int read_health(struct picture_head *head, const json_t *value)
{
	head->health = HEALTH_DEGRADED;
	if (!value)
		return 0;
	return json_is_string(value) && health_state_parse(json_string_value(value), &head->health) == 0 ? 0 : -EBADMSG;
}

int picture_read_head(struct picture_head *head, const json_t *object)
{
	int error = read_fields(head, object, head_fields, COUNT_OF(head_fields));

	picture_note_error(&error,
			   read_fields(head, json_object_get(object, "lost"), lost_fields, COUNT_OF(lost_fields)));
	picture_note_error(&error, read_health(head, json_object_get(object, "health")));
	picture_note_error(&error, read_counts(&head->all, json_object_get(object, "all")));
	picture_note_error(&error, read_counts(&head->today, json_object_get(object, "today")));
	picture_note_error(&error, read_series(head, json_object_get(object, "series")));
	picture_note_error(&error, read_by_grouping(head->total, json_object_get(object, "total")));
	picture_note_error(&error, read_by_grouping(head->forgotten, json_object_get(object, "forgotten")));
	head->is_known = json_is_object(object);
	return error;
}

void picture_release_row(struct picture_row *row)
{
	release_fields(row, row_fields, COUNT_OF(row_fields));
	release_fields(row, flow_fields, COUNT_OF(flow_fields));
	release_fields(row, alert_fields, COUNT_OF(alert_fields));
	clear_text(&row->unit);
}

void picture_release_head(struct picture_head *head)
{
	release_fields(head, head_fields, COUNT_OF(head_fields));
}
