// SPDX-License-Identifier: GPL-2.0-only
/* The capture process is this program too. */
#include "capture/capture.h"

#include "capture/fake_process.h"
#include "capture/fake_surroundings.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

struct heard {
	int dialogues;
	int names;
	int frames;
	int restarted;
	uint64_t wire_id;
	char text[256];
	struct capture *capture;
};

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	struct heard *heard = context;

	heard->dialogues++;
	snprintf(heard->text, sizeof(heard->text), "%s", event->name);
}

static void take_name(void *context, const struct name_event *event)
{
	assert_string_equal(event->owner, "mx");
	((struct heard *)context)->names++;
}

static void take_evidence(void *context, uint64_t wire_id, int link_type, const struct frame *frame)
{
	struct heard *heard = context;

	assert_int_equal(link_type, 113);
	assert_memory_equal(frame->bytes, "frame", 5);
	heard->frames++;
	heard->wire_id = wire_id;
}

static void take_restart(void *context)
{
	((struct heard *)context)->restarted++;
}

static const struct capture_taker taker = {take_dialogue, take_name, take_evidence, take_restart};

static struct capture_order order_of(enum behaviour behaviour)
{
	return (struct capture_order){.scope = {.ports = {(uint16_t)behaviour}, .port_count = 1}};
}

static struct capture *begin(enum behaviour behaviour, struct heard *heard)
{
	const struct capture_options options = {.sizes = {.buffer_bytes = 4194304, .max_streams = 10000}};
	const struct capture_order order = order_of(behaviour);
	struct capture *capture = NULL;

	*heard = (struct heard){0};
	logged[0] = '\0';
	lines = 0;
	assert_int_equal(capture_new(&options, &order, &taker, heard, &capture), 0);
	assert_int_equal(capture_status(capture).state, CAPTURE_STARTING);
	heard->capture = capture;
	return capture;
}

/* Reads as the daemon does, until something has happened so many times. */
static void read_until(struct capture *capture, const int *what, int times)
{
	struct pollfd wait = {.fd = capture_fd(capture), .events = POLLIN};

	while (*what < times) {
		assert_int_equal(poll(&wait, 1, 20000), 1);
		capture_read(capture);
	}
}

static void read_until_running(struct capture *capture)
{
	struct pollfd wait = {.fd = capture_fd(capture), .events = POLLIN};

	while (capture_status(capture).state != CAPTURE_RUNNING) {
		assert_int_equal(poll(&wait, 1, 20000), 1);
		capture_read(capture);
	}
}

/* ---- The tests */

static void test_what_it_says_is_handed_out(void **state)
{
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);

	(void)state;
	read_until(capture, &heard.names, 1);
	read_until_running(capture);
	assert_string_equal(heard.text, "one");
	while (capture_status(capture).counts.cpu_ns == 0)
		capture_read(capture);
	const struct capture_status status = capture_status(capture);
	assert_int_equal(status.counts.dissector.streams, 3);
	assert_int_equal(status.counts.dropped, 6);
	assert_int_equal(status.restarts, 0);
	assert_int_equal(lines, 0);
	capture_free(capture);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_it_starts_with_nothing_of_the_daemons(void **state)
{
	struct heard heard;
	sigset_t blocked;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	int inherited = dup(0);
	struct capture *capture = begin(DESCRIBE, &heard);
	read_until(capture, &heard.dialogues, 1);
	char expected[200];
	snprintf(expected, sizeof(expected),
		 "smtpwatchd: capture|2|4194304|10000|env 0|fds 4|masked 0|death %d|own session 1|pipe 1|term 1",
		 SIGKILL);
	assert_string_equal(heard.text, expected);
	capture_free(capture);
	close(inherited);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static void test_orders(void **state)
{
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);
	struct capture_order order = order_of(SPEAK);

	(void)state;
	read_until(capture, &heard.names, 1);
	capture_want_evidence(capture, 77);
	read_until(capture, &heard.frames, 1);
	assert_int_equal(heard.wire_id, 77);
	order.names = true;
	capture_set_scope(capture, &order);
	read_until(capture, &heard.dialogues, 2);
	assert_string_equal(heard.text, "a scope with names");
	capture_free(capture);
}

