// SPDX-License-Identifier: GPL-2.0-only
#include "view/picture.h"

#include "pictures.h"

#include "control/protocol.h"

#include <errno.h>

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

static void test_head(void **state)
{
	struct picture *picture = *state;
	const struct picture_head *head = picture_head(picture);

	assert_false(head->is_known);
	assert_int_equal(tell(picture, HEAD), 0);
	assert_true(head->is_known);
	assert_string_equal(head->host, "web1");
	assert_string_equal(head->attached, "connect, exec, fork");
	assert_null(head->health_text);
	assert_int_equal(head->health, HEALTH_OK);
	assert_int_equal(head->today.ports[LEDGER_PORT_SMTP], 118);
	assert_int_equal(head->today.refusals, 14);
	assert_int_equal(head->series[2], 12);
	assert_int_equal(head->total[LEDGER_BY_SCRIPT], 4);
	assert_int_equal(head->forgotten[LEDGER_BY_PROCESS], 2);
	assert_int_equal(picture_total_rate(head, NOW), 15);
}

/* What is not said, or in a word that is not known, is not taken for good. */
static void test_health_that_is_not_said(void **state)
{
	struct picture *picture = *state;

	assert_int_equal(tell(picture, "{'head':{}}"), 0);
	assert_int_equal(picture_head(picture)->health, HEALTH_DEGRADED);
	assert_int_equal(tell(picture, "{'head':{'health':'fine'}}"), -EBADMSG);
	assert_int_equal(picture_head(picture)->health, HEALTH_DEGRADED);
	assert_int_equal(tell(picture, "{'head':{'health':'blind'}}"), 0);
	assert_int_equal(picture_head(picture)->health, HEALTH_BLIND);
}

static void test_row(void **state)
{
	struct picture *picture = *state;

	assert_int_equal(tell(picture, "{'rows':{'by':'script','revision':912,'oldest':17,'rows':[" ROW "]}}"), 0);
	const struct picture_row *row = picture_find(picture, 17);
	assert_non_null(row);
	assert_int_equal(row->verdict, LEDGER_VERDICT_DIRECT);
	assert_string_equal(row->name, "/var/www/shop42/x.php");
	assert_string_equal(row->unit, "php8.2-fpm.service");
	assert_int_equal(row->pid, 4121);
	assert_int_equal(row->counts.attempts, 120);
	assert_int_equal(row->counts.ports[LEDGER_PORT_SUBMISSION], 2);
	assert_true(row->destinations_estimated);
	assert_true(row->is_alerting);
	assert_int_equal(row->severity, ALERT_SEVERITY_CRITICAL);
	assert_string_equal(row->incident, "j1wdvb");
	assert_true(row->last > 1795317124 && row->last < 1795317125);
}

static void tell_row(struct picture *picture, unsigned int number, unsigned int revision, const char *rest)
{
	assert_int_equal(tell(picture,
			      "{'rows':{'by':'script','rows':[{'row':%u,'revision':%u,'by':'script','verdict':'mta',"
			      "'name':'n'%s}]}}",
			      number, revision, rest),
			 0);
}

static void test_rows_change_in_place(void **state)
{
	struct picture *picture = *state;

	tell_row(picture, 5, 1, ",'user':'anna','reply':'450 later'");
	struct picture_row *row = picture_find(picture, 5);
	row->is_expanded = true;
	uint64_t version = picture_version(picture);
	tell_row(picture, 5, 2, ",'user':'bert','uid':7");
	assert_ptr_equal(picture_find(picture, 5), row);
	assert_string_equal(row->user, "bert");
	assert_null(row->reply);
	assert_true(row->is_expanded);
	assert_true(picture_version(picture) > version);
	assert_int_equal(row_count(picture), 1);
	tell_row(picture, 5, 3, ",'uid':7,'unit':'docker-1.scope','container':'web'");
	assert_string_equal(row->user, "7");
	assert_string_equal(row->unit, "web");
}

static void test_forgotten_rows_go(void **state)
{
	struct picture *picture = *state;

	for (unsigned int number = 1; number <= 10; number++)
		tell_row(picture, number, number, "");
	tell_row(picture, 2, 11, "");
	assert_int_equal(tell(picture, "{'rows':{'by':'script','oldest':8,'rows':[]}}"), 0);
	assert_int_equal(row_count(picture), 4);
	assert_non_null(picture_find(picture, 2));
	assert_null(picture_find(picture, 7));
	assert_non_null(picture_find(picture, 8));
}

