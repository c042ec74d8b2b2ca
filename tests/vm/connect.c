// SPDX-License-Identifier: GPL-2.0-only
//
// usage: connect [--uid UID | --hold] ADDRESS PORT
//
// Makes one attempt and leaves: a connect() to an IPv4 or IPv6 address, given up after half a
// second, or with --hold never. Whether it is answered is none of its business, so it exits 0 unless it could not ask.
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 500 };

union address {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static unsigned int parse_number(const char *text, unsigned long highest)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *end || number > highest)
		errx(2, "not a number up to %lu: %s", highest, text);
	return (unsigned int)number;
}

static void become(uid_t uid)
{
	if (setgid(uid) || setuid(uid))
		err(2, "cannot become user %u", uid);
}

static socklen_t parse_address(const char *text, unsigned int port, union address *ret_address)
{
	union address address = {0};

	if (inet_pton(AF_INET, text, &address.in4.sin_addr) == 1) {
		address.in4.sin_family = AF_INET;
		address.in4.sin_port = htons((uint16_t)port);
		*ret_address = address;
		return sizeof(address.in4);
	}
	if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) == 1) {
		address.in6.sin6_family = AF_INET6;
		address.in6.sin6_port = htons((uint16_t)port);
		*ret_address = address;
		return sizeof(address.in6);
	}
	errx(2, "no IPv4 or IPv6 address: %s", text);
}

static void attempt(const union address *address, socklen_t length, int patience_ms)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd answer = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		err(2, "socket");
	if (connect(fd, &address->any, length))
		poll(&answer, 1, patience_ms);
	close(fd);
}

int main(int argc, char **argv)
{
	union address address;
	socklen_t length;
	int patience_ms = PATIENCE_MS;

	if (argc > 2 && !strcmp(argv[1], "--uid")) {
		become(parse_number(argv[2], 65534));
		argv += 2;
		argc -= 2;
	} else if (argc > 1 && !strcmp(argv[1], "--hold")) {
		patience_ms = -1;
		argv++;
		argc--;
	}
	if (argc != 3)
		errx(2, "usage: connect [--uid UID | --hold] ADDRESS PORT");
	length = parse_address(argv[1], parse_number(argv[2], 65535), &address);
	attempt(&address, length, patience_ms);
	return 0;
}
