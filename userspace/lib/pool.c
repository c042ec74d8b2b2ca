// SPDX-License-Identifier: GPL-2.0-only
#include "lib/pool.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int pool_make(struct pool *pool, size_t record_size, size_t capacity)
{
	/* The record of number 0 lies there too, and is never used. */
	size_t reserved = (capacity + 1) * record_size;
	void *records =
		mmap(NULL, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (records == MAP_FAILED)
		return -errno;
	/* Or one record could cost two megabytes. A kernel without huge pages says EINVAL. */
	madvise(records, reserved, MADV_NOHUGEPAGE);
	*pool = (struct pool){
		.records = records,
		.record_size = record_size,
		.reserved = reserved,
		.capacity = (uint32_t)capacity,
	};
	return 0;
}

void pool_release(struct pool *pool)
{
	if (pool->records)
		munmap(pool->records, pool->reserved);
	*pool = (struct pool){.records = NULL};
}

uint32_t pool_take(struct pool *pool)
{
	uint32_t number = pool->first_free;

	if (number != 0) {
		memcpy(&pool->first_free, pool_at(pool, number), sizeof(pool->first_free));
		memset(pool_at(pool, number), 0, pool->record_size);
	} else if (pool->begun < pool->capacity) {
		number = ++pool->begun;
	} else {
		return 0;
	}
	pool->in_use++;
	return number;
}

void pool_give_back(struct pool *pool, uint32_t number)
{
	memcpy(pool_at(pool, number), &pool->first_free, sizeof(pool->first_free));
	pool->first_free = number;
	pool->in_use--;
}
