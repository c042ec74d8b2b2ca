/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: a file that grows by whole lines up to a size, and then makes room: FILE becomes FILE.1, that
 * FILE.2, and so on, and the oldest is removed. For root's eyes alone.
 */
#ifndef SMTPWATCH_RECORDED_RECORD_FILE_H
#define SMTPWATCH_RECORDED_RECORD_FILE_H

#include "lib/cleanup.h"

#include <stddef.h>
#include <stdint.h>

struct record_file;

/* Goes on with a file that is there, behind its last whole line. `files`: how many there are at most, FILE included.
 * 0; -EPERM: it is no regular file of this user's, or others may write to it; or another -errno. */
int record_file_open(const char *path, uint64_t max_bytes, uint64_t files, struct record_file **ret_file);
void record_file_close(struct record_file *file);
DEFINE_CLEANUP(struct record_file, record_file_close)

/* Adds whole lines, all or none of them. 0 or -errno. */
int record_file_write(struct record_file *file, const char *lines, size_t size);

#endif
