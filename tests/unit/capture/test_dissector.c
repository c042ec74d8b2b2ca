// SPDX-License-Identifier: GPL-2.0-only
#include "capture/dissector.h"
#include "support/observations.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define LINK_RAW 12
#define LINK_SLL2 276
#define HEADERS 40 /* IPv4 and TCP */
#define START_NS 1700000000000000000ULL

struct talk {
	struct dissector *dissector;
	struct dissector_scope scope;
	struct endpoint client;
	struct endpoint server;
	uint32_t sent[2]; /* by the client, by the server */
	uint64_t now_ns;
	char log[4096]; /* what was told, a word each */
	struct wire_source source;
	size_t evidence_count;
	size_t evidence_size; /* of the latest */
	char evidence[4096];  /* all payload in it */
};

static void note(struct talk *talk, const char *word, const char *text)
{
	size_t used = strlen(talk->log);
	snprintf(talk->log + used, sizeof(talk->log) - used, "%s%s%s", used ? " " : "", word, text ? text : "");
}

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	static const char *const words[DIALOGUE_EVENT_COUNT] = {
		"opened", "alias",  "answered", "banner=", "helo=",  "extensions", "auth=", "tls=",      "mail=",
		"rcpt=",  "reply=", "message",  "quit",    "misfit", "lost",       "ended", "off-port=",
	};
	struct talk *talk = context;

	if (event->kind == DIALOGUE_OPENED)
		talk->source = event->source;
	note(talk, words[event->kind], event->text ? event->text : event->name);
	if (event->address)
		note(talk, "address=", event->address);
}

static void take_name(void *context, const struct name_event *event)
{
	note(context, "name=", event->owner);
}

static void take_evidence(void *context, uint64_t wire_id, const struct frame *frame)
{
	struct talk *talk = context;
	size_t used = strlen(talk->evidence);

	assert_int_equal(wire_id, 1);
	talk->evidence_count++;
	talk->evidence_size = frame->size;
	if (frame->size > HEADERS)
		snprintf(talk->evidence + used, sizeof(talk->evidence) - used, "%.*s", (int)(frame->size - HEADERS),
			 (const char *)frame->bytes + HEADERS);
}

static const struct dissector_taker taker = {.dialogue = take_dialogue, .name = take_name, .evidence = take_evidence};

static int set_up(void **state)
{
	static struct talk talk;

	memset(&talk, 0, sizeof(talk));
	talk.dissector = dissector_new(LINK_RAW, 1024, false, &taker, &talk);
	talk.client = endpoint_at("192.0.2.81", 40000);
	talk.server = endpoint_at("203.0.113.25", 25);
	talk.now_ns = START_NS;
	talk.scope.ports[0] = 25;
	talk.scope.ports[1] = 587;
	talk.scope.port_count = 2;
	dissector_set_scope(talk.dissector, &talk.scope);
	*state = &talk;
	return talk.dissector ? 0 : -1;
}

static int tear_down(void **state)
{
	struct talk *talk = *state;
	dissector_free(talk->dissector);
	return 0;
}

