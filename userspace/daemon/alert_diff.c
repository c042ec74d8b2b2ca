// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alert_diff.h"

#include "lib/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct incident {
	char *rule; /* owned, with the key behind it */
	const char *key;
	uint64_t first_wall_ns;
	enum alert_severity severity; /* the highest */
	uint64_t count;
	const struct incident *partner; /* on the other side */
	bool is_matched;
};

struct incidents {
	struct incident *items;
	size_t count;
	size_t room;
};

struct alert_diff {
	struct incidents sides[ALERT_DIFF_SIDE_COUNT];
	bool is_cut;
};

struct alert_diff *alert_diff_new(void)
{
	return calloc(1, sizeof(struct alert_diff));
}

void alert_diff_free(struct alert_diff *diff)
{
	if (!diff)
		return;
	for (int side = 0; side < ALERT_DIFF_SIDE_COUNT; side++) {
		for (size_t i = 0; i < diff->sides[side].count; i++)
			free(diff->sides[side].items[i].rule);
		free(diff->sides[side].items);
	}
	free(diff);
}

/* The incident that the line goes on with: one that began lately, as a rule. */
static struct incident *find(const struct incidents *incidents, const struct alert_diff_line *line)
{
	for (size_t i = incidents->count; i > 0; i--) {
		struct incident *item = &incidents->items[i - 1];
		if (item->first_wall_ns == line->first_wall_ns && strcmp(item->rule, line->rule) == 0 &&
		    strcmp(item->key, line->key) == 0)
			return item;
	}
	return NULL;
}

static int append(struct incidents *incidents, const struct alert_diff_line *line)
{
	size_t rule_size = strlen(line->rule) + 1;
	size_t key_size = strlen(line->key) + 1;

	if (incidents->count == incidents->room) {
		size_t room = incidents->room ? 2 * incidents->room : 64;
		struct incident *items = reallocarray(incidents->items, room, sizeof(*items));
		if (!items)
			return -ENOMEM;
		incidents->items = items;
		incidents->room = room;
	}
	char *texts = malloc(rule_size + key_size);
	if (!texts)
		return -ENOMEM;
	memcpy(texts, line->rule, rule_size);
	incidents->items[incidents->count++] = (struct incident){
		.rule = texts,
		.key = memcpy(texts + rule_size, line->key, key_size),
		.first_wall_ns = line->first_wall_ns,
		.severity = line->severity,
		.count = line->count,
	};
	return 0;
}

int alert_diff_add(struct alert_diff *diff, enum alert_diff_side side, const struct alert_diff_line *line)
{
	struct incidents *incidents = &diff->sides[side];
	struct incident *item = find(incidents, line);

	if (!item && incidents->count == ALERT_DIFF_MAX) {
		diff->is_cut = true;
		return 0;
	}
	if (!item)
		return append(incidents, line);
	if (line->severity > item->severity)
		item->severity = line->severity;
	item->count = line->count > item->count ? line->count : item->count;
	return 0;
}

static int compare_names(const struct incident *left, const struct incident *right)
{
	int order = strcmp(left->rule, right->rule);
	return order ? order : strcmp(left->key, right->key);
}

static int compare_times(const struct incident *left, const struct incident *right)
{
	return (left->first_wall_ns > right->first_wall_ns) - (left->first_wall_ns < right->first_wall_ns);
}

static int by_name(const void *left, const void *right)
{
	int order = compare_names(left, right);
	return order ? order : compare_times(left, right);
}

static int by_time(const void *left, const void *right)
{
	const struct incident *const *first = left;
	const struct incident *const *second = right;
	int order = compare_times(*first, *second);
	return order ? order : compare_names(*first, *second);
}

static size_t end_of_group(const struct incidents *incidents, size_t first)
{
	size_t end = first + 1;

	while (end < incidents->count && compare_names(&incidents->items[first], &incidents->items[end]) == 0)
		end++;
	return end;
}

static void join(struct incident *old, struct incident *new)
{
	old->partner = new;
	new->partner = old;
	old->is_matched = new->is_matched = true;
}

