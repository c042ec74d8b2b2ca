// SPDX-License-Identifier: GPL-2.0-only
/* Forks twice, so that whoever started it is gone and the parent is pid 1. Hopes that nothing leads to its origin. */
#include "trick.h"

#include <stdlib.h>
#include <unistd.h>

static void deliver_as_orphan(pid_t parent, const char *address)
{
	while (getppid() == parent)
		usleep(100);
	name_culprit(getpid());
	deliver(address);
	_exit(EXIT_SUCCESS);
}

int main(int argc, char *argv[])
{
	int orphan_lives[2];
	char none;

	if (pipe(orphan_lives) != 0)
		fail("pipe");
	pid_t middle = fork();
	if (middle == 0) {
		pid_t self = getpid();
		if (fork() == 0)
			deliver_as_orphan(self, argv[argc - 1]);
		_exit(EXIT_SUCCESS);
	}
	expect_success(middle);
	close(orphan_lives[1]);
	return read(orphan_lives[0], &none, 1) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
