// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs.h"

#include "json.h"
#include "lib/clock.h"
#include "shop.h"

/* When the process started is told by the clocks of this moment; what is left can be compared. */
static void take_start(json_t *object, uint64_t start_boot_ns)
{
	const char *start = json_string_value(at(object, "process.start"));
	uint64_t wall_ns = clock_wall_ns() - clock_boot_ns() + start_boot_ns;
	char earliest[CLOCK_TEXT_SIZE];
	char latest[CLOCK_TEXT_SIZE];

	assert_non_null(start);
	assert_int_equal(strlen(start), sizeof(earliest) - 1);
	assert_true(strcmp(start, clock_format_utc(wall_ns - 60 * NANOSECONDS_A_SECOND, earliest)) > 0);
	assert_true(strcmp(start, clock_format_utc(wall_ns + 60 * NANOSECONDS_A_SECOND, latest)) < 0);
	json_object_del(at(object, "process"), "start");
}

#define SHOP_PROCESS                                                                                 \
	"\"process\":{\"pid\":4121,\"name\":\"php-fpm8.2\",\"executable\":\"/usr/sbin/php-fpm8.2\"," \
	"\"command_line\":\"php-fpm: pool shop42\",\"working_directory\":\"/var/www/shop42\","       \
	"\"parent\":{\"pid\":812,\"name\":\"php-fpm8.2\",\"user\":{\"id\":\"0\"}}},"                 \
	"\"user\":{\"id\":\"1042\",\"name\":\"shop42\"}"
#define SHOP_SITE                                                                                             \
	"\"site\":\"shop42.example\",\"script\":{\"path\":\"/var/www/shop42/x.php\",\"url\":\"/x.php?id=7\"," \
	"\"method\":\"POST\",\"source\":\"php-request\"}"
#define SHOP_OWN                                                                                             \
	"\"role\":\"application\",\"unit\":\"php8.2-fpm.service\",\"slice\":\"system.slice\"," SHOP_SITE "," \
	"\"gid\":33,\"cgroup\":5301,\"mount_namespace\":4026531841,"                                         \
	"\"executable\":{\"device\":8388609,\"inode\":\"7\",\"links\":1},"                                   \
	"\"ancestors\":[{\"pid\":1,\"name\":\"systemd\",\"user\":{\"id\":\"0\"}}]"

static void test_alert(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));

	(void)state;
	take_start(object, actor.identity.key.start_ns);
	assert_json(object,
		    "{\"@timestamp\":\"2026-11-22T03:12:05.123Z\",\"ecs\":{\"version\":\"8.11\"},"
		    "\"event\":{\"kind\":\"alert\",\"action\":\"risen\",\"module\":\"smtpwatch\",\"severity\":3,"
		    "\"start\":\"2026-11-22T03:12:04.123Z\"},\"log\":{\"level\":\"high\"},"
		    "\"rule\":{\"id\":\"direct-to-mx\"}," SHOP_PROCESS ","
		    "\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25},"
		    "\"smtpwatch\":{" SHOP_OWN ",\"count\":3,\"networks\":3,\"news\":true}}");
}

static void test_alert_with_everything(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	actor.identity.euid = 0;
	actor.identity.tid = 4199;
	actor.identity.loginuid = 1000;
	actor.role = ACTOR_ROLE_RELAY_CLIENT;
	snprintf(actor.mta_name, sizeof(actor.mta_name), "msmtp");
	alert.remote = endpoint_at("2001:db8::25", 25);
	alert.more_actors = true;
	alert.evidence = "three networks\nin a minute";
	actor.identity.flags |= SW_IDENTITY_ADOPTED | SW_IDENTITY_USER_NAMESPACE;
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));
	assert_text_at(object, "user.effective.id", "0");
	assert_text_at(object, "destination.ip", "2001:db8::25");
	assert_text_at(object, "smtpwatch.role", "relay-client");
	assert_text_at(object, "smtpwatch.mta", "msmtp");
	assert_int_equal(json_integer_value(at(object, "process.thread.id")), 4199);
	assert_int_equal(json_integer_value(at(object, "smtpwatch.loginuid")), 1000);
	assert_true(json_is_true(at(object, "smtpwatch.more_actors")));
	assert_true(json_is_true(at(object, "smtpwatch.adopted")));
	assert_true(json_is_true(at(object, "smtpwatch.user_namespace")));
	assert_text_at(object, "smtpwatch.evidence", "three networks\\x0ain a minute");
}

