// SPDX-License-Identifier: GPL-2.0-only
/* Sixty processes share one socket and all connect it: one call does it. Hopes that another of them is named. */
#include "trick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 60

static void connect_with_others(int fd, int start, const struct sockaddr_in *to)
{
	char byte;
	if (read(start, &byte, 1) != 0) /* ends for all at once */
		_exit(EXIT_FAILURE);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 && errno == EINPROGRESS)
		name_culprit(getpid());
	_exit(EXIT_SUCCESS);
}

int main(int argc, char *argv[])
{
	struct sockaddr_in to = receiver(argv[argc - 1]);
	int start[2], fd = open_socket();
	if (pipe(start) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		fail("pipe");
	for (int i = 0; i < PROCESSES; i++) {
		pid_t child = fork();
		if (child < 0)
			fail("fork");
		if (child == 0) {
			close(start[1]);
			connect_with_others(fd, start[0], &to);
		}
	}
	close(start[1]);
	while (wait(NULL) > 0)
		;
	if (fcntl(fd, F_SETFL, 0) != 0)
		fail("fcntl");
	expect_banner(fd);
	return EXIT_SUCCESS;
}