static void test_other_grouping(void **state)
{
	struct picture *picture = *state;

	tell_row(picture, 1, 1, "");
	picture_set_by(picture, LEDGER_BY_USER);
	assert_int_equal(row_count(picture), 0);
	tell_row(picture, 2, 2, "");
	assert_int_equal(row_count(picture), 0);
	assert_int_equal(tell(picture, "{'rows':{'by':'user','rows':[{'row':3,'by':'user','name':'anna'}]}}"), 0);
	assert_int_equal(row_count(picture), 1);
	assert_int_equal(picture_by(picture), LEDGER_BY_USER);
}

/* Nothing is taken away before all is there; then what did not come again goes. */
static void test_beginning_anew(void **state)
{
	struct picture *picture = *state;

	tell_row(picture, 1, 100, "");
	tell_row(picture, 2, 101, "");
	tell_row(picture, 3, 102, "");
	picture_find(picture, 2)->is_expanded = true;
	picture_find(picture, 3)->is_expanded = true;
	picture_begin_anew(picture);
	assert_int_equal(row_count(picture), 3);
	assert_int_equal(tell(picture, "{'rows':{'by':'script','oldest':1,'more':true,'rows':[{'row':2,'revision':1,"
				       "'by':'script','name':'another'}]}}"),
			 0);
	assert_int_equal(row_count(picture), 3);
	assert_false(picture_find(picture, 2)->is_expanded);
	tell_row(picture, 3, 2, "");
	assert_int_equal(row_count(picture), 2);
	assert_null(picture_find(picture, 1));
	assert_true(picture_find(picture, 3)->is_expanded);
}

static void tell_process(struct picture *picture, const char *numbers)
{
	assert_int_equal(tell(picture, "{'children':{'row':1,'by':'process','total':9,'rows':[%s]}}", numbers), 0);
}

#define PROCESS(number) "{'row':" #number ",'by':'process','name':'php[" #number "]'}"

static void test_children(void **state)
{
	struct picture *picture = *state;

	tell_row(picture, 1, 1, "");
	tell_process(picture, PROCESS(7));
	struct picture_row *row = picture_find(picture, 1);
	assert_int_equal(row->child_count, 0);
	row->is_expanded = true;
	tell_process(picture, PROCESS(7) "," PROCESS(8));
	assert_int_equal(row->child_count, 2);
	assert_int_equal(row->child_total, 9);
	assert_string_equal(row->children[1]->name, "php[8]");
	picture_find(picture, 8)->is_expanded = true;
	assert_int_equal(tell(picture, "{'children':{'row':8,'by':'flow','total':40,'flows':[" FLOW "]}}"), 0);
	tell_process(picture, PROCESS(8) "," PROCESS(9));
	const struct picture_row *child = picture_find(picture, 8);
	assert_true(child->is_expanded);
	assert_int_equal(child->child_count, 1);
	assert_int_equal(child->child_total, 40);
	assert_null(picture_find(picture, 7));
}

static void test_flow(void **state)
{
	struct picture *picture = *state;

	tell_row(picture, 4711, 1, "");
	picture_find(picture, 4711)->is_expanded = true;
	assert_int_equal(tell(picture, "{'children':{'row':4711,'by':'flow','flows':[" FLOW "]}}"), 0);
	const struct picture_row *flow = picture_find(picture, 4711)->children[0];
	assert_true(flow->is_flow);
	assert_true(flow->number == (4711 | PICTURE_FLOW_BIT));
	assert_string_equal(flow->name, "203.0.113.25:25");
	assert_string_equal(flow->outcome, "closed");
	assert_string_equal(flow->error, "ECONNRESET");
	assert_string_equal(flow->reply, "550");
	assert_string_equal(flow->tls, "starttls");
	assert_int_equal(flow->bytes_received, 420);
	assert_true(flow->duration > 0.2 && flow->duration < 0.22);
	assert_null(picture_find(picture, flow->number));
}

static void test_rate(void **state)
{
	const struct picture_row row = {
		.newest_stretch = 100,
		.recent = {1, 10, 100, 1000, 10000, 100000, 1000000},
	};

	(void)state;
	assert_int_equal(picture_rate(&row, 1001), 111111);
	assert_int_equal(picture_rate(&row, 1009.9), 111111);
	assert_int_equal(picture_rate(&row, 1010), 11111);
	assert_int_equal(picture_rate(&row, 1059), 1);
	assert_int_equal(picture_rate(&row, 1060), 0);
	assert_int_equal(picture_rate(&row, 990), 1111111);
}