static void put_16(uint8_t *at, uint32_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static void put_32(uint8_t *at, uint32_t number)
{
	put_16(at, number >> 16);
	put_16(at + 2, number & 0xffff);
}

static void send_packet(struct talk *talk, bool from_client, uint8_t flags, const char *payload)
{
	const struct endpoint *source = from_client ? &talk->client : &talk->server;
	const struct endpoint *target = from_client ? &talk->server : &talk->client;
	size_t length = strlen(payload);
	uint8_t bytes[HEADERS + 2048] = {[0] = 0x45, [8] = 64, [9] = IPPROTO_TCP, [32] = 0x50, [33] = flags};
	const struct frame frame = {
		.wall_ns = talk->now_ns += 1000,
		.bytes = bytes,
		.size = HEADERS + length,
		.length = HEADERS + length,
	};

	put_16(bytes + 2, (uint32_t)(HEADERS + length));
	memcpy(bytes + 12, source->address.bytes + 12, 4);
	memcpy(bytes + 16, target->address.bytes + 12, 4);
	put_16(bytes + 20, source->port);
	put_16(bytes + 22, target->port);
	put_32(bytes + 24, talk->sent[!from_client]);
	put_32(bytes + 28, talk->sent[from_client]);
	memcpy(bytes + HEADERS, payload, length);
	talk->sent[!from_client] += (uint32_t)length + ((flags & (TH_SYN | TH_FIN)) != 0);
	dissector_take(talk->dissector, &frame);
}

static void client(struct talk *talk, const char *text)
{
	send_packet(talk, true, TH_ACK, text);
}

static void server(struct talk *talk, const char *text)
{
	send_packet(talk, false, TH_ACK, text);
}

static void connect_both(struct talk *talk)
{
	send_packet(talk, true, TH_SYN, "");
	send_packet(talk, false, TH_SYN | TH_ACK, "");
	client(talk, "");
}

static void close_both(struct talk *talk)
{
	send_packet(talk, true, TH_FIN | TH_ACK, "");
	send_packet(talk, false, TH_FIN | TH_ACK, "");
	client(talk, "");
}

static void test_session(void **state)
{
	struct talk *talk = *state;

	connect_both(talk);
	server(talk, "220 mx.example\r\n");
	client(talk, "EHLO shop.example\r\n");
	server(talk, "250 mx.example\r\n");
	client(talk, "MAIL FROM:<owner@shop.example>\r\n");
	server(talk, "250 ok\r\n");
	client(talk, "RCPT TO:<john@example.org>\r\n");
	server(talk, "550 5.1.1 <john@example.org> unknown\r\n");
	client(talk, "QUIT\r\n");
	server(talk, "221 bye\r\n");
	close_both(talk);
	assert_string_equal(talk->log, "opened answered banner=mx.example helo=shop.example extensions "
				       "mail=shop.example rcpt=example.org reply=<*@example.org> unknown quit ended");
	assert_memory_equal(&talk->source.address, &talk->client.address, sizeof(struct address));
	assert_int_equal(dissector_counts(talk->dissector).streams, 0);
}

static void test_address_in_banner(void **state)
{
	struct talk *talk = *state;

	connect_both(talk);
	server(talk, "554 blocked, write to tosa@mx.example\r\n");
	assert_string_equal(talk->log, "opened answered banner=blocked, write to tosa@mx.example "
				       "reply=blocked, write to tosa@mx.example");
}

static void test_kept_addresses(void **state)
{
	struct talk *talk = *state;

	talk->scope.keep_addresses = true;
	dissector_set_scope(talk->dissector, &talk->scope);
	connect_both(talk);
	server(talk, "220 mx.example\r\n");
	client(talk, "MAIL FROM:<owner@shop.example>\r\n");
	server(talk, "550 <owner@shop.example> no\r\n");
	assert_string_equal(talk->log, "opened answered banner=mx.example mail=shop.example "
				       "address=owner@shop.example reply=<owner@shop.example> no");
}

/* What the host's own mail server receives is another's mail. */
static void test_inbound(void **state)
{
	struct talk *talk = *state;

	talk->scope.addresses[0] = endpoint_at("203.0.113.99", 0).address;
	talk->scope.addresses[1] = talk->server.address;
	talk->scope.address_count = 2;
	dissector_set_scope(talk->dissector, &talk->scope);
	connect_both(talk);
	server(talk, "220 mx.example\r\n");
	assert_string_equal(talk->log, "");
	talk->client = endpoint_at("203.0.113.99", 40001); /* from an address of its own */
	connect_both(talk);
	assert_string_equal(talk->log, "opened answered");
}

static void test_ports(void **state)
{
	struct talk *talk = *state;

	talk->server.port = 8025;
	connect_both(talk);
	server(talk, "220 mx.example\r\n");
	assert_string_equal(talk->log, "");
	/* From one watched port to another: who the client is, only the first packets say. */
	talk->client.port = 25;
	talk->server.port = 587;
	connect_both(talk);
	server(talk, "220 mx.example\r\n");
	client(talk, "EHLO odd.example\r\n");
	assert_string_equal(talk->log, "opened answered banner=mx.example helo=odd.example");
}

static void test_off_port(void **state)
{
	struct talk *talk = *state;

	talk->server.port = 2526;
	connect_both(talk);
	server(talk, "220 ftp.example\r\n");
	client(talk, "USER anonymous\r\n");
	assert_string_equal(talk->log, "");
	client(talk, "ehlo bot.example\r\n");
	assert_string_equal(talk->log, "off-port=bot.example");
}

static void talk_secretly(struct talk *talk)
{
	connect_both(talk);
	server(talk, "220 mx.example\r\n");
	client(talk, "EHLO shop.example\r\n");
	server(talk, "250 AUTH PLAIN\r\n");
	client(talk, "AUTH PLAIN c2VjcmV0\r\n");
	server(talk, "235 ok\r\n");
	client(talk, "DATA\r\n");
	server(talk, "354 go\r\n");
	client(talk, "private body\r\n.\r\n");
	server(talk, "250 queued\r\n");
}

static void test_evidence(void **state)
{
	struct talk *talk = *state;

	talk->scope.keep_packets = true;
	dissector_set_scope(talk->dissector, &talk->scope);
	talk_secretly(talk);
	assert_int_equal(talk->evidence_count, 0);
	dissector_want_evidence(talk->dissector, 1);
	assert_int_equal(talk->evidence_count, 12);
	client(talk, "QUIT\r\n");
	assert_int_equal(talk->evidence_count, 13);
	assert_int_equal(talk->evidence_size, HEADERS + sizeof("QUIT\r\n") - 1);
	assert_non_null(strstr(talk->evidence, "EHLO shop.example"));
	assert_non_null(strstr(talk->evidence, "250 queued"));
	assert_non_null(strstr(talk->evidence, "DATA"));
	assert_null(strstr(talk->evidence, "c2Vj"));
	assert_null(strstr(talk->evidence, "body"));
}

static void test_no_evidence(void **state)
{
	struct talk *talk = *state;

	talk_secretly(talk);
	dissector_want_evidence(talk->dissector, 1);
	client(talk, "QUIT\r\n");
	assert_int_equal(talk->evidence_count, 0);
}

static void test_open_at_the_end(void **state)
{
	struct talk *talk = *state;

	connect_both(talk);
	assert_int_equal(dissector_counts(talk->dissector).streams, 1);
	dissector_free(talk->dissector);
	talk->dissector = NULL;
	assert_string_equal(talk->log, "opened answered ended");
}

static void test_links(void **state)
{
	struct talk *talk = *state;

	assert_null(dissector_new(147, 10, false, &taker, talk)); /* DLT_USER0 */
	struct dissector *cooked = dissector_new(LINK_SLL2, 10, true, &taker, talk);
	assert_non_null(cooked);
	dissector_free(cooked);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_session),  TEST(test_kept_addresses), TEST(test_address_in_banner),
		TEST(test_inbound),  TEST(test_ports),          TEST(test_off_port),
		TEST(test_evidence), TEST(test_no_evidence),    TEST(test_open_at_the_end),
		TEST(test_links),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dissector", tests, NULL, NULL);
}
