// SPDX-License-Identifier: GPL-2.0-only
/* Ways to a connection that are not connect() on a socket of the address's own family. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262 /* include/uapi/linux/in.h */
#endif

#define RING_IDLE_MS 1000 /* how long the kernel's thread polls before it sleeps */

/* An io_uring with room for one request, by the bare system calls: the library is not needed for that. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *submissions;
	char *completions;
	struct io_uring_sqe *entries;
};

static void *map_ring(const struct ring *ring, size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, offset);
	if (memory == MAP_FAILED)
		fail("mmap of the ring");
	return memory;
}

/* `flags` are IORING_SETUP_SQPOLL or 0. */
static struct ring open_ring(__u32 flags)
{
	struct ring ring = {.params = {.flags = flags, .sq_thread_idle = RING_IDLE_MS}};
	ring.fd = (int)syscall(SYS_io_uring_setup, 1, &ring.params);
	if (ring.fd < 0)
		cannot("io_uring_setup");
	size_t array_size = ring.params.sq_entries * sizeof(__u32);
	size_t results_size = ring.params.cq_entries * sizeof(struct io_uring_cqe);
	ring.submissions = map_ring(&ring, ring.params.sq_off.array + array_size, IORING_OFF_SQ_RING);
	ring.completions = map_ring(&ring, ring.params.cq_off.cqes + results_size, IORING_OFF_CQ_RING);
	ring.entries = map_ring(&ring, ring.params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	return ring;
}

/* Submits the request that stands in the first entry, and waits for its result. */
static int submit_and_wait(struct ring *ring)
{
	__u32 *tail = (__u32 *)(ring->submissions + ring->params.sq_off.tail);
	__u32 *array = (__u32 *)(ring->submissions + ring->params.sq_off.array);
	struct io_uring_cqe *results = (struct io_uring_cqe *)(ring->completions + ring->params.cq_off.cqes);

	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	unsigned int flags = IORING_ENTER_GETEVENTS;
	if (ring->params.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, flags, NULL, 0) != 1)
		fail("io_uring_enter");
	return results[0].res;
}

static int connect_by_ring(char *const words[], __u32 ring_flags, __u8 request_flags)
{
	struct target target = target_parse(words);
	int fd = open_socket(&target, 0);
	struct ring ring = open_ring(ring_flags);

	ring.entries[0].opcode = IORING_OP_CONNECT;
	ring.entries[0].flags = request_flags;
	ring.entries[0].fd = fd;
	ring.entries[0].addr = (__u64)(unsigned long)target_address(&target);
	ring.entries[0].off = target.size; /* the operation has its length here */
	int result = submit_and_wait(&ring);
	if (result != 0) {
		errno = -result;
		fail("IORING_OP_CONNECT");
	}
	close(fd);
	return EXIT_SUCCESS;
}

int run_io_uring(char *const words[])
{
	return connect_by_ring(words, 0, 0);
}

int run_io_uring_worker(char *const words[])
{
	return connect_by_ring(words, 0, IOSQE_ASYNC);
}

int run_io_uring_sqpoll(char *const words[])
{
	return connect_by_ring(words, IORING_SETUP_SQPOLL, 0);
}

int run_fastopen(char *const words[])
{
	static const char greeting[] = "EHLO server.example\r\n";
	struct target target = target_parse(words);
	int fd = open_socket(&target, 0);
	char reply[256];

	if (sendto(fd, greeting, sizeof(greeting) - 1, MSG_FASTOPEN, target_address(&target), target.size) < 0) {
		if (errno == EOPNOTSUPP)
			cannot("sendto(MSG_FASTOPEN)");
		fail("sendto(MSG_FASTOPEN)");
	}
	if (read(fd, reply, sizeof(reply)) <= 0)
		fail("read");
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
	printf("data in SYN %s\n", info.tcpi_options & TCPI_OPT_SYN_DATA ? "acknowledged" : "not acknowledged");
	close(fd);
	return EXIT_SUCCESS;
}

int run_mptcp(char *const words[])
{
	struct target target = target_parse(words);
	int fd = socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	if (fd < 0)
		cannot("socket(IPPROTO_MPTCP)");
	if (connect(fd, target_address(&target), target.size) != 0)
		fail("connect");
	close(fd);
	return EXIT_SUCCESS;
}

int run_mapped(char *const words[])
{
	char text[INET6_ADDRSTRLEN];
	snprintf(text, sizeof(text), "::ffff:%s", words[0]);
	char *mapped[] = {text, words[1], NULL};
	return run_connect(mapped);
}