static void test_alerts(void **state)
{
	struct picture *picture = *state;

	assert_int_equal(tell(picture, "{'alerts':[{'n':1},{'n':2}]}"), 0);
	for (int i = 3; i <= PICTURE_ALERTS + 1; i++)
		assert_int_equal(tell(picture, "{'alert':{'n':%d}}", i), 0);
	const json_t *alerts = picture_alerts(picture);
	assert_int_equal(json_array_size(alerts), PICTURE_ALERTS);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(alerts, 0), "n")), 2);
	picture_begin_anew(picture);
	assert_int_equal(json_array_size(alerts), PICTURE_ALERTS);
	assert_int_equal(tell(picture, "{'alert':{'n':1}}"), 0);
	assert_int_equal(tell(picture, "{'alert':{'n':2}}"), 0);
	assert_int_equal(json_array_size(alerts), 2);
}

static void test_detail_and_explanation(void **state)
{
	struct picture *picture = *state;

	assert_null(picture_detail(picture));
	assert_int_equal(tell(picture, "{'detail':{'helo':['a']}}"), 0);
	assert_non_null(json_object_get(picture_detail(picture), "helo"));
	assert_int_equal(tell(picture, "{'explain':{'incident':'a','more':true,'lines':[{},{}]}}"), 0);
	assert_true(json_is_true(json_object_get(picture_explanation(picture), "more")));
	assert_int_equal(tell(picture, "{'explain':{'incident':'a','lines':[{}]}}"), 0);
	assert_null(json_object_get(picture_explanation(picture), "more"));
	assert_int_equal(json_array_size(json_object_get(picture_explanation(picture), "lines")), 3);
	assert_int_equal(tell(picture, "{'explain':{'incident':'a','lines':[{}]}}"), 0);
	assert_int_equal(json_array_size(json_object_get(picture_explanation(picture), "lines")), 1);
}

static void test_other_messages(void **state)
{
	struct picture *picture = *state;
	uint64_t version = picture_version(picture);

	assert_int_equal(tell(picture, "{'event':{}}"), -ENOENT);
	assert_int_equal(tell(picture, "{'error':{'code':'syntax'}}"), -ENOENT);
	assert_int_equal(tell(picture, "{}"), -ENOENT);
	assert_int_equal(tell(picture, "[]"), -ENOENT);
	assert_int_equal(picture_version(picture), version);
}

static void test_wrong_types(void **state)
{
	static const char *const texts[] = {
		"{'head':7}",
		"{'head':{'host':7}}",
		"{'head':{'now':'x'}}",
		"{'head':{'now':1e300}}",
		"{'head':{'today':[]}}",
		"{'head':{'series':{'stretch':7,'newest':1,'counts':[1]}}}",
		"{'head':{'series':{'counts':{}}}}",
		"{'rows':[]}",
		"{'rows':{'by':7,'rows':[]}}",
		"{'rows':{'by':'script','rows':{}}}",
		"{'rows':{'by':'script','rows':[7]}}",
		"{'rows':{'by':'script','rows':[{'row':0}]}}",
		"{'rows':{'by':'script','rows':[{'row':-1}]}}",
		"{'rows':{'by':'script','rows':[{'row':'1'}]}}",
		"{'rows':{'by':'script','rows':[{'row':1}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','verdict':'good'}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','verdict':7}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','pid':1.5}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','pid':-5}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','estimated':1}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','alert':{'severity':'awful'}}]}}",
		"{'rows':{'by':'script','rows':[{'row':1,'by':'script','alert':[]}]}}",
		"{'alert':[]}",
		"{'alerts':{}}",
		"{'alerts':[7]}",
		"{'children':7}",
		"{'children':{'row':1,'rows':7}}",
		"{'children':{'row':1,'flows':[{}]}}",
		"{'children':{'row':1,'flows':[{'flow':1,'code':99999}]}}",
		"{'detail':7}",
		"{'explain':{'lines':7}}",
	};
	struct picture *picture = *state;

	tell_row(picture, 1, 1, "");
	picture_find(picture, 1)->is_expanded = true;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (tell(picture, "%s", texts[i]) != -EBADMSG)
			fail_msg("%s is taken", texts[i]);
	}
}

