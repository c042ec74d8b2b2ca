// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is not listed answers ENOSYS. It does not kill: the user look-ups and getaddrinfo() load the modules that
 * nsswitch.conf(5) names, of any maker and version, and one of them that asks for something strange must not end the
 * watch. And ENOSYS rather than EPERM: for the C library it is an older kernel's answer, after which it takes the way
 * that it took before there was that call (so with clone3() and epoll_pwait2()), where EPERM would be its failure.
 *
 * Not in the list, among others: to execute a program (lib/launcher.h does that), to trace or write to other
 * processes, packet sockets, mounts, namespaces, modules, keys, the clock, io_uring; to load a BPF program; memory that
 * can be written and executed.
 */
#include "daemon/system_calls.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/sanitizer.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

DEFINE_CLEANUP(void, seccomp_release)

/* A row of a call with any arguments, with an argument of this value, and with one that has these bits so. */
#define ANY(name)                                \
	{                                        \
		name, {0, 0, 0, 0}, false, false \
	}
#define IS(name, index, value)                                                    \
	{                                                                         \
		name, {index, SCMP_CMP_EQ, (scmp_datum_t)(value), 0}, true, false \
	}
#define BITS(name, index, mask, value)                                                                      \
	{                                                                                                   \
		name, {index, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)}, true, false \
	}
#define PROBES(name, index, value)                                               \
	{                                                                        \
		name, {index, SCMP_CMP_EQ, (scmp_datum_t)(value), 0}, true, true \
	}
#define PROBES_ANY(name)                        \
	{                                       \
		name, {0, 0, 0, 0}, false, true \
	}

