// SPDX-License-Identifier: GPL-2.0-only
/*
 * hidden-executable: what makes an attempt or a submission runs a file that nobody can look at, or one from a folder
 * that everybody may write to.
 *
 * Bots delete themselves once they run, or never were a file (memfd_create(2)); and a script under /tmp runs even where
 * that is mounted noexec. A package upgrade deletes the running executable too, but puts another in its place, as only
 * root can: a notice. The kernel tells so much of a path and no more; a folder that is too deep to be told has been
 * made so.
 */
#include "lib/path.h"
#include "rules/rule.h"

#include <stdio.h>
#include <string.h>

static const char *const open_to_all[] = {"/tmp", "/var/tmp", "/dev/shm", "/run/shm", "/var/run/shm", NULL};

struct finding {
	enum alert_severity severity;
	const char *what; /* NULL: nothing */
	const char *where;
};

static bool is_deleted(const struct actor *actor)
{
	return actor->identity.exe_links == 0 && actor->identity.key.exe_inode != 0;
}

/* A file of memfd_create(2) never had a link; in its place of a path the kernel has "memfd:" and a name. */
static bool is_memfd(const struct actor *actor)
{
	const char *path = actor->executable;

	return path && is_deleted(actor) && strncmp(path + (*path == '/'), "memfd:", strlen("memfd:")) == 0;
}

static struct finding look_at_executable(const struct actor *actor)
{
	bool is_cut = actor->identity.flags & SW_IDENTITY_PATH_CUT;
	const char *above = NULL;

	if (is_memfd(actor))
		return (struct finding){ALERT_SEVERITY_CRITICAL, "executable is a memfd, no file", ""};
	if (is_deleted(actor) && !actor->is_replaced)
		return (struct finding){ALERT_SEVERITY_CRITICAL, "executable deleted, 0 links", ""};
	if (actor->executable && !is_cut)
		above = path_find_above(actor->executable, open_to_all);
	if (above)
		return (struct finding){ALERT_SEVERITY_CRITICAL, "executable under ", above};
	if (is_deleted(actor))
		return (struct finding){ALERT_SEVERITY_NOTICE, "executable replaced, as by a package upgrade", ""};
	if (actor->identity.flags & SW_IDENTITY_PATH_DETACHED)
		return (struct finding){ALERT_SEVERITY_CRITICAL, "executable in a file system that is not mounted", ""};
	if (is_cut)
		return (struct finding){ALERT_SEVERITY_WARNING, "executable in a folder too deep to be told", ""};
	return (struct finding){.what = NULL};
}

static struct finding look_at_script(const struct actor *actor)
{
	const char *path = script_file_path(actor->script);
	const char *above = path ? path_find_above(path, open_to_all) : NULL;

	if (!above)
		return (struct finding){.what = NULL};
	return (struct finding){ALERT_SEVERITY_CRITICAL, "script under ", above};
}

bool hidden_executable_judge(const struct rule_question *question, struct firing *ret_firing)
{
	struct finding finding = look_at_executable(question->actor);
	struct finding script = look_at_script(question->actor);

	if (script.what && (!finding.what || finding.severity < script.severity))
		finding = script;
	if (!finding.what)
		return false;
	ret_firing->severity = finding.severity;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "%s%s", finding.what, finding.where);
	return true;
}
