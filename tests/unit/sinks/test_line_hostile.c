// SPDX-License-Identifier: GPL-2.0-only
/* Alert and flow lines of those who choose their names, paths and arguments so that they would say something else. */
#include "sinks/line.h"

#include "hostile.h"
#include "shop.h"

#define PATH_SHOWN 527 /* sinks/line.c */
#define EVIDENCE_SHOWN 160
#define NAME_SHOWN 255
#define FIELDS_MAX 40

/* Reads "key=value" at `*at`, behind a blank, as a log's reader would. */
struct pair {
	char key[32];
	const char *value; /* without its quotes */
	size_t size;
};

static void read_pair(const char **at, struct pair *pair)
{
	size_t length = strspn(*at + 1, "abcdefghijklmnopqrstuvwxyz_");
	bool quoted;

	assert_int_equal(**at, ' ');
	assert_in_range(length, 1, sizeof(pair->key) - 1);
	snprintf(pair->key, sizeof(pair->key), "%.*s", (int)length, *at + 1);
	*at += 1 + length;
	assert_int_equal(**at, '=');
	quoted = (*at)[1] == '"';
	pair->value = *at + 1 + quoted;
	for (pair->size = 0; pair->value[pair->size] != (quoted ? '"' : ' '); pair->size++) {
		if (!quoted && pair->value[pair->size] == '\0')
			break;
		assert_int_not_equal(pair->value[pair->size], '\0');
		if (!quoted && strchr("\"=", pair->value[pair->size]))
			fail_msg("%c outside of quotes", pair->value[pair->size]);
		if (pair->value[pair->size] == '\\')
			pair->size++;
	}
	*at = pair->value + pair->size + quoted;
}

/* What a line should have, in its order. */
struct field {
	const char *key;
	const void *value;
	size_t size;
	bool may_be_cut; /* or be missing, in a line that is full */
};

struct expectation {
	struct field fields[FIELDS_MAX];
	size_t count;
	char paths[2][HOSTILE_SIZE];
	char argv[SW_ARGV_SIZE];
	char parent[SW_COMM_SIZE + sizeof("[812]")];
	char cwd[HOSTILE_SIZE];
};

static void expect(struct expectation *expected, const char *key, const void *value, size_t size)
{
	expected->fields[expected->count++] = (struct field){.key = key, .value = value, .size = size};
}

static void expect_cuttable(struct expectation *expected, const char *key, const void *value, size_t size)
{
	expect(expected, key, value, size);
	expected->fields[expected->count - 1].may_be_cut = true;
}

static void expect_text(struct expectation *expected, const char *key, const char *text, size_t shown)
{
	expect(expected, key, text, strnlen(text, shown));
}

/* How the arguments are shown: blanks between them, and none at the end. */
static size_t shown_argv(const struct actor *actor, char *argv)
{
	size_t size = actor->argv_size;

	memcpy(argv, actor->argv, size);
	while (size > 0 && (argv[size - 1] == ' ' || argv[size - 1] == '\0'))
		size--;
	return size;
}

static void expect_script(struct expectation *expected, const struct script *script)
{
	size_t size;

	expect_text(expected, "site", script->site, NAME_SHOWN);
	if (script->one_liner) {
		expect(expected, "one_liner", "yes", 3);
	} else if (script->path) {
		size = shown_path(script->path, PATH_SHOWN, expected->paths[1]);
		expect(expected, script->source == SCRIPT_SOURCE_CWD ? "cwd" : "script", expected->paths[1], size);
	} else {
		expect_text(expected, "pool", script->pool, PATH_SHOWN);
	}
	expect_text(expected, "url", script->url, SW_SCRIPT_URL_SIZE);
	expect_text(expected, "method", script->method, SW_SCRIPT_METHOD_SIZE);
}

