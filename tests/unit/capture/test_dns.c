// SPDX-License-Identifier: GPL-2.0-only
#include "capture/dns.h"

#include "dns_message.h"

#include <errno.h>
#include <stdlib.h>

/* What was told, a line each. */
struct told {
	char text[8192];
	size_t count;
};

static void take(void *context, struct name_event *event)
{
	static const char *const kinds[] = {
		[NAME_ADDRESS] = "address", [NAME_ALIAS] = "alias", [NAME_MX] = "mx", [NAME_MX_QUERY] = "query"};
	struct told *told = context;
	size_t used = strlen(told->text);
	char address[ADDRESS_TEXT_SIZE] = "-";

	if (event->kind == NAME_ADDRESS)
		address_format(&event->address, address);
	told->count++;
	snprintf(told->text + used, sizeof(told->text) - used, "%s %s %s %s %u %u\n", kinds[event->kind], event->owner,
		 event->target ? event->target : "-", address, event->preference, event->ttl);
}

/* Reads a copy that has no byte more, for the sanitizers to see a step beyond. */
static int read_exactly(const struct message *message, size_t size, struct told *told)
{
	uint8_t *copy = malloc(size ? size : 1);
	assert_non_null(copy);
	memcpy(copy, message->bytes, size);
	*told = (struct told){.count = 0};
	int error = dns_read(copy, size, take, told);
	free(copy);
	return error;
}

#define assert_told(message, error, expected)                                            \
	do {                                                                             \
		struct told told_;                                                       \
		assert_int_equal(read_exactly(message, (message)->size, &told_), error); \
		assert_string_equal(told_.text, expected);                               \
	} while (0)

static void test_addresses(void **state)
{
	static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	struct message message = begin(RESPONSE, 1, 2, 0, 0);

	(void)state;
	put_question(&message, "MX.Example.COM", A, 1);
	put_pointer(&message, 12);
	put_data(&message, A, 1, 300, IPV4, 4);
	put_pointer(&message, 12 + 3);
	put_data(&message, AAAA, 1, 0x80000001, ipv6, 16);
	assert_told(&message, 0,
		    "address mx.example.com - 203.0.113.25 0 300\n"
		    "address example.com - 2001:db8::1 0 0\n");
}

/* The MX answer of a large provider: targets compressed, their addresses in the additional section, EDNS behind. */
static void test_mail_exchangers(void **state)
{
	struct message message = begin(RESPONSE, 1, 2, 1, 3);
	struct message data = {.size = 0};

	(void)state;
	put_question(&message, "gmail.com", MX, 1);
	put_16(&data, 5);
	put_labels(&data, "gmail-smtp-in.l.google");
	put_pointer(&data, 12 + 6);
	put_pointer(&message, 12);
	size_t target = message.size + 12;
	put_data(&message, MX, 1, 3600, data.bytes, data.size);
	data.size = 0;
	put_16(&data, 10);
	put_labels(&data, "alt1");
	put_pointer(&data, target);
	put_pointer(&message, 12);
	put_data(&message, MX, 1, 3600, data.bytes, data.size);
	put_target(&message, "gmail.com", CNAME, -1, "authority.example");
	put_pointer(&message, target);
	put_data(&message, A, 1, 60, IPV4, 4);
	put_address(&message, "alt1.gmail-smtp-in.l.google.com");
	put_name(&message, "");
	put_data(&message, OPT, 1232, 0x8000, "", 0);
	assert_told(&message, 0,
		    "mx gmail.com gmail-smtp-in.l.google.com - 5 3600\n"
		    "mx gmail.com alt1.gmail-smtp-in.l.google.com - 10 3600\n"
		    "address gmail-smtp-in.l.google.com - 203.0.113.25 0 60\n"
		    "address alt1.gmail-smtp-in.l.google.com - 203.0.113.25 0 300\n");
}

static void test_aliases(void **state)
{
	struct message message = begin(RESPONSE, 1, 3, 0, 0);

	(void)state;
	put_question(&message, "a.example", A, 1);
	put_target(&message, "a.example", CNAME, -1, "b.example");
	put_target(&message, "b.example", CNAME, -1, "C.example");
	put_address(&message, "c.example");
	assert_told(&message, 0,
		    "alias a.example b.example - 0 300\n"
		    "alias b.example c.example - 0 300\n"
		    "address c.example - 203.0.113.25 0 300\n");
}

