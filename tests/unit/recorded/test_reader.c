// SPDX-License-Identifier: GPL-2.0-only
/* What is written is what is read, whatever it is; and what is no observation is refused. */
#include "recorded/question.h"

#include "lib/clock.h"
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
	recorded_reader_begin(desk->reader, "day.jsonl");
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
	assert_int_equal(desk->line[desk->size - 1], '\n');
	assert_ptr_equal(memchr(desk->line, '\n', desk->size), desk->line + desk->size - 1);
	for (size_t i = 0; i + 1 < desk->size; i++)
		assert_in_range(desk->line[i], ' ', '~');
}

static void read_line(struct desk *desk, const char *line, size_t size)
{
	int error = recorded_read_line(desk->reader, line, size, &desk->read);

	if (error)
		print_message("%s\n%.*s\n", recorded_reader_problem(desk->reader), (int)size, line);
	assert_int_equal(error, 0);
}

static void assert_read(struct desk *desk)
{
	assert_observation(&desk->question.observation, desk->read.observation);
	assert_change(&desk->question.change, desk->read.change);
}

static void assert_there_and_back(struct desk *desk)
{
	write_line(desk);
	read_line(desk, desk->line, desk->size);
	assert_read(desk);
}

static void test_every_field(void **state)
{
	assert_there_and_back(*state);
}

/* The second time the actor is known by his bytes, and all else is as new. */
static void test_known_actor(void **state)
{
	struct desk *desk = *state;

	assert_there_and_back(desk);
	assert_int_equal(recorded_reader_known_actors(desk->reader), 0);
	desk->question.observation.time_ns++;
	desk->question.flow.dialogue = NULL;
	desk->question.change.direct_added = 0;
	assert_there_and_back(desk);
	assert_int_equal(recorded_reader_known_actors(desk->reader), 1);
	desk->question.actor.identity.tid++;
	assert_there_and_back(desk);
	assert_int_equal(recorded_reader_known_actors(desk->reader), 1);
}

static void test_every_kind(void **state)
{
	static const enum observation_kind kinds[] = {OBSERVATION_ATTEMPT, OBSERVATION_ESTABLISHED, OBSERVATION_END,
						      OBSERVATION_COUNTERS, OBSERVATION_SUBMISSION};
	struct desk *desk = *state;
	struct observation *observation = &desk->question.observation;

	for (int kind = 0; kind < DIALOGUE_EVENT_COUNT; kind++) {
		desk->question.said.kind = (enum dialogue_event_kind)kind;
		assert_there_and_back(desk);
	}
	observation->dialogue = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		observation->kind = kinds[i];
		assert_there_and_back(desk);
	}
	observation->kind = OBSERVATION_NAME;
	observation->name = &desk->question.name;
	for (int kind = 0; kind < NAME_EVENT_COUNT; kind++) {
		desk->question.name.kind = (enum name_event_kind)kind;
		assert_there_and_back(desk);
	}
}

static void test_end(void **state)
{
	struct desk *desk = *state;

	desk->question.observation.kind = OBSERVATION_END;
	desk->question.observation.dialogue = NULL;
	assert_there_and_back(desk);
	assert_int_equal(desk->read.observation->outcome, SW_OUTCOME_RESET);
	assert_int_equal(desk->read.observation->error, 104);
	assert_int_equal(desk->read.observation->duration_ns, 999999999);
	assert_int_equal(desk->read.observation->bytes_sent, 1001);
	assert_int_equal(desk->read.observation->bytes_received, 1002);
}

static void test_attempt_describes(void **state)
{
	struct desk *desk = *state;

	desk->question.observation.kind = OBSERVATION_ATTEMPT;
	desk->question.observation.dialogue = NULL;
	desk->question.actor.origin = ACTOR_ORIGIN_PROCESS;
	assert_there_and_back(desk);
	assert_ptr_equal(desk->read.observation->identity, &desk->read.change->actor->identity);
	assert_string_equal(desk->read.observation->executable, desk->question.actor.executable);
	assert_int_equal(desk->read.observation->argv_size, desk->question.actor.argv_size);
}

