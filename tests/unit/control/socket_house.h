/* SPDX-License-Identifier: GPL-2.0-only */
/* A socket in a directory of its own, at which a test plays the daemon. */
#ifndef SMTPWATCH_TESTS_CONTROL_SOCKET_HOUSE_H
#define SMTPWATCH_TESTS_CONTROL_SOCKET_HOUSE_H

#include "support/test.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct socket_house {
	char directory[64];
	char path[80];
	int listener;
	const char *greeting; /* sent to who comes first */
	int peer;             /* of whom */
	pthread_t thread;
};

static inline void make_house(struct socket_house *house, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*house = (struct socket_house){.directory = "/tmp/smtpwatch-link-XXXXXX", .peer = -1};
	assert_non_null(mkdtemp(house->directory));
	snprintf(house->path, sizeof(house->path), "%s/control.sock", house->directory);
	memcpy(address.sun_path, house->path, sizeof(house->path));
	house->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(house->listener >= 0);
	assert_int_equal(bind(house->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(house->listener, backlog), 0);
}

static inline void leave_house(struct socket_house *house)
{
	if (house->peer >= 0)
		close(house->peer);
	close(house->listener);
	unlink(house->path);
	assert_int_equal(rmdir(house->directory), 0);
}

static inline void say(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return; /* who listened is gone */
		text += sent;
		size -= (size_t)sent;
	}
}

static inline void *greet(void *context)
{
	struct socket_house *house = context;

	house->peer = accept(house->listener, NULL, NULL);
	if (house->peer >= 0)
		say(house->peer, house->greeting, strlen(house->greeting));
	return NULL;
}

static inline void begin_to_greet(struct socket_house *house, const char *greeting)
{
	house->greeting = greeting;
	assert_int_equal(pthread_create(&house->thread, NULL, greet, house), 0);
}

static inline void end_to_greet(struct socket_house *house)
{
	assert_int_equal(pthread_join(house->thread, NULL), 0);
}

#endif
