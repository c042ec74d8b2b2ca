// SPDX-License-Identifier: GPL-2.0-only
#include "sensor/record.h"

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "support/test.h"

#include <errno.h>

#define PATH_BYTES "php8.2\0bin\0usr"
#define ARGV_BYTES "php\0/var/www/x.php"

/* Room for the largest attempt, and some bytes more. */
struct bytes {
	uint8_t at[sizeof(struct sw_attempt_record) + SW_PATH_SIZE + SW_ARGV_SIZE + 64];
	size_t size;
};

static struct sw_record_header header_of(uint32_t kind, size_t size)
{
	return (struct sw_record_header){
		.kind = kind,
		.size = (uint32_t)size,
		.time_ns = 5000000000,
		.flow_id = 0x123456789abcdef0,
		.endpoints = {.local = {0x20, 0x01, [15] = 1},
			      .remote = {[10] = 0xff, [11] = 0xff, 203, 0, 113, 25},
			      .local_port = 40000,
			      .remote_port = 25},
	};
}

static struct bytes attempt(const void *path, size_t path_size, const void *argv, size_t argv_size)
{
	struct bytes bytes = {.size = sizeof(struct sw_attempt_record) + path_size + argv_size};
	struct sw_attempt_record record = {
		.header = header_of(SW_RECORD_ATTEMPT, bytes.size),
		.identity = {.key = {.pid = 4121, .uid = 1042, .exe_inode = 7, .start_ns = 99}, .comm = "php"},
		.path_size = (uint16_t)path_size,
		.argv_size = (uint16_t)argv_size,
		.network_namespace = 4026531840,
	};

	memcpy(bytes.at, &record, sizeof(record));
	memcpy(bytes.at + sizeof(record), path, path_size);
	memcpy(bytes.at + sizeof(record) + path_size, argv, argv_size);
	return bytes;
}

static struct bytes usual_attempt(void)
{
	return attempt(PATH_BYTES, sizeof(PATH_BYTES), ARGV_BYTES, sizeof(ARGV_BYTES));
}

static struct bytes established(void)
{
	struct bytes bytes = {.size = sizeof(struct sw_established_record)};
	struct sw_established_record record = {.header = header_of(SW_RECORD_ESTABLISHED, bytes.size)};

	memcpy(bytes.at, &record, sizeof(record));
	return bytes;
}

static struct bytes end(uint32_t outcome)
{
	struct bytes bytes = {.size = sizeof(struct sw_end_record)};
	struct sw_end_record record = {
		.header = header_of(SW_RECORD_END, bytes.size),
		.outcome = outcome,
		.error = 104,
		.duration_ns = 57,
		.bytes_sent = 1234,
		.bytes_received = 567,
	};

	memcpy(bytes.at, &record, sizeof(record));
	return bytes;
}

/* Decodes a copy of `size` bytes that ends where the allocation ends, so that ASan sees every byte too many.
 * The copy is not aligned, as a record in a file would not be. */
static int decode(const struct bytes *bytes, size_t size, struct record_text *text, struct observation *observation)
{
	_cleanup_free_ uint8_t *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy + 1, bytes->at, size);
	return record_decode(copy + 1, size, text, observation);
}

static void set_size(struct bytes *bytes, size_t size)
{
	uint32_t written = (uint32_t)size;
	memcpy(bytes->at + offsetof(struct sw_record_header, size), &written, sizeof(written));
}

static void assert_refused(const struct bytes *bytes)
{
	struct record_text text;
	struct observation observation;
	struct observation before;

	memset(&observation, 0x5a, sizeof(observation));
	memcpy(&before, &observation, sizeof(before));
	assert_int_equal(decode(bytes, bytes->size, &text, &observation), -EBADMSG);
	assert_memory_equal(&observation, &before, sizeof(before));
}

static void assert_header(const struct observation *observation)
{
	static const struct sw_endpoints nowhere;
	const struct sw_endpoints endpoints = header_of(0, 0).endpoints;
	uint64_t wall_ns = clock_wall_ns() - clock_boot_ns() + 5000000000;

	assert_memory_not_equal(&endpoints, &nowhere, sizeof(nowhere));
	assert_int_equal(observation->time_ns, 5000000000);
	assert_in_range(observation->wall_ns, wall_ns - 60 * NANOSECONDS_A_SECOND, wall_ns + 60 * NANOSECONDS_A_SECOND);
	assert_int_equal(observation->flow_id, 0x123456789abcdef0);
	assert_memory_equal(observation->local.address.bytes, endpoints.local, SW_ADDRESS_SIZE);
	assert_memory_equal(observation->remote.address.bytes, endpoints.remote, SW_ADDRESS_SIZE);
	assert_int_equal(observation->local.port, 40000);
	assert_int_equal(observation->remote.port, 25);
}