static void test_host(void **state)
{
	struct desk *desk = *state;

	assert_there_and_back(desk);
	assert_null(desk->read.host_name);
	line_writer_set_host(desk->writer, "web1.example");
	assert_there_and_back(desk);
	assert_string_equal(desk->read.host_name, "web1.example");
	assert_there_and_back(desk);
	assert_int_equal(recorded_reader_known_actors(desk->reader), 1);
	assert_string_equal(desk->read.host_name, "web1.example");
}

/* What there may not be. */
static void test_absent(void **state)
{
	struct desk *desk = *state;

	desk->question.flow.script = NULL;
	assert_there_and_back(desk);
	desk->question.flow.script = &desk->question.script;
	assert_there_and_back(desk);
	desk->question.actor.script = NULL;
	assert_there_and_back(desk);
	desk->question.flow.script = NULL;
	desk->question.actor.unit = NULL;
	assert_there_and_back(desk);
	memset(&desk->question.dialogue, 0, sizeof(desk->question.dialogue));
	assert_there_and_back(desk);
	desk->question.flow.dialogue = NULL;
	desk->question.observation.local = desk->question.flow.local;
	desk->question.said.local = desk->question.flow.local;
	assert_there_and_back(desk);
	memset(&desk->question.observation.local, 0, sizeof(struct endpoint));
	memset(&desk->question.said.local, 0, sizeof(struct endpoint));
	assert_there_and_back(desk);
	desk->question.change.flow = NULL;
	desk->question.observation.flow_id = 0;
	desk->question.said.wire_id = 0;
	assert_there_and_back(desk);
}

static void test_empty(void **state)
{
	struct desk *desk = *state;
	struct script script = {.references = 1};

	memset(&desk->question, 0, sizeof(desk->question));
	desk->question.observation.kind = OBSERVATION_SUBMISSION;
	desk->question.change.actor = &desk->question.actor;
	desk->question.actor.script = &script;
	assert_there_and_back(desk);
	desk->question.actor.script = NULL;
	assert_there_and_back(desk);
	desk->question.actor.identity.euid = 7;
	desk->question.actor.identity.loginuid = UINT32_MAX;
	desk->question.actor.identity.exe_links = 1;
	desk->question.actor.identity.ancestors[2].uid = 1;
	assert_there_and_back(desk);
}

/* Every byte, at every place of eight, beside others. */
static void test_bytes(void **state)
{
	struct desk *desk = *state;
	static char text[] = "________________";

	desk->question.actor.executable = text;
	for (size_t at = 0; at < 9; at++) {
		for (int byte = 1; byte < 256; byte++) {
			text[at] = (char)byte;
			assert_there_and_back(desk);
		}
		text[at] = (char)0xe2;
	}
}

