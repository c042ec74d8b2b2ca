// SPDX-License-Identifier: GPL-2.0-only
/*
 * load ADDRESS PORT RATE SECONDS [each]
 *
 * Begins connections to ADDRESS and gives them up at once, RATE a second, 0 for as many as the machine makes: by one
 * process, or with `each` every one by a process of its own. As fast as it goes, one works on each CPU. Prints how many
 * a second it were.
 */
#include "loopback.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define STEP_NS 1000000  /* between two looks at the clock */
#define WITHOUT_CLOCK 64 /* connections between two of them where nothing limits the rate */

struct load {
	struct sockaddr_in to;
	double rate; /* a second, of one worker; 0: no limit */
	double seconds;
	bool each;
};

static void connect_once(const struct load *load)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(fd, (const struct sockaddr *)&load->to, sizeof(load->to)) != 0 && errno != EINPROGRESS &&
	    errno != ECONNREFUSED)
		fail("connect");
	close(fd);
}

static void connect_by(const struct load *load)
{
	int status;
	pid_t child = load->each ? vfork() : 0;

	if (child < 0)
		fail("fork");
	if (child == 0)
		connect_once(load);
	if (child == 0 && load->each)
		_exit(0);
	if (load->each && waitpid(child, &status, 0) != child)
		fail("waitpid");
}

/* Returns how many it made. */
static uint64_t work(const struct load *load)
{
	const double start = now_ns(), end = start + load->seconds * 1e9;
	uint64_t made = 0;

	for (double now = start; now < end; now = now_ns()) {
		uint64_t due = load->rate > 0 ? (uint64_t)((now - start) * load->rate / 1e9) : made + WITHOUT_CLOCK;
		for (; made < due; made++)
			connect_by(load);
		const struct timespec pause = {.tv_nsec = STEP_NS};
		if (load->rate > 0)
			nanosleep(&pause, NULL);
	}
	return made;
}

int main(int argc, char *argv[])
{
	struct load load = {.to = {.sin_family = AF_INET}};
	long workers = sysconf(_SC_NPROCESSORS_ONLN);

	if ((argc != 5 && argc != 6) || inet_pton(AF_INET, argv[1], &load.to.sin_addr) != 1 ||
	    (argc == 6 && strcmp(argv[5], "each") != 0)) {
		fprintf(stderr, "usage: load ADDRESS PORT RATE SECONDS [each]\n");
		return 2;
	}
	load.to.sin_port = htons((uint16_t)atoi(argv[2]));
	load.rate = atof(argv[3]);
	load.seconds = atof(argv[4]);
	load.each = argc == 6;
	if (load.rate > 0)
		workers = 1;
	uint64_t *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double start = now_ns();
	for (long i = 0; i < workers; i++)
		if (fork() == 0) {
			__sync_fetch_and_add(made, work(&load));
			_exit(0);
		}
	int status, failed = 0;
	while (wait(&status) > 0)
		failed |= status;
	printf("%.0f\n", (double)*made / ((now_ns() - start) / 1e9));
	return failed ? 1 : 0;
}
