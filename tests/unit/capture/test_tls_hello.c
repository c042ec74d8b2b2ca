// SPDX-License-Identifier: GPL-2.0-only
#include "capture/tls_hello.h"
#include "smtp_script.h"

#include <errno.h>

#define HELLO_ROOM 8192

/* A ClientHello in the making. */
struct hello {
	uint8_t bytes[HELLO_ROOM];
	size_t size;
};

static void put(struct hello *hello, size_t number, size_t width)
{
	assert_in_range(hello->size + width, 1, HELLO_ROOM);
	for (size_t i = width; i > 0; i--)
		hello->bytes[hello->size++] = (uint8_t)(number >> 8 * (i - 1));
}

static void put_bytes(struct hello *hello, const void *bytes, size_t size)
{
	assert_in_range(hello->size + size, 0, HELLO_ROOM);
	memcpy(hello->bytes + hello->size, bytes, size);
	hello->size += size;
}

static void set(struct hello *hello, size_t offset, size_t number, size_t width)
{
	struct hello patch = {.size = 0};

	put(&patch, number, width);
	memcpy(hello->bytes + offset, patch.bytes, width);
}

/* Where the parts of a handshake message begin, of those that tests spoil. */
enum {
	AT_TYPE = 0,
	AT_LENGTH = 1,
	AT_VERSION = 4,
	AT_SESSION = 38,
	AT_CIPHERS = 39,
	AT_COMPRESSION = 43,
	AT_EXTENSIONS = 45,
	AT_PADDING = 47,
};

/* The handshake message; extensions: padding first, then the name. */
static struct hello message(size_t padding, const char *name, size_t name_size)
{
	static const uint8_t random[32];
	struct hello hello = {.size = 0};

	put(&hello, 1, 1);
	put(&hello, 0, 3);
	put(&hello, 0x0303, 2);
	put_bytes(&hello, random, sizeof(random));
	put(&hello, 0, 1);
	put(&hello, 2, 2);
	put(&hello, 0x1301, 2);
	put(&hello, 0x0100, 2);
	put(&hello, 4 + padding + 9 + name_size, 2);
	put(&hello, 21, 2);
	put(&hello, padding, 2);
	for (size_t i = 0; i < padding; i++)
		put(&hello, 0, 1);
	put(&hello, 0, 2);
	put(&hello, name_size + 5, 2);
	put(&hello, name_size + 3, 2);
	put(&hello, 0, 1);
	put(&hello, name_size, 2);
	put_bytes(&hello, name, name_size);
	set(&hello, AT_LENGTH, hello.size - 4, 3);
	return hello;
}

static struct hello records(const struct hello *message, size_t fragment)
{
	struct hello hello = {.size = 0};

	for (size_t offset = 0; offset < message->size; offset += fragment) {
		size_t size = message->size - offset < fragment ? message->size - offset : fragment;

		put(&hello, 22, 1);
		put(&hello, 0x0301, 2);
		put(&hello, size, 2);
		put_bytes(&hello, message->bytes + offset, size);
	}
	return hello;
}

/* What all the bytes come to is what the first of them come to, or those say -EAGAIN. */
static int read_name(const struct hello *hello, char name[DIALOGUE_NAME_SIZE])
{
	int result = tls_hello_server_name(hello->bytes, hello->size, name);

	for (size_t size = 0; size < hello->size; size++) {
		/* Exactly as long, so that a byte too far is noticed. */
		_cleanup_free_ uint8_t *bytes = malloc(size > 0 ? size : 1);
		char early[DIALOGUE_NAME_SIZE] = "untouched";
		int early_result;

		assert_non_null(bytes);
		memcpy(bytes, hello->bytes, size);
		early_result = tls_hello_server_name(bytes, size, early);
		if (early_result == -EAGAIN)
			assert_string_equal(early, "untouched");
		else
			assert_int_equal(early_result, result);
		if (early_result == 0)
			assert_string_equal(early, name);
	}
	return result;
}

static void assert_name(const struct hello *hello, const char *expected)
{
	char name[DIALOGUE_NAME_SIZE] = "untouched";

	assert_int_equal(read_name(hello, name), 0);
	assert_string_equal(name, expected);
}

