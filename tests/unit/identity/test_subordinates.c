// SPDX-License-Identifier: GPL-2.0-only
#include "identity/subordinates.h"

#include "support/test.h"

#include <pwd.h>
#include <sys/stat.h>

struct file {
	char folder[40];
	char path[64];
	struct users *users;
};

static int set_up(void **state)
{
	static struct file file;

	file = (struct file){.folder = "/tmp/smtpwatch-unit.XXXXXX", .users = users_new()};
	*state = &file;
	if (!file.users || !mkdtemp(file.folder))
		return -1;
	snprintf(file.path, sizeof(file.path), "%s/subuid", file.folder);
	return 0;
}

static int tear_down(void **state)
{
	struct file *file = *state;

	unlink(file->path);
	rmdir(file->folder);
	users_free(file->users);
	return 0;
}

/* Replaces the file as vipw and usermod do. */
static void write_file(const struct file *file, const char *content, size_t size)
{
	char path[80];

	snprintf(path, sizeof(path), "%s.new", file->path);
	FILE *stream = fopen(path, "we");
	assert_non_null(stream);
	assert_int_equal(fwrite(content, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(rename(path, file->path), 0);
}

static void assert_owner(struct subordinates *subordinates, uint32_t uid, const char *expected)
{
	char name[ACTOR_USER_NAME_SIZE];

	memset(name, 'x', sizeof(name));
	subordinates_owner(subordinates, uid, name);
	assert_non_null(memchr(name, '\0', sizeof(name)));
	if (strcmp(name, expected) != 0)
		fail_msg("%u: \"%s\" instead of \"%s\"", uid, name, expected);
}

struct owner_of {
	uint32_t uid;
	const char *owner;
};

static void assert_owners(struct file *file, const char *content, const struct owner_of *owners, size_t count)
{
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates = NULL;

	write_file(file, content, strlen(content));
	subordinates = subordinates_new(file->path, file->users);
	assert_non_null(subordinates);
	for (size_t i = 0; i < count; i++)
		assert_owner(subordinates, owners[i].uid, owners[i].owner);
}

static void test_ranges(void **state)
{
	static const struct owner_of owners[] = {
		{0, ""},      {99999, ""},  {100000, "shop42"}, {165535, "shop42"}, {165536, "lxd"}, {231071, "lxd"},
		{231072, ""}, {500, "low"}, {501, ""},          {4294967295, ""},   {300000, "b c"},
	};

	assert_owners(*state, "shop42:100000:65536\nlxd:165536:65536\nlow:500:1\nb c:300000:1", owners,
		      ARRAY_SIZE(owners));
}

static void test_narrowest_wins(void **state)
{
	static const struct owner_of owners[] = {
		{150, "wide"}, {200, "first"}, {209, "first"}, {215, "narrow"}, {220, "wide"},
	};

	assert_owners(*state, "wide:100:1000\nfirst:200:20\nsecond:200:20\nnarrow:210:10\n", owners,
		      ARRAY_SIZE(owners));
}

static void test_malformed(void **state)
{
	static const struct owner_of owners[] = {
		{1, "good"}, {2, ""}, {3, ""}, {4, ""}, {5, ""}, {6, ""}, {7, ""}, {8, ""}, {9, "last"},
	};

	assert_owners(*state,
		      "\n#c:2:1\r\n:3:1\nx:4\nx:5:\nx:6:-1\nx: 7:1\nx:8:1:1\nx::1\nx:2:0\nx:3:0x5\nx:4:1 \n::\nx\n"
		      "x:4294967296:5\nx:2:99999999999999999999\nx:2:4294967297\ngood:1:1\nlast:9:1\n",
		      owners, ARRAY_SIZE(owners));
}

/* start + count goes past what a UID can be. */
static void test_overflow(void **state)
{
	static const struct owner_of owners[] = {
		{0, "all"}, {4294967295, "high"}, {4294967000, "high"}, {4294966999, "all"}, {100, "all"},
	};

	assert_owners(*state, "high:4294967000:4294967296\nall:0:4294967296\n", owners, ARRAY_SIZE(owners));
}

static void test_long_lines(void **state)
{
	static char content[20000];
	/* A name is cut where it does not fit. */
	static const struct owner_of owners[] = {{5, "a2345678901234567890123456789012"}, {6, "after"}, {7, ""}};

	strcpy(content, "a2345678901234567890123456789012345678:5:1\n");
	size_t length = strlen(content);
	memset(content + length, 'x', 10000);
	strcpy(content + length + 10000, ":7:1\nafter:6:1\n");
	length = strlen(content);
	/* A range, if it were cut where the daemon stops to read. */
	memset(content + length, 'x', 512);
	strcpy(content + length + 511 - strlen(":7:1"), ":7:10\n");
	assert_owners(*state, content, owners, ARRAY_SIZE(owners));
}

/* subuid(5): the owner may be a UID. */
static void test_owner_by_uid(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct file *file = *state;
	uint32_t unused = 4000000000;
	char content[128];

	assert_non_null(nobody);
	while (getpwuid(unused))
		unused--;
	snprintf(content, sizeof(content), "%u:100000:10\n%u:200000:10\n", nobody->pw_uid, unused);
	write_file(file, content, strlen(content));
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates =
		subordinates_new(file->path, file->users);
	assert_owner(subordinates, 100005, "nobody");
	snprintf(content, sizeof(content), "%u", unused);
	assert_owner(subordinates, 200005, content);
}

static void test_read_anew(void **state)
{
	struct file *file = *state;
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates =
		subordinates_new(file->path, file->users);

	unlink(file->path);
	assert_owner(subordinates, 100, "");
	write_file(file, "one:100:1\n", 10);
	assert_owner(subordinates, 100, "one");
	write_file(file, "two:100:1\n", 10);
	assert_owner(subordinates, 100, "two");
	unlink(file->path);
	assert_owner(subordinates, 100, "");
}

/* What is no file is not waited for. */
static void test_no_file(void **state)
{
	struct file *file = *state;
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates =
		subordinates_new(file->path, file->users);

	unlink(file->path);
	assert_int_equal(mkfifo(file->path, 0600), 0);
	assert_owner(subordinates, 100, "");
	unlink(file->path);
	assert_int_equal(mkdir(file->path, 0700), 0);
	assert_owner(subordinates, 100, "");
	rmdir(file->path);
}

static void test_too_many(void **state)
{
	struct file *file = *state;
	char *content = NULL;
	size_t size = 0;

	FILE *stream = open_memstream(&content, &size);
	for (unsigned int i = 0; i < 65537; i++)
		fprintf(stream, "u%u:%u:1\n", i, i);
	assert_int_equal(fclose(stream), 0);
	write_file(file, content, size);
	free(content);
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates =
		subordinates_new(file->path, file->users);
	assert_owner(subordinates, 65535, "u65535");
	assert_owner(subordinates, 65536, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),     cmocka_unit_test(test_narrowest_wins),
		cmocka_unit_test(test_malformed),  cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_long_lines), cmocka_unit_test(test_owner_by_uid),
		cmocka_unit_test(test_read_anew),  cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_too_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("subordinates", tests, set_up, tear_down);
}
