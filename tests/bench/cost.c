// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost null             nanoseconds of the cheapest syscall
 * cost connect PORT     nanoseconds of connect + accept + close on loopback
 * cost packet PORT      nanoseconds of a packet with a byte over a connection on loopback, from send() to recv()
 * cost fork             nanoseconds of fork + exit + wait
 * cost exec             nanoseconds of fork + exec of a program that ends at once + wait
 *
 * Prints the median of BATCHES batches.
 */
#include "loopback.h"

#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Of a few milliseconds each: what else the machine does spoils some of them, and not the median. */
#define BATCHES 75
#define NULL_CALLS 40000
#define CONNECTIONS 200
#define PACKETS 2000
#define PROCESSES 20

struct batch {
	const char *port; /* NULL: none is wanted */
	struct loopback loopback;
};

static double null_cost(const struct batch *batch)
{
	(void)batch;
	double start = now_ns();
	for (int i = 0; i < NULL_CALLS; i++)
		syscall(SYS_getppid);
	return (now_ns() - start) / NULL_CALLS;
}

static double connect_cost(const struct batch *batch)
{
	return loopback_cost(&batch->loopback, CONNECTIONS);
}

/* Back and forth, so that each acknowledgement travels with a byte. */
static double packet_cost(const struct batch *batch)
{
	const struct sockaddr *address = (const struct sockaddr *)&batch->loopback.address;
	int ends[2] = {socket(AF_INET, SOCK_STREAM, 0)};
	char byte = 0;

	if (connect(ends[0], address, sizeof(batch->loopback.address)) != 0)
		fail("connect");
	ends[1] = accept(batch->loopback.listener, NULL, NULL);
	double start = now_ns();
	for (int i = 0; i < PACKETS; i++)
		if (send(ends[i % 2], &byte, 1, 0) != 1 || recv(ends[!(i % 2)], &byte, 1, 0) != 1)
			fail("a byte");
	double cost = (now_ns() - start) / PACKETS;
	close(ends[0]);
	close(ends[1]);
	return cost;
}

static double process_cost(bool execute)
{
	double start = now_ns();
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		pid_t child = fork();
		if (child < 0)
			fail("fork");
		if (child == 0 && execute)
			execl("/proc/self/exe", "cost", "end", NULL);
		if (child == 0)
			_exit(execute);
		if (waitpid(child, &status, 0) != child || status != 0)
			fail("child");
	}
	return (now_ns() - start) / PROCESSES;
}

static double fork_cost(const struct batch *batch)
{
	(void)batch;
	return process_cost(false);
}

static double exec_cost(const struct batch *batch)
{
	(void)batch;
	return process_cost(true);
}

static double nothing(const struct batch *batch)
{
	(void)batch;
	_exit(0);
}

static const struct {
	const char *name;
	bool has_port;
	double (*cost)(const struct batch *batch);
} operations[] = {
	{"null", false, null_cost}, {"connect", true, connect_cost}, {"packet", true, packet_cost},
	{"fork", false, fork_cost}, {"exec", false, exec_cost},      {"end", false, nothing},
};

int main(int argc, char *argv[])
{
	double costs[BATCHES];
	struct batch batch = {.port = argc == 3 ? argv[2] : NULL};

	for (size_t i = 0; argc > 1 && i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(argv[1], operations[i].name) != 0 || operations[i].has_port != (batch.port != NULL))
			continue;
		if (batch.port)
			batch.loopback = loopback_open((uint16_t)atoi(batch.port));
		for (int j = 0; j < BATCHES; j++)
			costs[j] = operations[i].cost(&batch);
		printf("%.1f\n", median_of(costs, BATCHES));
		return 0;
	}
	fprintf(stderr, "usage: cost null | connect PORT | packet PORT | fork | exec\n");
	return 2;
}
