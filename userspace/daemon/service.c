// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/service.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 256
#define FEEDS_A_PERIOD 4
#define NANOSECONDS_A_MICROSECOND 1000
#define MICROSECONDS_A_SECOND 1000000

static struct {
	struct sockaddr_un address;
	socklen_t address_size; /* 0: there is no manager */
	uint64_t watchdog_ns;   /* 0: there is none */
	uint64_t fed_ns;
	char text[TEXT_SIZE]; /* as it was told last */
} manager;

/* A path, or an abstract name behind "@". */
static void read_socket(const char *path)
{
	const size_t size = path ? strlen(path) : 0;

	if (size < 2 || (path[0] != '/' && path[0] != '@') || size >= sizeof(manager.address.sun_path))
		return;
	manager.address.sun_family = AF_UNIX;
	memcpy(manager.address.sun_path, path, size);
	if (path[0] == '@')
		manager.address.sun_path[0] = '\0';
	manager.address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
}

static void read_watchdog(const char *microseconds, const char *pid)
{
	char *rest;

	if (!microseconds || (pid && strtoll(pid, NULL, 10) != getpid()))
		return;
	errno = 0;
	const uint64_t period = strtoull(microseconds, &rest, 10);
	if (errno == 0 && *rest == '\0' && period < UINT64_MAX / NANOSECONDS_A_MICROSECOND)
		manager.watchdog_ns = period * NANOSECONDS_A_MICROSECOND;
}

void service_begin(void)
{
	read_socket(getenv("NOTIFY_SOCKET"));
	read_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void say(const char *text)
{
	_cleanup_close_ int fd = -1;

	if (manager.address_size == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&manager.address,
		       manager.address_size);
}

void service_ready(void)
{
	say("READY=1\nSTATUS=watching");
}

/* With the time of the call, by CLOCK_MONOTONIC: from it the manager tells this reload from an earlier one. */
void service_reloading(void)
{
	char text[64];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	const uint64_t microseconds =
		(uint64_t)now.tv_sec * MICROSECONDS_A_SECOND + (uint64_t)now.tv_nsec / NANOSECONDS_A_MICROSECOND;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, microseconds);
	say(text);
}

void service_stopping(void)
{
	say("STOPPING=1");
}

static void tell_status(const char *text)
{
	char line[sizeof("STATUS=") + TEXT_SIZE];

	if (strncmp(text, manager.text, sizeof(manager.text) - 1) == 0)
		return;
	snprintf(manager.text, sizeof(manager.text), "%s", text);
	snprintf(line, sizeof(line), "STATUS=%s", manager.text);
	say(line);
}

void service_report(enum service_state state, const char *text, uint64_t boot_ns)
{
	tell_status(text);
	if (state == SERVICE_BLIND || manager.watchdog_ns == 0 ||
	    boot_ns - manager.fed_ns < manager.watchdog_ns / FEEDS_A_PERIOD)
		return;
	manager.fed_ns = boot_ns;
	say("WATCHDOG=1");
}
