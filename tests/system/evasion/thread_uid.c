// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process of root in which one thread becomes a user, by the bare system call that glibc would make in every
 * thread, and connects. Hopes that the process's user is named, not the thread's.
 */
#include "trick.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *deliver_as_user(void *address)
{
	uid_t uid = evader_uid();
	if (syscall(SYS_setresuid, uid, uid, uid) != 0)
		fail("setresuid");
	deliver(address);
	return NULL;
}

int main(int argc, char *argv[])
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, deliver_as_user, argv[argc - 1]) != 0)
		fail("pthread_create");
	pthread_join(thread, NULL);
	return getuid() == 0 ? 0 : 1;
}
