// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/shop.h"
#include "visited_house.h"

static struct actor actor;

static int begin(void **state)
{
	(void)state;
	actor = shop_actor();
	return visited_house_begin(LEDGER_BY_PROCESS);
}

/* A row as full as it can be. */
static struct ledger_row *add_full_row(void)
{
	struct ledger_row *row = fake_ledger_add("php-fpm8.2[4121]");

	row->verdict = LEDGER_VERDICT_DIRECT;
	row->actor = &actor;
	row->domain = "mx.example.com";
	row->counts = (struct ledger_counts){
		.attempts = 5, .ports = {4, 0, 1, 0}, .failed = 1, .accepted = 2, .refused = 3, .refusals = 6};
	row->open = 2;
	row->destinations = 40;
	row->destinations_estimated = true;
	row->newest_stretch = 179531712;
	row->recent[0] = 3;
	row->recent[6] = 1;
	row->rule = "direct-to-mx";
	row->severity = ALERT_SEVERITY_CRITICAL;
	row->is_alerting = true;
	strcpy(row->incident, "j1wdvb");
	row->helo[0] = "local\033host";
	row->helo[1] = "other";
	row->replies[0] = (struct ledger_reply){.wall_ns = 1795317124100000000,
						.code = 550,
						.enhanced = {5, 7, 1},
						.class = REPLY_CLASS_BLOCK,
						.receiver = "gmail",
						.text = "go away"};
	row->replies[1] = (struct ledger_reply){.wall_ns = 1795317123000000000, .code = 421, .text = "later"};
	return row;
}

static const char full_row[] =
	"{\"row\":1,\"revision\":1,\"by\":\"process\",\"verdict\":\"direct-to-mx\",\"name\":\"php-fpm8.2[4121]\","
	"\"user\":\"shop42\",\"uid\":1042,\"process\":\"php-fpm8.2\",\"pid\":4121,"
	"\"executable\":\"/usr/sbin/php-fpm8.2\",\"unit\":\"php8.2-fpm.service\",\"site\":\"shop42.example\","
	"\"script\":\"/var/www/shop42/x.php\",\"url\":\"/x.php?id=7\",\"domain\":\"mx.example.com\","
	"\"counts\":{\"attempts\":5,\"ports\":{\"25\":4,\"465\":0,\"587\":1,\"other\":0},\"failed\":1,\"accepted\":2,"
	"\"refused\":3,\"refusals\":6,\"submissions\":0},\"open\":2,\"destinations\":40,\"estimated\":true,"
	"\"first\":1795317124.123456,\"last\":1795317125.5,"
	"\"recent\":{\"newest\":179531712,\"counts\":[3,0,0,0,0,0,1]},"
	"\"alert\":{\"rule\":\"direct-to-mx\",\"severity\":\"critical\",\"incident\":\"j1wdvb\",\"active\":true},"
	"\"helo\":\"local\\\\x1bhost\",\"reply\":\"550 5.7.1 go away\"}";

static void a_row_tells_all_that_is_known(void **state)
{
	(void)state;
	add_full_row();
	visitor_say(&visitor, "{\"request\":\"snapshot\",\"by\":\"process\"}");
	json_decref(visitor_receive(&visitor));
	_cleanup_json_ json_t *message = visitor_receive(&visitor);
	assert_json(json_array_get(value_at(message, "rows.rows"), 0), full_row);
}

static void what_is_not_known_is_absent(void **state)
{
	(void)state;
	fake_ledger_add("?");
	visitor_say(&visitor, "{\"request\":\"snapshot\",\"by\":\"process\"}");
	json_decref(visitor_receive(&visitor));
	_cleanup_json_ json_t *message = visitor_receive(&visitor);
	assert_json(json_array_get(value_at(message, "rows.rows"), 0),
		    "{\"row\":1,\"revision\":1,\"by\":\"process\",\"verdict\":\"application\",\"name\":\"?\","
		    "\"counts\":{\"attempts\":0,\"ports\":{\"25\":0,\"465\":0,\"587\":0,\"other\":0},\"failed\":0,"
		    "\"accepted\":0,\"refused\":0,\"refusals\":0,\"submissions\":0},\"open\":0,\"destinations\":0,"
		    "\"first\":1795317124.123456,\"last\":1795317125.5,"
		    "\"recent\":{\"newest\":0,\"counts\":[0,0,0,0,0,0,0]}}");
}