static void assert_bad(const struct hello *message, int error)
{
	struct hello hello = records(message, 1000);
	char name[DIALOGUE_NAME_SIZE] = "untouched";

	assert_int_equal(read_name(&hello, name), error);
	assert_string_equal(name, "untouched");
}

static void test_name(void **state)
{
	struct hello plain = message(10, "MX.Example.ORG", 14);

	(void)state;
	for (size_t fragment = 1; fragment <= plain.size; fragment++) {
		struct hello hello = records(&plain, fragment);

		assert_name(&hello, "mx.example.org");
	}
}

static void test_strange_names(void **state)
{
	char text[400];
	char expected[DIALOGUE_NAME_SIZE] = "";
	struct hello plain = message(0, "a\0b", 3);
	struct hello hello = records(&plain, 1000);

	(void)state;
	assert_name(&hello, "a\x1a\x62");
	plain = message(0, "", 0);
	hello = records(&plain, 1000);
	assert_name(&hello, "");
	memset(text, 'n', sizeof(text));
	memset(expected, 'n', DIALOGUE_NAME_SIZE - 1);
	plain = message(0, text, sizeof(text));
	hello = records(&plain, 1000);
	assert_name(&hello, expected);
}

/* Another kind of name first, and none at all. */
static void test_name_lists(void **state)
{
	struct hello plain = message(0, "\1\1\1\1\1\1\1", 7);
	size_t names = plain.size - 10;
	struct hello hello;

	(void)state;
	/* type 1, 0 bytes; type 0, 4 bytes "host" */
	memcpy(plain.bytes + names, "\1\0\0\0\0\4host", 10);
	hello = records(&plain, 1000);
	assert_name(&hello, "host");
	memcpy(plain.bytes + names, "\1\0\7another", 10);
	hello = records(&plain, 1000);
	assert_name(&hello, "");
}

static void test_no_name(void **state)
{
	struct hello plain = message(10, "x", 1);
	struct hello hello;

	(void)state;
	/* Another extension's number in the name's place. */
	set(&plain, AT_PADDING + 4 + 10, 99, 2);
	hello = records(&plain, 1000);
	assert_name(&hello, "");
	/* No extensions. */
	plain.size = AT_EXTENSIONS;
	set(&plain, AT_LENGTH, plain.size - 4, 3);
	hello = records(&plain, 1000);
	assert_name(&hello, "");
	set(&plain, AT_LENGTH, plain.size - 4 + 2, 3);
	put(&plain, 0, 2);
	hello = records(&plain, 1000);
	assert_name(&hello, "");
}

static void test_bad_messages(void **state)
{
	static const struct {
		size_t offset;
		size_t number;
		size_t width;
		int error;
	} spoilt[] = {
		{AT_TYPE, 2, 1, -EBADMSG},
		{AT_LENGTH, 20, 3, -EBADMSG},
		{AT_LENGTH, 0, 3, -EBADMSG},
		{AT_LENGTH, 0xffffff, 3, 0}, /* the name is there all the same */
		{AT_VERSION, 0x0203, 2, -EBADMSG},
		{AT_SESSION, 33, 1, -EBADMSG},
		{AT_CIPHERS, 0, 2, -EBADMSG},
		{AT_CIPHERS, 0xffff, 2, -EBADMSG},
		{AT_COMPRESSION, 0, 1, -EBADMSG},
		{AT_EXTENSIONS, 0xffff, 2, -EBADMSG},
		{AT_EXTENSIONS, 1, 2, -EBADMSG},
		{AT_EXTENSIONS, 20, 2, -EBADMSG},
		{AT_PADDING + 2, 0xffff, 2, -EBADMSG},
		{AT_PADDING + 16, 0, 2, 0},
		{AT_PADDING + 16, 1, 2, -EBADMSG},
		{AT_PADDING + 18, 0xffff, 2, -EBADMSG},
		{AT_PADDING + 21, 4, 2, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
		struct hello plain = message(10, "abc", 3);

		set(&plain, spoilt[i].offset, spoilt[i].number, spoilt[i].width);
		if (spoilt[i].error) {
			assert_bad(&plain, spoilt[i].error);
		} else {
			struct hello hello = records(&plain, 1000);

			assert_name(&hello, spoilt[i].offset == AT_LENGTH ? "abc" : "");
		}
	}
}

static void test_bad_records(void **state)
{
	static const struct {
		size_t offset;
		uint8_t byte;
	} spoilt[] = {{0, 23}, {1, 2}, {2, 5}, {3, 0x40}, {4, 0}, {25, 23}, {26, 0}, {29, 0}};
	struct hello plain = message(10, "abc", 3);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
		struct hello hello = records(&plain, 20);
		char name[DIALOGUE_NAME_SIZE];

		hello.bytes[spoilt[i].offset] = spoilt[i].byte;
		if (spoilt[i].offset == 3)
			hello.bytes[4] = 1;
		assert_int_equal(read_name(&hello, name), -EBADMSG);
	}
}