/* Incidents of one rule and key: those of one start, and then the others in their order. */
static void match_group(struct incident *old, size_t old_count, struct incident *new, size_t new_count)
{
	size_t i = 0;
	size_t j = 0;

	while (i < old_count && j < new_count) {
		int order = compare_times(&old[i], &new[j]);
		if (order == 0)
			join(&old[i], &new[j]);
		i += order <= 0;
		j += order >= 0;
	}
	for (i = j = 0; i < old_count && j < new_count;) {
		if (!old[i].is_matched && !new[j].is_matched)
			join(&old[i], &new[j]);
		i += old[i].is_matched;
		j += new[j].is_matched;
	}
}

static void match(struct incidents *old, struct incidents *new)
{
	size_t i = 0;
	size_t j = 0;

	if (old->count > 0)
		qsort(old->items, old->count, sizeof(*old->items), by_name);
	if (new->count > 0)
		qsort(new->items, new->count, sizeof(*new->items), by_name);
	while (i < old->count && j < new->count) {
		int order = compare_names(&old->items[i], &new->items[j]);
		size_t old_end = order <= 0 ? end_of_group(old, i) : i;
		size_t new_end = order >= 0 ? end_of_group(new, j) : j;
		if (order == 0)
			match_group(&old->items[i], old_end - i, &new->items[j], new_end - j);
		i = old_end;
		j = new_end;
	}
}

static void print_incident(FILE *stream, const char *mark, const struct incident *item)
{
	char since[CLOCK_TEXT_SIZE];

	fprintf(stream, "%s: rule=%s severity=%s %s count=%" PRIu64 " since=%s", mark, item->rule,
		alert_severity_name(item->severity), item->key, item->count,
		clock_format_utc(item->first_wall_ns, since));
}

static bool is_same(const struct incident *old, const struct incident *new)
{
	return old->severity == new->severity && old->count == new->count && old->first_wall_ns == new->first_wall_ns;
}

static void print_change(FILE *stream, const struct incident *old, const struct incident *new)
{
	const char *mark = ":";
	char times[2][CLOCK_TEXT_SIZE];

	fprintf(stream, "~ changed: rule=%s %s", old->rule, old->key);
	if (old->severity != new->severity) {
		fprintf(stream, "%s severity %s -> %s", mark, alert_severity_name(old->severity),
			alert_severity_name(new->severity));
		mark = ",";
	}
	if (old->count != new->count) {
		fprintf(stream, "%s count %" PRIu64 " -> %" PRIu64, mark, old->count, new->count);
		mark = ",";
	}
	if (old->first_wall_ns != new->first_wall_ns)
		fprintf(stream, "%s since %s -> %s", mark, clock_format_utc(old->first_wall_ns, times[0]),
			clock_format_utc(new->first_wall_ns, times[1]));
	fputc('\n', stream);
}

static void print_one(FILE *stream, const struct incident *item, bool is_new, struct alert_diff_totals *totals)
{
	if (item->is_matched && is_new)
		return; /* told with its partner */
	if (item->is_matched && is_same(item, item->partner)) {
		totals->same++;
		return;
	}
	if (item->is_matched) {
		print_change(stream, item, item->partner);
		totals->changed++;
		return;
	}
	print_incident(stream, is_new ? "+ would be raised" : "- would no longer be raised", item);
	fputc('\n', stream);
	totals->added += is_new;
	totals->removed += !is_new;
}

struct alert_diff_totals alert_diff_print(struct alert_diff *diff, FILE *stream)
{
	struct incidents *old = &diff->sides[ALERT_DIFF_OLD];
	struct incidents *new = &diff->sides[ALERT_DIFF_NEW];
	struct alert_diff_totals totals = {.is_cut = diff->is_cut};
	size_t count = old->count + new->count;
	_cleanup_free_ const struct incident **all = calloc(count + 1, sizeof(*all));

	match(old, new);
	for (size_t i = 0; all && i < count; i++)
		all[i] = i < old->count ? &old->items[i] : &new->items[i - old->count];
	if (all)
		qsort(all, count, sizeof(*all), by_time);
	for (size_t i = 0; all && i < count; i++) {
		bool is_new = new->count > 0 && all[i] >= new->items &&all[i] < new->items + new->count;
		print_one(stream, all[i], is_new, &totals);
	}
	fprintf(stream, "%zu would be raised, %zu would no longer be, %zu changed, %zu are the same\n", totals.added,
		totals.removed, totals.changed, totals.same);
	if (totals.is_cut || !all)
		fprintf(stream, "there were more than can be compared: this is not all\n");
	return totals;
}
