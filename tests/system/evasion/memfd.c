// SPDX-License-Identifier: GPL-2.0-only
/* Copies a program to a file that exists in memory only, and runs it from there. Hopes that no path leads to it. */
#include "trick.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	int from = open(setting("CLIENT"), O_RDONLY | O_CLOEXEC);
	int memory = memfd_create("smtp", MFD_CLOEXEC);
	struct stat status;
	if (from < 0 || memory < 0 || fstat(from, &status) != 0)
		fail("memfd_create");
	if (sendfile(memory, from, NULL, (size_t)status.st_size) != status.st_size)
		fail("sendfile");
	char *const words[] = {"smtp", "connect", argv[argc - 1], "25", NULL};
	fexecve(memory, words, environ);
	fail("fexecve");
}
