// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/news.h"

#include "ledger/actor_share.h"
#include "ledger/tally.h"

#include <string.h>

#define REPLY_TEXT_MAX 160

static void set_text(const char **text, const char *new_text)
{
	char *own = strdup(new_text);

	if (!own)
		return;
	free((char *)*text);
	*text = own;
}

/* Names that a program makes up anew each time push one another out. */
static void hear_helo(struct ledger_row *row, const char *name)
{
	const char *known = NULL;
	size_t place = 0;

	while (place < LEDGER_HELO_MAX - 1 && row->helo[place] && strcmp(row->helo[place], name) != 0)
		place++;
	if (row->helo[place] && strcmp(row->helo[place], name) == 0)
		known = row->helo[place];
	else if (!(known = strdup(name)))
		return;
	else
		free((char *)row->helo[place]);
	memmove(&row->helo[1], &row->helo[0], place * sizeof(row->helo[0]));
	row->helo[0] = known;
}

/* The receiver stands behind the text, in the same memory. */
static void hear_reply(struct ledger_row *row, const struct dialogue_event *event)
{
	size_t text_size = strnlen(event->text, REPLY_TEXT_MAX);
	size_t receiver_size = event->receiver ? strlen(event->receiver) + 1 : 0;
	char *text = malloc(text_size + 1 + receiver_size);

	if (!text)
		return;
	memcpy(text, event->text, text_size);
	text[text_size] = '\0';
	if (event->receiver)
		memcpy(text + text_size + 1, event->receiver, receiver_size);
	free((char *)row->replies[LEDGER_REPLIES_MAX - 1].text);
	memmove(&row->replies[1], &row->replies[0], (LEDGER_REPLIES_MAX - 1) * sizeof(row->replies[0]));
	row->replies[0] = (struct ledger_reply){
		.wall_ns = event->wall_ns,
		.code = event->code,
		.enhanced = event->enhanced,
		.class = event->class,
		.receiver = event->receiver ? text + text_size + 1 : NULL,
		.text = text,
	};
}

static void hear(struct ledger_row *row, const struct dialogue_event *event)
{
	if (event->kind == DIALOGUE_HELO)
		hear_helo(row, event->name);
	else
		hear_reply(row, event);
}

bool news_are_any(const struct news *news)
{
	const struct ledger_counts *counts = &news->counts;

	return news->opened != 0 || news->said || news->is_worth_a_row || counts->attempts || counts->failed ||
	       counts->accepted || counts->refused || counts->refusals || counts->submissions;
}

/* Only a process row has a copy of its own; the others show that one. */
static void describe_process(struct row_slot *process, const struct subject *subject, const struct news *news)
{
	if (!process->row.actor)
		process->row.actor = actor_share_new(subject->actor);
	else
		actor_share_refresh(process->row.actor, subject->actor, news->is_described);
}

static void show_actor(struct row_slot *slot, const struct actor *shared)
{
	if (!shared || slot->row.actor == shared)
		return;
	actor_share_unref(slot->row.actor);
	slot->row.actor = actor_share_ref(shared);
}

static uint64_t number_of(const struct row_slot *slot)
{
	return slot ? slot->row.number : 0;
}

/* An effective user is known by name once a process has it as its real one too. */
static void rename_user(struct row_slot *user, const struct subject *subject)
{
	char room[SUBJECT_NAME_SIZE];
	const struct actor *actor = subject->actor;

	if (user && actor->user_name[0] && actor->identity.euid == actor->identity.key.uid &&
	    strcmp(user->row.name, actor->user_name) != 0)
		set_text(&user->row.name, subject_name(subject, LEDGER_BY_USER, room));
}

static enum ledger_by end_of_rows(const struct subject *subject)
{
	return subject->flow ? LEDGER_BY_COUNT : LEDGER_BY_DESTINATION;
}

static struct row_slot *take(struct books *books, enum ledger_by by, const struct subject *subject)
{
	const struct fingerprint key = subject_key(subject, by);
	struct row_slot *slot = books_find(books, by, &key);
	char room[SUBJECT_NAME_SIZE];

