// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/smarthosts.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define REFRESH (300 * SECOND)
#define KEEP (86400 * SECOND)
#define START (1000 * SECOND)

static int set_up(void **state)
{
	log_set_level(LOG_LEVEL_ERROR);
	*state = smarthosts_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	smarthosts_free(*state);
	return 0;
}

/* Up to three patterns; NULL: no more. */
static void configure(struct smarthosts *smarthosts, const char *first, const char *second, const char *third)
{
	const char *given[] = {first, second, third};
	char texts[ARRAY_SIZE(given)][DNS_NAME_SIZE];
	char *patterns[ARRAY_SIZE(given)];
	struct smarthosts_options options = {.patterns = patterns, .refresh_ns = REFRESH, .keep_ns = KEEP};

	for (size_t i = 0; i < ARRAY_SIZE(given) && given[i]; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s", given[i]);
		patterns[i] = texts[i];
		options.count++;
	}
	assert_int_equal(smarthosts_set(smarthosts, &options), 0);
}

static struct address address_at(const char *text)
{
	return endpoint_at(text, 0).address;
}

static bool has(const struct smarthosts *smarthosts, const char *address)
{
	struct address wanted = address_at(address);

	return smarthosts_have(smarthosts, &wanted);
}

/* The name that is to be asked for now, or "". */
static const char *asked(struct smarthosts *smarthosts, uint64_t time_ns)
{
	static struct smarthost_question question;

	return smarthosts_next_question(smarthosts, time_ns, &question) ? question.name : "";
}

static void refuse(struct smarthosts *smarthosts, const char *name, enum smarthost_result result, uint64_t time_ns)
{
	struct smarthost_answer answer = {.result = result, .reason = "a reason"};

	snprintf(answer.name, sizeof(answer.name), "%s", name);
	smarthosts_take_answer(smarthosts, &answer, time_ns);
}

/* Up to two addresses. */
static void answer(struct smarthosts *smarthosts, const char *name, const char *first, const char *second,
		   uint64_t time_ns)
{
	struct smarthost_answer answer = {.result = SMARTHOST_ANSWERED};

	snprintf(answer.name, sizeof(answer.name), "%s", name);
	if (first)
		answer.addresses[answer.count++] = address_at(first);
	if (second)
		answer.addresses[answer.count++] = address_at(second);
	smarthosts_take_answer(smarthosts, &answer, time_ns);
}

/* Asks and answers. */
static void resolve(struct smarthosts *smarthosts, const char *name, const char *first, const char *second,
		    uint64_t time_ns)
{
	assert_string_equal(asked(smarthosts, time_ns), name);
	answer(smarthosts, name, first, second, time_ns);
}

static void see_address(struct smarthosts *smarthosts, const char *owner, const char *address, uint64_t time_ns)
{
	const struct name_event event = {.kind = NAME_ADDRESS, .owner = owner, .address = address_at(address)};

	smarthosts_take_name(smarthosts, &event, time_ns);
}

static void see_alias(struct smarthosts *smarthosts, const char *owner, const char *target, uint64_t time_ns)
{
	const struct name_event event = {.kind = NAME_ALIAS, .owner = owner, .target = target};

	smarthosts_take_name(smarthosts, &event, time_ns);
}

static void test_nothing(void **state)
{
	struct smarthosts *smarthosts = *state;

	assert_false(smarthosts_has_names(smarthosts));
	see_address(smarthosts, "relay.example", "203.0.113.1", START);
	smarthosts_ask(smarthosts, START);
	assert_false(smarthosts_are_asked(smarthosts));
	assert_string_equal(asked(smarthosts, START), "");
	smarthosts_tick(smarthosts, START);
	assert_false(smarthosts_have_changed(smarthosts));
}

static void test_answers(void **state)
{
	struct smarthosts *smarthosts = *state;
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();
	struct address second = address_at("2001:db8::25");

	configure(smarthosts, "relay.example", "other.example", NULL);
	assert_true(smarthosts_has_names(smarthosts));
	assert_true(smarthosts_are_asked(smarthosts));
	resolve(smarthosts, "relay.example", "203.0.113.1", "2001:db8::25", START);
	assert_true(smarthosts_are_asked(smarthosts));
	assert_string_equal(asked(smarthosts, START), "other.example");
	assert_string_equal(asked(smarthosts, START), ""); /* both are under way or answered */
	assert_true(smarthosts_are_asked(smarthosts));
	answer(smarthosts, "other.example", NULL, NULL, START);
	assert_false(smarthosts_are_asked(smarthosts));
	assert_true(smarthosts_have_changed(smarthosts));
	assert_false(smarthosts_have_changed(smarthosts));
	assert_true(has(smarthosts, "203.0.113.1"));
	assert_false(has(smarthosts, "203.0.113.2"));
	assert_int_equal(smarthosts_add_scopes(smarthosts, scopes), 0);
	assert_int_equal(scopes_classify(scopes, &second), SW_SCOPE_SMARTHOST);
	answer(smarthosts, "nobody.example", "203.0.113.2", NULL, START);
	assert_false(has(smarthosts, "203.0.113.2"));
}

