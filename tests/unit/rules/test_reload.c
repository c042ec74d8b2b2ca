// SPDX-License-Identifier: GPL-2.0-only
/* What stays over a reload of the rules, and what does not. */
#include "rules/rule_reading.h"
#include "rules/watch.h"

#define OTHER "[other]\nlistens = attempt\nport = 587\nseverity = info\n"
#define THREE "[three]\nlistens = attempt\nport = 25\nseverity = warning at 3 in 10m\n"
#define ANY "[any]\nlistens = attempt\nseverity = notice\n"

static void reload(struct watch *watch, const char *text)
{
	assert_int_equal(rules_set_set(watch->rules, read_rules(text)), 0);
}

static void attempt_times(struct watch *watch, const struct suspect *suspect, int times)
{
	for (int i = 0; i < times; i++) {
		attempt(watch, suspect, MX, 25);
		watch->time_ns += SECOND;
	}
}

static struct suspect mailer(void)
{
	return suspect_of("mailer", "/usr/bin/mailer", "mailer");
}

static const struct logged_alert *line_of(const struct watch *watch, const char *rule)
{
	const struct logged_alert *line = find_line(watch, rule);

	if (!line)
		fail_msg("%s is silent", rule);
	return line;
}

/* Changes that leave the shape as it is: of another rule, and of limit, severity, text, reason, conditions and order.
 */
static void test_windows_go_on(void **state)
{
	static const char *const texts[] = {
		THREE "[other]\nlistens = end\nseverity = high at 2 in 1h\n",
		OTHER THREE "[added]\nlistens = attempt\nseverity = high at 9 in 10m\n",
		"[three]\nlistens = attempt\nport = 25\nseverity = critical at 3 in 10m\ntext = {value}\nreason = r\n",
		"[three]\nlistens = attempt\nport = 25, 26\nexternal = yes\nseverity = warning at 3 in 600s\n",
		"[three]\nlistens = attempt, established\nseverity = warning at 2 in 10m\ncooldown = 1m\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = mailer();
		reload(watch, THREE OTHER);
		attempt_times(watch, &suspect, 2);
		for (int times = 0; times < 3; times++)
			reload(watch, texts[i]);
		assert_int_equal(watch->log.count, 0);
		attempt_times(watch, &suspect, 1);
		assert_int_equal(line_of(watch, "three")->alert.count, 3);
	}
}

/* With another window, key or quantity, or as the narrowest, it is another thing that is counted. */
static void test_windows_begin_anew(void **state)
{
	static const char *const texts[] = {
		"[three]\nlistens = attempt\nseverity = warning at 3 in 20m\n",
		"[three]\nlistens = attempt\nper = user\nseverity = warning at 3 in 10m\n",
		"[three]\nlistens = attempt\nnarrowest = user\nseverity = warning at 3 in 10m\n",
		"[three]\nlistens = attempt\nseverity = warning at 3 and 1 distinct destination in 10m\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = mailer();
		reload(watch, THREE OTHER);
		attempt_times(watch, &suspect, 2);
		reload(watch, texts[i]);
		attempt_times(watch, &suspect, 2);
		assert_int_equal(watch->log.count, 0);
		attempt_times(watch, &suspect, 1);
		assert_int_equal(line_of(watch, "three")->alert.count, 3);
	}
}

/* A rule that was away for one reload, by mistake perhaps, has not seen what came meanwhile, and forgot nothing. */
static void test_a_rule_comes_back(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	reload(watch, THREE);
	attempt_times(watch, &suspect, 2);
	reload(watch, OTHER);
	attempt_times(watch, &suspect, 5);
	reload(watch, OTHER THREE);
	attempt_times(watch, &suspect, 1);
	assert_int_equal(line_of(watch, "three")->alert.count, 3);
}

/* An alert that is open is of the same incident, and counts on, whatever is reloaded under it. */
static void test_alerts_go_on(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	reload(watch, ANY THREE);
	attempt_times(watch, &suspect, 1);
	const struct alert_incident incident = line_of(watch, "any")->incident;
	for (int i = 0; i < 50; i++) {
		reload(watch, i % 2 ? ANY THREE : OTHER THREE "[any]\nlistens = attempt\nseverity = info\n");
		attempt_times(watch, &suspect, 1);
	}
	rules_finish(watch->rules);
	assert_int_equal(line_of(watch, "any")->alert.phase, ALERT_ENDED);
	assert_int_equal(line_of(watch, "any")->alert.count, 51);
	assert_int_equal(line_of(watch, "any")->alert.severity, ALERT_SEVERITY_NOTICE);
	assert_int_equal(line_of(watch, "three")->alert.count, 51);
	for (size_t i = 0; i < watch->log.count; i++)
		assert_string_equal(watch->log.lines[i].incident.id, incident.id);
}

