// SPDX-License-Identifier: GPL-2.0-only
#include "client/line_text.h"
#include "explain/moment.h"
#include "support/test.h"
#include "view/cells.h"

#include <locale.h>
#include <stdlib.h>

#define TEXT_SIZE 8192

static const char alert[] = "{\"@timestamp\":\"2026-11-22T03:12:04.123Z\",\"event\":{\"action\":\"risen\"},\"log\":{"
			    "\"level\":\"critical\"},"
			    "\"rule\":{\"id\":\"direct-to-mx\"},\"user\":{\"id\":\"1042\",\"name\":\"shop42\"},"
			    "\"process\":{\"pid\":7,\"executable\":\"/usr/sbin/php-fpm8.2\"},"
			    "\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25},"
			    "\"smtpwatch\":{\"script\":{\"path\":\"/var/www/shop42/wp-content/uploads/2026/11/x.php\"},"
			    "\"incident\":\"k3x9ab\",\"count\":12,\"evidence\":\"2 networks\"}}";

static struct line_layout layout_of(bool is_of_alerts, size_t width)
{
	return (struct line_layout){
		.style = {.width = width},
		.is_of_alerts = is_of_alerts,
		.now_ns = moment_parse("2026-11-22T20:00:00.000Z"),
	};
}

/* The only line of a listing; the reference is taken. */
static const char *show_json(struct line_layout layout, json_t *line, char text[TEXT_SIZE])
{
	json_t *lines = json_array();
	FILE *out = fmemopen(text, TEXT_SIZE, "w");

	assert_int_equal(json_array_append_new(lines, line), 0);
	line_text_lay_out(&layout, lines);
	line_text_print(&layout, line, out);
	fclose(out);
	json_decref(lines);
	return text;
}

static const char *show(struct line_layout layout, const char *line, char text[TEXT_SIZE])
{
	return show_json(layout, json_loads(line, 0, NULL), text);
}

static void test_alert(void **state)
{
	char text[TEXT_SIZE];
	struct line_layout layout = layout_of(true, 0);

	(void)state;
	assert_string_equal(show(layout, alert, text),
			    "03:12:04 critical k3x9ab shop42   /var/www/shop42/wp-content/uploads/2026/11/x.php "
			    "203.0.113.25:25    direct-to-mx, risen, 12 times: 2 networks\n");
	layout.now_ns = moment_parse("2026-11-23T00:00:00.000Z");
	assert_ptr_equal(strstr(show(layout, alert, text), "11-22 03:12:04 critical"), text);
	assert_string_equal(show(layout, "{}", text), "\n");
}

static void test_events(void **state)
{
	static const struct {
		const char *line;
		const char *what;
	} cases[] = {
		{"{\"event\":{\"action\":\"attempt\"}}", "connects\n"},
		{"{\"event\":{\"action\":\"attempt\"},\"smtpwatch\":{\"adopted\":true}}", "open already\n"},
		{"{\"event\":{\"action\":\"end\",\"duration\":1500000000},\"smtpwatch\":{\"outcome\":\"refused\"}}",
		 "refused after 1.5s\n"},
		{"{\"event\":{\"action\":\"reply\"},\"smtpwatch\":{\"reply\":{\"code\":421,\"text\":\"later\"}}}",
		 "421 later\n"},
		{"{\"event\":{\"action\":\"submission\"},\"process\":{\"command_line\":\"sendmail -t\"}}",
		 "hands over mail: sendmail -t\n"},
		{"{\"event\":{\"action\":\"other\"}}", "other\n"},
	};
	char text[TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		show(layout_of(false, 0), cases[i].line, text);
		assert_string_equal(text + strspn(text, " "), cases[i].what);
	}
}

static void test_terminal(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	for (size_t width = 80; width <= 200; width++) {
		show(layout_of(true, width), alert, text);
		text[strcspn(text, "\n")] = '\0';
		if (cells_width(text, false) > width)
			fail_msg("%zu cells are more than %zu: %s", cells_width(text, false), width, text);
		assert_non_null(strstr(text, "critical k3x9ab shop42"));
		assert_non_null(strstr(text, "/x.php"));
		assert_non_null(strstr(text, "direct-to-mx"));
	}
}

static void test_colours(void **state)
{
	char text[TEXT_SIZE];
	struct line_layout layout = layout_of(true, 0);

	(void)state;
	assert_null(strchr(show(layout, alert, text), '\033'));
	layout.style.has_colours = true;
	assert_non_null(strstr(show(layout, alert, text), " \033[1;31mcritical\033[0m k3x9ab"));
}

/* Sets "a.b.c" in an object. */
static void set_path(json_t *object, const char *path, const char *value)
{
	const char *dot = strchr(path, '.');
	char name[64];

	if (!dot) {
		json_object_set_new(object, path, json_string(value));
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
	if (!json_object_get(object, name))
		json_object_set_new(object, name, json_object());
	set_path(json_object_get(object, name), dot + 1, value);
}

/* Long texts in all places at once, full of what a terminal obeys. */
static void test_hostile(void **state)
{
	static const char *const places[] = {
		"log.level", "smtpwatch.incident", "user.name",          "smtpwatch.script.path", "destination.domain",
		"rule.id",   "event.action",       "smtpwatch.evidence", "smtpwatch.origin",
	};
	static const char hostile[] = "\033[2J\r\n\b\302\233\342\200\256\342\200\213\177e\314\201\314\201\314\201\\x1b";
	char value[30 * sizeof(hostile)] = "";
	char text[TEXT_SIZE];

	(void)state;
	for (int i = 0; i < 30; i++)
		strcat(value, hostile);
	for (size_t width = 0; width <= 120; width += 60) {
		json_t *line = json_object();
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			set_path(line, places[i], value);
		show_json(layout_of(true, width), line, text);
		assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
		for (const char *at = text; *at != '\n'; at++)
			assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
		assert_null(strstr(text, "\302\233"));
		assert_null(strstr(text, "\342\200\256"));
		assert_null(strstr(text, "\342\200\213"));
		assert_non_null(strstr(text, "\\x1b"));
		assert_null(strstr(text, "\\\\"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert),   cmocka_unit_test(test_events),  cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_colours), cmocka_unit_test(test_hostile),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("line_text", tests, NULL, NULL);
}
