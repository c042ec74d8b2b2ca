// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "dynamic-helo"

static void test_dynamic(void **state)
{
	static const char *const names[] = {
		"203-0-113-77.isp.net",
		"host203-0-113-77.isp.net",
		"77.113.0.203.isp.net",
		"ip-203.0.113.77.isp.net",
		"p5b0f2c3d.dip0.isp.de",
		"CB00714D.isp.net",
		"ip5f5ac1d2.isp.de",
		"dsl.isp.net",
		"x-adsl-7.isp.net",
		"dhcp12.campus.isp.edu",
		"a.dyn.isp.net",
		"b.dynamic.isp.co.uk",
		"pool-7.isp.net",
		"ppp0815.isp.net",
		"dialup.isp.net",
		"cable-3.isp.net",
		"c3.broadband.isp.net",
		"cust17.isp.net",
		"client5.isp.net",
		"1.2.3.4.5.6.isp.net",
		"1000.203-0-113-77.isp.net",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!greeting_of(state, RULE, names[i]))
			fail_msg("%s is not dynamic", names[i]);
}

static void test_not_dynamic(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"---",
		"mail.shop42.com",
		"2026-11-22-1.shop.com", /* no octet */
		"1-2-3.shop.com",
		"1-2-3-.shop.com",
		"1-256-3-4.shop.com",
		"1--2-3-4.shop.com",
		"20261122.shop.com",
		"deadbeef.shop.com",
		"a1b2c3d4-e5f6-7890-abcd-ef1234567890.shop.com",
		"0123456789ab.shop.com",
		"pool-builders.com", /* what was registered is a name, not a line's */
		"www.cable-shop.co.uk",
		"www.adsl-shop.co.uk",
		"www.dyn.com",
		"clients.agency.com",
		"client.agency.com",
		"pool.hotel.com",
		"dynamics.shop.com",
		"203.0.113.77", /* bad-helo's */
		"[203.0.113.77]",
		"198-51-100-7.isp.net", /* the flow's own address, as its reverse name has it */
		"static.7.100.51.198.clients.hoster.net",
		"c6336407.isp.net",
		HOST_NAME,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (greeting_of(state, RULE, names[i]))
			fail_msg("%s is dynamic", names[i]);
}

static void test_evidence(void **state)
{
	struct talk *talk = *state;

	say_helo(talk, "203-0-113-77.dyn.isp.net");
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH,
		    "EHLO 203-0-113-77.dyn.isp.net to mx.receiver.com, an address in it");
	say_helo(talk, "Dyn-7.isp.net");
	rules_finish(talk->rules);
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH, "EHLO Dyn-7.isp.net to mx.receiver.com, a dial-up line's name");
}

static void test_own_host(void **state)
{
	struct talk *talk = *state;

	talk_name_host(talk, "vps-203-0-113-77.hosting.com");
	say_helo(talk, "VPS-203-0-113-77.hosting.com");
	assert_silent(talk, RULE);
	say_helo(talk, "vps-203-0-113-78.hosting.com"); /* its neighbour */
	assert_int_equal(count_of(talk, RULE), 1);
	talk_name_host(talk, "dyn7");
	say_helo(talk, "dyn7.isp.net");
	assert_int_equal(count_of(talk, RULE), 1);
	say_helo(talk, "dyn77.isp.net");
	assert_int_equal(count_of(talk, RULE), 2);
	talk_name_host(talk, "");
	say_helo(talk, "dyn7.isp.net");
	assert_int_equal(count_of(talk, RULE), 3);
}

static void test_own_site(void **state)
{
	struct talk *talk = *state;

	run_script(talk, "/var/www/dyn.agency.com/x.php", "dyn.agency.com");
	say_helo(talk, "dyn.agency.com");
	assert_silent(talk, RULE);
}

static void test_where(void **state)
{
	struct talk *talk = *state;

	connect_to(talk, MX, 587);
	say_helo(talk, "dyn-7.isp.net");
	connect_to(talk, MX, 25);
	talk->flow.scope = SW_SCOPE_SMARTHOST;
	say_helo(talk, "dyn-7.isp.net");
	talk->flow.scope = SW_SCOPE_EXTERNAL;
	talk->actor.role = ACTOR_ROLE_MTA;
	say_helo(talk, "dyn-7.isp.net");
	assert_silent(talk, RULE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_dynamic),  TALK_TEST(test_not_dynamic), TALK_TEST(test_evidence),
		TALK_TEST(test_own_host), TALK_TEST(test_own_site),    TALK_TEST(test_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dynamic_helo", tests, NULL, NULL);
}
