// SPDX-License-Identifier: GPL-2.0-only
#include "identity/sockets.h"

#include "identity/cgroup_tree.h"
#include "identity/conntrack.h"
#include "identity/process_identity.h"
#include "identity/socket_diag.h"
#include "identity/socket_holder.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * What may be done in one second. Proposals: a look-up costs about 0.1 ms, and a step of a search, of which a busy
 * server needs some thousands, a few microseconds.
 */
#define LOOKUPS_A_SECOND 256
#define SEARCHES_A_SECOND 32
#define STEPS_A_SECOND 65536
#define STEPS_OF_SEARCH 16384

#define ANSWERS_MAX 64

/* Who held a socket. It is looked at again before it is believed, because sockets are handed on and programs end. Who
 * asks a question after the other has a new socket for each, and mostly at the same descriptor: a search takes longer
 * than many a resolver. */
struct remembered {
	uint32_t inode; /* 0: nothing */
	struct socket_holder holder;
};

struct sockets {
	int fd;
	int conntrack; /* -errno: there is none to be asked */
	struct cgroup_tree tree;
	int tcp_error; /* why the kernel cannot be asked, or 0 */
	int udp_error;
	uint64_t second; /* that these are the rest of: */
	unsigned int lookups;
	unsigned int searches;
	unsigned int steps;
	struct remembered answers[ANSWERS_MAX]; /* a ring */
	size_t next;
};

static void begin_second(struct sockets *sockets, uint64_t second)
{
	sockets->second = second;
	sockets->lookups = LOOKUPS_A_SECOND;
	sockets->searches = SEARCHES_A_SECOND;
	sockets->steps = STEPS_A_SECOND;
}

struct sockets *sockets_new(void)
{
	_cleanup_(cleanup_sockets_free) struct sockets *sockets = calloc(1, sizeof(*sockets));
	if (!sockets)
		return NULL;
	sockets->tree = cgroup_tree_open();
	sockets->conntrack = conntrack_open();
	sockets->fd = socket_diag_open();
	if (sockets->fd < 0)
		return NULL;
	sockets->tcp_error = socket_diag_probe(sockets->fd, IPPROTO_TCP);
	sockets->udp_error = socket_diag_probe(sockets->fd, IPPROTO_UDP);
	begin_second(sockets, 0);
	return TAKE_PTR(sockets);
}

void sockets_free(struct sockets *sockets)
{
	if (!sockets)
		return;
	cgroup_tree_close(&sockets->tree);
	if (sockets->fd >= 0)
		close(sockets->fd);
	if (sockets->conntrack >= 0)
		close(sockets->conntrack);
	free(sockets);
}

static int find(const struct sockets *sockets, uint8_t protocol, const struct endpoint *local,
		const struct endpoint *remote, struct socket_found *ret_found)
{
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return -EPROTONOSUPPORT;
	if (protocol == IPPROTO_TCP ? sockets->tcp_error : sockets->udp_error)
		return -EOPNOTSUPP;
	return socket_diag_find(sockets->fd, protocol, local, remote, ret_found);
}

int sockets_find(struct sockets *sockets, uint8_t protocol, const struct endpoint *local, const struct endpoint *remote)
{
	struct socket_found found;

	return find(sockets, protocol, local, remote, &found);
}

int sockets_find_original(const struct sockets *sockets, const struct endpoint *local, const struct endpoint *remote,
			  struct endpoint *ret_local, struct endpoint *ret_remote)
{
	const struct endpoint_ends ends = {.local = *local, .remote = *remote};
	struct endpoint_ends original;

	if (sockets->conntrack < 0)
		return sockets->conntrack;
	int error = conntrack_find(sockets->conntrack, &ends, &original);
	if (error)
		return error;
	*ret_local = original.local;
	*ret_remote = original.remote;
	return 0;
}

/* Whether there is one more in this second. */
static bool take_lookup(struct sockets *sockets, uint64_t time_ns)
{
	uint64_t second = time_ns / NANOSECONDS_A_SECOND;

	if (second != sockets->second)
		begin_second(sockets, second);
	if (sockets->lookups == 0)
		return false;
	sockets->lookups--;
	return true;
}

static int search(struct sockets *sockets, const struct socket_found *found, struct socket_holder *ret_holder)
{
	unsigned int room = sockets->steps < STEPS_OF_SEARCH ? sockets->steps : STEPS_OF_SEARCH;
	unsigned int left = room;

	if (sockets->searches == 0)
		return -EBUSY;
	sockets->searches--;
	int error = socket_holder_find(found->inode, found->uid, &left, ret_holder);
	sockets->steps -= room - left;
	return error;
}

/* The holder that was remembered for this socket; else one that has it where it had another. */
static bool recall(const struct sockets *sockets, uint32_t inode, bool is_same, struct socket_holder *ret_holder)
{
	for (size_t i = 0; i < COUNT_OF(sockets->answers); i++) {
		const struct remembered *answer = &sockets->answers[i];
		if (answer->inode == 0 || (answer->inode == inode) != is_same ||
		    !socket_holder_holds(&answer->holder, inode))
			continue;
		*ret_holder = answer->holder;
		return true;
	}
	return false;
}

static int find_holder(struct sockets *sockets, const struct socket_found *found, struct socket_holder *ret_holder)
{
	if (recall(sockets, found->inode, true, ret_holder) || recall(sockets, found->inode, false, ret_holder))
		return 0;
	int error = search(sockets, found, ret_holder);
	if (error)
		return error;
	sockets->answers[sockets->next] = (struct remembered){found->inode, *ret_holder};
	sockets->next = (sockets->next + 1) % COUNT_OF(sockets->answers);
	return 0;
}

int sockets_find_owner(struct sockets *sockets, uint8_t protocol, const struct endpoint *local,
		       const struct endpoint *remote, uint64_t time_ns, struct socket_owner *ret_owner)
{
	struct socket_holder holder;
	struct socket_found found;
	struct sw_identity identity;

	if (!take_lookup(sockets, time_ns))
		return -EBUSY;
	int error = find(sockets, protocol, local, remote, &found);
	if (error)
		return error;
	if (found.inode == 0)
		return -ENOENT;
	error = find_holder(sockets, &found, &holder);
	if (error)
		return error;
	_cleanup_free_ char *executable = malloc(PATH_MAX);
	if (!executable)
		return -ENOMEM;
	/* Both at once, or the pid may be another process's by now. */
	if (process_identify(holder.pid, &sockets->tree, &identity, executable) != 0 ||
	    !socket_holder_holds(&holder, found.inode))
		return -ENOENT;
	ret_owner->identity = identity;
	memcpy(ret_owner->executable, executable, PATH_MAX);
	return 0;
}
