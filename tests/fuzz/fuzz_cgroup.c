// SPDX-License-Identifier: GPL-2.0-only
/* The cgroups of a process and the mounts of this host, as /proc has them, with a NUL between them. */
#include "identity/cgroup_path.h"

#include "files.h"
#include "lib/detached_mount.h"

#include <errno.h>
#include <stdio.h>

static FILE *open_mounts(const char *path, const char *mode);

#define fopen open_mounts
#define detached_mount_open(type) ((void)(type), -ENOSYS) /* else root would mount one each time */
#include "identity/cgroup_tree.c"
#undef fopen
#undef detached_mount_open

static struct part mounts;

static FILE *open_mounts(const char *path, const char *mode)
{
	(void)path;
	return fdopen(part_open(mounts), mode);
}

static void check_names(const struct cgroup_names *names)
{
	EXPECT(strnlen(names->name, CGROUP_NAME_SIZE) < CGROUP_NAME_SIZE);
	EXPECT(strnlen(names->slice, CGROUP_NAME_SIZE) < CGROUP_NAME_SIZE);
	EXPECT(strnlen(names->container_id, CGROUP_NAME_SIZE) < CGROUP_NAME_SIZE);
	EXPECT(!names->container_runtime == !names->container_id[0]);
	EXPECT(!strpbrk(names->name, "/\n") && !strpbrk(names->slice, "/\n") && !strpbrk(names->container_id, "/\n"));
	(void)cgroup_says_nothing(names);
	(void)cgroup_is_users(names);
}

static void check_process(const char *text)
{
	struct cgroup_names names;
	char *path = cgroup_path_in(text, "");

	if (cgroup_parse_process(text, &names) == 0)
		check_names(&names);
	if (path && cgroup_parse(path, &names) == 0)
		check_names(&names);
	free(path);
	free(cgroup_path_in(text, "name=systemd"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct part rest = {bytes, size};
	struct part cgroups = part_take(&rest);
	char *text = strndup(cgroups.size ? (const char *)cgroups.bytes : "", cgroups.size);

	EXPECT(text);
	check_process(text);
	free(text);
	mounts = rest;
	struct cgroup_tree tree = cgroup_tree_open();
	cgroup_tree_close(&tree);
	return 0;
}
