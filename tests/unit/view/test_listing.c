// SPDX-License-Identifier: GPL-2.0-only
#include "view/listing.h"

#include "pictures.h"

#include <stdlib.h>

struct scene {
	struct picture *picture;
	struct listing listing;
};

static int make(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	scene->picture = picture_new();
	listing_set_sort(&scene->listing, LISTING_SORT);
	*state = scene;
	return 0;
}

static int unmake(void **state)
{
	struct scene *scene = *state;

	listing_release(&scene->listing);
	picture_free(scene->picture);
	free(scene);
	return 0;
}

static void tell_row(struct scene *scene, unsigned int number, const char *rest)
{
	assert_int_equal(tell(scene->picture,
			      "{'rows':{'by':'script','rows':[{'row':%u,'revision':%u,'by':'script',%s}]}}", number,
			      number, rest),
			 0);
}

/* The numbers of the rows, in their order, those of children behind as many dots as they are deep. */
static void check_order(struct scene *scene, const char *expected)
{
	char order[512] = "";

	assert_int_equal(listing_make(&scene->listing, scene->picture, NOW), 0);
	for (size_t i = 0; i < scene->listing.count; i++) {
		const struct listing_item *item = &scene->listing.items[i];
		snprintf(order + strlen(order), sizeof(order) - strlen(order), "%s%.*s%u", i ? " " : "",
			 (int)item->depth, "...", (unsigned int)item->row->number);
	}
	assert_string_equal(order, expected);
}

#define RECENT(count) "'recent':{'newest':179531712,'counts':[" #count "]}"
#define ALERT(severity, active) "'alert':{'rule':'r','severity':'" severity "','incident':'i','active':" active "}"

/* Who is the problem comes first, however much the mail server sends. */
static void test_what_is_urgent_comes_first(void **state)
{
	struct scene *scene = *state;

	check_order(scene, "");
	tell_row(scene, 1, "'verdict':'mta'," RECENT(900));
	tell_row(scene, 2, "'verdict':'application','counts':{'attempts':3}");
	tell_row(scene, 3, "'verdict':'direct-to-mx'," RECENT(5) "," ALERT("critical", "true"));
	tell_row(scene, 4, "'verdict':'suspicious'," RECENT(50) "," ALERT("warning", "true"));
	tell_row(scene, 5, "'verdict':'direct-to-mx','counts':{'attempts':2}," ALERT("critical", "false"));
	tell_row(scene, 6, "'verdict':'direct-to-mx'," RECENT(7) "," ALERT("critical", "true"));
	tell_row(scene, 7, "'verdict':'suspicious','counts':{'attempts':9}");
	tell_row(scene, 8, "'verdict':'application','counts':{'attempts':4}");
	tell_row(scene, 9, "'verdict':'application','counts':{'attempts':3}");
	check_order(scene, "6 3 4 5 7 1 8 2 9");
}

static void test_sorting_both_ways(void **state)
{
	struct scene *scene = *state;

	tell_row(scene, 1, "'user':'bert','open':2");
	tell_row(scene, 2, "'user':'anna','open':9");
	tell_row(scene, 3, "'open':2");
	tell_row(scene, 4, "'user':'with-a-long-name-b','open':1");
	tell_row(scene, 5, "'user':'with-a-long-name-a'");
	listing_set_sort(&scene->listing, COLUMN_USER);
	check_order(scene, "3 2 1 5 4");
	scene->listing.is_ascending = false;
	check_order(scene, "4 5 1 2 3");
	listing_set_sort(&scene->listing, COLUMN_OPEN);
	check_order(scene, "2 1 3 4 5");
	scene->listing.is_ascending = true;
	check_order(scene, "5 4 1 3 2");
}

static void check_filter(struct scene *scene, const char *filter, const char *expected, size_t hidden)
{
	snprintf(scene->listing.filter, sizeof(scene->listing.filter), "%s", filter);
	check_order(scene, expected);
	assert_int_equal(scene->listing.hidden, hidden);
}

static void test_filter(void **state)
{
	static const char *const keys[] = {"name",   "user", "process", "executable", "unit", "site",
					   "script", "url",  "domain",  "helo",       "reply"};
	struct scene *scene = *state;
	char rest[128];

	listing_set_sort(&scene->listing, COLUMN_OPEN);
	tell_row(scene, 1, "'name':'/var/www/shop42/x.php','user':'Anna','verdict':'direct-to-mx'");
	tell_row(scene, 2, "'name':'/var/www/shop43/x.php','user':'bert','verdict':'mta'," ALERT("info", "true"));
	check_filter(scene, "", "1 2", 0);
	check_filter(scene, "  ", "1 2", 0);
	check_filter(scene, "SHOP42", "1", 1);
	check_filter(scene, "x.php anna", "1", 1);
	check_filter(scene, "anna bert", "", 2);
	check_filter(scene, "mx", "1", 1);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(rest, sizeof(rest), "'%s':'needLe'", keys[i]);
		tell_row(scene, 3, rest);
		check_filter(scene, "Needle", "3", 2);
	}
	tell_row(scene, 3, "'alert':{'rule':'mx-fanout','severity':'info','incident':'q7x'}");
	check_filter(scene, "fanout", "3", 2);
	check_filter(scene, "q7x", "3", 2);
}

static void test_children(void **state)
{
	struct scene *scene = *state;

	listing_set_sort(&scene->listing, COLUMN_OPEN);
	tell_row(scene, 1, "'user':'anna'");
	tell_row(scene, 2, "'open':5");
	picture_find(scene->picture, 1)->is_expanded = true;
	assert_int_equal(tell(scene->picture, "{'children':{'row':1,'total':5,'rows':[{'row':8,'by':'process'},"
					      "{'row':7,'by':'process'}]}}"),
			 0);
	picture_find(scene->picture, 8)->is_expanded = true;
	assert_int_equal(tell(scene->picture, "{'children':{'row':8,'total':1,'flows':[{'flow':3}]}}"), 0);
	check_order(scene, "2 1 .8 ..3 .7");
	assert_false(scene->listing.items[2].is_last);
	assert_int_equal(scene->listing.items[2].left_out, 0);
	assert_true(scene->listing.items[3].is_last);
	assert_true(scene->listing.items[4].is_last);
	assert_int_equal(scene->listing.items[4].left_out, 3);
	assert_int_equal(listing_find(&scene->listing, 7), 4);
	assert_int_equal(listing_find(&scene->listing, 3 | PICTURE_FLOW_BIT), 3);
	assert_true(listing_find(&scene->listing, 99) == SIZE_MAX);
	check_filter(scene, "anna", "1 .8 ..3 .7", 1);
	picture_find(scene->picture, 1)->is_expanded = false;
	check_order(scene, "1");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_urgent_comes_first),
		TEST(test_sorting_both_ways),
		TEST(test_filter),
		TEST(test_children),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
