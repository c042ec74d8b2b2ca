// SPDX-License-Identifier: GPL-2.0-only
#include "view/picture.h"

#include "lib/array.h"
#include "lib/table.h"
#include "view/picture_children.h"
#include "view/picture_read.h"

#include <errno.h>
#include <string.h>

#define ALERT_MAX ((size_t)64 * 1024) /* bytes of one, as text */
#define EXPLANATION_MAX 10000         /* lines of one */

/* A row of the grouping. The table has them in the order in which they changed. */
struct kept {
	struct table_link link;
	size_t place; /* in the array */
	uint64_t beginning;
	struct picture_row row;
};

struct picture {
	struct picture_head head;
	enum ledger_by by;
	struct table *table; /* of struct kept, by number; owns them */
	struct picture_row **rows;
	size_t capacity;
	uint64_t version;
	uint64_t beginning; /* how often all rows were to come again */
	bool is_beginning;  /* they are still coming */
	bool are_alerts_old;
	json_t *alerts;
	json_t *detail;
	json_t *explanation;
};

static void free_kept(void *entry)
{
	struct kept *kept = entry;

	picture_release_children(&kept->row);
	picture_release_row(&kept->row);
	free(kept);
}

struct picture *picture_new(void)
{
	_cleanup_(cleanup_picture_free) struct picture *picture = calloc(1, sizeof(*picture));

	if (!picture)
		return NULL;
	picture->table = table_new(PICTURE_ROWS_MAX, offsetof(struct kept, row.number), sizeof(uint64_t), free_kept);
	picture->alerts = json_array();
	return picture->table && picture->alerts ? TAKE_PTR(picture) : NULL;
}

void picture_free(struct picture *picture)
{
	if (picture->table)
		table_free(picture->table);
	picture_release_head(&picture->head);
	free(picture->rows);
	json_decref(picture->alerts);
	json_decref(picture->detail);
	json_decref(picture->explanation);
	free(picture);
}

static struct kept *kept_of(struct picture_row *row)
{
	return (struct kept *)(void *)((char *)row - offsetof(struct kept, row));
}

static void drop(struct picture *picture, struct kept *kept)
{
	struct picture_row *last = picture->rows[table_count(picture->table) - 1];

	picture->rows[kept->place] = last;
	kept_of(last)->place = kept->place;
	table_remove(picture->table, kept);
}

static int make_room(struct picture *picture)
{
	size_t capacity = picture->capacity ? 2 * picture->capacity : 64;

	if (table_is_full(picture->table))
		drop(picture, table_oldest(picture->table));
	if (table_count(picture->table) < picture->capacity)
		return 0;
	struct picture_row **rows = reallocarray(picture->rows, capacity, sizeof(struct picture_row *));
	if (!rows)
		return -ENOMEM;
	picture->rows = rows;
	picture->capacity = capacity;
	return 0;
}

static int add(struct picture *picture, uint64_t number, struct kept **ret_kept)
{
	int error = make_room(picture);
	struct kept *kept = error ? NULL : calloc(1, sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	kept->row.number = number;
	kept->place = table_count(picture->table);
	if (table_insert(picture->table, kept) < 0) {
		free(kept);
		return -ENOMEM;
	}
	picture->rows[kept->place] = &kept->row;
	*ret_kept = kept;
	return 0;
}

/* A daemon that began anew numbers its rows anew: what was opened was another row then. */
static void forget_other(struct picture_row *row, const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "name"));

	if (name && row->name && strcmp(name, row->name) == 0)
		return;
	picture_release_children(row);
	row->is_expanded = false;
}

static int take_row(struct picture *picture, const json_t *object)
{
	uint64_t number = picture_read_number(object, "row");
	struct kept *kept = table_find(picture->table, &number);
	int error = number ? 0 : -EBADMSG;

	if (!error && !kept)
		error = add(picture, number, &kept);
	if (error)
		return error;
	if (kept->beginning != picture->beginning)
		forget_other(&kept->row, object);
	kept->beginning = picture->beginning;
	table_touch(picture->table, kept);
	return picture_read_row(&kept->row, object);
}

/* The table's order is that of the revisions, as the daemon sends them. */
static void drop_forgotten(struct picture *picture, uint64_t oldest)
{
	struct kept *kept = table_oldest(picture->table);

	while (kept && kept->row.revision < oldest && kept->beginning == picture->beginning) {
		drop(picture, kept);
		kept = table_oldest(picture->table);
	}
}

/* What was there before all came again is before the rest. */
static void drop_stale(struct picture *picture)
{
	struct kept *kept = table_oldest(picture->table);

	while (kept && kept->beginning != picture->beginning) {
		drop(picture, kept);
		kept = table_oldest(picture->table);
	}
}

static bool is_of_grouping(const struct picture *picture, const json_t *object)
{
	const char *by = json_string_value(json_object_get(object, "by"));
	return by && strcmp(by, ledger_by_name(picture->by)) == 0;
}

/* What comes late of a grouping that is not shown any more is passed over. */
static int take_rows(struct picture *picture, const json_t *message)
{
	const json_t *rows = json_object_get(message, "rows");
	int error = json_is_array(rows) ? 0 : -EBADMSG;
	const json_t *row;
	size_t i;

	if (!is_of_grouping(picture, message))
		return json_is_string(json_object_get(message, "by")) ? error : -EBADMSG;
	json_array_foreach(rows, i, row) picture_note_error(&error, take_row(picture, row));
	if (picture->is_beginning && !json_is_true(json_object_get(message, "more"))) {
		drop_stale(picture);
		picture->is_beginning = false;
	}
	drop_forgotten(picture, picture_read_number(message, "oldest"));
	return error;
}

