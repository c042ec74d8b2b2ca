/* SPDX-License-Identifier: GPL-2.0-only */
/* A model to be tested, and how observations are given to it. */
#ifndef SMTPWATCH_TESTS_MODEL_WATCH_H
#define SMTPWATCH_TESTS_MODEL_WATCH_H

#include "model/model.h"
#include "support/observations.h"

#define ACTORS 4
#define FLOWS 8

struct watch {
	struct model *model;
	struct scopes *scopes;
};

static inline int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){model_new(ACTORS, FLOWS), scopes_new()};
	*state = &watch;
	return watch.model && watch.scopes ? 0 : -1;
}

static inline int tear_down(void **state)
{
	struct watch *watch = *state;

	model_free(watch->model);
	scopes_free(watch->scopes);
	return 0;
}

static inline struct model_change observe(struct watch *watch, const struct observation *observation)
{
	struct model_change change;

	memset(&change, 0x5a, sizeof(change));
	assert_int_equal(model_observe(watch->model, watch->scopes, observation, &change), 0);
	return change;
}

static inline struct endpoint external(void)
{
	return endpoint_at("203.0.113.25", 25);
}

/* An attempt of this actor to an external port 25. */
static inline struct model_change attempt(struct watch *watch, const struct sw_identity *identity, uint64_t flow_id)
{
	struct observation observation = attempt_of(identity, flow_id, external());
	return observe(watch, &observation);
}

static inline struct model_change end(struct watch *watch, uint64_t flow_id, enum sw_outcome outcome)
{
	struct observation observation = end_of(flow_id, outcome);
	return observe(watch, &observation);
}

static inline struct model_change gone(struct watch *watch, const struct sw_identity *identity)
{
	struct observation observation = {.kind = OBSERVATION_ACTOR_GONE, .actor = identity->key};
	return observe(watch, &observation);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
