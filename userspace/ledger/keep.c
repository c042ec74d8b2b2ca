// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/keep.h"

#include "ledger/internal.h"
#include "ledger/keep_row.h"
#include "lib/array.h"
#include "model/actor_keep.h"
#include "model/actors.h"

#include <errno.h>
#include <string.h>

#define SUMS_KIND "sums"
#define DAY_KIND "day"
#define FLOW_KIND "open_connection"
#define KEPT_TICKS 5               /* what is open already is found right after the start */
#define FIRST_KEPT_ID (1ULL << 63) /* the kernel counts its flows from 1 */
#define WALL_MAX (1ULL << 62)

/* ---- Writing */

static void keep_sums(const struct tally *tally, FILE *stream)
{
	uint64_t series[LEDGER_SERIES];

	for (size_t i = 0; i < LEDGER_SERIES; i++)
		series[i] = tally->series[i];
	keep_begin(stream, SUMS_KIND);
	keep_put_number(stream, "since", tally->since_wall_ns);
	keep_row_put_counts(stream, &tally->all);
	keep_put_number(stream, "newest_stretch", tally->newest_stretch);
	keep_put_numbers(stream, "series", series, LEDGER_SERIES);
	keep_end(stream);
	keep_begin(stream, DAY_KIND);
	keep_put_number(stream, "begin", tally->day_begin_ns);
	keep_put_number(stream, "end", tally->day_end_ns);
	keep_row_put_counts(stream, &tally->today);
	distinct_count_keep(&tally->destinations, stream, "destinations");
	distinct_count_keep(&tally->receivers, stream, "receivers");
	keep_end(stream);
}

/* Whose line an actor is on, in the order of their addresses. */
struct shown_actor {
	const struct actor *actor;
	uint64_t row;
};

static int compare_actors(const void *left, const void *right)
{
	const struct shown_actor *one = left;
	const struct shown_actor *other = right;

	return (one->actor > other->actor) - (one->actor < other->actor);
}

/* Where the changed rows of a book are gone through from the first on. */
static const struct ledger_row *next_row(const struct ledger *ledger, enum ledger_by by, uint64_t *after)
{
	const struct ledger_row *row;

	if (books_changed(ledger->books, by, *after, &row, 1) == 0)
		return NULL;
	*after = row->revision;
	return row;
}

static void keep_processes(const struct ledger *ledger, FILE *stream, struct shown_actor *actors, size_t *ret_count)
{
	const struct ledger_row *row;
	size_t count = 0;

	for (uint64_t after = 0; (row = next_row(ledger, LEDGER_BY_PROCESS, &after));) {
		if (row->actor) {
			actor_keep(stream, row->number, row->actor);
			actors[count++] = (struct shown_actor){.actor = row->actor, .row = row->number};
		}
		keep_row(stream, books_at(ledger->books, row->number), row->actor ? row->number : 0);
	}
	qsort(actors, count, sizeof(*actors), compare_actors);
	*ret_count = count;
}

/* An actor whose process row is forgotten gets a line here. */
static uint64_t line_of_actor(FILE *stream, const struct ledger_row *row, const struct shown_actor *actors,
			      size_t count)
{
	const struct shown_actor key = {.actor = row->actor};

	if (!row->actor)
		return 0;
	const struct shown_actor *found = bsearch(&key, actors, count, sizeof(*actors), compare_actors);
	if (!found)
		actor_keep(stream, row->number, row->actor);
	return found ? found->row : row->number;
}

static void keep_rows(const struct ledger *ledger, FILE *stream)
{
	size_t count = books_count(ledger->books, LEDGER_BY_PROCESS);
	_cleanup_free_ struct shown_actor *actors = calloc(count + 1, sizeof(*actors));
	const struct ledger_row *row;

	if (!actors)
		return;
	keep_processes(ledger, stream, actors, &count);
	for (enum ledger_by by = 0; by < LEDGER_BY_COUNT; by++) {
		if (by == LEDGER_BY_PROCESS)
			continue;
		for (uint64_t after = 0; (row = next_row(ledger, by, &after));) {
			uint64_t actor = line_of_actor(stream, row, actors, count);
			keep_row(stream, books_at(ledger->books, row->number), actor);
		}
	}
}

static void keep_flow(FILE *stream, const struct flow_slot *slot)
{
	keep_begin(stream, FLOW_KIND);
	keep_put_endpoint(stream, "local", &slot->flow.local);
	keep_put_endpoint(stream, "remote", &slot->flow.remote);
	keep_put_number(stream, "started", slot->flow.started_wall_ns);
	keep_put_number(stream, "is_established", slot->is_established);
	keep_put_number(stream, "process_start", slot->actor.start_ns);
	keep_put_number(stream, "inode", slot->actor.exe_inode);
	keep_put_number(stream, "device", slot->actor.exe_device);
	keep_put_number(stream, "pid", slot->actor.pid);
	keep_put_number(stream, "uid", slot->actor.uid);
	keep_put_numbers(stream, "rows", slot->rows, LEDGER_BY_COUNT);
	keep_put_text(stream, "domain", slot->flow.domain);
	keep_put_text(stream, "helo", slot->flow.helo);
	keep_end(stream);
}

