/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows: for each way to group them a book of bounded size, in the order of their revisions. Rows lie in one pool,
 * and a row's number says where, so it is found without looking. A full book forgets the row that changed longest ago.
 */
#ifndef SMTPWATCH_LEDGER_BOOKS_H
#define SMTPWATCH_LEDGER_BOOKS_H

#include "ledger/distinct_count.h"
#include "lib/cleanup.h"
#include "lib/fingerprint.h"
#include "lib/table.h"

#include <smtpwatch/ledger.h>
#include <stddef.h>
#include <stdint.h>

/* Owns the texts of its row, and a reference on its actor (ledger/actor_share.h). */
struct row_slot {
	struct table_link link;
	struct fingerprint key;
	struct ledger_row row;
	struct distinct_count distinct;        /* destinations; of a destination or receiver, users */
	uint16_t alerts[ALERT_SEVERITY_COUNT]; /* that have not ended, by their severity */
};

struct books;

/* Room for `max_rows` rows in each book, at least 1. NULL: no memory. */
struct books *books_new(size_t max_rows);
void books_free(struct books *books);
DEFINE_CLEANUP(struct books, books_free)

/* NULL: there is none. */
struct row_slot *books_find(const struct books *books, enum ledger_by by, const struct fingerprint *key);

/* A new row of a key that has none. `name` is copied. NULL: no memory. */
struct row_slot *books_add(struct books *books, enum ledger_by by, const struct fingerprint *key, const char *name);

/* Takes a row out again. */
void books_remove(struct books *books, struct row_slot *slot);

/* How many rows all books can have. */
size_t books_room(const struct books *books);

/* The row changed: it gets the newest revision. */
void books_touch(struct books *books, struct row_slot *slot);

/* The row of this number. NULL: it is forgotten. */
struct row_slot *books_at(const struct books *books, uint64_t number);

/* The row that changed last, and the one that changed before it. */
struct row_slot *books_newest(const struct books *books, enum ledger_by by);
struct row_slot *books_older(const struct row_slot *slot);

/* As ledger_changed(), ledger_newest_revision() and ledger_oldest_revision() say. Where a list is read page by page,
 * each page costs as much as the rows in it. */
size_t books_changed(const struct books *books, enum ledger_by by, uint64_t after, const struct ledger_row **ret_rows,
		     size_t max);
uint64_t books_newest_revision(const struct books *books);
uint64_t books_oldest_revision(const struct books *books, enum ledger_by by);

size_t books_count(const struct books *books, enum ledger_by by);
uint64_t books_forgotten(const struct books *books, enum ledger_by by);

#endif
