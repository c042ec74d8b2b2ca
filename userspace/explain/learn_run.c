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

static int take_alert(void *context, const json_t *line)
{
	struct learned_flow flow;

	return learned_flow_read(line, &flow) && flow.kind == LEARNED_ALERT ? learn_take(context, &flow) : 0;
}

static int read_files(struct learn *learn, struct json_lines *lines, json_line_taker take, char *const *files,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int error = json_lines_read_file(lines, files[i], take, learn);
		if (error) {
			log_error("cannot read %s: %s", SHOW(files[i]), strerror(-error));
			return error;
		}
	}
	return 0;
}

static void describe_files(const struct learn_files *files, char text[PAGE_SHOWN_SIZE])
{
	int length = snprintf(text, PAGE_SHOWN_SIZE, "%.200s", files->files[0]);

	if (files->file_count > 1)
		length += snprintf(text + length, PAGE_SHOWN_SIZE - (size_t)length, " and %zu more",
				   files->file_count - 1);
	if (files->alert_file_count > 0)
		snprintf(text + length, PAGE_SHOWN_SIZE - (size_t)length, ", and the alerts in %.200s%s",
			 files->alert_files[files->alert_file_count - 1],
			 files->alert_file_count > 1 ? " and its kin" : "");
}

/* There is at least one file. */
static int learn_from(const struct learn_files *files, uint64_t asked_seconds, uint64_t now_wall_ns, FILE *out)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	struct json_lines lines = {0};
	char described[PAGE_SHOWN_SIZE];
	struct learn_source source = {.what = described, .asked_seconds = asked_seconds};

	if (asked_seconds && asked_seconds < now_wall_ns / NANOSECONDS_A_SECOND)
		learn.from_wall_ns = now_wall_ns - asked_seconds * NANOSECONDS_A_SECOND;
	int error = read_files(owned, &lines, take_line, files->files, files->file_count);
	if (!error)
		error = read_files(owned, &lines, take_alert, files->alert_files, files->alert_file_count);
	if (error)
		return error;
	learn_conclude(&learn);
	describe_files(files, described);
	source.lines = lines.lines;
	source.bad_lines = lines.bad;
	learn_print(&learn, &source, out);
	return 0;
}

int learn_run_recorded(const char *period, const struct learn_files *files, uint64_t now_wall_ns, FILE *out)
{
	uint64_t seconds = 0;

	learn_parse_period(period, &seconds);
	return learn_from(files, seconds, now_wall_ns, out);
}

int learn_run(const char *what, char *const *files, size_t file_count, uint64_t now_wall_ns, FILE *out)
{
	struct learn_files input = {.files = files, .file_count = file_count};
	uint64_t seconds = 0;
	bool has_period = learn_parse_period(what, &seconds);

	if (has_period && file_count == 0) {
		log_error("learn the last %s of what? Name the files", SHOW(what));
		return -EINVAL;
	}
	if (has_period)
		return learn_from(&input, seconds, now_wall_ns, out);
	_cleanup_free_ char **all = calloc(file_count + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	all[0] = (char *)(uintptr_t)what;
	for (size_t i = 0; i < file_count; i++)
		all[i + 1] = files[i];
	input = (struct learn_files){.files = all, .file_count = file_count + 1};
	return learn_from(&input, 0, now_wall_ns, out);
}
