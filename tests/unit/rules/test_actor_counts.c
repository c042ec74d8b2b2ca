// SPDX-License-Identifier: GPL-2.0-only
#include "rules/actor_counts.h"

#include "support/observations.h"

static const char rule[] = "a-rule";
static const char other_rule[] = "another-rule";

static void test_keys(void **state)
{
	_cleanup_(cleanup_actor_counts_free) struct actor_counts *counts = actor_counts_new();
	struct actor actor = {.identity = identity_of(1, 33, 7)};
	struct actor same = {.identity = identity_of(2, 33, 7)}; /* another process of the program */
	struct actor program = {.identity = identity_of(1, 33, 8)};
	struct actor user = {.identity = identity_of(1, 34, 7)};

	(void)state;
	assert_non_null(counts);
	const struct actor_count *count = actor_counts_take(counts, rule, &actor, "/a");
	assert_non_null(count);
	assert_ptr_equal(actor_counts_take(counts, rule, &same, "/a"), count);
	assert_ptr_not_equal(actor_counts_take(counts, rule, &actor, "/b"), count);
	assert_ptr_not_equal(actor_counts_take(counts, rule, &actor, NULL), count);
	assert_ptr_not_equal(actor_counts_take(counts, other_rule, &actor, "/a"), count);
	assert_ptr_not_equal(actor_counts_take(counts, rule, &program, "/a"), count);
	assert_ptr_not_equal(actor_counts_take(counts, rule, &user, "/a"), count);
}

static void test_sources(void **state)
{
	_cleanup_(cleanup_actor_counts_free) struct actor_counts *counts = actor_counts_new();
	struct actor guest = {.origin = ACTOR_ORIGIN_FORWARDED};
	struct actor other = {.origin = ACTOR_ORIGIN_FORWARDED};

	(void)state;
	assert_non_null(counts);
	guest.source.address = endpoint_at("192.168.122.5", 0).address;
	other.source.address = endpoint_at("192.168.122.6", 0).address;
	const struct actor_count *count = actor_counts_take(counts, rule, &guest, NULL);
	assert_ptr_not_equal(actor_counts_take(counts, rule, &other, NULL), count);
	assert_ptr_equal(actor_counts_take(counts, rule, &guest, NULL), count);
}

/* The one that was quiet longest goes. */
static void test_full(void **state)
{
	_cleanup_(cleanup_actor_counts_free) struct actor_counts *counts = actor_counts_new();
	struct actor actor = {.identity = identity_of(1, 33, 7)};
	char longer[4 * SW_SCRIPT_PATH_SIZE];

	(void)state;
	assert_non_null(counts);
	for (unsigned int i = 0; i < ACTOR_COUNTERS_MAX; i++) {
		actor.identity.key.uid = i;
		actor_counts_take(counts, rule, &actor, NULL)->names.count = 1;
	}
	assert_int_equal(actor_counts_forgotten(counts), 0);
	actor.identity.key.uid = 0;
	assert_int_equal(actor_counts_take(counts, rule, &actor, NULL)->names.count, 1);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(actor_counts_take(counts, rule, &actor, longer)->names.count, 0);
	assert_int_equal(actor_counts_forgotten(counts), 1);
	assert_int_equal(actor_counts_take(counts, rule, &actor, NULL)->names.count, 1);
	actor.identity.key.uid = 1;
	assert_int_equal(actor_counts_take(counts, rule, &actor, NULL)->names.count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_full),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("actor_counts", tests, NULL, NULL);
}
