// SPDX-License-Identifier: GPL-2.0-only
/*
 * A library to be preloaded into a PHP: a thread of each of its processes that connects whenever it is asked to, also
 * while that serves no request.
 *
 * IDLE_TRIGGER=PREFIX: asked by a file PREFIX.PID, which is taken away when that was done.
 * IDLE_ADDRESS=ADDRESS: to its port 25.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_US 5000

/* Copies: php-fpm empties its workers' environment, and writes their titles over it. */
static const char *prefix;
static const char *destination;

static void connect_once(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(25)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, destination, &address.sin_addr) == 1)
		connect(fd, (const struct sockaddr *)&address, sizeof(address));
	close(fd);
}

static void *wait_and_connect(void *unused)
{
	char trigger[4096];

	snprintf(trigger, sizeof(trigger), "%s.%d", prefix, (int)getpid());
	for (;;) {
		if (access(trigger, F_OK) == 0) {
			connect_once();
			unlink(trigger);
		}
		usleep(POLL_US);
	}
	return unused;
}

static void start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_and_connect, NULL) == 0)
		pthread_detach(thread);
}

/* A thread is not forked with its process, and workers are forks. */
__attribute__((constructor)) static void start(void)
{
	if (!getenv("IDLE_TRIGGER") || !getenv("IDLE_ADDRESS"))
		return;
	prefix = strdup(getenv("IDLE_TRIGGER"));
	destination = strdup(getenv("IDLE_ADDRESS"));
	if (!prefix || !destination)
		return;
	start_thread();
	pthread_atfork(NULL, NULL, start_thread);
}