void ledger_keep(const struct ledger *ledger, FILE *stream)
{
	keep_sums(&ledger->tally, stream);
	keep_rows(ledger, stream);
	for (const struct flow_slot *slot = flow_book_oldest_open(ledger->flows); slot; slot = flow_book_newer(slot))
		keep_flow(stream, slot);
	open_alerts_keep(ledger->alerts, stream);
}

/* ---- Reading */

/* What the lines call a row or its actor, and which row that is now. */
struct known_row {
	struct table_link link;
	uint64_t number;
	uint64_t row;              /* 0: none */
	const struct actor *actor; /* a reference; NULL: none */
};

struct ledger_reading {
	struct ledger *ledger;
	ledger_namer name_for_good;
	struct table *known;
	uint64_t flows;
};

static void free_known(void *entry)
{
	struct known_row *known = entry;

	actor_share_unref(known->actor);
	free(known);
}

struct ledger_reading *ledger_reading_new(struct ledger *ledger, ledger_namer name_for_good)
{
	_cleanup_(cleanup_ledger_reading_free) struct ledger_reading *reading = calloc(1, sizeof(*reading));

	if (!reading)
		return NULL;
	reading->known =
		table_new(books_room(ledger->books), offsetof(struct known_row, number), sizeof(uint64_t), free_known);
	if (!reading->known)
		return NULL;
	reading->ledger = ledger;
	reading->name_for_good = name_for_good;
	return TAKE_PTR(reading);
}

/* NULL: no memory, or no room. */
static struct known_row *take_known(struct ledger_reading *reading, uint64_t number)
{
	struct known_row *known = table_find(reading->known, &number);

	if (known || table_is_full(reading->known))
		return known;
	known = calloc(1, sizeof(*known));
	if (!known)
		return NULL;
	known->number = number;
	table_insert(reading->known, known);
	return known;
}

static struct row_slot *find_row(const void *context, uint64_t number)
{
	const struct ledger_reading *reading = context;
	const struct known_row *known = table_find(reading->known, &number);

	return known ? books_at(reading->ledger->books, known->row) : NULL;
}

static uint64_t number_of(const struct ledger_reading *reading, uint64_t number)
{
	const struct row_slot *slot = find_row(reading, number);
	return slot ? slot->row.number : 0;
}

static int take_sums(struct ledger_reading *reading, struct keep_line *line)
{
	struct tally *tally = &reading->ledger->tally;
	struct ledger_counts all = keep_row_counts(line);
	uint64_t since = keep_number(line, "since", WALL_MAX);
	uint64_t newest = keep_number(line, "newest_stretch", WALL_MAX);
	uint64_t series[LEDGER_SERIES];

	keep_numbers(line, "series", UINT32_MAX, series, LEDGER_SERIES);
	if (line->is_bad)
		return -EINVAL;
	tally->all = all;
	tally->since_wall_ns = since;
	tally->newest_stretch = newest;
	for (size_t i = 0; i < LEDGER_SERIES; i++)
		tally->series[i] = (uint32_t)series[i];
	return 0;
}

static int take_day(struct ledger_reading *reading, struct keep_line *line)
{
	struct tally *tally = &reading->ledger->tally;
	struct tally day = {
		.today = keep_row_counts(line),
		.day_begin_ns = keep_number(line, "begin", WALL_MAX),
		.day_end_ns = keep_number(line, "end", WALL_MAX),
	};

	distinct_count_restore(&day.destinations, line, "destinations");
	distinct_count_restore(&day.receivers, line, "receivers");
	if (line->is_bad) {
		tally_clear(&day);
		return -EINVAL;
	}
	distinct_count_clear(&tally->destinations);
	distinct_count_clear(&tally->receivers);
	tally->destinations = day.destinations;
	tally->receivers = day.receivers;
	tally->today = day.today;
	tally->day_begin_ns = day.day_begin_ns;
	tally->day_end_ns = day.day_end_ns;
	return 0;
}

static int take_actor(struct ledger_reading *reading, struct keep_line *line)
{
	struct actor actor = {0};
	uint64_t id;

	int error = actor_restore(line, &id, &actor);
	if (error)
		return error;
	struct known_row *known = take_known(reading, id);
	if (known && !known->actor)
		known->actor = actor_share_new(&actor);
	actor_clear(&actor);
	return known && known->actor ? 0 : -ENOMEM;
}

