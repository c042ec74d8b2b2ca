// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/open_alerts.h"

#include "lib/table.h"

#include <errno.h>
#include <string.h>

#define ALERTS_MAX 2048 /* as many as the rules keep at a time */
#define ROWS_MAX 16

struct open_alert {
	struct table_link link;
	struct fingerprint key;
	enum alert_severity severity;
	uint32_t raised; /* and not ended */
	uint32_t row_count;
	uint64_t rows[ROWS_MAX]; /* numbers, the one that it reached last at the end */
};

struct open_alerts {
	struct table *table;
	struct books *books;
};

struct open_alerts *open_alerts_new(struct books *books)
{
	_cleanup_(cleanup_open_alerts_free) struct open_alerts *alerts = calloc(1, sizeof(*alerts));

	if (!alerts)
		return NULL;
	alerts->books = books;
	alerts->table = table_new(ALERTS_MAX, offsetof(struct open_alert, key), sizeof(struct fingerprint), free);
	return alerts->table ? TAKE_PTR(alerts) : NULL;
}

void open_alerts_free(struct open_alerts *alerts)
{
	if (!alerts)
		return;
	table_free(alerts->table);
	free(alerts);
}

static struct fingerprint key_of(const struct alert *alert)
{
	struct fingerprint key = fingerprint_begin();

	fingerprint_add_text(&key, alert->rule);
	fingerprint_add_text(&key, alert->incident->id);
	return key;
}

/* Of what has not ended the heaviest; else it stays what it was. */
static void weigh(struct row_slot *slot)
{
	slot->row.is_alerting = false;
	for (int severity = ALERT_SEVERITY_COUNT - 1; severity >= 0; severity--) {
		if (slot->alerts[severity] == 0)
			continue;
		slot->row.is_alerting = true;
		slot->row.severity = (enum alert_severity)severity;
		return;
	}
}

static void count(struct row_slot *slot, enum alert_severity severity, int added)
{
	slot->alerts[severity] = (uint16_t)(slot->alerts[severity] + added);
	weigh(slot);
}

static void release(struct open_alerts *alerts, const struct open_alert *open, uint64_t number)
{
	struct row_slot *slot = books_at(alerts->books, number);

	if (!slot)
		return;
	count(slot, open->severity, -1);
	books_touch(alerts->books, slot);
}

static void end(struct open_alerts *alerts, struct open_alert *open)
{
	for (uint32_t i = 0; i < open->row_count; i++)
		release(alerts, open, open->rows[i]);
	table_remove(alerts->table, open);
}

static void rise(struct open_alerts *alerts, struct open_alert *open, enum alert_severity severity)
{
	for (uint32_t i = 0; i < open->row_count; i++) {
		struct row_slot *slot = books_at(alerts->books, open->rows[i]);
		if (!slot)
			continue;
		count(slot, open->severity, -1);
		count(slot, severity, 1);
		books_touch(alerts->books, slot);
	}
	open->severity = severity;
}

/* Where the row stands in the alert, or the end of its rows. */
static uint32_t place_of(const struct open_alert *open, uint64_t number)
{
	uint32_t place = 0;

	while (place < open->row_count && open->rows[place] != number)
		place++;
	return place;
}

static void take_out(struct open_alert *open, uint32_t place)
{
	open->row_count--;
	memmove(&open->rows[place], &open->rows[place + 1], (open->row_count - place) * sizeof(open->rows[0]));
}

static void reach(struct open_alerts *alerts, struct open_alert *open, struct row_slot *slot)
{
	uint32_t place = place_of(open, slot->row.number);

	if (place < open->row_count) {
		take_out(open, place);
	} else {
		if (open->row_count == ROWS_MAX) {
			release(alerts, open, open->rows[0]);
			take_out(open, 0);
		}
		count(slot, open->severity, 1);
	}
	open->rows[open->row_count++] = slot->row.number;
}

