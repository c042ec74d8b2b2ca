// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/line.h"

#include "hostile.h"
#include "shop.h"

static void assert_alert(const struct alert *alert, const char *expected)
{
	char line[LINE_SIZE];

	line_of_alert(alert, line);
	assert_string_equal(line, expected);
}

static void test_alert(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=high user=shop42 uid=1042 pid=4121 "
			     "exe=/usr/sbin/php-fpm8.2 dst=203.0.113.25:25 count=3 networks=3 phase=risen "
			     "since=2026-11-22T03:12:04.123Z comm=php-fpm8.2 argv=\"php-fpm: pool shop42\" "
			     "parent=php-fpm8.2[812]");
}

static void test_alert_with_everything(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	actor.identity.euid = 0;
	actor.identity.exe_links = 0;
	actor.argv = (char *)"php\0/var/www/x y.php\0";
	actor.argv_size = sizeof("php\0/var/www/x y.php");
	alert.severity = ALERT_SEVERITY_CRITICAL;
	alert.phase = ALERT_ENDED;
	alert.remote = endpoint_at("2001:db8::25", 25);
	alert.count = UINT64_MAX;
	alert.networks = 32;
	alert.networks_capped = true;
	alert.more_actors = true;
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=critical user=shop42 uid=1042 euid=0 pid=4121 "
			     "exe=/usr/sbin/php-fpm8.2 dst=[2001:db8::25]:25 count=18446744073709551615 networks=32+ "
			     "phase=ended since=2026-11-22T03:12:04.123Z more_actors=yes comm=php-fpm8.2 "
			     "argv=\"php /var/www/x y.php\" parent=php-fpm8.2[812] exe_deleted=yes");
}

/* What counters alone tell: no path, no arguments, no parent, no destination. */
static void test_alert_with_little(void **state)
{
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct alert alert = {.rule = "direct-to-mx", .actor = &actor, .count = 40, .first_wall_ns = SHOP_WALL_NS};

	(void)state;
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=info user=1042 uid=1042 pid=4121 exe=[8:1:7] count=40 "
			     "phase=raised since=2026-11-22T03:12:04.123Z comm=php");
}

static void test_alert_of_kernel_thread(void **state)
{
	struct actor actor = {.identity = identity_of(33, 0, 0)};
	struct alert alert = {.rule = "direct-to-mx", .actor = &actor, .count = 1, .first_wall_ns = SHOP_WALL_NS};

	(void)state;
	actor.identity.flags = SW_IDENTITY_KERNEL_THREAD;
	memcpy(actor.identity.comm, "kworker/0:1-even", SW_COMM_SIZE);
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=info user=0 uid=0 pid=33 exe=[kworker/0:1-even] "
			     "count=1 phase=raised since=2026-11-22T03:12:04.123Z comm=kworker/0:1-even");
}

