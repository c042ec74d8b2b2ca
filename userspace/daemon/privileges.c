// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/privileges.h"

#include "capture/launch.h"
#include "daemon/system_calls.h"
#include "identity/cgroup_tree.h"
#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "sensor/sensor.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITY_NAME_SIZE 32
#define GROUPS_MAX 1024 /* that a service has; of more, CAP_CHOWN is asked for */

/* ---- When */

static bool has_capture(const struct config *config)
{
	return config->capture_enabled;
}

/* The capture process is started here, and not by the service manager. */
static bool starts_capture(const struct config *config)
{
	return config->capture_enabled && !launch_capture_socket();
}

/* Who may get no new privileges becomes no other user by a program that would make him one. */
static bool has_others_as_children(const struct config *config)
{
	return starts_capture(config) || (config->command && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
}

static bool has_control(const struct config *config)
{
	return config->control_enabled;
}

/* The owner of a file may give it to a group that he is in, and to no other (chown(2)). */
static bool has_group_of_others(const struct config *config)
{
	const struct group *entry = config->control_group ? getgrnam(config->control_group) : NULL;
	gid_t groups[GROUPS_MAX];
	int count = getgroups(COUNT_OF(groups), groups);

	if (!entry || entry->gr_gid == getegid())
		return false;
	for (int i = 0; i < count; i++)
		if (groups[i] == entry->gr_gid)
			return false;
	return true;
}

static bool lacks_file_systems(const struct config *config)
{
	struct cgroup_tree tree = cgroup_tree_open();
	bool has_cgroups = tree.unified >= 0;

	(void)config;
	cgroup_tree_close(&tree);
	return !has_cgroups || !sensor_probe_tracefs();
}

/* The number that the kernel gave to events of this kind, or -1. */
static int uprobe_type(void)
{
	_cleanup_fclose_ FILE *file = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	int type;

	return file && fscanf(file, "%d", &type) == 1 ? type : -1;
}

static bool refuses_uprobe(int type)
{
	/* Without a path: there is none to be opened where it is not refused. */
	struct perf_event_attr event = {.type = (uint32_t)type, .size = sizeof(event)};
	long fd = syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		close((int)fd);
	return fd < 0 && (errno == EACCES || errno == EPERM);
}

/*
 * Whether CAP_PERFMON is not enough: 6.18 wants CAP_SYS_ADMIN for uprobes again (perf_uprobe_event_init() in
 * kernel/events/core.c; seen), and the kernels of Debian and Ubuntu do for all events where kernel.perf_event_paranoid
 * is above 2. It is put aside for the question.
 */
static bool are_uprobes_restricted(void)
{
	int type = uprobe_type();

	capng_get_caps_process();
	if (type < 0 || !capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
		return type < 0;
	void *state = capng_save_state();
	if (!state)
		return true;
	capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, CAP_SYS_ADMIN);
	capng_apply(CAPNG_SELECT_CAPS);
	bool is_refused = refuses_uprobe(type);
	capng_restore_state(&state);
	capng_apply(CAPNG_SELECT_CAPS);
	return is_refused;
}

static bool has_probes(const struct config *config)
{
	return config->php_probes && !are_uprobes_restricted();
}

static bool has_restricted_probes(const struct config *config)
{
	return config->php_probes && are_uprobes_restricted();
}

/* Who meets a PHP with such probes says it then (daemon/scout.c): most hosts have none. */
static bool is_told_later(const struct config *config)
{
	(void)config;
	return false;
}

static bool has_locked_maps(const struct config *config)
{
	(void)config;
	return sensor_probe_locked_maps();
}

static bool is_others(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && status.st_uid != 0;
}

/* A file that is not root's, or one to be made in a folder that is not. */
static bool is_written_at_others(const char *path)
{
	char copy[PATH_MAX];

	if (!path)
		return false;
	snprintf(copy, sizeof(copy), "%s", path);
	return is_others(path) || is_others(dirname(copy));
}

static bool writes_at_others(const struct config *config)
{
	return is_written_at_others(config->json_file) || is_written_at_others(config->record_file) ||
	       is_written_at_others(config->rules_state);
}

/* ---- The table */

static const struct privilege privileges[] = {
	{CAP_BPF, PRIVILEGE_START, NULL, "load its programs into the kernel"},
	{CAP_PERFMON, PRIVILEGE_START, NULL, "load programs that read the kernel's memory, and attach them"},
	{CAP_SYS_ADMIN, PRIVILEGE_START, NULL,
	 "see the kernel's file systems of tracepoints and of cgroups where they are not mounted"},
	{CAP_SYS_RESOURCE, PRIVILEGE_START, has_locked_maps, "lock the memory of its maps, as kernels before 5.11 do"},
	{CAP_SETPCAP, PRIVILEGE_START, NULL, "give up the capabilities that a program could get"},

	/* Before 5.19 no bpf() call is allowed without it where kernel.unprivileged_bpf_disabled is set, not even a
	 * read of a map that is open (kernel/bpf/syscall.c, __sys_bpf()). */
	{CAP_BPF, PRIVILEGE_WATCH, NULL, "read and write its maps in the kernel"},
	{CAP_PERFMON, PRIVILEGE_WATCH, has_probes, "attach the probes of a PHP that appears later (php_probes)"},
	{CAP_SYS_ADMIN, PRIVILEGE_WATCH, has_restricted_probes,
	 "attach these probes where the kernel wants more than CAP_PERFMON for them"},
	{CAP_SYS_PTRACE, PRIVILEGE_WATCH, NULL,
	 "see what the processes of others are in /proc: executable, root, namespaces, memory map"},
	{CAP_DAC_READ_SEARCH, PRIVILEGE_WATCH, NULL,
	 "read what only its owner may: descriptors in /proc, scripts, container names; and find cgroups by their "
	 "number"},
	{CAP_CHECKPOINT_RESTORE, PRIVILEGE_WATCH, NULL,
	 "open the library that a process has mapped, whatever is at its path (/proc/PID/map_files)"},
	{CAP_NET_ADMIN, PRIVILEGE_WATCH, has_capture,
	 "ask connection tracking whose a translated address is, and give the capture a long queue"},
	{CAP_KILL, PRIVILEGE_WATCH, has_others_as_children,
	 "end the capture process, and a command that became another user"},
	{CAP_CHOWN, PRIVILEGE_WATCH, has_control, "give the control socket to a group that the daemon is not in"},
	{CAP_DAC_OVERRIDE, PRIVILEGE_WATCH, writes_at_others, "write to files in folders of others"},

	{CAP_NET_RAW, PRIVILEGE_LAUNCHER, starts_capture, "see packets"},
	{CAP_SYS_ADMIN, PRIVILEGE_LAUNCHER, starts_capture,
	 "make the empty file system that the packets' reader lives in"},
	{CAP_SYS_CHROOT, PRIVILEGE_LAUNCHER, starts_capture, "enter it"},
	{CAP_SETUID, PRIVILEGE_LAUNCHER, starts_capture, "make its user nobody's"},
	{CAP_SETGID, PRIVILEGE_LAUNCHER, starts_capture, "make its group nobody's"},
	{CAP_SETPCAP, PRIVILEGE_LAUNCHER, starts_capture, "give up the capabilities that a program could get"},
};

const struct privilege *privileges_list(size_t *ret_count)
{
	*ret_count = COUNT_OF(privileges);
	return privileges;
}

uint64_t privileges_needed(const struct config *config, enum privilege_user user)
{
	uint64_t needed = 0;

	for (size_t i = 0; i < COUNT_OF(privileges); i++)
		if (privileges[i].user == user && (!privileges[i].is_needed || privileges[i].is_needed(config)))
			needed |= UINT64_C(1) << privileges[i].capability;
	return needed;
}

/*
 * Whether a program could get what no row gives to the daemon: what it cannot take out of its bounding set then stays
 * there. It executes none, so what the rows name may.
 */
static bool has_wide_bounds(const struct config *config)
{
	uint64_t named = 0;

	(void)config;
	for (size_t i = 0; i < COUNT_OF(privileges); i++)
		if (privileges[i].user != PRIVILEGE_LAUNCHER)
			named |= UINT64_C(1) << privileges[i].capability;
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (!(named >> capability & 1) && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
			return true;
	return false;
}

const char *privileges_name(int capability)
{
	static char name[CAPABILITY_NAME_SIZE];
	const char *known = capng_capability_to_name((unsigned int)capability);

	if (!known)
		return "a capability";
	snprintf(name, sizeof(name), "CAP_%s", known);
	for (char *letter = name; *letter; letter++)
		if (*letter >= 'a' && *letter <= 'z')
			*letter = (char)(*letter - 'a' + 'A');
	return name;
}

/* CAP_SYS_ADMIN stands for those that were taken out of it (include/linux/capability.h, bpf_capable() and
 * perfmon_capable()). */
static bool has_capability(int capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, (unsigned int)capability) ||
	       ((capability == CAP_BPF || capability == CAP_PERFMON) &&
		capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN));
}

