// SPDX-License-Identifier: GPL-2.0-only
#include "visited_house.h"

#include <malloc.h>

#define STATUS "{\"request\":\"status\"}"
#define FOLLOW "{\"request\":\"subscribe\",\"by\":\"script\"}"

static int begin(void **state)
{
	(void)state;
	return visited_house_begin(LEDGER_BY_SCRIPT);
}

static void assert_status(struct visitor *asker)
{
	_cleanup_json_ json_t *answer = visitor_receive(asker);

	assert_non_null(json_object_get(answer, "status"));
}

static void half_a_line_waits_for_the_other_half(void **state)
{
	(void)state;
	assert_int_equal(visitor_send(&visitor, STATUS, 9), 9);
	assert_silent(&visitor);
	house_tick(&house, 100);
	assert_silent(&visitor);
	visitor_say(&visitor, &STATUS[9]);
	assert_status(&visitor);
}

static void a_line_may_come_byte_by_byte(void **state)
{
	(void)state;
	for (const char *byte = STATUS; *byte; byte++) {
		assert_int_equal(visitor_send(&visitor, byte, 1), 1);
		assert_silent(&visitor);
	}
	visitor_say(&visitor, "");
	assert_status(&visitor);
}

static void a_request_has_so_many_bytes_and_not_one_more(void **state)
{
	static char line[PROTOCOL_REQUEST_MAX + 1] = STATUS;

	(void)state;
	memset(line + strlen(STATUS), ' ', sizeof(line) - strlen(STATUS));
	line[PROTOCOL_REQUEST_MAX - 1] = '\n';
	assert_int_equal(visitor_send(&visitor, line, PROTOCOL_REQUEST_MAX), PROTOCOL_REQUEST_MAX);
	assert_status(&visitor);
	line[PROTOCOL_REQUEST_MAX - 1] = ' ';
	line[PROTOCOL_REQUEST_MAX] = '\n';
	assert_int_equal(visitor_send(&visitor, line, sizeof(line)), sizeof(line));
	_cleanup_json_ json_t *answer = visitor_receive(&visitor);
	assert_json(answer, "{\"error\":{\"code\":\"too-long\",\"message\":\"a request has at most 16384 bytes\"}}");
	assert_closed(&visitor);
}

static void ten_megabytes_without_an_end_are_cut_off(void **state)
{
	const size_t size = 10 << 20;
	_cleanup_free_ char *bytes = malloc(size);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', size);
	assert_true(visitor_send(&visitor, bytes, size) < size);
	_cleanup_json_ json_t *answer = visitor_receive(&visitor);
	assert_text_at(answer, "error.code", "too-long");
	assert_closed(&visitor);
}

static void one_that_reads_no_answer_is_asked_for_no_further_request(void **state)
{
	char lines[4096] = "";
	size_t taken = 0;
	ssize_t size = 0;

	(void)state;
	house.health.count = HEALTH_CHECKS_MAX; /* so that an answer has some size */
	for (int i = 0; i < 100; i++)
		strcat(lines, "{\"request\":\"status\"}\n");
	const size_t before = mallinfo2().uordblks;
	while (size >= 0) {
		size = send(visitor.fd, lines, strlen(lines), MSG_DONTWAIT | MSG_NOSIGNAL);
		taken += size > 0 ? (size_t)size : 0;
		house_settle(&house);
	}
	assert_int_equal(errno, EAGAIN);
	assert_true(taken < 4 << 20);
	assert_true(mallinfo2().uordblks - before < 64 * 1024);
	for (size_t i = 0; i < taken / strlen(STATUS "\n"); i++) /* and none is missing */
		assert_status(&visitor);
}

static void one_that_reads_nothing_for_a_minute_is_closed(void **state)
{
	(void)state;
	fake_ledger_add_many(FAKE_ROWS_MAX);
	visitor_say(&visitor, FOLLOW);
	house_settle(&house);
	struct visitor other = house_visit(&house);
	house_tick(&house, 61);
	while (!visitor.is_closed)
		visitor_wait(&visitor);
	visitor_say(&other, STATUS); /* who has nothing to read is not dead */
	assert_status(&other);
	visitor_leave(&other);
}

static void one_that_reads_slowly_is_not_dead(void **state)
{
	char bytes[4096];

	(void)state;
	fake_ledger_add_many(2000);
	visitor_say(&visitor, FOLLOW);
	for (int i = 0; i < 100; i++) {
		for (int part = 0; part < 4; part++)
			assert_true(recv(visitor.fd, bytes, sizeof(bytes), MSG_DONTWAIT) != 0);
		house_settle(&house);
		house_tick(&house, 1);
	}
	house_settle(&house);
	assert_true(recv(visitor.fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0);
}

static void one_that_has_sent_all_still_gets_its_answers(void **state)
{
	(void)state;
	visitor_say(&visitor, STATUS "\n" STATUS);
	assert_int_equal(shutdown(visitor.fd, SHUT_WR), 0);
	assert_status(&visitor);
	assert_status(&visitor);
	assert_closed(&visitor);
}

static void one_that_leaves_in_the_middle_is_forgotten(void **state)
{
	(void)state;
	fake_ledger_add_many(FAKE_ROWS_MAX);
	for (size_t i = 0; i < 5 * house.options.max_clients; i++) {
		struct visitor passing = house_visit(&house);
		visitor_say(&passing, FOLLOW);
		visitor_wait(&passing);
		visitor_leave(&passing);
	}
	visitor_say(&visitor, STATUS);
	assert_status(&visitor);
}

static void one_that_floods_does_not_keep_others_waiting(void **state)
{
	struct visitor other = house_visit(&house);
	char lines[16384] = "";
	size_t calls = 0;

	(void)state;
	for (int i = 0; i < 400; i++)
		strcat(lines, "{\"request\":\"status\"}\n");
	assert_int_equal(visitor_send(&visitor, lines, strlen(lines)), strlen(lines));
	control_serve(house.control);
	visitor_say(&other, STATUS);
	for (; other.size == 0; calls++) {
		control_serve(house.control);
		visitor_read(&other);
	}
	assert_true(calls <= 2);
	assert_status(&other);
	visitor_leave(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(half_a_line_waits_for_the_other_half, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_line_may_come_byte_by_byte, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_request_has_so_many_bytes_and_not_one_more, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(ten_megabytes_without_an_end_are_cut_off, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_reads_no_answer_is_asked_for_no_further_request, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_reads_nothing_for_a_minute_is_closed, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_reads_slowly_is_not_dead, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_has_sent_all_still_gets_its_answers, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_leaves_in_the_middle_is_forgotten, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_floods_does_not_keep_others_waiting, begin, visited_house_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("control client", tests, NULL, NULL);
}
