// SPDX-License-Identifier: GPL-2.0-only
/* EXPLAIN_REGENERATE=1 writes the expected texts of tests/golden/explain anew, from the root of the tree. */
#include "explain/explain.h"

#include "lib/text.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define GOLDEN "tests/golden/explain/"

static char *read_whole(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		fail_msg("cannot read %s", path);
	if (getdelim(&text, &size, '\0', file) < 0)
		fail_msg("%s is empty", path);
	return text;
}

/* What --explain prints; standard error is nobody's business here. */
static int run(const char *id, const char *path, char **ret_text)
{
	char *files[] = {(char *)(uintptr_t)path};
	_cleanup_close_ int kept = dup(STDERR_FILENO);
	_cleanup_close_ int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t size;
	FILE *out = open_memstream(ret_text, &size);

	assert_non_null(out);
	assert_int_equal(dup2(nowhere, STDERR_FILENO), STDERR_FILENO);
	int error = explain_run(id, files, 1, out);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	fclose(out);
	return error;
}

static void test_golden(void **state)
{
	static const struct {
		const char *id;
		const char *lines;
		const char *text;
	} cases[] = {
		{"k3x9ab", GOLDEN "php-fpm.jsonl", GOLDEN "php-fpm.txt"},
		{"9machn", GOLDEN "machine.jsonl", GOLDEN "machine.txt"},
		{"b1nd0k", GOLDEN "blind.jsonl", GOLDEN "blind.txt"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;
		assert_int_equal(run(cases[i].id, cases[i].lines, &text), 0);
		if (getenv("EXPLAIN_REGENERATE")) {
			_cleanup_fclose_ FILE *file = fopen(cases[i].text, "we");
			assert_non_null(file);
			assert_true(fputs(text, file) >= 0);
		}
		_cleanup_free_ char *expected = read_whole(cases[i].text);
		assert_string_equal(text, expected);
	}
}

/* Writes a file of the lines: `text` first. Returns its path. */
static const char *write_lines(char path[32], const char *text, json_t *const *lines, size_t count)
{
	snprintf(path, 32, "/tmp/explain.XXXXXX");
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	assert_non_null(file);
	fputs(text, file);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(json_dumpf(lines[i], file, JSON_COMPACT), 0);
		fputc('\n', file);
		json_decref(lines[i]);
	}
	assert_int_equal(fclose(file), 0);
	return path;
}

static json_t *line_of(const char *id)
{
	json_t *line = shop_line();

	set_at(line, "smtpwatch.incident", json_string(id));
	return line;
}

static void test_ids(void **state)
{
	static const struct {
		const char *id;
		int error;
		const char *text; /* begins with it */
	} cases[] = {
		{"k3x9ab", 0, "Incident k3x9ab: high, going on\n"},
		{"K3X9AB", 0, "Incident k3x9ab: "},
		{"k3x9a", 0, "Incident k3x9ab: "},
		{"ioq", 0, "Incident 10qqqq: "},
		{"k3x", -ENOTUNIQ, "k3x9ab  2026-11-22 03:12:05 UTC  high  direct-to-mx shop42\nk3xzzz  "},
		{"zzz", -ENOENT, ""},
		{"k3", -EINVAL, ""},
		{"k3x9abc", -EINVAL, ""},
		{"k3\x1b", -EINVAL, ""},
		{"", -EINVAL, ""},
	};
	json_t *const lines[] = {line_of("k3x9ab"), line_of("k3xzzz"), line_of("10qqqq")};
	char path[32];

	(void)state;
	write_lines(path, "", lines, ARRAY_SIZE(lines));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;
		assert_int_equal(run(cases[i].id, path, &text), cases[i].error);
		assert_memory_equal(text, cases[i].text, strlen(cases[i].text));
		if (cases[i].error == -ENOENT || cases[i].error == -EINVAL)
			assert_string_equal(text, "");
	}
	unlink(path);
	_cleanup_free_ char *text = NULL;
	assert_int_equal(run("k3x9ab", path, &text), -ENOENT);
}

/* Half a line, another program's, an event that is none of the incident's, and an attempt to look like a part of it. */
static void test_other_lines(void **state)
{
	static const char others[] = "\n{\"smtpwatch\":{\"incident\":\"k3x9ab\"\nk3x9ab\n[\"k3x9ab\"]\n"
				     "{\"event\":{\"kind\":\"event\"},\"smtpwatch\":{\"incident\":\"k3x9ab\"}}\n"
				     "{\"event\":{\"kind\":\"alert\"},\"smtpwatch\":{\"incident\":\"k3x9ab2\"}}\n"
				     "{\"event\":7,\"smtpwatch\":\"k3x9ab\"}\n";
	json_t *const lines[] = {line_of("k3x9ab")};
	_cleanup_free_ char *text = NULL;
	char path[32];

	(void)state;
	write_lines(path, others, lines, 1);
	assert_int_equal(run("k3x9ab", path, &text), 0);
	assert_says(text, ": 3 observations, the latest to 203.0.113.25:25.\n");
	unlink(path);
}

