// SPDX-License-Identifier: GPL-2.0-only
#include "identity/socket_holder.h"

#include "lib/cleanup.h"
#include "support/test.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define STEPS 1000000

static uint32_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return (uint32_t)status.st_ino;
}

static void test_own(void **state)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t inode = inode_of(fd);
	struct socket_holder holder;
	unsigned int steps = STEPS;

	(void)state;
	assert_int_equal(socket_holder_find(inode, geteuid(), &steps, &holder), 0);
	assert_int_equal(holder.pid, getpid());
	assert_int_equal(holder.fd, fd);
	assert_true(steps < STEPS);
	assert_true(socket_holder_holds(&holder, inode));
	assert_false(socket_holder_holds(&holder, inode + 1));
	holder.fd++;
	assert_false(socket_holder_holds(&holder, inode));
	holder = (struct socket_holder){.pid = INT_MAX, .fd = (uint32_t)fd};
	assert_false(socket_holder_holds(&holder, inode));
}

/* Another user made it than the one that the process runs as now. */
static void test_of_another_user(void **state)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct socket_holder holder;
	unsigned int steps = STEPS;

	(void)state;
	assert_int_equal(socket_holder_find(inode_of(fd), 4000000000U, &steps, &holder), 0);
	assert_int_equal(holder.pid, getpid());
	assert_int_equal(holder.fd, fd);
}

static void test_nobody(void **state)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t inode = inode_of(fd);
	struct socket_holder holder = {.pid = 7};
	unsigned int steps = STEPS;

	(void)state;
	close(fd);
	assert_int_equal(socket_holder_find(inode, geteuid(), &steps, &holder), -ENOENT);
	assert_int_equal(holder.pid, 7);
}

static void test_too_much(void **state)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct socket_holder holder = {.pid = 7};

	(void)state;
	for (unsigned int allowed = 0; allowed < 3; allowed++) {
		unsigned int steps = allowed;
		assert_int_equal(socket_holder_find(inode_of(fd), geteuid(), &steps, &holder), -EBUSY);
		assert_int_equal(steps, 0);
		assert_int_equal(holder.pid, 7);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_of_another_user),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_too_much),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("socket_holder", tests, NULL, NULL);
}
