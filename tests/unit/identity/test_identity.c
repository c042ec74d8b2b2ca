// SPDX-License-Identifier: GPL-2.0-only
#include "identity/identity.h"

#include "support/test.h"

#include <net/if.h>

#define LOOPBACK 1 /* the interface that each network namespace has: net/core/dev.c, LOOPBACK_IFINDEX */

static int set_up(void **state)
{
	*state = identity_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	identity_free(*state);
	return 0;
}

/* An actor of whom only packets are known. */
static struct actor source_at(enum actor_origin origin, uint32_t interface)
{
	return (struct actor){
		.origin = origin,
		.source.interface = interface,
		.identity = {.key = {.exe_device = UINT32_MAX, .uid = UINT32_MAX}},
	};
}

static void assert_interface(struct identity *identity, struct actor *actor, const char *name)
{
	identity_complete(identity, actor);
	assert_string_equal(actor->interface_name, name);
	assert_int_equal(actor->role, ACTOR_ROLE_UNKNOWN);
	assert_string_equal(actor->user_name, "");
	assert_null(actor->executable);
	assert_null(actor->unit);
}

/* The interface is named where a packet came in by it, and it is one of this host. */
static void test_interface(void **state)
{
	struct actor forwarded = source_at(ACTOR_ORIGIN_FORWARDED, LOOPBACK);
	struct actor nowhere = source_at(ACTOR_ORIGIN_FORWARDED, 0);
	struct actor unknown = source_at(ACTOR_ORIGIN_FORWARDED, INT32_MAX);
	struct actor recorded = source_at(ACTOR_ORIGIN_WIRE, LOOPBACK);
	struct actor sent = source_at(ACTOR_ORIGIN_NO_SOCKET, LOOPBACK);

	assert_interface(*state, &forwarded, "lo");
	assert_interface(*state, &nowhere, "");
	assert_interface(*state, &unknown, "");
	assert_interface(*state, &recorded, "");
	assert_interface(*state, &sent, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_interface, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