static void test_refresh(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	assert_string_equal(asked(smarthosts, START + REFRESH - 1), "");
	assert_string_equal(asked(smarthosts, START + REFRESH), "relay.example");
	assert_string_equal(asked(smarthosts, START + 9 * REFRESH),
			    ""); /* while a question is under way there is no other */
}

static void test_kept_for_a_while(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", "203.0.113.2", START);
	resolve(smarthosts, "relay.example", "203.0.113.2", NULL, START + REFRESH);
	smarthosts_have_changed(smarthosts);
	smarthosts_tick(smarthosts, START + KEEP - 1);
	assert_true(has(smarthosts, "203.0.113.1"));
	assert_false(smarthosts_have_changed(smarthosts));
	smarthosts_tick(smarthosts, START + KEEP);
	assert_false(has(smarthosts, "203.0.113.1"));
	assert_true(has(smarthosts, "203.0.113.2"));
	assert_true(smarthosts_have_changed(smarthosts));
}

static void test_failure_takes_nothing_away(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	assert_string_equal(asked(smarthosts, START + REFRESH), "relay.example");
	refuse(smarthosts, "relay.example", SMARTHOST_FAILED, START + REFRESH);
	smarthosts_tick(smarthosts, START + 9 * KEEP);
	assert_true(has(smarthosts, "203.0.113.1"));
	assert_false(smarthosts_are_asked(smarthosts)); /* nobody waits for a resolver that is dead */
	assert_string_equal(asked(smarthosts, START + REFRESH + 10 * SECOND - 1), "");
	assert_string_equal(asked(smarthosts, START + REFRESH + 10 * SECOND), "relay.example");
}

static void test_no_such_name_is_an_answer(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	assert_string_equal(asked(smarthosts, START + REFRESH), "relay.example");
	refuse(smarthosts, "relay.example", SMARTHOST_NO_NAME, START + REFRESH);
	assert_true(has(smarthosts, "203.0.113.1"));
	smarthosts_tick(smarthosts, START + KEEP);
	assert_false(has(smarthosts, "203.0.113.1"));
}

/* What the wire says is a reason to ask, and no more. */
static void test_forged_answer(void **state)
{
	struct smarthosts *smarthosts = *state;
	uint64_t now_ns = START + SECOND;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	see_address(smarthosts, "relay.example", "203.0.113.1", now_ns);
	assert_false(smarthosts_are_asked(smarthosts)); /* known */
	see_address(smarthosts, "relay.example", "198.51.100.66", now_ns);
	assert_true(smarthosts_are_asked(smarthosts));
	assert_false(has(smarthosts, "198.51.100.66"));
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, now_ns);
	assert_false(smarthosts_are_asked(smarthosts));
	assert_false(has(smarthosts, "198.51.100.66"));
	see_address(smarthosts, "relay.example.evil.example", "198.51.100.66", now_ns);
	see_address(smarthosts, "x.relay.example", "198.51.100.66", now_ns);
	assert_false(smarthosts_are_asked(smarthosts));
}

