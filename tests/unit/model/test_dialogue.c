// SPDX-License-Identifier: GPL-2.0-only
#include "model/dialogue.h"
#include "support/test.h"

static int set_up(void **state)
{
	*state = dialogue_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	dialogue_free(*state);
	return 0;
}

static void take(struct dialogue *dialogue, struct dialogue_event event)
{
	assert_int_equal(dialogue_take(dialogue, &event), 0);
}

static struct dialogue_event reply(enum dialogue_stage stage, uint16_t code, uint16_t detail, const char *text)
{
	return (struct dialogue_event){
		.kind = DIALOGUE_REPLY,
		.stage = stage,
		.code = code,
		.enhanced = {.class = (uint8_t)(code / 100), .subject = 1, .detail = detail},
		.text = text,
	};
}

static void test_whole_session(void **state)
{
	struct dialogue *dialogue = *state;

	assert_false(dialogue_says_something(dialogue));
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_OPENED, .has_syn = true});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_BANNER, .code = 220, .text = "mx.example ESMTP"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = "first.example", .is_extended = true});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = "second.example"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_EXTENSIONS, .extensions = 5});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_AUTH, .name = "PLAIN"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_MAIL, .name = "shop.example"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "a.example"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "b.example"});
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 550, 1, "no such user"));
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_MESSAGE, .code = 250, .bytes = 1000});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_MESSAGE, .code = 554, .bytes = 10});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_QUIT});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_ENDED});

	assert_true(dialogue_says_something(dialogue));
	assert_false(dialogue->from_middle || dialogue->lost);
	assert_int_equal(dialogue->banner_code, 220);
	assert_string_equal(dialogue->banner, "mx.example ESMTP");
	assert_string_equal(dialogue->helo, "second.example");
	assert_false(dialogue->is_extended);
	assert_int_equal(dialogue->helo_count, 2);
	assert_int_equal(dialogue->extensions, 5);
	assert_string_equal(dialogue->mechanism, "PLAIN");
	assert_string_equal(dialogue->mail_domain, "shop.example");
	assert_null(dialogue->mail_address);
	assert_string_equal(dialogue->rcpt_domain, "b.example");
	assert_int_equal(dialogue->mail_count, 1);
	assert_int_equal(dialogue->rcpt_count, 2);
	assert_int_equal(dialogue->accepted, 1);
	assert_int_equal(dialogue->refused, 1);
	assert_int_equal(dialogue->refusals, 1);
	assert_int_equal(dialogue->unknown_recipients, 1);
	assert_int_equal(dialogue->message_bytes, 1010);
	assert_string_equal(dialogue->reply.text, "no such user");
	assert_int_equal(dialogue->reply.code, 550);
	assert_true(dialogue->quit);
}

static void test_session_that_came_to_nothing(void **state)
{
	struct dialogue *dialogue = *state;

	take(dialogue, reply(DIALOGUE_STAGE_BANNER, 554, 0, "go away"));
	assert_int_equal(dialogue->refused, 0);
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_ENDED});
	assert_int_equal(dialogue->refused, 1);
	assert_int_equal(dialogue->accepted, 0);
}

static void test_unknown_recipient_is_said_of_recipients(void **state)
{
	struct dialogue *dialogue = *state;

	take(dialogue, reply(DIALOGUE_STAGE_MAIL, 550, 1, "sender"));
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 550, 7, "other"));
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 450, 1, "not yet"));
	assert_int_equal(dialogue->unknown_recipients, 0);
	assert_int_equal(dialogue->refusals, 3);
}

static void test_latest_reply_counts(void **state)
{
	struct dialogue *dialogue = *state;
	struct dialogue_event listed = reply(DIALOGUE_STAGE_RCPT, 554, 0, "listed");

	listed.class = REPLY_CLASS_DNSBL;
	listed.receiver = "spamhaus";
	take(dialogue, listed);
	assert_string_equal(dialogue->reply.receiver, "spamhaus");
	take(dialogue, reply(DIALOGUE_STAGE_OTHER, 421, 0, "bye"));
	assert_null(dialogue->reply.receiver);
	assert_int_equal(dialogue->reply.class, REPLY_CLASS_NONE);
	assert_string_equal(dialogue->reply.text, "bye");
}

