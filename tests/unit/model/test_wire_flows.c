// SPDX-License-Identifier: GPL-2.0-only
#include "wire_watch.h"

static void test_kernel_first(void **state)
{
	struct watch *watch = *state;

	capture(watch);
	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	assert_null(open_wire(watch, 1).flow);
	struct model_change change = helo(watch, 1, "shop42.example");
	assert_int_equal(change.flow->id, 11);
	assert_int_equal(change.flow->wire_id, 1);
	assert_int_equal(change.actor->identity.key.pid, 4121);
	assert_string_equal(change.flow->dialogue->helo, "shop42.example");
	assert_false(change.flow->dialogue->from_middle);
	assert_false(change.flow_began || change.flow_ended || change.actor_is_new);
}

/* An answer of DNS: external() has this name. */
static void name_external(struct watch *watch, const char *name)
{
	const struct name_event event = {
		.kind = NAME_ADDRESS, .owner = name, .ttl = 300, .address = external().address};
	const struct observation observation = {.kind = OBSERVATION_NAME, .time_ns = 5, .name = &event};

	observe(watch, &observation);
}

/* The answer is on the wire before the SYN, but the kernel's record can be read before either. */
static void test_name_comes_after_the_attempt(void **state)
{
	struct watch *watch = *state;
	struct model_change change;

	capture(watch);
	name_external(watch, "earlier.example");
	assert_string_equal(attempt_from(watch, 11).flow->domain, "earlier.example");
	name_external(watch, "mx.example");
	open_wire(watch, 1);
	name_external(watch, "later.example");
	change = establish(watch, 11, 40001);
	assert_string_equal(change.flow->domain, "mx.example");
	attempt_from(watch, 12);
	establish(watch, 12, 40002);
	open_wire(watch, 2);
	assert_string_equal(helo(watch, 2, "shop42.example").flow->domain, "later.example");
}

/* Of what began before the capture nobody knows what was looked up. */
static void test_name_of_what_was_open_before(void **state)
{
	struct watch *watch = *state;

	capture(watch);
	name_external(watch, "mx.example");
	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	name_external(watch, "later.example");
	say(watch, 1, (struct dialogue_event){.kind = DIALOGUE_OPENED});
	assert_string_equal(helo(watch, 1, "shop42.example").flow->domain, "mx.example");
}

static void test_greeting_by_address(void **state)
{
	struct watch *watch = *state;
	const struct name_event answer = {
		.kind = NAME_ADDRESS, .owner = "shop42.example", .ttl = 300, .address = client(0).address};
	const struct observation observation = {.kind = OBSERVATION_NAME, .time_ns = 1, .name = &answer};

	capture(watch);
	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	open_wire(watch, 1);
	assert_false(helo(watch, 1, "shop42.example").greets_by_address);
	observe(watch, &observation);
	assert_true(helo(watch, 1, "Shop42.example").greets_by_address);
	assert_false(helo(watch, 1, "other.example").greets_by_address);
}

static void test_wire_first_waits(void **state)
{
	struct watch *watch = *state;
	struct model_change change = {0};

	capture(watch);
	attempt_from(watch, 11);
	open_wire(watch, 1);
	assert_null(helo(watch, 1, "early.example").flow);
	assert_int_equal(observe_ready(watch, &change), 0);
	establish(watch, 11, 40001);
	assert_int_equal(observe_ready(watch, &change), 1);
	assert_int_equal(change.flow->id, 11);
	assert_string_equal(change.flow->dialogue->helo, "early.example");
	assert_int_equal(observe_ready(watch, &change), 0);
}

static void test_other_connection_is_not_joined(void **state)
{
	struct watch *watch = *state;
	struct model_change change = {0};

	capture(watch);
	attempt_from(watch, 11);
	establish(watch, 11, 40009);
	open_wire(watch, 1);
	assert_null(helo(watch, 1, "else.example").flow);
	assert_int_equal(observe_ready(watch, &change), 0);
}

