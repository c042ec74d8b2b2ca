// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/flow_book.h"

#include <string.h>

#define GONE_MAX 1024

struct gone_process {
	struct table_link link;
	struct sw_actor_key key;
};

struct flow_book {
	struct table *open;          /* in the order in which they began */
	struct table *ended;         /* in the order in which they ended */
	struct table *gone;          /* processes whose flows are to be closed */
	struct flow_slot *looked_at; /* the next open flow that is to be compared with them */
	size_t max_flows;
	uint64_t number; /* of the latest */
	size_t kept;     /* of `open`, those that are not found yet */
};

static struct table *new_table(size_t capacity)
{
	return table_new(capacity, offsetof(struct flow_slot, id), sizeof(uint64_t), NULL);
}

struct flow_book *flow_book_new(size_t max_flows)
{
	_cleanup_(cleanup_flow_book_free) struct flow_book *book = calloc(1, sizeof(*book));

	if (!book)
		return NULL;
	book->max_flows = max_flows;
	book->open = new_table(max_flows);
	book->ended = new_table(max_flows);
	book->gone = table_new(GONE_MAX, offsetof(struct gone_process, key), sizeof(struct sw_actor_key), free);
	return book->open && book->ended && book->gone ? TAKE_PTR(book) : NULL;
}

static void free_table(struct flow_book *book, struct table *table)
{
	while (table && table_count(table) > 0)
		flow_book_remove(book, table_oldest(table));
	table_free(table);
}

void flow_book_free(struct flow_book *book)
{
	if (!book)
		return;
	free_table(book, book->open);
	free_table(book, book->ended);
	table_free(book->gone);
	free(book);
}

struct flow_slot *flow_book_find(const struct flow_book *book, uint64_t id)
{
	struct flow_slot *slot = table_find(book->open, &id);

	return slot ? slot : table_find(book->ended, &id);
}

struct flow_slot *flow_book_victim(const struct flow_book *book)
{
	struct flow_slot *ended = table_oldest(book->ended);

	if (table_count(book->open) + table_count(book->ended) < book->max_flows)
		return NULL;
	return ended ? ended : table_oldest(book->open);
}

struct flow_slot *flow_book_add(struct flow_book *book, const struct flow *flow)
{
	struct flow_slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return NULL;
	slot->id = flow->id;
	slot->actor = flow->actor;
	slot->is_established = flow->established || flow->adopted;
	slot->flow.number = ++book->number;
	slot->flow.started_wall_ns = flow->started_wall_ns;
	slot->flow.remote = flow->remote;
	slot->flow.is_open = true;
	table_insert(book->open, slot);
	return slot;
}

static void leave_open(struct flow_book *book, struct flow_slot *slot)
{
	if (book->looked_at == slot)
		book->looked_at = table_newer(slot);
	table_remove(book->open, slot);
	book->kept -= slot->is_kept;
	slot->is_kept = false;
}

void flow_book_remove(struct flow_book *book, struct flow_slot *slot)
{
	if (slot->flow.is_open)
		leave_open(book, slot);
	else
		table_remove(book->ended, slot);
	free((char *)slot->flow.domain);
	free((char *)slot->flow.helo);
	free(slot);
}

void flow_book_close(struct flow_book *book, struct flow_slot *slot)
{
	leave_open(book, slot);
	slot->flow.is_open = false;
	table_insert(book->ended, slot);
}

/* Without memory its flows stay open until the book forgets them. */
void flow_book_note_gone(struct flow_book *book, const struct sw_actor_key *actor)
{
	struct gone_process *gone = table_find(book->gone, actor) ? NULL : calloc(1, sizeof(*gone));

	if (!gone)
		return;
	gone->key = *actor;
	table_push(book->gone, gone);
	book->looked_at = table_oldest(book->open);
}

struct flow_slot *flow_book_next_left(struct flow_book *book)
{
	while (table_count(book->gone) > 0 && book->looked_at) {
		struct flow_slot *slot = book->looked_at;
		book->looked_at = table_newer(slot);
		if (table_find(book->gone, &slot->actor))
			return slot;
	}
	while (table_count(book->gone) > 0)
		table_remove(book->gone, table_oldest(book->gone));
	return NULL;
}

bool flow_book_is_full_of_gone(const struct flow_book *book)
{
	return table_is_full(book->gone);
}

static size_t list(const struct table *table, bool (*is_wanted)(const struct ledger_flow *flow, uint64_t number),
		   uint64_t number, const struct ledger_flow **ret_flows, size_t count, size_t max)
{
	for (const struct flow_slot *slot = table_newest(table); slot; slot = table_older(slot)) {
		if (!is_wanted(&slot->flow, number))
			continue;
		if (count < max)
			ret_flows[count] = &slot->flow;
		count++;
	}
	return count;
}

size_t flow_book_list(const struct flow_book *book, bool (*is_wanted)(const struct ledger_flow *flow, uint64_t number),
		      uint64_t number, const struct ledger_flow **ret_flows, size_t max)
{
	size_t open = list(book->open, is_wanted, number, ret_flows, 0, max);

	return list(book->ended, is_wanted, number, ret_flows, open, max);
}

size_t flow_book_open(const struct flow_book *book)
{
	return table_count(book->open);
}

struct flow_slot *flow_book_add_kept(struct flow_book *book, const struct flow *flow)
{
	struct flow_slot *slot = flow_book_add(book, flow);

	if (!slot)
		return NULL;
	slot->flow.local = flow->local;
	slot->is_kept = true;
	book->kept++;
	return slot;
}

static bool is_same_endpoint(const struct endpoint *left, const struct endpoint *right)
{
	return left->port == right->port && memcmp(&left->address, &right->address, sizeof(left->address)) == 0;
}

/* The port of this side is often not known before it is established; then it is one of the same process. Whoever has
 * the socket now need not be who opened it. */
static bool is_same_flow(const struct flow_slot *slot, const struct flow *flow)
{
	if (!is_same_endpoint(&slot->flow.remote, &flow->remote))
		return false;
	if (slot->flow.local.port)
		return is_same_endpoint(&slot->flow.local, &flow->local);
	return memcmp(&slot->actor, &flow->actor, sizeof(slot->actor)) == 0;
}

struct flow_slot *flow_book_resume(struct flow_book *book, const struct flow *flow)
{
	struct flow_slot *slot = book->kept ? table_oldest(book->open) : NULL;

	while (slot && !(slot->is_kept && is_same_flow(slot, flow)))
		slot = table_newer(slot);
	if (!slot || flow_book_find(book, flow->id))
		return NULL;
	leave_open(book, slot);
	slot->id = flow->id;
	slot->actor = flow->actor;
	table_insert(book->open, slot);
	return slot;
}

struct flow_slot *flow_book_next_kept(const struct flow_book *book)
{
	struct flow_slot *slot = book->kept ? table_oldest(book->open) : NULL;

	while (slot && !slot->is_kept)
		slot = table_newer(slot);
	return slot;
}

const struct flow_slot *flow_book_oldest_open(const struct flow_book *book)
{
	return table_oldest(book->open);
}

const struct flow_slot *flow_book_newer(const struct flow_slot *slot)
{
	return table_newer(slot);
}
