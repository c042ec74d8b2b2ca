// SPDX-License-Identifier: GPL-2.0-only
/*
 * What makes an attempt or a submission runs a file that nobody can look at, or one from a folder
 * that everybody may write to.
 *
 * Bots delete themselves once they run, or never were a file (memfd_create(2)); and a script under /tmp runs even where
 * that is mounted noexec. A package upgrade deletes the running executable too, but puts another in its place, as only
 * root can: a notice. The kernel tells so much of a path and no more; a folder that is too deep to be told has been
 * made so.
 */
#include "lib/path.h"
#include "signals/places.h"
#include "signals/signals.h"

#include <stdio.h>
#include <string.h>

struct found {
	enum hidden hidden;
	const char *where; /* NULL: there is nothing to be said of it */
};

static const char *const words[HIDDEN_COUNT] = {
	[HIDDEN_NONE] = "",
	[HIDDEN_REPLACED] = "executable replaced, as by a package upgrade",
	[HIDDEN_DEEP] = "executable in a folder too deep to be told",
	[HIDDEN_DETACHED] = "executable in a file system that is not mounted",
	[HIDDEN_OPEN_TO_ALL] = "executable under ",
	[HIDDEN_DELETED] = "executable deleted, 0 links",
	[HIDDEN_MEMFD] = "executable is a memfd, no file",
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

static struct found look_at_executable(const struct actor *actor)
{
	bool is_cut = actor->identity.flags & SW_IDENTITY_PATH_CUT;
	const char *above = NULL;

	if (is_memfd(actor))
		return (struct found){.hidden = HIDDEN_MEMFD};
	if (is_deleted(actor) && !actor->is_replaced)
		return (struct found){.hidden = HIDDEN_DELETED};
	if (actor->executable && !is_cut)
		above = path_find_above(actor->executable, places_open_to_all);
	if (above)
		return (struct found){.hidden = HIDDEN_OPEN_TO_ALL, .where = above};
	if (is_deleted(actor))
		return (struct found){.hidden = HIDDEN_REPLACED};
	if (actor->identity.flags & SW_IDENTITY_PATH_DETACHED)
		return (struct found){.hidden = HIDDEN_DETACHED};
	return (struct found){.hidden = is_cut ? HIDDEN_DEEP : HIDDEN_NONE};
}

/* What is told of the executable goes before the same of the script. */
enum hidden hidden_find(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE])
{
	const struct actor *actor = sighting->actor;
	const struct found found = look_at_executable(actor);
	const char *path = script_file_path(actor->script);
	const char *above = path ? path_find_above(path, places_open_to_all) : NULL;

	if (above && found.hidden < HIDDEN_DETACHED) {
		snprintf(finding, SIGNAL_TEXT_SIZE, "script under %s", above);
		return HIDDEN_OPEN_TO_ALL;
	}
	snprintf(finding, SIGNAL_TEXT_SIZE, "%s%s", words[found.hidden], found.where ? found.where : "");
	return found.hidden;
}
