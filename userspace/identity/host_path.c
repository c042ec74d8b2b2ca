// SPDX-License-Identifier: GPL-2.0-only
#include "identity/host_path.h"

#include "identity/file_id.h"
#include "identity/host.h"
#include "identity/process.h"
#include "lib/cleanup.h"
#include "lib/path.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define WANTED (STATX_INO | STATX_MNT_ID)
#define DELETED_MARK " (deleted)" /* proc_pid_exe(5) */

static const char *const installed[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", NULL};

bool host_path_is_installed(const char *path)
{
	return path_find_above(path, installed) != NULL;
}

bool host_path_was_told(const struct actor *actor)
{
	const struct sw_identity *who = &actor->identity;
	const uint32_t unsure = SW_IDENTITY_PATH_CUT | SW_IDENTITY_PATH_DETACHED | SW_IDENTITY_ADOPTED;

	return actor->executable && !(who->flags & unsure) && who->mount_namespace != 0 &&
	       who->mount_namespace == host_mount_namespace();
}

/* proc_pid_mountinfo(5), field 1 */
static bool is_mount_of_host(uint64_t mount_id)
{
	_cleanup_fclose_ FILE *mounts = fopen("/proc/1/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;

	while (mounts && getline(&line, &room, mounts) > 0) {
		unsigned long long id;
		if (sscanf(line, "%llu ", &id) == 1 && id == mount_id)
			return true;
	}
	return false;
}

/* Whether a file that is open has this path, by the mount that it was opened through. */
static bool is_at(int fd, const char *path)
{
	char link[64];
	char found[PATH_MAX];
	size_t size = strlen(path);

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, found, sizeof(found) - 1);
	found[length > 0 ? length : 0] = '\0';
	return strncmp(found, path, size) == 0 && (found[size] == '\0' || strcmp(found + size, DELETED_MARK) == 0);
}

/* The file is held, so that path and mount are of one and the same, whatever the process runs meanwhile. Nothing here
 * asks a file system's server, which need not answer. */
static bool runs_file_of_host(const struct actor *actor)
{
	const struct sw_actor_key *key = &actor->identity.key;
	struct statx status;
	char link[64];

	snprintf(link, sizeof(link), "/proc/%" PRIu32 "/exe", key->pid);
	_cleanup_close_ int fd = open(link, O_PATH | O_CLOEXEC);
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, WANTED, &status) != 0)
		return false;
	return (status.stx_mask & STATX_MNT_ID) && status.stx_ino == key->exe_inode && is_at(fd, actor->executable) &&
	       is_mount_of_host(status.stx_mnt_id) && process_is_alive(key);
}

static bool is_installed_file(const struct actor *actor)
{
	const struct sw_actor_key *key = &actor->identity.key;
	struct statx status;

	if (!host_path_is_installed(actor->executable) ||
	    statx(AT_FDCWD, actor->executable, AT_STATX_DONT_SYNC, WANTED, &status) != 0)
		return false;
	struct file_id id = file_id_of_status(&status);
	return id.inode == key->exe_inode && id.device == key->exe_device;
}

bool host_path_is_found(const struct actor *actor)
{
	const uint32_t hopeless = SW_IDENTITY_KERNEL_THREAD | SW_IDENTITY_PATH_CUT | SW_IDENTITY_PATH_DETACHED;

	if (!actor->executable || actor->identity.flags & hopeless)
		return false;
	return is_installed_file(actor) || runs_file_of_host(actor);
}
