// SPDX-License-Identifier: GPL-2.0-only
#include "rules/host_watch.h"

#define SPAMHAUS "Client host [203.0.113.5] blocked using zen.spamhaus.org"

static void test_one_receiver(void **state)
{
	struct host_watch *watch = *state;

	host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_int_equal(watch->log.count, 1);
	const struct alert *alert = &watch->log.lines[0].alert;
	assert_string_equal(alert->rule, "blocked");
	assert_int_equal(alert->phase, ALERT_RAISED);
	assert_int_equal(alert->count, 1);
	assert_int_equal(alert->networks, 0);
	assert_int_equal(alert->remote.port, 25);
	assert_said(watch, ALERT_SEVERITY_HIGH,
		    "1 receiver refuses this host since 03:12, first by gmail, cause: BLOCK");
}

/* Many replies of one receiver are one receiver's. */
static void test_receivers_that_agree(void **state)
{
	struct host_watch *watch = *state;

	for (int i = 0; i < 20; i++)
		host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	watch->time_ns += HOUR;
	host_reply(watch, REPLY_CLASS_DNSBL, "microsoft365", "blocked using Spamhaus");
	assert_int_equal(watch->log.count, 1);
	watch->time_ns += 22 * HOUR;
	host_reply(watch, REPLY_CLASS_BLOCK, "gmx", "x");
	assert_int_equal(watch->log.count, 2);
	assert_int_equal(watch->log.lines[1].alert.phase, ALERT_RISEN);
	assert_int_equal(watch->log.lines[1].alert.count, 22);
	assert_said(watch, ALERT_SEVERITY_CRITICAL,
		    "3 receivers refuse this host since 03:12, first by gmail, cause: DNSBL (Spamhaus)");
}

static void test_three_in_more_than_a_day(void **state)
{
	struct host_watch *watch = *state;

	host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	watch->time_ns += 13 * HOUR;
	host_reply(watch, REPLY_CLASS_BLOCK, "gmx", "x");
	watch->time_ns += 13 * HOUR;
	host_reply(watch, REPLY_CLASS_BLOCK, "yahoo", "x");
	assert_said(watch, ALERT_SEVERITY_HIGH, "2 receivers refuse this host since 16:12, first by gmx, cause: BLOCK");
}

static void test_since_days(void **state)
{
	struct host_watch *watch = *state;

	for (int i = 0; i < 5; i++) {
		host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
		watch->time_ns += 12 * HOUR;
	}
	assert_said(watch, ALERT_SEVERITY_HIGH,
		    "1 receiver refuses this host since 2026-11-22 03:12, first by gmail, cause: BLOCK");
}

/* The list's words are of as many receivers as send them. */
static void test_replies_that_name_no_receiver(void **state)
{
	struct host_watch *watch = *state;

	snprintf(watch->flow.mx_domain, sizeof(watch->flow.mx_domain), "example.com");
	host_reply(watch, REPLY_CLASS_DNSBL, "spamhaus", SPAMHAUS);
	host_reply(watch, REPLY_CLASS_DNSBL, "postfix", SPAMHAUS);
	watch->flow.mx_domain[0] = '\0';
	host_reply(watch, REPLY_CLASS_DNSBL, "spamhaus", SPAMHAUS);
	watch->flow.remote = endpoint_at("203.0.113.26", 25);
	host_reply(watch, REPLY_CLASS_DNSBL, "spamhaus", SPAMHAUS);
	assert_said(watch, ALERT_SEVERITY_HIGH,
		    "2 receivers refuse this host since 03:12, first by example.com, cause: DNSBL (Spamhaus)");
	watch->flow.remote = endpoint_at("203.0.114.26", 25);
	host_reply(watch, REPLY_CLASS_DNSBL, "spamhaus", SPAMHAUS);
	assert_said(watch, ALERT_SEVERITY_CRITICAL,
		    "3 receivers refuse this host since 03:12, first by example.com, cause: DNSBL (Spamhaus)");
}

/* One alert, of the host: the actor in it is the latest. */
static void test_any_actor(void **state)
{
	struct host_watch *watch = *state;

	host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	watch->actor.identity = identity_of(4121, 1042, 7);
	watch->actor.role = ACTOR_ROLE_APPLICATION;
	host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(host_last(watch)->alert.count, 2);
	assert_int_equal(watch->log.count, 2);
	assert_int_equal(watch->log.lines[1].identity.key.pid, 4121);
}

static void test_what_is_no_refusal(void **state)
{
	struct host_watch *watch = *state;

	for (enum reply_class class = 0; class < REPLY_CLASS_COUNT; class ++)
		if (class != REPLY_CLASS_BLOCK && class != REPLY_CLASS_DNSBL && class != REPLY_CLASS_TEMP)
			for (int i = 0; i < 20; i++)
				host_reply(watch, class, "gmail", SPAMHAUS);
	watch->flow.scope = SW_SCOPE_INTERNAL;
	host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_int_equal(watch->log.count, 0);
	watch->flow.scope = SW_SCOPE_SMARTHOST;
	host_reply(watch, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_int_equal(watch->log.count, 1);
}

/* The longest texts still end with the cause. */
static void test_longest_evidence(void **state)
{
	struct host_watch *watch = *state;
	const char *text = "blocked using a-list-with-a.long-name.example.org";

	memset(watch->flow.domain, 'a', 100);
	for (unsigned int i = 0; i < 300; i++) {
		snprintf(watch->flow.domain + 100, 10, "%u", i);
		host_reply(watch, REPLY_CLASS_DNSBL, "postfix", text);
	}
	watch->time_ns += 23 * HOUR;
	host_reply(watch, REPLY_CLASS_DNSBL, "postfix", text);
	snprintf(watch->flow.domain + 100, 10, "0");
	host_reply(watch, REPLY_CLASS_DNSBL, "postfix", text);
	watch->time_ns += 2 * HOUR;
	host_reply(watch, REPLY_CLASS_DNSBL, "postfix", text);
	assert_said(watch, ALERT_SEVERITY_CRITICAL,
		    "1+ receivers refuse this host since 2026-11-22 03:12, first by "
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0, cause: DNSBL (a-list-with-a.long-name)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		HOST_TEST(test_one_receiver),
		HOST_TEST(test_receivers_that_agree),
		HOST_TEST(test_three_in_more_than_a_day),
		HOST_TEST(test_since_days),
		HOST_TEST(test_replies_that_name_no_receiver),
		HOST_TEST(test_any_actor),
		HOST_TEST(test_what_is_no_refusal),
		HOST_TEST(test_longest_evidence),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("blocked", tests, NULL, NULL);
}
