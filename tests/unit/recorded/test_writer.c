// SPDX-License-Identifier: GPL-2.0-only
/* The file: whole lines, bounded, for its owner alone, and gone on with. */
#include "recorded/question.h"

#include "lib/cleanup.h"
#include "recorded/line.h"
#include "recorded/reader.h"
#include "recorded/record_file.h"
#include "recorded/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct place {
	char folder[64];
	char file[96];
	struct question question;
};

static int set_up(void **state)
{
	struct place *place = (struct place *)calloc(1, sizeof(*place));

	if (!place)
		return -1;
	snprintf(place->folder, sizeof(place->folder), "/tmp/smtpwatch-recorded-XXXXXX");
	if (!mkdtemp(place->folder))
		return -1;
	snprintf(place->file, sizeof(place->file), "%s/o", place->folder);
	fill_question(&place->question);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", place->folder);
	int status = system(command); /* NOLINT(cert-env33-c): a folder of this test's */
	free(place);
	return status;
}

static struct recorder *open_recorder(const struct place *place, uint64_t max_bytes, uint64_t files)
{
	const struct recorder_options options = {.path = place->file, .max_bytes = max_bytes, .files = files};
	struct recorder *recorder = NULL;

	assert_int_equal(recorder_new(&options, &recorder), 0);
	return recorder;
}

/* 0: there is none. */
static off_t size_of(const struct place *place, const char *suffix)
{
	char path[128];
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", place->file, suffix);
	return stat(path, &status) == 0 ? status.st_size : 0;
}

/* How many lines a file has, all of which are observations. */
static size_t lines_in(const struct place *place, const char *suffix)
{
	_cleanup_(cleanup_recorded_reader_free) struct recorded_reader *reader = recorded_reader_new();
	struct recorded_question question;
	char path[128];
	static char line[RECORDED_LINE_MAX];
	size_t count = 0;

	snprintf(path, sizeof(path), "%s%s", place->file, suffix);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	for (; fgets(line, sizeof(line), stream); count++)
		assert_int_equal(recorded_read_line(reader, line, strlen(line), &question), 0);
	return count;
}

static void test_flush(void **state)
{
	struct place *place = *state;
	struct recorder *recorder = open_recorder(place, 1 << 20, 3);
	struct stat status;

	recorder_take(recorder, &place->question.observation, &place->question.change);
	assert_int_equal(size_of(place, ""), 0);
	recorder_tick(recorder);
	assert_int_equal(lines_in(place, ""), 1);
	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_free(recorder);
	assert_int_equal(lines_in(place, ""), 2);
	assert_int_equal(stat(place->file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

/* What no rule could listen to. */
static void test_passed_over(void **state)
{
	struct place *place = *state;
	struct observation observation = place->question.observation;
	struct model_change change = place->question.change;
	struct name_event name = place->question.name;
	struct recorder *recorder = open_recorder(place, 1 << 20, 3);

	change.actor = NULL;
	recorder_take(recorder, &observation, &change);
	change = place->question.change;
	observation.dialogue = NULL;
	observation.kind = OBSERVATION_ACTOR_GONE;
	recorder_take(recorder, &observation, &change);
	observation.kind = OBSERVATION_COUNTERS;
	change.direct_added = 0;
	recorder_take(recorder, &observation, &change);
	observation.kind = OBSERVATION_NAME;
	observation.name = &name;
	name.kind = NAME_MX;
	recorder_take(recorder, &observation, &change);
	recorder_tick(recorder);
	assert_int_equal(size_of(place, ""), 0);
	name.kind = NAME_MX_QUERY;
	recorder_take(recorder, &observation, &change);
	observation.kind = OBSERVATION_COUNTERS;
	observation.name = NULL;
	change.direct_added = 1;
	recorder_take(recorder, &observation, &change);
	recorder_free(recorder);
	assert_int_equal(lines_in(place, ""), 2);
}

static void test_rotation(void **state)
{
	struct place *place = *state;
	struct recorder *recorder = open_recorder(place, 65536, 3);
	size_t written = 0;

	for (; size_of(place, ".2") == 0; written++) {
		recorder_take(recorder, &place->question.observation, &place->question.change);
		recorder_tick(recorder);
		assert_true(size_of(place, "") <= 65536);
	}
	assert_int_equal(lines_in(place, "") + lines_in(place, ".1") + lines_in(place, ".2"), written);
	off_t oldest = size_of(place, ".2");
	for (size_t i = 0; i < 2 * written; i++) {
		recorder_take(recorder, &place->question.observation, &place->question.change);
		recorder_tick(recorder);
	}
	recorder_free(recorder);
	assert_int_equal(size_of(place, ".3"), 0);
	assert_int_equal(size_of(place, ".2"), oldest);
}

static void test_single_file(void **state)
{
	struct place *place = *state;
	struct recorder *recorder = open_recorder(place, 65536, 1);

	for (size_t i = 0; i < 200; i++) {
		recorder_take(recorder, &place->question.observation, &place->question.change);
		recorder_tick(recorder);
	}
	recorder_free(recorder);
	assert_true(size_of(place, "") > 0 && size_of(place, "") <= 65536);
	assert_int_equal(size_of(place, ".1"), 0);
	lines_in(place, "");
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	_cleanup_fclose_ FILE *stream = fopen(path, "we");

	assert_non_null(stream);
	fputs(text, stream);
	assert_int_equal(fchmod(fileno(stream), mode), 0);
}

/* The machine stopped within a line. */
static void test_half_line(void **state)
{
	struct place *place = *state;
	struct recorder *recorder = open_recorder(place, 1 << 20, 3);

	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_free(recorder);
	FILE *stream = fopen(place->file, "ae");
	assert_non_null(stream);
	fputs("{\"@timest", stream);
	fclose(stream);
	recorder = open_recorder(place, 1 << 20, 3);
	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_free(recorder);
	assert_int_equal(lines_in(place, ""), 2);
}

static void test_refused(void **state)
{
	struct place *place = *state;
	const struct recorder_options options = {.path = place->file, .max_bytes = 65536, .files = 1};
	struct recorder *recorder = NULL;

	write_file(place->file, "", 0622);
	assert_int_equal(recorder_new(&options, &recorder), -EPERM);
	assert_int_equal(unlink(place->file), 0);
	assert_int_equal(mkfifo(place->file, 0600), 0);
	assert_int_equal(recorder_new(&options, &recorder), -EPERM);
	assert_int_equal(unlink(place->file), 0);
	assert_int_equal(symlink("/dev/null", place->file), 0);
	assert_int_equal(recorder_new(&options, &recorder), -ELOOP);
	assert_null(recorder);
}

/* A disk that is full within a line leaves none of it; when there is room again, it goes on. */
static void test_full_disk(void **state)
{
	struct place *place = *state;
	struct recorder *recorder = open_recorder(place, 1 << 20, 3);
	struct rlimit before;

	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_tick(recorder);
	off_t size = size_of(place, "");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	const struct rlimit limit = {(rlim_t)size + 10, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_tick(recorder);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(recorder_dropped(recorder), 2);
	assert_int_equal(size_of(place, ""), size);
	recorder_take(recorder, &place->question.observation, &place->question.change);
	recorder_free(recorder);
	assert_int_equal(lines_in(place, ""), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flush, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_passed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rotation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_single_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
