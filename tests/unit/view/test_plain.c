// SPDX-License-Identifier: GPL-2.0-only
#include "view/plain.h"

#include "pictures.h"
#include "view/cells.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

static int make(void **state)
{
	*state = picture_new();
	return *state ? 0 : -1;
}

static int unmake(void **state)
{
	picture_free(*state);
	return 0;
}

static void check_head(const struct picture *picture, size_t width, const char *const *expected, size_t count)
{
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];

	assert_int_equal(plain_format_head(picture, width, true, lines), count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(lines[i], expected[i]);
}

static void test_head(void **state)
{
	static const char *const narrow[] = {
		"web1  smtpwatch 0.1.0  up 1 h 58 min  kernel 6.1.0-30-amd64  capture running",
		"all is seen, nothing lost",
		"15/min  15 min [                             #]  3 open  2 rows forgotten",
		"today 120 connections  9 receivers  88 accepted  12 refused  14 refusals",
	};
	static const char *const wide[] = {
		"web1  smtpwatch 0.1.0  up 1 h 58 min  kernel 6.1.0-30-amd64  capture running  "
		"watches connect, exec, fork",
		"all is seen, nothing lost",
	};
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];
	struct picture *picture = *state;

	check_head(picture, 80, (const char *[]){"nothing is known yet"}, 1);
	assert_int_equal(tell(picture, HEAD), 0);
	picture_set_by(picture, LEDGER_BY_PROCESS);
	check_head(picture, 80, narrow, ARRAY_SIZE(narrow));
	assert_int_equal(plain_format_head(picture, 140, true, lines), PLAIN_HEAD_LINES);
	assert_string_equal(lines[0], wide[0]);
	assert_string_equal(lines[1], wide[1]);
}

static void check_health_line(struct picture *picture, const char *message, size_t width, const char *expected)
{
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];

	assert_int_equal(tell(picture, "%s", message), 0);
	assert_int_equal(plain_format_head(picture, width, false, lines), PLAIN_HEAD_LINES);
	assert_string_equal(lines[1], expected);
}

/* However little room there is, the word that matters stands first. */
static void test_losses_and_blindness(void **state)
{
	struct picture *picture = *state;

	check_health_line(picture, "{'head':{'health':'ok','lost':{'records':12000000,'packets':1,'lines':3}}}", 80,
			  "LOST 12M records, 1 packet, 3 lines");
	check_health_line(picture, "{'head':{'health':'blind','health_text':'nothing is attached'}}", 80,
			  "BLIND  nothing lost  nothing is attached");
	check_health_line(picture,
			  "{'head':{'health':'degraded','health_text':'the capture died and is started anew',"
			  "'lost':{'packets':99},'thinned':1200}}",
			  40, "DEGRADED  LOST 99 packets  the capture ~");
	check_health_line(picture, "{'head':{'health':'blind','lost':{'records':1}}}", 10, "BLIND  LO~");
	check_health_line(picture, "{'head':{'health':'off','health_text':'no capture','thinned':1200000}}", 100,
			  "what is switched on is seen, nothing lost  no capture  1.2M records of floods only counted");
}

/* No width is ever exceeded, with the largest numbers and hostile names too. */
static void test_head_keeps_its_width(void **state)
{
	struct picture *picture = *state;
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];

#define HUGE_COUNT "9223372036854775807"
	assert_int_equal(tell(picture,
			      "{'head':{'now':1795317124,'host':'%0300d\\u202e\\u001b[2J','version':'日本語',"
			      "'health':'blind','health_text':'%0900d','lost':{'records':" HUGE_COUNT "},"
			      "'started':1,'kernel':'k','capture':'c','today':{'attempts':" HUGE_COUNT "},"
			      "'open':" HUGE_COUNT ",'series':{'stretch':10,'newest':179531712,'counts':[" HUGE_COUNT
			      "]}}}",
			      1, 1),
			 0);
	for (size_t width = 1; width < 300; width++) {
		size_t count = plain_format_head(picture, width, width % 2, lines);
		for (size_t i = 0; i < count; i++) {
			assert_true(cells_width(lines[i], width % 2) <= width);
			assert_null(strpbrk(lines[i], "\033\n"));
		}
	}
}

