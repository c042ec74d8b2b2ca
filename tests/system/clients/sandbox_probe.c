// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enters the sandbox of the capture process and does one thing there. --list says which things there are and whether
 * one lives or dies of them; sandbox_probe NAME exits with 0 if it did the thing and it worked, with 1 if the kernel
 * let it through and it did not work, with 2 if the sandbox could not be entered.
 */
#include "capture/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What was open before: the daemon's end, the process's own, a packet socket, a file to write to, another socket. */
static int daemon_end, own_end, packets, file, stranger;
static void *page;

static struct sock_filter take_nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
static const struct sock_fprog filter = {.len = 1, .filter = take_nothing};

/* ---- What the process needs. Each returns whether it worked. */

static int can_send(void)
{
	return send(own_end, "record", 6, MSG_NOSIGNAL | MSG_DONTWAIT) == 6;
}

static int can_receive(void)
{
	char bytes[8];
	return recv(own_end, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC) == 5;
}

static int can_wait(void)
{
	struct pollfd both[] = {{.fd = own_end, .events = POLLIN}, {.fd = packets, .events = POLLIN}};
	return poll(both, 2, 10) == 1 && both[0].revents == POLLIN;
}

static int can_allocate(void)
{
	void *kept[64];
	for (size_t i = 0; i < 64; i++) {
		kept[i] = malloc(i % 2 ? 1 << 20 : 1000);
		if (!kept[i])
			return 0;
		memset(kept[i], 1, i % 2 ? 1 << 20 : 1000);
	}
	kept[1] = realloc(kept[1], 8 << 20);
	for (size_t i = 0; i < 64; i++)
		free(kept[i]);
	return kept[1] != NULL;
}

static int can_tell_time(void)
{
	struct timespec now;
	return clock_gettime(CLOCK_BOOTTIME, &now) == 0 && clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 &&
	       syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0;
}

static int can_draw_random(void)
{
	uint64_t seed;
	return getrandom(&seed, sizeof(seed), 0) == sizeof(seed);
}

