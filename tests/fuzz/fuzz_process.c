// SPDX-License-Identifier: GPL-2.0-only
/* The files of a process in /proc, one after the other with a NUL between them, in the order of `names`. */
#include "files.h"
#include "lib/array.h"
#include "lib/path.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int open_part(const char *path, int flags);
static ssize_t read_link(const char *path, char *text, size_t size);
static int look_at(int folder, const char *path, int flags, unsigned int mask, struct statx *ret_status);
static int look_below(int folder, const char *path, struct stat *ret_status, int flags);

#define open open_part
#define readlink read_link
#define statx(...) look_at(__VA_ARGS__)
#define fstatat look_below
#include "identity/process.c"

#include "identity/process_identity.c"
#undef open
#undef readlink
#undef statx
#undef fstatat

/* The last ones are links. */
static const char *const names[] = {"stat", "status", "comm", "loginuid", "cgroup", "exe", "mnt", "user"};
static struct part parts[COUNT_OF(names)];

static const struct part *part_of(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(path_file_name(path), names[i]) == 0)
			return &parts[i];
	abort();
}

static int open_part(const char *path, int flags)
{
	(void)flags;
	return part_open(*part_of(path));
}

static ssize_t read_link(const char *path, char *text, size_t size)
{
	const struct part *part = part_of(path);
	size_t length = part->size < size ? part->size : size;

	if (length > 0)
		memcpy(text, part->bytes, length);
	errno = ENOENT;
	return length > 0 ? (ssize_t)length : -1;
}

static int look_at(int folder, const char *path, int flags, unsigned int mask, struct statx *ret_status)
{
	(void)folder;
	(void)path;
	(void)flags;
	*ret_status = (struct statx){.stx_mask = mask & ~(unsigned int)STATX_MNT_ID, .stx_ino = 77};
	return 0;
}

/* The path stays below the cgroups' root. */
static int look_below(int folder, const char *path, struct stat *ret_status, int flags)
{
	(void)folder;
	(void)flags;
	EXPECT(*path && !strstr(path, ".."));
	*ret_status = (struct stat){.st_ino = 5};
	return 0;
}

static void check_identity(void)
{
	const struct cgroup_tree tree = {.unified = 0, .systemd = -1};
	struct sw_identity identity;
	char executable[PATH_MAX];

	if (process_identify(4121, &tree, &identity, executable) != 0)
		return;
	EXPECT(strnlen(executable, sizeof(executable)) < sizeof(executable));
	EXPECT(identity.comm[SW_COMM_SIZE - 1] == '\0' && identity.tracer.comm[SW_COMM_SIZE - 1] == '\0');
	struct actor actor = {.identity = identity};
	process_complete(&actor);
	free(actor.executable);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct part rest = {bytes, size};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		parts[i] = part_take(&rest);
	check_identity();
	return 0;
}
