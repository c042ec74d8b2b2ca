// SPDX-License-Identifier: GPL-2.0-only
/* What was said, and who without a process said it, as lines and as JSON. */
#include "sinks/ecs.h"
#include "sinks/line.h"

#include "json.h"
#include "shop.h"

static struct dialogue shop_dialogue(void)
{
	return (struct dialogue){
		.banner_code = 220,
		.banner = (char *)"mx.example ESMTP",
		.helo = (char *)"localhost",
		.is_extended = true,
		.helo_count = 1,
		.extensions = 1U << DIALOGUE_EXTENSION_STARTTLS | 1U << DIALOGUE_EXTENSION_SIZE,
		.mechanism = (char *)"PLAIN",
		.mail_domain = (char *)"shop42.example",
		.mail_count = 2,
		.rcpt_domain = (char *)"example.org",
		.rcpt_count = 3,
		.accepted = 1,
		.refused = 1,
		.refusals = 1,
		.message_bytes = 12345,
		.quit = true,
		.reply = {.stage = DIALOGUE_STAGE_RCPT,
			  .code = 550,
			  .enhanced = {.class = 5, .subject = 7, .detail = 1},
			  .class = REPLY_CLASS_DNSBL,
			  .text = (char *)"blocked using zen.spamhaus.org",
			  .receiver = (char *)"spamhaus"},
	};
}

static struct flow said_flow(struct dialogue *dialogue)
{
	struct flow flow = shop_flow_closed();

	snprintf(flow.domain, sizeof(flow.domain), "mx1.example.org");
	snprintf(flow.mx_domain, sizeof(flow.mx_domain), "example.org");
	flow.mx_preference = 10;
	flow.dialogue = dialogue;
	return flow;
}

/* A machine behind this one. */
static struct actor guest(void)
{
	struct actor actor = {
		.origin = ACTOR_ORIGIN_FORWARDED,
		.source = {.interface = 7, .mac = {0x52, 0x54, 0, 0x12, 0x34, 0xab}, .has_mac = true},
		.identity = {.key = {.uid = UINT32_MAX, .exe_device = UINT32_MAX}, .euid = UINT32_MAX},
	};

	actor.source.address = endpoint_at("192.168.122.5", 0).address;
	snprintf(actor.interface_name, sizeof(actor.interface_name), "virbr0");
	return actor;
}

#define SAID                                                                                           \
	"helo=localhost mail=shop42.example rcpt=example.org rcpts=3 accepted=1 refused=1 auth=PLAIN " \
	"reply=\"550 5.7.1 blocked using zen.spamhaus.org\" reply_class=DNSBL receiver=spamhaus"

static void test_lines(void **state)
{
	struct dialogue dialogue = shop_dialogue();
	struct flow flow = said_flow(&dialogue);
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	char line[LINE_SIZE];

	(void)state;
	line_of_flow(&(struct flow_event){.moment = FLOW_ENDED, .flow = &flow, .actor = &actor}, line);
	assert_string_equal(line, "03:12:04.180 closed      shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 "
				  "(mx1.example.org) after 57ms, sent 1234, received 567 " SAID);
	alert.domain = flow.domain;
	alert.dialogue = &dialogue;
	line_of_alert(&alert, line);
	assert_non_null(strstr(line, " since=2026-11-22T03:12:04.123Z domain=mx1.example.org " SAID
				     " unit=php8.2-fpm.service "));
}

static void test_reply_line(void **state)
{
	struct flow flow = said_flow(NULL);
	struct actor actor = shop_actor();
	struct dialogue_event reply = {
		.kind = DIALOGUE_REPLY,
		.wall_ns = SHOP_WALL_NS,
		.stage = DIALOGUE_STAGE_BANNER,
		.code = 554,
		.text = "go \"away\"\x1b[31m",
	};
	const struct reply_event event = {.flow = &flow, .actor = &actor, .reply = &reply};
	char line[LINE_SIZE];

	(void)state;
	line_of_reply(&event, line);
	assert_string_equal(line, "03:12:04.123 reply       shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 "
				  "(mx1.example.org) at banner: \"554 go \\\"away\\\"\\x1b[31m\"");
	reply.class = REPLY_CLASS_BLOCK;
	reply.receiver = "t-online";
	line_of_reply(&event, line);
	assert_non_null(strstr(line, "\" BLOCK t-online"));
}

static void test_no_process(void **state)
{
	struct actor actor = guest();
	struct alert alert = shop_alert(&actor);
	struct flow flow = shop_flow();
	char line[LINE_SIZE];

	(void)state;
	flow.script = NULL;
	line_of_alert(&alert, line);
	assert_string_equal(line, "ALERT rule=direct-to-mx severity=high src=192.168.122.5 interface=virbr0 "
				  "mac=52:54:00:12:34:ab dst=203.0.113.25:25 count=3 networks=3 phase=risen "
				  "since=2026-11-22T03:12:04.123Z");
	line_of_flow(&(struct flow_event){.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor}, line);
	assert_string_equal(line, "03:12:04.123 attempt     forwarded 192.168.122.5%virbr0 -> 203.0.113.25:25");
	actor.interface_name[0] = '\0';
	actor.source.has_mac = false;
	line_of_alert(&alert, line);
	assert_non_null(strstr(line, " src=192.168.122.5 dst="));

	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));
	assert_text_at(object, "source.ip", "192.168.122.5");
	assert_text_at(object, "smtpwatch.origin", "forwarded");
	assert_null(at(object, "process"));
	assert_null(at(object, "user"));
	assert_null(at(object, "source.mac"));
}