/* "No valid recipients" does not hide why there are none. */
static void test_reply_that_says_more(void **state)
{
	struct dialogue *dialogue = *state;
	struct dialogue_event listed = reply(DIALOGUE_STAGE_RCPT, 554, 0, "listed");

	take(dialogue, reply(DIALOGUE_STAGE_MAIL, 450, 0, "first"));
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "a.example"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "b.example"});
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 550, 0, "unknown"));
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 550, 0, "unknown"));
	take(dialogue, reply(DIALOGUE_STAGE_DATA, 554, 0, "no valid recipients"));
	assert_string_equal(dialogue->reply.text, "unknown");
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "c.example"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "d.example"});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "e.example"});
	struct dialogue_event out_of_order = reply(DIALOGUE_STAGE_DATA, 503, 1, "no recipients");
	out_of_order.enhanced.subject = 5;
	take(dialogue, out_of_order);
	assert_string_equal(dialogue->reply.text, "unknown");
	/* Some were accepted. */
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "f.example"});
	take(dialogue, reply(DIALOGUE_STAGE_DATA, 554, 0, "policy"));
	assert_string_equal(dialogue->reply.text, "policy");
	take(dialogue, reply(DIALOGUE_STAGE_DATA, 451, 0, "later"));
	assert_string_equal(dialogue->reply.text, "later");
	take(dialogue, reply(DIALOGUE_STAGE_DATA, 554, 0, "and again"));
	assert_string_equal(dialogue->reply.text, "and again");

	listed.class = REPLY_CLASS_DNSBL;
	listed.receiver = "spamhaus";
	take(dialogue, listed);
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 550, 1, "no such user"));
	assert_string_equal(dialogue->reply.text, "listed");
	assert_string_equal(dialogue->reply.receiver, "spamhaus");
	listed.text = "listed again";
	take(dialogue, listed);
	assert_string_equal(dialogue->reply.text, "listed again");
	assert_int_equal(dialogue->refusals, 11);
	assert_int_equal(dialogue->unknown_recipients, 1);
}

static void test_from_the_middle(void **state)
{
	struct dialogue *dialogue = *state;

	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_OPENED});
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_LOST});
	assert_true(dialogue->from_middle && dialogue->lost);
	assert_false(dialogue_says_something(dialogue));
}

static void test_tls(void **state)
{
	struct dialogue *dialogue = *state;

	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_TLS, .tls = DIALOGUE_TLS_STARTTLS, .name = ""});
	assert_null(dialogue->server_name);
	take(dialogue,
	     (struct dialogue_event){.kind = DIALOGUE_TLS, .tls = DIALOGUE_TLS_IMPLICIT, .name = "mx.example"});
	assert_string_equal(dialogue->server_name, "mx.example");
	assert_int_equal(dialogue->tls, DIALOGUE_TLS_IMPLICIT);
	assert_true(dialogue_says_something(dialogue));
}

static void test_copy_owns_its_texts(void **state)
{
	struct dialogue *dialogue = *state;

	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = "copied.example"});
	take(dialogue, reply(DIALOGUE_STAGE_RCPT, 550, 1, "text"));
	_cleanup_(cleanup_dialogue_free) struct dialogue *copy = dialogue_copy(dialogue);
	take(dialogue, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = "changed.example"});
	assert_string_equal(copy->helo, "copied.example");
	assert_string_equal(copy->reply.text, "text");
	assert_ptr_not_equal(copy->reply.text, dialogue->reply.text);
	assert_null(copy->banner);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_whole_session),
		TEST(test_session_that_came_to_nothing),
		TEST(test_unknown_recipient_is_said_of_recipients),
		TEST(test_latest_reply_counts),
		TEST(test_reply_that_says_more),
		TEST(test_from_the_middle),
		TEST(test_tls),
		TEST(test_copy_owns_its_texts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dialogue", tests, NULL, NULL);
}