/* Which rule, what it counted, what it looked at, and what the alert is part of. */
static void test_alert_of_an_incident(void **state)
{
	static const struct alert_sample samples[] = {
		{.wall_ns = SHOP_WALL_NS, .text = "a\nb"},
		{.wall_ns = SHOP_WALL_NS,
		 .remote = {.address = {{[10] = 0xff, [11] = 0xff, 203, 0, 113, 25}}, .port = 25}},
		{.wall_ns = SHOP_WALL_NS, .text = "a-text-that-fills-all-the-room-it-has-"},
	};
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	alert.incident = shop_incident();
	alert.phase = ALERT_ENDED;
	alert.reason = "an application \x1b delivers";
	alert.source = "catalogue.conf:41";
	alert.measures[0] = (struct alert_measure){
		.what = "distinct destination.network", .value = 96, .limit = 10, .window_ns = 600000000000};
	alert.measures[1] = (struct alert_measure){.what = "count", .value = 1, .limit = 1, .is_estimate = true};
	alert.measure_count = 2;
	alert.samples = samples;
	alert.sample_count = ARRAY_SIZE(samples);
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));
	assert_json(at(object, "rule"), "{\"id\":\"direct-to-mx\",\"description\":\"an application \\\\x1b delivers\","
					"\"reference\":\"catalogue.conf:41\"}");
	assert_text_at(object, "event.action", "ended");
	assert_int_equal(json_integer_value(at(object, "event.duration")), 3601000000000);
	assert_text_at(object, "smtpwatch.incident", "k7x3pq");
	assert_text_at(object, "smtpwatch.incident_severity", "critical");
	assert_text_at(object, "smtpwatch.incident_start", "2026-11-22T02:12:04.123Z");
	assert_int_equal(json_integer_value(at(object, "smtpwatch.incident_count")), 412);
	assert_json(at(object, "smtpwatch.incident_rules"), "[\"direct-to-mx\",\"mx-fanout\",\"bad-helo\"]");
	assert_true(json_is_true(at(object, "smtpwatch.paging")));
	assert_true(json_is_true(at(object, "smtpwatch.news")));
	assert_json(at(object, "smtpwatch.measures"),
		    "[{\"what\":\"distinct destination.network\",\"value\":96,\"limit\":10,\"window\":600},"
		    "{\"what\":\"count\",\"value\":1,\"limit\":1,\"estimate\":true}]");
	assert_json(
		at(object, "smtpwatch.samples"),
		"[{\"@timestamp\":\"2026-11-22T03:12:04.123Z\",\"text\":\"a\\\\x0ab\"},"
		"{\"@timestamp\":\"2026-11-22T03:12:04.123Z\",\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25}},"
		"{\"@timestamp\":\"2026-11-22T03:12:04.123Z\","
		"\"text\":\"a-text-that-fills-all-the-room-it-has-\"}]");
	alert.is_news = false;
	_cleanup_json_ json_t *record = through_text(ecs_of_alert(&alert));
	assert_null(at(record, "smtpwatch.news"));
	assert_int_equal(json_integer_value(at(record, "event.duration")), 1000000000);
}