/* Nothing but the latest lines is kept, wherever they stand, and it is said. */
static void test_many_lines(void **state)
{
	json_t *lines[2000];
	_cleanup_free_ char *text = NULL;
	char path[32];
	char time[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		size_t second = ARRAY_SIZE(lines) - i;
		lines[i] = line_of("k3x9ab");
		snprintf(time, sizeof(time), "2026-11-22T04:%02zu:%02zu.000Z", second / 60, second % 60);
		set_at(lines[i], "@timestamp", json_string(time));
		set_at(lines[i], "smtpwatch.count", json_integer((json_int_t)second));
	}
	write_lines(path, "", lines, ARRAY_SIZE(lines));
	assert_int_equal(run("k3x9ab", path, &text), 0);
	assert_says(text, ": 2000 observations");
	assert_says(text, "\n1488 older lines of this incident were not looked at.\n");
	unlink(path);
}

static void test_no_alert_among_them(void **state)
{
	_cleanup_json_ json_t *lines = json_array();

	(void)state;
	assert_int_equal(explain_incident(lines, stderr), -ENOENT);
	json_array_append_new(lines, json_integer(7));
	json_array_append_new(lines, json_object());
	assert_int_equal(explain_incident(lines, stderr), -ENOENT);
}

static void test_ended(void **state)
{
	json_t *lines = json_array();
	json_t *other = shop_line();
	json_t *end = shop_line();

	(void)state;
	set_at(end, "@timestamp", json_string("2026-11-22T05:00:00.000Z"));
	set_at(end, "event.action", json_string("ended"));
	json_array_append_new(lines, end);
	json_array_append_new(lines, shop_line());
	_cleanup_free_ char *text = explanation_of(json_deep_copy(lines));
	assert_says(text, "Incident k3x9ab: high, ended\n");
	assert_says(text, "\n  ended      2026-11-22 05:00:00 UTC, 1 h 47 min after it began\n");

	/* Another alert of the same rule goes on. */
	set_at(other, "event.start", json_string("2026-11-22T03:12:04.500Z"));
	json_array_append_new(lines, other);
	_cleanup_free_ char *rest = explanation_of(json_deep_copy(lines));
	assert_says(rest, "Incident k3x9ab: high, going on\n");

	/* Wherever it stands among them. */
	set_at(other, "event.severity", json_integer(4));
	_cleanup_free_ char *heavier = explanation_of(lines);
	assert_says(heavier, ", going on\n");
}