static void test_hand_written(void **state)
{
	static const char line[] =
		"  {\"process\": {\"executable\": \"/usr/bin/perl\", \"pid\": \"12\", \"parent\": {\"pid\": 1},\n"
		"\"start\": \"2026-11-22T03:00:00Z\", \"nonsense\": [1, {\"pid\": [2]}, null, -1.5e3]}, \"x\": {},\n"
		"\"smtpwatch\": {\"change\": {\"flow_began\": true, \"direct_added\": 1}, \"scope\": \"external\",\n"
		"\"unit\": null, \"ancestors\": [{\"pid\": 2}, {}, {\"pid\": 4}, {\"pid\": 5}], \"role\": "
		"\"application\",\n"
		"\"script\": {\"path\": \"/x\\/\\u00e9\\ud83d\\udce7\", \"source\": \"argv\"}},\n"
		"\"event\": {\"\\u0061ction\": \"attempt\", \"kind\": 5}, \"user\": {\"name\": \"www-data\", \"id\": "
		"33},\n"
		"\"destination\": {\"port\": 25, \"ip\": \"203.0.113.25\"}, \"@timestamp\": "
		"\"2026-11-22T03:12:04.5Z\"} \r\n";
	struct desk *desk = *state;

	read_line(desk, line, strlen(line));
	const struct observation *observation = desk->read.observation;
	const struct actor *actor = desk->read.change->actor;
	assert_int_equal(observation->kind, OBSERVATION_ATTEMPT);
	assert_int_equal(observation->wall_ns, 1795317124500000000);
	assert_int_equal(observation->time_ns, observation->wall_ns);
	assert_int_equal(observation->remote.port, 25);
	assert_true(address_is_ipv4(&desk->read.change->flow->remote.address));
	assert_true(desk->read.change->flow_began);
	assert_int_equal(desk->read.change->direct_added, 1);
	assert_string_equal(actor->executable, "/usr/bin/perl");
	assert_string_equal(actor->script->path, "/x/\xc3\xa9\xf0\x9f\x93\xa7");
	assert_ptr_equal(desk->read.change->flow->script, actor->script);
	assert_null(actor->unit);
	assert_string_equal(actor->user_name, "www-data");
	assert_int_equal(actor->identity.key.pid, 12);
	assert_int_equal(actor->identity.key.uid, 33);
	assert_int_equal(actor->identity.euid, 33);
	assert_int_equal(actor->identity.exe_links, 1);
	assert_int_equal(actor->identity.loginuid, UINT32_MAX);
	assert_int_equal(actor->identity.ancestors[0].pid, 1);
	assert_int_equal(actor->identity.ancestors[1].pid, 2);
	assert_int_equal(actor->identity.ancestors[3].pid, 4);
	assert_int_equal(observation->time_ns - actor->identity.key.start_ns, 724500000000);
}

/* What is said of others behind the actor is not lost where the actor is known. */
static void test_order_is_no_matter(void **state)
{
	static const char *const lines[] = {
		"{\"event\":{\"action\":\"attempt\"},\"smtpwatch\":{\"role\":\"mta\",\"time_ns\":5}}",
		"{\"event\":{\"action\":\"attempt\"},\"smtpwatch\":{\"role\":\"mta\",\"time_ns\":5}}",
		"{\"event\":{\"action\":\"attempt\"},\"smtpwatch\":{\"unit\":\"u\",\"role\":\"mta\",\"time_ns\":5}}",
		"{\"smtpwatch\":{\"role\":\"mta\",\"time_ns\":5},\"event\":{\"action\":\"attempt\"}}",
		"{\"event\":{\"action\":\"attempt\"},\"smtpwatch\":{\"time_ns\":5,\"role\":\"mta\"}}",
		"{\"event\":{\"action\":\"attempt\"},\"user\":{\"id\":3},\"smtpwatch\":{\"time_ns\":5,\"role\":\"mta\"}"
		"}",
		"{\"event\":{\"action\":\"attempt\"},\"smtpwatch\":{\"time_ns\":5,\"role\":\"mta\"}}",
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		read_line(desk, lines[i], strlen(lines[i]));
		assert_int_equal(desk->read.observation->time_ns, 5);
		assert_int_equal(desk->read.change->actor->role, ACTOR_ROLE_MTA);
		assert_int_equal(!desk->read.change->actor->unit, i != 2);
		assert_int_equal(desk->read.change->actor->identity.key.uid, i == 5 ? 3 : UINT32_MAX);
	}
	assert_int_equal(recorded_reader_known_actors(desk->reader), 1);
}

#define START "{\"event\":{\"action\":\"attempt\"},"

