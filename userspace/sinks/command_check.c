// SPDX-License-Identifier: GPL-2.0-only
#include "lib/cleanup.h"
#include "lib/roots.h"
#include "lib/text.h"
#include "sinks/sinks.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* "/path/to/it" and why not it. */
static const char *object(char reason[COMMAND_REASON_SIZE], const char *path, const char *why)
{
	char shown[COMMAND_REASON_SIZE / 2];

	text_escape(shown, sizeof(shown), path, strlen(path));
	snprintf(reason, COMMAND_REASON_SIZE, "%s %s", shown, why);
	return reason;
}

/* Whoever may write to a folder can put another file in the place of any in it. */
static const char *check_folders(const char *path, char reason[COMMAND_REASON_SIZE])
{
	char folder[PATH_MAX];
	struct stat status;

	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		size_t length = slash == path ? 1 : (size_t)(slash - path);
		if (length >= sizeof(folder))
			return object(reason, path, "is too long");
		memcpy(folder, path, length);
		folder[length] = '\0';
		if (stat(folder, &status) != 0)
			return object(reason, folder, strerror(errno));
		if (!file_is_roots(status.st_uid, status.st_mode))
			return object(reason, folder, "is not root's alone to write to");
	}
	return NULL;
}

const char *command_check(const char *path, char reason[COMMAND_REASON_SIZE])
{
	_cleanup_free_ char *real_path = realpath(path, NULL);
	struct stat status;

	if (!real_path || stat(real_path, &status) != 0)
		return object(reason, path, strerror(errno));
	if (!S_ISREG(status.st_mode) || (status.st_mode & S_IXUSR) == 0)
		return object(reason, path, "is no program");
	if (!file_is_roots(status.st_uid, status.st_mode))
		return object(reason, path, "is not root's alone to write to");
	const char *objection = check_folders(path, reason);
	return objection ? objection : check_folders(real_path, reason);
}
