// SPDX-License-Identifier: GPL-2.0-only
#include "model/host_names.h"

#include "lib/clock.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define START (1000 * SECOND)
#define CAPACITY 8

#define GMAIL "gmail-smtp-in.l.google.com"
#define MX "203.0.113.25"
#define OTHER "203.0.113.26"

static int set_up(void **state)
{
	*state = host_names_new(CAPACITY);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	host_names_free(*state);
	return 0;
}

static void take_address(struct host_names *names, const char *owner, const char *address, uint32_t ttl,
			 uint64_t time_ns)
{
	const struct name_event event = {
		.kind = NAME_ADDRESS, .owner = owner, .ttl = ttl, .address = endpoint_at(address, 0).address};
	assert_int_equal(host_names_take(names, &event, time_ns), 0);
}

static void take_link(struct host_names *names, enum name_event_kind kind, const char *owner, const char *target,
		      uint16_t preference, uint32_t ttl, uint64_t time_ns)
{
	const struct name_event event = {
		.kind = kind, .owner = owner, .target = target, .preference = preference, .ttl = ttl};
	assert_int_equal(host_names_take(names, &event, time_ns), 0);
}

static void take_alias(struct host_names *names, const char *owner, const char *target)
{
	take_link(names, NAME_ALIAS, owner, target, 0, 300, START);
}

static void take_mx(struct host_names *names, const char *owner, const char *target, uint16_t preference)
{
	take_link(names, NAME_MX, owner, target, preference, 300, START);
}

static void assert_name(struct host_names *names, const char *address, uint64_t time_ns, const char *name,
			const char *mx_domain, uint16_t preference)
{
	struct host_name found;
	const struct address at = endpoint_at(address, 0).address;

	memset(&found, 0x5a, sizeof(found));
	if (!host_names_find(names, &at, time_ns, &found))
		fail_msg("%s has no name", address);
	assert_string_equal(found.name, name);
	assert_string_equal(found.mx_domain, mx_domain);
	assert_int_equal(found.mx_preference, preference);
}

static bool is_named(struct host_names *names, const char *address, uint64_t time_ns)
{
	struct host_name found;
	const struct address at = endpoint_at(address, 0).address;

	return host_names_find(names, &at, time_ns, &found);
}

static bool has(struct host_names *names, const char *name, const char *address, uint64_t time_ns)
{
	const struct address at = endpoint_at(address, 0).address;

	return host_names_has_address(names, name, &at, time_ns);
}

static void test_receiver(void **state)
{
	struct host_names *names = *state;

	assert_false(is_named(names, MX, START));
	take_mx(names, "gmail.com", GMAIL, 5);
	take_mx(names, "gmail.com", "alt1." GMAIL, 10);
	assert_false(is_named(names, MX, START));
	take_address(names, GMAIL, MX, 300, START);
	take_address(names, "alt1." GMAIL, OTHER, 300, START);
	take_address(names, "www.example", "2001:db8::1", 300, START);
	assert_name(names, MX, START, GMAIL, "gmail.com", 5);
	assert_name(names, OTHER, START, "alt1." GMAIL, "gmail.com", 10);
	assert_name(names, "2001:db8::1", START, "www.example", "", 0);
}

/* The domain whose MX was looked up last is the one that mail goes to. */
static void test_shared_exchanger(void **state)
{
	struct host_names *names = *state;

	take_address(names, GMAIL, MX, 300, START);
	take_mx(names, "gmail.com", GMAIL, 5);
	take_mx(names, "shop.example", GMAIL, 1);
	assert_name(names, MX, START, GMAIL, "shop.example", 1);
	take_mx(names, "gmail.com", GMAIL, 5);
	assert_name(names, MX, START, GMAIL, "gmail.com", 5);
}

static void test_aliases(void **state)
{
	struct host_names *names = *state;

	take_alias(names, "a.example", "b.example");
	take_alias(names, "b.example", "c.example");
	take_address(names, "c.example", MX, 300, START);
	assert_name(names, MX, START, "a.example", "", 0);
	take_mx(names, "shop.example", "a.example", 7);
	assert_name(names, MX, START, "a.example", "shop.example", 7);
	assert_true(has(names, "a.example", MX, START));
	assert_true(has(names, "c.example", MX, START));
	assert_false(has(names, "shop.example", MX, START));
}

/* Another alias of the same host does not take the exchanger's name away. */
static void test_exchanger_within_a_chain(void **state)
{
	struct host_names *names = *state;

	take_mx(names, "shop.example", "mx.example", 7);
	take_alias(names, "www.example", "mx.example");
	take_alias(names, "mx.example", "host.example");
	take_address(names, "host.example", MX, 300, START);
	assert_name(names, MX, START, "mx.example", "shop.example", 7);
	take_mx(names, "host.example", "host.example", 9);
	assert_name(names, MX, START, "mx.example", "shop.example", 7);
}

