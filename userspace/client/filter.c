// SPDX-License-Identifier: GPL-2.0-only
#include "client/filter.h"

#include "explain/json_path.h"

#include <string.h>

bool filter_is_empty(const struct filter *filter)
{
	return !filter->user && !filter->script && !filter->port && !filter->destination && !filter->has_network &&
	       !filter->rule && filter->severity == ALERT_SEVERITY_INFO;
}

static bool is_at(const json_t *line, const char *path, const char *wanted)
{
	const char *text = json_path_text(line, path);
	return text && strcmp(text, wanted) == 0;
}

static bool matches_user(const struct filter *filter, const json_t *line)
{
	return is_at(line, "user.name", filter->user) || is_at(line, "user.id", filter->user) ||
	       is_at(line, "user.effective.id", filter->user);
}

/* Whether the texts between the stars of the pattern stand in the text, one behind the other. */
static bool contains_pattern(const char *text, const char *pattern)
{
	for (;;) {
		size_t size = strcspn(pattern, "*");
		const char *found = size > 0 ? memmem(text, strlen(text), pattern, size) : text;
		if (!found)
			return false;
		if (pattern[size] == '\0')
			return true;
		text = found + size;
		pattern += size + 1;
	}
}

static bool matches_script(const struct filter *filter, const json_t *line)
{
	const char *path = json_path_text(line, "smtpwatch.script.path");

	if (!path)
		path = json_path_text(line, "process.executable");
	return path && contains_pattern(path, filter->script);
}

static bool matches_port(const struct filter *filter, const json_t *line)
{
	return json_path_number(line, "destination.port") == filter->port;
}

static bool matches_network(const struct filter *filter, const json_t *line)
{
	const char *text = json_path_text(line, "destination.ip");
	struct address address;

	return text && address_parse(text, &address) == 0 && prefix_contains(&filter->network, &address);
}

static bool matches_destination(const struct filter *filter, const json_t *line)
{
	const char *name = json_path_text(line, "destination.domain");
	return name && strcasestr(name, filter->destination);
}

/* A severity that is not known here is not held back. */
static bool matches_severity(const struct filter *filter, const json_t *line)
{
	const char *name = json_path_text(line, "log.level");
	enum alert_severity severity;

	return name && (alert_severity_parse(name, &severity) != 0 || severity >= filter->severity);
}

bool filter_matches(const struct filter *filter, const json_t *line)
{
	return (!filter->user || matches_user(filter, line)) && (!filter->script || matches_script(filter, line)) &&
	       (!filter->port || matches_port(filter, line)) &&
	       (!filter->has_network || matches_network(filter, line)) &&
	       (!filter->destination || matches_destination(filter, line)) &&
	       (!filter->rule || is_at(line, "rule.id", filter->rule)) &&
	       (filter->severity == ALERT_SEVERITY_INFO || matches_severity(filter, line));
}
