// SPDX-License-Identifier: GPL-2.0-only
#include "lib/nearest.h"

#include "support/test.h"

/* What is meant, of port, ports, window and destination.network. */
static const char *meant(const char *name)
{
	struct nearest nearest = nearest_begin(name);

	nearest_offer(&nearest, "port");
	nearest_offer(&nearest, "ports");
	nearest_offer(&nearest, "window");
	nearest_offer_part(&nearest, "network", "destination.network");
	return nearest.found;
}

static void test_meant(void **state)
{
	static const struct {
		const char *name;
		const char *meant;
	} cases[] = {
		{"port", "port"},     {"prt", "port"},
		{"portss", "ports"},  {"porst", "port"}, /* a letter less, where "ports" has two others */
		{"windwo", "window"}, {"wndw", "window"},
		{"wnd", NULL},        {"netwerk", "destination.network"},
		{"something", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *found = meant(cases[i].name);

		if (!cases[i].meant)
			assert_null(found);
		else
			assert_string_equal(found, cases[i].meant);
	}
}

/* In a long name a third of its letters may be others. */
static void test_long_names(void **state)
{
	struct nearest near = nearest_begin("abcdefghijkl");
	struct nearest far = nearest_begin("abcdefghijkl");

	(void)state;
	nearest_offer(&near, "abcdefghxxxx");
	nearest_offer(&far, "abcdefgxxxxx");
	assert_string_equal(near.found, "abcdefghxxxx");
	assert_null(far.found);
}

static void test_first_of_equals(void **state)
{
	struct nearest nearest = nearest_begin("ab");

	(void)state;
	nearest_offer(&nearest, "ax");
	nearest_offer(&nearest, "xb");
	assert_string_equal(nearest.found, "ax");
	nearest_offer(&nearest, "ab");
	assert_string_equal(nearest.found, "ab");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meant),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_first_of_equals),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
