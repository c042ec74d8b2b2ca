// SPDX-License-Identifier: GPL-2.0-only
/* Learning from files. */
#include "explain/learn.h"

#include "explain/json_lines.h"
#include "explain/page.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

#include <errno.h>
#include <string.h>

#define PERIOD_DAYS_MAX 3650
#define NUMBER_SIZE 12

DEFINE_CLEANUP(struct learn, learn_clear)

bool learn_parse_period(const char *text, uint64_t *ret_seconds)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char digits[NUMBER_SIZE];
	size_t length = strspn(text, "0123456789");
	uint64_t number;

	if (length == 0 || length >= sizeof(digits) || strlen(text) != length + 1)
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (units[i].letter != text[length])
			continue;
		if (text_parse_number(digits, 1, PERIOD_DAYS_MAX * 86400ULL / units[i].seconds, &number) != 0)
			return false;
		*ret_seconds = number * units[i].seconds;
		return true;
	}
	return false;
}

static int take_line(void *context, const json_t *line)
{
	struct learned_flow flow;

	return learned_flow_read(line, &flow) ? learn_take(context, &flow) : 0;
}

static int read_file(struct learn *learn, struct json_lines *lines, const char *path)
{
	int error = json_lines_read_file(lines, path, take_line, learn);

	if (error)
		log_error("cannot read %s: %s", SHOW(path), strerror(-error));
	return error;
}

static int read_all(struct learn *learn, struct json_lines *lines, const char *first, char *const *files, size_t count)
{
	int error = first ? read_file(learn, lines, first) : 0;

	for (size_t i = 0; i < count && !error; i++)
		error = read_file(learn, lines, files[i]);
	return error;
}

static void describe_files(const char *first, char *const *files, size_t count, char text[PAGE_SHOWN_SIZE])
{
	size_t others = count - !first;

	if (others)
		snprintf(text, PAGE_SHOWN_SIZE, "%.400s and %zu more", first ? first : files[0], others);
	else
		snprintf(text, PAGE_SHOWN_SIZE, "%.400s", first ? first : files[0]);
}

int learn_run(const char *what, char *const *files, size_t file_count, uint64_t now_wall_ns, FILE *out)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	struct json_lines lines = {0};
	struct learn_source source = {0};
	char described[PAGE_SHOWN_SIZE];
	bool has_period = learn_parse_period(what, &source.asked_seconds);

	if (has_period && file_count == 0) {
		log_error("learn the last %s of what? Name the files", SHOW(what));
		return -EINVAL;
	}
	if (has_period && source.asked_seconds < now_wall_ns / NANOSECONDS_A_SECOND)
		learn.from_wall_ns = now_wall_ns - source.asked_seconds * NANOSECONDS_A_SECOND;
	int error = read_all(owned, &lines, has_period ? NULL : what, files, file_count);
	if (error)
		return error;
	learn_conclude(&learn);
	describe_files(has_period ? NULL : what, files, file_count, described);
	source.what = described;
	source.lines = lines.lines;
	source.bad_lines = lines.bad;
	learn_print(&learn, &source, out);
	return 0;
}
