// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connects a socket to a port that nobody watches, dissolves the connection by AF_UNSPEC, and connects the same
 * socket to port 25. Hopes that a socket is looked at once.
 */
#include "trick.h"

#include <errno.h>

int main(int argc, char *argv[])
{
	struct sockaddr_in harmless = receiver(argv[argc - 1]);
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = open_socket();

	harmless.sin_port = htons(80);
	if (connect(fd, (struct sockaddr *)&harmless, sizeof(harmless)) == 0 || errno != ECONNREFUSED)
		fail("port 80 does not refuse");
	if (connect(fd, &none, sizeof(none)) != 0)
		fail("connect(AF_UNSPEC)");
	connect_to(fd, argv[argc - 1]);
	expect_banner(fd);
	return 0;
}
