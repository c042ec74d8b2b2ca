// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/line_file.h"

#include "lib/log.h"
#include "lib/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define QUEUE_RECORDS 65536
#define QUEUE_BYTES (4 << 20)

void line_file_init(struct line_file *file, struct sinks *sinks, const char *name)
{
	*file = (struct line_file){
		.sinks = sinks,
		.fd = -1,
		.queue = {.max_records = QUEUE_RECORDS, .max_bytes = QUEUE_BYTES},
	};
	text_escape(file->name, sizeof(file->name), name, strlen(name));
}

int line_file_use(struct line_file *file, int fd)
{
	char path[sizeof("/proc/self/fd/2147483647")];
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))
		file->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	file->may_block = file->fd < 0 && !S_ISREG(status.st_mode);
	file->is_socket = S_ISSOCK(status.st_mode);
	if (file->fd < 0)
		file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return file->fd < 0 ? -errno : 0;
}

/* A pipe that says that it can be written to takes so much at once (pipe(7), PIPE_BUF). */
static ssize_t write_where_ready(int fd, const char *bytes, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	if (poll(&ready, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, bytes, size < PIPE_BUF ? size : PIPE_BUF);
}

static ssize_t write_some(const struct line_file *file, const char *bytes, size_t size)
{
	if (file->is_socket)
		return send(file->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (file->may_block)
		return write_where_ready(file->fd, bytes, size);
	return write(file->fd, bytes, size);
}

static int write_first(struct line_file *file)
{
	struct queue *queue = &file->queue;

	while (queue->taken < queue->first->size) {
		ssize_t size = write_some(file, queue->first->bytes + queue->taken, queue->first->size - queue->taken);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		if (size == 0) /* what no file does for more than no bytes, but a loop must end */
			return -EIO;
		queue->taken += (size_t)size;
	}
	queue_pop(queue);
	return 0;
}

/* A reader that is slow is none that failed, until something is lost by it. */
void line_file_report(struct line_file *file, int error)
{
	if (error == -EAGAIN)
		return;
	if (error && error != file->failing && !file->is_closed)
		log_warning("cannot write to %s (%s): up to %d MiB of lines wait", file->name, strerror(-error),
			    QUEUE_BYTES >> 20);
	if (!error && file->failing)
		log_notice("%s can be written again; %" PRIu64 " lines were dropped", file->name, file->queue.dropped);
	file->failing = error;
}

int line_file_problem(const struct line_file *file)
{
	return file->failing == -EAGAIN ? 0 : file->failing;
}

/* The event loop says when there is room again; where it cannot, the tick does. */
static void watch(struct line_file *file, bool wanted)
{
	if (file->fd >= 0 && file->is_watched != wanted &&
	    sinks_watch(file->sinks, file->fd, wanted ? EPOLLOUT : 0) == 0)
		file->is_watched = wanted;
}

int line_file_flush(struct line_file *file)
{
	int error = 0;

	if (file->fd < 0) /* why not, was told */
		return file->failing;
	while (!error && !queue_is_empty(&file->queue))
		error = write_first(file);
	if (error == -EPIPE) {
		file->is_closed = true;
		queue_drop_all(&file->queue);
	}
	watch(file, error == -EAGAIN);
	return error;
}

void line_file_put(struct line_file *file, const char *line)
{
	uint64_t dropped = file->queue.dropped;
	_cleanup_free_ char *record = NULL;

	if (file->is_closed)
		return;
	int size = asprintf(&record, "%s\n", line);
	if (size >= 0) {
		queue_push(&file->queue, record, (size_t)size);
	} else {
		record = NULL; /* it is not said what is in it then */
		file->queue.dropped++;
	}
	line_file_report(file, line_file_flush(file));
	if (file->queue.dropped > dropped && !file->failing && !file->is_closed) {
		log_warning("%s is read too slowly: lines are dropped", file->name);
		file->failing = -EAGAIN;
	}
}

void line_file_end(struct line_file *file)
{
	line_file_flush(file);
	if (!queue_is_empty(&file->queue))
		log_warning("%zu lines could not be written to %s", file->queue.records, file->name);
	queue_drop_all(&file->queue);
	watch(file, false);
	cleanup_close(&file->fd);
	file->fd = -1;
}
