// SPDX-License-Identifier: GPL-2.0-only
/* What the model makes of scripts, submissions and adopted connections. */
#include "watch.h"

static struct script script_at(char *path)
{
	return (struct script){.source = SCRIPT_SOURCE_PHP_REQUEST, .path = path};
}

static struct model_change attempt_by(struct watch *watch, const struct sw_identity *identity, uint64_t flow_id,
				      const struct script *script)
{
	struct observation observation = attempt_of(identity, flow_id, external());

	observation.script = script;
	return observe(watch, &observation);
}

/* A worker serves one script after the other: each flow keeps its own. */
static void test_flow_keeps_its_script(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	char first_path[] = "/var/www/shop42/x.php";
	char second_path[] = "/var/www/shop43/y.php";
	struct script first = script_at(first_path);
	struct script second = script_at(second_path);

	assert_true(attempt_by(watch, &identity, 1, &first).actor_is_new);
	memset(first_path, 'x', sizeof(first_path) - 1);
	struct model_change change = attempt_by(watch, &identity, 2, &second);
	assert_false(change.actor_is_new);
	assert_string_equal(change.actor->script->path, "/var/www/shop43/y.php");
	assert_string_equal(change.flow->script->path, "/var/www/shop43/y.php");
	change = end(watch, 1, SW_OUTCOME_CLOSED);
	assert_string_equal(change.flow->script->path, "/var/www/shop42/x.php");
	model_settle(watch->model, &change);
	gone(watch, &identity);
	change = end(watch, 2, SW_OUTCOME_CLOSED);
	assert_string_equal(change.flow->script->path, "/var/www/shop43/y.php");
	model_settle(watch->model, &change);
}

static void test_flows_share_a_script(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	char path[] = "/var/www/shop42/x.php";
	struct script script = script_at(path);

	const struct script *kept = attempt_by(watch, &identity, 1, &script).flow->script;
	assert_ptr_equal(attempt_by(watch, &identity, 2, &script).flow->script, kept);
}

/* Between requests a worker runs no script: what it ran before does not stay. */
static void test_no_script_any_more(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	char path[] = "/var/www/shop42/x.php";
	struct script script = script_at(path);

	attempt_by(watch, &identity, 1, &script);
	struct model_change change = attempt_by(watch, &identity, 2, NULL);
	assert_null(change.actor->script);
	assert_null(change.flow->script);
}

/* Counters say nothing of scripts, so they leave what is known. */
static void test_counters_leave_the_script(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	char path[] = "/var/www/shop42/x.php";
	struct script script = script_at(path);

	attempt_by(watch, &identity, 1, &script);
	struct observation counters = counters_of(&identity, 3);
	assert_string_equal(observe(watch, &counters).actor->script->path, path);
}

static void test_submission(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	char path[] = "/var/www/shop42/x.php";
	struct script script = script_at(path);
	struct observation observation = attempt_of(&identity, 0, external());

	observation.kind = OBSERVATION_SUBMISSION;
	observation.script = &script;
	observation.cwd = "/var/www/shop42";
	struct model_change change = observe(watch, &observation);
	assert_true(change.submitted);
	assert_false(change.flow_began);
	assert_null(change.flow);
	assert_true(change.actor_is_new);
	assert_string_equal(change.actor->script->path, path);
	assert_string_equal(change.actor->cwd, "/var/www/shop42");
	assert_int_equal(change.direct_added, 0);
	assert_int_equal(model_flow_count(watch->model), 0);
}

static void test_submission_over_loopback(void **state)
{
	static const struct {
		const char *address;
		uint16_t port;
		bool submitted;
	} cases[] = {
		{"127.0.0.1", 25, true},     {"::1", 587, true},         {"127.0.0.1", 465, true},
		{"198.51.100.1", 25, true},  {"127.0.0.1", 2525, false}, {"10.0.0.1", 25, false},
		{"203.0.113.25", 25, false}, {"127.0.0.1", 80, false},
	};
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct prefix prefix;

	assert_int_equal(prefix_parse("198.51.100.1", &prefix), 0);
	assert_int_equal(scopes_add(watch->scopes, &prefix, SW_SCOPE_HOST), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation observation = attempt_of(&identity, i, endpoint_at(cases[i].address, cases[i].port));
		assert_int_equal(observe(watch, &observation).submitted, cases[i].submitted);
	}
}

static void test_adopted(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, 1, external());

	observation.adopted = true;
	assert_true(observe(watch, &observation).flow->adopted);
	observation.adopted = false;
	observation.flow_id = 2;
	assert_false(observe(watch, &observation).flow->adopted);
}

static void test_program_is_no_actor(void **state)
{
	struct watch *watch = *state;
	const struct sw_program_record record = {.pid = 4121};
	const struct observation observation = {.kind = OBSERVATION_PROGRAM, .program = &record};

	assert_null(observe(watch, &observation).actor);
	assert_int_equal(model_actor_count(watch->model), 0);
}

/* The process is the same; it only went elsewhere. */
static void test_working_directory(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, 1, external());

	observation.cwd = "/srv";
	observe(watch, &observation);
	observation.cwd = "/tmp";
	observation.flow_id = 2;
	assert_string_equal(observe(watch, &observation).actor->cwd, "/tmp");
	assert_int_equal(model_actor_count(watch->model), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_flow_keeps_its_script),
		TEST(test_flows_share_a_script),
		TEST(test_no_script_any_more),
		TEST(test_counters_leave_the_script),
		TEST(test_submission),
		TEST(test_submission_over_loopback),
		TEST(test_adopted),
		TEST(test_program_is_no_actor),
		TEST(test_working_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("model: who", tests, NULL, NULL);
}
