// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel side and the capture are found to be like, each state of each check. */
#include "daemon/health_checks.h"

#include "lib/clock.h"
#include "support/test.h"

#include <errno.h>

#define SECOND NANOSECONDS_A_SECOND
#define NOW (10000 * SECOND)

static const struct recent never;

/* The one row that there is, in this state, with these words in its text and, of what is not well, some advice. */
static void assert_check(const struct health *health, enum health_state state, const char *name, const char *words)
{
	const struct health_check *check = &health->checks[0];

	assert_int_equal(health->count, 1);
	assert_string_equal(check->name, name);
	if (!strstr(check->text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, check->text);
	assert_int_equal(check->state, state);
	assert_int_equal(check->advice[0] != '\0', state != HEALTH_OK);
}

static void test_recent(void **state)
{
	struct recent recent = {0};

	(void)state;
	assert_false(recent_is_lately(&recent, NOW));
	recent_note(&recent, 0, NOW);
	assert_false(recent_is_lately(&recent, NOW));
	recent_note(&recent, 3, NOW);
	assert_int_equal(recent.count, 3);
	assert_true(recent_is_lately(&recent, NOW));
	recent_note(&recent, 3, NOW + 5 * SECOND);
	assert_true(recent_is_lately(&recent, NOW + 600 * SECOND - 1));
	assert_false(recent_is_lately(&recent, NOW + 600 * SECOND));
	recent_note(&recent, 4, NOW + 700 * SECOND);
	assert_true(recent_is_lately(&recent, NOW + 701 * SECOND));
}

static void test_kernel(void **state)
{
	struct health health = {.count = 0};

	(void)state;
	health_check_kernel(&health, "6.1.0-30-amd64", true);
	assert_check(&health, HEALTH_OK, "kernel", "6.1.0-30-amd64");
	health.count = 0;
	health_check_kernel(&health, "6.1.0-30-amd64", false);
	assert_check(&health, HEALTH_DEGRADED, "kernel", "does not describe its types");
}

static void test_programs(void **state)
{
	struct sensor_attachment rows[] = {
		{"connection attempts", "inet_sock_set_state", true, false, SENSOR_ATTACHED},
		{"states of flows", "inet_sock_set_state", false, false, SENSOR_ATTACHED},
		{"exec", "sched_process_exec", false, false, SENSOR_ATTACHED},
		{"connect() calls", "sys_enter_connect", false, true, SENSOR_NOT_CONFIGURED},
	};
	struct health health = {.count = 0};

	(void)state;
	health_check_programs(&health, rows, ARRAY_SIZE(rows));
	assert_check(&health, HEALTH_OK, "programs",
		     "attached: connection attempts, states of flows, exec; not configured: connect() calls");

	rows[2].state = SENSOR_DETACHED;
	health.count = 0;
	health_check_programs(&health, rows, ARRAY_SIZE(rows));
	assert_check(&health, HEALTH_BLIND, "programs",
		     "detached: exec; attached: connection attempts, states of flows; not configured: connect() calls");

	rows[0].state = SENSOR_DETACHED;
	health.count = 0;
	health_check_programs(&health, rows, ARRAY_SIZE(rows));
	assert_check(&health, HEALTH_BLIND, "programs", "detached: connection attempts, exec; ");

	rows[0].state = SENSOR_ATTACHED;
	rows[0].is_classic = true;
	rows[2].state = SENSOR_ATTACHED;
	health.count = 0;
	health_check_programs(&health, rows, ARRAY_SIZE(rows));
	assert_check(&health, HEALTH_OK, "programs", "connection attempts (classic tracepoint), states of flows");
}

static void test_self_test(void **state)
{
	const uint64_t wall_ns = 1795317124250000000;
	const struct {
		struct self_test_status status;
		enum health_state state;
		const char *words;
	} cases[] = {
		{{SELF_TEST_PENDING, 0, 0, 0, 0, 0}, HEALTH_OK, "not over"},
		{{SELF_TEST_PASSED, 0, wall_ns, 57000, 0, 0},
		 HEALTH_OK,
		 "passed at 2026-11-22T03:12:04.250Z, seen after 57 us"},
		{{SELF_TEST_PASSED, 0, wall_ns, 57000, 213000, 0}, HEALTH_OK, "seen after 57 us, heard after 213 us"},
		{{SELF_TEST_UNANSWERED, 0, wall_ns, 57000, 0, 0},
		 HEALTH_DEGRADED,
		 "did not answer; last passed at 2026-11-22T"},
		{{SELF_TEST_IMPOSSIBLE, EADDRNOTAVAIL, 0, 0, 0, 0},
		 HEALTH_DEGRADED,
		 "could be made: Cannot assign requested address; never passed"},
		{{SELF_TEST_HALF_SEEN, 0, wall_ns, 57000, 0, 2},
		 HEALTH_BLIND,
		 "not what became of it; last passed at 2026"},
		{{SELF_TEST_UNHEARD, 0, wall_ns, 57000, 213000, 2},
		 HEALTH_BLIND,
		 "was not heard; last passed at 2026-11-22T03:12:04"},
		{{SELF_TEST_UNSEEN, 0, wall_ns, 57000, 0, 1},
		 HEALTH_DEGRADED,
		 "was not seen; last passed at 2026-11-22T03:12:04"},
		{{SELF_TEST_UNSEEN, 0, wall_ns, 57000, 0, 2},
		 HEALTH_BLIND,
		 "was not seen; last passed at 2026-11-22T03:12:04"},
		{{SELF_TEST_UNSEEN, 0, 0, 0, 0, 2}, HEALTH_BLIND, "was not seen; never passed"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct health health = {.count = 0};
		health_check_self_test(&health, &cases[i].status);
		assert_check(&health, cases[i].state, "self-test", cases[i].words);
	}
}

static void assert_records(const struct health_records *records, enum health_state state, const char *words,
			   const char *advice)
{
	struct health health = {.count = 0};

	health_check_records(&health, records, NOW);
	assert_check(&health, state, "records", words);
	if (!strstr(health.checks[0].advice, advice))
		fail_msg("\"%s\" is not in \"%s\"", advice, health.checks[0].advice);
}

static void test_records(void **state)
{
	const struct recent old = {.count = 5, .grown_ns = NOW - 700 * SECOND};
	const struct recent fresh = {.count = 5, .grown_ns = NOW - 500 * SECOND};
	const struct health_records all_well = {.lost = &never, .skipped_calls = &never, .scripts = &never};

	(void)state;
	struct health_records records = all_well;
	assert_records(&records, HEALTH_OK, "0 due, 0 delivered", "");

	/* Thinning is how a flood is told. */
	records.books = (struct sw_books){{100, 60, 40, 0, 0, 0, 0}};
	assert_records(&records, HEALTH_OK, "100 due, 60 delivered, 40 thinned", "");
	records.books = (struct sw_books){{100, 95, 0, 5, 0, 0, 0}};
	records.lost = &old;
	assert_records(&records, HEALTH_OK, "5 lost to a full ring", "");
	records.lost = &fresh;
	assert_records(&records, HEALTH_DEGRADED, "5 lost to a full ring", "ring_size");
	records.books = (struct sw_books){{100, 95, 0, 0, 5, 0, 0}};
	assert_records(&records, HEALTH_DEGRADED, "5 to a full flow map", "max_flows");

	records = all_well;
	records.skipped_calls = &old;
	assert_records(&records, HEALTH_OK, "5 calls skipped", "");
	records.skipped_calls = &fresh;
	assert_records(&records, HEALTH_DEGRADED, "5 calls skipped", "skipped");
	records = all_well;
	records.scripts = &fresh;
	assert_records(&records, HEALTH_DEGRADED, "5 scripts not inherited", "script");

	/* The worst has the word. */
	records.lost = &fresh;
	records.books = (struct sw_books){{100, 94, 0, 5, 0, 0, 0}};
	assert_records(&records, HEALTH_BLIND, "do not balance: 100 due, 94 delivered", "report");
	records = all_well;
	records.error = EPERM;
	assert_records(&records, HEALTH_BLIND, "cannot be read: Operation not permitted", "restart");
}

static void assert_capture(const struct health_capture *capture, enum health_state state, const char *words)
{
	struct health health = {.count = 0};

	health_check_capture(&health, capture, NOW);
	assert_check(&health, state, "capture", words);
}

static void test_capture(void **state)
{
	const struct recent old = {.count = 2, .grown_ns = NOW - 601 * SECOND};
	const struct recent fresh = {.count = 2, .grown_ns = NOW - 1};
	const struct health_capture running = {
		.is_configured = true,
		.is_there = true,
		.status = {.state = CAPTURE_RUNNING, .counts = {.received = 100}},
		.packets = &never,
		.restarts = &never,
	};
	struct health_capture capture = running;

	(void)state;
	assert_capture(&capture, HEALTH_OK, "running, 100 packets, 0 dropped");
	capture.status.silence = 9;
	assert_capture(&capture, HEALTH_OK, "running");
	capture.status.silence = 10;
	assert_capture(&capture, HEALTH_BLIND, "silent for 10 s");

	capture = running;
	capture.packets = &old;
	capture.status.counts.dropped = 2;
	assert_capture(&capture, HEALTH_OK, "98 packets, 2 dropped");
	capture.packets = &fresh;
	assert_capture(&capture, HEALTH_DEGRADED, "98 packets, 2 dropped");

	capture = running;
	capture.status.restarts = 2;
	capture.restarts = &old;
	assert_capture(&capture, HEALTH_OK, "restarted 2 times");
	capture.restarts = &fresh;
	assert_capture(&capture, HEALTH_DEGRADED, "restarted 2 times");

	capture.status.state = CAPTURE_WAITING;
	assert_capture(&capture, HEALTH_DEGRADED, "not running");
	capture.status.state = CAPTURE_STARTING;
	assert_capture(&capture, HEALTH_DEGRADED, "starting");
	capture.is_there = false;
	assert_capture(&capture, HEALTH_BLIND, "could not be started");
	capture.is_configured = false;
	assert_capture(&capture, HEALTH_OFF, "off");
}

static void test_worst(void **state)
{
	struct health health = {.count = 0};
	char text[HEALTH_TEXT_SIZE] = "x";

	(void)state;
	assert_int_equal(health_worst(&health, text), HEALTH_OK);
	assert_string_equal(text, "");
	health_say(health_add(&health, "kernel"), "6.1");
	assert_int_equal(health_worst(&health, text), HEALTH_OK);
	assert_string_equal(text, "");

	struct health_check *check = health_add(&health, "capture");
	health_say(check, "off");
	health_object(check, HEALTH_OFF, "switch it on");
	assert_int_equal(health_worst(&health, text), HEALTH_OFF);
	assert_string_equal(text, "capture: off");

	for (unsigned int i = 1; i <= 2; i++) {
		check = health_add(&health, "programs");
		health_say(check, "detached, %u", i);
		health_object(check, HEALTH_BLIND, "restart");
	}
	check = health_add(&health, "tables");
	health_object(check, HEALTH_DEGRADED, "raise");
	assert_int_equal(health_worst(&health, text), HEALTH_BLIND);
	assert_string_equal(text, "programs: detached, 1");
}

/* Whatever does not fit is cut, and between two characters. */
static void test_bounds(void **state)
{
	struct health health = {.count = 0};
	char text[HEALTH_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < 2 * HEALTH_CHECKS_MAX; i++)
		health_add(&health, "sink");
	assert_int_equal(health.count, HEALTH_CHECKS_MAX);

	struct health_check *check =
		health_add(&health, "php ph\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6");
	assert_string_equal(check->name, "php ph\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6");
	health_say(check, "x");
	while (strlen(check->text) < HEALTH_TEXT_SIZE - 3)
		health_say(check, "\xe2\x82\xac");
	health_say(check, "\xe2\x82\xac");
	assert_int_equal(strlen(check->text) % 3, 1);
	health_object(check, HEALTH_BLIND, "");
	assert_int_equal(health_worst(&health, text), HEALTH_BLIND);
	assert_true(strlen(text) < HEALTH_TEXT_SIZE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recent),    cmocka_unit_test(test_kernel),  cmocka_unit_test(test_programs),
		cmocka_unit_test(test_self_test), cmocka_unit_test(test_records), cmocka_unit_test(test_capture),
		cmocka_unit_test(test_worst),     cmocka_unit_test(test_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("health_checks", tests, NULL, NULL);
}