static void dies(enum behaviour behaviour, const char *why)
{
	struct heard heard;
	struct capture *capture = begin(behaviour, &heard);

	read_until(capture, &heard.restarted, 1);
	assert_int_equal(capture_status(capture).state, CAPTURE_WAITING);
	assert_int_equal(lines, 1);
	if (!strstr(logged, why))
		fail_msg("%s", logged);
	assert_null(strchr(logged, '\x1b'));
	assert_int_equal(poll(&(struct pollfd){.fd = capture_fd(capture), .events = POLLIN}, 1, 0), 0);
	capture_want_evidence(capture, 1);
	capture_read(capture);
	capture_tick(capture);
	capture_free(capture);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_deaths(void **state)
{
	(void)state;
	dies(EXIT, "ended with status 3");
	dies(ABORT, "killed by signal 6, SIGABRT");
	dies(FORBIDDEN, "SIGSYS: its sandbox");
	dies(FAIL, "no packets are captured, the watch goes on without the dialogues: no \\x1b[31mpermission");
	dies(FAIL_FOR_EVER, ": a");
	dies(GARBAGE, "no report");
	dies(TOO_LONG, "no report");
	dies(EMPTY, "signal 9, SIGKILL");
}

static void test_what_was_right_before_a_lie_counts(void **state)
{
	struct heard heard;
	struct capture *capture = begin(HALF, &heard);

	(void)state;
	read_until(capture, &heard.restarted, 1);
	assert_int_equal(heard.dialogues, 1);
	assert_non_null(strstr(logged, "no report"));
	capture_free(capture);
}

static void test_many_last_words_come_before_the_death(void **state)
{
	struct heard heard;
	struct capture *capture = begin(FLOOD_AND_DIE, &heard);

	(void)state;
	read_until(capture, &heard.restarted, 1);
	assert_int_equal(heard.dialogues, 100);
	capture_free(capture);
}

static void test_last_words_come_before_the_death(void **state)
{
	struct heard heard;
	struct capture *capture = begin(SPEAK_AND_DIE, &heard);

	(void)state;
	read_until(capture, &heard.restarted, 1);
	assert_int_equal(heard.dialogues, 1);
	assert_int_equal(heard.names, 1);
	struct capture_status status = capture_status(capture);
	assert_int_equal(status.counts.received, 5);
	assert_int_equal(status.counts.dissector.streams, 0);
	now_ns += NANOSECONDS_A_SECOND;
	capture_tick(capture);
	read_until(capture, &heard.restarted, 2);
	status = capture_status(capture);
	assert_int_equal(status.counts.received, 10);
	assert_int_equal(status.counts.dissector.frames, 2);
	assert_int_equal(status.restarts, 1);
	capture_free(capture);
}

/* Dies, and says after how many seconds it is started again. */
static unsigned int seconds_until_restart(struct capture *capture, struct heard *heard)
{
	unsigned int seconds = 0;
	int before = heard->restarted;

	read_until(capture, &heard->restarted, before + 1);
	for (; capture_status(capture).state == CAPTURE_WAITING; seconds++) {
		now_ns += NANOSECONDS_A_SECOND;
		capture_tick(capture);
	}
	return seconds;
}

static void test_the_pause_grows_and_a_long_life_ends_that(void **state)
{
	static const unsigned int pauses[] = {1, 2, 4, 8, 16, 32, 60, 60};
	struct heard heard;
	struct capture *capture = begin(EXIT, &heard);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pauses); i++)
		assert_int_equal(seconds_until_restart(capture, &heard), pauses[i]);
	assert_int_equal(capture_status(capture).restarts, ARRAY_SIZE(pauses));
	now_ns += 60 * NANOSECONDS_A_SECOND;
	assert_int_equal(seconds_until_restart(capture, &heard), 1);
	capture_free(capture);
}

static void test_a_failure_is_told_once(void **state)
{
	struct heard heard;
	struct capture *capture = begin(FAIL, &heard);
	struct capture_order order = order_of(FAIL_OTHERWISE);

	(void)state;
	for (int i = 0; i < 3; i++)
		seconds_until_restart(capture, &heard);
	assert_int_equal(lines, 1);
	read_until(capture, &heard.restarted, 4);
	capture_set_scope(capture, &order);
	for (now_ns += 8 * NANOSECONDS_A_SECOND; heard.restarted < 5;) {
		capture_tick(capture);
		read_until(capture, &heard.restarted, 5);
	}
	assert_int_equal(lines, 2);
	assert_non_null(strstr(logged, "no memory"));
	order = order_of(SPEAK);
	capture_set_scope(capture, &order);
	now_ns += 16 * NANOSECONDS_A_SECOND;
	capture_tick(capture);
	read_until_running(capture);
	assert_int_equal(lines, 3);
	assert_non_null(strstr(logged, "runs again"));
	capture_free(capture);
}

