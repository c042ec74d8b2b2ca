// SPDX-License-Identifier: GPL-2.0-only
/* What was there before the watch began: the kernel side's iterators, run once. */
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "sensor/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#define RECORDS_A_READ 64

DEFINE_CLEANUP(struct bpf_link, bpf_link__destroy)

static int open_iterator(const struct bpf_program *program, int *ret_fd)
{
	_cleanup_(cleanup_bpf_link__destroy) struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	if (!link)
		return -errno;
	int fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static void hand_out(struct sensor *sensor, struct sw_program_record *record)
{
	const struct observation observation = {
		.kind = OBSERVATION_PROGRAM,
		.time_ns = clock_boot_ns(),
		.wall_ns = clock_wall_ns(),
		.program = record,
	};
	record->name[sizeof(record->name) - 1] = '\0';
	sensor->take(sensor->context, &observation);
}

/* The kernel writes whole records; a read() may end within one (bpf_seq_read() in kernel/bpf/bpf_iter.c). */
int sensor_list_programs(struct sensor *sensor)
{
	struct sw_program_record records[RECORDS_A_READ];
	_cleanup_close_ int fd = -1;
	size_t filled = 0;

	int error = open_iterator(sensor->skeleton->progs.list_programs, &fd);
	if (error)
		return error;
	for (;;) {
		ssize_t size = read(fd, (char *)records + filled, sizeof(records) - filled);
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (size <= 0)
			return size < 0 ? -errno : 0;
		filled += (size_t)size;
		size_t count = filled / sizeof(records[0]);
		for (size_t i = 0; i < count; i++)
			hand_out(sensor, &records[i]);
		filled -= count * sizeof(records[0]);
		memmove(records, &records[count], filled);
	}
}

/* It writes nothing: what it finds comes through the ring like any attempt. */
int sensor_adopt_connections(struct sensor *sensor)
{
	_cleanup_close_ int fd = -1;
	char byte;

	int error = open_iterator(sensor->skeleton->progs.adopt_connections, &fd);
	if (error)
		return error;
	while (read(fd, &byte, sizeof(byte)) < 0)
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	return sensor_consume(sensor);
}