/* What is good beside what is bad is taken. */
static void test_good_beside_bad(void **state)
{
	struct picture *picture = *state;

	assert_int_equal(tell(picture, "{'rows':{'by':'script','rows':[7,{'row':1,'by':'script','user':7,'pid':5,"
				       "'verdict':'unheard'},{'row':2,'by':'script'}]}}"),
			 -EBADMSG);
	assert_int_equal(row_count(picture), 2);
	assert_int_equal(picture_find(picture, 1)->pid, 5);
	assert_null(picture_find(picture, 1)->user);
	assert_int_equal(picture_find(picture, 1)->verdict, LEDGER_VERDICT_COUNT);
}

static void test_huge_numbers(void **state)
{
	struct picture *picture = *state;

	tell_row(picture, 1, 1,
		 ",'counts':{'attempts':9223372036854775807},'recent':{'newest':100,"
		 "'counts':[9223372036854775807,9223372036854775807,9223372036854775807]}");
	assert_int_equal(picture_rate(picture_find(picture, 1), 1000), 3ULL * UINT32_MAX);
	assert_int_equal(tell(picture, "{'rows':{'by':'script','rows':[{'row':1,'by':'script',"
				       "'recent':{'newest':9223372036854775807,'counts':[1]}}]}}"),
			 -EBADMSG);
	assert_int_equal(picture_rate(picture_find(picture, 1), 1000), 1);
}

static void test_long_texts_are_cut(void **state)
{
	struct picture *picture = *state;
	char text[3 * PICTURE_TEXT_MAX];

	snprintf(text, sizeof(text), ",'user':'a%0*d'", PICTURE_TEXT_MAX + 5, 7);
	tell_row(picture, 1, 1, text);
	assert_int_equal(strlen(picture_find(picture, 1)->user), PICTURE_TEXT_MAX);
	snprintf(text, sizeof(text), ",'user':'%0*dü'", PICTURE_TEXT_MAX - 1, 7);
	tell_row(picture, 1, 2, text);
	assert_int_equal(strlen(picture_find(picture, 1)->user), PICTURE_TEXT_MAX - 1);
}

static void test_rows_are_bounded(void **state)
{
	struct picture *picture = *state;

	for (int page = 0; page < 11; page++) {
		json_t *rows = json_array();
		for (int i = 1; i <= PICTURE_ROWS_MAX / 10; i++)
			json_array_append_new(
				rows, json_pack("{s:i, s:s}", "row", page * PICTURE_ROWS_MAX / 10 + i, "by", "script"));
		json_t *message = json_pack("{s:{s:s, s:o}}", "rows", "by", "script", "rows", rows);
		assert_int_equal(picture_take(picture, message), 0);
		json_decref(message);
	}
	assert_int_equal(row_count(picture), PICTURE_ROWS_MAX);
	assert_null(picture_find(picture, 1));
	assert_non_null(picture_find(picture, PICTURE_ROWS_MAX + 1));
}

static void test_children_and_alerts_are_bounded(void **state)
{
	struct picture *picture = *state;
	json_t *rows = json_array();

	tell_row(picture, 1, 1, "");
	picture_find(picture, 1)->is_expanded = true;
	for (int i = 0; i < PROTOCOL_CHILDREN_MAX + 1; i++)
		json_array_append_new(rows, json_pack("{s:i, s:s}", "row", i + 2, "by", "process"));
	json_t *message = json_pack("{s:{s:i, s:o}}", "children", "row", 1, "rows", rows);
	assert_int_equal(picture_take(picture, message), -EBADMSG);
	json_decref(message);
	assert_int_equal(picture_find(picture, 1)->child_count, PROTOCOL_CHILDREN_MAX);
	assert_int_equal(tell(picture, "{'alert':{'n':'%0100000d'}}", 1), -EBADMSG);
	assert_int_equal(json_array_size(picture_alerts(picture)), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(test_head),
		TEST(test_health_that_is_not_said),
		TEST(test_row),
		TEST(test_rows_change_in_place),
		TEST(test_forgotten_rows_go),
		TEST(test_other_grouping),
		TEST(test_beginning_anew),
		TEST(test_children),
		TEST(test_flow),
		cmocka_unit_test(test_rate),
		TEST(test_alerts),
		TEST(test_detail_and_explanation),
		TEST(test_other_messages),
		TEST(test_wrong_types),
		TEST(test_good_beside_bad),
		TEST(test_huge_numbers),
		TEST(test_long_texts_are_cut),
		TEST(test_rows_are_bounded),
		TEST(test_children_and_alerts_are_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
