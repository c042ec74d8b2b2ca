// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child connects between vfork() and exec, in its parent's memory, and is the next moment an innocent program.
 * Hopes that the parent is named, or what the child became.
 */
#include "trick.h"

#include <sys/syscall.h>
#include <unistd.h>

static struct sockaddr_in to;

int main(int argc, char *argv[])
{
	to = receiver(argv[argc - 1]);
	int fd = open_socket();
	pid_t child = vfork(); /* NOLINT: what it is for */
	if (child == 0) {
		if (syscall(SYS_connect, fd, &to, sizeof(to)) == 0)
			execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	name_culprit(child);
	expect_success(child);
	expect_banner(fd);
	return 0;
}
