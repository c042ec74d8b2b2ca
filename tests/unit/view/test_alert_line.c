// SPDX-License-Identifier: GPL-2.0-only
#include "view/alert_line.h"

#include "pictures.h"
#include "view/cells.h"

#include <locale.h>
#include <time.h>

#define ALERT(more)                                                                                               \
	"{'@timestamp':'2026-11-22T03:10:04.123Z','event':{'action':'raised'},'log':{'level':'critical'},"        \
	"'rule':{'id':'mx-fanout'},'user':{'id':'1042','name':'shop42'},'process':{'executable':'/usr/bin/php'}," \
	"'destination':{'ip':'2001:db8::1','port':25},'smtpwatch':{'incident':'j1wdvb','count':910" more "}}"
#define SCRIPT ",'script':{'path':'/var/www/shop42.example/wp-content/uploads/x.php'}"

static void check_line(const char *alert, size_t width, double now, const char *expected)
{
	_cleanup_(cleanup_picture_free) struct picture *picture = picture_new();
	const struct alert_line_options options = {.width = width, .now = now, .is_ascii = true};
	char line[ALERT_LINE_SIZE];

	assert_int_equal(tell(picture, "{'alert':%s}", alert), 0);
	size_t taken = alert_line_write(json_array_get(picture_alerts(picture), 0), &options, line);
	assert_string_equal(line, expected);
	assert_int_equal(taken, cells_width(expected, true));
	assert_true(width == 0 || taken <= width);
}

static void test_room(void **state)
{
	(void)state;
	check_line(ALERT(SCRIPT), 60, NOW, "03:10:04 critical mx-fanout     shop42     /var/w~oads/x.php");
	check_line(ALERT(SCRIPT), 80, NOW,
		   "03:10:04 critical mx-fanout     shop42     /var/www/shop4~-content/uploads/x.php");
	check_line(
		ALERT(SCRIPT), 120, NOW,
		"03:10:04 critical mx-fanout     j1wdvb shop42     x910   /var/www/shop42.~e/wp-content/uploads/x.php "
		"-> [2001:db8::1]:25");
	check_line(ALERT(SCRIPT), 0, NOW,
		   "03:10:04 critical mx-fanout     j1wdvb shop42     x910   "
		   "/var/www/shop42.example/wp-content/uploads/x.php -> [2001:db8::1]:25");
	check_line(ALERT(SCRIPT), 10, NOW, "03:10:04 ~");
	check_line(ALERT(SCRIPT), 1, NOW, "~");
}

static void test_what_is_known(void **state)
{
	(void)state;
	check_line(ALERT(""), 0, NOW + 86400,
		   "22Nov 03:10:04 critical mx-fanout     j1wdvb shop42     x910   /usr/bin/php -> [2001:db8::1]:25");
	check_line("{'@timestamp':'2026-11-22T03:10:04Z','event':{'action':'ended'},'log':{'level':'high'},"
		   "'rule':{'id':'unknown-recipients'},'user':{'id':'7'},"
		   "'destination':{'ip':'192.0.2.1','domain':'mx.example','port':25}}",
		   0, NOW, "03:10:04 ended    unknown-recipients        7                 -> mx.example:25");
	check_line("{'rule':{'id':'forwarded'},'source':{'ip':'10.0.0.5'}}", 80, NOW,
		   "                  forwarded                10.0.0.5");
	check_line("{}", 80, NOW, "");
	check_line("{'@timestamp':7,'event':[],'rule':{'id':{}},'destination':{'port':'x'}}", 80, NOW, "");
}

static void test_hostile_text(void **state)
{
	(void)state;
	check_line("{'@timestamp':'2026-11-22T03:10:04Z','user':{'name':'\\u001b[2Jx'},"
		   "'process':{'executable':'/\\u202e\\n/y'}}",
		   80, NOW,
		   "03:10:04                        ?[2Jx      /?"
		   "?/y");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_what_is_known),
		cmocka_unit_test(test_hostile_text),
	};

	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alert_line", tests, NULL, NULL);
}
