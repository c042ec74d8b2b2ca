// SPDX-License-Identifier: GPL-2.0-only
/* The kernel is asked for real: none of the sockets that are made up here exists. */
#include "daemon/claims.h"

#include "lib/clock.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define FLOWS 256
#define A_ROUND 50 /* CLAIMS_A_ROUND of the code */

struct watch {
	struct model *model;
	struct scopes *scopes;
	struct sockets *sockets;
	struct claims *claims;
};

static int set_up(void **state)
{
	static struct watch watch;
	struct prefix host;

	watch = (struct watch){model_new(16, FLOWS), scopes_new(), sockets_new(), NULL};
	*state = &watch;
	if (!watch.model || !watch.scopes || !watch.sockets)
		return -1;
	watch.claims = claims_new(watch.model, watch.sockets);
	return prefix_parse("192.0.2.81", &host) == 0 && scopes_add(watch.scopes, &host, SW_SCOPE_HOST) == 0 &&
			       watch.claims
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	claims_free(watch->claims);
	sockets_free(watch->sockets);
	scopes_free(watch->scopes);
	model_free(watch->model);
	return 0;
}

/* A connection comes in sight. */
static void see_at(struct watch *watch, uint64_t wire_id, const char *from, struct dialogue_event event,
		   uint64_t time_ns)
{
	event.kind = DIALOGUE_OPENED;
	event.wire_id = wire_id;
	event.local = endpoint_at(from, (uint16_t)(40000 + wire_id));
	event.remote = endpoint_at("203.0.113.25", 25);
	event.source.address = event.local.address;
	const struct observation observation = {
		.kind = OBSERVATION_DIALOGUE, .time_ns = time_ns, .wall_ns = WALL_OF(time_ns), .dialogue = &event};
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
}

static void see(struct watch *watch, uint64_t wire_id, const char *from, struct dialogue_event event)
{
	see_at(watch, wire_id, from, event, 10 * SECOND);
}

static void finish(struct watch *watch, uint64_t wire_id)
{
	const struct dialogue_event event = {.kind = DIALOGUE_ENDED, .wire_id = wire_id};
	const struct observation observation = {.kind = OBSERVATION_DIALOGUE, .dialogue = &event};
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
}

/* How many become flows in a round; of the last one, what it is taken for. */
static size_t claim(struct watch *watch, uint64_t time_ns, uint64_t untold, enum actor_origin *ret_origin)
{
	struct observation observation;
	struct model_change change;
	size_t count = 0;

	claims_begin(watch->claims, time_ns, untold);
	while (claims_next(watch->claims, watch->scopes, &observation, &change)) {
		assert_true(change.flow_began);
		*ret_origin = change.actor->origin;
		count++;
	}
	return count;
}

static void assert_origin(struct watch *watch, uint64_t untold, enum actor_origin expected)
{
	enum actor_origin origin = ACTOR_ORIGIN_PROCESS;

	assert_int_equal(claim(watch, 12 * SECOND, untold, &origin), 1);
	assert_int_equal(origin, expected);
	assert_int_equal(claim(watch, 12 * SECOND, untold, &origin), 0);
}

static void test_forwarded(void **state)
{
	see(*state, 1, "10.20.30.9", (struct dialogue_event){.incoming = true, .has_syn = true});
	assert_origin(*state, 0, ACTOR_ORIGIN_FORWARDED);
}