static void test_unknown_is_absent(void **state)
{
	static const char *const absent[] = {
		"user.name",
		"user.effective",
		"process.parent",
		"process.command_line",
		"process.thread",
		"destination",
		"source",
		"smtpwatch.mta",
		"smtpwatch.loginuid",
		"smtpwatch.ancestors",
		"smtpwatch.flow",
		"network",
		"container",
		"smtpwatch.networks",
		"smtpwatch.news",
		"smtpwatch.incident",
		"smtpwatch.incident_rules",
		"smtpwatch.paging",
		"smtpwatch.measures",
		"smtpwatch.samples",
		"rule.description",
		"rule.reference",
		"event.duration",
		"smtpwatch.more_actors",
		"smtpwatch.unit",
		"smtpwatch.slice",
		"smtpwatch.site",
		"smtpwatch.script",
		"smtpwatch.owner",
		"smtpwatch.evidence",
		"smtpwatch.adopted",
		"smtpwatch.user_namespace",
		"smtpwatch.executable.deleted",
		"smtpwatch.executable.replaced",
		"process.working_directory",
		"url",
		"http",
	};
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct alert alert = {.rule = "direct-to-mx", .actor = &actor, .count = 40};
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));

	(void)state;
	assert_absent(object, absent, ARRAY_SIZE(absent));
	assert_text_at(object, "user.id", "1042");
	assert_int_equal(json_integer_value(at(object, "process.pid")), 4121);
	assert_int_equal(json_integer_value(at(object, "smtpwatch.count")), 40);
}

/* What observation.h says that counters have: key, effective user, mount namespace and comm, as
 * sensor/counters.c fills them in. A thread 0, group root and cgroup 0 would be claims. */
static void test_unknown_of_counters_is_absent(void **state)
{
	static const char *const absent[] = {"process.thread", "smtpwatch.gid", "smtpwatch.cgroup"};
	struct sw_identity known = identity_of(4121, 1042, 7);
	struct actor actor = {.identity = {.key = known.key,
					   .euid = 1042,
					   .mount_namespace = 4026531841,
					   .loginuid = UINT32_MAX,
					   .exe_links = 1,
					   .comm = "php"}};
	struct alert alert = {.rule = "direct-to-mx", .actor = &actor, .count = 40};
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));

	(void)state;
	assert_absent(object, absent, ARRAY_SIZE(absent));
}

/* "32" and "32 or more" are two things to say. */
static void test_capped_networks_are_told(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	alert.networks = 32;
	_cleanup_json_ json_t *exact = through_text(ecs_of_alert(&alert));
	alert.networks_capped = true;
	_cleanup_json_ json_t *capped = through_text(ecs_of_alert(&alert));
	assert_null(at(exact, "smtpwatch.networks_capped"));
	assert_true(json_is_true(at(capped, "smtpwatch.networks_capped")));
	assert_false(json_equal(exact, capped));
}

/* A FUSE file system, which any user may mount, gives what inode numbers it likes. */
static void test_large_numbers(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	actor.identity.key.exe_inode = 0x8000000000000007;
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));
	json_t *inode = at(object, "smtpwatch.executable.inode");
	assert_string_equal(json_string_value(inode), "9223372036854775815");
}

static void test_flow_attempt(void **state)
{
	struct actor actor = shop_actor();
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor};
	_cleanup_json_ json_t *object = through_text(ecs_of_flow(&event));

	(void)state;
	take_start(object, actor.identity.key.start_ns);
	assert_json(object,
		    "{\"@timestamp\":\"2026-11-22T03:12:04.123Z\",\"ecs\":{\"version\":\"8.11\"},"
		    "\"event\":{\"kind\":\"event\",\"action\":\"attempt\",\"module\":\"smtpwatch\"}," SHOP_PROCESS
		    ",\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25},"
		    "\"smtpwatch\":{" SHOP_OWN ",\"flow\":\"abc\",\"scope\":\"external\","
		    "\"network_namespace\":4026531840}}");
}

