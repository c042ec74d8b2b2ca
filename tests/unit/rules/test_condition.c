// SPDX-License-Identifier: GPL-2.0-only
/* What fulfils a condition: each operator at its borders, and lists against looking at each of their items. */
#include "rules/condition.h"
#include "rules/rule.h"
#include "rules/rule_reading.h"
#include "rules/text_list.h"

#include <stdlib.h>

#define SEED 20261122
#define ROUNDS 200
#define QUESTIONS 50

/* A rule with this condition. */
static struct rule_set *read_condition(const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), "[x]\nlistens = attempt, end, helo\nseverity = info\n%s\n", line);
	return read_rules(text);
}

static const struct condition *condition_of(const struct rule_set *set)
{
	assert_int_equal(set->rules[0].condition_count, 1);
	return &set->rules[0].conditions[0];
}

static bool fits_number(const char *line, uint64_t number)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_condition(line);
	const union field_value value = {.number = number};

	return condition_fits(condition_of(set), &value);
}

static bool fits_text(const char *line, const char *text)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_condition(line);
	const union field_value value = {.text = text};

	return condition_fits(condition_of(set), &value);
}

static bool fits_address(const char *line, const char *text)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_condition(line);
	struct address address;
	const union field_value value = {.address = &address};

	assert_int_equal(address_parse(text, &address), 0);
	return condition_fits(condition_of(set), &value);
}

