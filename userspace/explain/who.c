// SPDX-License-Identifier: GPL-2.0-only
#include "explain/who.h"

#include "explain/json_path.h"
#include "lib/path.h"
#include "signals/places.h"

#include <fnmatch.h>
#include <string.h>

/* systemd.special(7), systemd-run(1), pam_systemd(8), and what container runtimes name after an ID. */
static const char *const passing_units[] = {
	"session-*.scope",        "run-*.scope",    "run-*.service",
	"docker-*.scope",         "libpod-*.scope", "crio-*.scope",
	"cri-containerd-*.scope", "init.scope",     NULL,
};

void who_read_script(const json_t *line, const char *path, struct who *who)
{
	const json_t *script = json_path_at(line, path);

	who->script = json_path_text(script, "path");
	who->url = json_path_text(script, "url");
	who->method = json_path_text(script, "method");
	who->is_script_claimed = json_path_flag(script, "claimed");
	who->is_script_inherited = json_path_flag(script, "inherited");
	who->is_script_gone = json_path_flag(script, "deleted");
	who->is_script_cut = json_path_flag(script, "cut");
	who->is_one_liner = json_path_flag(script, "one_liner");
}

/* Recorded observations tell only how many names the file has. */
static bool is_executable_gone(const json_t *line)
{
	const json_t *links = json_path_at(line, "smtpwatch.executable.links");

	return json_path_flag(line, "smtpwatch.executable.deleted") ||
	       json_path_flag(line, "smtpwatch.executable.replaced") ||
	       json_path_flag(line, "smtpwatch.identity.path_detached") ||
	       (json_is_integer(links) && json_integer_value(links) == 0);
}

static const char *either(const char *first, const char *second)
{
	return first ? first : second;
}

struct who who_of_line(const json_t *line)
{
	struct who who = {
		.origin = json_path_text(line, "smtpwatch.origin"),
		.role = json_path_text(line, "smtpwatch.role"),
		.executable = json_path_text(line, "process.executable"),
		.user_id = json_path_text(line, "user.id"),
		.user = either(json_path_text(line, "user.name"), json_path_text(line, "user.id")),
		.unit = json_path_text(line, "smtpwatch.unit"),
		.container = either(json_path_text(line, "container.name"), json_path_text(line, "container.id")),
		.runtime = json_path_text(line, "container.runtime"),
		.directory = json_path_text(line, "process.working_directory"),
		.command_line = json_path_text(line, "process.command_line"),
		.pid = json_path_number(line, "process.pid"),
		.site = json_path_text(line, "smtpwatch.site"),
		.is_executable_gone = is_executable_gone(line),
	};

	if (who.origin && strcmp(who.origin, "process") == 0)
		who.origin = NULL;
	if (who.origin)
		who.source = json_path_text(line, "source.ip");
	who_read_script(line, "smtpwatch.script", &who);
	return who;
}

static bool is_same_text(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

bool who_is_same(const struct who *left, const struct who *right)
{
	return is_same_text(left->user, right->user) && is_same_text(left->executable, right->executable) &&
	       is_same_text(left->script, right->script) && is_same_text(left->unit, right->unit) &&
	       is_same_text(left->container, right->container) && is_same_text(left->source, right->source);
}

const char *who_open_folder(const char *path)
{
	const char *folder = path ? path_find_above(path, places_open_to_all) : NULL;

	return folder || !path ? folder : path_find_folder(path, places_of_uploads);
}

const char *who_lasting_unit(const struct who *who)
{
	for (const char *const *pattern = passing_units; who->unit && *pattern; pattern++)
		if (fnmatch(*pattern, who->unit, 0) == 0)
			return NULL;
	return who->unit;
}
