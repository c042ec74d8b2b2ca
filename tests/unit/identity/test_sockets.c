// SPDX-License-Identifier: GPL-2.0-only
/* Real sockets of this process, on the loopback interface. */
#include "identity/sockets.h"

#include "identity/process_identity.h"
#include "lib/clock.h"
#include "support/processes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SECOND NANOSECONDS_A_SECOND

#define V4 "127.0.0.1"
#define V6 "::1"
#define MAPPED "::ffff:127.0.0.1"

static int set_up(void **state)
{
	*state = sockets_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	sockets_free(*state);
	return 0;
}

/* A socket and its ends. */
struct opened {
	int fd;
	struct endpoint local;
	struct endpoint remote;
};

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union socket_address address_of(const char *text, uint16_t port)
{
	union socket_address address = {.any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (address.any.sa_family == AF_INET) {
		assert_int_equal(inet_pton(AF_INET, text, &address.v4.sin_addr), 1);
		address.v4.sin_port = htons(port);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &address.v6.sin6_addr), 1);
		address.v6.sin6_port = htons(port);
	}
	return address;
}

static struct endpoint endpoint_of(const union socket_address *address)
{
	struct endpoint endpoint;

	if (address->any.sa_family == AF_INET) {
		endpoint.address = address_from_ipv4(&address->v4.sin_addr);
		endpoint.port = ntohs(address->v4.sin_port);
	} else {
		memcpy(endpoint.address.bytes, &address->v6.sin6_addr, 16);
		endpoint.port = ntohs(address->v6.sin6_port);
	}
	return endpoint;
}

static struct endpoint local_end(int fd)
{
	union socket_address address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, &address.any, &size), 0);
	return endpoint_of(&address);
}