static void test_end_waits_for_wire(void **state)
{
	struct watch *watch = *state;

	capture(watch);
	attempt_from(watch, 11);
	open_wire(watch, 1);
	establish(watch, 11, 40001);
	assert_false(end_at(watch, 11, 40001, 7).flow_ended);
	struct model_change change = end_wire(watch, 1);
	assert_true(change.flow_ended);
	assert_int_equal(change.flow->bytes_sent, 1234); /* the kernel's word */
	model_settle(watch->model, &change);
	assert_int_equal(model_flow_count(watch->model), 0);
	assert_false(model_next_overdue(watch->model, 10 * SECOND, &change));
}

static void test_end_waits_no_longer_than_a_second(void **state)
{
	struct watch *watch = *state;
	struct model_change change;

	capture(watch);
	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	assert_false(end_at(watch, 11, 40001, 7).flow_ended);
	assert_false(model_next_overdue(watch->model, SECOND, &change));
	assert_true(model_next_overdue(watch->model, SECOND + 7, &change));
	assert_true(change.flow_ended);
	assert_int_equal(change.flow->id, 11);
	assert_int_equal(change.actor->identity.key.pid, 4121);
	model_settle(watch->model, &change);
	assert_false(model_next_overdue(watch->model, SECOND + 7, &change));
}

static void test_end_does_not_wait(void **state)
{
	struct watch *watch = *state;

	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	assert_true(end_at(watch, 11, 40001, 7).flow_ended); /* nobody captures */

	capture(watch);
	attempt_from(watch, 12);
	assert_true(end_at(watch, 12, 40002, 7).flow_ended); /* never answered: nothing was said */

	attempt_from(watch, 13);
	establish(watch, 13, 40003);
	open_wire(watch, 3);
	end_wire(watch, 3);
	assert_true(end_at(watch, 13, 40003, 7).flow_ended); /* the wire has said all */
}

static void test_actor_outlives_its_last_words(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(4121, 1042, 7);

	capture(watch);
	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	open_wire(watch, 1);
	gone(watch, &identity);
	assert_non_null(helo(watch, 1, "late.example").actor);
	model_tick(watch->model, 10 * SECOND);
	assert_null(helo(watch, 1, "later.example").actor);
}

static void test_replay(void **state)
{
	struct watch *watch = *state;
	const struct model_wire_options options = {.is_all = true};

	model_set_wire_options(watch->model, &options);
	struct model_change change = open_wire(watch, 1);
	assert_true(change.flow_began && change.actor_is_new);
	assert_int_equal(change.actor->origin, ACTOR_ORIGIN_WIRE);
	const struct endpoint source = client(0);
	assert_memory_equal(&change.actor->source.address, &source.address, sizeof(struct address));
	assert_int_equal(change.direct_added, 0);
	change = say(watch, 1, (struct dialogue_event){.kind = DIALOGUE_ANSWERED});
	assert_true(change.flow_established && change.flow->established);
	helo(watch, 1, "recorded.example");
	change = end_wire(watch, 1);
	assert_true(change.flow_ended);
	assert_int_equal(change.flow->outcome, SW_OUTCOME_CLOSED);
	assert_int_equal(change.flow->bytes_sent, 100);
	assert_int_equal(change.flow->bytes_received, 50);
	model_settle(watch->model, &change);
	change = open_wire(watch, 2);
	assert_false(change.actor_is_new); /* one source, one actor */
}

/* Only who was waited for in vain has timed out. */
static void test_outcomes(void **state)
{
	static const struct {
		enum dialogue_ending ending;
		enum sw_outcome outcome;
	} rows[] = {
		{DIALOGUE_ENDING_CLOSED, SW_OUTCOME_CLOSED},   {DIALOGUE_ENDING_RESET, SW_OUTCOME_RESET},
		{DIALOGUE_ENDING_REFUSED, SW_OUTCOME_REFUSED}, {DIALOGUE_ENDING_SILENT, SW_OUTCOME_TIMED_OUT},
		{DIALOGUE_ENDING_UNSEEN, SW_OUTCOME_PENDING},
	};
	const struct model_wire_options options = {.is_all = true};
	struct watch *watch = *state;

	model_set_wire_options(watch->model, &options);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		open_wire(watch, i + 1);
		struct model_change change =
			say(watch, i + 1, (struct dialogue_event){.kind = DIALOGUE_ENDED, .ending = rows[i].ending});
		assert_true(change.flow_ended);
		assert_int_equal(change.flow->outcome, rows[i].outcome);
	}
}

