// SPDX-License-Identifier: GPL-2.0-only
#include "identity/users.h"

#include "support/test.h"

#include <pwd.h>

/* A UID that nobody has. */
static uint32_t unused_uid(void)
{
	uint32_t uid = 4000000000;
	while (getpwuid(uid))
		uid--;
	return uid;
}

static void assert_name(struct users *users, uint32_t uid, const char *expected)
{
	char name[ACTOR_USER_NAME_SIZE];

	memset(name, 'x', sizeof(name));
	users_name(users, uid, name);
	assert_non_null(memchr(name, '\0', sizeof(name)));
	assert_string_equal(name, expected);
}

static void test_names(void **state)
{
	_cleanup_(cleanup_users_free) struct users *users = users_new();
	const struct passwd *nobody = getpwnam("nobody");
	uint32_t unused = unused_uid();

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_name(users, 0, "root");
		assert_name(users, unused, "");
		if (nobody)
			assert_name(users, nobody->pw_uid, "nobody");
	}
}

/* Far more users than are remembered. */
static void test_many(void **state)
{
	_cleanup_(cleanup_users_free) struct users *users = users_new();
	uint32_t unused = unused_uid();
	char name[ACTOR_USER_NAME_SIZE];

	(void)state;
	assert_name(users, 0, "root");
	for (uint32_t i = 0; i < 5000; i++)
		users_name(users, unused - i, name);
	assert_name(users, 0, "root");
	assert_name(users, unused, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
