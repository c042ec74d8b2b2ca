// SPDX-License-Identifier: GPL-2.0-only
/* What a record says of the working directory, the script and programs. */
#include "sensor/record.h"

#include "lib/cleanup.h"
#include "support/test.h"

#include <errno.h>

#define CWD_BYTES "htdocs\0shop42\0www\0var"

struct bytes {
	uint8_t at[sizeof(struct sw_attempt_record) + SW_CWD_SIZE + sizeof(struct sw_script) + 64];
	size_t size;
};

static struct sw_script request(void)
{
	return (struct sw_script){
		.source = SW_SCRIPT_REQUEST,
		.flags = SW_SCRIPT_INHERITED,
		.pid = 4121,
		.path_size = sizeof("/var/www/shop42/x.php"),
		.path = "/var/www/shop42/x.php",
		.url = "/x.php",
		.method = "POST",
	};
}

/* Of a script, what stands in a record. */
static size_t size_of(const struct sw_script *script)
{
	return offsetof(struct sw_script, path) + script->path_size;
}

static void append(struct bytes *bytes, const void *source, size_t size)
{
	memcpy(bytes->at + bytes->size, source, size);
	bytes->size += size;
}

static struct bytes record_of(uint32_t kind, const void *cwd, size_t cwd_size, const void *script, size_t script_size)
{
	struct bytes bytes = {.size = 0};
	const struct sw_attempt_record record = {
		.header = {.kind = kind, .size = (uint32_t)(sizeof(record) + 5 + 4 + cwd_size + script_size)},
		.identity = {.key = {.pid = 4121}},
		.path_size = 5,
		.argv_size = 4,
		.cwd_size = (uint16_t)cwd_size,
		.script_size = (uint16_t)script_size,
	};

	append(&bytes, &record, sizeof(record));
	append(&bytes, "perl", 5);
	append(&bytes, "perl", 4);
	append(&bytes, cwd, cwd_size);
	append(&bytes, script, script_size);
	return bytes;
}

/* The copy ends where the allocation ends, so that ASan sees every byte too many. */
static int decode(const struct bytes *bytes, struct record_text *text, struct observation *observation)
{
	_cleanup_free_ uint8_t *copy = malloc(bytes->size);

	assert_non_null(copy);
	memcpy(copy, bytes->at, bytes->size);
	return record_decode(copy, bytes->size, text, observation);
}

static void assert_refused(const struct bytes *bytes)
{
	struct record_text text;
	struct observation observation;

	assert_int_equal(decode(bytes, &text, &observation), -EBADMSG);
}

static void test_submission(void **state)
{
	const struct sw_script script = request();
	struct bytes bytes = record_of(SW_RECORD_SUBMISSION, CWD_BYTES, sizeof(CWD_BYTES), &script, size_of(&script));
	struct record_text text;
	struct observation observation;

	(void)state;
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_int_equal(observation.kind, OBSERVATION_SUBMISSION);
	assert_string_equal(observation.executable, "/perl");
	assert_string_equal(observation.cwd, "/var/www/shop42/htdocs");
	assert_non_null(observation.kernel_script);
	assert_string_equal(observation.kernel_script->path, "/var/www/shop42/x.php");
	assert_string_equal(observation.kernel_script->url, "/x.php");
	assert_string_equal(observation.kernel_script->method, "POST");
	assert_int_equal(observation.kernel_script->flags, SW_SCRIPT_INHERITED);
	assert_null(observation.script);
}

static void test_neither(void **state)
{
	struct bytes bytes = record_of(SW_RECORD_ATTEMPT, "", 0, "", 0);
	struct record_text text;
	struct observation observation;

	(void)state;
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_null(observation.cwd);
	assert_null(observation.kernel_script);
	assert_false(observation.adopted);
}

static void test_adopted(void **state)
{
	struct bytes bytes = record_of(SW_RECORD_ATTEMPT, "", 0, "", 0);
	const uint32_t flags = SW_IDENTITY_ADOPTED;
	struct record_text text;
	struct observation observation;

	(void)state;
	memcpy(bytes.at + offsetof(struct sw_attempt_record, identity.flags), &flags, sizeof(flags));
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_true(observation.adopted);
}

static void test_longest_cwd(void **state)
{
	char components[SW_CWD_SIZE];
	const struct sw_script script = request();
	struct record_text text;
	struct observation observation;

	(void)state;
	for (size_t i = 0; i < sizeof(components); i += 2)
		memcpy(components + i, "x", 2);
	struct bytes bytes = record_of(SW_RECORD_ATTEMPT, components, sizeof(components), &script, size_of(&script));
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_int_equal(strlen(observation.cwd), SW_CWD_SIZE);
	assert_string_equal(observation.kernel_script->method, "POST");
}

