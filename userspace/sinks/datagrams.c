// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/datagrams.h"

#include "lib/cleanup.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define QUEUE_RECORDS 256
#define QUEUE_BYTES (16 << 20)

static int connect_socket(struct datagrams *datagrams)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&datagrams->address, sizeof(datagrams->address)) != 0)
		return -errno;
	datagrams->fd = TAKE_FD(fd);
	return 0;
}

static void disconnect(struct datagrams *datagrams)
{
	if (datagrams->fd >= 0)
		close(datagrams->fd);
	datagrams->fd = -1;
}

/* journald takes a descriptor in place of the content if all four seals are on it: nobody may change what it maps. */
static int send_memfd(int socket, const void *bytes, size_t size)
{
	_cleanup_close_ int memfd = memfd_create("smtpwatch-alert", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0)
		return -errno;
	if (write(memfd, bytes, size) != (ssize_t)size ||
	    fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
		return errno ? -errno : -EIO;

	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	const struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control.room)};
	memcpy(CMSG_DATA(&control.header), &memfd, sizeof(memfd));
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ? 0 : -errno;
}

static int send_connected(const struct datagrams *datagrams, const struct queue_record *record)
{
	if (send(datagrams->fd, record->bytes, record->size, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	if (errno == EMSGSIZE && datagrams->by_memfd)
		return send_memfd(datagrams->fd, record->bytes, record->size);
	return -errno;
}

/* A restarted daemon has a new socket behind the old name: connect once more before giving up. */
static int send_record(struct datagrams *datagrams, const struct queue_record *record)
{
	int error = 0;
	for (int attempt = 0; attempt < 2; attempt++) {
		if (datagrams->fd < 0 && (error = connect_socket(datagrams)) != 0)
			return error;
		error = send_connected(datagrams, record);
		if (error == 0 || error == -EAGAIN || error == -ENOBUFS || error == -EMSGSIZE)
			return error;
		disconnect(datagrams);
	}
	return error;
}

static void report_state(struct datagrams *datagrams, int error)
{
	if (error && !datagrams->failing)
		log_warning("alerts cannot be written to %s at %s (%s): up to %zu of them wait", datagrams->name,
			    datagrams->address.sun_path, strerror(-error), datagrams->queue.max_records);
	if (!error && datagrams->failing)
		log_notice("alerts go to %s at %s again; %" PRIu64 " were dropped", datagrams->name,
			   datagrams->address.sun_path, datagrams->queue.dropped);
	datagrams->failing = error;
}

/* One that will never fit goes, so that it does not hold up those behind it. */
void datagrams_flush(struct datagrams *datagrams)
{
	struct queue *queue = &datagrams->queue;
	int error = 0;

	while (!queue_is_empty(queue)) {
		error = send_record(datagrams, queue->first);
		if (error == -EMSGSIZE) {
			log_warning("an alert of %zu bytes is too large for %s", queue->first->size, datagrams->name);
			queue->dropped++;
			error = 0;
		}
		if (error)
			break;
		queue_pop(queue);
	}
	report_state(datagrams, error);
}

void datagrams_put(struct datagrams *datagrams, const void *bytes, size_t size)
{
	queue_push(&datagrams->queue, bytes, size);
	datagrams_flush(datagrams);
}

int datagrams_init(struct datagrams *datagrams, const char *name, const char *path)
{
	if (strlen(path) >= sizeof(datagrams->address.sun_path))
		return -ENAMETOOLONG;
	*datagrams = (struct datagrams){
		.name = name,
		.address = {.sun_family = AF_UNIX},
		.fd = -1,
		.queue = {.max_records = QUEUE_RECORDS, .max_bytes = QUEUE_BYTES},
	};
	memcpy(datagrams->address.sun_path, path, strlen(path));
	return 0;
}

void datagrams_end(struct datagrams *datagrams)
{
	datagrams_flush(datagrams);
	if (!queue_is_empty(&datagrams->queue))
		log_warning("%zu alerts could not be written to %s", datagrams->queue.records, datagrams->name);
	queue_drop_all(&datagrams->queue);
	disconnect(datagrams);
}
