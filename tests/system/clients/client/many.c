// SPDX-License-Identifier: GPL-2.0-only
/* Many connections: by many processes, by many threads, and as a flood by one process. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS_AT_ONCE 16
#define THREADS_MAX 64

/* Open connections of a flood. Few, so that no limit on descriptors is met; enough to keep going. */
#define FLOOD_WINDOW 64
#define FLOOD_PATIENCE_MS 100 /* for one answer, then it is closed without */

static int fork_one(const struct target *target)
{
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid > 0) {
		printf("%d\n", (int)pid);
		return 0;
	}
	int fd = open_socket(target, 0);
	_exit(connect(fd, target_address(target), target->size) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int wait_one(void)
{
	int status;
	if (wait(&status) < 0)
		fail("wait");
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : 1;
}

int run_forks(char *const words[])
{
	int count = number_parse(words[0]);
	struct target target = target_parse(&words[1]);
	int failed = 0, running = 0;

	setvbuf(stdout, NULL, _IONBF, 0); /* what a child would inherit and print again */
	for (int i = 0; i < count; i++) {
		if (running == FORKS_AT_ONCE)
			failed += wait_one();
		else
			running++;
		fork_one(&target);
	}
	while (running-- > 0)
		failed += wait_one();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void *connect_in_thread(void *argument)
{
	const struct target *target = argument;
	int fd = open_socket(target, 0);
	if (connect(fd, target_address(target), target->size) != 0)
		fail("connect");
	close(fd);
	return NULL;
}

int run_threads(char *const words[])
{
	int count = number_parse(words[0]);
	struct target target = target_parse(&words[1]);
	pthread_t threads[THREADS_MAX];

	if (count > THREADS_MAX)
		count = THREADS_MAX;
	for (int i = 0; i < count; i++) {
		if (pthread_create(&threads[i], NULL, connect_in_thread, &target) != 0)
			fail("pthread_create");
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return EXIT_SUCCESS;
}

/* Closes by RST where it was established, so that ten thousand ports do not stay in TIME_WAIT. */
static void close_hard(int fd)
{
	struct linger none = {.l_onoff = 1, .l_linger = 0};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

int run_flood(char *const words[])
{
	int count = number_parse(words[0]);
	struct target target = target_parse(&words[1]);
	int window[FLOOD_WINDOW];

	for (int i = 0; i < count + FLOOD_WINDOW; i++) {
		int *slot = &window[i % FLOOD_WINDOW];
		if (i >= FLOOD_WINDOW && i - FLOOD_WINDOW < count) {
			struct pollfd oldest = {.fd = *slot, .events = POLLOUT};
			poll(&oldest, 1, FLOOD_PATIENCE_MS);
			close_hard(*slot);
		}
		if (i >= count)
			continue;
		*slot = open_socket(&target, SOCK_NONBLOCK);
		if (connect(*slot, target_address(&target), target.size) != 0 && errno != EINPROGRESS)
			fail("connect");
	}
	return EXIT_SUCCESS;
}

int run_open(char *const words[])
{
	int count = number_parse(words[0]);
	struct target target = target_parse(&words[1]);
	struct rlimit limit = {.rlim_cur = (rlim_t)count + 16, .rlim_max = (rlim_t)count + 16};

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		fail("setrlimit");
	for (int i = 0; i < count; i++) {
		int fd = open_socket(&target, 0);
		if (connect(fd, target_address(&target), target.size) != 0)
			fail("connect");
	}
	return EXIT_SUCCESS; /* and the kernel closes them */
}
