// SPDX-License-Identifier: GPL-2.0-only
#include "wire_watch.h"

static void test_unclaimed(void **state)
{
	const struct wire_claim forwarded = {.origin = ACTOR_ORIGIN_FORWARDED};
	struct watch *watch = *state;
	struct model_change change;

	capture(watch);
	open_wire(watch, 1);
	helo(watch, 1, "guest.example");
	assert_null(model_next_unclaimed(watch->model, NULL, SECOND));
	struct wire *wire = model_next_unclaimed(watch->model, NULL, 2 * SECOND);
	assert_int_equal(wire->id, 1);
	assert_null(model_next_unclaimed(watch->model, wire, 2 * SECOND));
	assert_int_equal(model_claim(watch->model, watch->scopes, wire, &forwarded, &change), 0);
	assert_true(change.flow_began);
	assert_int_equal(change.actor->origin, ACTOR_ORIGIN_FORWARDED);
	assert_int_equal(observe_ready(watch, &change), 1);
	assert_string_equal(change.flow->dialogue->helo, "guest.example");
	assert_null(model_next_unclaimed(watch->model, NULL, 2 * SECOND));
}

static void test_expected_is_not_unclaimed(void **state)
{
	struct watch *watch = *state;

	capture(watch);
	attempt_from(watch, 11); /* a SYN that nobody answers: its port is told with its end */
	open_wire(watch, 1);
	assert_null(model_next_unclaimed(watch->model, NULL, 5 * SECOND));
	struct model_change change = end_at(watch, 11, 40007, 6 * SECOND); /* it was another's */
	model_settle(watch->model, &change);
	assert_non_null(model_next_unclaimed(watch->model, NULL, 7 * SECOND));
}

static void test_alias(void **state)
{
	struct watch *watch = *state;
	struct model_change change = {0};

	capture(watch);
	/* A container's socket has the inner address; the wire shows the outer one first. */
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation inner = attempt_of(&identity, 11, external());
	inner.local = endpoint_at("172.17.0.2", 50000);
	observe(watch, &inner);
	open_wire(watch, 1);
	helo(watch, 1, "container.example");
	say(watch, 1,
	    (struct dialogue_event){.kind = DIALOGUE_ALIAS,
				    .alias_local = endpoint_at("172.17.0.2", 50000),
				    .alias_remote = external()});
	assert_int_equal(observe_ready(watch, &change), 1);
	assert_int_equal(change.flow->id, 11);
}

static void test_wire_comes_late(void **state)
{
	struct watch *watch = *state;

	capture(watch);
	attempt_from(watch, 11);
	struct observation refused = end_of(11, SW_OUTCOME_REFUSED);
	refused.local = client(40001);
	refused.time_ns = 5 * SECOND;
	refused.duration_ns = 5 * SECOND - 11;
	struct model_change change = observe(watch, &refused);
	model_settle(watch->model, &change);
	const struct dialogue_event opened = {.kind = DIALOGUE_OPENED, .has_syn = true};
	say_at(watch, 1, opened, 4 * SECOND);
	assert_null(model_find_wire(watch->model, 1));
	assert_null(model_next_unclaimed(watch->model, NULL, 20 * SECOND));
	/* The next one between the same ends is another. */
	say_at(watch, 1, opened, 6 * SECOND);
	assert_non_null(model_next_unclaimed(watch->model, NULL, 20 * SECOND));
	/* And after a minute nothing is known of it. */
	model_drop_wire(watch->model, model_find_wire(watch->model, 1));
	model_tick(watch->model, 64 * SECOND);
	say_at(watch, 1, opened, 4 * SECOND);
	assert_null(model_find_wire(watch->model, 1));
	model_tick(watch->model, 66 * SECOND);
	say_at(watch, 1, opened, 4 * SECOND);
	assert_non_null(model_find_wire(watch->model, 1));
}