static void check_sparkline(struct picture *picture, const char *series, size_t cells, bool is_ascii,
			    const char *expected)
{
	char text[PLAIN_SPARKLINE_SIZE];

	assert_int_equal(tell(picture, "{'head':{'now':1000,'series':{'stretch':10,%s}}}", series), 0);
	plain_format_sparkline(picture_head(picture), cells, is_ascii, text);
	assert_string_equal(text + strlen(text) - strlen(expected), expected);
	assert_int_equal(cells_width(text, false), cells);
}

static void test_sparkline(void **state)
{
	struct picture *picture = *state;

	check_sparkline(picture, "'newest':100,'counts':[]", 30, true, "     ");
	check_sparkline(picture, "'newest':100,'counts':[7,6,5,4,3,2,1,0]", 90, true, "  .:-=+*#");
	check_sparkline(picture, "'newest':100,'counts':[7,6,5,4,3,2,1,0]", 90, false, "▁▁▂▃▄▅▆▇█");
	check_sparkline(picture, "'newest':100,'counts':[1,0,1000]", 90, true, " # .");
	check_sparkline(picture, "'newest':98,'counts':[5]", 90, true, " #  ");
	check_sparkline(picture, "'newest':100,'counts':[0,0,0,4,4,4]", 30, true, " # ");
	check_sparkline(picture, "'newest':300,'counts':[1]", 90, true, " #");
	check_sparkline(picture, "'newest':1,'counts':[1]", 90, true, "   ");
}

static void check_print(const struct picture *picture, struct plain_options options, const char *filter,
			const char *expected)
{
	struct listing listing = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	listing_set_sort(&listing, LISTING_SORT);
	snprintf(listing.filter, sizeof(listing.filter), "%s", filter);
	assert_int_equal(listing_make(&listing, picture, NOW), 0);
	plain_print(picture, &listing, &options, out);
	fclose(out);
	listing_release(&listing);
	assert_string_equal(text, expected);
}

#define HEAD_80                                                                          \
	"web1  smtpwatch 0.1.0  up 1 h 58 min  kernel 6.1.0-30-amd64  capture running\n" \
	"all is seen, nothing lost\n"                                                    \
	"15/min  15 min [                             #]  3 open\n"                      \
	"today 120 connections  9 receivers  88 accepted  12 refused  14 refusals\n"     \
	"\n"                                                                             \
	"C/MIN VERDICT      USER       SCRIPT                 CONN   :25  DEST   REF LAST\n"

static void test_print(void **state)
{
	struct picture *picture = *state;
	const struct plain_options options = {.width = 80, .alerts = 1, .is_ascii = true};

	assert_int_equal(tell(picture, HEAD), 0);
	check_print(picture, options, "", HEAD_80);
	assert_int_equal(tell(picture, "{'rows':{'by':'script','rows':[" ROW ",{'row':18,'by':'script','name':'n',"
				       "'verdict':'mta'}]}}"),
			 0);
	assert_int_equal(tell(picture, "{'alerts':[{},{'rule':{'id':'mx-fanout'},'source':{'ip':'10.0.0.5'}}]}"), 0);
	check_print(picture, options, "",
		    HEAD_80 "   15 direct-to-MX shop42     /var/www/shop42/x.php   120   118   ~23    12   0s\n"
			    "    - MTA                     n                         -     -     -     -\n"
			    "\n"
			    "                  mx-fanout                10.0.0.5\n");
	check_print(picture, (struct plain_options){.width = 80, .rows = 1, .is_ascii = true}, "",
		    HEAD_80 "   15 direct-to-MX shop42     /var/www/shop42/x.php   120   118   ~23    12   0s\n"
			    "1 more\n");
	check_print(picture, (struct plain_options){.width = 80, .is_ascii = true}, "mta",
		    HEAD_80 "    - MTA                     n                         -     -     -     -\n"
			    "1 hidden by the filter\n");
}

