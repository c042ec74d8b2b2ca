// SPDX-License-Identifier: GPL-2.0-only
/* Random sequences against counts that are kept in the plainest way; and a ledger without memory. */
#include "ledger/ledger.h"

#include "ledger/watch.h"
#include "lib/sanitizer.h"

#define USERS 3
#define FLOWS 40

/* One of so many allocations fails; 0: none. */
static unsigned int fails_of;
static unsigned int failing_seed;

#if !HAS_ADDRESS_SANITIZER
/* glibc's own, under the names that its malloc(3) may be replaced by (The GNU C Library, 3.2.5). */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

static bool fails(void)
{
	return fails_of > 0 && (unsigned int)rand_r(&failing_seed) % fails_of == 0;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}
#endif

/* A flow as the test knows it, and the dialogue that the model would have. */
struct known_flow {
	struct flow flow;
	struct dialogue dialogue;
	uint32_t user;
	bool is_open;
};

struct naive {
	struct ledger *ledger;
	struct actor actors[USERS];
	struct known_flow flows[FLOWS];
	struct ledger_counts counts[USERS];
	struct ledger_counts all;
	uint32_t open[USERS];
	uint64_t next_id;
	uint64_t wall_ns;
	unsigned int seed;
};

static unsigned int any(struct naive *naive, unsigned int below)
{
	return (unsigned int)rand_r(&naive->seed) % below;
}

static void tell(struct naive *naive, uint32_t user, struct known_flow *known, struct observation observation,
		 struct model_change change)
{
	const struct judgement judgement = {.fired = any(naive, 10) == 0};

	observation.wall_ns = naive->wall_ns;
	change.actor = &naive->actors[user];
	change.flow = known ? &known->flow : NULL;
	ledger_observe(naive->ledger, &observation, &change, &judgement);
}

static struct ledger_counts *counts_of(struct naive *naive, uint32_t user)
{
	return &naive->counts[user];
}

static void begin(struct naive *naive, struct known_flow *known)
{
	static const uint16_t ports[] = {25, 465, 587, 24};
	uint32_t user = any(naive, USERS);
	unsigned int port = any(naive, ARRAY_SIZE(ports));
	const uint8_t address[4] = {203, 0, 113, (uint8_t)any(naive, 3)};

	*known = (struct known_flow){.user = user, .is_open = true};
	known->flow = (struct flow){
		.id = ++naive->next_id,
		.actor = naive->actors[user].identity.key,
		.remote = {.address = address_from_ipv4(address), .port = ports[port]},
		.scope = SW_SCOPE_EXTERNAL,
	};
	tell(naive, user, known, (struct observation){.kind = OBSERVATION_ATTEMPT},
	     (struct model_change){.flow_began = true, .direct_added = ports[port] == 25});
	counts_of(naive, user)->attempts++;
	counts_of(naive, user)->ports[port]++;
	naive->open[user]++;
}

static void say_something(struct naive *naive, struct known_flow *known)
{
	static const enum dialogue_event_kind kinds[] = {DIALOGUE_BANNER, DIALOGUE_HELO, DIALOGUE_REPLY,
							 DIALOGUE_MESSAGE, DIALOGUE_QUIT};
	struct dialogue_event event = {.kind = kinds[any(naive, ARRAY_SIZE(kinds))], .name = "vps7", .text = "text"};
	struct ledger_counts *counts = counts_of(naive, known->user);
	bool is_refused = any(naive, 2);

	known->flow.dialogue = &known->dialogue;
	event.code = is_refused ? 550 : 250;
	if (event.kind == DIALOGUE_REPLY) {
		known->dialogue.refusals++;
		counts->refusals++;
	} else if (event.kind == DIALOGUE_MESSAGE && is_refused) {
		known->dialogue.refused++;
		counts->refused++;
	} else if (event.kind == DIALOGUE_MESSAGE) {
		known->dialogue.accepted++;
		counts->accepted++;
	}
	tell(naive, known->user, known, (struct observation){.kind = OBSERVATION_DIALOGUE, .dialogue = &event},
	     (struct model_change){.flow_established = false});
}

static void finish(struct naive *naive, struct known_flow *known)
{
	known->flow.established = any(naive, 2);
	known->flow.outcome = known->flow.established ? SW_OUTCOME_CLOSED : SW_OUTCOME_REFUSED;
	counts_of(naive, known->user)->failed += !known->flow.established;
	naive->open[known->user]--;
	known->is_open = false;
	tell(naive, known->user, known, (struct observation){.kind = OBSERVATION_END},
	     (struct model_change){.flow_ended = true});
}

static void add_without_flow(struct naive *naive)
{
	uint32_t user = any(naive, USERS);
	uint64_t untold = any(naive, 100);
	bool is_submission = any(naive, 2);
	struct ledger_counts *counts = counts_of(naive, user);

	if (is_submission) {
		counts->submissions++;
		tell(naive, user, NULL, (struct observation){.kind = OBSERVATION_SUBMISSION},
		     (struct model_change){.submitted = true});
		return;
	}
	counts->attempts += untold;
	counts->ports[LEDGER_PORT_SMTP] += untold;
	tell(naive, user, NULL, (struct observation){.kind = OBSERVATION_COUNTERS},
	     (struct model_change){.direct_added = untold});
}

