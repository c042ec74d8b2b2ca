// SPDX-License-Identifier: GPL-2.0-only
#include "explain/proposals.h"

#include "explain/section.h"
#include "lib/ini_file.h"
#include "lines.h"

#define SECTION_DESTINATION "[allow k3x9ab-destination]\n"
#define SECTION_SCRIPT "[allow k3x9ab-script]\n"
#define SECTION_PROGRAM "[allow k3x9ab-program]\n"
#define SECTION_USER "[allow k3x9ab-user]\n"

static void test_all_widths(void **state)
{
	_cleanup_free_ char *text = explanation_of_line(shop_line());

	(void)state;
	assert_says(text, SECTION_DESTINATION "unit = php8.2-fpm.service\nexecutable = /usr/sbin/php-fpm8.2\n"
					      "user = shop42\ndestination = 203.0.113.25\nport = 25\n"
					      "rules = direct-to-mx\nuntil = 2027-02-20\nreason = ");
	assert_says(text, SECTION_SCRIPT "script = /var/www/shop42/x.php\nuser = shop42\nrules = direct-to-mx\n");
	assert_says(text, SECTION_PROGRAM "executable = /usr/sbin/php-fpm8.2\nuser = shop42\nrules = direct-to-mx\n");
	assert_says(text, SECTION_USER "user = shop42\nrules = direct-to-mx\n");
	assert_true(strstr(text, SECTION_DESTINATION) < strstr(text, SECTION_SCRIPT));
	assert_true(strstr(text, SECTION_SCRIPT) < strstr(text, SECTION_PROGRAM));
	assert_true(strstr(text, SECTION_PROGRAM) < strstr(text, SECTION_USER));
}

