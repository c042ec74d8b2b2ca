// SPDX-License-Identifier: GPL-2.0-only
/* Alerts over a restart: what is told then is what would have been told without. */
#include "rules/alerts_keep.h"

#include "rules/incident_watch.h"
#include "support/kept.h"

#define STEPS 60

struct reading {
	struct alerts *alerts;
	uint64_t now_ns;
};

static int take(void *context, struct keep_line *line)
{
	const struct reading *reading = context;
	return alerts_restore(reading->alerts, line, reading->now_ns);
}

static char *write_alerts(const struct alerts *alerts, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	alerts_keep(alerts, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

/* In place of the daemon's end and its next start. */
static void restart(struct watch *watch)
{
	struct reading reading = {.now_ns = watch->time_ns};
	size_t size;
	char *text = write_alerts(watch->alerts, &size);

	alerts_free(watch->alerts);
	watch->alerts = reading.alerts = alerts_new(COOLDOWN, alert_log_take, &watch->log);
	assert_non_null(watch->alerts);
	alerts_set_combinations(watch->alerts, &paging, 1);
	assert_int_equal(kept_take(text, size, take, &reading), 0);
	alerts_end_restore(watch->alerts);
	free(text);
}

/* As the daemon has them: by names that are kept for good. */
static void fire_kept(struct watch *watch, const char *name, enum alert_severity severity, const char *address,
		      bool is_score)
{
	const struct endpoint remote = endpoint_at(address, 25);
	const struct alert_sample sample = {.wall_ns = WALL_OF(watch->time_ns), .remote = remote, .text = "a b"};
	const struct firing firing = {
		.rule = rule_name(name),
		.reason = rule_name("why it is there"),
		.source = "catalogue.conf:41",
		.actor = &watch->actor,
		.remote = &remote,
		.count = 3,
		.time_ns = watch->time_ns,
		.wall_ns = WALL_OF(watch->time_ns),
		.severity = severity,
		.is_score = is_score,
		.window_ns = QUIET,
		.measures = {{.what = rule_name("count"), .value = 3, .limit = 2, .window_ns = QUIET}},
		.measure_count = 1,
		.samples = &sample,
		.sample_count = 1,
		.evidence = "EHLO a\x1b b=c",
	};

	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
}

/* Two users, three rules, a score, a combination; quiet times in which some of them end. */
static void step(struct watch *watch, unsigned int number)
{
	char address[32];

	snprintf(address, sizeof(address), "203.0.%u.25", number % 7);
	watch->actor.identity = identity_of(4121, number % 5 == 0 ? 34 : 33, 7);
	if (number % 20 < 14)
		fire_kept(watch, direct, ALERT_SEVERITY_WARNING, address, false);
	if (number == 3 || number == 44)
		fire_kept(watch, score, ALERT_SEVERITY_INFO, address, true);
	if (number % 20 == 5 || number % 20 == 9)
		fire_kept(watch, fanout, number % 20 == 9 ? ALERT_SEVERITY_HIGH : ALERT_SEVERITY_NOTICE, address,
			  false);
	if (number == 30)
		fire_kept(watch, impossible, ALERT_SEVERITY_HIGH, address, false);
	for (int i = 0; i < 6; i++) {
		watch->time_ns += 20 * SECOND;
		alerts_tick(watch->alerts, watch->time_ns);
	}
}

/* `restart_at` STEPS: never. */
static void run(struct watch *watch, unsigned int restart_at)
{
	watch->time_ns = START;
	alerts_set_combinations(watch->alerts, &paging, 1);
	for (unsigned int i = 0; i < STEPS; i++) {
		if (i == restart_at)
			restart(watch);
		step(watch, i);
	}
	alerts_finish(watch->alerts);
}

static void assert_same(const struct logged_alert *left, const struct logged_alert *right)
{
	assert_ptr_equal(left->alert.rule, right->alert.rule);
	assert_string_equal(left->alert.reason, right->alert.reason);
	assert_string_equal(left->source, right->source);
	assert_int_equal(left->alert.phase, right->alert.phase);
	assert_int_equal(left->alert.severity, right->alert.severity);
	assert_int_equal(left->alert.is_news, right->alert.is_news);
	assert_int_equal(left->alert.count, right->alert.count);
	assert_int_equal(left->alert.networks, right->alert.networks);
	assert_int_equal(left->alert.first_wall_ns, right->alert.first_wall_ns);
	assert_int_equal(left->alert.last_wall_ns, right->alert.last_wall_ns);
	assert_string_equal(left->incident.id, right->incident.id);
	assert_int_equal(left->incident.count, right->incident.count);
	assert_int_equal(left->incident.severity, right->incident.severity);
	assert_int_equal(left->incident.is_paging, right->incident.is_paging);
	assert_int_equal(left->incident.first_wall_ns, right->incident.first_wall_ns);
	assert_int_equal(left->incident.rule_count, right->incident.rule_count);
	for (size_t i = 0; i < left->incident.rule_count; i++)
		assert_ptr_equal(left->incident.rules[i], right->incident.rules[i]);
	assert_string_equal(left->evidence, right->evidence);
	assert_string_equal(left->script, right->script);
	assert_int_equal(left->alert.measure_count, right->alert.measure_count);
	assert_int_equal(left->alert.measures[0].value, right->alert.measures[0].value);
	assert_int_equal(left->alert.sample_count, right->alert.sample_count);
	assert_memory_equal(left->samples, right->samples, sizeof(left->samples));
	assert_memory_equal(&left->identity, &right->identity, sizeof(left->identity));
}

/* Whenever it comes. */
static void test_restart_changes_no_line(void **state)
{
	struct watch *watch = *state;

	run(watch, STEPS);
	struct alert_log whole = watch->log;
	assert_true(whole.count > 30);
	watch->log = (struct alert_log){.lines = NULL};
	for (unsigned int at = 0; at < STEPS; at++) {
		alerts_free(watch->alerts);
		watch->alerts = alerts_new(COOLDOWN, alert_log_take, &watch->log);
		run(watch, at);
		assert_int_equal(watch->log.count, whole.count);
		for (size_t i = 0; i < whole.count; i++)
			assert_same(&watch->log.lines[i], &whole.lines[i]);
		alert_log_clear(&watch->log);
	}
	alert_log_clear(&whole);
}

/* What was not said yet is, once, and nothing ends. */
static void test_pause(void **state)
{
	struct watch *watch = *state;

	watch->time_ns = START;
	fire_kept(watch, direct, ALERT_SEVERITY_WARNING, "203.0.113.25", false);
	fire_kept(watch, direct, ALERT_SEVERITY_WARNING, "203.0.113.25", false);
	assert_int_equal(watch->log.count, 1);
	alerts_pause(watch->alerts);
	alerts_pause(watch->alerts);
	assert_int_equal(watch->log.count, 2);
	assert_int_equal(watch->log.lines[1].alert.phase, ALERT_CONTINUING);
	assert_int_equal(watch->log.lines[1].alert.count, 6);
	assert_false(watch->log.lines[1].alert.is_news);
	restart(watch);
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 3);
	assert_int_equal(watch->log.lines[2].alert.phase, ALERT_ENDED);
	assert_int_equal(watch->log.lines[2].alert.count, 6);
}

/* Of a file that is cut or wrong, alerts go on as far as it goes, and all that follows works. */
static void test_broken(void **state)
{
	struct watch *watch = *state;
	struct reading reading = {.now_ns = START};
	size_t size;

	watch->time_ns = START;
	alerts_set_combinations(watch->alerts, &paging, 1);
	for (unsigned int i = 25; i < 32; i++)
		step(watch, i);
	char *text = write_alerts(watch->alerts, &size);
	for (size_t i = 0; i < 2 * size; i++) {
		char *copy = malloc(size);
		size_t length = i < size ? i : size;
		memcpy(copy, text, size);
		if (i >= size)
			copy[i - size] = (char)(copy[i - size] == '9' ? ' ' : '9');
		alerts_free(watch->alerts);
		watch->alerts = reading.alerts = alerts_new(COOLDOWN, alert_log_take, &watch->log);
		kept_take(copy, length, take, &reading);
		alerts_end_restore(watch->alerts);
		alert_log_clear(&watch->log);
		watch->time_ns = START;
		fire_kept(watch, fanout, ALERT_SEVERITY_HIGH, "203.0.113.25", false);
		alerts_tick(watch->alerts, START + QUIET);
		alerts_finish(watch->alerts);
		free(copy);
	}
	free(text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_restart_changes_no_line),
		TEST(test_pause),
		TEST(test_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