struct picture_row *picture_find(const struct picture *picture, uint64_t number)
{
	struct kept *kept = table_find(picture->table, &number);
	struct picture_row *found = kept ? &kept->row : NULL;
	size_t count = number & PICTURE_FLOW_BIT ? 0 : table_count(picture->table);

	for (size_t i = 0; i < count && !found; i++)
		found = picture_find_child(picture->rows[i], number);
	return found;
}

/* Of a row that was closed or forgotten since they were asked for, they are passed over. */
static int take_children(struct picture *picture, const json_t *message)
{
	struct picture_row *parent = picture_find(picture, picture_read_number(message, "row"));

	if (!picture_read_number(message, "row"))
		return -EBADMSG;
	return parent && parent->is_expanded ? picture_read_children(parent, message) : 0;
}

static int take_alert(struct picture *picture, const json_t *alert)
{
	if (!json_is_object(alert) || json_dumpb(alert, NULL, 0, JSON_COMPACT) > ALERT_MAX)
		return -EBADMSG;
	if (picture->are_alerts_old)
		json_array_clear(picture->alerts);
	picture->are_alerts_old = false;
	if (json_array_size(picture->alerts) == PICTURE_ALERTS)
		json_array_remove(picture->alerts, 0);
	return json_array_append_new(picture->alerts, json_deep_copy(alert)) < 0 ? -ENOMEM : 0;
}

/* All that there are. */
static int take_alerts(struct picture *picture, const json_t *alerts)
{
	const json_t *alert;
	int error = 0;
	size_t i;

	if (!json_is_array(alerts))
		return -EBADMSG;
	json_array_clear(picture->alerts);
	picture->are_alerts_old = false;
	json_array_foreach(alerts, i, alert) picture_note_error(&error, take_alert(picture, alert));
	return error;
}

static int take_head(struct picture *picture, const json_t *head)
{
	return json_is_object(head) ? picture_read_head(&picture->head, head) : -EBADMSG;
}

static int replace_object(json_t **target, const json_t *object)
{
	json_t *copy = json_is_object(object) ? json_deep_copy(object) : NULL;

	if (!copy)
		return json_is_object(object) ? -ENOMEM : -EBADMSG;
	json_decref(*target);
	*target = copy;
	return 0;
}

static int take_detail(struct picture *picture, const json_t *detail)
{
	return replace_object(&picture->detail, detail);
}

/* Whether it goes on with the one that is there. */
static bool is_continued(const json_t *explanation, const json_t *next)
{
	const json_t *incident = json_object_get(next, "incident");

	return json_is_true(json_object_get(explanation, "more")) && incident &&
	       json_equal(json_object_get(explanation, "incident"), incident);
}

static int take_explanation(struct picture *picture, const json_t *next)
{
	json_t *lines = json_object_get(picture->explanation, "lines");
	const json_t *next_lines = json_object_get(next, "lines");
	const json_t *line;
	size_t i;

	if (!json_is_array(next_lines))
		return -EBADMSG;
	if (!is_continued(picture->explanation, next))
		return replace_object(&picture->explanation, next);
	json_array_foreach(next_lines, i, line)
	{
		if (json_array_size(lines) >= EXPLANATION_MAX)
			break;
		if (json_array_append_new(lines, json_deep_copy(line)) < 0)
			return -ENOMEM;
	}
	if (!json_is_true(json_object_get(next, "more")))
		json_object_del(picture->explanation, "more");
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct picture *picture, const json_t *value);
} messages[] = {
	{"head", take_head},         {"rows", take_rows},     {"alert", take_alert},         {"alerts", take_alerts},
	{"children", take_children}, {"detail", take_detail}, {"explain", take_explanation},
};

int picture_take(struct picture *picture, const json_t *message)
{
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		const json_t *value = json_object_get(message, messages[i].name);
		if (value) {
			picture->version++;
			return messages[i].take(picture, value);
		}
	}
	return -ENOENT;
}

void picture_set_by(struct picture *picture, enum ledger_by by)
{
	while (table_count(picture->table) > 0)
		drop(picture, table_oldest(picture->table));
	picture->by = by;
	picture->is_beginning = false;
	picture->version++;
}

enum ledger_by picture_by(const struct picture *picture)
{
	return picture->by;
}

void picture_begin_anew(struct picture *picture)
{
	picture->beginning++;
	picture->is_beginning = true;
	picture->are_alerts_old = true;
}

const struct picture_head *picture_head(const struct picture *picture)
{
	return &picture->head;
}

struct picture_row *const *picture_rows(const struct picture *picture, size_t *ret_count)
{
	*ret_count = table_count(picture->table);
	return picture->rows;
}

uint64_t picture_version(const struct picture *picture)
{
	return picture->version;
}

const json_t *picture_alerts(const struct picture *picture)
{
	return picture->alerts;
}

const json_t *picture_detail(const struct picture *picture)
{
	return picture->detail;
}

const json_t *picture_explanation(const struct picture *picture)
{
	return picture->explanation;
}

/* Of the stretches that began less than a minute ago. */
static uint64_t sum_of_minute(uint64_t newest, const uint64_t *counts, size_t count, double now)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count && i <= newest; i++) {
		if ((double)((newest - i) * LEDGER_STRETCH_SECONDS) <= now - 60)
			break;
		sum += counts[i];
	}
	return sum;
}

uint64_t picture_rate(const struct picture_row *row, double now)
{
	return sum_of_minute(row->newest_stretch, row->recent, LEDGER_RECENT, now);
}

uint64_t picture_total_rate(const struct picture_head *head, double now)
{
	return sum_of_minute(head->newest_stretch, head->series, LEDGER_SERIES, now);
}
