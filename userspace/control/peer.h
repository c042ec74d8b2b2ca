/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is at the other end of a connection, as the kernel says, and whether he may ask. */
#ifndef SMTPWATCH_CONTROL_PEER_H
#define SMTPWATCH_CONTROL_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct peer {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary; owned */
	size_t group_count;
};

/* As it was when it connected (unix(7): SO_PEERCRED, SO_PEERGROUPS). 0 or -errno. */
int peer_read(int fd, struct peer *ret_peer);
void peer_clear(struct peer *peer);

/* Root may, whom the daemon runs as, and who is in the group; (gid_t)-1: there is none. */
bool peer_may_ask(const struct peer *peer, gid_t group);

/* Only root may change things. */
static inline bool peer_may_change(uid_t uid)
{
	return uid == 0;
}

/* Of `max` places those that one user, or all, of others than root may take: root always finds one. */
size_t peer_places_of_one(size_t max);
size_t peer_places_of_all(size_t max);

#endif
