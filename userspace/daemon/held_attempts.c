// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/held_attempts.h"

#include <string.h>

/* What follows an attempt: two states of its flow, and counters and end of its actor. */
#define FOLLOWERS_MAX (4 * (size_t)HELD_ATTEMPTS_MAX)

struct held {
	struct held *next;
	uint64_t since_ns;
	struct observation observation; /* its pointers lead into this */
	struct sw_identity identity;
	struct sw_script script;
	char texts[];
};

struct held_attempts {
	struct smarthosts *smarthosts;
	const struct model *model;
	struct held *first;
	struct held *last;
	struct held *given; /* to whoever asked for the next one */
	size_t count;
	size_t attempts; /* among them */
};

struct held_attempts *held_attempts_new(struct smarthosts *smarthosts, const struct model *model)
{
	struct held_attempts *held = calloc(1, sizeof(*held));

	if (!held)
		return NULL;
	held->smarthosts = smarthosts;
	held->model = model;
	return held;
}

void held_attempts_free(struct held_attempts *held)
{
	struct held *next;

	if (!held)
		return;
	for (struct held *at = held->first; at; at = next) {
		next = at->next;
		free(at);
	}
	free(held->given);
	free(held);
}

size_t held_attempts_count(const struct held_attempts *held)
{
	return held->count;
}

static const char *put(char **at, const char *bytes, size_t size)
{
	if (!bytes)
		return NULL;
	char *copy = *at;
	memcpy(copy, bytes, size);
	*at += size;
	return copy;
}

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static struct held *copy_of(const struct observation *seen)
{
	size_t executable = size_of(seen->executable);
	size_t cwd = size_of(seen->cwd);
	struct held *held = malloc(sizeof(*held) + executable + cwd + seen->argv_size);

	if (!held)
		return NULL;
	char *at = held->texts;
	held->next = NULL;
	held->observation = *seen;
	held->observation.executable = put(&at, seen->executable, executable);
	held->observation.cwd = put(&at, seen->cwd, cwd);
	held->observation.argv = put(&at, seen->argv, seen->argv_size);
	if (seen->identity) {
		held->identity = *seen->identity;
		held->observation.identity = &held->identity;
	}
	if (seen->kernel_script) {
		held->script = *seen->kernel_script;
		held->observation.kernel_script = &held->script;
	}
	return held;
}

static bool push(struct held_attempts *held, const struct observation *observation, uint64_t time_ns)
{
	struct held *copy = copy_of(observation);

	if (!copy)
		return false;
	copy->since_ns = time_ns;
	if (held->last)
		held->last->next = copy;
	else
		held->first = copy;
	held->last = copy;
	held->count++;
	held->attempts += observation->kind == OBSERVATION_ATTEMPT;
	return true;
}

/* A mail server may deliver anywhere. */
static bool is_known_mta(const struct held_attempts *held, const struct observation *observation)
{
	const struct actor *actor = model_find_actor(held->model, &observation->actor);

	return actor && actor->role == ACTOR_ROLE_MTA;
}

static bool is_doubtful(const struct held_attempts *held, const struct scopes *scopes,
			const struct observation *observation)
{
	return observation->kind == OBSERVATION_ATTEMPT && smarthosts_has_names(held->smarthosts) &&
	       scopes_classify(scopes, &observation->remote.address) == SW_SCOPE_EXTERNAL &&
	       !is_known_mta(held, observation);
}

/* Whether it has to come after something that waits. */
static bool follows(const struct observation *later, const struct observation *earlier)
{
	if (later->kind == OBSERVATION_ESTABLISHED || later->kind == OBSERVATION_END)
		return earlier->kind != OBSERVATION_COUNTERS && later->flow_id == earlier->flow_id;
	if (later->kind != OBSERVATION_COUNTERS && later->kind != OBSERVATION_ACTOR_GONE)
		return false;
	return memcmp(&later->actor, &earlier->actor, sizeof(later->actor)) == 0;
}

static bool follows_any(const struct held_attempts *held, const struct observation *observation)
{
	for (const struct held *at = held->first; at; at = at->next)
		if (follows(observation, &at->observation))
			return true;
	return false;
}

bool held_attempts_take(struct held_attempts *held, const struct scopes *scopes, const struct observation *observation,
			uint64_t time_ns)
{
	if (is_doubtful(held, scopes, observation)) {
		smarthosts_ask(held->smarthosts, time_ns);
		return held->attempts < HELD_ATTEMPTS_MAX && push(held, observation, time_ns);
	}
	return held->count < HELD_ATTEMPTS_MAX + FOLLOWERS_MAX && follows_any(held, observation) &&
	       push(held, observation, time_ns);
}

static bool is_decided(const struct held_attempts *held, const struct held *first, uint64_t time_ns)
{
	uint64_t age_ns = time_ns - first->since_ns;

	if (first->observation.kind != OBSERVATION_ATTEMPT || age_ns >= HELD_ATTEMPTS_MAX_NS ||
	    smarthosts_have(held->smarthosts, &first->observation.remote.address))
		return true;
	return age_ns >= HELD_ATTEMPTS_GRACE_NS && !smarthosts_are_asked(held->smarthosts);
}

const struct observation *held_attempts_next(struct held_attempts *held, uint64_t time_ns, bool is_end)
{
	struct held *first = held->first;

	free(held->given);
	held->given = NULL;
	if (!first || (!is_end && !is_decided(held, first, time_ns)))
		return NULL;
	held->first = first->next;
	if (!held->first)
		held->last = NULL;
	held->count--;
	held->attempts -= first->observation.kind == OBSERVATION_ATTEMPT;
	held->given = first;
	return &first->observation;
}
