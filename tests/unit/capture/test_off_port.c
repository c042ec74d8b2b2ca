// SPDX-License-Identifier: GPL-2.0-only
#include "capture/off_port.h"
#include "support/test.h"

#include <string.h>

static bool reads(const char *segment, const char *name, bool is_extended)
{
	char read_name[DIALOGUE_NAME_SIZE];
	bool read_extended;

	return off_port_read((const uint8_t *)segment, strlen(segment), read_name, &read_extended) &&
	       strcmp(read_name, name) == 0 && read_extended == is_extended;
}

static bool is_refused(const char *segment, size_t size)
{
	char name[DIALOGUE_NAME_SIZE];
	bool is_extended;

	return !off_port_read((const uint8_t *)segment, size, name, &is_extended);
}
#define IS_REFUSED(text) is_refused(text, sizeof(text) - 1)

static void test_commands(void **state)
{
	(void)state;
	assert_true(reads("EHLO bot.example\r\n", "bot.example", true));
	assert_true(reads("HELO bot.example\r\n", "bot.example", false));
	assert_true(reads("ehlo bot.example\n", "bot.example", true));
	assert_true(reads("EhLo   [192.0.2.1] \t\r\n", "[192.0.2.1]", true));
	assert_true(reads("EHLO x\r\n", "x", true));
}

static void test_other_texts(void **state)
{
	(void)state;
	assert_true(IS_REFUSED(""));
	assert_true(IS_REFUSED("EHLO"));
	assert_true(IS_REFUSED("EHLO \r\n"));
	assert_true(IS_REFUSED("EHLO    \r\n"));
	assert_true(IS_REFUSED("EHLO bot.example"));
	assert_true(IS_REFUSED("EHLOX bot.example\r\n"));
	assert_true(IS_REFUSED("EHLO two words\r\n"));
	assert_true(IS_REFUSED("EHLO a.example\r\nmore\r\n"));
	assert_true(IS_REFUSED("EHLO a.example\nmore\n"));
	assert_true(IS_REFUSED("USER anonymous\r\n"));
	assert_true(IS_REFUSED("EHLO a\0b\r\n"));
	assert_true(IS_REFUSED("EHLO a\x1b[31m\r\n"));
	assert_true(IS_REFUSED("HELLO bot.example\r\n"));
	assert_true(IS_REFUSED("\r\n"));
	assert_true(IS_REFUSED("\n"));
}

static void test_longest_name(void **state)
{
	char segment[sizeof("EHLO ") + DIALOGUE_NAME_SIZE + 8] = "EHLO ";
	char name[DIALOGUE_NAME_SIZE];
	bool is_extended;

	(void)state;
	memset(segment + 5, 'a', DIALOGUE_NAME_SIZE);
	memcpy(segment + 5 + DIALOGUE_NAME_SIZE - 1, "\r\n", 2);
	assert_true(off_port_read((uint8_t *)segment, 5 + DIALOGUE_NAME_SIZE + 1, name, &is_extended));
	assert_int_equal(strlen(name), DIALOGUE_NAME_SIZE - 1);
	memcpy(segment + 5 + DIALOGUE_NAME_SIZE - 1, "a\r\n", 3);
	assert_true(is_refused(segment, 5 + DIALOGUE_NAME_SIZE + 2));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_other_texts),
		cmocka_unit_test(test_longest_name),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("off_port", tests, NULL, NULL);
}
