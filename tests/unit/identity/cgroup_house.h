/* SPDX-License-Identifier: GPL-2.0-only */
/* Cgroups that the tests make, and processes in them. */
#ifndef SMTPWATCH_TESTS_IDENTITY_CGROUP_HOUSE_H
#define SMTPWATCH_TESTS_IDENTITY_CGROUP_HOUSE_H

#include "lib/cleanup.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER_SIZE 512
#define NEEDS_V2 "needs root and a v2 hierarchy to make cgroups in"

/* A folder of the test's own in the v2 hierarchy. Empty: none can be made. */
static char base[FOLDER_SIZE / 2];

static inline int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)place;
	return type == FTW_DP ? rmdir(path) : 0;
}

static inline bool set_up_below(const char *root)
{
	char file[FOLDER_SIZE];

	snprintf(file, sizeof(file), "%s/cgroup.procs", root);
	snprintf(base, sizeof(base), "%s/smtpwatch-unit-%d.slice", root, (int)getpid());
	if (access(file, W_OK) == 0 && mkdir(base, 0755) == 0)
		return true;
	base[0] = '\0';
	return false;
}

static inline int set_up(void **state)
{
	(void)state;
	if (!set_up_below("/sys/fs/cgroup"))
		set_up_below("/sys/fs/cgroup/unified");
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	return base[0] ? nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS) : 0;
}

static inline const char *folder_of(const char *name)
{
	static char folder[FOLDER_SIZE];

	snprintf(folder, sizeof(folder), "%s/%s", base, name);
	return folder;
}

/* Makes a cgroup, its parents too, and returns its id. */
static inline uint64_t make_cgroup(const char *name)
{
	char folder[FOLDER_SIZE];
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} file = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount_id;
	uint64_t id;

	snprintf(folder, sizeof(folder), "%s", folder_of(name));
	for (char *slash = folder + strlen(base) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
	}
	assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
	assert_int_equal(name_to_handle_at(AT_FDCWD, folder, &file.handle, &mount_id, 0), 0);
	assert_int_equal(file.handle.handle_bytes, sizeof(id));
	memcpy(&id, file.room + offsetof(struct file_handle, f_handle), sizeof(id));
	return id;
}

static inline bool enter(const char *folder)
{
	char path[FOLDER_SIZE + 16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, "0", 1) == 1;
}

/* A process in a cgroup, or in the test's own where there is no name, that waits to be ended. With `orphan` its parent
 * is process 1. */
static inline pid_t start(const char *name, bool orphan)
{
	int ends[2];
	pid_t pid = -1;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t parent = getpid();
		if (orphan && fork() != 0)
			_exit(0);
		prctl(PR_SET_PDEATHSIG, orphan ? 0 : SIGKILL);
		alarm(60);
		while (orphan && getppid() == parent)
			sched_yield();
		pid = !name || enter(folder_of(name)) ? getpid() : -1;
		if (write(ends[1], &pid, sizeof(pid)) == sizeof(pid))
			pause();
		_exit(1);
	}
	close(ends[1]);
	if (orphan)
		waitpid(child, NULL, 0);
	if (read(ends[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -1;
	close(ends[0]);
	return pid;
}

/* Whether a process has ended, taken note of by its parent or not. */
static inline bool has_ended(pid_t pid)
{
	char path[32];
	char text[256] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	if (!stream || !fgets(text, sizeof(text), stream))
		return true;
	return strstr(text, ") Z ") || strstr(text, ") X ");
}

/* The cgroup can be removed when this returns. */
static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	if (waitpid(pid, NULL, 0) == pid)
		return;
	while (!has_ended(pid))
		usleep(1000);
}

static inline const char *own_slice(void)
{
	return strrchr(base, '/') + 1;
}

#endif
