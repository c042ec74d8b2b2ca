// SPDX-License-Identifier: GPL-2.0-only
#include "control/listening.h"

#include "lib/cleanup.h"
#include "lib/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Who connects faster than they are taken waits in connect(). */
#define BACKLOG 64

static int remove_stale(const char *path)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	return unlink(path) == 0 ? 0 : -errno;
}

/* At no time do the old mode and the new group, or the other way round, let in others. */
int listening_set_group(const char *path, gid_t group)
{
	if (chmod(path, 0600) != 0 || lchown(path, (uid_t)-1, group == (gid_t)-1 ? getegid() : group) != 0)
		return -errno;
	if (group != (gid_t)-1 && chmod(path, 0660) != 0)
		return -errno;
	return 0;
}

/* Root can still ask where the group cannot. */
static int give_to_group(const char *path, gid_t group)
{
	int error = listening_set_group(path, group);

	if (error != -EPERM || group == (gid_t)-1)
		return error;
	log_warning("only root may ask, as %s does not get its group: %s%s", path, strerror(-error),
		    LISTENING_GROUP_REMEDY);
	return listening_set_group(path, (gid_t)-1);
}

static int open_at(const struct sockaddr_un *address, gid_t group, int *ret_fd)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* bind(2) takes over the mode of the descriptor, less the umask. */
	if (fd < 0 || fchmod(fd, 0600) != 0)
		return -errno;
	int error = remove_stale(address->sun_path);
	if (error)
		return error;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
		return -errno;
	error = give_to_group(address->sun_path, group);
	if (!error && listen(fd, BACKLOG) != 0)
		error = -errno;
	if (error) {
		unlink(address->sun_path);
		return error;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int listening_open(const char *path, gid_t group, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		log_error("%s is too long for a socket: a path has at most %zu bytes", path,
			  sizeof(address.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memcpy(address.sun_path, path, strlen(path));
	int error = open_at(&address, group, ret_fd);
	if (error == -EEXIST)
		log_error("there is something at %s that is no socket: it is left alone", path);
	else if (error)
		log_error("cannot listen at %s: %s", path, strerror(-error));
	return error;
}
