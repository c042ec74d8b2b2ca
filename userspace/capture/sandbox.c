// SPDX-License-Identifier: GPL-2.0-only
#include "capture/sandbox.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/detached_mount.h"
#include "lib/sanitizer.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_packet.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/*
 * A user and a group that nobody else is: whoever has the same one may kill the process. "nobody" (65534) will not do,
 * as web servers and their scripts run as it on some hosts. A fixed number needs no account and no look-up; this one
 * is in the range that Debian's policy (9.2.2: 65000-65533) reserves and that systemd (UIDS-GIDS: 65520-65533) and
 * others leave unused. It owns no file, so the number may differ between hosts.
 */
#define SANDBOX_ID 65520

/* ---- The file system */

static int enter_root(int directory)
{
	return fchdir(directory) == 0 && chroot(".") == 0 ? 0 : -errno;
}

/* A file system of its own: empty, read-only, and shown in no folder. Needs nothing that can be written to. */
static int enter_own_root(void)
{
	_cleanup_close_ int root = detached_mount_open("tmpfs");

	return root >= 0 ? enter_root(root) : -errno;
}

/* A directory that is removed before it is entered: it is empty, and nobody can make anything in it any more. */
static int enter_removed_root(const char *parent)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/smtpwatch.XXXXXX", parent);
	if (!mkdtemp(path))
		return -errno;
	_cleanup_close_ int root = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = root < 0 ? -errno : 0;
	if (rmdir(path) != 0 && !error)
		error = -errno;
	return error ? error : enter_root(root);
}

/* The second way is for containers that are forbidden to mount. */
static int enter_empty_root(void)
{
	static const char *const parents[] = {"/run", "/dev/shm", "/tmp", "/var/tmp"};
	int error = enter_own_root();

	for (size_t i = 0; error && i < COUNT_OF(parents); i++)
		error = enter_removed_root(parents[i]);
	return error;
}

/* ---- The process */

/* libcap-ng does nothing, and says nothing, where CAP_SETPCAP is missing. */
static int drop_bounding_set(void)
{
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return -EPERM;
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 0)
			return -EPERM;
	return 0;
}

/* The bounding set goes while there still is the capability to shrink it, the others once the user is another. */
static int become_nobodys(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	int error = enter_empty_root();
	if (!error)
		error = drop_bounding_set();
	if (error)
		return error;
	if (setgroups(0, NULL) != 0 || setresgid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID) != 0 ||
	    setresuid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID) != 0)
		return -errno;
	return capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) == 0 ? 0 : -EPERM;
}

/* A change of user clears the signal at the parent's death (commit_creds() of kernel/cred.c), so this comes after it.
 */
static int forbid_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return -errno;
	return 0;
}

/* What is open stays so; poll(2) refuses more entries than there may be descriptors. */
static int limit_resources(int highest)
{
	const struct {
		unsigned int resource;
		rlim_t most;
	} limits[] = {
		{RLIMIT_CORE, 0},
		{RLIMIT_FSIZE, 0},
		{RLIMIT_NPROC, 0},
		{RLIMIT_NOFILE, (rlim_t)highest + 1},
	};

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		const struct rlimit limit = {limits[i].most, limits[i].most};
		if (setrlimit(limits[i].resource, &limit) != 0)
			return -errno;
	}
	return 0;
}

/* ---- The system calls */

enum whose { ANYONE, SOCKET, PACKETS }; /* which descriptor the first argument must be */

struct rule {
	int call;
	enum whose whose;
	unsigned int count;
	struct scmp_arg_cmp arguments[2];
};

#define IS(index, value)                                     \
	{                                                    \
		index, SCMP_CMP_EQ, (scmp_datum_t)(value), 0 \
	}
#define BITS(index, mask, value)                                                       \
	{                                                                              \
		index, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value) \
	}

