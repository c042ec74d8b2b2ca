// SPDX-License-Identifier: GPL-2.0-only
#include "identity/script_file.h"

#include "identity/script_on_disk.h"
#include "support/processes.h"

#include <signal.h>
#include <sys/wait.h>

static void test_deleted(void **state)
{
	struct sw_actor_key key = key_of(getpid());
	struct sw_actor_key other = key;
	struct script_on_disk file = make_script("x.pl");
	char below[256];

	(void)state;
	other.start_ns += NANOSECONDS_A_SECOND;
	snprintf(below, sizeof(below), "%s/y", file.path);
	bool of_present = script_file_is_deleted(&key, file.path, false);
	bool of_no_folder = script_file_is_deleted(&key, below, false);
	unlink(file.path);
	bool remembered = remembers_absence(file.path);
	bool of_absent = script_file_is_deleted(&key, file.path, false);
	bool of_ended = script_file_is_deleted(&other, file.path, false);
	rmdir(file.directory);
	assert_false(of_present);
	assert_false(of_no_folder);
	assert_false(of_ended);
	SKIP_UNLESS(remembered, "the file system of /var/tmp, or the kernel, cannot say it");
	assert_true(of_absent);
}

/* As an interpreter keeps its script open; the kernel then does not remember that the name is gone. */
static void test_deleted_and_open(void **state)
{
	struct sw_actor_key key = key_of(getpid());
	struct script_on_disk file = make_script("x.pl");
	_cleanup_close_ int fd = open(file.path, O_RDONLY | O_CLOEXEC);
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};

	(void)state;
	bool of_present = script_file_is_deleted(&key, file.path, false);
	unlink(file.path);
	bool of_absent = script_file_is_deleted(&key, file.path, false);
	bool is_supported = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how)) >= 0;
	rmdir(file.directory);
	assert_false(of_present);
	SKIP_UNLESS(is_supported, "the kernel is older than 5.12");
	assert_true(of_absent);
}

/* What the kernel serves itself is no file system that is known to be local. */
static void test_not_local(void **state)
{
	struct sw_actor_key key = key_of(getpid());

	(void)state;
	access("/proc/self/fdinfo/x", F_OK);
	assert_false(script_file_is_deleted(&key, "/proc/absent/x.pl", false));
}

/* Starts a process whose root is `directory`, and returns when it has it. */
static pid_t start_below(const char *directory)
{
	int ends[2];
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		bool changed = chroot(directory) == 0 && chdir("/") == 0 && write(ends[1], "x", 1) == 1;
		close(ends[1]);
		while (changed)
			pause();
		_exit(1);
	}
	close(ends[1]);
	bool changed = read(ends[0], &byte, 1) == 1;
	close(ends[0]);
	if (changed)
		return pid;
	waitpid(pid, NULL, 0);
	return -1;
}

/* A request's path is of the root that php-fpm gave the pool; an argument can be of the one before. */
static void test_deleted_below_another_root(void **state)
{
	struct script_on_disk file = make_script("x.php");
	pid_t pid = start_below(file.directory);
	bool of_present = true;
	bool of_absent = false;
	bool of_earlier_root = true;

	(void)state;
	unlink(file.path);
	bool remembered = remembers_absence(file.path);
	if (pid > 0) {
		struct sw_actor_key key = key_of(pid);
		of_present = script_file_is_deleted(&key, "/", true);
		of_absent = script_file_is_deleted(&key, "/x.php", true);
		of_earlier_root = script_file_is_deleted(&key, "/x.php", false);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	rmdir(file.directory);
	SKIP_UNLESS(pid > 0, "needs root");
	assert_false(of_present);
	assert_false(of_earlier_root);
	SKIP_UNLESS(remembered, "the file system of /var/tmp, or the kernel, cannot say it");
	assert_true(of_absent);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_deleted_and_open),
		cmocka_unit_test(test_not_local),
		cmocka_unit_test(test_deleted_below_another_root),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("script_file", tests, NULL, NULL);
}