static const struct system_call calls[] = {
	/* Waiting: the event loop, the resolver's threads, and what modules of nsswitch.conf wait with. */
	ANY("epoll_create1"),
	ANY("epoll_create"),
	ANY("epoll_ctl"),
	ANY("epoll_wait"),
	ANY("epoll_pwait"),
	ANY("epoll_pwait2"),
	ANY("poll"),
	ANY("ppoll"),
	ANY("ppoll_time64"),
	ANY("select"),
	ANY("_newselect"),
	ANY("pselect6"),
	ANY("pselect6_time64"),
	ANY("eventfd2"),
	ANY("timerfd_create"),
	ANY("timerfd_settime"),
	ANY("timerfd_settime64"),
	ANY("timerfd_gettime"),
	ANY("signalfd4"),
	ANY("nanosleep"),
	ANY("clock_nanosleep"),
	ANY("clock_nanosleep_time64"),
	ANY("restart_syscall"),
	ANY("pause"),

	/* Files: the configuration at a reload, /proc, logs that are rotated, evidence, the lists of users. */
	ANY("open"),
	ANY("openat"),
	ANY("openat2"),
	ANY("close"),
	ANY("close_range"),
	ANY("read"),
	ANY("readv"),
	ANY("pread64"),
	ANY("preadv"),
	ANY("write"),
	ANY("writev"),
	ANY("pwrite64"),
	ANY("pwritev"),
	ANY("lseek"),
	ANY("_llseek"),
	ANY("stat"),
	ANY("stat64"),
	ANY("lstat"),
	ANY("lstat64"),
	ANY("fstat"),
	ANY("fstat64"),
	ANY("newfstatat"),
	ANY("fstatat64"),
	ANY("statx"),
	ANY("statfs"),
	ANY("statfs64"),
	ANY("fstatfs"),
	ANY("fstatfs64"),
	ANY("access"),
	ANY("faccessat"),
	ANY("faccessat2"),
	ANY("readlink"),
	ANY("readlinkat"),
	ANY("getdents"),
	ANY("getdents64"),
	ANY("getcwd"),
	ANY("chdir"),
	ANY("umask"),
	ANY("fcntl"),
	ANY("fcntl64"),
	ANY("flock"),
	ANY("truncate"),
	ANY("ftruncate"),
	ANY("ftruncate64"),
	ANY("fallocate"),
	ANY("fadvise64"),
	ANY("fsync"),
	ANY("fdatasync"),
	ANY("rename"),
	ANY("renameat"),
	ANY("renameat2"),
	ANY("link"),
	ANY("linkat"),
	ANY("unlink"),
	ANY("unlinkat"),
	ANY("mkdir"),
	ANY("mkdirat"),
	ANY("rmdir"),
	ANY("dup"),
	ANY("dup2"),
	ANY("dup3"),
	ANY("pipe"),
	ANY("pipe2"),
	ANY("memfd_create"),
	ANY("name_to_handle_at"),
	ANY("sendfile"),
	ANY("sendfile64"),
	/* The folder of a cgroup by the number that the kernel side has of it. */
	ANY("open_by_handle_at"),
	/* The control socket's group and mode. */
	ANY("chmod"),
	ANY("fchmod"),
	ANY("fchmodat"),
	ANY("chown"),
	ANY("lchown"),
	ANY("lchown32"),
	ANY("fchown"),
	ANY("fchownat"),

	/* Sockets: clients, syslog and journal, DNS, netlink, the self-test. */
	IS("socket", 0, AF_UNIX),
	IS("socket", 0, AF_INET),
	IS("socket", 0, AF_INET6),
	IS("socket", 0, AF_NETLINK),
	IS("socketpair", 0, AF_UNIX),
	ANY("connect"),
	ANY("bind"),
	ANY("listen"),
	ANY("accept"),
	ANY("accept4"),
	ANY("getsockname"),
	ANY("getpeername"),
	ANY("getsockopt"),
	ANY("setsockopt"),
	ANY("sendto"),
	ANY("sendmsg"),
	ANY("sendmmsg"),
	ANY("recvfrom"),
	ANY("recvmsg"),
	ANY("recvmmsg"),
	ANY("recvmmsg_time64"),
	ANY("shutdown"),
	ANY("send"),
	ANY("recv"),

	/* Memory, modules of nsswitch.conf among it: what is executed cannot be written. */
	ANY("brk"),
	BITS("mmap", 2, PROT_EXEC, 0),
	BITS("mmap", 2, PROT_WRITE, 0),
	BITS("mmap2", 2, PROT_EXEC, 0),
	BITS("mmap2", 2, PROT_WRITE, 0),
	BITS("mprotect", 2, PROT_EXEC, 0),
	BITS("mprotect", 2, PROT_WRITE, 0),
	ANY("munmap"),
	ANY("mremap"),
	ANY("madvise"),
	ANY("mlock"),
	ANY("munlock"),
	ANY("mincore"),
	ANY("membarrier"),

	/* Threads, for getaddrinfo(), and fork() as the C library makes it, for the process that writes the state: it
	 * is under the same filter, and can start no program. The library falls back from clone3(), whose flags no
	 * filter can see. */
	BITS("clone", 0, CLONE_THREAD, CLONE_THREAD),
	IS("clone", 0, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD),
	IS("prctl", 0, PR_SET_PDEATHSIG),
	ANY("setpriority"),
	ANY("futex"),
	ANY("futex_time64"),
	ANY("futex_waitv"),
	ANY("set_robust_list"),
	ANY("get_robust_list"),
	ANY("set_tid_address"),
	ANY("rseq"),
	ANY("sched_yield"),
	ANY("sched_getaffinity"),
	ANY("sched_getparam"),
	ANY("sched_getscheduler"),
	ANY("getcpu"),
	ANY("arch_prctl"),
	ANY("exit"),
	ANY("exit_group"),
	IS("prctl", 0, PR_SET_NAME),
	IS("prctl", 0, PR_GET_NAME),
	IS("prctl", 0, PR_GET_DUMPABLE),
	IS("prctl", 0, PR_GET_NO_NEW_PRIVS),
	IS("prctl", 0, PR_CAPBSET_READ),

	/* Signals, and the processes that the launcher began. */
	ANY("rt_sigaction"),
	ANY("rt_sigprocmask"),
	ANY("rt_sigreturn"),
	ANY("sigreturn"),
	ANY("rt_sigtimedwait"),
	ANY("rt_sigpending"),
	ANY("sigaltstack"),
	ANY("kill"),
	ANY("tgkill"),
	ANY("tkill"),
	ANY("pidfd_open"),
	ANY("pidfd_send_signal"),
	ANY("waitid"),
	ANY("wait4"),

	/* Who and where it is itself. */
	ANY("getpid"),
	ANY("getppid"),
	ANY("gettid"),
	ANY("getpgrp"),
	ANY("getpgid"),
	ANY("getsid"),
	ANY("getuid"),
	ANY("geteuid"),
	ANY("getgid"),
	ANY("getegid"),
	ANY("getresuid"),
	ANY("getresgid"),
	ANY("getgroups"),
	ANY("getuid32"),
	ANY("geteuid32"),
	ANY("getgid32"),
	ANY("getegid32"),
	ANY("getgroups32"),
	ANY("capget"),
	ANY("uname"),
	ANY("sysinfo"),
	ANY("getrusage"),
	ANY("times"),
	ANY("getrlimit"),
	ANY("ugetrlimit"),
	IS("prlimit64", 2, 0),
	ANY("getpriority"),
	IS("ioctl", 1, TCGETS),
	IS("ioctl", 1, TIOCGWINSZ),
	IS("ioctl", 1, FIONREAD),
	IS("ioctl", 1, FIONBIO),
	/* Names and addresses of interfaces, as if_indextoname() and modules of nsswitch.conf ask for them. */
	IS("ioctl", 1, SIOCGIFNAME),
	IS("ioctl", 1, SIOCGIFINDEX),
	IS("ioctl", 1, SIOCGIFCONF),
	IS("ioctl", 1, SIOCGIFFLAGS),
	IS("ioctl", 1, SIOCGIFADDR),

	/* The clocks, where the vDSO does not read them, and randomness. */
	ANY("clock_gettime"),
	ANY("clock_gettime64"),
	ANY("clock_getres"),
	ANY("clock_getres_time64"),
	ANY("gettimeofday"),
	ANY("time"),
	ANY("getrandom"),

	/* The kernel side: its maps, and whether its programs are still attached. No program comes to them. */
	IS("bpf", 0, BPF_MAP_LOOKUP_ELEM),
	IS("bpf", 0, BPF_MAP_UPDATE_ELEM),
	IS("bpf", 0, BPF_MAP_DELETE_ELEM),
	IS("bpf", 0, BPF_MAP_GET_NEXT_KEY),
	IS("bpf", 0, BPF_MAP_LOOKUP_AND_DELETE_ELEM),
	IS("bpf", 0, BPF_MAP_LOOKUP_BATCH),
	IS("bpf", 0, BPF_MAP_LOOKUP_AND_DELETE_BATCH),
	IS("bpf", 0, BPF_MAP_UPDATE_BATCH),
	IS("bpf", 0, BPF_MAP_DELETE_BATCH),
	IS("bpf", 0, BPF_OBJ_GET_INFO_BY_FD),
	IS("ioctl", 1, PERF_EVENT_IOC_QUERY_BPF),
	IS("ioctl", 1, PERF_EVENT_IOC_DISABLE),

	/* The probes of a PHP that appears later: programs that are loaded already are attached to its file. */
	PROBES("bpf", 0, BPF_LINK_CREATE),
	PROBES_ANY("perf_event_open"),
	PROBES("ioctl", 1, PERF_EVENT_IOC_SET_BPF),
	PROBES("ioctl", 1, PERF_EVENT_IOC_ENABLE),

#if HAS_ADDRESS_SANITIZER
	/* A report names lines, which another program finds out; leaks are looked for by a tracing process. */
	ANY("clone"),
	ANY("fork"),
	ANY("vfork"),
	ANY("execve"),
	ANY("ptrace"),
	ANY("process_vm_readv"),
	ANY("prctl"),
	ANY("mmap"),
	ANY("mprotect"),
	ANY("personality"),
	ANY("setrlimit"),
	ANY("prlimit64"),
	ANY("ioctl"),
#endif
};

const struct system_call *system_calls_list(size_t *ret_count)
{
	*ret_count = COUNT_OF(calls);
	return calls;
}

static int add_rows(scmp_filter_ctx filter, bool probes)
{
	int error = 0;

	for (size_t i = 0; !error && i < COUNT_OF(calls); i++) {
		int number = seccomp_syscall_resolve_name(calls[i].name);
		if (number == __NR_SCMP_ERROR || (calls[i].for_probes && !probes))
			continue;
		if (calls[i].is_limited)
			error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, calls[i].argument);
		else
			error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	return error;
}

/* The calls of another architecture, 32-bit ones on a 64-bit kernel, are nobody's here but an attacker's. */
int system_calls_limit(bool probes)
{
	_cleanup_(cleanup_seccomp_release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (!filter)
		return -ENOMEM;
	int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!error)
		error = add_rows(filter, probes);
	return error ? error : seccomp_load(filter);
}