static bool fits_nothing(const char *line)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_condition(line);

	return condition_fits(condition_of(set), NULL);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *line;
		uint64_t number;
		bool fits;
	} cases[] = {
		{"port = 25", 24, false},
		{"port = 25", 25, true},
		{"port = 25", 26, false},
		{"port = 025", 25, true},
		{"port = > 25", 25, false},
		{"port = >25", 26, true},
		{"port = >= 25", 24, false},
		{"port = >=25", 25, true},
		{"port = >= 0", 0, true},
		{"port = > 18446744073709551614", UINT64_MAX, true},
		{"port = < 25", 25, false},
		{"port = < 25", 24, true},
		{"port = < 1", 0, true},
		{"port = <= 25", 25, true},
		{"port = <= 25", 26, false},
		{"port = <= 0", 0, true},
		{"port = <= 0", 1, false},
		{"port = 10-20", 9, false},
		{"port = 10-20", 10, true},
		{"port = 10 - 20", 20, true},
		{"port = 10-20", 21, false},
		{"port = 10-10", 10, true},
		{"port = 1, 10-20, > 30", 1, true},
		{"port = 1, 10-20, > 30", 15, true},
		{"port = 1, 10-20, > 30", 30, false},
		{"port = 1, 10-20, > 30", 31, true},
		{"port = not 1, 10-20", 1, false},
		{"port = not 1, 10-20", 15, false},
		{"port = not 1, 10-20", 2, true},
		{"port = 18446744073709551615", UINT64_MAX, true},
		{"duration = 5m", 300, true},
		{"duration = 5m", 299, false},
		{"duration = > 1h", 3600, false},
		{"duration = > 1h", 3601, true},
		{"duration = 90s-2m", 90, true},
		{"duration = 90s-2m", 120, true},
		{"duration = 90s-2m", 121, false},
		{"duration = 0", 0, true},
		{"port = *", 0, true},
		{"port = not *", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (fits_number(cases[i].line, cases[i].number) != cases[i].fits)
			fail_msg("%s of %ju", cases[i].line, (uintmax_t)cases[i].number);
}

/* Words are their places among the field's words. */
static void test_words_and_flags(void **state)
{
	(void)state;
	for (uint64_t i = 0; fields[FIELD_ROLE].words[i]; i++) {
		bool is_mta = strcmp(fields[FIELD_ROLE].words[i], "mta") == 0;
		bool is_listed = is_mta || strcmp(fields[FIELD_ROLE].words[i], "unknown") == 0;

		assert_int_equal(fits_number("role = mta", i), is_mta);
		assert_int_equal(fits_number("role = mta, unknown", i), is_listed);
		assert_int_equal(fits_number("role = not mta, unknown", i), !is_listed);
		assert_true(fits_number("role = *", i));
	}
	assert_false(fits_number("role = unknown", 32));
	assert_false(fits_number("role = unknown", UINT64_MAX));
	assert_true(fits_number("external = yes", 1));
	assert_false(fits_number("external = yes", 0));
	assert_true(fits_number("external = no", 0));
	assert_true(fits_number("external = not yes", 0));
	assert_false(fits_number("external = not yes, no", 0));
	assert_true(fits_number("external = yes, no", 0));
}

static void test_texts(void **state)
{
	static const struct {
		const char *line;
		const char *text;
		bool fits;
	} cases[] = {
		{"script = /tmp/x", "/tmp/x", true},
		{"script = /tmp/x", "/tmp/", false},
		{"script = /tmp/x", "/tmp/xy", false},
		{"script = /tmp/x", "/tmp/X", false},
		{"script = /tmp/*", "/tmp/", true},
		{"script = /tmp/*", "/tmp/x/y", true},
		{"script = /tmp/*", "/tmp", false},
		{"script = /tmp/*", "/tmpx", false},
		{"script = /tmp/*, /var/*, /srv/x", "/var/x", true},
		{"script = /tmp/*, /var/*, /srv/x", "/srv/x", true},
		{"script = /tmp/*, /var/*, /srv/x", "/srv/xy", false},
		{"script = /tmp/*, /tmp/a/*, /tmp/b*", "/tmp/zz", true},
		{"script = not /tmp/*", "/tmp/x", false},
		{"script = not /tmp/*", "/x", true},
		{"script = \"/a, b\", c", "/a, b", true},
		{"script = \"/a, b\", c", "c", true},
		{"script = \"/a, b\", c", "/a", false},
		{"script = \"/a b*\"", "/a bc", true},
		{"script = \"not\"", "not", true},
		{"script = not", "not", true},
		{"script = not, x", "x", true},
		{"script = \"not x\"", "not x", true},
		{"script = \"not x\"", "y", false},
		{"script = nothing", "nothing", true},
		{"script = nothing", "x", false},
		{"script = not , x", "not", true},
		{"script = not not", "not", false},
		{"script = not not", "x", true},
		{"script = \"\"", "", true},
		{"script = \"\"", "x", false},
		{"script = \"a\"\"b\"", "a\"b", true},
		{"script = a b", "a b", true},
		{"script = a b", "a  b", false},
		{"script = \"*\"", "x", true},
		{"script = *", "", true},
		{"script = not *", "x", false},
		{"helo = Mail.Example.ORG.", "mail.example.org", true},
		{"helo = MAIL.*", "mail.example.org", true},
		{"helo = mail.*", "mailer.example.org", false},
		{"user = Bob", "bob", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (fits_text(cases[i].line, cases[i].text) != cases[i].fits)
			fail_msg("%s of %s", cases[i].line, cases[i].text);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *line;
		const char *address;
		bool fits;
	} cases[] = {
		{"destination = 192.0.2.1", "192.0.2.1", true},
		{"destination = 192.0.2.1", "192.0.2.2", false},
		{"destination = 192.0.2.1", "::ffff:192.0.2.1", true},
		{"destination = 192.0.2.0/24", "192.0.1.255", false},
		{"destination = 192.0.2.0/24", "192.0.2.0", true},
		{"destination = 192.0.2.0/24", "192.0.2.255", true},
		{"destination = 192.0.2.0/24", "192.0.3.0", false},
		{"destination = 192.0.2.0/31", "192.0.2.2", false},
		{"destination = 0.0.0.0/0", "255.255.255.255", true},
		{"destination = 0.0.0.0/0", "2001:db8::1", false},
		{"destination = ::/0", "2001:db8::1", true},
		{"destination = ::/0", "192.0.2.1", true},
		{"destination = 192.0.2.0/24, 2001:db8::/32", "2001:db8:ffff::1", true},
		{"destination = 192.0.2.0/24, 2001:db8::/32", "2001:db9::", false},
		{"destination = not 192.0.2.0/24, 198.51.100.1", "198.51.100.1", false},
		{"destination = not 192.0.2.0/24, 198.51.100.1", "198.51.100.2", true},
		{"destination = 10.0.0.0/8, 10.1.0.0/16", "10.2.0.1", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (fits_address(cases[i].line, cases[i].address) != cases[i].fits)
			fail_msg("%s of %s", cases[i].line, cases[i].address);
}

static void test_not_known(void **state)
{
	static const char *const lines[] = {"port = 25",          "port = >= 0",   "script = *",   "script = \"\"",
					    "external = yes, no", "role = *",      "duration = 0", "destination = ::/0",
					    "helo = x",           "port = <= 100", "external = *"};
	static const char *const negated[] = {"port = not 25",      "script = not *", "script = not /tmp/*",
					      "external = not yes", "role = not mta", "destination = not ::/0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_false(fits_nothing(lines[i]));
	for (size_t i = 0; i < ARRAY_SIZE(negated); i++)
		assert_true(fits_nothing(negated[i]));
}

static unsigned int draw(unsigned int below)
{
	return (unsigned int)random() % below;
}

/* Few letters, so that texts meet, and begin alike. */
static void draw_text(char text[24])
{
	size_t length = draw(4) == 0 ? draw(23) : draw(5);

	for (size_t i = 0; i < length; i++)
		text[i] = "ab\xff"[draw(3)];
	text[length] = '\0';
}

struct drawn_texts {
	char texts[64][24];
	bool are_beginnings[64];
	size_t count;
};

static bool has_drawn(const struct drawn_texts *drawn, const char *text)
{
	for (size_t i = 0; i < drawn->count; i++) {
		size_t length = strlen(drawn->texts[i]) + !drawn->are_beginnings[i];

		if (strncmp(drawn->texts[i], text, length) == 0)
			return true;
	}
	return false;
}

static void test_random_texts(void **state)
{
	size_t found = 0;

	(void)state;
	srandom(SEED);
	for (size_t round = 0; round < ROUNDS; round++) {
		_cleanup_(cleanup_text_list_free) struct text_list *list = text_list_new();
		struct drawn_texts drawn = {.count = draw(64)};
		char text[24];

		for (size_t i = 0; i < drawn.count; i++) {
			do
				draw_text(drawn.texts[i]);
			while (drawn.texts[i][0] == '\0');
			drawn.are_beginnings[i] = strlen(drawn.texts[i]) > 2 && draw(3) == 0;
			assert_int_equal(text_list_add(list, drawn.texts[i], drawn.are_beginnings[i]), 0);
		}
		assert_int_equal(text_list_finish(list), 0);
		for (size_t i = 0; i < QUESTIONS; i++) {
			draw_text(text);
			assert_int_equal(text_list_has(list, text), has_drawn(&drawn, text));
			found += has_drawn(&drawn, text);
		}
	}
	/* Both answers were common. */
	assert_in_range(found, ROUNDS * QUESTIONS / 10, ROUNDS * QUESTIONS * 9 / 10);
}

static struct prefix draw_network(void)
{
	static const uint8_t lengths[] = {0, 1, 96, 104, 111, 112, 120, 125, 127, 128};
	const uint8_t ipv4[4] = {(uint8_t)draw(2), (uint8_t)draw(2), (uint8_t)draw(4), (uint8_t)draw(8)};
	struct address address = address_from_ipv4(ipv4);

	if (draw(3) == 0)
		address.bytes[0] = (uint8_t)(draw(2) << 7);
	return prefix_of(&address, lengths[draw(20) == 0 ? draw(4) : 4 + draw(6)]);
}

static void test_random_networks(void **state)
{
	size_t found = 0;

	(void)state;
	srandom(SEED);
	for (size_t round = 0; round < ROUNDS; round++) {
		_cleanup_(cleanup_network_list_free) struct network_list *list = network_list_new();
		struct prefix networks[8];
		size_t count = draw(ARRAY_SIZE(networks) + 1);

		for (size_t i = 0; i < count; i++) {
			networks[i] = draw_network();
			assert_int_equal(network_list_add(list, &networks[i]), 0);
		}
		network_list_finish(list);
		for (size_t i = 0; i < QUESTIONS; i++) {
			struct address address = draw_network().address;
			bool expected = false;

			for (size_t j = 0; j < count; j++)
				expected = expected || prefix_contains(&networks[j], &address);
			assert_int_equal(network_list_has(list, &address), expected);
			found += expected;
		}
	}
	assert_in_range(found, ROUNDS * QUESTIONS / 10, ROUNDS * QUESTIONS * 9 / 10);
}

/* What a question knows already is not read again. */
static void know(struct rule_question *question, enum field_id field, uint64_t number)
{
	question->field_states[field] |= FIELD_IS_READ | FIELD_IS_KNOWN;
	question->values[field].number = number;
}

static bool holds(const struct rule_set *set, uint64_t port, uint64_t duration, bool only)
{
	static struct rule_question question;
	const struct rule *rule = &set->rules[0];

	memset(question.field_states, 0, sizeof(question.field_states));
	know(&question, FIELD_PORT, port);
	know(&question, FIELD_DURATION, duration);
	return conditions_hold(&question, rule->conditions, rule->condition_count, only);
}

static void test_all_have_to_hold(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *both = read_condition("port = 25\nduration = > 9");
	_cleanup_(cleanup_rule_set_free) struct rule_set *one = read_condition("only.duration = > 9\nport = 25");
	_cleanup_(cleanup_rule_set_free) struct rule_set *none = read_rules("[x]\nlistens = end\nseverity = info\n");

	(void)state;
	assert_true(holds(both, 25, 10, false));
	assert_false(holds(both, 26, 10, false));
	assert_false(holds(both, 25, 9, false));
	assert_true(holds(both, 25, 10, true));
	assert_false(holds(both, 25, 9, true));
	assert_true(holds(one, 25, 9, false));
	assert_false(holds(one, 26, 10, false));
	assert_false(holds(one, 25, 9, true));
	assert_false(holds(one, 26, 10, true));
	assert_true(holds(one, 25, 10, true));
	assert_true(holds(none, 0, 0, false));
	assert_true(holds(none, 0, 0, true));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),         cmocka_unit_test(test_words_and_flags),
		cmocka_unit_test(test_texts),           cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_not_known),       cmocka_unit_test(test_random_texts),
		cmocka_unit_test(test_random_networks), cmocka_unit_test(test_all_have_to_hold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
