// SPDX-License-Identifier: GPL-2.0-only
/* Alerts on the rows of their actor, and their end. */
#include "ledger/ledger.h"

#include "ledger/watch.h"

#define MTA_PID 25

struct said {
	const char *rule;
	const char *incident;
	enum alert_phase phase;
	enum alert_severity severity;
	uint32_t pid;
	bool is_of_host;
};

static struct actor actor_of(uint32_t pid)
{
	return (struct actor){
		.identity = identity_of(pid, 1042, 7),
		.executable = (char *)"/usr/bin/php8.2",
		.role = pid == MTA_PID ? ACTOR_ROLE_MTA : ACTOR_ROLE_APPLICATION,
	};
}

static void say_alert(struct watch *watch, struct said said)
{
	const struct actor actor = actor_of(said.pid);
	struct alert_incident incident = {.severity = said.severity};
	const struct alert alert = {
		.rule = said.rule,
		.incident = &incident,
		.severity = said.severity,
		.phase = said.phase,
		.actor = said.pid ? &actor : NULL,
		.is_of_host = said.is_of_host,
		.first_wall_ns = watch->wall_ns,
		.last_wall_ns = watch->wall_ns,
	};

	snprintf(incident.id, sizeof(incident.id), "%s", said.incident);
	ledger_take_alert(watch->ledger, &alert);
}

static void raise_alert(struct watch *watch, const char *rule, enum alert_severity severity, uint32_t pid)
{
	say_alert(watch, (struct said){rule, "k3f9ab", ALERT_RAISED, severity, pid, false});
}

static void end_alert(struct watch *watch, const char *rule, enum alert_severity severity, uint32_t pid)
{
	say_alert(watch, (struct said){rule, "k3f9ab", ALERT_ENDED, severity, pid, false});
}

static const struct ledger_row *user(const struct watch *watch)
{
	return row_of(watch, LEDGER_BY_USER, "1042");
}

/* The alert comes before the attempt that raised it. */
static void test_an_alert_is_on_the_rows_of_its_actor(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);
	static const struct {
		enum ledger_by by;
		const char *name;
	} rows[] = {
		{LEDGER_BY_SCRIPT, "/usr/bin/php8.2"},
		{LEDGER_BY_USER, "1042"},
		{LEDGER_BY_PROCESS, "php8.2[1]"},
		{LEDGER_BY_UNIT, "(none)"},
	};

	raise_alert(watch, "direct-to-mx", ALERT_SEVERITY_CRITICAL, 1);
	attempt(watch, &identity, 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ledger_row *row = row_of(watch, rows[i].by, rows[i].name);
		assert_string_equal(row->rule, "direct-to-mx");
		assert_string_equal(row->incident, "k3f9ab");
		assert_int_equal(row->severity, ALERT_SEVERITY_CRITICAL);
		assert_true(row->is_alerting);
		assert_int_equal(row->verdict, LEDGER_VERDICT_SUSPICIOUS);
		assert_int_equal(row->counts.attempts, 1);
	}
	assert_null(row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25")->rule);
	uint64_t revision = ledger_newest_revision(watch->ledger);
	end_alert(watch, "direct-to-mx", ALERT_SEVERITY_CRITICAL, 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ledger_row *row = row_of(watch, rows[i].by, rows[i].name);
		assert_false(row->is_alerting);
		assert_string_equal(row->rule, "direct-to-mx");
		assert_int_equal(row->severity, ALERT_SEVERITY_CRITICAL);
		assert_true(row->revision > revision);
	}
}

static void test_light_alerts_raise_no_suspicion(void **state)
{
	struct watch *watch = *state;

	raise_alert(watch, "no-quit", ALERT_SEVERITY_NOTICE, 1);
	assert_true(user(watch)->is_alerting);
	assert_int_equal(user(watch)->verdict, LEDGER_VERDICT_APPLICATION);
	assert_int_equal(user(watch)->first_wall_ns, MORNING);
}

/* What rules say of it is what receivers think of the host. */
static void test_a_mail_server_stays_one(void **state)
{
	struct watch *watch = *state;

	raise_alert(watch, "blocked-by-receiver", ALERT_SEVERITY_HIGH, MTA_PID);
	assert_true(user(watch)->is_alerting);
	assert_int_equal(user(watch)->verdict, LEDGER_VERDICT_MTA);
}

