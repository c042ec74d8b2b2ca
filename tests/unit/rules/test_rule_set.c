// SPDX-License-Identifier: GPL-2.0-only
/* Rules of several files: which come first, what overrides what, and what is shipped. */
#include "lib/clock.h"
#include "rules/rule_reading.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIPPED "direct-to-mx" /* the rule of the catalogue that the tests change */

static char directory[] = "/tmp/smtpwatch-unit.XXXXXX";
static char manual_examples[8192];

static const char *const files[] = {"rules.d/10-a.conf", "rules.d/20-b.conf", "rules.d/.hidden.conf", "rules.d/c.txt",
				    "rules.d/.conf"};

/* Those between .Bd and .Ed that have a section. Tests are run in the root of the tree. */
static void take_examples(FILE *page, FILE *examples)
{
	char line[256];
	bool is_display = false;

	while (fgets(line, sizeof(line), page)) {
		bool begins = strncmp(line, ".Bd ", 4) == 0;

		if (begins || strcmp(line, ".Ed\n") == 0)
			is_display = begins;
		else if (is_display && strncmp(line, "smtpwatchd ", strlen("smtpwatchd ")) != 0)
			fputs(line, examples);
	}
}

static int read_manual(void)
{
	_cleanup_fclose_ FILE *page = fopen("userspace/man/smtpwatch-rules.5", "re");
	FILE *examples = fmemopen(manual_examples, sizeof(manual_examples), "w");

	if (!page || !examples)
		return -1;
	take_examples(page, examples);
	return fclose(examples);
}

static int enter_directory(void **state)
{
	(void)state;
	return read_manual() == 0 && mkdtemp(directory) && chdir(directory) == 0 && mkdir("rules.d", 0755) == 0 ? 0
														: -1;
}

static int remove_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlink(files[i]);
	return 0;
}

static int leave_directory(void **state)
{
	(void)state;
	return rmdir("rules.d") == 0 && chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *content)
{
	FILE *stream = fopen(path, "we");

	assert_non_null(stream);
	fputs(content, stream);
	assert_int_equal(fclose(stream), 0);
}

static struct rule_set *load(const char *path)
{
	struct rule_set *set = NULL;
	struct ini_error error = {"untouched"};

	if (rule_set_load(NULL, path, &set, &error))
		fail_msg("%s", error.message);
	assert_string_equal(error.message, "untouched");
	return set;
}

static void assert_not_loaded(const char *path, int result, const char *message)
{
	struct rule_set *set = (struct rule_set *)&set;
	struct ini_error error = {""};

	assert_int_equal(rule_set_load(NULL, path, &set, &error), result);
	assert_ptr_equal(set, &set);
	assert_string_equal(error.message, message);
}

static const struct rule *find(const struct rule_set *set, const char *name)
{
	for (size_t i = 0; i < set->rule_count; i++)
		if (strcmp(set->rules[i].name, name) == 0)
			return &set->rules[i];
	return NULL;
}

static const struct condition *find_condition(const struct rule *rule, enum field_id field)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].field == field)
			return &rule->conditions[i];
	return NULL;
}

static void test_shipped(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load(NULL);
	const struct rule *rule = find(set, SHIPPED);

	(void)state;
	assert_non_null(rule);
	assert_true(rule->is_enabled);
	assert_false(rule->is_local);
	assert_memory_equal(rule->source, "catalogue.conf:", strlen("catalogue.conf:"));
	for (size_t i = 0; i < set->rule_count; i++)
		assert_non_null(set->rules[i].reason);
}

static void test_no_directory(void **state)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *shipped = load(NULL);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = NULL;
	struct ini_error error = {"untouched"};

	(void)state;
	assert_int_equal(rule_set_load("none.d", NULL, &set, &error), 0);
	assert_int_equal(set->rule_count, shipped->rule_count);
	assert_string_equal(error.message, "untouched");
	assert_not_loaded("none.d", -ENOENT, "cannot read none.d: No such file or directory");
}