/* The wire shows the daemon's own answer first: that is no reason to ask once more. */
static void test_own_answer_on_the_wire(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", NULL, NULL);
	assert_string_equal(asked(smarthosts, START), "relay.example");
	see_address(smarthosts, "relay.example", "203.0.113.1", START);
	answer(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	assert_false(smarthosts_are_asked(smarthosts));
	assert_string_equal(asked(smarthosts, START + SECOND), "");
	see_address(smarthosts, "relay.example", "203.0.113.2", START + SECOND);
	assert_string_equal(asked(smarthosts, START + SECOND), "relay.example");
	see_address(smarthosts, "relay.example", "203.0.113.3",
		    START + SECOND); /* somebody else's, of which it has none */
	answer(smarthosts, "relay.example", "203.0.113.2", NULL, START + SECOND);
	assert_true(smarthosts_are_asked(smarthosts));
	assert_string_equal(asked(smarthosts, START + 2 * SECOND), "relay.example");
}

static void test_not_more_than_twice_a_second(void **state)
{
	struct smarthosts *smarthosts = *state;
	unsigned int questions = 0;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	for (uint64_t now_ns = START + SECOND; now_ns < START + 11 * SECOND; now_ns += SECOND / 100) {
		see_address(smarthosts, "relay.example", "198.51.100.66", now_ns);
		if (*asked(smarthosts, now_ns)) {
			questions++;
			answer(smarthosts, "relay.example", "203.0.113.1", NULL, now_ns);
		}
	}
	assert_int_equal(questions, 20);
}

static void test_alias(void **state)
{
	struct smarthosts *smarthosts = *state;
	uint64_t now_ns = START + SECOND;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	see_alias(smarthosts, "relay.example", "eu.cloud.example", now_ns);
	see_alias(smarthosts, "eu.cloud.example", "n7.cloud.example", now_ns);
	see_address(smarthosts, "eu.cloud.example", "203.0.113.9", now_ns);
	see_address(smarthosts, "n7.cloud.example", "203.0.113.1", now_ns);
	assert_false(smarthosts_are_asked(smarthosts));
	see_address(smarthosts, "n7.cloud.example", "203.0.113.7", now_ns);
	assert_true(smarthosts_are_asked(smarthosts));
	resolve(smarthosts, "relay.example", "203.0.113.7", NULL, now_ns);
	assert_true(has(smarthosts, "203.0.113.7"));
	assert_true(has(smarthosts, "203.0.113.1"));
}

/* Somebody connects, and the wire was not heard. */
static void test_ask(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	smarthosts_ask(smarthosts, START + 10 * SECOND - 1);
	assert_false(smarthosts_are_asked(smarthosts));
	smarthosts_ask(smarthosts, START + 10 * SECOND);
	assert_true(smarthosts_are_asked(smarthosts));
	resolve(smarthosts, "relay.example", "203.0.113.2", NULL, START + 10 * SECOND);
	assert_true(has(smarthosts, "203.0.113.2"));
}

static void test_wildcard(void **state)
{
	struct smarthosts *smarthosts = *state;
	struct smarthost_question question;

	configure(smarthosts, "*.pool.example", NULL, NULL);
	assert_true(smarthosts_has_names(smarthosts));
	assert_false(smarthosts_are_asked(smarthosts));
	assert_string_equal(asked(smarthosts, START), "");
	see_address(smarthosts, "pool.example", "203.0.113.1", START);
	see_address(smarthosts, "bad\033name.pool.example", "203.0.113.1", START);
	assert_false(smarthosts_are_asked(smarthosts));
	see_address(smarthosts, "m1.pool.example", "203.0.113.1", START);
	assert_false(has(smarthosts, "203.0.113.1"));
	assert_true(smarthosts_next_question(smarthosts, START, &question));
	assert_string_equal(question.name, "m1.pool.example");
	assert_true(question.is_seen);
	answer(smarthosts, "m1.pool.example", "203.0.113.1", NULL, START);
	assert_true(has(smarthosts, "203.0.113.1"));
	see_alias(smarthosts, "m2.pool.example", "m2.cloud.example", START); /* a name may have nothing but an alias */
	assert_string_equal(asked(smarthosts, START), "m2.pool.example");
	smarthosts_have_changed(smarthosts);
	smarthosts_tick(smarthosts, START + KEEP); /* nobody asks for it any more */
	assert_false(has(smarthosts, "203.0.113.1"));
	assert_true(smarthosts_have_changed(smarthosts));
	assert_string_equal(asked(smarthosts, START + 2 * KEEP), "");
}

static void name_number(char name[DNS_NAME_SIZE], unsigned int number)
{
	snprintf(name, DNS_NAME_SIZE, "m%u.pool.example", number);
}

/* Names that nobody answers for push out each other, not one that has an address. */
static void test_seen_names_are_bounded(void **state)
{
	struct smarthosts *smarthosts = *state;
	char name[DNS_NAME_SIZE];

	configure(smarthosts, "*.pool.example", "relay.example", NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	see_address(smarthosts, "honest.pool.example", "203.0.113.2", START);
	resolve(smarthosts, "honest.pool.example", "203.0.113.2", NULL, START);
	for (unsigned int i = 0; i < 3 * SMARTHOSTS_SEEN_MAX; i++) {
		name_number(name, i);
		see_address(smarthosts, name, "198.51.100.66", START + i + 1);
	}
	assert_int_equal(smarthosts_totals(smarthosts).forgotten, 2 * SMARTHOSTS_SEEN_MAX + 1);
	assert_true(has(smarthosts, "203.0.113.1"));
	assert_true(has(smarthosts, "203.0.113.2"));
	for (unsigned int i = 0; i < SMARTHOSTS_SEEN_MAX - 1; i++)
		assert_string_not_equal(asked(smarthosts, START + SECOND), "");
	assert_string_equal(asked(smarthosts, START + SECOND), "");
}

/* Of names that all have an address the quietest leaves. */
static void test_quietest_leaves(void **state)
{
	struct smarthosts *smarthosts = *state;
	char name[DNS_NAME_SIZE];
	char address[32];

	configure(smarthosts, "*.pool.example", NULL, NULL);
	for (unsigned int i = 0; i <= SMARTHOSTS_SEEN_MAX; i++) {
		name_number(name, i);
		snprintf(address, sizeof(address), "203.0.%u.%u", 100 + i / 256, i % 256);
		see_address(smarthosts, name, address, START + i);
		if (i == SMARTHOSTS_SEEN_MAX - 1)
			see_address(smarthosts, "m0.pool.example", "203.0.100.0", START + i);
		resolve(smarthosts, name, address, NULL, START + i);
	}
	assert_true(has(smarthosts, "203.0.100.0"));
	assert_false(has(smarthosts, "203.0.100.1"));
	assert_true(has(smarthosts, "203.0.100.2"));
	assert_int_equal(smarthosts_totals(smarthosts).forgotten, 1);
}

static void test_addresses_are_bounded(void **state)
{
	struct smarthosts *smarthosts = *state;
	char address[32];

	configure(smarthosts, "relay.example", NULL, NULL);
	for (unsigned int i = 0; i <= SMARTHOST_ADDRESSES_MAX; i++) {
		snprintf(address, sizeof(address), "203.0.113.%u", i);
		answer(smarthosts, "relay.example", address, NULL, START + i);
	}
	assert_false(has(smarthosts, "203.0.113.0"));
	for (unsigned int i = 1; i <= SMARTHOST_ADDRESSES_MAX; i++) {
		snprintf(address, sizeof(address), "203.0.113.%u", i);
		assert_true(has(smarthosts, address));
	}
}

static void test_reload(void **state)
{
	struct smarthosts *smarthosts = *state;

	configure(smarthosts, "relay.example", "gone.example", "*.pool.example");
	resolve(smarthosts, "relay.example", "203.0.113.1", NULL, START);
	resolve(smarthosts, "gone.example", "203.0.113.2", NULL, START);
	see_address(smarthosts, "m1.pool.example", "203.0.113.3", START);
	resolve(smarthosts, "m1.pool.example", "203.0.113.3", NULL, START);
	see_address(smarthosts, "m2.pool.example", "203.0.113.4", START);
	resolve(smarthosts, "m2.pool.example", "203.0.113.4", NULL, START);
	smarthosts_have_changed(smarthosts);
	configure(smarthosts, "relay.example", "m1.pool.example", "new.example");
	assert_true(smarthosts_have_changed(smarthosts));
	assert_true(has(smarthosts, "203.0.113.1"));
	assert_false(has(smarthosts, "203.0.113.2"));
	assert_true(has(smarthosts, "203.0.113.3"));
	assert_false(has(smarthosts, "203.0.113.4"));
	assert_string_equal(asked(smarthosts, START + SECOND), "new.example");
	assert_string_equal(asked(smarthosts, START + SECOND), "relay.example"); /* a reload asks anew */
	assert_string_equal(asked(smarthosts, START + SECOND), "m1.pool.example");
	configure(smarthosts, NULL, NULL, NULL);
	assert_false(smarthosts_has_names(smarthosts));
	assert_false(has(smarthosts, "203.0.113.1"));
	answer(smarthosts, "new.example", "203.0.113.5", NULL, START + SECOND); /* that was still under way */
	assert_false(has(smarthosts, "203.0.113.5"));
}

static void test_room_for_scopes(void **state)
{
	struct smarthosts *smarthosts = *state;
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();
	int error = 0;

	for (uint32_t i = 0; !error; i++) {
		struct prefix prefix = {.length = 128};
		memcpy(&prefix.address.bytes[12], &i, sizeof(i));
		prefix.address.bytes[0] = 0x20;
		error = scopes_add(scopes, &prefix, SW_SCOPE_SMARTHOST);
	}
	configure(smarthosts, "relay.example", NULL, NULL);
	resolve(smarthosts, "relay.example", "203.0.113.1", "203.0.113.2", START);
	assert_int_equal(smarthosts_add_scopes(smarthosts, scopes), 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refresh, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept_for_a_while, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failure_takes_nothing_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_such_name_is_an_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forged_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_answer_on_the_wire, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_more_than_twice_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_alias, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ask, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wildcard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_seen_names_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_quietest_leaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_addresses_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reload, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_room_for_scopes, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smarthosts", tests, NULL, NULL);
}