static const struct {
	const char *line;
	const char *problem;
} bad[] = {
	{"[]", "day.jsonl:1:1: what stands here is no object"},
	{"x", "day.jsonl:1:1: what stands here is no object"},
	{"{", "day.jsonl:1:2: what stands here is no text"},
	{"{}", "day.jsonl:1:3: what stands here ends, and there was no event.action"},
	{"{}{}", "day.jsonl:1:3: what stands here is behind the object"},
	{"{,}", "day.jsonl:1:2: what stands here is no text"},
	{"{\"a\":1,}", "day.jsonl:1:8: what stands here is no text"},
	{"{\"a\" 1}", "day.jsonl:1:6: what stands here is no colon behind a name"},
	{"{\"a\":1 \"b\":2}", "day.jsonl:1:8: what stands here is neither a comma nor the end of an object"},
	{"{\"a\":}", "day.jsonl:1:6: what stands here is no value"},
	{"{\"event\":[]}", "day.jsonl:1:10: what stands here is no object"},
	{"{\"event\":{\"action\":\"dance\"}}",
	 "day.jsonl:1:27: what stands here is none of the words that can stand there"},
	{"{\"event\":{\"action\":3}}", "day.jsonl:1:20: what stands here is no text"},
	{START "\"smtpwatch\":{\"time_ns\":-1}}", "day.jsonl:1:54: what stands here is no whole number"},
	{START "\"smtpwatch\":{\"time_ns\":1.5}}", "day.jsonl:1:55: what stands here is no whole number"},
	{START "\"smtpwatch\":{\"time_ns\":18446744073709551616}}",
	 "day.jsonl:1:54: what stands here is a number that is too large"},
	{START "\"source\":{\"port\":65536}}", "day.jsonl:1:48: what stands here is a number that is too large"},
	{START "\"source\":{\"ip\":\"300.1.1.1\"}}", "day.jsonl:1:57: what stands here is no address"},
	{START "\"user\":{\"name\":\"012345678901234567890123456789012\"}}",
	 "day.jsonl:1:81: what stands here is too long"},
	{START "\"process\":{\"executable\":\"\\u0000\"}}", "day.jsonl:1:63: what stands here has a NUL within"},
	{START "\"process\":{\"executable\":\"\\ud800\"}}", "day.jsonl:1:62: what stands here is half a character"},
	{START "\"process\":{\"executable\":\"\\udc00\"}}", "day.jsonl:1:62: what stands here is half a character"},
	{START "\"process\":{\"executable\":\"\\x41\"}}",
	 "day.jsonl:1:56: what stands here is no escape that JSON has"},
	{START "\"process\":{\"executable\":\"\x1f\"}}",
	 "day.jsonl:1:56: what stands here is a control character, which a text has only escaped"},
	{START "\"@timestamp\":\"yesterday\"}",
	 "day.jsonl:1:55: what stands here is no time as 2026-11-22T03:12:04.123456789Z"},
	{START "\"smtpwatch\":{\"adopted\":1}}", "day.jsonl:1:54: what stands here is neither true nor false"},
	{START "\"smtpwatch\":{\"flow\":\"xyz\"}}",
	 "day.jsonl:1:56: what stands here is no hexadecimal number in quotes"},
	{START "\"smtpwatch\":{\"reply\":{\"enhanced\":\"5.7\"}}}",
	 "day.jsonl:1:69: what stands here is no code as 5.7.1"},
	{START "\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
	 "day.jsonl:1:67: what stands here is too deep"},
};

static void test_bad(void **state)
{
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		recorded_reader_begin(desk->reader, "day.jsonl");
		assert_int_equal(recorded_read_line(desk->reader, bad[i].line, strlen(bad[i].line), &desk->read),
				 -EINVAL);
		assert_string_equal(recorded_reader_problem(desk->reader), bad[i].problem);
	}
}

/* No beginning of a line is one, and none is read beyond its end. */
static void test_cut(void **state)
{
	struct desk *desk = *state;

	write_line(desk);
	for (size_t size = 1; size + 1 < desk->size; size++) {
		char *cut = (char *)malloc(size);

		assert_non_null(cut);
		memcpy(cut, desk->line, size);
		assert_int_equal(recorded_read_line(desk->reader, cut, size, &desk->read), -EINVAL);
		free(cut);
	}
	assert_there_and_back(desk);
}