static void test_print_children(void **state)
{
	struct picture *picture = *state;

	assert_int_equal(tell(picture, HEAD), 0);
	assert_int_equal(tell(picture, "{'rows':{'by':'script','rows':[" ROW "]}}"), 0);
	picture_find(picture, 17)->is_expanded = true;
	assert_int_equal(tell(picture, "{'children':{'row':17,'by':'process','total':3,'rows':[{'row':18,"
				       "'by':'process','name':'php[4121]','verdict':'suspicious'}]}}"),
			 0);
	picture_find(picture, 18)->is_expanded = true;
	assert_int_equal(tell(picture, "{'children':{'row':18,'flows':[" FLOW "]}}"), 0);
	check_print(picture, (struct plain_options){.width = 80, .is_ascii = true}, "",
		    HEAD_80 "   15 direct-to-MX shop42     /var/www/shop42/x.php   120   118   ~23    12   0s\n"
			    "    - suspicious                php[4121]               -     -     -     -\n"
			    "      ECONNRESET                  203.0.~s starttls                           0s\n"
			    "  2 more\n");
}

/* Whatever names say, a line stays a line of the terminal's width. */
static void test_print_hostile_names(void **state)
{
	struct picture *picture = *state;
	struct listing listing = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	char *rest = NULL;

	assert_int_equal(tell(picture, HEAD), 0);
	assert_int_equal(tell(picture,
			      "{'rows':{'by':'script','rows':[{'row':1,'by':'script','verdict':'mta',"
			      "'name':'\\u001b[2J日本語\\u202e\\n%0300d日','user':'e\\u0301\\u0301\\u0301"
			      "\\u0301日本語日本語日本語','reply':'\\r\\n'}]}}",
			      1),
			 0);
	assert_int_equal(tell(picture, "{'alerts':[{'rule':{'id':'\\u001b]0;x\\u0007\\n%0300d'}}]}", 1), 0);
	assert_int_equal(listing_make(&listing, picture, NOW), 0);
	FILE *out = open_memstream(&text, &size);
	for (size_t width = 20; width < 260; width++)
		plain_print(picture, &listing, &(struct plain_options){.width = width, .alerts = 1}, out);
	fclose(out);
	listing_release(&listing);
	assert_null(strpbrk(text, "\033\r\a"));
	size_t lines = 0;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		assert_true(cells_width(line, false) <= 20 + lines / 7);
		assert_int_not_equal(line[strlen(line) - 1], ' ');
		lines++;
	}
	assert_int_equal(lines, 7 * 240);
}

/* For programs and tickets: nothing is shortened or cut. */
static void test_print_as_wide_as_it_takes(void **state)
{
	struct picture *picture = *state;
	struct listing listing = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(tell(picture, HEAD), 0);
	assert_int_equal(tell(picture,
			      "{'rows':{'by':'script','rows':[" ROW ",{'row':1,'by':'script','name':'%0200d',"
			      "'counts':{'attempts':123456789}}]}}",
			      7),
			 0);
	assert_int_equal(listing_make(&listing, picture, NOW), 0);
	FILE *out = open_memstream(&text, &size);
	plain_print(picture, &listing, &(struct plain_options){0}, out);
	fclose(out);
	listing_release(&listing);
	assert_non_null(strstr(text, "00000007 "));
	assert_non_null(strstr(text, " 123456789 "));
	assert_non_null(strstr(text, " 550 5.7.1 blocked "));
	assert_ptr_equal(strchr(text, '~'), strrchr(text, '~')); /* of ~23, and of nothing that was cut */
	assert_non_null(strstr(text, " ~23 "));
}

static int set_place(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(test_head),
		TEST(test_losses_and_blindness),
		TEST(test_head_keeps_its_width),
		TEST(test_sparkline),
		TEST(test_print),
		TEST(test_print_children),
		TEST(test_print_hostile_names),
		TEST(test_print_as_wide_as_it_takes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plain", tests, set_place, NULL);
}
