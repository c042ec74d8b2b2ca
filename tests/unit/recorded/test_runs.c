// SPDX-License-Identifier: GPL-2.0-only
/* What is known by its bytes is what would have been read. */
#include "recorded/question.h"

#include "recorded/line.h"
#include "recorded/reader.h"

#include <errno.h>

struct desk {
	struct line_writer *writer;
	struct recorded_reader *reader;
	struct question question;
	char line[RECORDED_LINE_MAX];
	size_t size;
	struct recorded_question read;
};

static int set_up(void **state)
{
	struct desk *desk = (struct desk *)calloc(1, sizeof(*desk));

	if (!desk)
		return -1;
	desk->writer = line_writer_new();
	desk->reader = recorded_reader_new();
	fill_question(&desk->question);
	desk->question.flow.bytes_sent = 0;
	desk->question.flow.bytes_received = 0;
	*state = desk;
	return desk->writer && desk->reader ? 0 : -1;
}

static int tear_down(void **state)
{
	struct desk *desk = *state;

	line_writer_free(desk->writer);
	recorded_reader_free(desk->reader);
	free(desk);
	return 0;
}

static void write_line(struct desk *desk)
{
	desk->size = line_write(desk->writer, &desk->question.observation, &desk->question.change, desk->line,
				sizeof(desk->line));
	assert_true(desk->size > 0);
}

static void assert_there_and_back(struct desk *desk, uint64_t known_connections, uint64_t known_greetings)
{
	write_line(desk);
	assert_int_equal(recorded_read_line(desk->reader, desk->line, desk->size, &desk->read), 0);
	assert_observation(&desk->question.observation, desk->read.observation);
	assert_change(&desk->question.change, desk->read.change);
	assert_int_equal(recorded_reader_known_connections(desk->reader), known_connections);
	assert_int_equal(recorded_reader_known_greetings(desk->reader), known_greetings);
}

/* All that a line can say anew of a connection that is known. */
static void test_goes_on(void **state)
{
	struct desk *desk = *state;
	struct flow *flow = &desk->question.flow;
	struct dialogue *dialogue = &desk->question.dialogue;

	assert_there_and_back(desk, 0, 0);
	desk->question.observation.time_ns++;
	desk->question.said.wall_ns = ++desk->question.observation.wall_ns;
	assert_there_and_back(desk, 1, 1);
	flow->established = false;
	flow->outcome = SW_OUTCOME_REFUSED;
	flow->error = 5;
	flow->duration_ns = 0;
	flow->script = NULL;
	dialogue->rcpt_count++;
	dialogue->mail_domain = NULL;
	memset(&dialogue->reply, 0, sizeof(dialogue->reply));
	assert_there_and_back(desk, 2, 2);
	dialogue->tls = DIALOGUE_TLS_NONE;
	assert_there_and_back(desk, 3, 2);
	dialogue->is_extended = false;
	assert_there_and_back(desk, 4, 2);
	assert_there_and_back(desk, 5, 3);
	flow->dialogue = NULL;
	assert_there_and_back(desk, 6, 3);
	desk->question.actor.identity.gid++;
	assert_there_and_back(desk, 7, 3);
}

/* What was sent is said at the end. */
static void test_ends(void **state)
{
	struct desk *desk = *state;
	struct flow *flow = &desk->question.flow;

	assert_there_and_back(desk, 0, 0);
	flow->bytes_sent = 5;
	assert_there_and_back(desk, 0, 0);
	flow->bytes_sent = 0;
	assert_there_and_back(desk, 0, 0);
	assert_there_and_back(desk, 1, 1);
}

/* Where a value of one is the beginning of that of another. */
static void test_alike(void **state)
{
	struct desk *desk = *state;
	struct flow *flow = &desk->question.flow;

	flow->mx_preference = 5;
	assert_there_and_back(desk, 0, 0);
	flow->mx_preference = 55;
	assert_there_and_back(desk, 0, 0);
	flow->mx_preference = 5;
	assert_there_and_back(desk, 1, 1);
	flow->local.port++;
	assert_there_and_back(desk, 1, 1);
	flow->local.port--;
	assert_there_and_back(desk, 2, 2);
}

