// SPDX-License-Identifier: GPL-2.0-only
/* One connection, by connect(), and how it ends. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int connect_target(const struct target *target)
{
	int fd = open_socket(target, 0);
	if (connect(fd, target_address(target), target->size) != 0)
		fail("connect");
	return fd;
}

int run_connect(char *const words[])
{
	struct target target = target_parse(words);
	close(connect_target(&target));
	return EXIT_SUCCESS;
}

int run_hold(char *const words[])
{
	struct target target = target_parse(words);
	connect_target(&target);
	pause();
	return EXIT_SUCCESS;
}

int run_nonblocking(char *const words[])
{
	struct target target = target_parse(words);
	int fd = open_socket(&target, SOCK_NONBLOCK);
	if (connect(fd, target_address(&target), target.size) == 0 || errno != EINPROGRESS)
		fail("connect did not go on in the background");

	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof(error);
	poll(&ready, 1, -1);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	close(fd);
	if (error) {
		errno = error;
		fail("connect");
	}
	return EXIT_SUCCESS;
}

int run_abort(char *const words[])
{
	struct target target = target_parse(words);
	int fd = open_socket(&target, SOCK_NONBLOCK);
	connect(fd, target_address(&target), target.size);
	close(fd);
	return EXIT_SUCCESS;
}

static void send_bytes(int fd, int count)
{
	char block[4096];
	memset(block, 's', sizeof(block));
	while (count > 0) {
		size_t size = (size_t)count < sizeof(block) ? (size_t)count : sizeof(block);
		ssize_t sent = write(fd, block, size);
		if (sent < 0)
			fail("write");
		count -= (int)sent;
	}
}

static void receive_bytes(int fd, int count)
{
	char block[4096];
	while (count > 0) {
		size_t size = (size_t)count < sizeof(block) ? (size_t)count : sizeof(block);
		ssize_t received = read(fd, block, size);
		if (received <= 0)
			fail("read");
		count -= (int)received;
	}
}

static void print_port(int fd)
{
	struct sockaddr_in local = {0};
	socklen_t size = sizeof(local);
	if (getsockname(fd, (struct sockaddr *)&local, &size) == 0 && local.sin_family == AF_INET)
		printf("%d\n", ntohs(local.sin_port));
}

static int exchange(char *const words[])
{
	struct target target = target_parse(words);
	int fd = connect_target(&target);
	print_port(fd);
	send_bytes(fd, number_parse(words[2]));
	receive_bytes(fd, number_parse(words[3]));
	return fd;
}

int run_exchange(char *const words[])
{
	close(exchange(words));
	return EXIT_SUCCESS;
}

int run_exchange_last(char *const words[])
{
	char byte;
	int fd = exchange(words);
	if (read(fd, &byte, 1) != 0)
		fail("the server did not close");
	close(fd);
	return EXIT_SUCCESS;
}