/* It fires no more. Its alert has its total all the same, of itself and of a rule that is there no more. */
static void test_a_rule_is_switched_off(void **state)
{
	static const char *const texts[] = {ANY "enabled = no\n" OTHER, OTHER};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = mailer();
		reload(watch, OTHER ANY "reason = the reason\n");
		attempt_times(watch, &suspect, 4);
		reload(watch, texts[i]);
		attempt_times(watch, &suspect, 3);
		assert_int_equal(count_lines(watch, "any"), 1);
		watch->time_ns += 25 * HOUR;
		rules_tick(watch->rules, watch->time_ns, WALL_OF(watch->time_ns));
		const struct logged_alert *line = line_of(watch, "any");
		assert_int_equal(line->alert.phase, ALERT_ENDED);
		assert_int_equal(line->alert.count, 4);
		assert_string_equal(line->alert.reason, "the reason");
		assert_string_equal(line->source, "x.conf:5");
	}
}

static void test_a_new_rule_fires(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	reload(watch, OTHER);
	attempt_times(watch, &suspect, 1);
	reload(watch, OTHER ANY);
	assert_int_equal(watch->log.count, 0);
	attempt_times(watch, &suspect, 1);
	assert_int_equal(line_of(watch, "any")->alert.count, 1);
}

/* Those of the old set are gone when the next alert of the incident looks for what it completes. */
static void test_combinations(void **state)
{
	static const char parts[] = "[a]\nlistens = attempt\nport = 25\nseverity = notice\n"
				    "[b]\nlistens = attempt\nport = 26\nseverity = notice\n"
				    "[c]\nlistens = attempt\nport = 27\nseverity = notice\n";
	struct watch *watch = *state;
	struct suspect suspect = mailer();
	char text[512];

	snprintf(text, sizeof(text), "%s[together old]\nall = a, b\nseverity = high\n", parts);
	reload(watch, text);
	attempt(watch, &suspect, MX, 25);
	snprintf(text, sizeof(text), "%s[together new]\nall = a, c\nseverity = critical\n", parts);
	reload(watch, text);
	attempt(watch, &suspect, MX, 26);
	assert_null(find_line(watch, "old"));
	attempt(watch, &suspect, MX, 27);
	assert_string_equal(line_of(watch, "new")->source, "x.conf:13");
	reload(watch, parts);
	attempt(watch, &suspect, MX, 27);
	rules_finish(watch->rules);
	assert_int_equal(line_of(watch, "new")->alert.phase, ALERT_ENDED);
	assert_int_equal(line_of(watch, "new")->alert.severity, ALERT_SEVERITY_CRITICAL);
}

/* How often each was needed is not forgotten with the set that it was of. */
static void test_allowances(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();
	size_t count;

	reload(watch, ANY "[allow gone]\nport = 26\n[allow kept]\nexecutable = /usr/bin/mailer\n");
	rules_tick(watch->rules, START, WALL_OF(START));
	attempt_times(watch, &suspect, 2);
	reload(watch, ANY "[allow kept]\nuser = shop42\n[allow new]\nport = 26\n");
	attempt_times(watch, &suspect, 1);
	const struct allowance_use *uses = allowances_uses(rules_allowances(watch->rules), &count);
	assert_int_equal(count, 2);
	assert_string_equal(uses[0].name, "kept");
	assert_int_equal(uses[0].count, 3);
	assert_int_equal(uses[0].since_wall_ns, WALL_OF(START));
	assert_int_equal(uses[0].used_wall_ns, WALL_OF(START + 2 * SECOND));
	assert_string_equal(uses[1].name, "new");
	assert_int_equal(uses[1].count, 0);
	assert_int_equal(uses[1].since_wall_ns, 0);
	reload(watch, ANY);
	attempt_times(watch, &suspect, 1);
	assert_int_equal(line_of(watch, "any")->alert.count, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WATCH_TEST(test_windows_go_on),          WATCH_TEST(test_windows_begin_anew),
		WATCH_TEST(test_a_rule_comes_back),      WATCH_TEST(test_alerts_go_on),
		WATCH_TEST(test_a_rule_is_switched_off), WATCH_TEST(test_a_new_rule_fires),
		WATCH_TEST(test_combinations),           WATCH_TEST(test_allowances),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
