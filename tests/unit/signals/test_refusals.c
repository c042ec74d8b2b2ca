// SPDX-License-Identifier: GPL-2.0-only
#include "signals/refusals.h"

#include "support/host_time.h"
#include "support/observations.h"
#include "support/test.h"

#include <stdlib.h>
#include <time.h>

#define WINDOW (24 * HOUR)

static struct refusals *refusals;

static int set_up(void **state)
{
	(void)state;
	refusals = refusals_new(WINDOW);
	return refusals ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	refusals_free(refusals);
	return 0;
}

static struct refusals_sum add(uint64_t age_ns, enum reply_class class, const char *receiver, const char *text)
{
	const struct dialogue_event event = {
		.kind = DIALOGUE_REPLY, .class = class, .receiver = receiver, .text = text};
	const struct observation observation = {
		.kind = OBSERVATION_DIALOGUE,
		.dialogue = &event,
		.time_ns = START + age_ns,
		.wall_ns = START_WALL + age_ns,
	};
	const struct flow flow = {.remote = endpoint_at("203.0.113.25", 25)};

	const struct model_change change = {.flow = (struct flow *)(uintptr_t)&flow};
	const struct sighting sighting = {.observation = &observation, .change = &change};

	refusals_add(refusals, &sighting);
	return refusals_sum(refusals);
}

static void test_window(void **state)
{
	(void)state;
	struct refusals_sum sum = add(0, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_int_equal(sum.receivers, 1);
	assert_string_equal(sum.first_receiver, "gmail");
	assert_int_equal(sum.first_wall_ns, START_WALL);
	sum = add(HOUR, REPLY_CLASS_BLOCK, "yahoo", "x");
	assert_int_equal(sum.receivers, 2);
	assert_string_equal(sum.first_receiver, "gmail");
	/* gmail was quiet for the whole window. */
	sum = add(WINDOW, REPLY_CLASS_BLOCK, "gmx", "x");
	assert_int_equal(sum.receivers, 2);
	assert_string_equal(sum.first_receiver, "yahoo");
	assert_int_equal(sum.first_wall_ns, START_WALL + HOUR);
	/* yahoo is heard of again in time, and so stays since when it began. */
	add(WINDOW + HOUR - 1, REPLY_CLASS_BLOCK, "yahoo", "x");
	sum = add(2 * WINDOW + HOUR - 2, REPLY_CLASS_BLOCK, "yahoo", "x");
	assert_int_equal(sum.receivers, 1);
	assert_int_equal(sum.first_wall_ns, START_WALL + HOUR);
	sum = add(9 * WINDOW, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_int_equal(sum.receivers, 1);
	assert_string_equal(sum.first_receiver, "gmail");
	assert_int_equal(sum.first_wall_ns, START_WALL + 9 * WINDOW);
}

static void test_more_receivers_than_room(void **state)
{
	char name[32];
	struct refusals_sum sum = {.receivers = 0};

	(void)state;
	for (unsigned int i = 0; i < REFUSALS_RECEIVERS_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		sum = add(i, REPLY_CLASS_BLOCK, name, "x");
		assert_int_equal(sum.receivers, i + 1);
		assert_false(sum.capped);
	}
	sum = add(SECOND, REPLY_CLASS_BLOCK, "r7", "x");
	assert_false(sum.capped);
	sum = add(2 * SECOND, REPLY_CLASS_BLOCK, "other", "x");
	assert_int_equal(sum.receivers, REFUSALS_RECEIVERS_MAX);
	assert_true(sum.capped);
	assert_string_equal(sum.first_receiver, "r0");
	sum = add(WINDOW + SECOND, REPLY_CLASS_BLOCK, "r8", "x");
	assert_int_equal(sum.receivers, 1);
	assert_true(sum.capped);
	sum = add(WINDOW + 2 * SECOND, REPLY_CLASS_BLOCK, "r8", "x");
	assert_false(sum.capped);
}

static void assert_cause(const struct refusals_sum *sum, enum reply_class class, const char *list)
{
	assert_int_equal(sum->cause, class);
	assert_string_equal(sum->list, list);
}

static void test_cause(void **state)
{
	(void)state;
	struct refusals_sum sum = add(0, REPLY_CLASS_BLOCK, "gmail", "spamhaus");
	assert_cause(&sum, REPLY_CLASS_BLOCK, "");
	sum = add(1, REPLY_CLASS_DNSBL, "comcast", "BL000001");
	assert_cause(&sum, REPLY_CLASS_DNSBL, "");
	sum = add(1, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_cause(&sum, REPLY_CLASS_DNSBL, "");
	sum = add(2, REPLY_CLASS_DNSBL, "microsoft365", "blocked using SpamHaus.");
	assert_cause(&sum, REPLY_CLASS_DNSBL, "Spamhaus");
	sum = add(3, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_cause(&sum, REPLY_CLASS_DNSBL, "Spamhaus");
	sum = add(4, REPLY_CLASS_DNSBL, "comcast", "BL000001");
	assert_cause(&sum, REPLY_CLASS_DNSBL, "Spamhaus");
	sum = add(5, REPLY_CLASS_DNSBL, "postfix", "blocked using bl.spamcop.net");
	assert_cause(&sum, REPLY_CLASS_DNSBL, "SpamCop");
	sum = add(5 + WINDOW, REPLY_CLASS_BLOCK, "gmail", "x");
	assert_cause(&sum, REPLY_CLASS_BLOCK, "");
}

static void test_names_of_lists(void **state)
{
	static const struct {
		const char *receiver;
		const char *text;
		const char *list;
	} cases[] = {
		{"postfix", "Client host [203.0.113.5] blocked using zen.spamhaus.org; x", "Spamhaus"},
		{"spamhaus", "listed", "Spamhaus"},
		{"barracuda", "listed", "Barracuda"},
		{"barracuda", "blocked using zen.spamhaus.org", "Spamhaus"},
		{"postfix", "Blocked Using bl.Example.org; see", "bl.Example.org"},
		{"postfix", "blocked using bl.example.org.", "bl.example.org"},
		{"postfix", "blocked using ours", ""},
		{"postfix", "blocked using ", ""},
		{"postfix", "blocked using \x1b[2J.x", ""},
		{"postfix", "blocked using a-list-with-a-long-name.example.org", "a-list-with-a-long-name"},
		{"postfix", NULL, ""},
		{NULL, NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct refusals_sum sum =
			add(i * 2 * WINDOW, REPLY_CLASS_DNSBL, cases[i].receiver, cases[i].text);
		assert_cause(&sum, REPLY_CLASS_DNSBL, cases[i].list);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_window),
		TEST(test_more_receivers_than_room),
		TEST(test_cause),
		TEST(test_names_of_lists),

	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