static void a_detail_has_the_row_and_more(void **state)
{
	(void)state;
	add_full_row();
	_cleanup_json_ json_t *message = visitor_ask(&visitor, "{\"request\":\"detail\",\"row\":1,\"id\":2}");
	assert_json(value_at(message, "detail.row"), full_row);
	assert_json(value_at(message, "detail.helo"), "[\"local\\\\x1bhost\",\"other\"]");
	assert_json(value_at(message, "detail.replies"),
		    "[{\"at\":1795317124.1,\"code\":550,\"class\":\"BLOCK\",\"receiver\":\"gmail\","
		    "\"text\":\"550 5.7.1 go away\"},{\"at\":1795317123.0,\"code\":421,\"text\":\"421 later\"}]");
	assert_json(value_at(message, "detail.alerts"), "[]");
	assert_text_at(message, "detail.actor.process.working_directory", "/var/www/shop42");
	assert_number_at(message, "id", 2);
}

static void what_has_no_process_has_no_user(void **state)
{
	(void)state;
	actor = (struct actor){.origin = ACTOR_ORIGIN_FORWARDED, .identity.key.uid = UINT32_MAX};
	fake_ledger_add("192.0.2.7")->actor = &actor;
	_cleanup_json_ json_t *message = visitor_ask(&visitor, "{\"request\":\"detail\",\"row\":1}");
	assert_null(value_at(message, "detail.row.uid"));
	assert_text_at(message, "detail.actor.smtpwatch.origin", "forwarded");
}

static void the_flows_of_a_process_tell_how_they_went(void **state)
{
	const struct ledger_flow flows[] = {
		{.number = 4712,
		 .remote = endpoint_at("203.0.113.25", 25),
		 .started_wall_ns = 1795317125000000000,
		 .is_open = true},
		{.number = 4711,
		 .local = endpoint_at("192.0.2.81", 40112),
		 .remote = endpoint_at("203.0.113.25", 25),
		 .domain = "mx.example.com",
		 .started_wall_ns = 1795317124100000000,
		 .duration_ns = 210000000,
		 .outcome = SW_OUTCOME_REFUSED,
		 .error = ECONNREFUSED,
		 .bytes_sent = 812,
		 .bytes_received = 420,
		 .accepted = 1,
		 .reply_code = 550,
		 .tls = DIALOGUE_TLS_STARTTLS,
		 .helo = "localhost"},
	};

	(void)state;
	fake_ledger_add("php[1]");
	fake_ledger.flows = flows;
	fake_ledger.flow_count = ARRAY_SIZE(flows);
	_cleanup_json_ json_t *message = visitor_ask(&visitor, "{\"request\":\"children\",\"row\":1}");
	assert_json(message,
		    "{\"children\":{\"row\":1,\"by\":\"flow\",\"total\":2,\"flows\":["
		    "{\"flow\":4712,\"remote\":\"203.0.113.25:25\",\"started\":1795317125.0,\"open\":true,"
		    "\"bytes_sent\":0,\"bytes_received\":0,\"accepted\":0,\"refused\":0},"
		    "{\"flow\":4711,\"local\":\"192.0.2.81:40112\",\"remote\":\"203.0.113.25:25\","
		    "\"domain\":\"mx.example.com\",\"started\":1795317124.1,\"open\":false,\"duration\":0.21,"
		    "\"outcome\":\"refused\",\"error\":\"ECONNREFUSED\",\"bytes_sent\":812,\"bytes_received\":420,"
		    "\"accepted\":1,\"refused\":0,\"code\":550,\"tls\":\"starttls\",\"helo\":\"localhost\"}]}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_tells_all_that_is_known, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_absent, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_detail_has_the_row_and_more, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(what_has_no_process_has_no_user, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(the_flows_of_a_process_tell_how_they_went, begin, visited_house_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rows as JSON", tests, NULL, NULL);
}
