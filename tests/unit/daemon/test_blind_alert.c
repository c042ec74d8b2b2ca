// SPDX-License-Identifier: GPL-2.0-only
/* The lines of the alert `blind`: when they come and what they say. */
#include "daemon/blind_alert.h"
#include "daemon/health_checks.h"
#include "daemon/sight.h"
#include "lib/clock.h"
#include "support/test.h"

#include <string.h>
#include <unistd.h>

#define SECOND NANOSECONDS_A_SECOND
#define BOOT (1000 * SECOND)
#define WALL (1795317124 * SECOND)

static struct {
	size_t count;
	enum alert_phase phase;
	uint64_t first_wall_ns;
	uint64_t total;
	char incident[ALERT_INCIDENT_ID_SIZE];
	char evidence[512];
} lines;

static void take_line(void *state, const struct alert *alert)
{
	(void)state;
	assert_string_equal(alert->rule, "blind");
	assert_int_equal(alert->severity, ALERT_SEVERITY_CRITICAL);
	assert_true(alert->is_news);
	assert_int_equal(alert->actor->identity.key.pid, getpid());
	assert_non_null(alert->actor->executable);
	lines.count++;
	lines.phase = alert->phase;
	lines.first_wall_ns = alert->first_wall_ns;
	lines.total = alert->count;
	snprintf(lines.incident, sizeof(lines.incident), "%s", alert->incident->id);
	snprintf(lines.evidence, sizeof(lines.evidence), "%s", alert->evidence);
}

struct watch {
	struct sinks *sinks;
	struct blind_alert *alert;
	struct health health;
};

static int set_up(void **state)
{
	static const struct sink_operations operations = {.name = "test", .write_alert = take_line};
	struct watch *watch = calloc(1, sizeof(*watch));

	memset(&lines, 0, sizeof(lines));
	if (!watch || !(watch->sinks = sinks_new()) || sinks_add(watch->sinks, &operations, NULL) != 0)
		return -1;
	watch->alert = blind_alert_new(watch->sinks);
	*state = watch;
	return watch->alert ? 0 : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	blind_alert_free(watch->alert);
	sinks_free(watch->sinks);
	free(watch);
	return 0;
}

static void find(struct watch *watch, const char *name, enum health_state state, const char *text)
{
	struct health_check *check = health_add(&watch->health, name);

	check->state = state;
	health_say(check, "%s", text);
}

static void take(struct watch *watch, uint64_t seconds)
{
	blind_alert_take(watch->alert, &watch->health, BOOT + seconds * SECOND, WALL + seconds * SECOND);
}

static void assert_line(size_t count, enum alert_phase phase, const char *evidence)
{
	assert_int_equal(lines.count, count);
	assert_int_equal(lines.phase, phase);
	assert_string_equal(lines.evidence, evidence);
}

static void test_life(void **state)
{
	struct watch *watch = *state;
	char incident[ALERT_INCIDENT_ID_SIZE];

	find(watch, "capture", HEALTH_DEGRADED, "starting");
	take(watch, 0);
	assert_int_equal(lines.count, 0);

	find(watch, "self-test", HEALTH_BLIND, "was not seen; last passed at 03:12");
	take(watch, 1);
	assert_line(1, ALERT_RAISED, "self-test: was not seen");
	memcpy(incident, lines.incident, sizeof(incident));
	assert_int_equal(strlen(incident), ALERT_INCIDENT_ID_SIZE - 1);

	/* A minute later, then after four more, then after sixteen. */
	static const uint64_t due[] = {61, 301, 1261};
	for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++) {
		take(watch, due[i] - 1);
		assert_int_equal(lines.count, 1 + i);
		take(watch, due[i]);
		assert_line(2 + i, ALERT_CONTINUING, "self-test: was not seen");
	}

	watch->health.count = 0;
	take(watch, 1300);
	assert_line(5, ALERT_ENDED, "all is seen again, it was: self-test: was not seen");
	assert_string_equal(lines.incident, incident);
	assert_int_equal(lines.first_wall_ns, WALL + SECOND);
	assert_int_equal(lines.total, 4);
	take(watch, 1301);
	assert_int_equal(lines.count, 5);
	assert_int_equal(blind_alert_lines(watch->alert), 5);
}

/* What comes to it is told at once, and once: a check that comes and goes makes no line each time. */
static void test_more(void **state)
{
	struct watch *watch = *state;

	find(watch, "programs", HEALTH_BLIND, "detached: exec");
	take(watch, 0);
	find(watch, "self-test", HEALTH_BLIND, "was not seen");
	take(watch, 5);
	assert_line(2, ALERT_CONTINUING, "programs: detached: exec; self-test: was not seen");
	for (uint64_t seconds = 10; seconds < 60; seconds += 10) {
		watch->health.checks[1].state = HEALTH_OK;
		take(watch, seconds);
		watch->health.checks[1].state = HEALTH_BLIND;
		take(watch, seconds + 5);
	}
	assert_int_equal(lines.count, 2);
}

/* Another one is another incident. */
static void test_again(void **state)
{
	struct watch *watch = *state;
	char first[ALERT_INCIDENT_ID_SIZE];

	find(watch, "programs", HEALTH_BLIND, "detached: exec");
	take(watch, 0);
	memcpy(first, lines.incident, sizeof(first));
	blind_alert_finish(watch->alert, WALL + SECOND);
	assert_line(2, ALERT_ENDED, "smtpwatchd stops, and was: programs: detached: exec");
	take(watch, 2);
	assert_line(3, ALERT_RAISED, "programs: detached: exec");
	assert_string_not_equal(lines.incident, first);
	assert_int_equal(lines.total, 1);
}

static void test_many(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < HEALTH_CHECKS_MAX; i++) {
		char name[HEALTH_NAME_SIZE];
		snprintf(name, sizeof(name), "part %d", i);
		find(watch, name, HEALTH_BLIND, "a text of some length, so that not all of them have room in a line");
	}
	take(watch, 0);
	take(watch, 5);
	assert_int_equal(lines.count, 1);
	assert_int_equal(strlen(lines.evidence), sizeof(lines.evidence) - 1);
}

static void test_restart(void **state)
{
	struct watch *watch = *state;

	find(watch, "sink json", HEALTH_BLIND, "cannot be written");
	find(watch, "self-test", HEALTH_DEGRADED, "was not seen");
	assert_false(sight_needs_restart(&watch->health));
	find(watch, "capture", HEALTH_BLIND, "silent");
	assert_true(sight_needs_restart(&watch->health));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restart, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("blind_alert", tests, NULL, NULL);
}
