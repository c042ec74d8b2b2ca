// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts.h"

#include "lib/clock.h"
#include "lib/table.h"
#include "model/actors.h"
#include "model/dialogue.h"
#include "rules/alert_key.h"
#include "rules/networks.h"
#include "rules/rate.h"

#include <errno.h>
#include <string.h>

#define ALERTS_MAX 2048

#define QUIET_MINIMUM_NS (600 * NANOSECONDS_A_SECOND) /* a key is not forgotten earlier */

struct alert_state {
	struct table_link link;
	struct alert_key key;
	struct actor actor; /* a copy: the alert outlives its process */
	struct endpoint remote;
	char domain[NAME_SIZE];
	uint64_t flow_id;          /* of the latest firing, 0: none */
	struct dialogue *dialogue; /* a copy, of the latest flow that said something */
	bool dialogue_is_said;     /* a line had one */
	enum alert_severity severity;
	char evidence[FIRING_EVIDENCE_SIZE];
	struct networks networks;
	struct rate rate;
	uint64_t count;
	uint64_t said; /* the count in the last line */
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
	uint64_t last_ns;
	uint64_t line_ns; /* when the last line was written */
};

struct alerts {
	struct table *states;
	struct alert_shares *shares;
	uint64_t cooldown_ns;
	uint64_t written;
	alert_writer write;
	void *context;
};

static void free_state(void *entry)
{
	struct alert_state *state = entry;
	actor_clear(&state->actor);
	dialogue_free(state->dialogue);
	free(state);
}

struct alerts *alerts_new(uint64_t cooldown_ns, alert_writer write, void *context)
{
	_cleanup_(cleanup_alerts_free) struct alerts *alerts = calloc(1, sizeof(*alerts));
	if (!alerts)
		return NULL;
	alerts->cooldown_ns = cooldown_ns;
	alerts->write = write;
	alerts->context = context;
	alerts->states = table_new(ALERTS_MAX, offsetof(struct alert_state, key), sizeof(struct alert_key), free_state);
	alerts->shares = alert_shares_new(ALERTS_MAX);
	return alerts->states && alerts->shares ? TAKE_PTR(alerts) : NULL;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	table_free(alerts->states);
	alert_shares_free(alerts->shares);
	free(alerts);
}

void alerts_set_cooldown(struct alerts *alerts, uint64_t cooldown_ns)
{
	alerts->cooldown_ns = cooldown_ns;
}

static void write_line(struct alerts *alerts, struct alert_state *state, enum alert_phase phase, uint64_t time_ns)
{
	const struct alert alert = {
		.rule = state->key.rule,
		.severity = state->severity,
		.phase = phase,
		.actor = &state->actor,
		.remote = state->remote,
		.domain = state->domain[0] ? state->domain : NULL,
		.dialogue = state->dialogue,
		.count = state->count,
		.networks = state->networks.count,
		.networks_capped = state->networks.capped,
		.more_actors = state->key.fold != ALERT_FOLD_NONE,
		.evidence = state->evidence[0] ? state->evidence : NULL,
		.first_wall_ns = state->first_wall_ns,
		.last_wall_ns = state->last_wall_ns,
	};
	alerts->write(alerts->context, &alert);
	alerts->written++;
	state->said = state->count;
	state->dialogue_is_said |= state->dialogue != NULL;
	state->line_ns = time_ns;
}

static void remove_state(struct alerts *alerts, struct alert_state *state)
{
	alert_shares_remove(alerts->shares, &state->key);
	table_remove(alerts->states, state);
}

static void forget(struct alerts *alerts, struct alert_state *state)
{
	if (state->count > state->said)
		write_line(alerts, state, ALERT_CONTINUING, state->last_ns);
	remove_state(alerts, state);
}

static struct alert_key key_of(const struct firing *firing)
{
	if (firing->subject)
		return alert_key_of_subject(firing->rule, firing->subject, firing->subject_site, firing->subject_uid);
	return alert_key_of_actor(firing->rule, firing->actor);
}

/* The state of this key, or of the one that it is folded into. NULL: there is none, and the key is what it will be. */
static struct alert_state *find_state(const struct alerts *alerts, struct alert_key *key)
{
	struct alert_state *state = table_find(alerts->states, key);

	for (enum alert_fold fold = ALERT_FOLD_SITE; fold < ALERT_FOLD_COUNT && !state; fold++) {
		if (!alert_shares_used_up(alerts->shares, key, fold))
			continue;
		*key = alert_key_fold(key, fold);
		state = table_find(alerts->states, key);
	}
	return state;
}

