// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of ECS JSON to a file that logrotate may rename.
 *
 * write(2) to a regular file waits for no reader: it copies into the page cache, and a thread or io_uring for a few
 * lines a second would cost more than it saves. Only a disk that is far behind with writing back, or a network file
 * system without its server, can hold it up. A FIFO is refused, as nobody else's slowness belongs here.
 */
#include "lib/log.h"
#include "sinks/line_file.h"
#include "sinks/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MODE 0640

struct json_file {
	struct lines lines;
	struct line_file file;
	char *path;
	bool reopen_wanted;
};

/* Opened without waiting, since it could be a FIFO that nobody reads; and only the file itself, not where somebody
 * else's link leads. */
static int open_path(const char *path, int *ret_fd)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, FILE_MODE);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		return errno > 0 ? -errno : -EIO;
	if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode))
		return -EINVAL;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* A line is never split between two files: what is begun is finished in the old one first. */
static void reopen_if_wanted(struct json_file *json)
{
	int fd = -1;

	if (!json->reopen_wanted || json->file.queue.taken > 0)
		return;
	json->reopen_wanted = false;
	int error = open_path(json->path, &fd);
	if (error) {
		log_warning("cannot open %s anew (%s): lines still go to the old file", json->file.name,
			    strerror(-error));
		return;
	}
	close(json->file.fd); /* which takes it out of the event loop too */
	json->file.is_watched = false;
	json->file.fd = fd;
}

static void flush(void *state)
{
	struct json_file *json = state;

	if (json->file.fd < 0) {
		int error = open_path(json->path, &json->file.fd);
		if (error) {
			line_file_report(&json->file, error);
			return;
		}
	}
	reopen_if_wanted(json);
	line_file_report(&json->file, line_file_flush(&json->file));
	reopen_if_wanted(json);
}

static void put(struct lines *lines, const char *line)
{
	struct json_file *json = (struct json_file *)lines;
	line_file_put(&json->file, line);
}

static void reopen(void *state)
{
	struct json_file *json = state;

	json->reopen_wanted = json->file.fd >= 0;
	flush(state);
}

static uint64_t losses(const void *state)
{
	const struct json_file *json = state;
	return json->file.queue.dropped;
}

static int problem(const void *state)
{
	const struct json_file *json = state;
	return line_file_problem(&json->file);
}

static void free_state(void *state)
{
	struct json_file *json = state;

	flush(json);
	line_file_end(&json->file);
	free(json->path);
	free(json);
}

#define OTHER_OPERATIONS                                                                                       \
	.name = "json", .tick = flush, .serve = flush, .reopen = reopen, .losses = losses, .problem = problem, \
	.free_state = free_state

static const struct sink_operations all_operations = {LINES_JSON, OTHER_OPERATIONS};
static const struct sink_operations alert_operations = {
	.wants_all = true, .write_alert = lines_json_alert, OTHER_OPERATIONS};

int sinks_add_json_file(struct sinks *sinks, const char *path, bool flows)
{
	struct json_file *json = calloc(1, sizeof(*json));
	if (!json)
		return -ENOMEM;
	json->lines.put = put;
	line_file_init(&json->file, sinks, path);
	json->path = strdup(path);
	if (!json->path) {
		free(json);
		return -ENOMEM;
	}
	flush(json);
	return sinks_add(sinks, flows ? &all_operations : &alert_operations, json);
}
