// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells the kernel, by PR_SET_MM_MAP, that its arguments lie where a Postfix command line does. Needs no privilege.
 * Hopes that whoever looks at arguments takes it for Postfix, and finds no trace of the true ones.
 */
#include "trick.h"

#include <errno.h>
#include <sys/prctl.h>

static const char mask[] = "/usr/lib/postfix/sbin/smtp\0-t\0unix\0-u";

int main(int argc, char *argv[])
{
	struct prctl_mm_map map = memory_map();
	map.arg_start = (unsigned long)mask;
	map.arg_end = (unsigned long)mask + sizeof(mask);
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) != 0) {
		if (errno == EINVAL)
			cannot("PR_SET_MM_MAP");
		fail("PR_SET_MM_MAP");
	}
	deliver(argv[argc - 1]);
	return 0;
}
