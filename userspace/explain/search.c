// SPDX-License-Identifier: GPL-2.0-only
/* The lines of one incident, out of files of any size. */
#include "explain/explain.h"

#include "explain/json_lines.h"
#include "explain/json_path.h"
#include "explain/moment.h"
#include "explain/page.h"
#include "explain/section.h"
#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define ID_LENGTH 6
#define PREFIX_LENGTH 3
#define INCIDENTS_MAX 20
#define LINES_KEPT 512

/* An incident whose ID begins as was asked for. */
struct found {
	char id[ID_LENGTH + 1];
	json_t *latest; /* owned line */
};

struct search {
	char id[ID_LENGTH + 1]; /* or its beginning */
	struct json_lines lines;
	struct found incidents[INCIDENTS_MAX];
	size_t incident_count;
	bool has_more;
	json_t *alerts;    /* owned array, of the first incident that was found */
	uint64_t left_out; /* of its lines, the oldest */
};

/* Crockford's base 32 has no i, l and o, which are read for 1 and 0. 0 or -EINVAL. */
static int take_id(const char *text, char id[ID_LENGTH + 1])
{
	static const char *const confused[] = {"i1", "l1", "o0"};
	size_t length = strlen(text);

	if (length < PREFIX_LENGTH || length > ID_LENGTH)
		return -EINVAL;
	for (size_t i = 0; i <= length; i++) {
		id[i] = (char)tolower((unsigned char)text[i]);
		for (size_t j = 0; j < COUNT_OF(confused); j++)
			if (id[i] == confused[j][0])
				id[i] = confused[j][1];
	}
	return strspn(id, "0123456789abcdefghjkmnpqrstvwxyz") == length ? 0 : -EINVAL;
}

static const char *time_text(const json_t *line)
{
	const char *text = json_path_text(line, "@timestamp");

	return text ? text : "";
}

/* Which of those that were found; -1: there is no room for another one. */
static int find_incident(struct search *search, const char *id)
{
	for (size_t i = 0; i < search->incident_count; i++)
		if (strcmp(search->incidents[i].id, id) == 0)
			return (int)i;
	if (search->incident_count == INCIDENTS_MAX)
		return -1;
	snprintf(search->incidents[search->incident_count].id, ID_LENGTH + 1, "%s", id);
	return (int)search->incident_count++;
}

/* Keeps the latest ones, in whatever order they come: all times have one form, whose order is that of the text. */
static int keep_line(struct search *search, json_t *line)
{
	size_t oldest = 0;

	if (json_array_size(search->alerts) < LINES_KEPT)
		return json_array_append(search->alerts, line) == 0 ? 0 : -ENOMEM;
	search->left_out++;
	for (size_t i = 1; i < LINES_KEPT; i++)
		if (strcmp(time_text(json_array_get(search->alerts, i)),
			   time_text(json_array_get(search->alerts, oldest))) < 0)
			oldest = i;
	if (strcmp(time_text(line), time_text(json_array_get(search->alerts, oldest))) < 0)
		return 0;
	json_array_remove(search->alerts, oldest);
	return json_array_append(search->alerts, line) == 0 ? 0 : -ENOMEM;
}

static int take_line(void *context, const json_t *given)
{
	/* A line that is kept is counted as another owner; nothing else of it is changed. */
	json_t *line = (json_t *)(uintptr_t)given;
	struct search *search = context;
	const char *id = json_path_text(line, "smtpwatch.incident");
	const char *kind = json_path_text(line, "event.kind");

	if (!id || !kind || strcmp(kind, "alert") != 0 || strlen(id) != ID_LENGTH ||
	    strncmp(id, search->id, strlen(search->id)) != 0 || !section_is_rule_name(id))
		return 0;
	int place = find_incident(search, id);
	if (place < 0) {
		search->has_more = true;
		return 0;
	}
	json_decref(search->incidents[place].latest);
	search->incidents[place].latest = json_incref(line);
	return place == 0 ? keep_line(search, line) : 0;
}

static void cleanup_search(struct search *search)
{
	for (size_t i = 0; i < search->incident_count; i++)
		json_decref(search->incidents[i].latest);
	json_decref(search->alerts);
}

static void list_incidents(const struct search *search, FILE *out)
{
	for (size_t i = 0; i < search->incident_count; i++) {
		const json_t *line = search->incidents[i].latest;
		fprintf(out, "%s  %s  %s  %s %s\n", search->incidents[i].id,
			MOMENT(moment_parse(json_path_text(line, "@timestamp"))),
			SHOW(json_path_text(line, "log.level")), SHOW(json_path_text(line, "rule.id")),
			SHOW(json_path_text(line, "user.name")));
	}
	if (search->has_more)
		fprintf(out, "and more\n");
}

static int conclude(const struct search *search, FILE *out)
{
	if (search->incident_count == 0) {
		log_error("no alert of an incident %s in what was read (%" PRIu64 " lines)", search->id,
			  search->lines.lines);
		return -ENOENT;
	}
	if (search->incident_count > 1) {
		log_error("%s is the beginning of several incidents", search->id);
		list_incidents(search, out);
		return -ENOTUNIQ;
	}
	int error = explain_incident(search->alerts, out);
	if (!error && search->left_out)
		page_say(out, 0, "\n%" PRIu64 " older lines of this incident were not looked at.", search->left_out);
	return error;
}

int explain_run(const char *id, char *const *files, size_t file_count, FILE *out)
{
	_cleanup_(cleanup_search) struct search search = {.alerts = json_array()};

	if (take_id(id, search.id) != 0) {
		log_error("\"%s\" is no ID of an incident: those have %d letters and digits, of which the first %d "
			  "will do",
			  SHOW(id), ID_LENGTH, PREFIX_LENGTH);
		return -EINVAL;
	}
	search.lines.wanted = search.id;
	for (size_t i = 0; i < file_count; i++) {
		int error = json_lines_read_file(&search.lines, files[i], take_line, &search);
		if (error) {
			log_error("cannot read %s: %s", SHOW(files[i]), strerror(-error));
			return error;
		}
	}
	json_lines_tell(&search.lines);
	return conclude(&search, out);
}
