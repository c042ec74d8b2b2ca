// SPDX-License-Identifier: GPL-2.0-only
/* The mappings of a process in /proc and, behind a NUL, the library that each of them is of. */
#include "files.h"
#include "identity/php.h"
#include "identity/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int open_process_folder(const char *path, int flags);
static int open_file(int folder, const char *path, int flags);
static int look_at(int folder, const char *path, int flags, unsigned int mask, struct statx *ret_status);

#define open open_process_folder
#define openat open_file
#define statx(...) look_at(__VA_ARGS__)
#define process_is_alive(key) ((void)(key), true)
#include "identity/php.c"
#undef open
#undef openat
#undef statx
#undef process_is_alive

#define LIBRARY_INODE 77

static struct part maps;
static struct part library;

/* The folder of the process, or the library once more by its descriptor. */
static int open_process_folder(const char *path, int flags)
{
	(void)flags;
	return part_open(strncmp(path, "/proc/self/", strlen("/proc/self/")) == 0 ? library : (struct part){0});
}

static int open_file(int folder, const char *path, int flags)
{
	(void)folder;
	(void)flags;
	return part_open(strcmp(path, "maps") == 0 ? maps : library);
}

static int look_at(int folder, const char *path, int flags, unsigned int mask, struct statx *ret_status)
{
	(void)folder;
	(void)path;
	(void)flags;
	*ret_status = (struct statx){.stx_mask = mask, .stx_mode = S_IFREG | 0755, .stx_ino = LIBRARY_INODE};
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct part rest = {bytes, size};
	uint64_t address;

	maps = part_take(&rest);
	library = rest;
	EXPECT(php_find_library(4121, 99, &address) <= 0);
	return 0;
}
