// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mail server delivers and ends; the next process with its pid is the evader's. An attacker forks until he has the
 * pid; here clone3() gives it at once. Hopes to be taken for the process that was known by that pid.
 */
#include "trick.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void become(uid_t uid)
{
	if (setgid(uid) != 0 || setuid(uid) != 0)
		fail("setuid");
}

/* The true program as its true user; the library that is loaded into it makes the connection. */
static pid_t run_mail_server(void)
{
	uid_t postfix = (uid_t)strtoul(setting("POSTFIX_UID"), NULL, 10);
	pid_t pid = fork();
	if (pid == 0) {
		become(postfix);
		setenv("LD_PRELOAD", setting("PRELOAD"), 1);
		execl(setting("POSTFIX_SMTP"), "smtp", (char *)NULL);
		fail("exec of Postfix's smtp");
	}
	expect_success(pid);
	return pid;
}

static pid_t fork_with(pid_t pid)
{
	struct clone_args arguments = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

int main(int argc, char *argv[])
{
	pid_t pid = run_mail_server();
	pid_t child = fork_with(pid);
	if (child < 0 && (errno == ENOSYS || errno == EINVAL))
		cannot("clone3 with a chosen pid");
	if (child == 0) {
		become(evader_uid());
		execl(setting("CLIENT"), "smtp", "connect", argv[argc - 1], "25", (char *)NULL);
		fail("exec");
	}
	name_culprit(pid);
	expect_success(child);
	return EXIT_SUCCESS;
}
