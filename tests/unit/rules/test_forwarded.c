// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "forwarded"

static void test_once_a_source(void **state)
{
	struct talk *talk = *state;

	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "192.168.122.5");
	begin_flow(talk);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "192.168.122.5");
	connect_to(talk, "198.51.99.25", 25);
	begin_flow(talk);
	assert_int_equal(talk->log.count, 1); /* and nothing else tells of it */
	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "192.168.122.6");
	begin_flow(talk);
	assert_int_equal(lines_of(talk, RULE), 2);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "192.168.122.6");
}

static void test_evidence(void **state)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
	struct talk *talk = *state;

	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "192.168.122.5");
	snprintf(talk->actor.interface_name, sizeof(talk->actor.interface_name), "virbr0");
	memcpy(talk->actor.source.mac, mac, sizeof(mac));
	talk->actor.source.has_mac = true;
	begin_flow(talk);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "192.168.122.5 on virbr0, 52:54:00:12:34:56");
}

/* Addresses of version 6 whose second half is the same. */
static void test_long_addresses(void **state)
{
	struct talk *talk = *state;

	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "2001:db8:0:1::5");
	begin_flow(talk);
	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "2001:db8:0:2::5");
	begin_flow(talk);
	assert_int_equal(lines_of(talk, RULE), 2);
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	begin_flow(talk);
	assert_silent(talk, RULE);
	speak_from(talk, ACTOR_ORIGIN_WIRE, "192.168.122.5");
	begin_flow(talk);
	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "192.168.122.5");
	say_helo(talk, "guest.com"); /* it began before */
	talk->flow.scope = SW_SCOPE_INTERNAL;
	begin_flow(talk);
	talk->flow.scope = SW_SCOPE_SMARTHOST;
	begin_flow(talk);
	connect_to(talk, MX, 587);
	begin_flow(talk);
	assert_silent(talk, RULE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_once_a_source),
		TALK_TEST(test_evidence),
		TALK_TEST(test_long_addresses),
		TALK_TEST(test_who_and_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("forwarded", tests, NULL, NULL);
}
