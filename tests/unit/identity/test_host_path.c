// SPDX-License-Identifier: GPL-2.0-only
/* Whose file system the path of an executable is of: real processes, in mount namespaces of their own and outside. */
#include "identity/host_path.h"

#include "identity/host.h"
#include "identity/process_identity.h"
#include "support/files.h"
#include "support/processes.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct house {
	char directory[32];
	char program[64];         /* a copy of sleep(1) there */
	char installed[PATH_MAX]; /* sleep(1) itself */
	char masked[PATH_MAX];    /* another installed program: what the copy passes itself off as */
	pid_t pids[4];
	size_t count;
} house;

static int set_up(void **state)
{
	(void)state;
	house = (struct house){.directory = "/tmp/smtpwatch-unit.XXXXXX"};
	if (!mkdtemp(house.directory) || !realpath("/usr/bin/sleep", house.installed) ||
	    !realpath("/usr/bin/env", house.masked))
		return -1;
	snprintf(house.program, sizeof(house.program), "%s/sleep", house.directory);
	return copy_file(house.installed, house.program) && chmod(house.program, 0755) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < house.count; i++) {
		kill(house.pids[i], SIGKILL);
		waitpid(house.pids[i], NULL, 0);
	}
	unlink(house.program);
	return rmdir(house.directory);
}

static bool hides_behind(const char *masked)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       (!masked || mount(house.program, masked, NULL, MS_BIND, NULL) == 0);
}

/* A process that sleeps, once it is the program. -1: it has no right to a namespace. */
static pid_t start(const char *path, bool has_own_mounts, const char *masked)
{
	int ends[2];
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!has_own_mounts || hides_behind(masked))
			execl(path, "sleep", "1000", (char *)NULL);
		_exit(write(ends[1], "x", 1) == 1);
	}
	close(ends[1]);
	ssize_t size = read(ends[0], &byte, 1);
	close(ends[0]);
	house.pids[house.count++] = pid;
	return size == 0 ? pid : -1;
}

/* As it is found in /proc. Borrowed until the next call. */
static struct actor actor_of(pid_t pid)
{
	static char executable[PATH_MAX];
	const struct cgroup_tree no_tree = {.unified = -1, .systemd = -1};
	struct actor actor = {.executable = executable};

	assert_int_equal(process_identify((uint32_t)pid, &no_tree, &actor.identity, executable), 0);
	return actor;
}

static bool is_in_hosts_mounts(void)
{
	struct stat status;

	return stat("/proc/self/ns/mnt", &status) == 0 && (uint32_t)status.st_ino == host_mount_namespace();
}

static void test_as_told(void **state)
{
	static const uint32_t doubts[] = {SW_IDENTITY_PATH_CUT, SW_IDENTITY_PATH_DETACHED, SW_IDENTITY_ADOPTED};
	struct actor actor = {.executable = house.program};

	(void)state;
	assert_false(host_path_was_told(&actor));
	actor.identity.mount_namespace = host_mount_namespace();
	assert_int_not_equal(actor.identity.mount_namespace, 0);
	assert_true(host_path_was_told(&actor));
	for (size_t i = 0; i < ARRAY_SIZE(doubts); i++) {
		actor.identity.flags = doubts[i];
		assert_false(host_path_was_told(&actor));
	}
	actor.identity.flags = SW_IDENTITY_USER_NAMESPACE;
	assert_true(host_path_was_told(&actor));
	actor.executable = NULL;
	assert_false(host_path_was_told(&actor));
	actor.executable = house.program;
	actor.identity.mount_namespace++;
	assert_false(host_path_was_told(&actor));
}

/* One that was there before the watch: anywhere on the host, also where nothing is installed. */
static void test_of_the_host(void **state)
{
	(void)state;
	SKIP_UNLESS(is_in_hosts_mounts(), "the test has mounts of its own");
	struct actor actor = actor_of(start(house.program, false, NULL));
	assert_string_equal(actor.executable, house.program);
	assert_true(host_path_is_found(&actor));
	actor.executable = house.installed;
	assert_false(host_path_is_found(&actor));
	actor.executable = house.program;
	actor.identity.key.exe_inode++;
	assert_false(host_path_is_found(&actor));
	actor.identity.key.exe_inode--;
	actor.identity.flags |= SW_IDENTITY_PATH_DETACHED;
	assert_false(host_path_is_found(&actor));
}

static void test_deleted(void **state)
{
	(void)state;
	SKIP_UNLESS(is_in_hosts_mounts(), "the test has mounts of its own");
	pid_t pid = start(house.program, false, NULL);
	assert_int_equal(unlink(house.program), 0);
	struct actor actor = actor_of(pid);
	assert_string_equal(actor.executable, house.program);
	assert_true(host_path_is_found(&actor));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	house.count = 0;
	assert_false(host_path_is_found(&actor));
}

/* A unit that sees less of the file system runs what is installed all the same. */
static void test_installed(void **state)
{
	(void)state;
	pid_t pid = start(house.installed, true, NULL);
	SKIP_UNLESS(pid > 0, "no right to a mount namespace");
	struct actor actor = actor_of(pid);
	assert_string_equal(actor.executable, house.installed);
	assert_true(host_path_is_found(&actor));
	actor.identity.key.exe_device++;
	assert_false(host_path_is_found(&actor));
}

static void test_another_file_at_the_path(void **state)
{
	(void)state;
	pid_t pid = start(house.masked, true, house.masked);
	SKIP_UNLESS(pid > 0, "no right to a mount namespace");
	struct actor actor = actor_of(pid);
	assert_string_equal(actor.executable, house.masked);
	assert_false(host_path_is_found(&actor));
	assert_false(host_path_was_told(&actor));
}

/* Its own mounts are the host's; those of its file are not. */
static void test_by_way_of_another_process(void **state)
{
	char path[PATH_MAX + 32];

	(void)state;
	pid_t other = start(house.masked, true, house.masked);
	SKIP_UNLESS(other > 0, "no right to a mount namespace");
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)other, house.masked);
	struct actor actor = actor_of(start(path, false, NULL));
	assert_string_equal(actor.executable, house.masked);
	assert_false(host_path_is_found(&actor));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_of_the_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deleted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_installed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_file_at_the_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_by_way_of_another_process, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("host_path", tests, NULL, NULL);
}