	return slot ? slot : books_add(books, by, &key, subject_name(subject, by, room));
}

void row_set_take(struct row_set *rows, struct books *books, const struct subject *subject, const struct news *news)
{
	enum ledger_by end = end_of_rows(subject);
	struct row_slot **by = rows->by;

	*rows = (struct row_set){.by = {NULL}};
	for (enum ledger_by i = 0; i < end; i++)
		by[i] = take(books, i, subject);
	if (by[LEDGER_BY_PROCESS])
		describe_process(by[LEDGER_BY_PROCESS], subject, news);
	rename_user(by[LEDGER_BY_USER], subject);
	for (enum ledger_by i = 0; i < end; i++) {
		if (!by[i])
			continue;
		if (by[LEDGER_BY_PROCESS])
			show_actor(by[i], by[LEDGER_BY_PROCESS]->row.actor);
		by[i]->row.user = number_of(by[LEDGER_BY_USER]);
		by[i]->row.script = number_of(by[LEDGER_BY_SCRIPT]);
		by[i]->row.unit = number_of(by[LEDGER_BY_UNIT]);
	}
}

void row_set_look_up(struct row_set *rows, const struct books *books, const struct subject *subject)
{
	*rows = (struct row_set){.by = {NULL}};
	for (enum ledger_by by = 0; by < end_of_rows(subject); by++) {
		const struct fingerprint key = subject_key(subject, by);
		rows->by[by] = books_find(books, by, &key);
	}
}

void row_set_find(struct row_set *rows, const struct books *books, const uint64_t numbers[LEDGER_BY_COUNT])
{
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++)
		rows->by[by] = books_at(books, numbers[by]);
}

static void see(struct row_slot *slot, uint64_t value)
{
	if (!slot || !distinct_count_see(&slot->distinct, value))
		return;
	slot->row.destinations = slot->distinct.count;
	slot->row.destinations_estimated = slot->distinct.is_estimate;
}

void row_set_connect(const struct row_set *rows)
{
	const struct row_slot *destination = rows->by[LEDGER_BY_DESTINATION];
	const struct row_slot *user = rows->by[LEDGER_BY_USER];

	for (enum ledger_by by = 0; destination && by < LEDGER_BY_DESTINATION; by++)
		see(rows->by[by], destination->key.low);
	for (enum ledger_by by = LEDGER_BY_DESTINATION; user && by < LEDGER_BY_COUNT; by++)
		see(rows->by[by], user->key.low);
}

void row_set_close(const struct row_set *rows, struct books *books)
{
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		struct row_slot *slot = rows->by[by];
		if (!slot || slot->row.open == 0)
			continue;
		slot->row.open--;
		books_touch(books, slot);
	}
}

static void tell(struct ledger_row *row, const struct news *news)
{
	if (row->first_wall_ns == 0)
		row->first_wall_ns = news->wall_ns;
	row->last_wall_ns = news->wall_ns;
	ledger_counts_add(&row->counts, &news->counts);
	ledger_series_add(row->recent, LEDGER_RECENT, &row->newest_stretch, news->wall_ns, news->counts.attempts);
	if (news->opened > 0)
		row->open++;
	else if (news->opened < 0 && row->open > 0)
		row->open--;
	if (news->verdict > row->verdict)
		row->verdict = news->verdict;
	if (news->said)
		hear(row, news->said);
	if (row->by == LEDGER_BY_DESTINATION && news->domain &&
	    (!row->domain || strcmp(row->domain, news->domain) != 0))
		set_text(&row->domain, news->domain);
}

void row_set_tell(const struct row_set *rows, struct books *books, const struct news *news)
{
	bool are_any = news_are_any(news);

	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		struct row_slot *slot = rows->by[by];
		if (!slot || (!are_any && slot->row.verdict >= news->verdict))
			continue;
		tell(&slot->row, news);
		books_touch(books, slot);
	}
}