static void test_flow_end(void **state)
{
	struct flow flow = shop_flow_closed();
	struct flow_event event = {.moment = FLOW_ENDED, .flow = &flow};
	_cleanup_json_ json_t *closed = through_text(ecs_of_flow(&event));

	(void)state;
	assert_json(closed,
		    "{\"@timestamp\":\"2026-11-22T03:12:04.180Z\",\"ecs\":{\"version\":\"8.11\"},"
		    "\"event\":{\"kind\":\"event\",\"action\":\"end\",\"module\":\"smtpwatch\",\"duration\":57000000},"
		    "\"source\":{\"ip\":\"192.0.2.1\",\"port\":40000,\"bytes\":1234},"
		    "\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25,\"bytes\":567},"
		    "\"smtpwatch\":{" SHOP_SITE ",\"flow\":\"abc\",\"scope\":\"external\","
		    "\"network_namespace\":4026531840,\"outcome\":\"closed\"}}");

	flow = shop_flow();
	flow.network_namespace = 0;
	flow.script = NULL;
	flow.scope = SW_SCOPE_SMARTHOST;
	flow.outcome = SW_OUTCOME_REFUSED;
	flow.error = 111;
	_cleanup_json_ json_t *refused = through_text(ecs_of_flow(&event));
	assert_json(refused,
		    "{\"@timestamp\":\"2026-11-22T03:12:04.123Z\",\"ecs\":{\"version\":\"8.11\"},"
		    "\"event\":{\"kind\":\"event\",\"action\":\"end\",\"module\":\"smtpwatch\",\"duration\":0},"
		    "\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25},"
		    "\"smtpwatch\":{\"flow\":\"abc\",\"scope\":\"smarthost\",\"outcome\":\"refused\",\"error\":111}}");
}

/* A worker serves one request after another: a flow's script is the one of its attempt, whatever came since. */
static void test_flow_has_its_own_script(void **state)
{
	struct script earlier = {
		.source = SCRIPT_SOURCE_ARGV, .path = (char *)"/srv/a.pl", .site = (char *)"a.example"};
	struct actor actor = shop_actor();
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor};

	(void)state;
	flow.script = &earlier;
	_cleanup_json_ json_t *attempt = through_text(ecs_of_flow(&event));
	assert_text_at(attempt, "smtpwatch.script.path", "/srv/a.pl");
	assert_text_at(attempt, "smtpwatch.site", "a.example");
	assert_null(at(attempt, "smtpwatch.script.url"));
	event.moment = FLOW_ENDED;
	flow.script = NULL;
	_cleanup_json_ json_t *end = through_text(ecs_of_flow(&event));
	assert_null(at(end, "smtpwatch.script"));
	assert_null(at(end, "smtpwatch.site"));
	assert_text_at(end, "smtpwatch.unit", "php8.2-fpm.service");
}

static void test_adopted_flow(void **state)
{
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow};

	(void)state;
	_cleanup_json_ json_t *own = through_text(ecs_of_flow(&event));
	assert_null(at(own, "smtpwatch.adopted"));
	flow.adopted = true;
	_cleanup_json_ json_t *adopted = through_text(ecs_of_flow(&event));
	assert_true(json_is_true(at(adopted, "smtpwatch.adopted")));
	assert_text_at(adopted, "event.action", "attempt");
	event.moment = FLOW_ENDED;
	_cleanup_json_ json_t *end = through_text(ecs_of_flow(&event));
	assert_true(json_is_true(at(end, "smtpwatch.adopted")));
}

static void test_submission(void **state)
{
	struct actor actor = shop_actor();
	struct submission_event event = shop_submission(&actor);
	_cleanup_json_ json_t *object = through_text(ecs_of_submission(&event));

	(void)state;
	take_start(object, actor.identity.key.start_ns);
	assert_json(object,
		    "{\"@timestamp\":\"2026-11-22T03:12:04.123Z\",\"ecs\":{\"version\":\"8.11\"},"
		    "\"event\":{\"kind\":\"event\",\"action\":\"submission\",\"module\":\"smtpwatch\"}," SHOP_PROCESS
		    ",\"smtpwatch\":{" SHOP_OWN "}}");
}