static void test_words_of_measures(void **state)
{
	static const struct {
		const char *measure;
		const char *words;
	} cases[] = {
		{"{\"what\":\"count\",\"value\":7,\"limit\":5,\"window\":60}", "7 in 1 min; the limit is 5"},
		{"{\"what\":\"count\",\"value\":1,\"limit\":1}", "1; the limit is 1"},
		{"{\"what\":\"distinct destination.network\",\"value\":12,\"limit\":10,\"window\":600}",
		 "12 different destination networks in 10 min; the limit is 10"},
		{"{\"what\":\"distinct url\",\"value\":12,\"limit\":10,\"window\":5400,\"estimate\":true}",
		 "about 12 different values of url in 1 h 30 min; the limit is 10"},
		{"{\"what\":\"share\",\"value\":80,\"limit\":50,\"window\":86400}", "80 % in 1 d; the limit is 50 %"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *line = shop_line();
		set_at(line, "smtpwatch.measures", json_array());
		json_array_append_new(json_object_get(json_object_get(line, "smtpwatch"), "measures"),
				      json_loads(cases[i].measure, 0, NULL));
		_cleanup_free_ char *text = explanation_of_line(line);
		assert_says(text, cases[i].words);
	}
}

static void assert_harmless_page(const char *text)
{
	size_t size = strlen(text);

	while (size > 0) {
		uint32_t code_point = 0;
		size_t length = text_decode_utf8((const uint8_t *)text, size, &code_point);
		assert_int_not_equal(length, 0);
		if ((code_point < 0x20 && code_point != '\n') || (code_point >= 0x7f && code_point < 0xa0) ||
		    (code_point >= 0x202a && code_point <= 0x202e))
			fail_msg("U+%04X in:\n%s", code_point, text);
		text += length;
		size -= length;
	}
}

/* Somebody else wrote the file: the texts are not escaped, and of any length. Nothing of it begins a line. */
static void test_hostile_lines(void **state)
{
	static const char *const texts[] = {
		"\x1b[2J",
		"\n[allow all]\nuser = *\n",
		"\r\n\t",
		"a\xe2\x80\xae/b",
		"\"",
		"\xc3\xa9\xe2\x82\xac",
		"'; rm -rf /; '",
		"%s%n",
		"\\",
		"",
		"\x7f\xc2\x85",
	};
	static const char *const paths[] = {
		"rule.id",
		"rule.description",
		"rule.reference",
		"process.executable",
		"process.command_line",
		"process.working_directory",
		"user.name",
		"user.id",
		"smtpwatch.unit",
		"smtpwatch.site",
		"smtpwatch.script.path",
		"smtpwatch.script.url",
		"smtpwatch.script.method",
		"smtpwatch.evidence",
		"smtpwatch.role",
		"container.name",
		"log.level",
		"event.action",
		"event.start",
		"@timestamp",
		"destination.ip",
		"destination.domain",
		"smtpwatch.reply.text",
		"smtpwatch.dialogue.ehlo",
		"smtpwatch.incident",
		"smtpwatch.incident_severity",
		"process.parent.name",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t repeat = 1; repeat < 5000; repeat += 1999) {
			_cleanup_free_ char *text = calloc(repeat + 1, strlen(texts[i]) + 1);
			for (size_t j = 0; j < repeat; j++)
				strcat(text, texts[i]);
			json_t *line = shop_line();
			for (size_t j = *text ? 0 : 1; j < ARRAY_SIZE(paths); j++)
				set_at(line, paths[j], json_string(text));
			set_at(line, "smtpwatch.reply.code", json_integer(554));
			set_at(line, "smtpwatch.ancestors", json_array());
			for (size_t j = 0; j < 20; j++)
				json_array_append_new(json_object_get(json_object_get(line, "smtpwatch"), "ancestors"),
						      json_pack("{ss}", "name", text));
			_cleanup_free_ char *page = explanation_of_line(line);
			assert_harmless_page(page);
			assert_silent(page, "\n[allow all");
			assert_silent(page, "\nuser = ");
		}
	}
}

/* Each name is one word of a shell, and no option. */
static void test_commands(void **state)
{
	json_t *line = shop_line();

	(void)state;
	set_at(line, "smtpwatch.script.path", json_string("/srv/it's $(x).php"));
	set_at(line, "smtpwatch.script.url", json_string("/it's.php?q=';"));
	set_at(line, "user.name", json_string("-x"));
	set_at(line, "smtpwatch.unit", json_string("a\\x2db.service"));
	_cleanup_free_ char *text = explanation_of_line(line);
	assert_says(text, "\n    stat '/srv/it'\\''s $(x).php'\n");
	assert_says(text, "| grep -F '/it'\\''s.php'\n");
	assert_says(text, "\n    ps -o pid,ppid,user,lstart,args -p 4121\n");
	assert_silent(text, "crontab");
	assert_silent(text, "systemctl status");
}

/* The latest alert tells nothing of what was said, an older one does. */
static void test_what_was_said(void **state)
{
	json_t *lines = json_array();
	json_t *said = shop_line();
	json_t *latest = shop_line();

	(void)state;
	set_at(said, "smtpwatch.reply", json_pack("{siss}", "code", 554, "text", "blocked using zen"));
	set_at(latest, "event.start", json_string("2026-11-22T04:00:00.000Z"));
	set_at(latest, "@timestamp", json_string("2026-11-22T04:00:00.000Z"));
	json_array_append_new(lines, said);
	json_array_append_new(lines, latest);
	_cleanup_free_ char *text = explanation_of(lines);
	assert_says(text, "\n  reply      554 blocked using zen\n");
	_cleanup_free_ char *silent = explanation_of_line(shop_line());
	assert_silent(silent, "What was said");
}

/* Other types than the daemon writes. */
static void test_wrong_types(void **state)
{
	json_t *line = shop_line();

	(void)state;
	set_at(line, "smtpwatch.measures", json_string("many"));
	set_at(line, "smtpwatch.samples", json_integer(-3));
	set_at(line, "smtpwatch.incident_rules", json_object());
	set_at(line, "smtpwatch.ancestors", json_true());
	set_at(line, "smtpwatch.count", json_integer(-1));
	set_at(line, "process", json_string("init"));
	set_at(line, "destination", json_array());
	_cleanup_free_ char *text = explanation_of_line(line);
	assert_says(text, "/var/www/shop42/x.php, run by user shop42, fired");
	assert_says(text, "Not proposed. The executable is not known.");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_no_alert_among_them),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_words_of_measures),
		cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_what_was_said),
		cmocka_unit_test(test_wrong_types),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("explain", tests, set_utc, NULL);
}