static void show(struct row_slot *slot, const struct alert *alert)
{
	struct ledger_row *row = &slot->row;

	row->rule = alert->rule;
	memcpy(row->incident, alert->incident->id, sizeof(row->incident));
	if (!row->is_alerting)
		row->severity = alert->severity;
}

/* NULL: no memory. */
static struct open_alert *take(struct open_alerts *alerts, const struct alert *alert)
{
	const struct fingerprint key = key_of(alert);
	struct open_alert *open = table_find(alerts->table, &key);

	if (open) {
		table_touch(alerts->table, open);
		open->raised += alert->phase == ALERT_RAISED;
		return open;
	}
	open = calloc(1, sizeof(*open));
	if (!open)
		return NULL;
	open->key = key;
	open->severity = alert->severity;
	open->raised = 1;
	if (table_is_full(alerts->table))
		end(alerts, table_oldest(alerts->table));
	table_insert(alerts->table, open);
	return open;
}

static void take_end(struct open_alerts *alerts, const struct alert *alert)
{
	const struct fingerprint key = key_of(alert);
	struct open_alert *open = table_find(alerts->table, &key);

	if (open && --open->raised == 0)
		end(alerts, open);
}

static void take_going(struct open_alerts *alerts, const struct row_set *rows, const struct alert *alert)
{
	struct open_alert *open = take(alerts, alert);

	if (!open)
		return;
	if (alert->severity > open->severity)
		rise(alerts, open, alert->severity);
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++)
		if (rows->by[by])
			reach(alerts, open, rows->by[by]);
}

void open_alerts_take(struct open_alerts *alerts, const struct row_set *rows, const struct alert *alert)
{
	if (alert->phase == ALERT_ENDED)
		take_end(alerts, alert);
	else
		take_going(alerts, rows, alert);
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		if (!rows->by[by])
			continue;
		show(rows->by[by], alert);
		books_touch(alerts->books, rows->by[by]);
	}
}

void open_alerts_keep(const struct open_alerts *alerts, FILE *stream)
{
	for (const struct open_alert *open = table_oldest(alerts->table); open; open = table_newer(open)) {
		keep_begin(stream, OPEN_ALERT_KEEP_KIND);
		keep_put_numbers(stream, "key", (const uint64_t[]){open->key.low, open->key.high}, 2);
		keep_put_text(stream, "severity", alert_severity_name(open->severity));
		keep_put_number(stream, "raised", open->raised);
		keep_put_numbers(stream, "rows", open->rows, open->row_count);
		keep_end(stream);
	}
}

static const char *severity_name(size_t number)
{
	return alert_severity_name((enum alert_severity)number);
}

int open_alerts_restore(struct open_alerts *alerts, struct keep_line *line,
			struct row_slot *(*find)(const void *context, uint64_t number), const void *context)
{
	_cleanup_free_ struct open_alert *open = calloc(1, sizeof(*open));
	uint64_t key[2];
	uint64_t rows[ROWS_MAX];

	if (!open)
		return -ENOMEM;
	keep_numbers(line, "key", UINT64_MAX, key, 2);
	size_t row_count = keep_numbers(line, "rows", UINT64_MAX, rows, ROWS_MAX);
	open->key = (struct fingerprint){.low = key[0], .high = key[1]};
	open->severity = (enum alert_severity)keep_choice(line, "severity", severity_name, ALERT_SEVERITY_COUNT);
	open->raised = (uint32_t)keep_number(line, "raised", UINT32_MAX);
	if (line->is_bad || open->raised == 0 || table_find(alerts->table, &open->key) || table_is_full(alerts->table))
		return -EINVAL;
	for (size_t i = 0; i < row_count; i++) {
		struct row_slot *slot = find(context, rows[i]);
		if (slot && place_of(open, slot->row.number) == open->row_count)
			reach(alerts, open, slot);
	}
	table_insert(alerts->table, TAKE_PTR(open));
	return 0;
}
