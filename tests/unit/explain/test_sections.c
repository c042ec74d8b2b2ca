// SPDX-License-Identifier: GPL-2.0-only
/* What is proposed is read by the language's own reader, and means what was seen. */
#include "explain/section.h"

#include "explain/learn.h"
#include "lines.h"
#include "rules/rule_set.h"

#include <unistd.h>

DEFINE_CLEANUP(struct learn, learn_clear)

/* Writes the sections of a text to a file, each from its head to an empty line. Returns how many there are. */
static size_t write_sections(const char *text, const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");
	size_t count = 0;

	assert_non_null(file);
	for (const char *at = text; (at = strstr(at, "\n[allow ")); count++) {
		const char *end = strstr(at + 1, "\n\n");
		size_t size = end ? (size_t)(end - at) : strlen(at);
		assert_int_equal(fwrite(at + 1, 1, size - 1, file), size - 1);
		fputc('\n', file);
		at += size;
	}
	return count;
}

/* Reads the sections over the shipped rules. */
static struct rule_set *rules_of(const char *text, size_t *ret_count)
{
	char path[] = "/tmp/sections.XXXXXX";
	struct rule_set *set = NULL;
	struct ini_error problem;

	close(mkstemp(path));
	*ret_count = write_sections(text, path);
	int error = rule_set_load(path, NULL, &set, &problem);
	unlink(path);
	if (error)
		fail_msg("%s in:\n%s", problem.message, text);
	return set;
}

/* Those of the file, which come behind the shipped ones. */
static const struct allowance *local_allowances(const struct rule_set *set, size_t count)
{
	assert_in_range(count, 1, set->allowance_count);
	const struct allowance *local = set->allowances + set->allowance_count - count;
	for (size_t i = 0; i < set->allowance_count; i++)
		assert_int_equal(set->allowances[i].is_local, set->allowances + i >= local);
	return local;
}

/* The condition of an allowance on a field, or NULL. */
static const struct condition *condition_on(const struct allowance *allowance, enum field_id field)
{
	for (size_t i = 0; i < allowance->condition_count; i++)
		if (allowance->conditions[i].field == field)
			return &allowance->conditions[i];
	return NULL;
}

static void assert_text_condition(const struct allowance *allowance, enum field_id field, const char *value)
{
	const struct condition *condition = condition_on(allowance, field);
	char longer[256];

	assert_non_null(condition);
	assert_false(condition->is_negated);
	assert_true(text_list_has(condition->texts, value));
	snprintf(longer, sizeof(longer), "%sx", value);
	assert_false(text_list_has(condition->texts, longer));
}

static void test_explained(void **state)
{
	static const char *const scripts[] = {
		"/var/www/shop42/x.php", "/srv/a,b.php",      "/srv/a b.php",     "/srv/a;b.php", "/srv/a#b.php",
		"/srv/a=b.php",          "/srv/\xc3\xa9.php", "/srv/[allow].php", "/srv/notes",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		json_t *line = shop_line();
		size_t count;
		set_at(line, "smtpwatch.script.path", json_string(scripts[i]));
		set_at(line, "destination.domain", json_string("mx1.gmail.example"));
		_cleanup_free_ char *text = explanation_of_line(line);
		_cleanup_(cleanup_rule_set_free) struct rule_set *set = rules_of(text, &count);
		const struct allowance *local = local_allowances(set, count);
		assert_int_equal(count, 4);
		assert_text_condition(&local[0], FIELD_DOMAIN, "mx1.gmail.example");
		assert_text_condition(&local[0], FIELD_UNIT, "php8.2-fpm.service");
		assert_text_condition(&local[1], FIELD_SCRIPT, scripts[i]);
		for (size_t j = 0; j < count; j++) {
			assert_text_condition(&local[j], FIELD_USER, "shop42");
			assert_int_equal(local[j].rule_count, 1);
			assert_ptr_equal(local[j].rules[0], rule_name("direct-to-mx"));
			assert_true(local[j].until_wall_ns > 0);
		}
	}
}

/* Around the longest line that a rule file may have: what is proposed can be read. */
static void test_long_values(void **state)
{
	char path[SECTION_LINE_MAX + 32] = "/";
	size_t proposed = 0;

	(void)state;
	for (size_t length = SECTION_LINE_MAX - 20; length < SECTION_LINE_MAX + 4; length++) {
		json_t *line = shop_line();
		size_t count;
		memset(path + 1, 'a', length - 1);
		path[2] = ',';
		set_at(line, "smtpwatch.script.path", json_string(path));
		_cleanup_free_ char *text = explanation_of_line(line);
		_cleanup_(cleanup_rule_set_free) struct rule_set *set = rules_of(text, &count);
		const struct allowance *local = local_allowances(set, count);
		if (count == 4)
			assert_text_condition(&local[1], FIELD_SCRIPT, path);
		proposed += count == 4;
	}
	assert_in_range(proposed, 1, 12);
}

static void test_machine(void **state)
{
	json_t *line = shop_line();
	size_t count;

	(void)state;
	set_at(line, "smtpwatch.origin", json_string("forwarded"));
	set_at(line, "rule.id", json_string("forwarded"));
	set_at(line, "source.ip", json_string("10.0.3.7"));
	_cleanup_free_ char *text = explanation_of_line(line);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = rules_of(text, &count);
	const struct allowance *local = local_allowances(set, count);
	assert_int_equal(count, 2);
	assert_text_condition(&local[0], FIELD_SOURCE, "10.0.3.7");
	assert_non_null(condition_on(&local[0], FIELD_DESTINATION)->networks);
	assert_text_condition(&local[1], FIELD_SOURCE, "10.0.3.7");
}

static void test_learned(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	const struct learn_source source = {.what = "a test"};
	_cleanup_free_ char *text = NULL;
	char name[64];
	size_t size;
	size_t count;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		struct learned_flow flow = {
			.kind = LEARNED_ATTEMPT,
			.wall_ns = (1795348800ULL + i * 43200) * 1000000000,
			.who = {.executable = "/usr/bin/msmtp",
				.user = i % 2 ? "not a,b" : "shop42",
				.container = "shop"},
			.domain = i % 2 ? name : NULL,
			.port = 465,
			.is_external = true,
		};
		snprintf(name, sizeof(name), "outgoing-server-number-%u.relay.example", i % 16);
		assert_int_equal(address_parse(i % 4 ? "2001:db8::25" : "2001:db8::26", &flow.address), 0);
		assert_int_equal(learn_take(owned, &flow), 0);
	}
	learn_conclude(owned);
	learn_print(owned, &source, out);
	fclose(out);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = rules_of(text, &count);
	const struct allowance *local = local_allowances(set, count);
	assert_int_equal(count, 2);
	assert_text_condition(&local[0], FIELD_USER, "not a,b");
	assert_text_condition(&local[0], FIELD_DOMAIN, "outgoing-server-number-15.relay.example");
	assert_text_condition(&local[0], FIELD_DOMAIN, "outgoing-server-number-1.relay.example");
	assert_text_condition(&local[1], FIELD_CONTAINER, "shop");
	assert_non_null(condition_on(&local[1], FIELD_DESTINATION)->networks);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explained),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_learned),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sections", tests, set_utc, NULL);
}
