// SPDX-License-Identifier: GPL-2.0-only
/* Each construct of the rule language, and what becomes of it. test_rule_errors.c has what is refused. */
#include "lib/clock.h"
#include "rules/rule_reading.h"

#define SECOND NANOSECONDS_A_SECOND

/* The only rule of a text. */
static const struct rule *only(const struct rule_set *set)
{
	assert_int_equal(set->rule_count, 1);
	return &set->rules[0];
}

static void test_least(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("# a remark\n[x-1_y]\nlistens = attempt\nseverity = notice\n");
	const struct rule *rule = only(set);

	(void)state;
	assert_string_equal(rule->name, "x-1_y");
	assert_ptr_equal(rule->name, rule_name("x-1_y"));
	assert_ptr_equal(rule->alert, rule->name);
	assert_null(rule->reason);
	assert_string_equal(rule->source, "x.conf:2");
	assert_true(rule->is_enabled);
	assert_true(rule->is_local);
	assert_int_equal(rule->listens, EVENT_BIT(EVENT_ATTEMPT));
	assert_int_equal(rule->whole, 0);
	assert_int_equal(rule->condition_count, 0);
	assert_int_equal(rule->per_count, 1);
	assert_int_equal(rule->per[0], FIELD_ACTOR);
	assert_false(rule->is_narrowest);
	assert_int_equal(rule->step_count, 1);
	assert_int_equal(rule->steps[0].severity, ALERT_SEVERITY_NOTICE);
	assert_false(rule->steps[0].is_score);
	assert_int_equal(rule->steps[0].measure_count, 1);
	assert_int_equal(rule->steps[0].measures[0].kind, MEASURE_COUNT);
	assert_int_equal(rule->steps[0].measures[0].limit, 1);
	assert_int_equal(rule->steps[0].measures[0].window_ns, 0);
	assert_int_equal(rule->layout.slot_count, 0);
	assert_int_equal(rule->cooldown_ns, 0);
	assert_null(rule->text);
	assert_int_equal(rule->piece_count, 0);
	assert_int_equal(rule->sample, FIELD_COUNT);
}

static void test_plain_keys(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = helo, script\n"
			   "whole = rcpt\nreason = one line,\n  and \"more\"\n"
			   "per = user, site\ncooldown = 90\nenabled = no\nalert = a\nsample = comm\n"
			   "severity = info ; a remark\n");
	const struct rule *rule = only(set);

	(void)state;
	assert_int_equal(rule->listens, EVENT_BIT(EVENT_HELO) | EVENT_BIT(EVENT_ATTEMPT) | EVENT_BIT(EVENT_SUBMISSION));
	assert_int_equal(rule->whole, EVENT_BIT(EVENT_RCPT));
	assert_string_equal(rule->reason, "one line, and \"more\"");
	assert_int_equal(rule->per_count, 2);
	assert_int_equal(rule->per[0], FIELD_USER);
	assert_int_equal(rule->per[1], FIELD_SITE);
	assert_int_equal(rule->cooldown_ns, 90 * SECOND);
	assert_false(rule->is_enabled);
	assert_int_equal(rule->sample, FIELD_COMM);
}

static void test_keys_of_the_host(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nseverity = high\nper = host, actor\n"
			   "[b]\nlistens = attempt\nseverity = high\nnarrowest = script, user\nalert = a\n");

	(void)state;
	assert_int_equal(set->rules[0].per[0], FIELD_HOST);
	assert_int_equal(set->rules[0].per[1], FIELD_ACTOR);
	assert_true(set->rules[1].is_narrowest);
	assert_int_equal(set->rules[1].per[0], FIELD_SCRIPT);
	assert_int_equal(set->rules[1].per[1], FIELD_USER);
	assert_string_equal(set->rules[1].name, "b");
	assert_ptr_equal(set->rules[1].alert, set->rules[0].name);
}

/* Words, flags and numbers come first, "only." last; among equals the order of the file stays. */
static void test_order_of_conditions(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nseverity = high\n"
			   "only.port = 1\nscript = /a\ndestination = 192.0.2.1\nonly.script = /b\n"
			   "external = yes\ncomm = c\nrole = not mta\n");
	static const enum field_id expected[] = {FIELD_EXTERNAL, FIELD_ROLE, FIELD_DESTINATION, FIELD_SCRIPT,
						 FIELD_COMM,     FIELD_PORT, FIELD_SCRIPT};
	const struct rule *rule = only(set);

	(void)state;
	assert_int_equal(rule->condition_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(rule->conditions[i].field, expected[i]);
		assert_int_equal(rule->conditions[i].is_only, i >= 5);
		assert_int_equal(rule->conditions[i].is_negated, expected[i] == FIELD_ROLE);
	}
}

