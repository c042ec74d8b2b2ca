// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "no-socket"

static void test_any_port(void **state)
{
	static const uint16_t ports[] = {25, 465, 587, 2525};
	struct talk *talk = *state;

	speak_from(talk, ACTOR_ORIGIN_NO_SOCKET, OWN);
	snprintf(talk->actor.interface_name, sizeof(talk->actor.interface_name), "eth0");
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		connect_to(talk, MX, ports[i]);
		begin_flow(talk);
	}
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH, "sent from 198.51.100.7 on eth0 without a socket");
	assert_int_equal(talk->log.count, 1);
	assert_int_equal(count_of(talk, RULE), ARRAY_SIZE(ports));
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	begin_flow(talk);
	speak_from(talk, ACTOR_ORIGIN_FORWARDED, "192.168.122.5");
	begin_flow(talk);
	speak_from(talk, ACTOR_ORIGIN_WIRE, "192.168.122.5");
	begin_flow(talk);
	speak_from(talk, ACTOR_ORIGIN_NO_SOCKET, OWN);
	talk->flow.scope = SW_SCOPE_HOST;
	begin_flow(talk);
	assert_silent(talk, RULE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_any_port),
		TALK_TEST(test_who_and_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("no_socket", tests, NULL, NULL);
}
