// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/gap.h"

#include "support/test.h"

#include <string.h>

#define SECOND 1000000000ULL
#define WALL (1795341600 * SECOND)

static const char snmp[] = "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
			   "Tcp: RtoAlgorithm RtoMin MaxConn ActiveOpens PassiveOpens\nTcp: 1 200 -1 4711 12\n"
			   "Udp: InDatagrams\nUdp: 8\n";

static void test_opened(void **state)
{
	uint64_t opened = 0;

	(void)state;
	assert_true(gap_parse_opened(snmp, &opened));
	assert_int_equal(opened, 4711);
}

/* Wherever the text ends: no number, or one of the digits that are there. */
static void test_opened_cut(void **state)
{
	char text[sizeof(snmp)];

	(void)state;
	for (size_t length = 0; length < sizeof(snmp); length++) {
		uint64_t opened = 0;
		memcpy(text, snmp, length);
		text[length] = '\0';
		if (gap_parse_opened(text, &opened))
			assert_true(opened == 4 || opened == 47 || opened == 471 || opened == 4711);
	}
	assert_false(gap_parse_opened("\nTcp: ActiveOpens\nTcp: x\n", &(uint64_t){0}));
	assert_false(gap_parse_opened("\nTcp: ActiveOpens\nTcp: 99999999999999999999999\n", &(uint64_t){0}));
	assert_false(gap_parse_opened("\nTcp: A B C\nTcp: 1 2 3\n", &(uint64_t){0}));
}

static struct gap_moment moment(uint64_t seconds, const char *boot_id, uint64_t opened)
{
	struct gap_moment made = {
		.wall_ns = WALL + seconds * SECOND,
		.boot_ns = (1000 + seconds) * SECOND,
		.has_opened = true,
		.opened = opened,
	};

	snprintf(made.boot_id, sizeof(made.boot_id), "%s", boot_id);
	return made;
}

static void test_sentence(void **state)
{
	const struct gap_moment from = moment(0, "a", 100);
	const struct gap_moment to = moment(8, "a", 112);
	struct watch_gap gap = gap_between(&from, false, &to);
	char text[GAP_TEXT_SIZE];

	(void)state;
	assert_string_equal(gap_describe(&gap, text, sizeof(text)),
			    "not watching from 2026-11-22T10:00:00.000Z to 2026-11-22T10:00:08.000Z (8.0s): the host "
			    "opened 12 TCP connections meanwhile, of which only those still open are known");
	gap = gap_between(&from, true, &to);
	assert_string_equal(gap_describe(&gap, text, sizeof(text)),
			    "not watching from some time after 2026-11-22T10:00:00.000Z to 2026-11-22T10:00:08.000Z "
			    "(at most 8.0s): the host opened 12 TCP connections meanwhile, of which only those still "
			    "open are known");
}

static void test_reboot(void **state)
{
	const struct gap_moment from = moment(0, "a", 100);
	const struct gap_moment to = moment(8, "b", 1);
	const struct watch_gap gap = gap_between(&from, false, &to);
	char text[GAP_TEXT_SIZE];

	(void)state;
	assert_true(gap.was_rebooted);
	assert_int_equal(gap.opened, 1);
	assert_non_null(strstr(gap_describe(&gap, text, sizeof(text)),
			       "the host was started anew meanwhile, and opened 1 TCP "
			       "connection since"));
}

/* A number that went back is of another namespace; a clock that did makes no time of its own. */
static void test_back(void **state)
{
	const struct gap_moment from = moment(8, "a", 100);
	struct gap_moment to = moment(9, "a", 12);
	char text[GAP_TEXT_SIZE];

	(void)state;
	to.wall_ns = WALL;
	const struct watch_gap gap = gap_between(&from, false, &to);
	assert_false(gap.has_opened);
	gap_describe(&gap, text, sizeof(text));
	assert_non_null(strstr(text, "how many TCP connections"));
	assert_non_null(strstr(text, "(0"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened), cmocka_unit_test(test_opened_cut), cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_reboot), cmocka_unit_test(test_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