/* Bound to a port that is free. -1: this machine has no such address. */
static int open_at(const char *text, int type)
{
	const union socket_address address = address_of(text, 0);
	int fd = socket(address.any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, &address.any, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static struct opened connect_to(const char *text, int type, uint16_t port, const char *interface)
{
	const union socket_address address = address_of(text, port);
	struct opened opened = {.fd = socket(address.any.sa_family, type | SOCK_CLOEXEC, 0)};

	assert_true(opened.fd >= 0);
	if (interface && setsockopt(opened.fd, SOL_SOCKET, SO_BINDTODEVICE, interface, IF_NAMESIZE) != 0) {
		close(opened.fd);
		opened.fd = -1;
		return opened;
	}
	assert_int_equal(connect(opened.fd, &address.any, sizeof(address)), 0);
	opened.local = local_end(opened.fd);
	opened.remote = endpoint_of(&address);
	return opened;
}

static void assert_own(struct sockets *sockets, uint8_t protocol, const struct opened *opened)
{
	const struct sw_actor_key key = key_of(getpid());
	struct socket_owner owner;
	char path[PATH_MAX] = "";

	assert_int_equal(sockets_find(sockets, protocol, &opened->local, &opened->remote), 0);
	memset(&owner, 0x5a, sizeof(owner));
	assert_int_equal(
		sockets_find_owner(sockets, protocol, &opened->local, &opened->remote, clock_boot_ns(), &owner), 0);
	assert_int_equal(owner.identity.key.pid, getpid());
	assert_int_equal(owner.identity.key.uid, getuid());
	assert_int_equal(owner.identity.key.start_ns, key.start_ns);
	assert_int_equal(owner.identity.key.exe_inode, key.exe_inode);
	assert_true(owner.identity.flags & SW_IDENTITY_ADOPTED);
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	assert_string_equal(owner.executable, path);
}

static void assert_nobody(struct sockets *sockets, uint8_t protocol, const struct endpoint *local,
			  const struct endpoint *remote)
{
	struct socket_owner owner;

	assert_int_equal(sockets_find(sockets, protocol, local, remote), -ENOENT);
	assert_int_equal(sockets_find_owner(sockets, protocol, local, remote, clock_boot_ns(), &owner), -ENOENT);
}

/* TCP, the client's side, and then when the server has gone on and the client has closed. */
static void test_tcp(void **state)
{
	static const struct {
		const char *server, *client, *interface;
	} cases[] = {{V4, V4, NULL}, {V6, V6, NULL}, {V4, MAPPED, NULL}, {V4, V4, "lo"}, {V6, V6, "lo"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_close_ int server = open_at(cases[i].server, SOCK_STREAM);
		if (server < 0)
			continue;
		assert_int_equal(listen(server, 1), 0);
		struct opened client =
			connect_to(cases[i].client, SOCK_STREAM, local_end(server).port, cases[i].interface);
		if (client.fd < 0)
			continue;
		_cleanup_close_ int accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
		assert_true(accepted >= 0);
		assert_own(*state, IPPROTO_TCP, &client);

		struct endpoint other = client.remote;
		other.port ^= 1;
		assert_nobody(*state, IPPROTO_TCP, &client.local, &other);
		assert_nobody(*state, IPPROTO_UDP, &client.local, &client.remote);

		/* With RST, so that nothing is left of it. */
		const struct linger now = {.l_onoff = 1, .l_linger = 0};
		assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
		close(client.fd);
		assert_nobody(*state, IPPROTO_TCP, &client.local, &client.remote);
	}
}

/* Whoever listens on a port has no connection with everybody. */
static void test_listener(void **state)
{
	_cleanup_close_ int server = open_at(V4, SOCK_STREAM);
	const union socket_address address = address_of("203.0.113.25", 25);
	const struct endpoint remote = endpoint_of(&address);

	assert_true(server >= 0);
	assert_int_equal(listen(server, 1), 0);
	const struct endpoint local = local_end(server);
	assert_nobody(*state, IPPROTO_TCP, &local, &remote);
}

/* A connection that was closed in order is still there, but nobody's. */
static void test_time_wait(void **state)
{
	struct socket_owner owner;
	_cleanup_close_ int server = open_at(V4, SOCK_STREAM);

	assert_true(server >= 0);
	assert_int_equal(listen(server, 1), 0);
	struct opened client = connect_to(V4, SOCK_STREAM, local_end(server).port, NULL);
	int accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	assert_true(accepted >= 0);
	shutdown(client.fd, SHUT_WR);
	close(accepted);
	close(client.fd);
	assert_int_equal(sockets_find(*state, IPPROTO_TCP, &client.local, &client.remote), 0);
	assert_int_equal(
		sockets_find_owner(*state, IPPROTO_TCP, &client.local, &client.remote, clock_boot_ns(), &owner),
		-ENOENT);
}

static void test_udp_connected(void **state)
{
	static const struct {
		const char *address, *interface;
	} cases[] = {{V4, NULL}, {V6, NULL}, {MAPPED, NULL}, {V4, "lo"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (strcmp(cases[i].address, V6) == 0 && access("/proc/net/if_inet6", F_OK) != 0)
			continue;
		struct opened client = connect_to(cases[i].address, SOCK_DGRAM, 53, cases[i].interface);
		if (client.fd < 0)
			continue;
		assert_own(*state, IPPROTO_UDP, &client);
		struct endpoint other = client.remote;
		other.port++;
		assert_nobody(*state, IPPROTO_UDP, &client.local, &other);
		assert_nobody(*state, IPPROTO_TCP, &client.local, &client.remote);
		close(client.fd);
		assert_nobody(*state, IPPROTO_UDP, &client.local, &client.remote);
	}
}

/* As resolvers have them: bound to a port, of one address, of all or of both families, and to no other end. */
static void test_udp_unconnected(void **state)
{
	static const struct {
		const char *bound, *local, *remote;
	} cases[] = {{V4, V4, "192.0.2.53"},
		     {"0.0.0.0", V4, "192.0.2.53"},
		     {"::", V4, "192.0.2.53"},
		     {"::", V6, "2001:db8::53"},
		     {V6, V6, "2001:db8::53"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct opened opened = {.fd = open_at(cases[i].bound, SOCK_DGRAM)};
		if (opened.fd < 0)
			continue;
		const union socket_address local = address_of(cases[i].local, local_end(opened.fd).port);
		const union socket_address remote = address_of(cases[i].remote, 53);
		opened.local = endpoint_of(&local);
		opened.remote = endpoint_of(&remote);
		assert_own(*state, IPPROTO_UDP, &opened);
		close(opened.fd);
		assert_nobody(*state, IPPROTO_UDP, &opened.local, &opened.remote);
	}
}

static void test_other_protocols(void **state)
{
	const union socket_address address = address_of(V4, 25);
	const struct endpoint end = endpoint_of(&address);

	assert_int_equal(sockets_find(*state, IPPROTO_SCTP, &end, &end), -EPROTONOSUPPORT);
	assert_int_equal(sockets_find(*state, IPPROTO_RAW, &end, &end), -EPROTONOSUPPORT);
}

/* So many look-ups in a second, then no more till the next; what is remembered costs less than a search. */
static void test_limit(void **state)
{
	struct opened opened[48];
	struct socket_owner owner;
	size_t found = 0;
	size_t again = 0;

	for (size_t i = 0; i < ARRAY_SIZE(opened); i++) {
		opened[i] = connect_to(V4, SOCK_DGRAM, 53, NULL);
		int error =
			sockets_find_owner(*state, IPPROTO_UDP, &opened[i].local, &opened[i].remote, SECOND, &owner);
		/* Fewer where a search has very much to look through. */
		assert_true(error == -EBUSY || (error == 0 && i < 32 && found == i));
		found += error == 0;
	}
	assert_true(found > 0);
	assert_int_equal(sockets_find(*state, IPPROTO_UDP, &opened[40].local, &opened[40].remote), 0);
	for (size_t i = 0; i < 300; i++)
		again += sockets_find_owner(*state, IPPROTO_UDP, &opened[0].local, &opened[0].remote, 2 * SECOND,
					    &owner) == 0;
	assert_int_equal(again, 256);
	for (size_t i = 0; i < ARRAY_SIZE(opened); i++)
		close(opened[i].fd);
}

/* A resolver's library makes a socket for each question, and its descriptor is the one that was closed before: no
 * search is needed for the next, and there is not much time. */
static void test_one_after_the_other(void **state)
{
	struct socket_owner owner;

	for (size_t i = 0; i < 64; i++) {
		struct opened opened = connect_to(V4, SOCK_DGRAM, 53, NULL);
		int error = sockets_find_owner(*state, IPPROTO_UDP, &opened.local, &opened.remote, SECOND, &owner);
		assert_int_equal(error, 0);
		assert_int_equal(owner.identity.key.pid, getpid());
		close(opened.fd);
	}
}

/* Handed on to a child, and closed by who had it first: what was remembered is not believed. */
static void test_handed_on(void **state)
{
	struct opened opened = connect_to(V4, SOCK_DGRAM, 53, NULL);
	struct socket_owner owner;
	int ends[2];

	assert_own(*state, IPPROTO_UDP, &opened);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char byte;
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_own(*state, IPPROTO_UDP, &opened); /* of two the one with the lower pid */
	close(opened.fd);
	int error = sockets_find_owner(*state, IPPROTO_UDP, &opened.local, &opened.remote, clock_boot_ns(), &owner);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(error, 0);
	assert_int_equal(owner.identity.key.pid, pid);
	assert_int_equal(owner.identity.ancestors[0].pid, getpid());
	assert_nobody(*state, IPPROTO_UDP, &opened.local, &opened.remote);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_tcp),
		TEST(test_listener),
		TEST(test_time_wait),
		TEST(test_udp_connected),
		TEST(test_udp_unconnected),
		TEST(test_other_protocols),
		TEST(test_limit),
		TEST(test_one_after_the_other),
		TEST(test_handed_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}
