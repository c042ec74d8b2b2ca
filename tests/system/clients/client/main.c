// SPDX-License-Identifier: GPL-2.0-only
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command {
	const char *name;
	int words; /* at least so many after the name */
	const char *usage;
	int (*run)(char *const words[]);
} commands[] = {
	{"connect", 2, "ADDRESS PORT: connects, and closes at once", run_connect},
	{"hold", 2, "ADDRESS PORT: connects, and stays until it is killed", run_hold},
	{"nonblocking", 2, "ADDRESS PORT: connects without waiting in the call", run_nonblocking},
	{"abort", 2, "ADDRESS PORT: closes before there is an answer", run_abort},
	{"exchange", 4, "ADDRESS PORT SEND RECEIVE: so many bytes each way, closes first; prints its port",
	 run_exchange},
	{"exchange-last", 4, "ADDRESS PORT SEND RECEIVE: the same, closes after the server did", run_exchange_last},
	{"forks", 3, "N ADDRESS PORT: N processes that connect and exit; prints their pids", run_forks},
	{"threads", 3, "N ADDRESS PORT: N threads of one process connect", run_threads},
	{"flood", 3, "N ADDRESS PORT: N connections as fast as it goes, few open at a time", run_flood},
	{"open", 3, "N ADDRESS PORT: N connections that are open at once", run_open},
	{"io_uring", 2, "ADDRESS PORT: connects by IORING_OP_CONNECT", run_io_uring},
	{"io_uring-worker", 2, "ADDRESS PORT: the same, in a worker thread of the kernel", run_io_uring_worker},
	{"io_uring-sqpoll", 2, "ADDRESS PORT: the same, in the kernel's polling thread", run_io_uring_sqpoll},
	{"fastopen", 2, "ADDRESS PORT: connects by sendto(MSG_FASTOPEN)", run_fastopen},
	{"mptcp", 2, "ADDRESS PORT: connects an MPTCP socket", run_mptcp},
	{"mapped", 2, "ADDRESS PORT: IPv4 through an IPv6 socket, as ::ffff:a.b.c.d", run_mapped},
	{"as", 2, "UID COMMAND...: becomes another user first", run_as},
	{"named", 2, "NAME COMMAND...: calls its thread so first", run_named},
	{"after", 2, "FILE COMMAND...: waits until there is such a file first", run_after},
	{"unlinked", 1, "COMMAND...: removes its own executable first", run_unlinked},
};

static void usage(void)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stderr, "client %s %s\n", commands[i].name, commands[i].usage);
	exit(EXIT_USAGE);
}

int number_parse(const char *text)
{
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	if (errno || *end || end == text || number < 0 || number > 100000000)
		usage();
	return (int)number;
}

struct target target_parse(char *const words[])
{
	struct target target = {0};
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&target.address;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&target.address;
	in_port_t port = htons((uint16_t)number_parse(words[1]));

	if (inet_pton(AF_INET, words[0], &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = port;
		target.size = sizeof(*ipv4);
	} else if (inet_pton(AF_INET6, words[0], &ipv6->sin6_addr) == 1) {
		ipv6->sin6_family = AF_INET6;
		ipv6->sin6_port = port;
		target.size = sizeof(*ipv6);
	} else {
		usage();
	}
	return target;
}

const struct sockaddr *target_address(const struct target *target)
{
	return (const struct sockaddr *)&target->address;
}

int open_socket(const struct target *target, int flags)
{
	int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		fail("socket");
	return fd;
}

int run_command(char *const words[])
{
	int count = 0;
	while (words[0] && words[count + 1])
		count++;
	for (size_t i = 0; words[0] && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[0], commands[i].name) == 0 && count >= commands[i].words)
			return commands[i].run(&words[1]);
	}
	usage();
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	(void)argc;
	alarm(CLIENT_SECONDS);
	return run_command(&argv[1]);
}
