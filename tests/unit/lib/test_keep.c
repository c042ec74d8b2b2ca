// SPDX-License-Identifier: GPL-2.0-only
#include "lib/keep.h"

#include "support/kept.h"

static const char hostile[] = "\x1b[2J %41%\n\xff\xfe=\xe2\x80\xae,\\\t";

static const char *choice_name(size_t number)
{
	static const char *const names[] = {"one", "two", "three"};
	return names[number];
}

static char *written(size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);
	const uint64_t numbers[] = {1, 0, UINT64_MAX, 0, 0};
	struct endpoint endpoint = {.port = 25};

	assert_int_equal(address_parse("2001:db8::1", &endpoint.address), 0);
	keep_begin(stream, "thing");
	keep_put_number(stream, "number", UINT64_MAX);
	keep_put_number(stream, "nothing", 0);
	keep_put_text(stream, "text", hostile);
	keep_put_text(stream, "empty", "");
	keep_put_text(stream, "none", NULL);
	keep_put_bytes(stream, "bytes", "a\0b", 3);
	keep_put_numbers(stream, "numbers", numbers, ARRAY_SIZE(numbers));
	keep_put_endpoint(stream, "endpoint", &endpoint);
	keep_put_text(stream, "choice", "three");
	keep_end(stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static int read_thing(void *context, struct keep_line *line)
{
	uint64_t numbers[4];
	struct endpoint endpoint;
	size_t size;
	char text[64];
	char address[ENDPOINT_TEXT_SIZE];

	assert_true(keep_is(line, "thing"));
	assert_int_equal(keep_number(line, "number", UINT64_MAX), UINT64_MAX);
	assert_int_equal(keep_number(line, "nothing", 5), 0);
	assert_string_equal(keep_text(line, "text"), hostile);
	assert_string_equal(keep_text(line, "empty"), "");
	assert_null(keep_text(line, "none"));
	assert_memory_equal(keep_bytes(line, "bytes", &size), "a\0b", 3);
	assert_int_equal(size, 3);
	keep_copy_text(line, "text", text, sizeof(text));
	assert_string_equal(text, hostile);
	assert_int_equal(keep_numbers(line, "numbers", UINT64_MAX, numbers, ARRAY_SIZE(numbers)), 3);
	assert_int_equal(numbers[2], UINT64_MAX);
	assert_int_equal(numbers[3], 0);
	keep_endpoint(line, "endpoint", &endpoint);
	assert_string_equal(endpoint_format(&endpoint, address), "[2001:db8::1]:25");
	assert_int_equal(keep_choice(line, "choice", choice_name, 3), 2);
	assert_false(line->is_bad);
	*(bool *)context = true;
	return 0;
}

static void test_round_trip(void **state)
{
	(void)state;
	size_t size;
	bool is_read = false;
	char *text = written(&size);

	assert_null(memchr(text, 0x1b, size));
	assert_int_equal(kept_take(text, size, read_thing, &is_read), 0);
	assert_true(is_read);
	free(text);
}

static int ask_all(void *context, struct keep_line *line)
{
	uint64_t numbers[2];
	struct endpoint endpoint;
	char text[8];

	(void)context;
	keep_number(line, "number", 7);
	keep_flag(line, "flag");
	keep_text(line, "text");
	keep_copy_text(line, "text", text, sizeof(text));
	keep_copy_bytes(line, "bytes", text, sizeof(text));
	keep_numbers(line, "numbers", 7, numbers, ARRAY_SIZE(numbers));
	keep_endpoint(line, "endpoint", &endpoint);
	keep_choice(line, "choice", choice_name, 3);
	return line->is_bad ? -1 : 0;
}

static void test_cut_at_every_byte(void **state)
{
	(void)state;
	size_t size;
	char *text = written(&size);

	for (size_t length = 1; length < size; length++)
		assert_int_equal(kept_take(text, length, ask_all, NULL), 1);
	free(text);
}

static void test_refused(void **state)
{
	static const char *const lines[] = {
		"\n",
		" thing\n",
		"thing  number=1\n",
		"thing =1\n",
		"thing number\n",
		"a=b number=1\n",
		"thing number=\n",
		"thing number=8\n",
		"thing number=-1\n",
		"thing number=+1\n",
		"thing number=1x\n",
		"thing number=18446744073709551616\n",
		"thing number=99999999999999999999999\n",
		"thing flag=2\n",
		"thing text=%4\n",
		"thing text=%zz\n",
		"thing text=%\n",
		"thing text=a%00b\n",
		"thing text=12345678\n",
		"thing bytes=1234567\n",
		"thing numbers=1,\n",
		"thing numbers=,1\n",
		"thing numbers=1,8\n",
		"thing endpoint=1.2.3.4\n",
		"thing endpoint=1.2.3,25\n",
		"thing endpoint=1.2.3.4,65536\n",
		"thing endpoint=1.2.3.4,\n",
		"thing choice=four\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (kept_take(lines[i], strlen(lines[i]), ask_all, NULL) != 1)
			fail_msg("taken: %s", lines[i]);
	assert_int_equal(kept_take("thing a\0=1\n", 11, ask_all, NULL), 1);
}

static void test_unknown_is_passed_over(void **state)
{
	char text[8192] = "thing";

	(void)state;
	for (size_t i = 0; i < 3 * KEEP_FIELDS_MAX; i++)
		strcat(text, " other=1");
	strcat(text, "\n");
	assert_int_equal(kept_take(text, strlen(text), ask_all, NULL), 0);
	assert_int_equal(kept_take("thing colour=green number=1\n", 28, ask_all, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown_is_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
