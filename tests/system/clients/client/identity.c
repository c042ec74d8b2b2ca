// SPDX-License-Identifier: GPL-2.0-only
/* Who the client is, or says it is, before it runs another command. */
#include "client.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int run_as(char *const words[])
{
	uid_t uid = (uid_t)number_parse(words[0]);
	if (setgid((gid_t)uid) != 0 || setuid(uid) != 0)
		fail("setuid");
	return run_command(&words[1]);
}

int run_named(char *const words[])
{
	if (prctl(PR_SET_NAME, words[0]) != 0)
		fail("prctl");
	return run_command(&words[1]);
}

int run_unlinked(char *const words[])
{
	char path[PATH_MAX] = "";
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0 || unlink(path) != 0)
		fail("cannot unlink myself");
	return run_command(&words[0]);
}

int run_after(char *const words[])
{
	while (access(words[0], F_OK) != 0)
		usleep(10000);
	return run_command(&words[1]);
}
