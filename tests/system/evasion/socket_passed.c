// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process makes the socket and sends it over a UNIX socket to another, which connects it. Hopes that the
 * maker of the socket is named.
 */
#include "trick.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_socket(int channel, int fd)
{
	char byte = 0;
	union control control = {0};
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(channel, &message, 0) != 1)
		fail("sendmsg");
}

static int receive_socket(int channel)
{
	char byte;
	int fd;
	union control control;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	if (recvmsg(channel, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		fail("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

int main(int argc, char *argv[])
{
	int channel[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel) != 0)
		fail("socketpair");
	pid_t child = fork();
	if (child == 0) {
		int fd = receive_socket(channel[1]);
		name_culprit(getpid());
		connect_to(fd, argv[argc - 1]);
		expect_banner(fd);
		_exit(EXIT_SUCCESS);
	}
	send_socket(channel[0], open_socket());
	expect_success(child);
	return EXIT_SUCCESS;
}