/* Arguments end with NUL bytes, which are no part of what is shown; and nothing but those is no argument. */
static void test_argv(void **state)
{
	static const struct {
		const char *argv;
		size_t size;
		const char *expected;
	} cases[] = {
		{"\0\0\0", 3, NULL}, {"   ", 3, NULL},          {"a\0\0b\0\0", 6, "argv=\"a  b\""},
		{"a", 1, "argv=a"},  {"\0a", 2, "argv=\" a\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct actor actor = {.identity = identity_of(4121, 1042, 7)};
		struct alert alert = {.rule = "direct-to-mx", .actor = &actor};
		char line[LINE_SIZE];

		actor.argv = (char *)cases[i].argv;
		actor.argv_size = cases[i].size;
		line_of_alert(&alert, line);
		const char *shown = strstr(line, "argv=");
		if (cases[i].expected)
			assert_string_equal(shown, cases[i].expected);
		else
			assert_null(shown);
	}
}

static void assert_flow(enum flow_moment moment, const struct flow *flow, const struct actor *actor,
			const char *expected)
{
	const struct flow_event event = {.moment = moment, .flow = flow, .actor = actor};
	char line[LINE_SIZE];

	line_of_flow(&event, line);
	assert_string_equal(line, expected);
}

static void test_flow(void **state)
{
	struct actor actor = shop_actor();
	struct flow flow = shop_flow();
	struct flow closed = shop_flow_closed();

	(void)state;
	assert_flow(FLOW_ATTEMPTED, &flow, &actor,
		    "03:12:04.123 attempt     shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 application");
	assert_flow(FLOW_ENDED, &closed, &actor,
		    "03:12:04.180 closed      shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 after 57ms, "
		    "sent 1234, received 567");
	assert_flow(FLOW_ATTEMPTED, &flow, NULL, "03:12:04.123 attempt     ? -> 203.0.113.25:25");
	actor.user_name[0] = '\0';
	actor.role = ACTOR_ROLE_RELAY_CLIENT;
	assert_flow(FLOW_ATTEMPTED, &flow, &actor,
		    "03:12:04.123 attempt     1042 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 relay-client");
}

static void test_flow_that_failed(void **state)
{
	struct flow flow = shop_flow();

	(void)state;
	flow.outcome = SW_OUTCOME_UNREACHABLE;
	flow.duration_ns = 12300000000;
	flow.error = 101;
	assert_flow(FLOW_ENDED, &flow, NULL,
		    "03:12:16.423 unreachable ? -> 203.0.113.25:25 after 12.3s: Network is unreachable");
	flow.error = 0;
	assert_flow(FLOW_ENDED, &flow, NULL, "03:12:16.423 unreachable ? -> 203.0.113.25:25 after 12.3s");
	flow.error = 4095;
	assert_flow(FLOW_ENDED, &flow, NULL, "03:12:16.423 unreachable ? -> 203.0.113.25:25 after 12.3s: ?");
}

static void test_summary(void **state)
{
	struct summary summary = shop_summary();
	char line[LINE_SIZE];

	(void)state;
	line_of_summary(&summary, line);
	assert_string_equal(
		line, "watched for 4m10s: attempts 12, users 2, established 9, closed 8, refused 3; alert lines 4\n"
		      "records: seen 32 = delivered 25 + thinned 4 + lost 2 (ring full) + lost 1 (flow map full)");
	summary.books.entries[SW_BOOK_UNCOUNTED_ACTOR] = 6;
	summary.books.entries[SW_BOOK_UNCOUNTED_USER] = 7;
	summary.missed = 8;
	line_of_summary(&summary, line);
	assert_string_equal(strstr(line, "map full)"),
			    "map full); attempts without a counter of their process 6, without one of their user 7; "
			    "calls of the programs that the kernel skipped 8");
}

/* Reads "key=value" at `*at`, behind a blank, as a log's reader would. */
struct pair {
	char key[32];
	const char *value; /* without its quotes */
	size_t size;
};

static void read_pair(const char **at, struct pair *pair)
{
	size_t length = strspn(*at + 1, "abcdefghijklmnopqrstuvwxyz_");
	bool quoted;

	assert_int_equal(**at, ' ');
	assert_in_range(length, 1, sizeof(pair->key) - 1);
	snprintf(pair->key, sizeof(pair->key), "%.*s", (int)length, *at + 1);
	*at += 1 + length;
	assert_int_equal(**at, '=');
	quoted = (*at)[1] == '"';
	pair->value = *at + 1 + quoted;
	for (pair->size = 0; pair->value[pair->size] != (quoted ? '"' : ' '); pair->size++) {
		if (!quoted && pair->value[pair->size] == '\0')
			break;
		assert_int_not_equal(pair->value[pair->size], '\0');
		if (!quoted && strchr("\"=", pair->value[pair->size]))
			fail_msg("%c outside of quotes", pair->value[pair->size]);
		if (pair->value[pair->size] == '\\')
			pair->size++;
	}
	*at = pair->value + pair->size + quoted;
}

static void assert_value(const struct pair *pair, const char *key, const void *expected, size_t size)
{
	char value[LINE_SIZE];

	if (strcmp(pair->key, key) != 0)
		return;
	assert_int_equal(unescape(pair->value, pair->size, value), size);
	assert_memory_equal(value, expected, size);
}

/* How the arguments are shown: blanks between them, and none at the end. */
static size_t shown_argv(const struct actor *actor, char *argv)
{
	size_t size = actor->argv_size;

	memcpy(argv, actor->argv, size);
	while (size > 0 && (argv[size - 1] == ' ' || argv[size - 1] == '\0'))
		size--;
	return size;
}

/* The line parses, has exactly the keys that it should, and the values are what they were. */
static void assert_parses(const char *line, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	char keys[256] = "";
	char argv[SW_ARGV_SIZE];
	char path[DESCRIBE_EXECUTABLE_SIZE];
	size_t argv_size = shown_argv(actor, argv);
	const char *at = line + strlen("ALERT");

	assert_memory_equal(line, "ALERT ", strlen("ALERT "));
	while (*at) {
		struct pair pair;
		read_pair(&at, &pair);
		strcat(keys, pair.key);
		strcat(keys, " ");
		assert_value(&pair, "user", actor->user_name, strlen(actor->user_name));
		assert_value(&pair, "uid", "1042", 4);
		assert_value(&pair, "dst", "203.0.113.25:25", strlen("203.0.113.25:25"));
		assert_value(&pair, "count", "3", 1);
		assert_value(&pair, "exe", path, shown_path(actor, path));
		assert_value(&pair, "comm", identity->comm, strnlen(identity->comm, SW_COMM_SIZE));
		assert_value(&pair, "argv", argv, argv_size);
	}
	assert_string_equal(keys, argv_size ? "rule severity user uid pid exe dst count networks phase since comm "
					      "argv parent "
					    : "rule severity user uid pid exe dst count networks phase since comm "
					      "parent ");
}

static void assert_hostile_lines(size_t path_size, bool filled)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts); i++) {
		struct hostile_actor hostile;
		struct flow flow = shop_flow();
		char line[LINE_SIZE];

		make_hostile(&hostile, i, path_size, filled);
		struct alert alert = shop_alert(&hostile.actor);
		line_of_alert(&alert, line);
		assert_harmless(line, strlen(line));
		assert_parses(line, &hostile.actor);
		struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &hostile.actor};
		line_of_flow(&event, line);
		assert_harmless(line, strlen(line));
		assert_non_null(strstr(line, " -> 203.0.113.25:25 application"));
	}
}