/* What makes which section impossible, and what is said then. */
static void test_not_proposed(void **state)
{
	static const struct {
		const char *path;
		const char *value; /* NULL: true */
		const char *said;
		const char *missing[4];
	} cases[] = {
		{"user.id", "0", "To allow root would allow", {SECTION_USER}},
		{"user.name", "root", "To allow root would allow", {SECTION_USER}},
		{"smtpwatch.script.claimed", NULL, "may have written himself", {SECTION_SCRIPT}},
		{"smtpwatch.script.deleted", NULL, "The script's file is deleted", {SECTION_SCRIPT}},
		{"smtpwatch.script.cut", NULL, "not known by a whole path", {SECTION_SCRIPT}},
		{"smtpwatch.script.one_liner", NULL, "not known by a whole path", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/tmp/x.php", "that others may write to", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/var/www/a/../../../dev/shm/x.php", "others may write", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/var/www/wp-content/Uploads/x.php", "that takes uploads", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/x\\x0a.php", "characters that a rule file cannot", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/x\n.php", "characters that a rule file cannot", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/x\x1b[2J.php", "characters that a rule file cannot", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/\xe2\x80\xae.php", "characters that a rule file", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/x\".php", "has a quotation mark", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/*", "would stand for others", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/x ; user = a", "would begin a comment", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "/srv/x # a", "would begin a comment", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", ".../x.php", "known by its end alone", {SECTION_SCRIPT}},
		{"smtpwatch.script.path", "x.php", "is known by no absolute path", {SECTION_SCRIPT}},
		{"process.executable",
		 "[kthread]",
		 "is known by no absolute path",
		 {SECTION_PROGRAM, SECTION_DESTINATION}},
		{"smtpwatch.identity.path_detached",
		 NULL,
		 "The executable is deleted",
		 {SECTION_PROGRAM, SECTION_DESTINATION}},
		{"smtpwatch.executable.deleted",
		 NULL,
		 "The executable is deleted",
		 {SECTION_PROGRAM, SECTION_DESTINATION}},
		{"smtpwatch.executable.replaced",
		 NULL,
		 "The executable is deleted",
		 {SECTION_PROGRAM, SECTION_DESTINATION}},
		{"process.executable", "/tmp/.x/a", "others may write", {SECTION_PROGRAM, SECTION_DESTINATION}},
		{"user.name",
		 "a\"b",
		 "has a quotation mark",
		 {SECTION_PROGRAM, SECTION_DESTINATION, SECTION_SCRIPT, SECTION_USER}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *line = shop_line();
		set_at(line, cases[i].path, cases[i].value ? json_string(cases[i].value) : json_true());
		_cleanup_free_ char *text = explanation_of_line(line);
		assert_tells(text, cases[i].said);
		for (size_t j = 0; j < ARRAY_SIZE(cases[i].missing) && cases[i].missing[j]; j++)
			assert_silent(text, cases[i].missing[j]);
	}
}

static void test_long_value(void **state)
{
	char path[SECTION_LINE_MAX] = "/";
	json_t *line = shop_line();

	(void)state;
	memset(path + 1, 'a', sizeof(path) - 2);
	set_at(line, "smtpwatch.script.path", json_string(path));
	_cleanup_free_ char *text = explanation_of_line(line);
	assert_tells(text, "longer than a line of a rule file may be");
	assert_silent(text, SECTION_SCRIPT);
}

static void test_quoted_values(void **state)
{
	static const struct {
		const char *value;
		const char *line;
	} cases[] = {
		{"/srv/a,b.php", "\nscript = \"/srv/a,b.php\"\n"},
		{"/srv/a b.php", "\nscript = \"/srv/a b.php\"\n"},
		{"/srv/a;b.php", "\nscript = \"/srv/a;b.php\"\n"},
		{"/srv/a#b.php", "\nscript = \"/srv/a#b.php\"\n"},
		{"/srv/a=b.php", "\nscript = \"/srv/a=b.php\"\n"},
		{"/srv/\xc3\xa9.php", "\nscript = /srv/\xc3\xa9.php\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *line = shop_line();
		set_at(line, "smtpwatch.script.path", json_string(cases[i].value));
		_cleanup_free_ char *text = explanation_of_line(line);
		assert_says(text, cases[i].line);
	}
}

static void test_rules_that_are_never_allowed(void **state)
{
	static const char *const rules[] = {"masquerade",      "hidden-executable", "no-socket",
					    "impossible-helo", "upload-script",     "blocked"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		json_t *line = shop_line();
		json_t *both = shop_line();
		set_at(line, "rule.id", json_string(rules[i]));
		_cleanup_free_ char *alone = explanation_of_line(line);
		assert_says(alone, "Nothing is proposed that allows");
		assert_silent(alone, "[allow ");

		set_at(both, "smtpwatch.incident_rules", json_pack("[sss]", rules[i], "mx-lookups", "direct-to-mx"));
		_cleanup_free_ char *text = explanation_of_line(both);
		assert_says(text, "Nothing is proposed that allows");
		assert_says(text, "\nrules = mx-lookups, direct-to-mx\n");
	}
}

/* A name of a combination of rules is none that a section may have, and what knows no destination none of some. */
static void test_rules_of_sections(void **state)
{
	json_t *line = shop_line();
	json_t *lookups = shop_line();

	(void)state;
	set_at(line, "rule.id", json_string("compromised"));
	set_at(line, "smtpwatch.incident_rules", json_pack("[ss]", "direct-to-mx", "mx-lookups"));
	_cleanup_free_ char *text = explanation_of_line(line);
	assert_says(text, "\ndestination = 203.0.113.25\nport = 25\nrules = direct-to-mx\n");
	assert_says(text, "user = shop42\nrules = direct-to-mx, mx-lookups\n");
	assert_tells(text, "and so do the rules that are about no destination.");
	assert_silent(text, "compromised\n");

	set_at(lookups, "rule.id", json_string("mx-lookups"));
	_cleanup_free_ char *none = explanation_of_line(lookups);
	assert_tells(none, "Not proposed. The rules that fired are about no destination.");
	assert_says(none, SECTION_SCRIPT);
}

static void test_places(void **state)
{
	static const struct {
		const char *path;
		const char *value;
		const char *expected; /* the beginning of the narrowest section */
	} cases[] = {
		{"smtpwatch.unit", "session-4.scope", SECTION_DESTINATION "executable = "},
		{"smtpwatch.unit", "run-u12.service", SECTION_DESTINATION "executable = "},
		{"container.name", "shop", SECTION_DESTINATION "container = shop\nexecutable = "},
		{"destination.domain", "smtp.relay.example", "\ndestination.domain = smtp.relay.example\nport = 25\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *line = shop_line();
		set_at(line, cases[i].path, json_string(cases[i].value));
		_cleanup_free_ char *text = explanation_of_line(line);
		assert_says(text, cases[i].expected);
	}
}

static void test_no_process(void **state)
{
	json_t *machine = shop_line();
	json_t *nobody = shop_line();

	(void)state;
	set_at(machine, "smtpwatch.origin", json_string("forwarded"));
	set_at(machine, "source.ip", json_string("10.0.3.7"));
	_cleanup_free_ char *text = explanation_of_line(json_incref(machine));
	assert_says(text, "[allow k3x9ab-destination]\nsource = 10.0.3.7\ndestination = 203.0.113.25\n");
	assert_says(text, "[allow k3x9ab-machine]\nsource = 10.0.3.7\nrules = ");
	assert_silent(text, SECTION_USER);
	json_decref(machine);

	set_at(nobody, "smtpwatch.origin", json_string("no-socket"));
	set_at(nobody, "source.ip", json_string("192.0.2.1"));
	_cleanup_free_ char *silent = explanation_of_line(nobody);
	assert_silent(silent, "[allow ");
}

static int take_key(void *context, const struct ini_place *place, const char *section, const char *key,
		    const char *value)
{
	size_t *count = context;

	(void)place, (void)section, (void)key, (void)value;
	(*count)++;
	return 0;
}

/* Many and long names: every line is one that lib/ini_file.h takes. */
static void test_lists_stay_within_lines(void **state)
{
	static const struct ini_handlers handlers = {.take_key = take_key};
	char names[32][SECTION_NAME_MAX + 1];
	const char *values[32];
	struct section section = {.name = "x", .rules = values, .rule_count = 32, .reason = "y"};
	_cleanup_free_ char *text = NULL;
	struct ini_error problem;
	size_t size;
	size_t count = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < 32; i++) {
		memset(names[i], 'a' + (int)(i % 26), SECTION_NAME_MAX);
		names[i][SECTION_NAME_MAX] = '\0';
		values[i] = names[i];
	}
	section_write(&section, out);
	fclose(out);
	_cleanup_fclose_ FILE *stream = fmemopen(text, size, "r");
	assert_int_equal(ini_read_stream(stream, "x", &handlers, &count, &problem), 0);
	assert_int_equal(count, 33);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_widths),
		cmocka_unit_test(test_not_proposed),
		cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_quoted_values),
		cmocka_unit_test(test_rules_that_are_never_allowed),
		cmocka_unit_test(test_rules_of_sections),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_no_process),
		cmocka_unit_test(test_lists_stay_within_lines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("proposals", tests, set_utc, NULL);
}