static void test_a_stopped_process_blocks_nothing(void **state)
{
	struct heard heard;
	struct capture *capture = begin(STOP, &heard);
	struct capture_order order = order_of(SPEAK);

	(void)state;
	for (int i = 0; i < 1000; i++)
		capture_set_scope(capture, &order);
	for (uint64_t i = 1; i <= 1000; i++)
		capture_want_evidence(capture, i);
	assert_true(capture_status(capture).evidence_refused >= 1000 - 64 - 200);
	assert_true(capture_status(capture).evidence_refused < 1000);
	capture_read(capture);
	capture_tick(capture);
	capture_free(capture);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_what_waits_is_sent_when_there_is_room(void **state)
{
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);
	struct capture_order order = order_of(SPEAK);

	(void)state;
	for (int i = 0; i < 2000; i++)
		capture_set_scope(capture, &order);
	order.names = true;
	capture_set_scope(capture, &order);
	capture_want_evidence(capture, 5);
	read_until(capture, &heard.frames, 1);
	assert_int_equal(heard.wire_id, 5);
	assert_string_equal(heard.text, "a scope with names"); /* the latest one arrived, and before the wish */
	capture_free(capture);
}

/* The room is made by a process that says nothing, so it is the socket that must wake the daemon. */
static void test_room_wakes_the_daemon(void **state)
{
	struct heard heard;
	struct capture *capture = begin(LISTEN, &heard);
	struct capture_order order = order_of(LISTEN);

	(void)state;
	read_until_running(capture);
	for (int i = 0; i < 2000; i++)
		capture_set_scope(capture, &order);
	capture_want_evidence(capture, 5);
	read_until(capture, &heard.frames, 1);
	assert_int_equal(heard.wire_id, 5);
	capture_free(capture);
}

static void test_a_silent_process_is_ended(void **state)
{
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);

	(void)state;
	read_until_running(capture);
	while (capture_status(capture).counts.cpu_ns == 0)
		capture_read(capture);
	for (int i = 0; i < 60; i++)
		capture_tick(capture);
	capture_want_evidence(capture, 1);
	read_until(capture, &heard.frames, 1);
	for (int i = 0; i < 60; i++)
		capture_tick(capture);
	capture_want_evidence(capture, 2);
	read_until(capture, &heard.frames, 2);
	assert_int_equal(lines, 0);
	for (int i = 0; i < 61; i++)
		capture_tick(capture);
	read_until(capture, &heard.restarted, 1);
	assert_non_null(strstr(logged, "said nothing for a minute and was killed"));
	capture_free(capture);
}

static void test_a_flood_is_read_in_portions(void **state)
{
	struct heard heard;
	struct capture *capture = begin(FLOOD, &heard);
	struct pollfd wait = {.fd = capture_fd(capture), .events = POLLIN};
	int reads = 0;

	(void)state;
	for (; capture_status(capture).state != CAPTURE_RUNNING; reads++) {
		assert_int_equal(poll(&wait, 1, 20000), 1);
		capture_read(capture);
	}
	assert_true(reads >= 1000 / 16);
	capture_free(capture);
}

int main(int argc, char *argv[], char *environment[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_says_is_handed_out),
		cmocka_unit_test(test_it_starts_with_nothing_of_the_daemons),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_what_was_right_before_a_lie_counts),
		cmocka_unit_test(test_many_last_words_come_before_the_death),
		cmocka_unit_test(test_last_words_come_before_the_death),
		cmocka_unit_test(test_the_pause_grows_and_a_long_life_ends_that),
		cmocka_unit_test(test_a_failure_is_told_once),
		cmocka_unit_test(test_a_stopped_process_blocks_nothing),
		cmocka_unit_test(test_what_waits_is_sent_when_there_is_room),
		cmocka_unit_test(test_room_wakes_the_daemon),
		cmocka_unit_test(test_a_silent_process_is_ended),
		cmocka_unit_test(test_a_flood_is_read_in_portions),
	};

	if (argc == 2 && strcmp(argv[1], CAPTURE_ARGUMENT) == 0)
		behave(argc, argv, environment);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