static void expect_head(struct expectation *expected, const struct alert *alert)
{
	const struct actor *actor = alert->actor;
	size_t size = shown_path(actor->executable, PATH_SHOWN, expected->paths[0]);

	expect_text(expected, "rule", "direct-to-mx", 32);
	expect_text(expected, "severity", "high", 32);
	expect_text(expected, "user", actor->user_name, ACTOR_USER_NAME_SIZE);
	expect_text(expected, "uid", "1042", 4);
	expect_text(expected, "owner", actor->owner_name, ACTOR_USER_NAME_SIZE);
	expect_text(expected, "pid", "4121", 4);
	expect(expected, "exe", expected->paths[0], size);
	expect_script(expected, actor->script);
	expect_text(expected, "dst", "203.0.113.25:25", 32);
	expect_text(expected, "count", "3", 1);
	expect_text(expected, "networks", "3", 1);
	expect_text(expected, "evidence", alert->evidence, EVIDENCE_SHOWN);
	expect_text(expected, "phase", "risen", 32);
	expect_text(expected, "since", "2026-11-22T03:12:04.123Z", 32);
}

static void expect_rest(struct expectation *expected, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	size_t comm_size = strnlen(identity->comm, SW_COMM_SIZE);
	size_t argv_size = shown_argv(actor, expected->argv);
	size_t cwd_size = shown_path(actor->cwd, PATH_SHOWN, expected->cwd);

	expect_cuttable(expected, "unit", actor->unit->name, strnlen(actor->unit->name, NAME_SHOWN));
	expect_cuttable(expected, "container", actor->unit->container_name,
			strnlen(actor->unit->container_name, NAME_SHOWN));
	expect_cuttable(expected, "comm", identity->comm, comm_size);
	if (argv_size)
		expect_cuttable(expected, "argv", expected->argv, argv_size);
	if (actor->script->one_liner || !actor->script->path)
		expect_cuttable(expected, "cwd", expected->cwd, cwd_size);
	memcpy(expected->parent, identity->comm, comm_size);
	memcpy(expected->parent + comm_size, "[812]", strlen("[812]"));
	expect_cuttable(expected, "parent", expected->parent, comm_size + strlen("[812]"));
}

static void expect_marks(struct expectation *expected, const struct script *script)
{
	static const char *const marks[] = {
		"script_inherited", "script_claimed", "script_deleted", "script_cut",  "exe_deleted",
		"exe_replaced",     "user_namespace", "adopted",        "more_actors",
	};

	expect_text(expected, "script_source", script_source_name(script->source), 32);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		expect_text(expected, marks[i], "yes", 3);
}

/* The field at `*next` is the pair's, or some that may be missing stand before it. */
static const struct field *field_of(const struct expectation *expected, size_t *next, const struct pair *pair,
				    bool is_full)
{
	while (*next < expected->count && strcmp(expected->fields[*next].key, pair->key) != 0) {
		if (!is_full || !expected->fields[*next].may_be_cut)
			fail_msg("%s in place of %s", pair->key, expected->fields[*next].key);
		(*next)++;
	}
	if (*next == expected->count)
		fail_msg("%s should not be there", pair->key);
	return &expected->fields[(*next)++];
}

/* The line parses, has exactly the keys that it should, and the values are what they were: of a full line all but what
 * stands in its middle. */
static void assert_parses(const char *line, const struct expectation *expected, bool is_full)
{
	const char *at = line + strlen("ALERT");
	size_t next = 0;

	assert_memory_equal(line, "ALERT ", strlen("ALERT "));
	while (*at) {
		struct pair pair;
		char value[LINE_SIZE];
		read_pair(&at, &pair);
		const struct field *field = field_of(expected, &next, &pair, is_full);
		size_t size = unescape(pair.value, pair.size, value);
		if (size != field->size && !(is_full && field->may_be_cut && size < field->size))
			fail_msg("%s has %zu bytes, not %zu", pair.key, size, field->size);
		assert_memory_equal(value, field->value, size);
	}
	assert_int_equal(next, expected->count);
}