/* What a reader makes of a line: written anew; or why it does not take it. */
static void describe(struct recorded_reader *reader, struct line_writer *writer, const char *line, size_t size,
		     char text[RECORDED_LINE_MAX])
{
	struct recorded_question read;
	int error = recorded_read_line(reader, line, size, &read);
	size_t length = 0;

	if (!error && read.change->actor)
		length = line_write(writer, read.observation, read.change, text, RECORDED_LINE_MAX - 1);
	text[length] = '\0';
	if (error)
		snprintf(text, RECORDED_LINE_MAX, "%s", recorded_reader_problem(reader));
}

/* A reader that knows all of the line, and one that knows none of it. Their times are the same. */
static void assert_read_alike(struct desk *desk, const char *line, size_t size)
{
	static const char first[] = "{\"event\":{\"action\":\"attempt\"},\"@timestamp\":\"2100-01-01T00:00:00Z\","
				    "\"smtpwatch\":{\"time_ns\":1}}";
	static char texts[2][RECORDED_LINE_MAX];
	struct recorded_question read;

	for (int i = 0; i < 2; i++) {
		struct recorded_reader *reader = recorded_reader_new();
		assert_non_null(reader);
		recorded_reader_begin(reader, "day.jsonl");
		assert_int_equal(recorded_read_line(reader, first, strlen(first), &read), 0);
		assert_int_equal(
			recorded_read_line(reader, i ? desk->line : first, i ? desk->size : strlen(first), &read), 0);
		describe(reader, desk->writer, line, size, texts[i]);
		recorded_reader_free(reader);
	}
	assert_string_equal(texts[0], texts[1]);
}

/* Whatever a byte becomes, or a field that is there twice says. */
static void test_changed(void **state)
{
	static const char bytes[] = "\"},0";
	struct desk *desk = *state;
	static char changed[RECORDED_LINE_MAX];

	desk->question.observation.time_ns = 1;
	write_line(desk);
	assert_read_alike(desk, desk->line, desk->size);
	for (size_t at = 0; at < desk->size - 1; at++)
		for (size_t i = 0; bytes[i]; i++) {
			memcpy(changed, desk->line, desk->size);
			changed[at] = bytes[i];
			assert_read_alike(desk, changed, desk->size);
		}
}

/* A member that stands somewhere else, or is there twice. */
static void test_inserted(void **state)
{
	static const char *const members[] = {
		"\"source\":{\"port\":7},",
		"\"port\":8,",
		"\"wire\":9,",
		"\"event\":{\"kind\":\"event\",\"start\":\"2026-11-22T03:12:04Z\"},",
		"\"dialogue\":{\"helo\":\"x\"},",
		"\"banner_code\":5,",
		"\"smtpwatch\":{\"wire\":6},",
		"\"x\":[1],",
		"\"role\":\"mta\",",
		" ",
		"\"duration\":4,",
	};
	struct desk *desk = *state;
	static char changed[RECORDED_LINE_MAX];

	desk->question.observation.time_ns = 1;
	write_line(desk);
	for (size_t at = 1; at < desk->size - 1; at++) {
		if (desk->line[at] != '"' || !strchr(",{", desk->line[at - 1]))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
			size_t length = strlen(members[i]);
			memcpy(changed, desk->line, at);
			memcpy(changed + at, members[i], length);
			memcpy(changed + at + length, desk->line + at, desk->size - at);
			assert_read_alike(desk, changed, desk->size + length);
		}
	}
}

/* Of more connections than are kept, each is what it is. */
static void test_many(void **state)
{
	struct desk *desk = *state;

	for (int round = 0; round < 2; round++)
		for (uint16_t port = 1; port < 5000; port++) {
			desk->question.flow.local.port = port;
			desk->question.flow.mx_preference = port;
			desk->question.dialogue.banner_code = port;
			write_line(desk);
			assert_int_equal(recorded_read_line(desk->reader, desk->line, desk->size, &desk->read), 0);
			assert_flow(&desk->question.flow, desk->read.change->flow);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_alike, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_inserted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
