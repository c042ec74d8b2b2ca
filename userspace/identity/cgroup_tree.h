/* SPDX-License-Identifier: GPL-2.0-only */
/* The cgroup file systems of this host: ids and paths of cgroups, and who is in them. */
#ifndef SMTPWATCH_IDENTITY_CGROUP_TREE_H
#define SMTPWATCH_IDENTITY_CGROUP_TREE_H

#include "lib/cleanup.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUP_PATH_SIZE PATH_MAX

struct cgroup_tree {
	int unified;    /* the root of the v2 hierarchy, open for reading; -1: there is none */
	int systemd;    /* the root of name=systemd, or -1 */
	bool has_older; /* v1 hierarchies are mounted: the v2 path alone does not say which container it is */
};

/* Opens what /proc/self/mountinfo shows; a v2 hierarchy that is not mounted, as a mount that no folder shows. */
struct cgroup_tree cgroup_tree_open(void);
void cgroup_tree_close(struct cgroup_tree *tree);

/*
 * Opens the folder of a cgroup by its id in the v2 hierarchy, whoever is in it. Returns a descriptor, -ESTALE
 * where it has been removed, or -errno.
 */
int cgroup_tree_open_id(const struct cgroup_tree *tree, uint64_t id);

/* Opens a folder of name=systemd by the path that /proc/PID/cgroup tells. Returns a descriptor or -errno. */
int cgroup_tree_open_path(const struct cgroup_tree *tree, const char *path);

/*
 * The path of a folder that cgroup_tree_open_id() opened. "/" may also stand for a cgroup outside the daemon's
 * cgroup namespace. 0, -ENAMETOOLONG, or -EXDEV where it lies outside the mount.
 */
int cgroup_tree_path(const struct cgroup_tree *tree, int folder, char ret_path[CGROUP_PATH_SIZE]);

/* The processes in a cgroup, at most `room`; those in cgroups below it do not count. How many, or -errno. */
int cgroup_tree_processes(int folder, uint32_t *pids, size_t room);

#endif