static const struct rule rules[] = {
	/* Waiting, with both descriptors and those that libpcap adds. poll() is ppoll() on newer architectures; one
	 * that a SIGSTOP interrupted goes on as restart_syscall. */
	{SCMP_SYS(poll), ANYONE, 0, {}},
	{SCMP_SYS(ppoll), ANYONE, 0, {}},
	{SCMP_SYS(ppoll_time64), ANYONE, 0, {}},
	{SCMP_SYS(restart_syscall), ANYONE, 0, {}},

	/* Talking to the daemon: send() and recv(), without an address and without control messages, so no descriptor
	 * comes or goes. */
	{SCMP_SYS(sendto), SOCKET, 1, {IS(4, 0)}},
	{SCMP_SYS(recvfrom), SOCKET, 1, {IS(4, 0)}},

	/* Packets come through memory that libpcap has mapped. To change the filter it sets one that takes nothing,
	 * empties the socket, without blocking, and sets the new one, or none if the kernel refused it
	 * (pcap_setfilter() and set_kernel_filter() of pcap-linux.c). */
	{SCMP_SYS(setsockopt), PACKETS, 2, {IS(1, SOL_SOCKET), IS(2, SO_ATTACH_FILTER)}},
	{SCMP_SYS(setsockopt), PACKETS, 2, {IS(1, SOL_SOCKET), IS(2, SO_DETACH_FILTER)}},
	{SCMP_SYS(recvfrom), PACKETS, 1, {IS(4, 0)}},
	{SCMP_SYS(fcntl), PACKETS, 1, {IS(1, F_GETFL)}},
	{SCMP_SYS(fcntl), PACKETS, 1, {IS(1, F_SETFL)}},
	{SCMP_SYS(fcntl64), PACKETS, 1, {IS(1, F_GETFL)}},
	{SCMP_SYS(fcntl64), PACKETS, 1, {IS(1, F_SETFL)}},
	/* pcap_stats(), and what poll() meant by POLLERR. */
	{SCMP_SYS(getsockopt), PACKETS, 2, {IS(1, SOL_PACKET), IS(2, PACKET_STATISTICS)}},
	{SCMP_SYS(getsockopt), PACKETS, 2, {IS(1, SOL_SOCKET), IS(2, SO_ERROR)}},

	/* Memory, as malloc() asks for it: private, of no file, never executable; there is no mprotect(). */
	{SCMP_SYS(brk), ANYONE, 0, {}},
	{SCMP_SYS(mmap),
	 ANYONE,
	 2,
	 {BITS(2, PROT_EXEC, 0), BITS(3, MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS)}},
	{SCMP_SYS(mmap2),
	 ANYONE,
	 2,
	 {BITS(2, PROT_EXEC, 0), BITS(3, MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS)}},
	{SCMP_SYS(mremap), ANYONE, 1, {IS(3, MREMAP_MAYMOVE)}},
	{SCMP_SYS(munmap), ANYONE, 0, {}},
	{SCMP_SYS(madvise), ANYONE, 1, {IS(2, MADV_DONTNEED)}},

	/* The clocks: the vDSO reads them but for the CPU time, or where the machine's clock is slow. The seed of a
	 * hash table. The end. */
	{SCMP_SYS(clock_gettime), ANYONE, 0, {}},
	{SCMP_SYS(clock_gettime64), ANYONE, 0, {}},
	{SCMP_SYS(getrandom), ANYONE, 0, {}},
	{SCMP_SYS(exit_group), ANYONE, 0, {}},
};

/* libpcap says there that the kernel refused a filter; that is no reason to die, nor to write. */
#define WRITE_TO_STDERR (HAS_ADDRESS_SANITIZER ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM))

#if HAS_ADDRESS_SANITIZER
/* AddressSanitizer maps its own memory where it wants it, gives it back, takes locks, and writes what it found to
 * stderr. */
static const struct rule sanitizer_rules[] = {
	{SCMP_SYS(mmap), ANYONE, 2, {BITS(2, PROT_EXEC, 0), BITS(3, MAP_ANONYMOUS, MAP_ANONYMOUS)}},
	{SCMP_SYS(mprotect), ANYONE, 1, {BITS(2, PROT_EXEC, 0)}},
	{SCMP_SYS(madvise), ANYONE, 0, {}},
	{SCMP_SYS(futex), ANYONE, 0, {}},
	{SCMP_SYS(sched_yield), ANYONE, 0, {}},
	{SCMP_SYS(getpid), ANYONE, 0, {}},
	{SCMP_SYS(gettid), ANYONE, 0, {}},
	{SCMP_SYS(sigaltstack), ANYONE, 0, {}},
};

/* What it asks for on the way to a report, and does without. */
static const struct rule sanitizer_refusals[] = {
	{SCMP_SYS(ioctl), ANYONE, 0, {}},
	{SCMP_SYS(openat), ANYONE, 0, {}},
	{SCMP_SYS(readlink), ANYONE, 0, {}},
	{SCMP_SYS(open), ANYONE, 0, {}},
};
#endif

static int add_rules(scmp_filter_ctx filter, uint32_t action, const struct rule *first, size_t count,
		     const int *descriptors)
{
	int error = 0;

	for (const struct rule *rule = first; rule < first + count && !error; rule++) {
		struct scmp_arg_cmp arguments[3] = {rule->arguments[0], rule->arguments[1]};
		unsigned int used = rule->count;
		if (rule->whose != ANYONE)
			arguments[used++] = (struct scmp_arg_cmp)IS(0, descriptors[rule->whose]);
		error = seccomp_rule_add_array(filter, action, rule->call, used, arguments);
	}
	return error;
}

DEFINE_CLEANUP(void, seccomp_release)

/* Descriptors are compared as the positive 64-bit numbers that libc hands to the kernel. */
static int forbid_calls(int socket, int packets)
{
	const int descriptors[] = {[SOCKET] = socket, [PACKETS] = packets};
	_cleanup_(cleanup_seccomp_release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (!filter)
		return -ENOMEM;
	int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!error)
		error = add_rules(filter, SCMP_ACT_ALLOW, rules, COUNT_OF(rules), descriptors);
	if (!error)
		error = seccomp_rule_add(filter, WRITE_TO_STDERR, SCMP_SYS(write), 1,
					 (struct scmp_arg_cmp)IS(0, STDERR_FILENO));
#if HAS_ADDRESS_SANITIZER
	if (!error)
		error = add_rules(filter, SCMP_ACT_ALLOW, sanitizer_rules, COUNT_OF(sanitizer_rules), descriptors);
	if (!error)
		error = add_rules(filter, SCMP_ACT_ERRNO(EPERM), sanitizer_refusals, COUNT_OF(sanitizer_refusals),
				  descriptors);
#endif
	return error ? error : seccomp_load(filter);
}

int sandbox_enter(int socket, int packets)
{
	int error = become_nobodys();

	if (!error)
		error = forbid_privileges();
	if (!error)
		error = limit_resources(socket > packets ? socket : packets);
	return error ? error : forbid_calls(socket, packets);
}