static void test_summary(void **state)
{
	struct summary summary = shop_summary();
	_cleanup_json_ json_t *object = through_text(ecs_of_summary(&summary));
	_cleanup_json_ json_t *own = json_incref(at(object, "smtpwatch"));

	(void)state;
	assert_text_at(object, "event.kind", "event");
	assert_text_at(object, "event.action", "summary");
	assert_int_equal(json_integer_value(at(object, "event.duration")), 250000000000);
	assert_json(own, "{\"attempts\":12,\"established\":9,\"users\":2,\"alert_lines\":4,"
			 "\"outcomes\":{\"closed\":8,\"reset\":0,\"refused\":3,\"timed_out\":0,\"unreachable\":0,"
			 "\"aborted\":0,\"failed\":0},\"books\":{\"seen\":32,\"delivered\":25,\"thinned\":4,"
			 "\"lost_ring\":2,\"lost_flows\":1,\"uncounted_actor\":0,\"uncounted_user\":0,\"received\":25,"
			 "\"missed\":0},\"packets\":0,\"packets_dropped\":0}");
}

/* Through the sinks: what is written is a line for each, flushed at once, text and JSON alike. */
static void test_streams(void **state)
{
	_cleanup_(cleanup_sinks_free) struct sinks *sinks = sinks_new();
	char text[4096] = "";
	char json[8192] = "";
	_cleanup_fclose_ FILE *text_stream = fmemopen(text, sizeof(text), "w");
	_cleanup_fclose_ FILE *json_stream = fmemopen(json, sizeof(json), "w");
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor};
	struct submission_event submission = shop_submission(&actor);
	size_t lines = 0;

	(void)state;
	assert_true(sinks && text_stream && json_stream);
	assert_int_equal(sinks_add_text(sinks, text_stream), 0);
	assert_int_equal(sinks_add_json(sinks, json_stream), 0);
	actor.executable = (char *)"/a\nb\xff";
	sinks_write_alert(sinks, &alert);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_int_equal(json[strlen(json) - 1], '\n');
	sinks_write_flow(sinks, &event);
	sinks_write_submission(sinks, &submission);
	sinks_tick(sinks);
	for (char *line = strtok(json, "\n"); line; line = strtok(NULL, "\n")) {
		_cleanup_json_ json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_text_at(object, "process.executable", "/a\\x0ab\\xff");
		lines++;
	}
	assert_int_equal(lines, 3);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
		assert_non_null(strstr(line, "/a\\x0ab\\xff"));
	assert_int_equal(lines, 6);
}

/* People are told what is news, programs all; and people too, if they want it. */
static void test_what_is_for_the_record(void **state)
{
	_cleanup_(cleanup_sinks_free) struct sinks *sinks = sinks_new();
	char text[8192] = "";
	char json[8192] = "";
	_cleanup_fclose_ FILE *text_stream = fmemopen(text, sizeof(text), "w");
	_cleanup_fclose_ FILE *json_stream = fmemopen(json, sizeof(json), "w");
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	assert_int_equal(sinks_add_text(sinks, text_stream), 0);
	assert_int_equal(sinks_add_json(sinks, json_stream), 0);
	alert.is_news = false;
	sinks_write_alert(sinks, &alert);
	assert_string_equal(text, "");
	assert_non_null(strchr(json, '\n'));
	sinks_set_all_lines(sinks, true);
	sinks_write_alert(sinks, &alert);
	assert_non_null(strchr(text, '\n'));
	size_t length = strlen(text);
	sinks_set_all_lines(sinks, false);
	sinks_write_alert(sinks, &alert);
	assert_int_equal(strlen(text), length);
	alert.is_news = true;
	sinks_write_alert(sinks, &alert);
	assert_int_equal(strlen(text), 2 * length);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_alert_with_everything),
		cmocka_unit_test(test_alert_of_an_incident),
		cmocka_unit_test(test_unknown_is_absent),
		cmocka_unit_test(test_unknown_of_counters_is_absent),
		cmocka_unit_test(test_capped_networks_are_told),
		cmocka_unit_test(test_large_numbers),
		cmocka_unit_test(test_flow_attempt),
		cmocka_unit_test(test_flow_end),
		cmocka_unit_test(test_flow_has_its_own_script),
		cmocka_unit_test(test_adopted_flow),
		cmocka_unit_test(test_submission),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_what_is_for_the_record),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ecs", tests, set_utc, NULL);
}
