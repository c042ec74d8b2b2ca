// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost null             nanoseconds of the cheapest syscall
 * cost connect PORT     nanoseconds of connect + accept + close on loopback
 *
 * Prints the median of BATCHES batches.
 */
#include "loopback.h"

#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#define BATCHES 15
#define NULL_CALLS 400000
#define CONNECTIONS 1000

static double null_cost(void)
{
	double start = now_ns();
	for (int i = 0; i < NULL_CALLS; i++)
		syscall(SYS_getppid);
	return (now_ns() - start) / NULL_CALLS;
}

int main(int argc, char *argv[])
{
	bool is_null = argc == 2 && strcmp(argv[1], "null") == 0;
	bool is_connect = argc == 3 && strcmp(argv[1], "connect") == 0;
	struct loopback loopback = {.listener = -1};
	double costs[BATCHES];

	if (!is_null && !is_connect) {
		fprintf(stderr, "usage: cost null | connect PORT\n");
		return 2;
	}
	if (is_connect)
		loopback = loopback_open((uint16_t)atoi(argv[2]));
	for (int batch = 0; batch < BATCHES; batch++)
		costs[batch] = is_null ? null_cost() : loopback_cost(&loopback, CONNECTIONS);
	printf("%.1f\n", median_of(costs, BATCHES));
	return 0;
}