static void test_no_socket(void **state)
{
	see(*state, 1, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	assert_origin(*state, 0, ACTOR_ORIGIN_NO_SOCKET);
}

/* Whoever forges this host's address from outside is no machine behind it that has another. */
static void test_forged(void **state)
{
	see(*state, 1, "192.0.2.81", (struct dialogue_event){.incoming = true, .has_syn = true});
	assert_origin(*state, 0, ACTOR_ORIGIN_NO_SOCKET);
}

/* Who has begun it was not seen. */
static void test_from_middle(void **state)
{
	see(*state, 1, "192.0.2.81", (struct dialogue_event){.has_syn = false});
	assert_origin(*state, 0, ACTOR_ORIGIN_WIRE);
	see(*state, 2, "10.20.30.9", (struct dialogue_event){.incoming = true});
	assert_origin(*state, 0, ACTOR_ORIGIN_WIRE);
}

/* While records are thinned or lost, it can be anybody's, however late its packet is read; but not after that. */
static void test_untold(void **state)
{
	struct watch *watch = *state;
	enum actor_origin origin = ACTOR_ORIGIN_PROCESS;

	see(watch, 1, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	assert_origin(watch, 7, ACTOR_ORIGIN_WIRE);
	see(watch, 2, "10.20.30.9", (struct dialogue_event){.incoming = true, .has_syn = true});
	assert_int_equal(claim(watch, 40 * SECOND, 7, &origin), 1);
	assert_int_equal(origin, ACTOR_ORIGIN_WIRE);
	see_at(watch, 3, "192.0.2.81", (struct dialogue_event){.has_syn = true}, 12 * SECOND + SECOND / 10);
	assert_int_equal(claim(watch, 40 * SECOND, 7, &origin), 1);
	assert_int_equal(origin, ACTOR_ORIGIN_NO_SOCKET);
}

static bool next_is_counted(struct watch *watch, uint64_t untold)
{
	struct observation observation;
	struct model_change change;

	claims_begin(watch->claims, 12 * SECOND, untold);
	assert_true(claims_next(watch->claims, watch->scopes, &observation, &change));
	return change.is_counted;
}

/* The kernel's side counts what it does not tell: of this host's own connections, not of those that pass through. */
static void test_untold_is_counted(void **state)
{
	see(*state, 1, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	assert_false(next_is_counted(*state, 0));
	see(*state, 2, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	assert_true(next_is_counted(*state, 7));
	see(*state, 3, "10.20.30.9", (struct dialogue_event){.incoming = true, .has_syn = true});
	assert_false(next_is_counted(*state, 8));
	see(*state, 4, "192.0.2.81", (struct dialogue_event){.has_syn = false});
	assert_false(next_is_counted(*state, 9));
}

/* The record may still be on its way. */
static void test_too_early(void **state)
{
	enum actor_origin origin;

	see(*state, 1, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	assert_int_equal(claim(*state, 10 * SECOND + SECOND / 2, 0, &origin), 0);
	assert_origin(*state, 0, ACTOR_ORIGIN_NO_SOCKET);
}

/* So many a round, the oldest first; what finds no room in it and has ended is forgotten. */
static void test_round(void **state)
{
	struct watch *watch = *state;
	enum actor_origin origin;

	for (uint64_t i = 1; i <= 2 * A_ROUND; i++)
		see(watch, i, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	for (uint64_t i = 1; i <= 2 * A_ROUND; i += 2)
		finish(watch, i);
	assert_int_equal(claim(watch, 12 * SECOND, 0, &origin), A_ROUND);
	assert_non_null(model_find_wire(watch->model, A_ROUND));
	assert_int_equal(claim(watch, 12 * SECOND, 0, &origin), A_ROUND / 2);
	assert_int_equal(claim(watch, 12 * SECOND, 0, &origin), 0);
	assert_null(model_find_wire(watch->model, A_ROUND + 1));
}

/* What NAT does not hide waits for its round: its record may still come. */
static void test_nothing_hides_it(void **state)
{
	struct watch *watch = *state;
	struct observation observation;
	struct model_change change;

	see(watch, 1, "192.0.2.81", (struct dialogue_event){.has_syn = true});
	assert_false(claims_take(watch->claims, watch->scopes, 1, &observation, &change));
	assert_false(claims_take(watch->claims, watch->scopes, 2, &observation, &change));
	assert_origin(watch, 0, ACTOR_ORIGIN_NO_SOCKET);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_forwarded),   TEST(test_no_socket), TEST(test_forged),
		TEST(test_from_middle), TEST(test_untold),    TEST(test_untold_is_counted),
		TEST(test_too_early),   TEST(test_round),     TEST(test_nothing_hides_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