/* A connection that is refused or given up at once has ended before its first packet is read. */
/* The same of one that NAT gave other ends. */
/* Its socket has another port than the wire shows, of which the kernel's side tells nothing: so it counts here. */
/* The wire shows what NAT made of it: the kernel's record has the ends that the socket has. */
static void test_capture_dies(void **state)
{
	struct watch *watch = *state;
	struct model_change change;

	capture(watch);
	attempt_from(watch, 11);
	establish(watch, 11, 40001);
	open_wire(watch, 1);
	helo(watch, 1, "cut.example");
	end_at(watch, 11, 40001, 7);
	model_forget_wires(watch->model);
	assert_true(model_next_overdue(watch->model, 8, &change));
	assert_int_equal(change.flow->id, 11);
	assert_true(change.flow->dialogue->lost);
	model_settle(watch->model, &change);
	assert_false(model_next_overdue(watch->model, 8, &change));
	assert_null(helo(watch, 1, "stranger.example").flow);
	/* What begins after that waits again. */
	attempt_from(watch, 12);
	establish(watch, 12, 40002);
	assert_false(end_at(watch, 12, 40002, 9).flow_ended);
	assert_false(model_next_overdue(watch->model, 10, &change));
}

static void test_too_much_is_said_too_early(void **state)
{
	struct watch *watch = *state;
	struct model_change change = {0};

	capture(watch);
	attempt_from(watch, 11);
	open_wire(watch, 1);
	for (int i = 0; i < 2 * WIRE_EVENTS_HELD; i++)
		helo(watch, 1, "again.example");
	establish(watch, 11, 40001);
	assert_int_equal(observe_ready(watch, &change), WIRE_EVENTS_HELD);
	assert_true(change.flow->dialogue->lost);
	assert_int_equal(change.flow->dialogue->helo_count, WIRE_EVENTS_HELD);
}

static void test_forgotten_flow_leaves_no_trace(void **state)
{
	struct watch *watch = *state;

	capture(watch);
	for (uint64_t i = 1; i <= 4 * FLOWS; i++) {
		attempt_from(watch, i);
		establish(watch, i, (uint16_t)(40000 + i));
		open_wire(watch, i);
		assert_int_equal(helo(watch, i, "busy.example").flow->id, i);
	}
	assert_int_equal(model_flow_count(watch->model), FLOWS);
	assert_null(helo(watch, 1, "gone.example").flow);
}

static void test_off_port(void **state)
{
	struct watch *watch = *state;
	struct model_change change =
		say(watch, 0,
		    (struct dialogue_event){.kind = DIALOGUE_OFF_PORT, .name = "bot.example", .is_extended = true});

	assert_int_equal(change.actor->origin, ACTOR_ORIGIN_WIRE);
	assert_null(change.flow);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_kernel_first),
		TEST(test_name_comes_after_the_attempt),
		TEST(test_name_of_what_was_open_before),
		TEST(test_greeting_by_address),
		TEST(test_wire_first_waits),
		TEST(test_other_connection_is_not_joined),
		TEST(test_end_waits_for_wire),
		TEST(test_end_waits_no_longer_than_a_second),
		TEST(test_end_does_not_wait),
		TEST(test_actor_outlives_its_last_words),
		TEST(test_replay),
		TEST(test_outcomes),
		TEST(test_capture_dies),
		TEST(test_too_much_is_said_too_early),
		TEST(test_forgotten_flow_leaves_no_trace),
		TEST(test_off_port),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wire_flows", tests, NULL, NULL);
}
