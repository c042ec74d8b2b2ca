// SPDX-License-Identifier: GPL-2.0-only
#include "client/status_text.h"
#include "support/test.h"

#include <locale.h>
#include <stdlib.h>

#define TEXT_SIZE 4096

static const char *show(const char *status_text, bool has_colours, char text[TEXT_SIZE], enum client_exit expected)
{
	const struct print_style style = {.has_colours = has_colours};
	json_t *status = json_loads(status_text, 0, NULL);
	FILE *out = fmemopen(text, TEXT_SIZE, "w");

	assert_non_null(status);
	assert_int_equal(status_exit(status), expected);
	status_text_print(&style, "web1", status, out);
	fclose(out);
	json_decref(status);
	return text;
}

#define CHECK(name, state, advice) \
	"{\"name\":\"" name "\",\"state\":\"" state "\",\"text\":\"as it is\",\"advice\":\"" advice "\"}"
#define STATUS(health, checks) "{\"health\":\"" health "\",\"version\":\"0.1.0\",\"checks\":[" checks "]}"

static void test_states(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	assert_string_equal(
		show(STATUS("off", CHECK("kernel", "ok", "") "," CHECK("capture", "off", "")), false, text, EXIT_DONE),
		"smtpwatch 0.1.0 on web1: all is seen\n"
		"kernel   ok        as it is\n"
		"capture  off       as it is\n");
	assert_string_equal(show(STATUS("blind", CHECK("php /usr/bin/php", "degraded",
						       "update it") "," CHECK("connect", "blind", "")),
				 false, text, EXIT_BAD_ANSWER),
			    "smtpwatch 0.1.0 on web1: blind: 1, degraded: 1\n"
			    "php /usr/bin/php  degraded  as it is\n"
			    "                            update it\n"
			    "connect           blind     as it is\n");
}

/* What is blind decides, wherever it is said. */
static void test_exit(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	show(STATUS("degraded", CHECK("a", "degraded", "")), false, text, EXIT_DONE);
	show(STATUS("ok", CHECK("a", "blind", "")), false, text, EXIT_BAD_ANSWER);
	show("{\"health\":\"blind\"}", false, text, EXIT_BAD_ANSWER);
	show("{\"health\":\"later\",\"checks\":[7,{},{\"state\":\"later\"}]}", false, text, EXIT_DONE);
}

static void test_hostile(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	show(STATUS("ok\\u001b[2J", CHECK("\\u001b]0;x\\u0007\\n", "bli\\u001b[2J", "\\u202e\\n\\\\x1b")), true, text,
	     EXIT_DONE);
	assert_null(strstr(text, "\033[2J"));
	assert_null(strstr(text, "\033]"));
	assert_null(strchr(text, '\007'));
	assert_null(strstr(text, "\342\200\256"));
	assert_non_null(strstr(text, "\\u{202e}\\x0a\\x1b"));
}

static void test_colours(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	show(STATUS("blind", CHECK("a", "blind", "")), true, text, EXIT_BAD_ANSWER);
	assert_non_null(strstr(text, "\033[1;31mblind   \033[0m"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_colours),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("status_text", tests, NULL, NULL);
}