static void test_queries(void **state)
{
	static const struct {
		const char *name;
		unsigned int type, class;
		const char *told;
	} cases[] = {
		{"Gmail.com", MX, 1, "query gmail.com - - 0 0\n"},
		{"gmail.com", A, 1, ""},
		{"gmail.com", MX, CHAOS, ""},
		{"gmail.com", 255, 1, ""},
		{"", MX, 1, ""},
		{"4.3.2.1.zen.spamhaus.org", MX, 1, ""},
		{"gmail.com.secret.dbl.dq.spamhaus.net", MX, 1, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(QUERY, 1, 0, 0, 1);
		put_question(&message, cases[i].name, cases[i].type, cases[i].class);
		put_name(&message, "");
		put_data(&message, OPT, 1232, 0, "", 0);
		assert_told(&message, 0, cases[i].told);
	}
}

/* A question is all that a query has: whatever follows it is not told. */
static void test_query_with_answers(void **state)
{
	struct message message = begin(QUERY, 1, 1, 0, 0);

	(void)state;
	put_question(&message, "gmail.com", A, 1);
	put_address(&message, "gmail.com");
	assert_told(&message, 0, "");
}

static void test_what_is_no_answer(void **state)
{
	static const struct {
		unsigned int flags;
		const char *told;
	} cases[] = {
		{RESPONSE, "address mx.example - 203.0.113.25 0 300\n"},
		{RESPONSE | 0x0200, "address mx.example - 203.0.113.25 0 300\n"}, /* TC */
		{RESPONSE | 3, ""},                                               /* NXDOMAIN */
		{RESPONSE | 2, ""},                                               /* SERVFAIL */
		{RESPONSE | 5 << 11, ""},                                         /* UPDATE */
		{RESPONSE | 1 << 11, ""},
		{QUERY | 4 << 11, ""}, /* NOTIFY */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(cases[i].flags, 0, 1, 0, 0);
		put_address(&message, "mx.example");
		assert_told(&message, 0, cases[i].told);
	}
}

static void test_other_classes_and_types(void **state)
{
	struct message message = begin(RESPONSE, 0, 5, 0, 0);

	(void)state;
	put_name(&message, "mx.example");
	put_data(&message, A, CHAOS, 300, IPV4, 4);
	put_name(&message, "mx.example");
	put_data(&message, A, 0x8001, 300, IPV4, 4); /* mDNS */
	put_name(&message, "mx.example");
	put_data(&message, 16, 1, 300, "\x02hi", 3);
	put_name(&message, "example");
	put_data(&message, SOA, 1, 300, "x", 1);
	put_address(&message, "mx.example");
	assert_told(&message, 0, "address mx.example - 203.0.113.25 0 300\n");
}

/* RFC 7505 */
static void test_null_mx(void **state)
{
	struct message message = begin(RESPONSE, 0, 2, 0, 0);

	(void)state;
	put_target(&message, "example.com", MX, 0, "");
	put_target(&message, "example.com", MX, 7, "mx.example.com");
	assert_told(&message, 0, "mx example.com mx.example.com - 7 300\n");
}

/* Each of these could be taken for another name, or break out of its line. */
static void test_names_that_lie(void **state)
{
	static const struct {
		const char *label;
		size_t size;
	} cases[] = {{"gmail.com", 9}, {"a\0b", 3}, {"a\nb", 3}, {"a b", 3}, {"a\x1b[2J", 5}, {"\xc3\xa9", 2},
		     {"\x7f", 1},      {"a\\b", 3}, {"a\"b", 3}, {"a/b", 3}, {"=", 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(RESPONSE, 1, 3, 0, 0);
		const uint8_t length = (uint8_t)cases[i].size;
		put(&message, &length, 1);
		put(&message, cases[i].label, cases[i].size);
		put_name(&message, "evil.example");
		put_16(&message, A);
		put_16(&message, 1);
		put_pointer(&message, 12);
		put_data(&message, A, 1, 300, IPV4, 4);
		put_name(&message, "alias.example");
		put_data(&message, CNAME, 1, 300, "\xc0\x0c", 2);
		put_address(&message, "honest_1.example-2.com");
		assert_told(&message, 0, "address honest_1.example-2.com - 203.0.113.25 0 300\n");
	}
}

static void test_lying_question(void **state)
{
	struct message message = begin(QUERY, 1, 0, 0, 0);

	(void)state;
	put(&message, "\x09gmail.com", 10);
	put_question(&message, "", MX, 1);
	assert_told(&message, 0, "");
}

/* A pointer that does not lead back, one into the header, and the reserved kinds of labels (RFC 6891 5). */
static void test_bad_pointers(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {{"\xc0\x0c", 2},          {"\xc0\x0e", 2}, {"\x01x\xc0\x0c", 4}, {"\xc0\x00", 2}, {"\xc0\x0b", 2},
		     {"\xff\xff", 2},          {"\xc0", 1},     {"\x41x", 2},         {"\x80", 1},     {"\x3fx", 2},
		     {"\x01x\x01y\xc0\x0e", 6}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(RESPONSE, 0, 1, 0, 0);
		put(&message, cases[i].bytes, cases[i].size);
		put_data(&message, A, 1, 300, IPV4, 4);
		assert_told(&message, -EBADMSG, "");
	}
}

/* One with bytes enough to be a label of 65, were there such. */
static void test_reserved_label(void **state)
{
	struct message message = begin(RESPONSE, 0, 1, 0, 0);

	(void)state;
	put(&message, "\x41", 1);
	for (int i = 0; i < 65; i++)
		put(&message, "a", 1);
	put(&message, "", 1);
	put_data(&message, A, 1, 300, IPV4, 4);
	assert_told(&message, -EBADMSG, "");
}

/* Pointers to pointers: few are followed, many are refused. */
static void test_chain_of_pointers(void **state)
{
	static const struct {
		size_t pointers;
		int error;
		const char *told;
	} cases[] = {{2, 0, "address x.y - 203.0.113.25 0 300\n"},
		     {32, 0, "address x.y - 203.0.113.25 0 300\n"},
		     {33, -EBADMSG, ""},
		     {5000, -EBADMSG, ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(RESPONSE, 0, 2, 0, 0);
		struct message chain = {.size = 0};
		put_name(&message, "x.y");
		size_t target = 12;
		for (size_t j = 1; j < cases[i].pointers; j++) {
			put_pointer(&chain, target);
			target = message.size + 10 + chain.size - 2;
		}
		put_data(&message, 16, 1, 0, chain.bytes, chain.size);
		put_pointer(&message, target);
		put_data(&message, A, 1, 300, IPV4, 4);
		assert_told(&message, cases[i].error, cases[i].told);
	}
}

#define LABEL_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

/* RFC 1035 2.3.4: 255 octets on the wire are 253 characters. */
static void test_lengths(void **state)
{
	static const char *const rests[] = {
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefg.x",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh.x",
		LABEL_63,
		LABEL_63 "." LABEL_63,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rests); i++) {
		struct message message = begin(RESPONSE, 0, 1, 0, 0);
		char name[512];
		struct told told;
		snprintf(name, sizeof(name), LABEL_63 "." LABEL_63 "." LABEL_63 ".%s", rests[i]);
		put_address(&message, name);
		bool fits = strlen(name) <= 253;
		assert_int_equal(read_exactly(&message, message.size, &told), fits ? 0 : -EBADMSG);
		assert_int_equal(told.count, fits ? 1 : 0);
	}
}

/* The data of a record end where the record says, no sooner and no later. */
static void test_data_that_do_not_fit(void **state)
{
	static const struct {
		unsigned int type;
		const char *data;
		size_t size;
	} cases[] = {{A, IPV4, 3},
		     {A, IPV4 "\0", 5},
		     {AAAA, IPV4, 4},
		     {CNAME, "\x01x", 2},
		     {CNAME, "\x01x\0\0", 4},
		     {CNAME, "\x05x\0", 3},
		     {MX, "\0", 1},
		     {MX, "\0\x05", 2},
		     {CNAME, "", 0},
		     {MX, "\0\0\x01x\0\0", 6}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(RESPONSE, 0, 3, 0, 0);
		put_address(&message, "first.example");
		put_name(&message, "bad.example");
		put_data(&message, cases[i].type, 1, 300, cases[i].data, cases[i].size);
		put_address(&message, "last.example");
		assert_told(&message, -EBADMSG, "address first.example - 203.0.113.25 0 300\n");
	}
}

/* Cut anywhere: what is told is the beginning of what the whole one tells. */
static void test_cut(void **state)
{
	struct message message = begin(RESPONSE, 1, 3, 0, 0);
	struct told whole, part;

	(void)state;
	put_question(&message, "a.example", MX, 1);
	put_target(&message, "a.example", MX, 5, "mx.example");
	put_target(&message, "mx.example", CNAME, -1, "host.example");
	put_address(&message, "host.example");
	assert_int_equal(read_exactly(&message, message.size, &whole), 0);
	assert_int_equal(whole.count, 3);
	for (size_t size = 0; size < message.size; size++) {
		assert_int_equal(read_exactly(&message, size, &part), -EBADMSG);
		assert_memory_equal(part.text, whole.text, strlen(part.text));
		assert_true(part.count < 3);
	}
}

static void test_question_counts(void **state)
{
	struct message two = begin(QUERY, 2, 0, 0, 0);
	struct message none = begin(QUERY, 0, 0, 0, 0);

	(void)state;
	put_question(&two, "a.example", MX, 1);
	put_question(&two, "b.example", MX, 1);
	assert_told(&two, -EBADMSG, "");
	assert_told(&none, 0, "");
}

static void test_many_records(void **state)
{
	struct message message = begin(RESPONSE, 0, 1000, 0, 0);
	struct told told;

	(void)state;
	for (int i = 0; i < 1000; i++)
		put_address(&message, "mx.example");
	assert_int_equal(read_exactly(&message, message.size, &told), 0);
	assert_int_equal(told.count, DNS_ANSWERS_MAX);
	message.bytes[6] = message.bytes[8] = message.bytes[10] = 0xff; /* more than there can be */
	assert_int_equal(read_exactly(&message, message.size, &told), 0);
	assert_int_equal(told.count, DNS_ANSWERS_MAX);
}

/* Of a blocklist's answer nothing is told, also not what leads to the telling record. */
static void test_blocklists(void **state)
{
	static const struct {
		const char *question, *owner, *target;
		const char *address;
	} cases[] = {
		{"4.3.2.1.bl.example", "4.3.2.1.bl.example", NULL, "\x01\x02\x03\x04"},
		{"a.example", "4.3.2.1.bl.example", NULL, "\x01\x02\x03\x04"},
		{"a.example.key.bl.example", "a.example.key.bl.example", NULL, "\x7f\x00\x00\x02"},
		{"a.example", "b.example", "a.example.key.dbl.dq.spamhaus.net", IPV4},
		{"a.example", "b.example", "a.example.key.list.example", "\x7f\x00\x00\x02"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = begin(RESPONSE, 1, 2, 0, 0);
		put_question(&message, cases[i].question, A, 1);
		put_target(&message, cases[i].owner, CNAME, -1, cases[i].target ? cases[i].target : "x.example");
		put_name(&message, cases[i].target ? cases[i].target : cases[i].owner);
		put_data(&message, A, 1, 300, cases[i].address, 4);
		assert_told(&message, 0, "");
	}
	struct message message = begin(RESPONSE, 0, 1, 0, 0);
	put_target(&message, "b.example", CNAME, -1, "a.example.key.dbl.dq.spamhaus.net");
	assert_told(&message, 0, "");
	message = begin(RESPONSE, 0, 1, 0, 0);
	put_name(&message, "localhost");
	put_data(&message, A, 1, 300, "\x7f\x00\x00\x01", 4);
	assert_told(&message, 0, "address localhost - 127.0.0.1 0 300\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_mail_exchangers),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_query_with_answers),
		cmocka_unit_test(test_what_is_no_answer),
		cmocka_unit_test(test_other_classes_and_types),
		cmocka_unit_test(test_null_mx),
		cmocka_unit_test(test_names_that_lie),
		cmocka_unit_test(test_lying_question),
		cmocka_unit_test(test_bad_pointers),
		cmocka_unit_test(test_reserved_label),
		cmocka_unit_test(test_chain_of_pointers),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_data_that_do_not_fit),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_question_counts),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_blocklists),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
