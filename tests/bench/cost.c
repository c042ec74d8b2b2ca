// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost null             nanoseconds of the cheapest syscall
 * cost connect PORT     nanoseconds of connect + accept + close on loopback
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

#define BATCHES 15
#define NULL_CALLS 400000
#define CONNECTIONS 1000
#define PROCESSES 500

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
	{"null", false, null_cost}, {"connect", true, connect_cost}, {"fork", false, fork_cost},
	{"exec", false, exec_cost}, {"end", false, nothing},
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
	fprintf(stderr, "usage: cost null | connect PORT | fork | exec\n");
	return 2;
}