/* What is needed on some hosts, and no loss on others where it is not there. */
static const struct {
	int capability;
	enum privilege_user user;
	bool (*is_missed)(const struct config *config);
} sometimes_missed[] = {
	{CAP_SYS_ADMIN, PRIVILEGE_START, lacks_file_systems},
	{CAP_SYS_ADMIN, PRIVILEGE_WATCH, is_told_later},
	{CAP_SETPCAP, PRIVILEGE_START, has_wide_bounds},
	{CAP_CHOWN, PRIVILEGE_WATCH, has_group_of_others},
};

static bool is_missed(const struct privilege *row, const struct config *config)
{
	if (has_capability(row->capability) || (row->is_needed && !row->is_needed(config)))
		return false;
	for (size_t i = 0; i < COUNT_OF(sometimes_missed); i++)
		if (sometimes_missed[i].capability == row->capability && sometimes_missed[i].user == row->user)
			return sometimes_missed[i].is_missed(config);
	return true;
}

void privileges_mention_missing(const struct config *config)
{
	uint64_t told = 0;

	capng_get_caps_process();
	for (size_t i = 0; i < COUNT_OF(privileges); i++) {
		const struct privilege *row = &privileges[i];
		uint64_t bit = UINT64_C(1) << row->capability;
		if (told & bit || !is_missed(row, config))
			continue;
		told |= bit;
		log_error("%s is missing: it is needed to %s; give it to the container or the service",
			  privileges_name(row->capability), row->reason);
	}
}