static void assert_measure(const struct measure *measure, enum measure_kind kind, uint64_t limit, uint64_t window_s)
{
	assert_int_equal(measure->kind, kind);
	assert_int_equal(measure->limit, limit);
	assert_int_equal(measure->window_ns, window_s * SECOND);
}

static void test_steps(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nwindow = 5m\nonly.external = yes\n"
			   "severity = score at 2, warning at 1,\n  notice at 3 in 1h\n"
			   "severity = critical at 5 and 50% and 3 distinct destination.network in 1h\n"
			   "severity = warning at 7 distinct port\n");
	const struct rule *rule = only(set);
	const struct step *steps = rule->steps;

	(void)state;
	assert_int_equal(rule->step_count, 5);
	assert_int_equal(steps[0].severity, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(steps[0].measure_count, 3);
	assert_measure(&steps[0].measures[0], MEASURE_COUNT, 5, 3600);
	assert_string_equal(steps[0].measures[0].what, "count");
	assert_measure(&steps[0].measures[1], MEASURE_SHARE, 50, 3600);
	assert_int_equal(steps[0].measures[1].least_whole, 1);
	assert_string_equal(steps[0].measures[1].what, "share");
	assert_measure(&steps[0].measures[2], MEASURE_DISTINCT, 3, 3600);
	assert_int_equal(steps[0].measures[2].field, FIELD_NETWORK);
	assert_ptr_equal(steps[0].measures[2].what, rule_name("distinct destination.network"));
	assert_int_equal(steps[1].severity, ALERT_SEVERITY_WARNING);
	assert_measure(&steps[1].measures[0], MEASURE_COUNT, 1, 0);
	assert_int_equal(steps[2].severity, ALERT_SEVERITY_WARNING);
	assert_measure(&steps[2].measures[0], MEASURE_DISTINCT, 7, 300);
	assert_int_equal(steps[3].severity, ALERT_SEVERITY_NOTICE);
	assert_int_equal(steps[4].severity, ALERT_SEVERITY_INFO);
	assert_true(steps[4].is_score);
	assert_measure(&steps[4].measures[0], MEASURE_COUNT, 2, 300);
	assert_int_equal(rule->sample, FIELD_NETWORK);
}

/* What counts the same is counted once. */
static void test_slots(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nonly.external = yes\n"
			   "severity = critical at 9 and 5 distinct port in 1h, high at 5 and 50% in 1h\n"
			   "severity = warning at 2 distinct port in 1h, notice at 2 distinct port in 2h\n");
	const struct rule *rule = only(set);
	const struct step *steps = rule->steps;
	const struct counter_layout *layout = &rule->layout;

	(void)state;
	assert_int_equal(layout->slot_count, 4);
	assert_int_equal(steps[1].measures[0].slot, steps[0].measures[0].slot);
	assert_int_equal(steps[1].measures[1].slot, steps[0].measures[0].slot);
	assert_int_not_equal(steps[1].measures[1].whole_slot, steps[0].measures[0].slot);
	assert_int_equal(steps[2].measures[0].slot, steps[0].measures[1].slot);
	assert_int_not_equal(steps[3].measures[0].slot, steps[0].measures[1].slot);
	assert_int_equal(layout->slots[steps[0].measures[0].slot].kind, COUNTER_RATE);
	assert_int_equal(layout->slots[steps[1].measures[1].whole_slot].kind, COUNTER_RATE);
	assert_int_equal(layout->slots[steps[0].measures[1].slot].kind, COUNTER_DISTINCT);
	assert_int_equal(layout->slots[steps[3].measures[0].slot].window_ns, 7200 * SECOND);
	assert_int_equal(rule->sample, FIELD_COUNT);
}

static void test_slots_of_two_fields(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nseverity = high at 2 distinct port and 3 distinct user in 1h\n");
	const struct rule *rule = only(set);

	(void)state;
	assert_int_equal(rule->layout.slot_count, 2);
	assert_int_not_equal(rule->steps[0].measures[0].slot, rule->steps[0].measures[1].slot);
}

/* A condition may be on what is known only of the whole. */
static void test_condition_of_the_whole(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = reply\nwhole = rcpt\nhelo.impossible = *\nseverity = high at 5 and 50%\n");

	(void)state;
	assert_int_equal(only(set)->condition_count, 1);
	assert_int_equal(only(set)->layout.slot_count, 2);
}

