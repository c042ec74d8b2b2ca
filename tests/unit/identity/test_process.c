// SPDX-License-Identifier: GPL-2.0-only
#include "identity/process.h"

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "model/actors.h"
#include "support/files.h"
#include "support/processes.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_is_alive(void **state)
{
	struct sw_actor_key key = key_of(getpid());
	const uint64_t tick = NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);

	(void)state;
	assert_true(process_is_alive(&key));
	key.start_ns += tick - 1;
	assert_true(process_is_alive(&key));
	key.start_ns += 1;
	assert_false(process_is_alive(&key));
	key.start_ns -= tick + 1;
	assert_false(process_is_alive(&key));
}

/* What a process calls itself does not get it out of being found. */
static void test_names_do_not_confuse(void **state)
{
	static const char *const names[] = {") S 1 2 3", "a) (b", "))))))))", "a b c d e f", "\n) \n"};
	char before[16];
	struct sw_actor_key key = key_of(getpid());

	(void)state;
	prctl(PR_GET_NAME, before);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		prctl(PR_SET_NAME, names[i]);
		bool alive = process_is_alive(&key);
		prctl(PR_SET_NAME, before);
		assert_true(alive);
	}
}

static void test_stat(void **state)
{
	struct process_stat process = {.parent = 7, .start_ticks = 7};
	struct sw_actor_key key = key_of(getpid());
	char before[16];

	(void)state;
	assert_int_equal(process_read_stat(INT_MAX, &process), -ESRCH);
	assert_int_equal(process.parent, 7);
	assert_int_equal(process.start_ticks, 7);
	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, ") S 1 2 3");
	int error = process_read_stat((uint32_t)getpid(), &process);
	prctl(PR_SET_NAME, before);
	assert_int_equal(error, 0);
	assert_int_equal(process.parent, getppid());
	/* Its parent is neither its group nor its session. */
	pid_t pid = fork();
	if (pid == 0)
		_exit(setpgid(0, 0) == 0 && process_read_stat((uint32_t)getpid(), &process) == 0 &&
				      process.parent == (uint32_t)getppid()
			      ? 0
			      : 1);
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(process.start_ticks, process_start_ticks(&key));
}

static void test_file(void **state)
{
	char whole[64];
	char part[4];

	(void)state;
	assert_true(process_read_file((uint32_t)getpid(), "comm", whole, sizeof(whole)) > 3);
	assert_int_equal(strlen(whole), process_read_file((uint32_t)getpid(), "comm", whole, sizeof(whole)));
	assert_int_equal(process_read_file((uint32_t)getpid(), "comm", part, sizeof(part)), 3);
	assert_memory_equal(part, whole, 3);
	assert_int_equal(part[3], '\0');
	assert_int_equal(process_read_file(INT_MAX, "comm", whole, sizeof(whole)), -ENOENT);
}

static void test_ended_is_not_alive(void **state)
{
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char byte;
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	struct sw_actor_key key = key_of(pid);
	bool alive = process_is_alive(&key);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(alive);
	assert_false(process_is_alive(&key));
}

static void assert_own_path(const struct actor *actor)
{
	char path[PATH_MAX] = "";

	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	assert_non_null(actor->executable);
	assert_string_equal(actor->executable, path);
}

static void test_completes(void **state)
{
	struct actor actor = {.identity = {.key = key_of(getpid())}};

	(void)state;
	process_complete(&actor);
	assert_own_path(&actor);
	actor_clear(&actor);
}

/* The arguments are in the process's memory, which it can make to be waited for without end. */
static void test_leaves_arguments_alone(void **state)
{
	struct actor actor = {.identity = {.key = key_of(getpid()), .flags = SW_IDENTITY_ARGV_UNREADABLE}};

	(void)state;
	process_complete(&actor);
	assert_own_path(&actor);
	assert_null(actor.argv);
	assert_int_equal(actor.argv_size, 0);
	assert_int_equal(actor.identity.flags, SW_IDENTITY_ARGV_UNREADABLE);
	actor_clear(&actor);
}

static void test_replaces_what_was_cut(void **state)
{
	struct actor actor = {.identity = {.key = key_of(getpid()), .flags = SW_IDENTITY_PATH_CUT}};

	(void)state;
	actor.executable = strdup("/sbin/smtp");
	actor.argv = strdup("known");
	actor.argv_size = sizeof("known");
	process_complete(&actor);
	assert_own_path(&actor);
	assert_string_equal(actor.argv, "known");
	assert_int_equal(actor.identity.flags, 0);
	actor_clear(&actor);
}

static void test_leaves_what_is_known(void **state)
{
	struct actor actor = {.identity = {.key = key_of(getpid()), .flags = SW_IDENTITY_ARGV_CUT}};

	(void)state;
	actor.executable = strdup("/known");
	actor.argv = strdup("known");
	actor.argv_size = sizeof("known");
	process_complete(&actor);
	assert_string_equal(actor.executable, "/known");
	assert_string_equal(actor.argv, "known");
	assert_int_equal(actor.identity.flags, SW_IDENTITY_ARGV_CUT);
	actor_clear(&actor);
}

/* The pid is another process's by now, it runs another file, it is one of the kernel's threads, or its file lies in a
 * file system that is not mounted any more: /proc would give that a path. */
static void test_leaves_others_alone(void **state)
{
	struct sw_identity own = {.key = key_of(getpid())};
	struct sw_identity identities[] = {own, own, own, own, own};

	(void)state;
	identities[0].key.start_ns += NANOSECONDS_A_SECOND;
	identities[1].key.exe_inode++;
	identities[2].key.pid = INT_MAX;
	identities[3].flags = SW_IDENTITY_KERNEL_THREAD;
	identities[4].flags = SW_IDENTITY_PATH_CUT | SW_IDENTITY_PATH_DETACHED;
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++) {
		struct actor actor = {.identity = identities[i]};
		process_complete(&actor);
		assert_null(actor.executable);
		assert_null(actor.argv);
		assert_int_equal(actor.argv_size, 0);
		assert_int_equal(actor.identity.flags, identities[i].flags);
	}
}

/* Starts the program and returns when it runs: exec closes the pipe. */
static pid_t start(const char *program)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, "sleep", "600", NULL);
		_exit(write(ends[1], "x", 1) == 1 ? 1 : 2);
	}
	close(ends[1]);
	ssize_t size = read(ends[0], &byte, 1);
	close(ends[0]);
	if (size == 0)
		return pid;
	waitpid(pid, NULL, 0);
	return -1;
}

/* A program that was deleted while it runs is told by the path that it had. */
static void test_deleted_program(void **state)
{
	char directory[] = "/tmp/smtpwatch-unit.XXXXXX";
	char program[64];
	struct actor actor = {.executable = NULL};

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(program, sizeof(program), "%s/program", directory);
	bool copied = copy_file("/bin/sleep", program);
	pid_t pid = copied ? start(program) : -1;
	unlink(program);
	rmdir(directory);
	SKIP_UNLESS(pid > 0, "no program can be run from /tmp");
	actor.identity.key = key_of(pid);
	process_complete(&actor);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_non_null(actor.executable);
	assert_string_equal(actor.executable, program);
	actor_clear(&actor);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_alive),
		cmocka_unit_test(test_names_do_not_confuse),
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_ended_is_not_alive),
		cmocka_unit_test(test_completes),
		cmocka_unit_test(test_leaves_arguments_alone),
		cmocka_unit_test(test_replaces_what_was_cut),
		cmocka_unit_test(test_leaves_what_is_known),
		cmocka_unit_test(test_leaves_others_alone),
		cmocka_unit_test(test_deleted_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
