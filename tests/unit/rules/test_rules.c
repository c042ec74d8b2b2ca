// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

/* One that every rule about actors fires for. */
static struct suspect bot(void)
{
	struct suspect suspect = suspect_of("httpd", "/tmp/php", "httpd");

	suspect.user_name = "www-data";
	suspect.identity.key.start_ns = START - HOUR;
	suspect.identity.ancestors[0].pid = 1;
	suspect.script = script_at(SCRIPT_SOURCE_PHP_REQUEST, "/tmp/x.php");
	return suspect;
}

static const char *const of_acts[] = {"masquerade", "hidden-executable", "orphan-web", "upload-script"};

static void assert_counts(struct watch *watch, uint64_t count)
{
	rules_finish(watch->rules);
	assert_int_equal(rules_alert_lines(watch->rules), watch->log.count);
	for (size_t i = 0; i < ARRAY_SIZE(of_acts); i++) {
		const struct logged_alert *line = find_line(watch, of_acts[i]);
		assert_int_equal(line ? line->alert.count : 0, count);
	}
}

static void test_an_attempt_fires_once(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = bot();
	struct observation established = {.kind = OBSERVATION_ESTABLISHED, .flow_id = 1, .time_ns = START};
	struct observation end = end_of(1, SW_OUTCOME_CLOSED);
	struct observation counters = counters_of(&suspect.identity, 500);

	attempt(watch, &suspect, MX, 25);
	take(watch, &suspect, &established);
	take(watch, &suspect, &counters);
	take(watch, &suspect, &end);
	assert_counts(watch, 1);
	assert_int_equal(find_line(watch, "direct-to-mx")->alert.count, 501);
	assert_int_equal(find_line(watch, "masquerade")->alert.remote.port, 25);
}

/* To wherever it is, if the port is watched; also toward the smarthost. */
static void test_any_destination(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = bot();

	attempt(watch, &suspect, SMARTHOST, 587);
	attempt(watch, &suspect, "127.0.0.1", 25);
	attempt(watch, &suspect, "10.0.0.1", 465);
	assert_counts(watch, 3);
	assert_null(find_line(watch, "direct-to-mx"));
}

static void test_a_submission_fires_once(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = bot();

	submit(watch, &suspect);
	assert_counts(watch, 1);
	assert_int_equal(find_line(watch, "masquerade")->alert.remote.port, 0);
}

static void test_roles(void **state)
{
	static const uint64_t counts[ACTOR_ROLE_COUNT] = {
		[ACTOR_ROLE_UNKNOWN] = 2,
		[ACTOR_ROLE_APPLICATION] = 2,
		[ACTOR_ROLE_RELAY_CLIENT] = 2,
		[ACTOR_ROLE_MTA] = 0,
	};

	for (int role = 0; role < ACTOR_ROLE_COUNT; role++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = bot();
		suspect.role = (enum actor_role)role;
		attempt(watch, &suspect, MX, 25);
		submit(watch, &suspect);
		assert_counts(watch, counts[role]);
	}
}

static void test_kernel_thread(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = bot();

	suspect.identity.flags = SW_IDENTITY_KERNEL_THREAD;
	suspect.identity.exe_links = 0;
	attempt(watch, &suspect, MX, 25);
	assert_counts(watch, 0);
	assert_non_null(find_line(watch, "direct-to-mx"));
}

/* Whatever stands in the record of one that is no process of this host. */
static void test_origins(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = bot();
	struct observation observation = attempt_of(&suspect.identity, 1, endpoint_at(MX, 25));
	struct model_change change;

	describe(&suspect, &observation);
	observation.time_ns = START;
	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
	change.submitted = true;
	for (int origin = ACTOR_ORIGIN_PROCESS + 1; origin < ACTOR_ORIGIN_COUNT; origin++) {
		change.actor->origin = (enum actor_origin)origin;
		for (int times = 0; times < 200; times++)
			assert_int_equal(rules_judge(watch->rules, &observation, &change), 0);
	}
	assert_counts(watch, 0);
	assert_null(find_line(watch, "submission-rate"));
}

/* What was said is asked of the rules about that, and of no other. */
static void test_a_dialogue_is_no_act(void **state)
{
	static const struct dialogue_event said = {.kind = DIALOGUE_HELO, .name = "gmail.com"};
	struct watch *watch = *state;
	struct suspect suspect = bot();
	struct observation observation = attempt_of(&suspect.identity, 1, endpoint_at(MX, 25));
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
	observation.kind = OBSERVATION_DIALOGUE;
	observation.dialogue = &said;
	change.flow_began = false;
	change.direct_added = 0;
	for (int times = 0; times < 3; times++)
		assert_int_equal(rules_judge(watch->rules, &observation, &change), 0);
	assert_counts(watch, 0);
	assert_int_equal(count_lines(watch, "impossible-helo"), 2);
	assert_int_equal(find_line(watch, "impossible-helo")->alert.count, 3);
	assert_int_equal(watch->log.count, 2);
	change.actor = NULL;
	assert_int_equal(rules_judge(watch->rules, &observation, &change), 0);
	assert_int_equal(watch->log.count, 2);
}

static void test_counters_forgotten(void **state)
{
	static const struct dialogue_event said = {.kind = DIALOGUE_MAIL, .name = "sender.com"};
	struct watch *watch = *state;
	struct suspect suspect = bot();
	struct observation observation = attempt_of(&suspect.identity, 1, endpoint_at(MX, 25));
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
	observation.kind = OBSERVATION_DIALOGUE;
	observation.dialogue = &said;
	change.flow_began = false;
	change.direct_added = 0;
	struct actor actor = *change.actor;
	change.actor = &actor;
	for (unsigned int i = 0; i < WATCH_KEYS + 7; i++) {
		actor.identity.key.uid = i;
		assert_int_equal(rules_judge(watch->rules, &observation, &change), 0);
	}
	assert_int_equal(rules_totals(watch->rules).forgotten, 7);
}

static void test_cooldown(void **state)
{
	struct watch *watch = *state;
	const struct rules_options options = {.cooldown_ns = MINUTE, .orphan_age_ns = MINUTE};
	struct suspect suspect = suspect_of("x", "/tmp/x", "x");

	attempt(watch, &suspect, SMARTHOST, 25);
	attempt(watch, &suspect, SMARTHOST, 25);
	rules_tick(watch->rules, START + MINUTE, WALL_OF(START + MINUTE));
	assert_int_equal(watch->log.count, 1);
	rules_set_options(watch->rules, &options);
	rules_tick(watch->rules, START + MINUTE - 1, WALL_OF(START + MINUTE - 1));
	assert_int_equal(watch->log.count, 1);
	rules_tick(watch->rules, START + MINUTE, WALL_OF(START + MINUTE));
	assert_int_equal(watch->log.count, 2);
	assert_int_equal(watch->log.lines[1].alert.count, 2);
	assert_string_equal(watch->log.lines[1].evidence, "executable under /tmp");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WATCH_TEST(test_an_attempt_fires_once),
		WATCH_TEST(test_any_destination),
		WATCH_TEST(test_a_submission_fires_once),
		WATCH_TEST(test_roles),
		WATCH_TEST(test_kernel_thread),
		WATCH_TEST(test_cooldown),
		WATCH_TEST(test_origins),
		WATCH_TEST(test_a_dialogue_is_no_act),
		WATCH_TEST(test_counters_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
