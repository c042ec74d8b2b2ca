// SPDX-License-Identifier: GPL-2.0-only
#include "rules/host_watch.h"

static void test_two_receivers(void **state)
{
	struct host_watch *watch = *state;

	host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
	host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
	watch->time_ns += 50 * MINUTE;
	assert_int_equal(watch->log.count, 0);
	host_reply(watch, REPLY_CLASS_TEMP, "yahoo", "x");
	assert_int_equal(watch->log.count, 1);
	assert_string_equal(watch->log.lines[0].alert.rule, "throttled");
	assert_int_equal(watch->log.lines[0].alert.count, 3);
	assert_said(watch, ALERT_SEVERITY_WARNING, "2 receivers slow this host down since 03:12, first by gmail");
}

static void test_five_replies(void **state)
{
	struct host_watch *watch = *state;

	for (int i = 0; i < 4; i++) {
		host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
		watch->time_ns += 10 * MINUTE;
	}
	assert_int_equal(watch->log.count, 0);
	host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
	assert_int_equal(watch->log.count, 1);
	assert_said(watch, ALERT_SEVERITY_WARNING, "1 receiver slows this host down since 03:12, first by gmail");
	host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
	assert_int_equal(host_last(watch)->alert.count, 6);
}

static void test_too_few_in_an_hour(void **state)
{
	struct host_watch *watch = *state;

	for (int i = 0; i < 20; i++) {
		host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
		watch->time_ns += 15 * MINUTE;
	}
	watch->time_ns += HOUR;
	for (int i = 0; i < 20; i++) {
		host_reply(watch, REPLY_CLASS_TEMP, i % 2 ? "gmail" : "yahoo", "x");
		watch->time_ns += HOUR;
	}
	assert_int_equal(watch->log.count, 0);
}

/* What is refused for good is the other rule's, and neither counts for the other. */
static void test_other_replies(void **state)
{
	struct host_watch *watch = *state;

	for (int i = 0; i < 4; i++)
		host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
	for (enum reply_class class = 0; class < REPLY_CLASS_COUNT; class ++)
		if (class != REPLY_CLASS_TEMP)
			host_reply(watch, class, "yahoo", "x");
	assert_int_equal(watch->log.count, 1);
	assert_string_equal(watch->log.lines[0].alert.rule, "blocked");
	watch->flow.scope = SW_SCOPE_INTERNAL;
	host_reply(watch, REPLY_CLASS_TEMP, "yahoo", "x");
	assert_int_equal(watch->log.count, 1);
	watch->flow.scope = SW_SCOPE_EXTERNAL;
	host_reply(watch, REPLY_CLASS_TEMP, "gmail", "x");
	assert_int_equal(watch->log.count, 2);
	assert_string_equal(watch->log.lines[1].alert.rule, "throttled");
	assert_string_equal(watch->log.lines[1].evidence,
			    "1 receiver slows this host down since 03:12, first by gmail");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		HOST_TEST(test_two_receivers),
		HOST_TEST(test_five_replies),
		HOST_TEST(test_too_few_in_an_hour),
		HOST_TEST(test_other_replies),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("throttled", tests, NULL, NULL);
}