static int take_row(struct ledger_reading *reading, struct keep_line *line)
{
	struct row_slot *slot;
	uint64_t number = keep_number(line, "number", UINT64_MAX);
	uint64_t actor_line = keep_number(line, "actor", UINT64_MAX);
	struct known_row *known = take_known(reading, number);

	if (!known)
		return -ENOMEM;
	int error = known->row || number == 0
			    ? -EINVAL
			    : keep_row_restore(reading->ledger->books, line, reading->name_for_good, &slot);
	if (error)
		return error;
	known->row = slot->row.number;
	const struct known_row *shown = table_find(reading->known, &actor_line);
	slot->row.actor = shown ? actor_share_ref(shown->actor) : NULL;
	return 0;
}

static struct flow flow_of(const struct ledger_reading *reading, struct keep_line *line)
{
	struct flow flow = {
		.id = FIRST_KEPT_ID + reading->flows,
		.started_wall_ns = keep_number(line, "started", WALL_MAX),
		.established = keep_flag(line, "is_established"),
		.actor =
			{
				.start_ns = keep_number(line, "process_start", UINT64_MAX),
				.exe_inode = keep_number(line, "inode", UINT64_MAX),
				.exe_device = (uint32_t)keep_number(line, "device", UINT32_MAX),
				.pid = (uint32_t)keep_number(line, "pid", UINT32_MAX),
				.uid = (uint32_t)keep_number(line, "uid", UINT32_MAX),
			},
	};

	keep_endpoint(line, "local", &flow.local);
	keep_endpoint(line, "remote", &flow.remote);
	return flow;
}

static void join_rows(const struct ledger_reading *reading, struct flow_slot *slot, const uint64_t *rows)
{
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		struct row_slot *row = find_row(reading, rows[by]);
		if (!row || row->row.by != by)
			continue;
		slot->rows[by] = row->row.number;
		row->row.open++;
	}
	slot->flow.process = slot->rows[LEDGER_BY_PROCESS];
	slot->flow.destination = slot->rows[LEDGER_BY_DESTINATION];
}

static char *copy_of(const char *text)
{
	return text ? strdup(text) : NULL;
}

static int take_flow(struct ledger_reading *reading, struct keep_line *line)
{
	struct flow_book *book = reading->ledger->flows;
	const struct flow flow = flow_of(reading, line);
	const char *domain = keep_text(line, "domain");
	const char *helo = keep_text(line, "helo");
	uint64_t rows[LEDGER_BY_COUNT];

	keep_numbers(line, "rows", UINT64_MAX, rows, LEDGER_BY_COUNT);
	if (line->is_bad || flow.remote.port == 0 || flow_book_victim(book))
		return -EINVAL;
	struct flow_slot *slot = flow_book_add_kept(book, &flow);
	if (!slot)
		return -ENOMEM;
	reading->flows++;
	slot->flow.domain = copy_of(domain);
	slot->flow.helo = copy_of(helo);
	join_rows(reading, slot, rows);
	return 0;
}

static int take_alert(struct ledger_reading *reading, struct keep_line *line)
{
	return open_alerts_restore(reading->ledger->alerts, line, find_row, reading);
}

int ledger_reading_take(struct ledger_reading *reading, struct keep_line *line)
{
	static const struct {
		const char *kind;
		int (*take)(struct ledger_reading *reading, struct keep_line *line);
	} takers[] = {
		{SUMS_KIND, take_sums},    {DAY_KIND, take_day},   {ACTOR_KEEP_KIND, take_actor},
		{KEEP_ROW_KIND, take_row}, {FLOW_KIND, take_flow}, {OPEN_ALERT_KEEP_KIND, take_alert},
	};

	for (size_t i = 0; i < COUNT_OF(takers); i++)
		if (keep_is(line, takers[i].kind))
			return takers[i].take(reading, line);
	return 0;
}

/* A row may have named one that stands behind it. */
static void settle_links(struct ledger_reading *reading)
{
	const struct books *books = reading->ledger->books;

	for (struct known_row *known = table_oldest(reading->known); known; known = table_newer(known)) {
		struct row_slot *slot = books_at(books, known->row);
		if (!slot)
			continue;
		slot->row.user = number_of(reading, slot->row.user);
		slot->row.script = number_of(reading, slot->row.script);
		slot->row.unit = number_of(reading, slot->row.unit);
	}
}

void ledger_reading_free(struct ledger_reading *reading)
{
	if (!reading)
		return;
	if (reading->known && reading->ledger) {
		settle_links(reading);
		reading->ledger->kept_ticks = KEPT_TICKS;
	}
	table_free(reading->known);
	free(reading);
}

/* What is said in it is counted from now on, as the capture begins anew too. */
bool ledger_resume(struct ledger *ledger, const struct flow *flow)
{
	struct flow_slot *slot = flow_book_resume(ledger->flows, flow);

	if (!slot)
		return false;
	slot->is_established = true;
	slot->flow.local = flow->local;
	return true;
}
