// SPDX-License-Identifier: GPL-2.0-only
#include "control/peer.h"

#include "support/test.h"

#include <sys/socket.h>
#include <unistd.h>

#define GROUP 50

static void root_may_ask_with_a_group_or_without(void **state)
{
	const struct peer root = {.uid = 0, .gid = 7};

	(void)state;
	assert_true(peer_may_ask(&root, GROUP));
	assert_true(peer_may_ask(&root, (gid_t)-1));
	assert_true(peer_may_change(0));
}

static void members_may_ask_by_either_kind_of_group(void **state)
{
	gid_t groups[] = {1, GROUP, 3};
	const uid_t other = geteuid() + 1;
	const struct peer member = {.uid = other, .gid = 7, .groups = groups, .group_count = 3};
	const struct peer primary = {.uid = other, .gid = GROUP};
	const struct peer stranger = {.uid = other, .gid = 7, .groups = groups, .group_count = 1};

	(void)state;
	assert_true(peer_may_ask(&member, GROUP));
	assert_true(peer_may_ask(&primary, GROUP));
	assert_false(peer_may_ask(&stranger, GROUP));
	assert_false(peer_may_change(other));
}

static void without_a_group_nobody_else_may(void **state)
{
	gid_t groups[] = {(gid_t)-1};
	const struct peer peer = {.uid = geteuid() + 1, .gid = (gid_t)-1, .groups = groups, .group_count = 1};

	(void)state;
	assert_false(peer_may_ask(&peer, (gid_t)-1));
}

static void the_kernel_says_who_it_is(void **state)
{
	struct peer peer;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(peer_read(pair[0], &peer), 0);
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.gid, getegid());
	assert_int_equal(peer.group_count, getgroups(0, NULL));
	peer_clear(&peer);
	close(pair[0]);
	close(pair[1]);
}

static void root_always_finds_a_place(void **state)
{
	(void)state;
	for (size_t max = 2; max < 100; max++) {
		assert_true(peer_places_of_all(max) < max);
		assert_true(peer_places_of_one(max) >= 1);
	}
	assert_int_equal(peer_places_of_one(64), 16);
	assert_int_equal(peer_places_of_all(64), 48);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_may_ask_with_a_group_or_without),
		cmocka_unit_test(members_may_ask_by_either_kind_of_group),
		cmocka_unit_test(without_a_group_nobody_else_may),
		cmocka_unit_test(the_kernel_says_who_it_is),
		cmocka_unit_test(root_always_finds_a_place),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
