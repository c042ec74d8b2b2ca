/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table that never holds more than it was made for. Entries embed a struct table_link as their
 * first member; the key is a run of bytes inside the entry. Whoever is full asks table_oldest() and
 * removes it: what to give up is the owner's decision.
 *
 * The hash is seeded at the start (getrandom), because keys come from whoever attacks the host.
 */
#ifndef SMTPWATCH_LIB_TABLE_H
#define SMTPWATCH_LIB_TABLE_H

#include "lib/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next_in_bucket;
	struct table_link *older;
	struct table_link *newer;
};

struct table;

/* `key_offset` and `key_size` say where the key lies in an entry; `free_entry` may be NULL. */
struct table *table_new(size_t capacity, size_t key_offset, size_t key_size, void (*free_entry)(void *entry));
/* Frees the entries too. */
void table_free(struct table *table);
DEFINE_CLEANUP(struct table, table_free)

/* The entry with this key, or NULL. */
void *table_find(const struct table *table, const void *key);

/* Takes ownership of an entry whose key is not in the table. 0, or -ENOSPC where the table is full. */
int table_insert(struct table *table, void *entry);

/* The same, but that the oldest entry leaves a full table. Returns whether one did. */
bool table_push(struct table *table, void *entry);

/* Makes an entry the newest. */
void table_touch(struct table *table, void *entry);

/* Takes an entry out and frees it. */
void table_remove(struct table *table, void *entry);

/* The entry that was inserted or touched longest ago, or NULL. table_newer() goes on from there. */
void *table_oldest(const struct table *table);
void *table_newer(const void *entry);

/* The same from the other end. */
void *table_newest(const struct table *table);
void *table_older(const void *entry);

size_t table_count(const struct table *table);
bool table_is_full(const struct table *table);

#endif