/* One in the first place of several measures is counted with them. */
static void test_one_and_a_share(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = end\nonly.quit = no\nseverity = high at 1 and 50% of 7\n");
	const struct step *step = &only(set)->steps[0];

	(void)state;
	assert_measure(&step->measures[0], MEASURE_COUNT, 1, 600);
	assert_int_equal(step->measures[1].least_whole, 7);
	assert_int_equal(only(set)->layout.slot_count, 2);
}

static uint64_t shape_of(const char *keys)
{
	char text[512];

	snprintf(text, sizeof(text), "[a]\nlistens = attempt\nonly.external = yes\n%s", keys);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_rules(text);
	return only(set)->shape;
}

/* Counters go on where only limits or texts are others. */
static void test_shape(void **state)
{
	static const char base[] = "severity = high at 5 and 3 distinct port in 1h\n";
	static const char *const same[] = {
		"severity = high at 9 and 2 distinct port in 1h\nreason = r\ntext = {value}\ncooldown = 1m\nport = "
		"25\n",
		"severity = critical at 9 and 2 distinct port in 1h, notice at 2 in 1h\nper = actor\n",
	};
	static const char *const others[] = {
		"severity = high at 5 and 3 distinct port in 2h\n",
		"severity = high at 5 and 3 distinct user in 1h\n",
		"severity = high at 5 and 50% in 1h\n",
		"severity = high at 5 in 1h\n",
		"severity = high at 5 and 3 distinct port in 1h\nper = user\n",
		"severity = high at 5 and 3 distinct port in 1h\nper = user, actor\n",
		"severity = high at 5 and 3 distinct port in 1h\nper = actor, user\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_int_equal(shape_of(same[i]), shape_of(base));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_not_equal(shape_of(others[i]), shape_of(base));
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(shape_of(others[i]), shape_of(others[j]));
	}
	assert_int_not_equal(shape_of("severity = high at 5\nnarrowest = user\n"),
			     shape_of("severity = high at 5\nper = user\n"));
}

static void assert_literal(const struct text_piece *piece, const char *text)
{
	assert_non_null(piece->literal);
	assert_int_equal(piece->length, strlen(text));
	assert_memory_equal(piece->literal, text, piece->length);
}