static void test_circles(void **state)
{
	struct host_names *names = *state;
	struct host_name found;
	const struct address at = endpoint_at(MX, 0).address;

	take_alias(names, "a.example", "b.example");
	take_alias(names, "b.example", "a.example");
	take_alias(names, "self.example", "self.example");
	take_address(names, "a.example", MX, 300, START);
	assert_true(host_names_find(names, &at, START, &found));
	assert_true(has(names, "b.example", MX, START));
	assert_false(has(names, "b.example", OTHER, START));
	assert_false(has(names, "self.example", MX, START));
}

static void test_one_address_of_many_names(void **state)
{
	struct host_names *names = *state;

	take_address(names, "first.example", MX, 300, START);
	take_address(names, "second.example", MX, 300, START);
	take_address(names, "first.example", OTHER, 300, START);
	assert_name(names, MX, START, "second.example", "", 0);
	assert_true(has(names, "first.example", MX, START));
	assert_true(has(names, "First.Example.", OTHER, START));
	assert_false(has(names, "second.example", OTHER, START));
	assert_false(has(names, "irst.example", MX, START));
	assert_false(has(names, "", MX, START));
}

static void test_time_to_live(void **state)
{
	static const struct {
		uint32_t ttl;
		uint64_t holds_s;
	} cases[] = {{0, 60}, {59, 60}, {61, 61}, {300, 300}, {86400, 86400}, {86401, 86400}, {UINT32_MAX, 86400}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		struct host_names *names = *state;
		const uint64_t end = START + cases[i].holds_s * SECOND;
		take_address(names, "mx.example", MX, cases[i].ttl, START);
		take_link(names, NAME_MX, "example.com", "mx.example", 5, cases[i].ttl, START + SECOND);
		assert_name(names, MX, end, "mx.example", "example.com", 5);
		assert_true(has(names, "mx.example", MX, end));
		assert_false(is_named(names, MX, end + 1));
		assert_false(has(names, "mx.example", MX, end + 1));
		take_address(names, "mx.example", MX, 86400, end + 1);
		assert_name(names, MX, end + 1, "mx.example", "example.com", 5);
		assert_name(names, MX, end + SECOND + 1, "mx.example", "", 0);
	}
}

static void test_alias_ends(void **state)
{
	struct host_names *names = *state;

	take_alias(names, "a.example", "b.example");
	take_address(names, "b.example", MX, 3600, START);
	assert_name(names, MX, START + 300 * SECOND, "a.example", "", 0);
	assert_name(names, MX, START + 301 * SECOND, "b.example", "", 0);
	assert_false(has(names, "a.example", MX, START + 301 * SECOND));
}

/* What was asked for or answered again stays. */
static void test_full(void **state)
{
	struct host_names *names = *state;
	char name[32];
	char address[ADDRESS_TEXT_SIZE];

	take_mx(names, "shop.example", "mx.example", 7);
	take_address(names, "mx.example", MX, 300, START);
	take_address(names, "quiet.example", OTHER, 300, START);
	for (unsigned int i = 0; i < 10 * CAPACITY; i++) {
		snprintf(name, sizeof(name), "flood%u.example", i);
		snprintf(address, sizeof(address), "198.51.100.%u", i);
		take_mx(names, "shop.example", "mx.example", 7);
		take_mx(names, "flood.example", name, 1);
		take_alias(names, name, "flood.example");
		take_address(names, name, address, 300, START);
		assert_name(names, MX, START, "mx.example", "shop.example", 7);
	}
	assert_false(is_named(names, OTHER, START));
	assert_false(is_named(names, "198.51.100.1", START));
	assert_true(is_named(names, "198.51.100.79", START));
}

/* Names that are no names, and questions, which say nothing. */
static void test_nothing_to_take(void **state)
{
	struct host_names *names = *state;
	char longest[NAME_SIZE + 8];

	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	take_address(names, longest, MX, 300, START);
	take_address(names, "", MX, 300, START);
	take_address(names, ".", MX, 300, START);
	take_link(names, NAME_MX_QUERY, "gmail.com", NULL, 0, 0, START);
	take_mx(names, "gmail.com", longest, 0);
	assert_false(is_named(names, MX, START));
	assert_false(has(names, longest, MX, START));
	longest[NAME_SIZE - 1] = '\0';
	take_address(names, longest, MX, 300, START);
	assert_name(names, MX, START, longest, "", 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_receiver),     TEST(test_shared_exchanger),
		TEST(test_aliases),      TEST(test_exchanger_within_a_chain),
		TEST(test_circles),      TEST(test_one_address_of_many_names),
		TEST(test_time_to_live), TEST(test_alias_ends),
		TEST(test_full),         TEST(test_nothing_to_take),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("host_names", tests, NULL, NULL);
}