/* Whatever a byte becomes, the line is read or refused, and the next one is read. */
static void test_changed(void **state)
{
	static const char bytes[] = "\"\\{}[]:,0-nt\x01\x80";
	struct desk *desk = *state;

	write_line(desk);
	for (size_t at = 0; at < desk->size; at++) {
		char was = desk->line[at];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			desk->line[at] = bytes[i];
			int error = recorded_read_line(desk->reader, desk->line, desk->size, &desk->read);
			assert_true(error == 0 || error == -EINVAL);
		}
		desk->line[at] = was;
	}
	struct recorded_reader *fresh = recorded_reader_new();
	recorded_reader_free(desk->reader);
	desk->reader = fresh;
	assert_there_and_back(desk);
}

static void test_blank_and_long(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(recorded_read_line(desk->reader, "", 0, &desk->read), -ENODATA);
	assert_int_equal(recorded_read_line(desk->reader, " \r\n", 3, &desk->read), -ENODATA);
	memset(desk->line, '[', sizeof(desk->line));
	assert_int_equal(recorded_read_line(desk->reader, desk->line, sizeof(desk->line), &desk->read), -EINVAL);
	assert_string_equal(recorded_reader_problem(desk->reader),
			    "day.jsonl:3:1: what stands here begins a line that is too long");
}

/* A line that does not fit is not written in part; one that does is. */
static void test_room(void **state)
{
	struct desk *desk = *state;
	char small[RECORDED_LINE_MAX];

	write_line(desk);
	for (size_t size = 0; size < desk->size; size++)
		assert_int_equal(
			line_write(desk->writer, &desk->question.observation, &desk->question.change, small, size), 0);
	assert_int_equal(
		line_write(desk->writer, &desk->question.observation, &desk->question.change, small, desk->size),
		desk->size);
	assert_memory_equal(small, desk->line, desk->size);
}

static uint64_t read_at(struct desk *desk, uint64_t time_ns, uint64_t wall_ns, uint64_t start_ns)
{
	desk->question.observation.time_ns = time_ns;
	desk->question.observation.wall_ns = wall_ns;
	desk->question.actor.identity.key.start_ns = start_ns;
	write_line(desk);
	read_line(desk, desk->line, desk->size);
	return desk->read.observation->time_ns;
}

#define SECOND NANOSECONDS_A_SECOND

/* A host that starts anew: time goes on, and processes are as old as they are. */
static void test_restart(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(read_at(desk, 1000 * SECOND, 5000 * SECOND, 1), 1000 * SECOND);
	assert_int_equal(read_at(desk, 970 * SECOND, 4970 * SECOND, 1), 970 * SECOND);
	assert_int_equal(read_at(desk, 20 * SECOND, 5300 * SECOND, 5 * SECOND), 1300 * SECOND);
	assert_int_equal(desk->read.change->actor->identity.key.start_ns, 1285 * SECOND);
	assert_int_equal(read_at(desk, 21 * SECOND, 5301 * SECOND, 5 * SECOND), 1301 * SECOND);
	assert_int_equal(desk->read.change->actor->identity.key.start_ns, 1285 * SECOND);
	assert_int_equal(read_at(desk, 90 * SECOND, 5370 * SECOND, 5 * SECOND), 1370 * SECOND);
	/* What is no time. */
	assert_int_equal(read_at(desk, UINT64_MAX - 5, 5370 * SECOND, 5 * SECOND), 1370 * SECOND);
	assert_int_equal(read_at(desk, 90 * SECOND, 5370 * SECOND, 5 * SECOND), 1370 * SECOND);
	/* The clock on the wall was wrong, too. */
	assert_int_equal(read_at(desk, 5 * SECOND, 100 * SECOND, 2 * SECOND), 1370 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_field, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_actor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_attempt_describes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_absent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hand_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order_is_no_matter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blank_and_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restart, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
