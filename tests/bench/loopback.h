/* SPDX-License-Identifier: GPL-2.0-only */
/* connect + accept + close on loopback, both ends in this process: the operation that is measured. */
#ifndef SMTPWATCH_BENCH_LOOPBACK_H
#define SMTPWATCH_BENCH_LOOPBACK_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct loopback {
	int listener;
	struct sockaddr_in address;
};

static inline double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* `address` in host byte order. */
static inline struct loopback loopback_open_at(uint32_t address, uint16_t port)
{
	struct loopback loopback = {
		.listener = socket(AF_INET, SOCK_STREAM, 0),
		.address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)},
	};
	int yes = 1;
	setsockopt(loopback.listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(loopback.listener, (struct sockaddr *)&loopback.address, sizeof(loopback.address)) != 0 ||
	    listen(loopback.listener, 16) != 0)
		fail("listen");
	return loopback;
}

static inline struct loopback loopback_open(uint16_t port)
{
	return loopback_open_at(INADDR_LOOPBACK, port);
}

/* Nanoseconds a connection, over `count` of them. */
static inline double loopback_cost(const struct loopback *loopback, int count)
{
	double start = now_ns();
	for (int i = 0; i < count; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(client, (const struct sockaddr *)&loopback->address, sizeof(loopback->address)) != 0)
			fail("connect");
		int server = accept(loopback->listener, NULL, NULL);
		close(client);
		close(server);
	}
	return (now_ns() - start) / count;
}

static inline int compare_numbers(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return (difference > 0) - (difference < 0);
}

/* Sorts them. */
static inline double median_of(double *numbers, size_t count)
{
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	return numbers[count / 2];
}

#endif