static void test_text(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nseverity = high\ntext = a {{b} {value}{port}\n   c{{\n");
	const struct rule *rule = only(set);

	(void)state;
	assert_int_equal(rule->piece_count, 5);
	assert_literal(&rule->pieces[0], "a {");
	assert_literal(&rule->pieces[1], "b} ");
	assert_null(rule->pieces[2].literal);
	assert_int_equal(rule->pieces[2].value, TEXT_VALUE);
	assert_null(rule->pieces[3].literal);
	assert_int_equal(rule->pieces[3].value, TEXT_FIELD);
	assert_int_equal(rule->pieces[3].field, FIELD_PORT);
	assert_literal(&rule->pieces[4], " c{");
}

static void test_values_of_texts(void **state)
{
	static const char *const names[TEXT_VALUE_COUNT] = {
		[TEXT_VALUE] = "value",   [TEXT_SECOND] = "second",   [TEXT_LIMIT] = "limit",
		[TEXT_WINDOW] = "window", [TEXT_REACHED] = "reached", [TEXT_COUNTED] = "counted",
		[TEXT_WHOLE] = "whole",   [TEXT_SAMPLES] = "samples", [TEXT_KEY] = "key",
	};

	(void)state;
	for (size_t i = 0; i < TEXT_VALUE_COUNT; i++) {
		char text[128];

		if (i == TEXT_FIELD)
			continue;
		assert_non_null(names[i]);
		snprintf(text, sizeof(text), "[a]\nlistens = attempt\nseverity = high\ntext = {%s}\n", names[i]);
		_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_rules(text);
		assert_int_equal(only(set)->piece_count, 1);
		assert_int_equal(only(set)->pieces[0].value, i);
	}
}

static void test_combination(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[together t]\nany = a, b\nall = c\nseverity = critical\nreason = r\n"
			   "[a]\nlistens = attempt\nseverity = high\n"
			   "[b]\nlistens = attempt\nseverity = high\nalert = a\n"
			   "[c]\nlistens = attempt\nseverity = high\nenabled = no\n");
	const struct combination *combination = &set->combinations[0];

	(void)state;
	assert_int_equal(set->combination_count, 1);
	assert_string_equal(combination->name, "t");
	assert_string_equal(combination->reason, "r");
	assert_string_equal(combination->source, "x.conf:1");
	assert_true(combination->is_enabled);
	assert_int_equal(combination->severity, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(combination->any_count, 2);
	assert_ptr_equal(combination->any[0], rule_name("a"));
	assert_ptr_equal(combination->any[1], rule_name("a"));
	assert_int_equal(combination->all_count, 1);
	assert_ptr_equal(combination->all[0], rule_name("c"));
}

static void test_allowance(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[allow n]\nuser = news\nscript = /srv/*\nrules = a, b\nuntil = 2028-02-29\n"
			   "unused_after = 30d\nreason = r\nenabled = no\n"
			   "[allow m]\nunit = u\n"
			   "[a]\nlistens = attempt\nseverity = high\n"
			   "[b]\nlistens = attempt\nseverity = high\nalert = a\n");
	const struct allowance *allowance = &set->allowances[0];

	(void)state;
	assert_int_equal(set->allowance_count, 2);
	assert_string_equal(allowance->name, "n");
	assert_string_equal(allowance->reason, "r");
	assert_string_equal(allowance->source, "x.conf:1");
	assert_false(allowance->is_enabled);
	assert_int_equal(allowance->condition_count, 2);
	assert_int_equal(allowance->rule_count, 2);
	assert_ptr_equal(allowance->rules[0], rule_name("a"));
	assert_ptr_equal(allowance->rules[1], rule_name("b"));
	assert_int_equal(allowance->until_wall_ns, 1835481600 * SECOND); /* date -u -d 2028-03-01 +%s */
	assert_int_equal(allowance->unused_after_ns, 30 * 86400 * SECOND);
	assert_true(set->allowances[1].is_enabled);
	assert_int_equal(set->allowances[1].rule_count, 0);
	assert_int_equal(set->allowances[1].until_wall_ns, 0);
}

static void test_print(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set =
		read_rules("[a]\nlistens = attempt\nonly.external = yes\n"
			   "severity = critical at 5 and 50% of 9 in 90s, score at 2 distinct port in 1d, info\n"
			   "[b]\nlistens = attempt\nseverity = high\nenabled = no\nreason = \\ \xe2\x80\xae\n"
			   "[together t]\nany = a, b\nall = b\nseverity = high\n"
			   "[allow n]\nuser = x\nuntil = 2027-01-31\nunused_after = 30d\nrules = a, b\n"
			   "[allow m]\nuser = x\n");
	_cleanup_free_ char *text = print_rules(set);

	(void)state;
	assert_string_equal(
		text,
		"local    a           critical at 5 and 50% of 9 in 90s, info, score at 2 distinct port in 1d  "
		"(x.conf:1)\n"
		"off      b           high                                                                     \\\\ "
		"\\u{202e} (x.conf:5)\n"
		"local    together t  high at any of a, b and all of b                                         "
		"(x.conf:10)\n"
		"local    allow n     of a, b until 2027-01-31 unused after 30d                                "
		"(x.conf:14)\n"
		"local    allow m     of all rules                                                             "
		"(x.conf:19)\n");
}

/* What does not fit into 100 columns moves what follows it, in its own line only; nothing is cut. */
static void test_print_wide(void **state)
{
	static const char *const expected[] = {
		"local    a        critical at 500 in 90s, high at 77 in 1h, info at 7 in 1h, score at 2 distinct port "
		"in 1d"
		"  r (x.conf:1)",
		"local    b        high                                                                              "
		"r (x.conf:5)",
		"off      allow c  of all rules unused after never                                                   "
		"(x.conf:9)",
	};
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_rules(
		"[a]\nlistens = attempt\nreason = r\nseverity = critical at 500 in 90s, high at 77 in 1h, info "
		"at 7 in 1h, score at 2 distinct port in 1d\n"
		"[b]\nlistens = attempt\nseverity = high\nreason = r\n"
		"[allow c]\nuser = x\nunused_after = 0\nenabled = no\n");
	_cleanup_free_ char *text = print_rules(set);
	char *rest = NULL;
	char *line = strtok_r(text, "\n", &rest);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_non_null(line);
		assert_string_equal(line, expected[i]);
		line = strtok_r(NULL, "\n", &rest);
	}
	assert_null(line);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_plain_keys),
		cmocka_unit_test(test_keys_of_the_host),
		cmocka_unit_test(test_order_of_conditions),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_slots_of_two_fields),
		cmocka_unit_test(test_condition_of_the_whole),
		cmocka_unit_test(test_one_and_a_share),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_values_of_texts),
		cmocka_unit_test(test_combination),
		cmocka_unit_test(test_allowance),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_wide),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rule_file", tests, NULL, NULL);
}