static void test_the_heaviest_that_has_not_ended(void **state)
{
	struct watch *watch = *state;

	raise_alert(watch, "heavy", ALERT_SEVERITY_CRITICAL, 1);
	raise_alert(watch, "light", ALERT_SEVERITY_NOTICE, 1);
	assert_int_equal(user(watch)->severity, ALERT_SEVERITY_CRITICAL);
	assert_string_equal(user(watch)->rule, "light");
	end_alert(watch, "heavy", ALERT_SEVERITY_CRITICAL, 1);
	assert_true(user(watch)->is_alerting);
	assert_int_equal(user(watch)->severity, ALERT_SEVERITY_NOTICE);
	say_alert(watch, (struct said){"light", "k3f9ab", ALERT_RISEN, ALERT_SEVERITY_HIGH, 1, false});
	assert_int_equal(user(watch)->severity, ALERT_SEVERITY_HIGH);
	end_alert(watch, "light", ALERT_SEVERITY_HIGH, 1);
	assert_false(user(watch)->is_alerting);
	end_alert(watch, "light", ALERT_SEVERITY_HIGH, 1);
	assert_false(user(watch)->is_alerting);
}

/* An alert of a user goes over his processes; the one that it ends with need not be the one that it began with. */
static void test_the_end_reaches_all_rows(void **state)
{
	struct watch *watch = *state;

	raise_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 1);
	say_alert(watch, (struct said){"fan-out", "k3f9ab", ALERT_CONTINUING, ALERT_SEVERITY_HIGH, 2, false});
	end_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 2);
	assert_false(row_of(watch, LEDGER_BY_PROCESS, "php8.2[1]")->is_alerting);
	assert_false(row_of(watch, LEDGER_BY_PROCESS, "php8.2[2]")->is_alerting);
	assert_false(user(watch)->is_alerting);
	end_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 3);
	assert_null(find_row(watch, LEDGER_BY_PROCESS, "php8.2[3]"));
}

static void test_two_alerts_of_one_rule(void **state)
{
	struct watch *watch = *state;

	raise_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 1);
	raise_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 2);
	end_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 1);
	assert_true(user(watch)->is_alerting);
	end_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 2);
	assert_false(user(watch)->is_alerting);
}

static void test_more_processes_than_an_alert_remembers(void **state)
{
	struct watch *watch = *state;

	raise_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 1);
	for (uint32_t pid = 2; pid < 100; pid++)
		say_alert(watch, (struct said){"fan-out", "k3f9ab", ALERT_CONTINUING, ALERT_SEVERITY_HIGH, pid, false});
	assert_true(user(watch)->is_alerting);
	assert_true(row_of(watch, LEDGER_BY_PROCESS, "php8.2[99]")->is_alerting);
	end_alert(watch, "fan-out", ALERT_SEVERITY_HIGH, 99);
	for (uint32_t pid = 92; pid < 100; pid++) {
		char name[32];
		snprintf(name, sizeof(name), "php8.2[%u]", pid);
		assert_false(row_of(watch, LEDGER_BY_PROCESS, name)->is_alerting);
	}
	assert_false(user(watch)->is_alerting);
}

static void test_more_alerts_than_are_remembered(void **state)
{
	struct watch *watch = *state;
	char incidents[3000][ALERT_INCIDENT_ID_SIZE];

	for (int i = 0; i < 3000; i++) {
		snprintf(incidents[i], sizeof(incidents[i]), "%06d", i);
		say_alert(watch, (struct said){"rule", incidents[i], ALERT_RAISED, ALERT_SEVERITY_HIGH, 1, false});
	}
	assert_true(user(watch)->is_alerting);
	for (int i = 0; i < 3000; i++)
		say_alert(watch, (struct said){"rule", incidents[i], ALERT_ENDED, ALERT_SEVERITY_HIGH, 1, false});
	assert_false(user(watch)->is_alerting);
}

static void test_what_is_of_no_row(void **state)
{
	struct watch *watch = *state;

	say_alert(watch, (struct said){"blocked", "aaaaaa", ALERT_RAISED, ALERT_SEVERITY_HIGH, 1, true});
	say_alert(watch, (struct said){"blocked", "aaaaaa", ALERT_RAISED, ALERT_SEVERITY_HIGH, 0, false});
	assert_int_equal(ledger_newest_revision(watch->ledger), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_an_alert_is_on_the_rows_of_its_actor),
		TEST(test_light_alerts_raise_no_suspicion),
		TEST(test_a_mail_server_stays_one),
		TEST(test_the_heaviest_that_has_not_ended),
		TEST(test_the_end_reaches_all_rows),
		TEST(test_two_alerts_of_one_rule),
		TEST(test_more_processes_than_an_alert_remembers),
		TEST(test_more_alerts_than_are_remembered),
		TEST(test_what_is_of_no_row),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("open_alerts", tests, NULL, NULL);
}