/* ---- Giving up */

static int set_capabilities(uint64_t kept, bool in_bounds)
{
	capng_get_caps_process();
	for (unsigned int capability = 0; capability <= CAP_LAST_CAP; capability++) {
		bool is_kept = kept >> capability & 1 && capng_have_capability(CAPNG_PERMITTED, capability);
		capng_act_t act = is_kept ? CAPNG_ADD : CAPNG_DROP;
		capng_update(act, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
		capng_update(CAPNG_DROP, CAPNG_INHERITABLE, capability);
		capng_update(CAPNG_DROP, CAPNG_AMBIENT, capability);
		capng_update(is_kept && in_bounds ? CAPNG_ADD : CAPNG_DROP, CAPNG_BOUNDING_SET, capability);
	}
	int bounds = capng_apply(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_apply(CAPNG_SELECT_AMBIENT) != 0)
		return -EPERM;
	return bounds == 0 ? 0 : -EPERM;
}

void privileges_limit_launcher(const struct config *config)
{
	if (!config->command)
		set_capabilities(privileges_needed(config, PRIVILEGE_LAUNCHER), true);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Packets, mail addresses and the requests of web sites pass through its memory. The limit alone would not do: a pipe
 * in kernel.core_pattern does not heed it (core(5)). */
static int forbid_core_dumps(void)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return -errno;
	return 0;
}

static void tell_kept(uint64_t kept)
{
	for (size_t i = 0; i < COUNT_OF(privileges); i++)
		if (privileges[i].user == PRIVILEGE_WATCH && kept >> privileges[i].capability & 1)
			log_debug("keeps %s to %s", privileges_name(privileges[i].capability), privileges[i].reason);
}

static int count_threads(void)
{
	struct stat status;

	/* "." and ".." are links to it as well. */
	return stat("/proc/self/task", &status) == 0 ? (int)status.st_nlink - 2 : -errno;
}

int privileges_drop(const struct config *config)
{
	if (count_threads() != 1) {
		log_error("cannot give up privileges: there are %d threads instead of one", count_threads());
		return -EBUSY;
	}
	uint64_t kept = privileges_needed(config, PRIVILEGE_WATCH);
	tell_kept(kept);
	int error = set_capabilities(kept, false);
	if (!error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = -errno;
	if (!error)
		error = forbid_core_dumps();
	if (error) {
		log_error("cannot give up privileges: %s", strerror(-error));
		return error;
	}
	error = system_calls_limit(config->php_probes);
	if (error)
		log_error("cannot limit system calls: %s", strerror(-error));
	return error;
}
