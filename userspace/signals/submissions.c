// SPDX-License-Identifier: GPL-2.0-only
#include "signals/submissions.h"

#include <string.h>

/* Programs that were started and have not connected yet; most never do. */
#define EXPECTED_MAX 256

struct submissions {
	struct sw_actor_key expected[EXPECTED_MAX]; /* a ring: pid 0 is nobody */
	size_t next;
};

struct submissions *submissions_new(void)
{
	return calloc(1, sizeof(struct submissions));
}

void submissions_free(struct submissions *submissions)
{
	free(submissions);
}

static void expect_connection(struct submissions *submissions, const struct sw_actor_key *actor)
{
	submissions->expected[submissions->next] = *actor;
	submissions->next = (submissions->next + 1) % EXPECTED_MAX;
}

static bool was_expected(struct submissions *submissions, const struct sw_actor_key *actor)
{
	for (size_t i = 0; i < EXPECTED_MAX; i++) {
		struct sw_actor_key *expected = &submissions->expected[i];
		if (expected->pid == 0 || memcmp(expected, actor, sizeof(*actor)) != 0)
			continue;
		*expected = (struct sw_actor_key){.pid = 0};
		return true;
	}
	return false;
}

bool submissions_take(struct submissions *submissions, const struct sighting *sighting)
{
	const struct sw_actor_key *actor = &sighting->actor->identity.key;

	if (!sighting->change->submitted)
		return false;
	if (sighting->observation->kind != OBSERVATION_SUBMISSION)
		return !was_expected(submissions, actor);
	expect_connection(submissions, actor);
	return true;
}
