// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit PORT SECONDS
 *
 * How many connections a second the machine makes on loopback: a process on each CPU connects to itself, accepts and
 * closes, at an address of its own. Prints the sum.
 */
#include "loopback.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define BATCH 100

static uint64_t work(uint16_t port, uint32_t number, double seconds)
{
	const struct loopback loopback = loopback_open_at(INADDR_LOOPBACK + number, port);
	const double end = now_ns() + seconds * 1e9;
	uint64_t made = 0;

	for (; now_ns() < end; made += BATCH)
		loopback_cost(&loopback, BATCH);
	return made;
}

int main(int argc, char *argv[])
{
	if (argc != 3) {
		fprintf(stderr, "usage: limit PORT SECONDS\n");
		return 2;
	}
	uint64_t *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED)
		fail("mmap");
	for (long i = 0; i < sysconf(_SC_NPROCESSORS_ONLN); i++)
		if (fork() == 0) {
			__sync_fetch_and_add(made, work((uint16_t)atoi(argv[1]), (uint32_t)i, atof(argv[2])));
			_exit(0);
		}
	int status, failed = 0;
	while (wait(&status) > 0)
		failed |= status;
	printf("%.0f\n", (double)*made / atof(argv[2]));
	return failed ? 1 : 0;
}
