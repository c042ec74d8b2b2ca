// SPDX-License-Identifier: GPL-2.0-only
/* The list, and a process that lives by it. */
#include "daemon/system_calls.h"

#include "lib/sanitizer.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_listed(const char *name)
{
	size_t count;
	const struct system_call *calls = system_calls_list(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(calls[i].name, name) == 0)
			return true;
	return false;
}

/* A wrong name would be left out in silence. */
static void test_names(void **state)
{
	/* Later than libseccomp 2.5.1, the oldest that this builds with. */
	static const char *const newer[] = {"epoll_pwait2", "futex_waitv"};
	size_t count;
	const struct system_call *calls = system_calls_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		bool is_newer = false;
		for (size_t j = 0; j < ARRAY_SIZE(newer); j++)
			is_newer |= strcmp(calls[i].name, newer[j]) == 0;
		if (seccomp_syscall_resolve_name(calls[i].name) == __NR_SCMP_ERROR && !is_newer)
			fail_msg("%s is no system call", calls[i].name);
	}
}

static void test_no_twins(void **state)
{
	size_t count;
	const struct system_call *calls = system_calls_list(&count);

	(void)state;
	SKIP_UNLESS(!HAS_ADDRESS_SANITIZER, "the sanitizer's rows stand beside those of the list");
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(calls[i].name, calls[j].name) == 0 &&
			    (!calls[i].is_limited || !calls[j].is_limited ||
			     memcmp(&calls[i].argument, &calls[j].argument, sizeof(calls[i].argument)) == 0))
				fail_msg("%s stands there twice", calls[i].name);
}

static void test_left_out(void **state)
{
	static const char *const dangerous[] = {
		"process_vm_writev",
		"mount",
		"umount2",
		"pivot_root",
		"chroot",
		"setns",
		"unshare",
		"init_module",
		"finit_module",
		"delete_module",
		"kexec_load",
		"reboot",
		"swapon",
		"clock_settime",
		"settimeofday",
		"clock_adjtime",
		"io_uring_setup",
		"keyctl",
		"add_key",
		"request_key",
		"userfaultfd",
		"setuid",
		"setresuid",
		"setgid",
		"setgroups",
		"capset",
		"seccomp",
		"clone3",
		"execveat",
		"mknod",
		"mknodat",
		"setxattr",
		"fsopen",
		"move_mount",
		"open_tree",
		"pidfd_getfd",
		"sethostname",
		"quotactl",
		"bdflush",
		"iopl",
		"ioperm",
		"acct",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangerous); i++)
		if (is_listed(dangerous[i]))
			fail_msg("%s is listed", dangerous[i]);
#if !HAS_ADDRESS_SANITIZER
	assert_false(is_listed("execve") || is_listed("fork") || is_listed("vfork") || is_listed("ptrace"));
#endif
}

/* ---- A process that lives by it */

/* Runs it in a child with the filter; it returns the number of what went wrong, 0 for nothing. */
static void assert_limited(int (*run)(void), bool probes)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || system_calls_limit(probes) != 0)
			_exit(100);
		_exit(run());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool is_refused(long result)
{
	return result == -1 && errno == ENOSYS;
}

static int try_forbidden(void)
{
	union bpf_attr attr = {0};

	if (!is_refused(socket(AF_PACKET, SOCK_RAW, 0)))
		return 1;
	if (!is_refused(mount("none", "/", "tmpfs", 0, NULL)))
		return 2;
	if (!is_refused(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr))))
		return 3;
	if (!is_refused(syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr))))
		return 4;
	if (!is_refused(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0)))
		return 5;
#if !HAS_ADDRESS_SANITIZER
	char *const argv[] = {(char[]){"true"}, NULL};
	if (!is_refused(execve("/bin/true", argv, NULL)))
		return 6;
	if (!is_refused(syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, 0)))
		return 7;
	if (!is_refused(ptrace(PTRACE_ATTACH, 1, NULL, NULL)))
		return 8;
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return 9;
#endif
	return 0;
}

static void *sum_up(void *context)
{
	(*(int *)context)++;
	return NULL;
}

/* What comes from nsswitch.conf is loaded here, behind the filter. */
static int try_allowed(void)
{
	struct addrinfo *found = NULL;
	pthread_t thread;
	int sum = 0;

	if (getaddrinfo("localhost", NULL, NULL, &found) != 0)
		return 1;
	freeaddrinfo(found);
	if (!getpwuid(0) || getpwnam("no-such-user-here"))
		return 2;
	if (pthread_create(&thread, NULL, sum_up, &sum) != 0 || pthread_join(thread, NULL) != 0 || sum != 1)
		return 3;
	FILE *file = fopen("/proc/self/status", "re");
	if (!file || fclose(file) != 0)
		return 4;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	if (child < 0 || waitpid(child, NULL, 0) != child)
		return 6;
	return kill(getpid(), 0) == 0 ? 0 : 5;
}

static int try_probes(void)
{
	union bpf_attr attr = {0};

	if (is_refused(syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr))))
		return 1;
	if (is_refused(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0)))
		return 2;
	return is_refused(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr))) ? 0 : 3;
}

static void test_forbidden(void **state)
{
	(void)state;
	assert_limited(try_forbidden, false);
}

static void test_allowed(void **state)
{
	(void)state;
	assert_limited(try_allowed, false);
}

static void test_probes(void **state)
{
	(void)state;
	assert_limited(try_probes, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),     cmocka_unit_test(test_no_twins), cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_forbidden), cmocka_unit_test(test_allowed),  cmocka_unit_test(test_probes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
