// SPDX-License-Identifier: GPL-2.0-only
#include "control/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Places in so many parts: the last is root's, and one other user gets one part. */
#define PARTS 4

static int read_groups(int fd, struct peer *peer)
{
	socklen_t size = 0;

	/* It says how much room it takes. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || size == 0)
		return 0;
	if (errno != ERANGE)
		return -errno;
	gid_t *groups = malloc(size);
	if (!groups)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0) {
		int error = -errno;
		free(groups);
		return error;
	}
	peer->groups = groups;
	peer->group_count = size / sizeof(groups[0]);
	return 0;
}

int peer_read(int fd, struct peer *ret_peer)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
		return -errno;
	struct peer peer = {.uid = credentials.uid, .gid = credentials.gid};
	int error = read_groups(fd, &peer);
	if (!error)
		*ret_peer = peer;
	return error;
}

void peer_clear(struct peer *peer)
{
	free(peer->groups);
	*peer = (struct peer){0};
}

bool peer_may_ask(const struct peer *peer, gid_t group)
{
	if (peer->uid == 0 || peer->uid == geteuid())
		return true;
	if (group == (gid_t)-1)
		return false;
	for (size_t i = 0; i < peer->group_count; i++)
		if (peer->groups[i] == group)
			return true;
	return peer->gid == group;
}

size_t peer_places_of_one(size_t max)
{
	return max < PARTS ? 1 : max / PARTS;
}

size_t peer_places_of_all(size_t max)
{
	return max - (max < PARTS ? 1 : max / PARTS);
}
