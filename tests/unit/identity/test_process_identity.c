// SPDX-License-Identifier: GPL-2.0-only
#include "identity/process_identity.h"

#include "identity/process.h"
#include "support/processes.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int set_up(void **state)
{
	static struct cgroup_tree tree;

	tree = cgroup_tree_open();
	*state = &tree;
	return 0;
}

static int tear_down(void **state)
{
	cgroup_tree_close(*state);
	return 0;
}

static void test_self(void **state)
{
	const struct sw_actor_key key = key_of(getpid());
	char executable[PATH_MAX];
	char path[PATH_MAX] = "";
	struct sw_identity identity;
	struct stat status;

	memset(&identity, 0x5a, sizeof(identity));
	assert_int_equal(process_identify((uint32_t)getpid(), *state, &identity, executable), 0);
	assert_int_equal(identity.key.pid, getpid());
	assert_int_equal(identity.key.start_ns, key.start_ns);
	assert_int_equal(identity.key.start_ns % process_tick_ns(), 0);
	assert_int_equal(identity.key.uid, getuid());
	assert_int_equal(identity.key.reserved, 0);
	assert_int_equal(identity.tid, getpid());
	assert_int_equal(identity.euid, geteuid());
	assert_int_equal(identity.gid, getgid());
	assert_true(identity.flags & SW_IDENTITY_ADOPTED);
	assert_false(identity.flags & SW_IDENTITY_KERNEL_THREAD);
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	assert_string_equal(executable, path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(identity.key.exe_inode, status.st_ino);
	assert_int_equal(identity.exe_links, status.st_nlink);
	assert_int_equal(identity.exe_owner, status.st_uid);
	assert_int_equal(identity.exe_mode, status.st_mode);
	assert_int_equal(stat("/proc/self/ns/mnt", &status), 0);
	assert_int_equal(identity.mount_namespace, status.st_ino);
	assert_int_equal(stat("/proc/self/ns/user", &status), 0);
	assert_int_equal(identity.flags & SW_IDENTITY_USER_NAMESPACE,
			 status.st_ino == 0xEFFFFFFDU ? 0 : SW_IDENTITY_USER_NAMESPACE);
	assert_int_equal(identity.ancestors[0].pid, getppid());
	assert_int_equal(identity.ancestors[0].start_ns, start_of(getppid()));
	assert_int_equal(identity.tracer.pid, 0);
}

/* The same id as the one by which the kernel opens the folder. */
static void test_cgroup(void **state)
{
	const struct cgroup_tree *tree = *state;
	char executable[PATH_MAX];
	uint32_t pids[256];
	struct sw_identity identity;

	assert_int_equal(process_identify((uint32_t)getpid(), tree, &identity, executable), 0);
	SKIP_UNLESS(tree->unified >= 0 && identity.cgroup != 0, "no v2 hierarchy");
	_cleanup_close_ int folder = cgroup_tree_open_id(tree, identity.cgroup);
	SKIP_UNLESS(folder >= 0, "no right to open a folder by its id");
	int count = cgroup_tree_processes(folder, pids, ARRAY_SIZE(pids));
	bool is_in = false;
	for (int i = 0; i < count; i++)
		is_in |= pids[i] == (uint32_t)getpid();
	assert_true(is_in || count == (int)ARRAY_SIZE(pids));
}

/* A name cannot pretend to be a line of /proc/PID/status. */
static void test_names_do_not_confuse(void **state)
{
	static const char *const names[] = {"\nUid: 7 7 7 7", "\nGid:\t7", ") S 1 2 3", "a\nb", "\nTracerPid:1", ""};
	char executable[PATH_MAX];
	char before[16];

	prctl(PR_GET_NAME, before);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct sw_identity identity;
		prctl(PR_SET_NAME, names[i]);
		int error = process_identify((uint32_t)getpid(), *state, &identity, executable);
		prctl(PR_SET_NAME, before);
		assert_int_equal(error, 0);
		assert_int_equal(identity.key.uid, getuid());
		assert_int_equal(identity.gid, getgid());
		assert_int_equal(identity.ancestors[0].pid, getppid());
		assert_int_equal(identity.tracer.pid, 0);
		assert_string_equal(identity.comm, names[i]);
	}
}

static void test_nobody(void **state)
{
	struct sw_identity identity = {.tid = 7};
	char executable[PATH_MAX] = "x";

	assert_int_equal(process_identify(INT_MAX, *state, &identity, executable), -ESRCH);
	assert_int_equal(identity.tid, 7);
	assert_string_equal(executable, "x");
}

/* Ended, but nobody has asked for it: it has no executable any more. */
static void test_zombie(void **state)
{
	struct sw_identity identity;
	char executable[PATH_MAX];
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	int error = process_identify((uint32_t)pid, *state, &identity, executable);
	waitpid(pid, NULL, 0);
	assert_int_equal(error, 0);
	assert_string_equal(executable, "");
	assert_int_equal(identity.key.exe_inode, 0);
	assert_int_equal(identity.key.pid, pid);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_self),   TEST(test_cgroup), TEST(test_names_do_not_confuse),
		TEST(test_nobody), TEST(test_zombie),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("process_identity", tests, NULL, NULL);
}
