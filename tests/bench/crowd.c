// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd ADDRESS PROCESSES CONNECTIONS
 *
 * PROCESSES processes, some at a time, each begin CONNECTIONS connections to ADDRESS port 25 and give
 * them up at once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 8

static void connect_often(const char *address, int connections)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25)};
	inet_pton(AF_INET, address, &to.sin_addr);
	for (int i = 0; i < connections; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)
			_exit(1);
		close(fd);
	}
	_exit(0);
}

int main(int argc, char *argv[])
{
	if (argc != 4) {
		fprintf(stderr, "usage: crowd ADDRESS PROCESSES CONNECTIONS\n");
		return 2;
	}
	int running = 0, failed = 0, status;
	for (int i = 0; i < atoi(argv[2]); i++) {
		if (running == AT_ONCE) {
			wait(&status);
			failed |= status;
			running--;
		}
		if (fork() == 0)
			connect_often(argv[1], atoi(argv[3]));
		running++;
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