/* RFC 8446 5.1: no empty ones, which would cost much and bring nothing. */
static void test_empty_record(void **state)
{
	struct hello plain = message(10, "abc", 3);
	struct hello second = records(&plain, 1000);
	struct hello hello = {.size = 0};
	char name[DIALOGUE_NAME_SIZE];

	(void)state;
	put_bytes(&hello, "\x16\x03\x01\0\0", 5);
	put_bytes(&hello, second.bytes, second.size);
	assert_int_equal(read_name(&hello, name), -EBADMSG);
}

static void test_begins(void **state)
{
	struct hello plain = message(10, "abc", 3);
	struct hello hello = records(&plain, 1000);

	(void)state;
	for (size_t size = 0; size <= hello.size; size++)
		assert_true(tls_hello_begins(hello.bytes, size));
	hello.bytes[5] = 2;
	assert_true(tls_hello_begins(hello.bytes, 5));
	assert_false(tls_hello_begins(hello.bytes, 6));
	assert_false(tls_hello_begins((const uint8_t *)"EHLO", 1));
	assert_false(tls_hello_begins((const uint8_t *)"\x80\x2e\x01\x03\x01", 5));
}

/* The sessions that it is for: TLS from the start, and behind STARTTLS. */
static void feed(bool is_starttls, const struct hello *hello, size_t piece, const char *expected)
{
	static const char start[] = "220 mx\r\n";
	static const char command[] = "STARTTLS\r\n";
	static const struct smtp_options options;
	struct stream_verdict verdict = {.is_opaque = false};
	char *told = NULL;
	size_t told_size = 0;
	FILE *stream = open_memstream(&told, &told_size);
	struct smtp *smtp = smtp_new(&options, script_take, stream);

	if (is_starttls) {
		smtp_read(smtp, STREAM_SERVER, (const uint8_t *)start, sizeof(start) - 1);
		smtp_read(smtp, STREAM_CLIENT, (const uint8_t *)command, sizeof(command) - 1);
		smtp_read(smtp, STREAM_SERVER, (const uint8_t *)start, sizeof(start) - 1);
	}
	for (size_t done = 0; done < hello->size && !verdict.is_opaque; done += piece) {
		size_t left = hello->size - done;

		verdict = smtp_read(smtp, STREAM_CLIENT, hello->bytes + done, left < piece ? left : piece);
		assert_int_equal(verdict.clear, 0);
	}
	fflush(stream);
	assert_true(verdict.is_opaque);
	assert_string_equal(told, expected);
	smtp_end(smtp);
	smtp_free(smtp);
	fclose(stream);
	assert_string_equal(told, expected);
	free(told);
}

static void test_sessions(void **state)
{
	struct hello plain = message(100, "mx.example", 10);
	struct hello hello = records(&plain, 50);

	(void)state;
	for (size_t piece = 1; piece <= hello.size; piece += piece < 100 ? 1 : 100) {
		feed(true, &hello, piece, "BANNER 220 mx\nTLS starttls [mx.example]\n");
		feed(false, &hello, piece, "TLS implicit [mx.example]\n");
	}
	/* The name is behind what is waited for. */
	plain = message(TLS_HELLO_SIZE, "mx.example", 10);
	hello = records(&plain, 16384);
	for (size_t piece = 1; piece <= hello.size; piece *= 7) {
		feed(true, &hello, piece, "BANNER 220 mx\nTLS starttls []\n");
		feed(false, &hello, piece, "TLS implicit []\n");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),         cmocka_unit_test(test_strange_names),
		cmocka_unit_test(test_name_lists),   cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_bad_messages), cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_empty_record), cmocka_unit_test(test_begins),
		cmocka_unit_test(test_sessions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tls_hello", tests, NULL, NULL);
}