static void test_hostile(void **state)
{
	(void)state;
	assert_hostile_lines(0, false);
}

/* A path as long as the kernel's record has it, and everything else as long as it gets. */
static void test_hostile_and_long(void **state)
{
	(void)state;
	assert_hostile_lines(SW_PATH_SIZE, true);
}

/* A path of 4095 bytes, which /proc has: its end is shown, and all that stands behind it. */
static void test_longest_path(void **state)
{
	(void)state;
	assert_hostile_lines(sizeof(((struct hostile_actor *)NULL)->executable) - 2, true);
}

/* A NUL byte can only be in the arguments; the others end there. */
static void test_nul_in_argv(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	char line[LINE_SIZE];

	(void)state;
	actor.argv = (char *)"php\0\" user=root\0\n\0";
	actor.argv_size = sizeof("php\0\" user=root\0\n");
	line_of_alert(&alert, line);
	assert_harmless(line, strlen(line));
	assert_non_null(strstr(line, " argv=\"php \\\" user=root \\x0a\" parent="));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_alert_with_everything),
		cmocka_unit_test(test_alert_with_little),
		cmocka_unit_test(test_alert_of_kernel_thread),
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_flow_that_failed),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_hostile_and_long),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_nul_in_argv),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("line", tests, set_utc, NULL);
}
