// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to a classic tracepoint needs its number, which only tracefs tells, and tracefs need not be
 * mounted. Then it is opened detached.
 */
#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/detached_mount.h"
#include "sensor/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TRACEFS_MAGIC 0x74726163 /* include/uapi/linux/magic.h */

static const char *const mount_points[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

static int open_mounted(void)
{
	for (size_t i = 0; i < COUNT_OF(mount_points); i++) {
		struct statfs status;
		if (statfs(mount_points[i], &status) == 0 && status.f_type == TRACEFS_MAGIC)
			return open(mount_points[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return -1;
}

bool sensor_probe_tracefs(void)
{
	_cleanup_close_ int tracefs = open_mounted();
	return tracefs >= 0;
}

static int read_tracepoint_id(const char *category, const char *name, uint64_t *ret_id)
{
	_cleanup_close_ int tracefs = open_mounted();
	char path[128];
	char text[32] = "";

	if (tracefs < 0)
		tracefs = detached_mount_open("tracefs");
	if (tracefs < 0)
		return -errno;
	snprintf(path, sizeof(path), "events/%s/%s/id", category, name);
	_cleanup_close_ int file = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || read(file, text, sizeof(text) - 1) <= 0)
		return errno ? -errno : -EIO;
	*ret_id = strtoull(text, NULL, 10);
	return 0;
}

int sensor_attach_tracepoint(struct bpf_program *program, const char *category, const char *name,
			     struct bpf_link **ret_link)
{
	struct perf_event_attr attributes = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attributes)};
	uint64_t id = 0;

	int error = read_tracepoint_id(category, name, &id);
	if (error)
		return error;
	attributes.config = id;
	/* One event is enough: a program on a tracepoint runs on every CPU (kernel/trace/bpf_trace.c). */
	_cleanup_close_ int event = (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	struct bpf_link *link = bpf_program__attach_perf_event(program, event);
	if (!link)
		return -errno;
	TAKE_FD(event);
	*ret_link = link;
	return 0;
}