static void test_attempt(void **state)
{
	struct bytes bytes = usual_attempt();
	struct record_text text;
	struct observation observation;

	(void)state;
	assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
	assert_int_equal(observation.kind, OBSERVATION_ATTEMPT);
	assert_header(&observation);
	assert_int_equal(observation.actor.pid, 4121);
	assert_int_equal(observation.actor.start_ns, 99);
	assert_int_equal(observation.identity->key.uid, 1042);
	assert_string_equal(observation.identity->comm, "php");
	assert_int_equal(observation.network_namespace, 4026531840);
	assert_string_equal(observation.executable, "/usr/bin/php8.2");
	assert_int_equal(observation.argv_size, sizeof(ARGV_BYTES));
	assert_memory_equal(observation.argv, ARGV_BYTES, sizeof(ARGV_BYTES));
	assert_int_equal(observation.error, 0);
	assert_int_equal(observation.outcome, SW_OUTCOME_PENDING);
}

static void test_attempt_that_failed(void **state)
{
	struct bytes bytes = usual_attempt();
	struct record_text text;
	struct observation observation;
	uint32_t error = ENETUNREACH;

	(void)state;
	memcpy(bytes.at + offsetof(struct sw_attempt_record, error), &error, sizeof(error));
	assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
	assert_int_equal(observation.error, ENETUNREACH);
	assert_int_equal(observation.outcome, SW_OUTCOME_FAILED);
}

static void test_attempt_without_text(void **state)
{
	struct bytes bytes = attempt("", 0, "", 0);
	struct record_text text;
	struct observation observation;

	(void)state;
	assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
	assert_null(observation.executable);
	assert_int_equal(observation.argv_size, 0);
}

static void test_established(void **state)
{
	struct bytes bytes = established();
	struct record_text text;
	struct observation observation;

	(void)state;
	assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
	assert_int_equal(observation.kind, OBSERVATION_ESTABLISHED);
	assert_header(&observation);
	assert_null(observation.identity);
}

static void test_end(void **state)
{
	struct record_text text;
	struct observation observation;

	(void)state;
	for (uint32_t outcome = 0; outcome < SW_OUTCOME_COUNT; outcome++) {
		struct bytes bytes = end(outcome);
		assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
		assert_int_equal(observation.kind, OBSERVATION_END);
		assert_header(&observation);
		assert_int_equal(observation.outcome, outcome);
		assert_int_equal(observation.error, 104);
		assert_int_equal(observation.duration_ns, 57);
		assert_int_equal(observation.bytes_sent, 1234);
		assert_int_equal(observation.bytes_received, 567);
	}
}

static void test_outcome_out_of_range(void **state)
{
	static const uint32_t outcomes[] = {SW_OUTCOME_COUNT, SW_OUTCOME_COUNT + 1, 0x80000000, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		struct bytes bytes = end(outcomes[i]);
		assert_refused(&bytes);
	}
}

static void test_unknown_kinds(void **state)
{
	static const uint32_t kinds[] = {0, SW_RECORD_KIND_COUNT, SW_RECORD_KIND_COUNT + 1, 0x80000000, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct bytes bytes = usual_attempt();
		memcpy(bytes.at + offsetof(struct sw_record_header, kind), &kinds[i], sizeof(kinds[i]));
		assert_refused(&bytes);
	}
}

/* Shorter than it was, by any number of bytes: whether it owns up to that or not. */
static void test_truncated(void **state)
{
	struct bytes all[] = {usual_attempt(), established(), end(SW_OUTCOME_CLOSED)};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct bytes bytes = all[i];
		for (bytes.size = 0; bytes.size < all[i].size; bytes.size++) {
			set_size(&bytes, all[i].size);
			assert_refused(&bytes);
			set_size(&bytes, bytes.size);
			assert_refused(&bytes);
		}
	}
}

static void test_size_that_is_not_its_own(void **state)
{
	struct bytes bytes = usual_attempt();

	(void)state;
	set_size(&bytes, bytes.size + 1);
	assert_refused(&bytes);
	set_size(&bytes, bytes.size - 1);
	assert_refused(&bytes);
	set_size(&bytes, UINT32_MAX);
	assert_refused(&bytes);
}

