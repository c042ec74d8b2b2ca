// SPDX-License-Identifier: GPL-2.0-only
#include "identity/cgroup_tree.h"

#include "identity/cgroup_house.h"

#include <sys/mount.h>

/* What the mount shows, and a mount that no folder shows. */
static void test_tree(void **state)
{
	struct cgroup_tree tree = cgroup_tree_open();
	char path[CGROUP_PATH_SIZE];
	char expected[FOLDER_SIZE];

	(void)state;
	if (base[0]) {
		uint64_t id = make_cgroup("a/b");
		int folder = cgroup_tree_open_id(&tree, id);
		assert_true(folder >= 0);
		assert_int_equal(cgroup_tree_path(&tree, folder, path), 0);
		snprintf(expected, sizeof(expected), "/%s/a/b", own_slice());
		assert_string_equal(path, expected);
		uint32_t pids[2];
		assert_int_equal(cgroup_tree_processes(folder, pids, 2), 0);
		close(folder);
		folder = cgroup_tree_open_id(&tree, 1);
		assert_true(folder >= 0);
		assert_int_equal(cgroup_tree_path(&tree, folder, path), 0);
		assert_string_equal(path, "/");
		close(folder);
		assert_int_equal(cgroup_tree_open_id(&tree, UINT64_MAX), -ESTALE);
		pid_t many[3];
		for (size_t i = 0; i < 3; i++)
			many[i] = start("a/b", false);
		folder = cgroup_tree_open_id(&tree, id);
		int count = cgroup_tree_processes(folder, pids, 2);
		close(folder);
		for (size_t i = 0; i < 3; i++)
			end(many[i]);
		assert_int_equal(count, 2);
	}
	assert_int_equal(cgroup_tree_open_path(&tree, "/.."), tree.systemd < 0 ? -ENODEV : -EXDEV);
	assert_int_equal(cgroup_tree_open_path(&tree, "/../x"), tree.systemd < 0 ? -ENODEV : -EXDEV);
	assert_int_equal(cgroup_tree_open_path(&tree, "/smtpwatch-none"), tree.systemd < 0 ? -ENODEV : -ENOENT);
	cgroup_tree_close(&tree);
	assert_int_equal(cgroup_tree_open_id(&tree, 1), -ENODEV);
	assert_int_equal(cgroup_tree_open_path(&tree, "/"), -ENODEV);
}

/* Whether the tree, as it is opened in these namespaces, gives the path of the cgroup. In a process of its own. */
static bool resolves_in(int namespaces, bool (*prepare)(void), uint64_t id, const char *expected)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		char path[CGROUP_PATH_SIZE] = "";
		if (unshare(namespaces) != 0 || !prepare())
			_exit(2);
		struct cgroup_tree tree = cgroup_tree_open();
		int folder = cgroup_tree_open_id(&tree, id);
		int error = folder < 0 ? folder : cgroup_tree_path(&tree, folder, path);
		if (error || strcmp(path, expected) != 0)
			printf("# %d: \"%s\" instead of \"%s\"\n", error, path, expected);
		fflush(stdout);
		_exit(!error && strcmp(path, expected) == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

static bool enter_namespace(void)
{
	return enter(folder_of("inside")) && unshare(CLONE_NEWCGROUP) == 0;
}

/* Nothing shows the v2 hierarchy. */
static bool hide(void)
{
	char mount_point[FOLDER_SIZE];

	snprintf(mount_point, sizeof(mount_point), "%.*s", (int)(own_slice() - 1 - base), base);
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && umount2(mount_point, MNT_DETACH) == 0;
}

static bool hide_in_namespace(void)
{
	return enter_namespace() && hide();
}

static void test_namespaces(void **state)
{
	char expected[FOLDER_SIZE];

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	uint64_t inside = make_cgroup("inside/web.service");
	uint64_t outside = make_cgroup("outside.service");
	snprintf(expected, sizeof(expected), "/%s/outside.service", own_slice());
	assert_true(resolves_in(0, enter_namespace, outside, expected));
	assert_true(resolves_in(CLONE_NEWNS, hide, outside, expected));
	assert_true(resolves_in(CLONE_NEWNS, hide_in_namespace, inside, "/web.service"));
	assert_true(resolves_in(CLONE_NEWNS, hide_in_namespace, outside, "/"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_namespaces, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cgroup_tree", tests, NULL, NULL);
}
