// SPDX-License-Identifier: GPL-2.0-only
#include "trick.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void name_culprit(pid_t pid)
{
	dprintf(STDOUT_FILENO, "culprit %d\n", (int)pid);
}

struct sockaddr_in receiver(const char *address)
{
	struct sockaddr_in receiver = {.sin_family = AF_INET, .sin_port = htons(25)};
	if (!address || inet_pton(AF_INET, address, &receiver.sin_addr) != 1) {
		fprintf(stderr, "usage: TRICK ADDRESS\n");
		exit(EXIT_FAILURE);
	}
	return receiver;
}

int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	return fd;
}

void connect_to(int fd, const char *address)
{
	struct sockaddr_in to = receiver(address);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
}

void expect_banner(int fd)
{
	char banner[3];
	if (read(fd, banner, sizeof(banner)) != sizeof(banner) || memcmp(banner, "220", sizeof(banner)) != 0)
		fail("the receiver's banner");
}

void deliver(const char *address)
{
	int fd = open_socket();
	connect_to(fd, address);
	expect_banner(fd);
	close(fd);
}

const char *setting(const char *name)
{
	const char *value = getenv(name);
	if (!value) {
		fprintf(stderr, "%s is not set\n", name);
		exit(EXIT_FAILURE);
	}
	return value;
}

uid_t evader_uid(void)
{
	return (uid_t)strtoul(setting("EVADER_UID"), NULL, 10);
}

void expect_success(pid_t child)
{
	int status;
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("the child");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

/* Numbers of fields in proc_pid_stat(5). */
enum {
	STARTCODE = 26,
	ENDCODE,
	STARTSTACK,
	START_DATA = 45,
	END_DATA,
	START_BRK,
	ARG_START,
	ARG_END,
	ENV_START,
	ENV_END
};

struct prctl_mm_map memory_map(void)
{
	unsigned long long fields[ENV_END + 1] = {0};
	char text[2048] = "";
	FILE *file = fopen("/proc/self/stat", "re");
	if (!file || !fgets(text, sizeof(text), file))
		fail("/proc/self/stat");
	fclose(file);
	char *rest = strrchr(text, ')') + 4; /* behind field 3, a letter */
	for (int i = 4; i <= ENV_END; i++)
		fields[i] = strtoull(rest, &rest, 10);
	return (struct prctl_mm_map){
		.start_code = fields[STARTCODE],
		.end_code = fields[ENDCODE],
		.start_data = fields[START_DATA],
		.end_data = fields[END_DATA],
		.start_brk = fields[START_BRK],
		.brk = (unsigned long)sbrk(0),
		.start_stack = fields[STARTSTACK],
		.arg_start = fields[ARG_START],
		.arg_end = fields[ARG_END],
		.env_start = fields[ENV_START],
		.env_end = fields[ENV_END],
		.exe_fd = (__u32)-1,
	};
}