static void test_cwd_without_nul(void **state)
{
	struct bytes bytes = record_of(SW_RECORD_ATTEMPT, "www", 3, "", 0);

	(void)state;
	assert_refused(&bytes);
}

/* A path that has lost its beginning must not look like another one. */
static void test_cut_paths(void **state)
{
	struct bytes bytes = record_of(SW_RECORD_ATTEMPT, CWD_BYTES, sizeof(CWD_BYTES), "", 0);
	const uint32_t flags = SW_IDENTITY_PATH_CUT | SW_IDENTITY_CWD_CUT;
	struct record_text text;
	struct observation observation;

	(void)state;
	memcpy(bytes.at + offsetof(struct sw_attempt_record, identity.flags), &flags, sizeof(flags));
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_string_equal(observation.executable, ".../perl");
	assert_string_equal(observation.cwd, ".../var/www/shop42/htdocs");
}

/* A text without its end, a source that is none, sizes beyond the text: whoever reads it must not run on. */
static void test_broken_scripts(void **state)
{
	struct sw_script scripts[] = {request(), request(), request(), request(), request(), request(), request()};

	(void)state;
	memset(scripts[0].path, 'x', sizeof(scripts[0].path));
	scripts[0].path_size = sizeof(scripts[0].path);
	memset(scripts[1].url, 'x', sizeof(scripts[1].url));
	memset(scripts[2].method, 'x', sizeof(scripts[2].method));
	scripts[3].source = SW_SCRIPT_NONE;
	scripts[4].source = SW_SCRIPT_SOURCE_COUNT;
	scripts[5].source = SW_SCRIPT_ARGV;
	scripts[5].path_size = SW_ARGV_SIZE + 1;
	scripts[6].source = SW_SCRIPT_ARGV;
	scripts[6].cwd_size = SW_SCRIPT_URL_SIZE + 1;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct bytes bytes = record_of(SW_RECORD_ATTEMPT, "", 0, &scripts[i], size_of(&scripts[i]));
		assert_refused(&bytes);
	}
	/* Shorter or longer than it says, and shorter than its head. */
	const struct sw_script whole = request();
	const size_t sizes[] = {size_of(&whole) - 1, size_of(&whole) + 1, offsetof(struct sw_script, path) - 1};
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct bytes bytes = record_of(SW_RECORD_ATTEMPT, "", 0, &whole, sizes[i]);
		assert_refused(&bytes);
	}
}

static void test_argv_of_an_ancestor(void **state)
{
	struct sw_script script = {.source = SW_SCRIPT_ARGV, .path_size = SW_ARGV_SIZE, .cwd_size = SW_SCRIPT_URL_SIZE};
	struct record_text text;
	struct observation observation;

	(void)state;
	memset(script.path, 'x', sizeof(script.path));
	memset(script.url, 'x', sizeof(script.url));
	struct bytes bytes = record_of(SW_RECORD_ATTEMPT, "", 0, &script, size_of(&script));
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_int_equal(observation.kernel_script->path_size, SW_ARGV_SIZE);
}

static void test_program(void **state)
{
	struct sw_program_record record = {
		.header = {.kind = SW_RECORD_PROGRAM, .size = sizeof(record)},
		.file = {.inode = 7, .device = 8, .size = 9},
		.pid = 4121,
		.flags = SW_PROGRAM_MAY_BE_PHP,
	};
	struct bytes bytes = {.size = 0};
	struct record_text text;
	struct observation observation;

	(void)state;
	memset(record.name, 'p', sizeof(record.name));
	append(&bytes, &record, sizeof(record));
	assert_int_equal(decode(&bytes, &text, &observation), 0);
	assert_int_equal(observation.kind, OBSERVATION_PROGRAM);
	assert_int_equal(observation.program->file.inode, 7);
	assert_int_equal(observation.program->flags, SW_PROGRAM_MAY_BE_PHP);
	assert_int_equal(strlen(observation.program->name), SW_COMM_SIZE - 1);
	bytes.size--;
	assert_refused(&bytes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submission),     cmocka_unit_test(test_neither),
		cmocka_unit_test(test_adopted),        cmocka_unit_test(test_longest_cwd),
		cmocka_unit_test(test_cut_paths),      cmocka_unit_test(test_cwd_without_nul),
		cmocka_unit_test(test_broken_scripts), cmocka_unit_test(test_argv_of_an_ancestor),
		cmocka_unit_test(test_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record: scripts", tests, NULL, NULL);
}
