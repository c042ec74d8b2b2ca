// SPDX-License-Identifier: GPL-2.0-only
/* Who is recognised as a mail server, and who is not. Files that belong to root are made by root. */
#include "lib/clock.h"
#include "mta_house.h"

#define PATIENCE_NS (10 * NANOSECONDS_A_SECOND)

#define NEEDS_ROOT(house) SKIP_UNLESS((house)->programs[0], "only root can make files that belong to root")

static const char *program_path(const struct house *house, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", house->programs, name);
	return path;
}

static void make_program(const struct house *house, const char *name)
{
	char path[PATH_SIZE];
	int fd = open(program_path(house, name, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
}

static void make_folder(const struct house *house, const char *name)
{
	char path[PATH_SIZE];

	assert_int_equal(mkdir(program_path(house, name, path), 0755), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* A list in which the entry "own" has this program and the mail user. */
static struct mta_list *list_with(const struct house *house, const char *program, const char *role, const char *user)
{
	char content[512];
	char path[PATH_SIZE];

	snprintf(content, sizeof(content), "[own]\nrole = %s\nexecutable = %s\nuser = %s\n", role,
		 program_path(house, program, path), user);
	write_list(house, "x.conf", content);
	return load(house);
}

/* The mail user, running the file at the path: whatever may be wrong with that file. `path` stays the caller's. */
static struct actor actor_running(const struct house *house, char *path)
{
	struct actor actor = {.identity = identity_of(4121, house->mail_uid, 0), .executable = path};
	struct file_id id;
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	actor.identity.key.exe_inode = status.st_ino;
	actor.identity.exe_owner = status.st_uid;
	actor.identity.exe_mode = status.st_mode;
	actor.identity.mount_namespace = house->host_mount_namespace;
	if (file_id_resolve(path, &id) == 0) {
		assert_int_equal(id.inode, status.st_ino);
		actor.identity.key.exe_device = id.device;
	}
	return actor;
}

static enum actor_role role_of(struct mta_list *list, const struct actor *actor)
{
	struct actor judged = *actor;

	judged.role = ACTOR_ROLE_UNKNOWN;
	snprintf(judged.mta_name, sizeof(judged.mta_name), "earlier");
	mta_list_recognise(list, &judged);
	assert_string_equal(judged.mta_name, judged.role == ACTOR_ROLE_APPLICATION ? "" : "own");
	return judged.role;
}

static bool wears_mta(struct mta_list *list, const struct actor *actor)
{
	struct actor judged = *actor;

	mta_list_recognise(list, &judged);
	return judged.wears_mta;
}

static void test_the_file_and_the_user(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];
	char names[1024];

	NEEDS_ROOT(house);
	make_program(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	struct actor actor = actor_running(house, (char *)program_path(house, "smtp", path));

	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_MTA);
	assert_true(mta_list_present(list) >= 1);
	assert_int_equal(mta_list_name_present(list, names, sizeof(names)), mta_list_present(list));
	assert_non_null(strstr(names, "own"));
	assert_int_equal(mta_list_name_present(list, names, 3), mta_list_present(list));
	assert_int_equal(strlen(names), 2);
	/* Another name, another path, another mount namespace, another real user: none of them matters. */
	actor.executable = NULL;
	actor.identity.mount_namespace++;
	actor.identity.key.uid = house->other_uid;
	memcpy(actor.identity.comm, "anything", sizeof("anything"));
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_MTA);
	assert_false(wears_mta(list, &actor));
	/* The effective user does, and root is not trusted for being root. */
	actor.identity.euid = house->other_uid;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	assert_true(wears_mta(list, &actor));
	actor.identity.euid = 0;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	actor.identity.euid = house->other_uid;
	actor.identity.key.uid = house->mail_uid;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

static void test_another_file(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	make_program(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	struct actor listed = actor_running(house, (char *)program_path(house, "smtp", path));
	struct actor actor = listed;

	actor.identity.key.exe_inode++;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	assert_false(wears_mta(list, &actor));
	actor = listed;
	actor.identity.key.exe_device++;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	assert_int_equal(role_of(list, &listed), ACTOR_ROLE_MTA);
}

/* The names of Postfix's processes, as anybody can take them. */
static void test_names_prove_nothing(void **state)
{
	struct house *house = *state;
	char path[] = "/usr/lib/postfix/sbin/smtp";
	char argv[] = "smtp\0-n\0smtp\0-t\0unix\0-u";
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(house);
	struct actor actor = {
		.identity = identity_of(4121, house->mail_uid, 1), .argv = argv, .argv_size = sizeof(argv)};

	memcpy(actor.identity.comm, "smtp", sizeof("smtp"));
	actor.identity.mount_namespace = house->host_mount_namespace;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	memcpy(actor.identity.comm, "master", sizeof("master"));
	actor.executable = path;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	actor.identity.euid = 0;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

static void test_relay_client(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	make_program(house, "msmtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "msmtp", "relay-client", "*");
	struct actor actor = actor_running(house, (char *)program_path(house, "msmtp", path));

	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_RELAY_CLIENT);
	actor.identity.euid = house->other_uid;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_RELAY_CLIENT);
	actor.identity.key.exe_inode++;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

static void test_entry_that_is_off(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	make_program(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list =
		list_with(house, "smtp", "mta", MAIL_USER "\nenabled = no");
	struct actor actor = actor_running(house, (char *)program_path(house, "smtp", path));

	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

/* Who could have put another file there: by writing the file, or in a folder above it. */
static void test_files_that_others_can_replace(void **state)
{
	static const struct {
		const char *where;
		mode_t mode;
		bool others; /* it belongs to another user */
		enum actor_role role;
	} cases[] = {
		{"a/b/smtp", 0755, false, ACTOR_ROLE_MTA},         {"a/b/smtp", 0775, false, ACTOR_ROLE_APPLICATION},
		{"a/b/smtp", 0757, false, ACTOR_ROLE_APPLICATION}, {"a/b/smtp", 0755, true, ACTOR_ROLE_APPLICATION},
		{"a/b", 0775, false, ACTOR_ROLE_APPLICATION},      {"a/b", 0757, false, ACTOR_ROLE_APPLICATION},
		{"a/b", 01777, false, ACTOR_ROLE_APPLICATION},     {"a/b", 0755, true, ACTOR_ROLE_APPLICATION},
		{"a", 0775, false, ACTOR_ROLE_APPLICATION},        {"a", 0755, true, ACTOR_ROLE_APPLICATION},
		{"a/b/smtp", 04711, false, ACTOR_ROLE_MTA},
	};
	struct house *house = *state;
	char path[PATH_SIZE];
	char where[PATH_SIZE];

	NEEDS_ROOT(house);
	make_folder(house, "a");
	make_folder(house, "a/b");
	make_program(house, "a/b/smtp");
	struct actor actor = actor_running(house, (char *)program_path(house, "a/b/smtp", path));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		program_path(house, cases[i].where, where);
		assert_int_equal(chown(where, cases[i].others ? house->mail_uid : 0, (gid_t)-1), 0);
		assert_int_equal(chmod(where, cases[i].mode), 0);
		_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "a/b/smtp", "mta", MAIL_USER);
		const char *text = printed(list);
		assert_int_equal(role_of(list, &actor), cases[i].role);
		assert_int_equal(strstr(text, "refused: ") != NULL, cases[i].role == ACTOR_ROLE_APPLICATION);
		assert_int_equal(chown(where, 0, (gid_t)-1), 0);
		assert_int_equal(chmod(where, 0755), 0);
	}
}

/* The file was fine when the list was read; the kernel's record of the attempt says that it no longer is. */
static void test_file_that_became_writable(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	make_program(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	struct actor actor = actor_running(house, (char *)program_path(house, "smtp", path));

	assert_int_equal(chmod(path, 0777), 0);
	actor.identity.exe_mode = 0100777;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

static void test_symbolic_links(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];
	char folder[PATH_SIZE];

	NEEDS_ROOT(house);
	make_folder(house, "real");
	make_program(house, "real/smtp");
	assert_int_equal(symlink("real/smtp", program_path(house, "link", path)), 0);
	assert_int_equal(symlink("real", program_path(house, "folder", path)), 0);
	struct actor actor = actor_running(house, (char *)program_path(house, "real/smtp", path));
	static const char *const names[] = {"link", "folder/smtp", "real/../link"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, names[i], "mta", MAIL_USER);
		assert_int_equal(role_of(list, &actor), ACTOR_ROLE_MTA);
	}

	/* The way to the file leads through a folder that others may write to: at its end, then at its start. */
	assert_int_equal(chmod(program_path(house, "real", folder), 0777), 0);
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "link", "mta", MAIL_USER);
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
	assert_int_equal(chmod(folder, 0755), 0);
	make_folder(house, "open");
	assert_int_equal(symlink("../real/smtp", program_path(house, "open/link", folder)), 0);
	assert_int_equal(chmod(program_path(house, "open", folder), 0777), 0);
	_cleanup_(cleanup_mta_list_free) struct mta_list *open = list_with(house, "open/link", "mta", MAIL_USER);
	assert_int_equal(role_of(open, &actor), ACTOR_ROLE_APPLICATION);
}

static void test_what_is_no_file(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	make_folder(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	struct actor actor = actor_running(house, (char *)program_path(house, "smtp", path));

	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

/* An update puts a new file to the path. The list looks again by itself, though not all the time. */
static void test_replaced_file(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];
	char next[PATH_SIZE];

	NEEDS_ROOT(house);
	make_program(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	struct actor old = actor_running(house, (char *)program_path(house, "smtp", path));
	make_program(house, "smtp.new");
	assert_int_equal(rename(program_path(house, "smtp.new", next), path), 0);
	struct actor new = actor_running(house, path);
	uint64_t patience_ends = clock_boot_ns() + PATIENCE_NS;

	assert_int_not_equal(new.identity.key.exe_inode, old.identity.key.exe_inode);
	while (role_of(list, &new) != ACTOR_ROLE_MTA)
		assert_true(clock_boot_ns() < patience_ends);
	assert_int_equal(role_of(list, &old), ACTOR_ROLE_APPLICATION);

	/* What still runs has no name any more, and is taken by the one that it had. */
	old.identity.exe_links = 0;
	assert_int_equal(role_of(list, &old), ACTOR_ROLE_MTA);
}

/* Each of the conditions for a file that has no name any more. */
static void test_deleted_file_that_is_none_of_ours(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];
	char elsewhere[] = "/tmp/smtp";

	NEEDS_ROOT(house);
	make_program(house, "smtp");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	struct actor deleted = actor_running(house, (char *)program_path(house, "smtp", path));
	deleted.identity.key.exe_inode++;
	deleted.identity.exe_links = 0;
	assert_int_equal(role_of(list, &deleted), ACTOR_ROLE_MTA);

	struct actor actors[] = {deleted, deleted, deleted, deleted, deleted, deleted, deleted};
	actors[0].identity.exe_links = 1;
	actors[1].identity.mount_namespace++;
	actors[2].executable = elsewhere;
	actors[3].executable = NULL;
	actors[4].identity.exe_owner = house->mail_uid;
	actors[5].identity.exe_mode = 0100775;
	actors[6].identity.euid = house->other_uid;
	for (size_t i = 0; i < ARRAY_SIZE(actors); i++)
		assert_int_equal(role_of(list, &actors[i]), ACTOR_ROLE_APPLICATION);
}

/* A program that is installed while the daemon runs. */
static void test_program_that_comes_later(void **state)
{
	struct house *house = *state;
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = list_with(house, "smtp", "mta", MAIL_USER);
	assert_non_null(strstr(printed(list), "absent   mta          own"));
	make_program(house, "smtp");
	struct actor actor = actor_running(house, (char *)program_path(house, "smtp", path));
	uint64_t patience_ends = clock_boot_ns() + PATIENCE_NS;

	while (role_of(list, &actor) != ACTOR_ROLE_MTA)
		assert_true(clock_boot_ns() < patience_ends);
	assert_non_null(strstr(printed(list), "present  mta          own"));
}

/* One path in two entries: the actor has to fit one of them entirely. */
static void test_one_path_in_two_entries(void **state)
{
	struct house *house = *state;
	char content[512];
	char path[PATH_SIZE];

	NEEDS_ROOT(house);
	make_program(house, "exim");
	program_path(house, "exim", path);
	snprintf(content, sizeof(content),
		 "[other]\nrole = mta\nexecutable = %s\nuser = nobody-at-all\n"
		 "[own]\nrole = mta\nexecutable = /nowhere/x\nexecutable = %s\nuser = nobody-at-all\nuser = %s\n",
		 path, path, MAIL_USER);
	write_list(house, "x.conf", content);
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(house);
	struct actor actor = actor_running(house, path);

	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_MTA);
	actor.identity.euid = house->other_uid;
	assert_int_equal(role_of(list, &actor), ACTOR_ROLE_APPLICATION);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_the_file_and_the_user),
		TEST(test_another_file),
		TEST(test_names_prove_nothing),
		TEST(test_relay_client),
		TEST(test_entry_that_is_off),
		TEST(test_files_that_others_can_replace),
		TEST(test_file_that_became_writable),
		TEST(test_symbolic_links),
		TEST(test_what_is_no_file),
		TEST(test_replaced_file),
		TEST(test_deleted_file_that_is_none_of_ours),
		TEST(test_program_that_comes_later),
		TEST(test_one_path_in_two_entries),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("mta", tests, NULL, NULL);
}
