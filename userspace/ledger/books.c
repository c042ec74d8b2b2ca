// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/books.h"

#include "ledger/actor_share.h"
#include "lib/pool.h"

#include <string.h>

struct book {
	struct table *table;
	uint64_t forgotten;
	/* Where books_changed() went on last: all rows up to this one have a revision of at most `read`, all others a
	 * larger one. NULL: there are none up to there. */
	struct row_slot *read_to;
	uint64_t read;
};

struct books {
	struct book by[LEDGER_BY_COUNT];
	struct pool pool;
	uint64_t revision;
	uint64_t serial; /* of the latest row */
};

static bool make(struct books *books, size_t max_rows)
{
	if (max_rows >= UINT32_MAX / LEDGER_BY_COUNT ||
	    pool_make(&books->pool, sizeof(struct row_slot), LEDGER_BY_COUNT * max_rows) != 0)
		return false;
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		books->by[by].table =
			table_new(max_rows, offsetof(struct row_slot, key), sizeof(struct fingerprint), NULL);
		if (!books->by[by].table)
			return false;
	}
	return true;
}

struct books *books_new(size_t max_rows)
{
	_cleanup_(cleanup_books_free) struct books *books = calloc(1, sizeof(*books));

	return books && make(books, max_rows) ? TAKE_PTR(books) : NULL;
}

static uint64_t number_of_places(const struct books *books)
{
	return (uint64_t)books->pool.capacity + 1;
}

static void free_text(const char *text)
{
	free((char *)text);
}

static void clear(struct row_slot *slot)
{
	struct ledger_row *row = &slot->row;

	free_text(row->name);
	free_text(row->domain);
	for (size_t i = 0; i < LEDGER_HELO_MAX; i++)
		free_text(row->helo[i]);
	for (size_t i = 0; i < LEDGER_REPLIES_MAX; i++)
		free_text(row->replies[i].text);
	actor_share_unref(row->actor);
	distinct_count_clear(&slot->distinct);
}

/* What was read up to this row was read up to the one before it. */
static void leave_order(struct book *book, const struct row_slot *slot)
{
	if (book->read_to == slot)
		book->read_to = table_older(slot);
}

static void forget(struct books *books, struct row_slot *slot)
{
	struct book *book = &books->by[slot->row.by];
	uint32_t place = (uint32_t)(slot->row.number % number_of_places(books));

	leave_order(book, slot);
	table_remove(book->table, slot);
	clear(slot);
	slot->row.number = 0;
	pool_give_back(&books->pool, place);
}

void books_free(struct books *books)
{
	if (!books)
		return;
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		struct row_slot *slot;
		while (books->by[by].table && (slot = table_oldest(books->by[by].table)))
			forget(books, slot);
		table_free(books->by[by].table);
	}
	pool_release(&books->pool);
	free(books);
}

struct row_slot *books_find(const struct books *books, enum ledger_by by, const struct fingerprint *key)
{
	return table_find(books->by[by].table, key);
}

struct row_slot *books_add(struct books *books, enum ledger_by by, const struct fingerprint *key, const char *name)
{
	struct book *book = &books->by[by];
	char *own_name = strdup(name);

	if (!own_name)
		return NULL;
	if (table_is_full(book->table)) {
		forget(books, table_oldest(book->table));
		book->forgotten++;
	}
	uint32_t place = pool_take(&books->pool); /* the pool has room for all that the books have */
	struct row_slot *slot = pool_at(&books->pool, place);
	slot->key = *key;
	slot->row.by = by;
	slot->row.name = own_name;
	slot->row.number = ++books->serial * number_of_places(books) + place;
	slot->row.revision = ++books->revision;
	table_insert(book->table, slot);
	return slot;
}

void books_remove(struct books *books, struct row_slot *slot)
{
	forget(books, slot);
}

size_t books_room(const struct books *books)
{
	return books->pool.capacity;
}

void books_touch(struct books *books, struct row_slot *slot)
{
	struct book *book = &books->by[slot->row.by];

	leave_order(book, slot);
	table_touch(book->table, slot);
	slot->row.revision = ++books->revision;
}

struct row_slot *books_at(const struct books *books, uint64_t number)
{
	uint32_t place = (uint32_t)(number % number_of_places(books));

	if (place == 0 || place > books->pool.begun)
		return NULL;
	struct row_slot *slot = pool_at(&books->pool, place);
	return slot->row.number == number ? slot : NULL;
}

struct row_slot *books_newest(const struct books *books, enum ledger_by by)
{
	return table_newest(books->by[by].table);
}

struct row_slot *books_older(const struct row_slot *slot)
{
	return table_older(slot);
}

/* The newest row whose revision is at most `after`, or NULL. */
static struct row_slot *last_read(const struct book *book, uint64_t after)
{
	struct row_slot *slot = table_oldest(book->table);

	if (after == book->read)
		return book->read_to;
	if (!slot || slot->row.revision > after)
		return NULL;
	for (slot = table_newest(book->table); slot && slot->row.revision > after;)
		slot = table_older(slot);
	return slot;
}

/* Where the reading stands is no part of what is read. */
static struct book *book_of(const struct books *books, enum ledger_by by)
{
	return (struct book *)&books->by[by];
}

size_t books_changed(const struct books *books, enum ledger_by by, uint64_t after, const struct ledger_row **ret_rows,
		     size_t max)
{
	struct book *book = book_of(books, by);
	struct row_slot *last = last_read(book, after);
	struct row_slot *next = last ? table_newer(last) : table_oldest(book->table);
	size_t count = 0;

	for (; next && count < max; next = table_newer(next)) {
		ret_rows[count++] = &next->row;
		last = next;
	}
	if (count > 0) {
		book->read_to = last;
		book->read = last->row.revision;
	}
	return count;
}

uint64_t books_newest_revision(const struct books *books)
{
	return books->revision;
}

uint64_t books_oldest_revision(const struct books *books, enum ledger_by by)
{
	const struct row_slot *oldest = table_oldest(books->by[by].table);

	return oldest ? oldest->row.revision : 0;
}

size_t books_count(const struct books *books, enum ledger_by by)
{
	return table_count(books->by[by].table);
}

uint64_t books_forgotten(const struct books *books, enum ledger_by by)
{
	return books->by[by].forgotten;
}