static void test_json_of_no_process(void **state)
{
	struct actor actor = guest();
	struct alert alert = shop_alert(&actor);
	_cleanup_json_ json_t *object = through_text(ecs_of_alert(&alert));

	(void)state;
	assert_text_at(object, "source.mac", "52-54-00-12-34-AB");
	assert_text_at(object, "observer.ingress.interface.name", "virbr0");
}

static void test_json(void **state)
{
	struct dialogue dialogue = shop_dialogue();
	struct flow flow = said_flow(&dialogue);
	struct actor actor = shop_actor();
	const struct flow_event event = {.moment = FLOW_ENDED, .flow = &flow, .actor = &actor};
	_cleanup_json_ json_t *object = through_text(ecs_of_flow(&event));

	(void)state;
	assert_text_at(object, "destination.domain", "mx1.example.org");
	assert_json(at(object, "smtpwatch.mx"), "{\"domain\":\"example.org\",\"preference\":10}");
	assert_json(at(object, "smtpwatch.dialogue"),
		    "{\"banner\":\"mx.example ESMTP\",\"banner_code\":220,\"ehlo\":\"localhost\","
		    "\"extensions\":[\"STARTTLS\",\"SIZE\"],\"auth\":\"PLAIN\",\"mail_domain\":\"shop42.example\","
		    "\"mail_count\":2,\"rcpt_domain\":\"example.org\",\"rcpt_count\":3,\"accepted\":1,\"refused\":1,"
		    "\"refusals\":1,\"message_bytes\":12345,\"quit\":true}");
	assert_json(
		at(object, "smtpwatch.reply"),
		"{\"code\":550,\"enhanced\":\"5.7.1\",\"text\":\"blocked using zen.spamhaus.org\",\"stage\":\"rcpt\","
		"\"class\":\"DNSBL\",\"receiver\":\"spamhaus\"}");
}

static void test_json_of_reply(void **state)
{
	struct flow flow = said_flow(NULL);
	struct actor actor = shop_actor();
	const struct dialogue_event reply = {
		.wall_ns = SHOP_WALL_NS, .stage = DIALOGUE_STAGE_MAIL, .code = 451, .text = ""};
	const struct reply_event event = {.flow = &flow, .actor = &actor, .reply = &reply};
	_cleanup_json_ json_t *object = through_text(ecs_of_reply(&event));

	(void)state;
	assert_text_at(object, "event.action", "reply");
	assert_text_at(object, "@timestamp", "2026-11-22T03:12:04.123Z");
	assert_text_at(object, "smtpwatch.flow", "abc");
	assert_text_at(object, "user.name", "shop42");
	assert_json(at(object, "smtpwatch.reply"), "{\"code\":451,\"stage\":\"mail\"}");
}

static void test_nothing_said(void **state)
{
	struct dialogue dialogue = {.tls = DIALOGUE_TLS_IMPLICIT, .server_name = (char *)"mx.example", .lost = true};
	struct flow flow = said_flow(&dialogue);
	struct actor actor = shop_actor();
	const struct flow_event event = {.moment = FLOW_ENDED, .flow = &flow, .actor = &actor};
	_cleanup_json_ json_t *object = through_text(ecs_of_flow(&event));
	char line[LINE_SIZE];

	(void)state;
	assert_json(at(object, "smtpwatch.dialogue"),
		    "{\"tls\":\"implicit\",\"server_name\":\"mx.example\",\"lost\":true}");
	assert_null(at(object, "smtpwatch.reply"));
	line_of_flow(&event, line);
	assert_non_null(strstr(line, "received 567 tls=implicit"));
}

/* The texts of a receiver and of a client, who may be one. */
static void test_hostile(void **state)
{
	struct actor actor = shop_actor();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts); i++) {
		struct dialogue dialogue = shop_dialogue();
		struct flow flow = said_flow(&dialogue);
		struct alert alert = shop_alert(&actor);
		const struct flow_event event = {.moment = FLOW_ENDED, .flow = &flow, .actor = &actor};
		char *text = (char *)hostile_texts[i].text;
		char line[LINE_SIZE];

		dialogue.banner = dialogue.helo = dialogue.mail_domain = dialogue.rcpt_domain = text;
		dialogue.reply.text = dialogue.server_name = dialogue.mechanism = text;
		snprintf(flow.domain, sizeof(flow.domain), "%s", text);
		alert.domain = flow.domain;
		alert.dialogue = &dialogue;
		line_of_alert(&alert, line);
		assert_harmless(line, strlen(line));
		assert_non_null(strstr(line, " script_source=php-request"));
		line_of_flow(&event, line);
		assert_harmless(line, strlen(line));
		json_decref(through_text(ecs_of_flow(&event)));
		json_decref(through_text(ecs_of_alert(&alert)));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),        cmocka_unit_test(test_reply_line),
		cmocka_unit_test(test_no_process),   cmocka_unit_test(test_json_of_no_process),
		cmocka_unit_test(test_json),         cmocka_unit_test(test_json_of_reply),
		cmocka_unit_test(test_nothing_said), cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dialogue_output", tests, set_utc, NULL);
}
