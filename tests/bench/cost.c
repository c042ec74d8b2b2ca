// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost null             nanoseconds of the cheapest syscall
 * cost connect PORT     nanoseconds of connect + accept + close on loopback, both ends in this process
 *
 * Prints the median of BATCHES batches, so that what else the machine does counts little.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 15
#define NULL_CALLS 400000
#define CONNECTIONS 1000

static int listener;
static struct sockaddr_in address = {.sin_family = AF_INET};

static double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void call_nothing(void)
{
	syscall(SYS_getppid);
}

static void connect_once(void)
{
	int client = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("connect");
	int server = accept(listener, NULL, NULL);
	close(client);
	close(server);
}

static void listen_on(uint16_t port)
{
	int yes = 1;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 16) != 0)
		fail("listen");
}

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return (difference > 0) - (difference < 0);
}

static double median_cost(void (*operation)(void), int count)
{
	double costs[BATCHES];
	for (int batch = 0; batch < BATCHES; batch++) {
		double start = now_ns();
		for (int i = 0; i < count; i++)
			operation();
		costs[batch] = (now_ns() - start) / count;
	}
	qsort(costs, BATCHES, sizeof(*costs), compare);
	return costs[BATCHES / 2];
}

int main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "null") == 0) {
		printf("%.1f\n", median_cost(call_nothing, NULL_CALLS));
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "connect") == 0) {
		listen_on((uint16_t)atoi(argv[2]));
		printf("%.1f\n", median_cost(connect_once, CONNECTIONS));
		return 0;
	}
	fprintf(stderr, "usage: cost null | connect PORT\n");
	return 2;
}