static void step(struct naive *naive)
{
	struct known_flow *known = &naive->flows[any(naive, FLOWS)];

	naive->wall_ns += any(naive, 1000) * 1000000ULL;
	if (!known->is_open)
		begin(naive, known);
	else if (any(naive, 4) > 0)
		say_something(naive, known);
	else
		finish(naive, known);
	if (any(naive, 5) == 0)
		add_without_flow(naive);
}

static void make(struct naive *naive, unsigned int seed, size_t max_rows, size_t max_flows)
{
	*naive = (struct naive){
		.ledger = ledger_new(max_rows, max_flows),
		.wall_ns = MORNING,
		.seed = seed,
	};
	assert_non_null(naive->ledger);
	for (uint32_t user = 0; user < USERS; user++)
		naive->actors[user] = (struct actor){
			.identity = identity_of(10 + user, 1000 + user, 7),
			.executable = (char *)"/usr/bin/php8.2",
			.role = ACTOR_ROLE_APPLICATION,
		};
}

static void sum_up(struct naive *naive)
{
	naive->all = (struct ledger_counts){.attempts = 0};
	for (size_t user = 0; user < USERS; user++) {
		const uint64_t *counts = (const uint64_t *)&naive->counts[user];
		for (size_t i = 0; i < sizeof(naive->all) / sizeof(uint64_t); i++)
			((uint64_t *)&naive->all)[i] += counts[i];
	}
}

static void assert_totals(struct naive *naive)
{
	struct ledger_totals totals;

	sum_up(naive);
	ledger_get_totals(naive->ledger, &totals);
	assert_memory_equal(&totals.all, &naive->all, sizeof(totals.all));
}

/* All books that hold every flow add up to the same. */
static void assert_books(struct naive *naive)
{
	const struct ledger_row *rows[16];
	uint64_t destinations = 0;
	size_t count = ledger_changed(naive->ledger, LEDGER_BY_DESTINATION, 0, rows, ARRAY_SIZE(rows));

	for (size_t i = 0; i < count; i++)
		destinations += rows[i]->open;
	for (enum ledger_by by = LEDGER_BY_USER; by <= LEDGER_BY_PROCESS; by++) {
		count = ledger_changed(naive->ledger, by, 0, rows, ARRAY_SIZE(rows));
		assert_int_equal(count, USERS);
		for (size_t i = 0; i < count; i++) {
			uint32_t user = rows[i]->actor->identity.euid - 1000;
			assert_memory_equal(&rows[i]->counts, &naive->counts[user], sizeof(rows[i]->counts));
			assert_int_equal(rows[i]->open, naive->open[user]);
		}
	}
	assert_int_equal(destinations, naive->open[0] + naive->open[1] + naive->open[2]);
}

static void test_counts(void **state)
{
	struct naive naive;

	(void)state;
	for (unsigned int seed = 0; seed < 50; seed++) {
		make(&naive, seed, 16, FLOWS + seed);
		for (size_t i = 0; i < 1000; i++)
			step(&naive);
		assert_totals(&naive);
		assert_books(&naive);
		ledger_free(naive.ledger);
	}
}

static void test_totals_of_full_books(void **state)
{
	struct naive naive;

	(void)state;
	for (unsigned int seed = 0; seed < 50; seed++) {
		make(&naive, seed, 1 + seed % 3, 1 + seed % FLOWS);
		for (size_t i = 0; i < 1000; i++)
			step(&naive);
		assert_totals(&naive);
		ledger_free(naive.ledger);
	}
}

static void test_totals_without_memory(void **state)
{
	struct naive naive;
	const struct ledger_row *rows[16];

	(void)state;
	SKIP_UNLESS(!HAS_ADDRESS_SANITIZER, "the sanitizer has malloc() for itself");
	for (unsigned int seed = 0; seed < 200; seed++) {
		make(&naive, seed, 3, FLOWS);
		failing_seed = seed;
		for (size_t i = 0; i < 1000; i++) {
			fails_of = 1 + seed % 8;
			step(&naive);
			fails_of = 0;
		}
		assert_totals(&naive);
		for (size_t i = 0; i < 200; i++) /* there is some again */
			step(&naive);
		assert_totals(&naive);
		assert_true(ledger_changed(naive.ledger, LEDGER_BY_USER, 0, rows, ARRAY_SIZE(rows)) > 0);
		ledger_free(naive.ledger);
	}
	fails_of = 1;
	struct ledger *ledger = ledger_new(3, 3);
	fails_of = 0;
	assert_null(ledger);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_totals_of_full_books),
		cmocka_unit_test(test_totals_without_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