static void set_marks(struct hostile *hostile)
{
	hostile->script.inherited = true;
	hostile->script.claimed = true;
	hostile->script.deleted = true;
	hostile->script.cut = true;
	hostile->actor.identity.exe_links = 0;
	hostile->actor.identity.flags = SW_IDENTITY_ADOPTED | SW_IDENTITY_USER_NAMESPACE;
	hostile->actor.is_replaced = true;
	hostile->alert.more_actors = true;
}

/* A script that is known, and what can stand in its place. */
static void set_kind(struct script *script, enum script_source source)
{
	script->source = source;
	script->one_liner = source == SCRIPT_SOURCE_ARGV;
	if (source == SCRIPT_SOURCE_FPM_POOL)
		script->path = NULL;
}

static void assert_hostile_alert(const struct hostile *hostile, bool is_full)
{
	struct expectation expected = {.count = 0};
	char line[LINE_SIZE];

	expect_head(&expected, &hostile->alert);
	expect_rest(&expected, &hostile->actor);
	expect_marks(&expected, &hostile->script);
	line_of_alert(&hostile->alert, line);
	assert_harmless(line, strlen(line));
	assert_parses(line, &expected, is_full);
}

/* What stands at the line's end, behind `front`, is the script's path, in quotes or not. */
static void assert_ends_with_script(const char *line, const char *front, const char *path)
{
	const char *value = strstr(line, front);
	char shown[HOSTILE_SIZE];
	char unescaped[LINE_SIZE];

	assert_harmless(line, strlen(line));
	assert_non_null(value);
	value += strlen(front);
	bool quoted = value[0] == '"';
	size_t size = unescape(value + quoted, strlen(value) - 2 * quoted, unescaped);
	assert_int_equal(size, shown_path(path, PATH_SHOWN, shown));
	assert_memory_equal(unescaped, shown, size);
}

static void assert_hostile_events(struct hostile *hostile)
{
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &hostile->actor};
	struct submission_event submission = shop_submission(&hostile->actor);
	char line[LINE_SIZE];

	flow.script = &hostile->script;
	line_of_flow(&event, line);
	assert_ends_with_script(line, "[4121] -> 203.0.113.25:25 application ", hostile->script.path);
	line_of_submission(&submission, line);
	assert_ends_with_script(line, "[4121] ", hostile->script.path);
}

static void assert_hostile_lines(size_t path_size, bool filled)
{
	static const enum script_source kinds[] = {
		SCRIPT_SOURCE_PHP_REQUEST,
		SCRIPT_SOURCE_ARGV,
		SCRIPT_SOURCE_FPM_POOL,
		SCRIPT_SOURCE_CWD,
	};
	struct hostile hostile;

	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts) * ARRAY_SIZE(kinds); i++) {
		make_hostile(&hostile, i / ARRAY_SIZE(kinds), path_size, filled);
		set_kind(&hostile.script, kinds[i % ARRAY_SIZE(kinds)]);
		set_marks(&hostile);
		assert_hostile_alert(&hostile, filled);
	}
	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts); i++) {
		make_hostile(&hostile, i, path_size, filled);
		assert_hostile_events(&hostile);
	}
}

static void test_hostile(void **state)
{
	(void)state;
	assert_hostile_lines(0, false);
}

/* A path as long as the kernel's record has it, and everything else longer than it gets. */
static void test_hostile_and_long(void **state)
{
	(void)state;
	assert_hostile_lines(SW_PATH_SIZE, true);
}

/* A path of 4095 bytes, which /proc has: its end is shown, and all that stands behind it. */
static void test_longest_path(void **state)
{
	(void)state;
	assert_hostile_lines(HOSTILE_SIZE - 2, true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_hostile_and_long),
		cmocka_unit_test(test_longest_path),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("line_hostile", tests, set_utc, NULL);
}