static void test_alias_comes_late(void **state)
{
	const struct endpoint inner = endpoint_at("172.17.0.2", 50000);
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct watch *watch = *state;
	struct observation attempt = attempt_of(&identity, 11, external());

	capture(watch);
	attempt.local = inner;
	observe(watch, &attempt);
	struct observation refused = end_of(11, SW_OUTCOME_REFUSED);
	refused.local = inner;
	refused.duration_ns = SECOND;
	struct model_change change = observe(watch, &refused);
	model_settle(watch->model, &change);
	open_wire(watch, 1);
	open_wire(watch, 2);
	say(watch, 1,
	    (struct dialogue_event){.kind = DIALOGUE_ALIAS, .alias_local = inner, .alias_remote = external()});
	assert_null(model_find_wire(watch->model, 1));
	assert_true(model_rename_wire(watch->model, model_find_wire(watch->model, 2), &inner, &attempt.remote));
	assert_null(model_find_wire(watch->model, 2));
}

static void test_claimed_for_process(void **state)
{
	const struct sw_identity identity = identity_of(4121, 1042, 7);
	const struct observation process = attempt_of(&identity, 0, external());
	const struct wire_claim claim = {.origin = ACTOR_ORIGIN_PROCESS, .process = &process};
	struct watch *watch = *state;
	struct model_change change;

	capture(watch);
	open_wire(watch, 1);
	helo(watch, 1, "redirected.example");
	struct wire *wire = model_next_unclaimed(watch->model, NULL, 2 * SECOND);
	assert_int_equal(model_claim(watch->model, watch->scopes, wire, &claim, &change), 0);
	assert_true(change.flow_began && change.actor_is_new);
	assert_int_equal(change.actor->origin, ACTOR_ORIGIN_PROCESS);
	assert_int_equal(change.actor->identity.key.pid, 4121);
	assert_string_equal(change.actor->executable, "/usr/bin/php8.2");
	assert_int_equal(change.direct_added, 1);
	assert_int_equal(change.actor->direct_told, 1);
	assert_int_equal(observe_ready(watch, &change), 1);
	assert_string_equal(change.flow->dialogue->helo, "redirected.example");
	change = end_wire(watch, 1);
	assert_true(change.flow_ended);
	assert_int_equal(change.actor->identity.key.pid, 4121);
}

static void test_renamed(void **state)
{
	const struct endpoint relay = endpoint_at("198.51.100.58", 25);
	struct watch *watch = *state;
	struct model_change change = {0};
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation toward_relay = attempt_of(&identity, 11, relay);

	capture(watch);
	toward_relay.local = client(0);
	observe(watch, &toward_relay);
	open_wire(watch, 1);
	helo(watch, 1, "renamed.example");
	struct wire *wire = model_next_unclaimed(watch->model, NULL, 2 * SECOND);
	const struct endpoint local = client(50000), stranger = endpoint_at("192.0.2.82", 50000);
	assert_false(model_rename_wire(watch->model, wire, &stranger, &relay));
	for (int i = 0; i < 2 * WIRE_ALIASES_MAX; i++) /* asked again each second */
		assert_true(model_rename_wire(watch->model, wire, &local, &relay));
	assert_int_equal(wire->flow_id, 0);
	assert_int_equal(wire->alias_count, 2);
	struct observation established = {
		.kind = OBSERVATION_ESTABLISHED, .flow_id = 11, .local = local, .remote = relay};
	observe(watch, &established);
	assert_int_equal(observe_ready(watch, &change), 1);
	assert_int_equal(change.flow->id, 11);
	assert_string_equal(change.flow->dialogue->helo, "renamed.example");
	assert_true(model_rename_wire(watch->model, wire, &local, &relay));
	assert_null(model_next_unclaimed(watch->model, NULL, 2 * SECOND));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_unclaimed),       TEST(test_expected_is_not_unclaimed), TEST(test_alias),
		TEST(test_wire_comes_late), TEST(test_alias_comes_late),          TEST(test_claimed_for_process),
		TEST(test_renamed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wire_claims", tests, NULL, NULL);
}
