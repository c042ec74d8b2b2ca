// SPDX-License-Identifier: GPL-2.0-only
/*
 * Becomes another user of its own user namespace, as rootless containers do: one of those that /etc/subuid gives its
 * user. The parent does as root what newuidmap would do. Hopes that nobody knows whose that number is, and is right.
 */
#include "trick.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWNER 65531 /* whose namespace it is; the trick's own uid is the subordinate one */
#define INNER_UID 33

static void write_map(pid_t pid, const char *name)
{
	char path[64], map[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int size = snprintf(map, sizeof(map), "0 %d 1\n%d %d 1\n", OWNER, INNER_UID, (int)evader_uid());
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, (size_t)size) != size)
		fail(path);
	close(fd);
}

static void wait_for_byte(int fd)
{
	char byte;
	if (read(fd, &byte, 1) != 1)
		fail("read");
}

static void deliver_from_inside(int ready, int mapped, const char *address)
{
	if (setgid(OWNER) != 0 || setuid(OWNER) != 0)
		fail("setuid");
	if (unshare(CLONE_NEWUSER) != 0)
		cannot("unshare(CLONE_NEWUSER)");
	if (write(ready, "", 1) != 1)
		fail("write");
	wait_for_byte(mapped);
	if (setgid(INNER_UID) != 0 || setuid(INNER_UID) != 0)
		fail("setuid in the namespace");
	deliver(address);
	_exit(EXIT_SUCCESS);
}

int main(int argc, char *argv[])
{
	int ready[2], mapped[2];
	if (pipe(ready) != 0 || pipe(mapped) != 0)
		fail("pipe");
	pid_t child = fork();
	if (child == 0)
		deliver_from_inside(ready[1], mapped[0], argv[argc - 1]);
	name_culprit(child);
	wait_for_byte(ready[0]);
	write_map(child, "uid_map");
	write_map(child, "gid_map");
	if (write(mapped[1], "", 1) != 1)
		fail("write");
	expect_success(child);
	return EXIT_SUCCESS;
}
