// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCKS 2

struct block {
	bool is_full;
	ssize_t size; /* read; or -errno */
	char text[RECORDED_LINE_MAX + BLOCK_SIZE];
};

/* A block belongs to the thread until it is full, and to the caller until he has the next one. */
struct blocks {
	int fd;
	bool has_thread;
	bool is_over; /* nothing more is to be read */
	unsigned int next;
	const char *end; /* of what the caller was given last */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	struct block blocks[BLOCKS];
};

static ssize_t fill(int fd, struct block *block)
{
	ssize_t size = read(fd, block->text + RECORDED_LINE_MAX, BLOCK_SIZE);
	return size < 0 ? -errno : size;
}

static void wait_until(struct blocks *blocks, const struct block *block, bool is_full)
{
	while (block->is_full != is_full && !blocks->is_over)
		pthread_cond_wait(&blocks->turned, &blocks->lock);
}

/* Ends with the file, or when the caller has had enough. */
static void *read_ahead(void *context)
{
	struct blocks *blocks = context;
	ssize_t size = 1;

	for (unsigned int next = 0; size > 0; next = (next + 1) % BLOCKS) {
		struct block *block = &blocks->blocks[next];
		pthread_mutex_lock(&blocks->lock);
		wait_until(blocks, block, false);
		bool is_over = blocks->is_over;
		pthread_mutex_unlock(&blocks->lock);
		if (is_over)
			break;
		size = fill(blocks->fd, block);
		pthread_mutex_lock(&blocks->lock);
		block->size = size;
		block->is_full = true;
		pthread_cond_signal(&blocks->turned);
		pthread_mutex_unlock(&blocks->lock);
	}
	return NULL;
}

/* Only of a file, where no read takes long: the thread is waited for. */
static bool is_file(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

struct blocks *blocks_new(int fd)
{
	struct blocks *blocks = calloc(1, sizeof(*blocks));

	if (!blocks)
		return NULL;
	blocks->fd = fd;
	pthread_mutex_init(&blocks->lock, NULL);
	pthread_cond_init(&blocks->turned, NULL);
	if (is_file(fd)) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		blocks->has_thread = pthread_create(&blocks->thread, NULL, read_ahead, blocks) == 0;
	}
	return blocks;
}

void blocks_free(struct blocks *blocks)
{
	if (!blocks)
		return;
	if (blocks->has_thread) {
		pthread_mutex_lock(&blocks->lock);
		blocks->is_over = true;
		pthread_cond_signal(&blocks->turned);
		pthread_mutex_unlock(&blocks->lock);
		pthread_join(blocks->thread, NULL);
	}
	pthread_cond_destroy(&blocks->turned);
	pthread_mutex_destroy(&blocks->lock);
	free(blocks);
}

static struct block *take(struct blocks *blocks)
{
	struct block *block = &blocks->blocks[blocks->next];

	if (!blocks->has_thread) {
		block->size = fill(blocks->fd, block);
		return block;
	}
	pthread_mutex_lock(&blocks->lock);
	wait_until(blocks, block, true);
	pthread_mutex_unlock(&blocks->lock);
	return block;
}

static void give_back(struct blocks *blocks, struct block *block)
{
	pthread_mutex_lock(&blocks->lock);
	block->is_full = false;
	pthread_cond_signal(&blocks->turned);
	pthread_mutex_unlock(&blocks->lock);
}

ssize_t blocks_next(struct blocks *blocks, size_t left, const char **ret_text)
{
	struct block *block = take(blocks);

	if (block->size < 0)
		return block->size;
	char *text = block->text + RECORDED_LINE_MAX - left;
	if (left > 0)
		memcpy(text, blocks->end - left, left);
	if (blocks->end && block->size > 0)
		give_back(blocks, &blocks->blocks[(blocks->next + 1) % BLOCKS]);
	blocks->next = (blocks->next + (block->size > 0)) % BLOCKS;
	blocks->end = block->text + RECORDED_LINE_MAX + block->size;
	*ret_text = text;
	return (ssize_t)left + block->size;
}
