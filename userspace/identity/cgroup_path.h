/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the path of a cgroup says: systemd's unit and slice, and the container. Text only, nothing is looked up.
 *
 * Part of a path is made by whoever lives there, so only what comes first counts. A unit is the system
 * manager's; what a user's own manager or a service has made below its unit is not read as one. Of
 * containers in containers the outermost is told, which this host's runtime has named. A user can make a
 * cgroup that is called like a container of root's, but only below his own slice, and that slice is told with it.
 */
#ifndef SMTPWATCH_IDENTITY_CGROUP_PATH_H
#define SMTPWATCH_IDENTITY_CGROUP_PATH_H

#include <stdbool.h>

#define CGROUP_NAME_SIZE 256 /* NAME_MAX of the kernel's cgroup file system, and NUL */

/* Text that is not known is empty. Every byte is defined, padding too: it serves as a key. Names may hold any
 * byte but NUL, '/' and the newline. */
struct cgroup_names {
	char name[CGROUP_NAME_SIZE];   /* the unit, with systemd's \xNN as they are: "apache2.service" */
	char slice[CGROUP_NAME_SIZE];  /* the innermost one that the system manager made: "user-1000.slice" */
	const char *container_runtime; /* of the table of patterns, not owned; NULL: no container */
	char container_id[CGROUP_NAME_SIZE];
	bool is_unit; /* the cgroup is the unit's own, and none below it */
};

/* A path from the root of its hierarchy, or, as a cgroup namespace shows what lies outside it, "/../...".
 * 0, -EINVAL or -ENAMETOOLONG where the kernel cannot have written it. */
int cgroup_parse(const char *path, struct cgroup_names *ret_names);

/*
 * The text of /proc/PID/cgroup (cgroups(7)): unit and slice as the hierarchy that systemd keeps has them, name=systemd
 * or else the v2 one; the container from there or from the first controller's hierarchy that names one, because a
 * runtime may leave the v2 hierarchy alone on a hybrid host. Returns 0, or -ENOENT where no line says anything.
 */
int cgroup_parse_process(const char *text, struct cgroup_names *ret_names);

/* The path of one hierarchy in that text: "name=systemd", or "" for v2. A copy, to be freed; NULL: none. */
char *cgroup_path_in(const char *text, const char *hierarchy);

/* Neither unit, nor slice, nor container. */
bool cgroup_says_nothing(const struct cgroup_names *names);

/* Whether a user of this host may have chosen the names below the slice. */
bool cgroup_is_users(const struct cgroup_names *names);

#endif