/* Larger than allowed, with and without so many bytes behind them. */
static void test_text_too_large(void **state)
{
	static const struct {
		size_t field;
		uint16_t size;
	} cases[] = {
		{offsetof(struct sw_attempt_record, path_size), SW_PATH_SIZE + 1},
		{offsetof(struct sw_attempt_record, path_size), UINT16_MAX},
		{offsetof(struct sw_attempt_record, argv_size), SW_ARGV_SIZE + 1},
		{offsetof(struct sw_attempt_record, argv_size), UINT16_MAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes bytes = usual_attempt();
		memcpy(bytes.at + cases[i].field, &cases[i].size, sizeof(cases[i].size));
		assert_refused(&bytes);
		bytes.size = sizeof(bytes.at);
		set_size(&bytes, bytes.size);
		assert_refused(&bytes);
	}
}

static void test_path_without_nul(void **state)
{
	struct bytes bytes = attempt("php", 3, "", 0);
	char longest[SW_PATH_SIZE];

	(void)state;
	assert_refused(&bytes);
	bytes = attempt("php\0bin", 7, "x", 1);
	assert_refused(&bytes);
	memset(longest, 'x', sizeof(longest));
	bytes = attempt(longest, sizeof(longest), "", 0);
	assert_refused(&bytes);
}

static void assert_path(const void *components, size_t size, const char *expected)
{
	struct bytes bytes = attempt(components, size, "", 0);
	struct record_text text;
	struct observation observation;

	assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
	assert_non_null(observation.executable);
	assert_string_equal(observation.executable, expected);
}

static void test_paths(void **state)
{
	(void)state;
	assert_path("init", 5, "/init");
	assert_path("smtp\0sbin\0postfix", 18, "/postfix/sbin/smtp");
	assert_path("a\0b\0c\0d\0e", 10, "/e/d/c/b/a");
	assert_path("", 1, "/");
	assert_path("..\n\x1b\0\xff", 7, "/\xff/..\n\x1b");
}

static void test_longest_paths(void **state)
{
	char components[SW_PATH_SIZE];
	char expected[SW_PATH_SIZE + 1];

	(void)state;
	memset(components, 'x', sizeof(components));
	components[SW_PATH_SIZE - 1] = '\0';
	expected[0] = '/';
	memcpy(expected + 1, components, SW_PATH_SIZE);
	assert_path(components, SW_PATH_SIZE, expected);

	for (size_t i = 0; i < SW_PATH_SIZE; i += 2) {
		memcpy(components + i, "x", 2);
		memcpy(expected + i, "/x", 2);
	}
	expected[SW_PATH_SIZE] = '\0';
	assert_path(components, SW_PATH_SIZE, expected);

	memset(components, 0, sizeof(components));
	memset(expected, '/', SW_PATH_SIZE);
	assert_path(components, SW_PATH_SIZE, expected);
}

static void test_largest_argv(void **state)
{
	char argv[SW_ARGV_SIZE];
	struct record_text text;
	struct observation observation;

	(void)state;
	memset(argv, 0xff, sizeof(argv));
	struct bytes bytes = attempt("php", 4, argv, sizeof(argv));
	assert_int_equal(decode(&bytes, bytes.size, &text, &observation), 0);
	assert_int_equal(observation.argv_size, SW_ARGV_SIZE);
	assert_memory_equal(observation.argv, argv, SW_ARGV_SIZE);
}

/* Bytes that anybody may have made: refused or decoded, and nothing is read or written beyond. */
static void test_random_bytes(void **state)
{
	unsigned int seed = 20260725;
	size_t decoded = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct bytes bytes = usual_attempt();
		struct record_text text;
		struct observation observation;

		for (int j = rand_r(&seed) % 8; j >= 0; j--)
			bytes.at[(size_t)rand_r(&seed) % bytes.size] = (uint8_t)rand_r(&seed);
		if (i % 4 == 0)
			bytes.at[offsetof(struct sw_attempt_record, path_size)] = (uint8_t)rand_r(&seed);
		if (decode(&bytes, bytes.size, &text, &observation) != 0)
			continue;
		decoded++;
		assert_in_range(observation.kind, 0, OBSERVATION_KIND_COUNT - 1);
		if (observation.executable)
			assert_in_range(strlen(observation.executable), 1, SW_PATH_SIZE + 1);
	}
	assert_in_range(decoded, 1, 19999);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempt),
		cmocka_unit_test(test_attempt_that_failed),
		cmocka_unit_test(test_attempt_without_text),
		cmocka_unit_test(test_established),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_outcome_out_of_range),
		cmocka_unit_test(test_unknown_kinds),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_size_that_is_not_its_own),
		cmocka_unit_test(test_text_too_large),
		cmocka_unit_test(test_path_without_nul),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_longest_paths),
		cmocka_unit_test(test_largest_argv),
		cmocka_unit_test(test_random_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
