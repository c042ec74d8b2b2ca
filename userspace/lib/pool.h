/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of one size in memory that is reserved once and costs nothing before it is used. A record is known by its
 * number, which takes half the room of a pointer; 0 is none. What was given back is taken again first, so the memory in
 * use is that of the most records that there ever were.
 */
#ifndef SMTPWATCH_LIB_POOL_H
#define SMTPWATCH_LIB_POOL_H

#include <stddef.h>
#include <stdint.h>

/* All zero: a pool without records. */
struct pool {
	uint8_t *records; /* owned */
	size_t record_size;
	size_t reserved; /* bytes */
	uint32_t capacity;
	uint32_t begun;      /* so many of the first have been in use */
	uint32_t first_free; /* of those that were given back; each begins with the number of the next */
	uint32_t in_use;
};

/* Room for `capacity` records, below UINT32_MAX, of at least 4 bytes. 0 or -errno. */
int pool_make(struct pool *pool, size_t record_size, size_t capacity);
void pool_release(struct pool *pool);

/* A record of zeros, or 0 where none is left. */
uint32_t pool_take(struct pool *pool);

/* `number` is a record in use. */
void pool_give_back(struct pool *pool, uint32_t number);

static inline uint32_t pool_left(const struct pool *pool)
{
	return pool->capacity - pool->in_use;
}

static inline void *pool_at(const struct pool *pool, uint32_t number)
{
	return pool->records + number * pool->record_size;
}

#endif
