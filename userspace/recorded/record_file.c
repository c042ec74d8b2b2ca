// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define TAIL_SIZE 65536 /* no line is longer */

struct record_file {
	char *path;
	int fd; /* -1: it could not be made anew */
	uint64_t size;
	uint64_t max_bytes;
	uint64_t files;
};

/* Who else may write to it could put words into it, or read who did what. A FIFO or a device could hold all up. */
static int check(int fd, struct stat *ret_status)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	*ret_status = status;
	return 0;
}

/* A line that was cut by the end of the machine, or of the disk, is taken away. */
static int drop_half_line(int fd, uint64_t *size)
{
	_cleanup_free_ char *tail = malloc(TAIL_SIZE);
	uint64_t start = *size > TAIL_SIZE ? *size - TAIL_SIZE : 0;

	if (!tail)
		return -ENOMEM;
	ssize_t got = pread(fd, tail, TAIL_SIZE, (off_t)start);
	if (got < 0)
		return -errno;
	const char *end = memrchr(tail, '\n', (size_t)got);
	uint64_t whole = end ? start + (uint64_t)(end - tail) + 1 : start;
	if (whole == *size)
		return 0;
	if (ftruncate(fd, (off_t)whole) != 0)
		return -errno;
	*size = whole;
	return 0;
}

static int open_file(struct record_file *file)
{
	struct stat status = {0};
	_cleanup_close_ int fd =
		open(file->path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	int error = check(fd, &status);
	if (error)
		return error;
	file->size = (uint64_t)status.st_size;
	error = file->size > 0 ? drop_half_line(fd, &file->size) : 0;
	if (error)
		return error;
	file->fd = TAKE_FD(fd);
	return 0;
}

int record_file_open(const char *path, uint64_t max_bytes, uint64_t files, struct record_file **ret_file)
{
	_cleanup_(cleanup_record_file_close) struct record_file *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->max_bytes = max_bytes;
	file->files = files;
	file->path = strdup(path);
	if (!file->path)
		return -ENOMEM;
	int error = open_file(file);
	if (error)
		return error;
	*ret_file = TAKE_PTR(file);
	return 0;
}

void record_file_close(struct record_file *file)
{
	if (!file)
		return;
	cleanup_close(&file->fd);
	free(file->path);
	free(file);
}

/* FILE itself is number 0. */
static void name_of(const struct record_file *file, uint64_t number, char name[PATH_MAX])
{
	if (number == 0)
		snprintf(name, PATH_MAX, "%s", file->path);
	else
		snprintf(name, PATH_MAX, "%s.%" PRIu64, file->path, number);
}

/* The oldest goes by the name of the next one being put in its place. */
static int rotate(struct record_file *file)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	cleanup_close(&file->fd);
	file->fd = -1;
	for (uint64_t number = file->files - 1; number > 0; number--) {
		name_of(file, number - 1, from);
		name_of(file, number, to);
		if (rename(from, to) != 0 && errno != ENOENT)
			return -errno;
	}
	if (file->files == 1 && unlink(file->path) != 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int record_file_write(struct record_file *file, const char *lines, size_t size)
{
	int error = 0;

	if (file->fd >= 0 && file->size > 0 && file->size + size > file->max_bytes)
		error = rotate(file);
	if (!error && file->fd < 0)
		error = open_file(file);
	if (error)
		return error;
	ssize_t written = write(file->fd, lines, size);
	if (written == (ssize_t)size) {
		file->size += size;
		return 0;
	}
	error = written < 0 ? -errno : -ENOSPC;
	if (written > 0 && ftruncate(file->fd, (off_t)file->size) != 0) {
		cleanup_close(&file->fd); /* to be opened anew, behind its last whole line */
		file->fd = -1;
	}
	return error;
}