/* As pcap_setfilter() does. */
static int can_set_filter(void)
{
	char byte;
	const int unused = 0;
	int flags = fcntl(packets, F_GETFL);
	return setsockopt(packets, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0 && flags >= 0 &&
	       fcntl(packets, F_SETFL, flags | O_NONBLOCK) == 0 && recv(packets, &byte, 1, MSG_TRUNC) < 0 &&
	       errno == EAGAIN && setsockopt(packets, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) == 0;
}

static int can_count_drops(void)
{
	struct tpacket_stats counts;
	socklen_t size = sizeof(counts);
	int error;
	socklen_t error_size = sizeof(error);
	return getsockopt(packets, SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0 &&
	       getsockopt(packets, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0;
}

/* To be looked at from outside. */
static int can_rest(void)
{
	return poll(NULL, 0, 60000) == 0;
}

/* libpcap tries to; nothing is written, and nobody dies. */
static int can_be_silenced(void)
{
	return write(STDERR_FILENO, "x", 1) == -1 && errno == EPERM;
}

/* ---- What it must not. */

static int open_file(void)
{
	return open("/", O_RDONLY | O_CLOEXEC) >= 0;
}

static int open_file_openat2(void)
{
	const uint64_t how[3] = {O_RDONLY};
	return syscall(SYS_openat2, AT_FDCWD, "/", how, sizeof(how)) >= 0;
}

static int stat_file(void)
{
	struct stat status;
	return stat("/", &status) == 0;
}

static int open_inet(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static int open_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0;
}

static int open_unix(void)
{
	int ends[2];
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
}

static int connect_socket(void)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(25)};
	return connect(stranger, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static int bind_packets(void)
{
	const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	return bind(packets, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static int fork_process(void)
{
	return fork() >= 0;
}

static int clone_thread(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	return syscall(SYS_clone, flags, (char *)page + 4096, 0, 0, 0) >= 0;
}

static int clone3_process(void)
{
	const uint64_t arguments[8] = {[4] = SIGCHLD};
	return syscall(SYS_clone3, arguments, sizeof(arguments)) >= 0;
}

static int exec_program(void)
{
	char *const arguments[] = {"sh", NULL};
	return execve("/bin/sh", arguments, arguments + 1) == 0;
}

static int trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static int read_memory(void)
{
	char byte;
	struct iovec local = {&byte, 1};
	struct iovec remote = {page, 1};
	return process_vm_readv(1, &local, 1, &remote, 1, 0) == 1;
}

static int mount_file_system(void)
{
	return mount("none", "/", "tmpfs", 0, NULL) == 0;
}

static int change_root(void)
{
	return chroot("/") == 0;
}

static int write_file(void)
{
	return write(file, "x", 1) == 1;
}

static int read_file(void)
{
	char byte;
	return read(file, &byte, 1) == 1;
}

static int write_stdout(void)
{
	return write(STDOUT_FILENO, "x", 1) == 1;
}

static int close_socket(void)
{
	return close(own_end) == 0;
}

static int duplicate(void)
{
	return dup2(own_end, file) >= 0;
}

static int map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int map_file(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0) != MAP_FAILED;
}

static int map_over(void)
{
	return mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static int make_executable(void)
{
	return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static int become_root(void)
{
	return setuid(0) == 0;
}

static int use_bpf(void)
{
	uint64_t attributes[16] = {0};
	return syscall(SYS_bpf, 0, attributes, sizeof(attributes)) >= 0;
}

static int open_perf(void)
{
	uint64_t attributes[16] = {0};
	return syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0) >= 0;
}

static int kill_parent(void)
{
	return kill(1, 0) == 0;
}

static int become_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1) == 0;
}

static int raise_limit(void)
{
	const struct rlimit limit = {100, 100};
	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int set_option(void)
{
	const int on = 1;
	return setsockopt(packets, SOL_SOCKET, SO_MARK, &on, sizeof(on)) == 0;
}

static int set_packet_option(void)
{
	const int on = 1;
	return setsockopt(packets, SOL_PACKET, PACKET_FANOUT, &on, sizeof(on)) == 0;
}

static int filter_socket(void)
{
	return setsockopt(own_end, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

static int send_stranger(void)
{
	return send(stranger, "x", 1, MSG_NOSIGNAL) == 1;
}

static int send_packet(void)
{
	return send(packets, "x", 1, MSG_NOSIGNAL) == 1;
}

static int send_addressed(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "x"};
	return sendto(own_end, "x", 1, 0, (const struct sockaddr *)&address, sizeof(address)) == 1;
}

/* How descriptors come and go. */
static int send_message(void)
{
	struct iovec part = {"x", 1};
	const struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return sendmsg(own_end, &message, MSG_NOSIGNAL) == 1;
}

static int receive_message(void)
{
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return recvmsg(own_end, &message, MSG_DONTWAIT) == 1;
}

static int set_owner(void)
{
	return fcntl(packets, F_SETOWN, 1) == 0;
}

static int use_ring(void)
{
	uint64_t parameters[32] = {0};
	return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}

static int enter_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

#ifdef __x86_64__
/* getpid by the number and the way that it has in another of the machine's tables of calls. */
static int call_32_bit(void)
{
	long result = 20;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result > 0;
}

static int call_x32(void)
{
	return syscall(0x40000000 | SYS_getpid) > 0;
}
#endif

struct thing {
	const char *name;
	int (*run)(void);
};

static const struct thing allowed[] = {
	{"send", can_send},
	{"receive", can_receive},
	{"wait", can_wait},
	{"allocate", can_allocate},
	{"clocks", can_tell_time},
	{"random", can_draw_random},
	{"set-filter", can_set_filter},
	{"count-drops", can_count_drops},
	{"write-stderr", can_be_silenced},
	{"rest", can_rest},
};

static const struct thing forbidden[] = {
	{"open", open_file},
	{"openat2", open_file_openat2},
	{"stat", stat_file},
	{"socket-inet", open_inet},
	{"socket-packet", open_packet},
	{"socketpair", open_unix},
	{"connect", connect_socket},
	{"bind", bind_packets},
	{"fork", fork_process},
	{"clone-thread", clone_thread},
	{"clone3", clone3_process},
	{"execve", exec_program},
	{"ptrace", trace_parent},
	{"process_vm_readv", read_memory},
	{"mount", mount_file_system},
	{"chroot", change_root},
	{"write-file", write_file},
	{"write-stdout", write_stdout},
	{"read-file", read_file},
	{"close", close_socket},
	{"dup2", duplicate},
	{"mmap-exec", map_executable},
	{"mmap-file", map_file},
	{"mmap-fixed", map_over},
	{"mprotect", make_executable},
	{"setuid", become_root},
	{"bpf", use_bpf},
	{"perf_event_open", open_perf},
	{"kill", kill_parent},
	{"prctl-dumpable", become_dumpable},
	{"setrlimit", raise_limit},
	{"setsockopt-mark", set_option},
	{"setsockopt-fanout", set_packet_option},
	{"filter-on-socket", filter_socket},
	{"send-elsewhere", send_stranger},
	{"send-packet", send_packet},
	{"send-addressed", send_addressed},
	{"sendmsg", send_message},
	{"recvmsg", receive_message},
	{"fcntl-owner", set_owner},
	{"io_uring", use_ring},
	{"unshare", enter_namespace},
#ifdef __x86_64__
	{"call-32-bit", call_32_bit},
	{"call-x32", call_x32},
#endif
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct thing *find(const struct thing *things, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(things[i].name, name) == 0)
			return &things[i];
	return NULL;
}

static void list(void)
{
	for (size_t i = 0; i < COUNT_OF(allowed); i++)
		printf("allowed %s\n", allowed[i].name);
	for (size_t i = 0; i < COUNT_OF(forbidden); i++)
		printf("forbidden %s\n", forbidden[i].name);
}

static int open_all(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return -1;
	daemon_end = ends[0];
	own_end = ends[1];
	packets = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (packets < 0 || file < 0 || stranger < 0 || page == MAP_FAILED)
		return -1;
	return send(daemon_end, "order", 5, 0) == 5 ? 0 : -1;
}

int main(int argc, char *argv[])
{
	const char *name = argc == 2 ? argv[1] : "";
	const struct thing *thing = find(allowed, COUNT_OF(allowed), name);

	if (strcmp(name, "--list") == 0) {
		list();
		return 0;
	}
	if (!thing)
		thing = find(forbidden, COUNT_OF(forbidden), name);
	if (!thing || open_all() != 0) {
		perror("sandbox_probe: no such thing, or cannot begin");
		return 2;
	}
	int error = sandbox_enter(own_end, packets);
	if (error)
		_exit(2);
	_exit(thing->run() ? 0 : 1);
}
