/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file, block by block. Of a regular one, the next block is read by a thread of its own while the caller goes through
 * the one before: copying it costs a quarter of what reading its lines does. It is not mapped, as a file that becomes
 * shorter meanwhile would end the process.
 */
#ifndef SMTPWATCH_RECORDED_BLOCKS_H
#define SMTPWATCH_RECORDED_BLOCKS_H

#include "lib/cleanup.h"
#include "recorded/line.h"

#include <stddef.h>
#include <sys/types.h>

#define BLOCK_SIZE 262144 /* stays in the processor's cache */

struct blocks;

/* Borrows the descriptor. NULL: no memory. */
struct blocks *blocks_new(int fd);
void blocks_free(struct blocks *blocks);
DEFINE_CLEANUP(struct blocks, blocks_free)

/*
 * The next block, behind what is left of the one before: its last `left` bytes, at most RECORDED_LINE_MAX. Returns how
 * many there are with those; as many as were left: it is the end; or -errno. They stay until the next call.
 */
ssize_t blocks_next(struct blocks *blocks, size_t left, const char **ret_text);

#endif
