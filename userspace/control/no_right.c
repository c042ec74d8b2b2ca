// SPDX-License-Identifier: GPL-2.0-only
#include "control/no_right.h"

#include "lib/text.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 64

/* What keeps one out: the socket, or the directory whose content cannot be looked at. Returns whether its group has the
 * right that is missed. */
static bool find_gate(const char *path, gid_t *ret_group)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat gate;
	mode_t right = S_IWGRP;

	if (stat(path, &gate)) {
		if (!slash || slash == path || (size_t)(slash - path) >= sizeof(directory))
			return false;
		memcpy(directory, path, (size_t)(slash - path));
		directory[slash - path] = '\0';
		if (stat(directory, &gate))
			return false;
		right = S_IXGRP;
	}
	*ret_group = gate.st_gid;
	return gate.st_gid != 0 && gate.st_mode & right;
}

static void copy_name(char target[NAME_SIZE], const char *name)
{
	text_escape(target, NAME_SIZE, name, strlen(name));
}

void no_right_explain(const char *path, char *reason, size_t size)
{
	const struct passwd *user = getpwuid(geteuid());
	char user_name[NAME_SIZE] = "NAME";
	char group_name[NAME_SIZE];
	gid_t group_id;

	const struct group *group = find_gate(path, &group_id) ? getgrgid(group_id) : NULL;
	if (!group) {
		snprintf(reason, size,
			 "only root may ask smtpwatchd: use sudo; [control] group of its configuration names a group "
			 "that may too");
		return;
	}
	if (user)
		copy_name(user_name, user->pw_name);
	copy_name(group_name, group->gr_name);
	snprintf(reason, size,
		 "only root and group \"%s\" may ask smtpwatchd: use sudo, or join by \"sudo usermod -aG %s %s\" and "
		 "log in anew",
		 group_name, group_name, user_name);
}