static void test_directory(void **state)
{
	(void)state;
	write_file(files[1], "[new-b]\nlistens = end\nseverity = info\n[new-a]\nseverity = critical\n");
	write_file(files[0], "[new-a]\nlistens = attempt\nseverity = info\n");
	for (size_t i = 2; i < ARRAY_SIZE(files); i++)
		write_file(files[i], "[not-read]\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *shipped = load(NULL);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load("rules.d");
	const struct rule *rules = set->rules + shipped->rule_count;

	assert_int_equal(set->rule_count, shipped->rule_count + 2);
	assert_string_equal(rules[0].name, "new-a");
	assert_string_equal(rules[0].source, "rules.d/10-a.conf:1");
	assert_int_equal(rules[0].steps[0].severity, ALERT_SEVERITY_CRITICAL);
	assert_string_equal(rules[1].name, "new-b");
	assert_string_equal(rules[1].source, "rules.d/20-b.conf:1");
}

static void test_one_file(void **state)
{
	(void)state;
	write_file(files[0], "[new-a]\nlistens = attempt\nseverity = info\n");
	write_file(files[1], "[not-read]\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load(files[0]);
	assert_non_null(find(set, "new-a"));
}

static void assert_changed(const char *changed, enum alert_severity of_a, bool has_b)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = NULL;
	struct ini_error error = {""};

	if (rule_set_load("rules.d", changed, &set, &error))
		fail_msg("%s", error.message);
	assert_int_equal(find(set, "a")->steps[0].severity, of_a);
	assert_int_equal(find(set, "b") != NULL, has_b);
}

/* A file to be tried stands in for the one of its name, or comes behind all others. */
static void test_changed_file(void **state)
{
	(void)state;
	write_file(files[0], "[a]\nlistens = attempt\nseverity = info\n[b]\nlistens = attempt\nseverity = info\n");
	write_file(files[1], "[a]\nseverity = notice\n");
	assert_changed(NULL, ALERT_SEVERITY_NOTICE, true);
	write_file("10-a.conf", "[a]\nlistens = attempt\nseverity = high\n");
	assert_changed("10-a.conf", ALERT_SEVERITY_NOTICE, false);
	assert_int_equal(rename("10-a.conf", "15.conf"), 0);
	assert_changed("15.conf", ALERT_SEVERITY_HIGH, true);
	assert_int_equal(unlink("15.conf"), 0);
}

/* Key by key: one that is given takes the place of all that was said of it, and the others stay. */
static void test_override(void **state)
{
	(void)state;
	write_file(files[0], "[" SHIPPED "]\nseverity = notice at 7 in 1m\nport = 25\nrole = mta\nper = user\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *shipped = load(NULL);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load("rules.d");
	const struct rule *before = find(shipped, SHIPPED);
	const struct rule *rule = find(set, SHIPPED);

	assert_int_equal(set->rule_count, shipped->rule_count);
	assert_int_equal(rule - set->rules, before - shipped->rules);
	assert_true(rule->is_local);
	assert_true(rule->is_enabled);
	assert_string_equal(rule->source, before->source);
	assert_ptr_equal(rule->reason, before->reason);
	assert_int_equal(rule->listens, before->listens);
	assert_int_not_equal(before->step_count, 1);
	assert_int_equal(rule->step_count, 1);
	assert_int_equal(rule->steps[0].measures[0].limit, 7);
	assert_int_equal(rule->condition_count, before->condition_count + 1);
	assert_true(find_condition(before, FIELD_ROLE)->is_negated);
	assert_false(find_condition(rule, FIELD_ROLE)->is_negated);
	assert_int_equal(rule->per[0], FIELD_USER);
}

static void test_remove_a_condition(void **state)
{
	(void)state;
	write_file(files[0], "[" SHIPPED "]\nrole =\nonly.port =\nreason =\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *shipped = load(NULL);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load("rules.d");
	const struct rule *rule = find(set, SHIPPED);

	assert_null(find_condition(rule, FIELD_ROLE));
	assert_int_equal(rule->condition_count, find(shipped, SHIPPED)->condition_count - 1);
	assert_null(rule->reason);
	write_file(files[0], "[" SHIPPED "]\nseverity =\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *again = NULL;
	struct ini_error error = {""};
	assert_int_equal(rule_set_load(NULL, "rules.d", &again, &error), -EINVAL);
	assert_non_null(strstr(error.message, ": [" SHIPPED "] needs \"severity\""));
}

/* The last one says whether. */
static void test_disable(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	write_file(files[0], "[" SHIPPED "]\nenabled = no\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *off = load("rules.d");
	assert_false(find(off, SHIPPED)->is_enabled);
	text = print_rules(off);
	assert_non_null(strstr(text, "off      " SHIPPED " "));
	write_file(files[1], "[" SHIPPED "]\nenabled = yes\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *on = load("rules.d");
	assert_true(find(on, SHIPPED)->is_enabled);
}

/* "per" and "narrowest" say the same in two ways. */
static void test_counterparts(void **state)
{
	(void)state;
	write_file(files[0], "[a]\nlistens = attempt\nseverity = info at 2\nper = user, site\n"
			     "[b]\nlistens = attempt\nseverity = info at 2\nnarrowest = script, user\n");
	write_file(files[1], "[a]\nnarrowest = unit\n[b]\nper = unit\n");
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load("rules.d");
	assert_true(find(set, "a")->is_narrowest);
	assert_int_equal(find(set, "a")->per_count, 1);
	assert_false(find(set, "b")->is_narrowest);
	assert_int_equal(find(set, "b")->per_count, 1);
	write_file(files[1], "[a]\nnarrowest = unit\nper = user\n");
	assert_not_loaded("rules.d", -EINVAL, "rules.d/20-b.conf:2: a rule has either \"per\" or \"narrowest\"");
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{"[direct-to-mxx]\nenabled = no\n", "rules.d/10-a.conf:1: [direct-to-mxx] needs \"listens\" and "
						    "\"severity\"; did you mean [direct-to-mx]?"},
		{"[direct-to-mx]\n[direct-to-mx]\n",
		 "rules.d/10-a.conf:2: [direct-to-mx] is given twice, first in line 1"},
		{"[together all]\nany = direct-to-my\nseverity = high\n",
		 "rules.d/10-a.conf:2: \"direct-to-my\" is not valid for any: there is no such rule; did you mean "
		 "\"direct-to-mx\"?"},
		{"[allow a]\nuser = a\nrules = direct_to_mx\n",
		 "rules.d/10-a.conf:3: \"direct_to_mx\" is not valid for rules: there is no such rule; did you mean "
		 "\"direct-to-mx\"?"},
		{"[direct-to-mx]\nnot a line\n", "rules.d/10-a.conf:2: not a section, comment or key = value"},
		{"[direct-to-mx]\nport = 25,\n  26,\n  x\n", "rules.d/10-a.conf:4: \"x\" is not valid for port: it is "
							     "a number, two of them as in 10-20, or one behind "
							     ">, >=, < or <="},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_file(files[0], cases[i].text);
		assert_not_loaded("rules.d", -EINVAL, cases[i].message);
	}
}

/* The examples of smtpwatch-rules(5), as they stand there. */
static void test_examples_of_the_manual(void **state)
{
	(void)state;
	write_file(files[0], manual_examples);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = load("rules.d");
	assert_string_equal(find(set, "foreign-relay")->text, "{reached}, latest {destination.domain}");
	assert_int_equal(find(set, "refused-half")->layout.slot_count, 2);
	assert_true(find(set, "submission-rate")->is_local);
	assert_false(find(set, "bad-helo")->is_enabled);
	assert_null(find_condition(find(set, "dynamic-helo"), FIELD_EXTERNAL));
	assert_int_equal(set->allowances[set->allowance_count - 1].rule_count, 3);
	assert_int_equal(set->combinations[set->combination_count - 1].any_count, 2);
}

static void test_unreadable(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", files[0]), 0);
	assert_not_loaded("rules.d", -ENOENT, "cannot read rules.d/10-a.conf: No such file or directory");
}

/* A name is found by all as the same one, however many there are. */
static void test_names(void **state)
{
	const char *kept[1000];
	char text[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		snprintf(text, sizeof(text), "name-%zu", i);
		kept[i] = rule_name(text);
		assert_string_equal(kept[i], text);
		assert_ptr_not_equal(kept[i], text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		snprintf(text, sizeof(text), "name-%zu", i);
		assert_ptr_equal(rule_name(text), kept[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_shipped, remove_files),
		cmocka_unit_test_teardown(test_no_directory, remove_files),
		cmocka_unit_test_teardown(test_directory, remove_files),
		cmocka_unit_test_teardown(test_one_file, remove_files),
		cmocka_unit_test_teardown(test_changed_file, remove_files),
		cmocka_unit_test_teardown(test_override, remove_files),
		cmocka_unit_test_teardown(test_remove_a_condition, remove_files),
		cmocka_unit_test_teardown(test_disable, remove_files),
		cmocka_unit_test_teardown(test_counterparts, remove_files),
		cmocka_unit_test_teardown(test_errors, remove_files),
		cmocka_unit_test_teardown(test_examples_of_the_manual, remove_files),
		cmocka_unit_test_teardown(test_unreadable, remove_files),
		cmocka_unit_test_teardown(test_names, remove_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rule_set", tests, enter_directory, leave_directory);
}