static struct alert_state *add_state(struct alerts *alerts, const struct alert_key *key, const struct firing *firing)
{
	_cleanup_free_ struct alert_state *state = calloc(1, sizeof(*state));
	if (!state)
		return NULL;
	state->key = *key;
	state->severity = firing->severity;
	state->first_wall_ns = firing->wall_ns;
	if (table_is_full(alerts->states))
		forget(alerts, table_oldest(alerts->states));
	if (alert_shares_add(alerts->shares, key) != 0)
		return NULL;
	table_insert(alerts->states, state);
	return TAKE_PTR(state);
}

/* -ENOMEM leaves the old: a line then says less. */
static void take_dialogue(struct alert_state *state, const struct dialogue *dialogue)
{
	struct dialogue *copy = dialogue && dialogue_says_something(dialogue) ? dialogue_copy(dialogue) : NULL;
	if (!copy)
		return;
	dialogue_free(state->dialogue);
	state->dialogue = copy;
}

/* A flow's name can be known later than its attempt. */
static void take_domain(struct alert_state *state, const struct flow *flow)
{
	memcpy(state->domain, flow->domain, sizeof(state->domain));
}

static void take_flow(struct alert_state *state, const struct flow *flow)
{
	take_domain(state, flow);
	state->flow_id = flow->id;
	take_dialogue(state, flow->dialogue);
}

static int update_state(struct alert_state *state, const struct firing *firing)
{
	if (!actor_is_like(&state->actor, firing->actor)) {
		int error = actor_copy(&state->actor, firing->actor);
		if (error)
			return error;
	}
	state->count += firing->count;
	state->last_ns = firing->time_ns;
	state->last_wall_ns = firing->wall_ns;
	memcpy(state->evidence, firing->evidence, sizeof(state->evidence));
	if (firing->flow)
		take_flow(state, firing->flow);
	if (firing->remote) {
		state->remote = *firing->remote;
		if (firing->window_ns)
			networks_add(&state->networks, &firing->remote->address, firing->time_ns, firing->window_ns);
	}
	return 0;
}

static bool raise_severity(struct alert_state *state, const struct firing *firing)
{
	if (firing->severity <= state->severity)
		return false;
	state->severity = firing->severity;
	return true;
}

void alerts_set_combinations(struct alerts *alerts, const void *combinations, size_t count);
void alerts_set_combinations(struct alerts *alerts, const void *combinations, size_t count)
{
	(void)alerts; (void)combinations; (void)count;
}

int alerts_fire(struct alerts *alerts, const struct firing *firing)
{
	struct alert_key key = key_of(firing);
	struct alert_state *state = find_state(alerts, &key);
	bool is_new = !state;

	if (is_new && !(state = add_state(alerts, &key, firing)))
		return -ENOMEM;
	int error = update_state(state, firing);
	if (error && is_new)
		remove_state(alerts, state);
	if (error)
		return error;
	table_touch(alerts->states, state);

	bool rises = raise_severity(state, firing);
	if (is_new)
		write_line(alerts, state, ALERT_RAISED, firing->time_ns);
	else if (rises)
		write_line(alerts, state, ALERT_RISEN, firing->time_ns);
	else if (state->count > state->said && firing->time_ns >= state->line_ns + alerts->cooldown_ns)
		write_line(alerts, state, ALERT_CONTINUING, firing->time_ns);
	return 0;
}

void alerts_take_dialogue(struct alerts *alerts, const struct flow *flow, uint64_t time_ns, uint64_t wall_ns)
{
	if (!flow->dialogue || !dialogue_says_something(flow->dialogue))
		return;
	for (struct alert_state *state = table_oldest(alerts->states); state; state = table_newer(state)) {
		if (state->flow_id != flow->id)
			continue;
		take_domain(state, flow);
		take_dialogue(state, flow->dialogue);
		state->last_wall_ns = wall_ns;
		if (state->dialogue && !state->dialogue_is_said)
			write_line(alerts, state, ALERT_CONTINUING, time_ns);
	}
}

void alerts_tick(struct alerts *alerts, uint64_t time_ns)
{
	uint64_t quiet_ns = alerts->cooldown_ns > QUIET_MINIMUM_NS ? alerts->cooldown_ns : QUIET_MINIMUM_NS;
	struct alert_state *next;

	for (struct alert_state *state = table_oldest(alerts->states); state; state = next) {
		next = table_newer(state);
		if (state->count > state->said && time_ns >= state->line_ns + alerts->cooldown_ns)
			write_line(alerts, state, ALERT_CONTINUING, time_ns);
		if (state->count == state->said && time_ns >= state->last_ns + quiet_ns)
			forget(alerts, state);
	}
}

void alerts_finish(struct alerts *alerts)
{
	for (struct alert_state *state = table_oldest(alerts->states); state; state = table_newer(state))
		if (state->count > state->said)
			write_line(alerts, state, ALERT_ENDED, state->last_ns);
}

uint64_t alerts_written(const struct alerts *alerts)
{
	return alerts->written;
}
