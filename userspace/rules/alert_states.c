// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alert_states.h"

#include "model/actors.h"
#include "model/dialogue.h"

#include <string.h>

#define HINT_SLOTS 4096   /* a power of two: twice as many as alerts */
#define FLOW_BUCKETS 4096 /* the same */

struct alert_states {
	struct table *table;
	struct alert_shares *shares;
	struct alert_state *hints[HINT_SLOTS]; /* where an alert was found last. NULL: look into the table */
	struct alert_state *flows[FLOW_BUCKETS];
};

static void free_state(void *entry)
{
	struct alert_state *state = entry;
	actor_clear(&state->actor);
	dialogue_free(state->dialogue);
	free(state->source);
	free(state);
}

struct alert_states *alert_states_new(size_t capacity)
{
	_cleanup_(cleanup_alert_states_free) struct alert_states *states = calloc(1, sizeof(*states));
	if (!states)
		return NULL;
	states->table = table_new(capacity, offsetof(struct alert_state, key), sizeof(struct alert_key), free_state);
	states->shares = alert_shares_new(capacity);
	return states->table && states->shares ? TAKE_PTR(states) : NULL;
}

void alert_states_free(struct alert_states *states)
{
	if (!states)
		return;
	table_free(states->table);
	alert_shares_free(states->shares);
	free(states);
}

/* False: what it is made of has to be written down to be compared. */
static bool parts_of(const struct firing *firing, struct alert_key_parts *ret_parts)
{
	if (firing->subject) {
		*ret_parts = (struct alert_key_parts){
			.rule = firing->rule,
			.uid = firing->subject_uid,
			.site = firing->subject_site ? firing->subject_site : "",
			.subject = firing->subject,
		};
		return true;
	}
	if (firing->actor->origin != ACTOR_ORIGIN_PROCESS)
		return false;
	*ret_parts = alert_key_parts_of_actor(firing->rule, firing->actor);
	return true;
}

static struct alert_key key_of(const struct firing *firing)
{
	if (firing->subject)
		return alert_key_of_subject(firing->rule, firing->subject, firing->subject_site, firing->subject_uid);
	return alert_key_of_actor(firing->rule, firing->actor);
}

/* The state of this key, or of the one that it is folded into. NULL: there is none, and the key is what it will be. */
static struct alert_state *find_by_key(const struct alert_states *states, struct alert_key *key)
{
	struct alert_state *state = table_find(states->table, key);

	for (enum alert_fold fold = ALERT_FOLD_SITE; fold < ALERT_FOLD_COUNT && !state; fold++) {
		if (!alert_shares_used_up(states->shares, key, fold))
			continue;
		*key = alert_key_fold(key, fold);
		state = table_find(states->table, key);
	}
	return state;
}

static size_t slot_of(const struct alert_key_parts *parts)
{
	return alert_key_hint(parts) & (HINT_SLOTS - 1);
}

struct alert_state *alert_states_find(struct alert_states *states, const struct firing *firing,
				      struct alert_key *ret_key)
{
	struct alert_key_parts parts;
	bool has_parts = parts_of(firing, &parts);
	size_t slot = has_parts ? slot_of(&parts) : 0;

	if (has_parts && states->hints[slot] && alert_key_has_parts(&states->hints[slot]->key, &parts))
		return states->hints[slot];
	struct alert_key key = key_of(firing);
	struct alert_state *state = find_by_key(states, &key);
	if (!state)
		*ret_key = key;
	else if (has_parts && alert_key_has_parts(&state->key, &parts)) /* the slot is that of the state's own key */
		states->hints[slot] = state;
	return state;
}

static size_t slot_of_key(const struct alert_key *key)
{
	const struct alert_key_parts parts = {
		.rule = key->rule, .exe_inode = key->exe_inode, .uid = key->uid, .subject = key->subject};
	return slot_of(&parts);
}

struct alert_state *alert_states_add(struct alert_states *states, const struct alert_key *key)
{
	_cleanup_free_ struct alert_state *state = calloc(1, sizeof(*state));

	if (!state || alert_shares_add(states->shares, key) != 0)
		return NULL;
	state->key = *key;
	table_insert(states->table, state);
	states->hints[slot_of_key(key)] = state;
	return TAKE_PTR(state);
}

struct alert_state *alert_states_restore(struct alert_states *states, const struct alert_key *key)
{
	if (table_is_full(states->table) || table_find(states->table, key))
		return NULL;
	return alert_states_add(states, key);
}

static size_t bucket_of(uint64_t flow_id)
{
	return (flow_id * 0x9e3779b97f4a7c15ULL >> 32) & (FLOW_BUCKETS - 1);
}

static void leave_flow(struct alert_states *states, struct alert_state *state)
{
	if (!state->flow_id)
		return;
	struct alert_state **at = &states->flows[bucket_of(state->flow_id)];
	while (*at != state)
		at = &(*at)->next_of_flow;
	*at = state->next_of_flow;
	state->next_of_flow = NULL;
	state->flow_id = 0;
}

/* At the end of its bucket, so that alerts are told of a flow in the order in which it fired. */
static void join_flow(struct alert_states *states, struct alert_state *state, uint64_t flow_id)
{
	struct alert_state **at = &states->flows[bucket_of(flow_id)];

	while (*at)
		at = &(*at)->next_of_flow;
	*at = state;
	state->flow_id = flow_id;
}

static void touch(struct alert_states *states, struct alert_state *state, uint64_t flow_id)
{
	table_touch(states->table, state);
	if (!flow_id || flow_id == state->flow_id)
		return;
	leave_flow(states, state);
	join_flow(states, state, flow_id);
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

void alert_state_hear(struct alert_state *state, const struct flow *flow)
{
	take_domain(state, flow);
	take_dialogue(state, flow->dialogue);
}

/* Without memory the line tells the old one, or none. */
static void take_source(struct alert_state *state, const char *source)
{
	if (source && state->source && strcmp(source, state->source) == 0)
		return;
	free(state->source);
	state->source = source ? strdup(source) : NULL;
}

/* What the rule counted when it reached the heaviest step. */
static void take_measures(struct alert_state *state, const struct firing *firing)
{
	if (firing->is_score || firing->severity < state->severity)
		return;
	state->measure_count = firing->measure_count;
	memcpy(state->measures, firing->measures, firing->measure_count * sizeof(firing->measures[0]));
}

static void take_samples(struct alert_state *state, const struct firing *firing)
{
	size_t count = firing->sample_count < ALERT_SAMPLES_MAX ? firing->sample_count : ALERT_SAMPLES_MAX;

	if (!count)
		return;
	memcpy(state->samples, firing->samples + (firing->sample_count - count), count * sizeof(firing->samples[0]));
	state->sample_count = count;
}

static void take_destination(struct alert_state *state, const struct firing *firing)
{
	if (firing->flow)
		take_domain(state, firing->flow);
	if (!firing->remote)
		return;
	state->remote = *firing->remote;
	if (firing->window_ns)
		networks_add(&state->networks, &firing->remote->address, firing->time_ns, firing->window_ns);
}

int alert_states_update(struct alert_states *states, struct alert_state *state, const struct firing *firing)
{
	if (!actor_is_like(&state->actor, firing->actor)) {
		int error = actor_copy(&state->actor, firing->actor);
		if (error)
			return error;
	}
	state->reason = firing->reason;
	take_source(state, firing->source);
	take_measures(state, firing);
	take_samples(state, firing);
	take_destination(state, firing);
	state->cooldown_ns = firing->cooldown_ns;
	state->count += firing->count;
	if (firing->time_ns > state->last_ns)
		state->last_ns = firing->time_ns;
	state->last_wall_ns = firing->wall_ns;
	memcpy(state->evidence, firing->evidence, sizeof(state->evidence));
	touch(states, state, firing->flow ? firing->flow->id : 0);
	return 0;
}

void alert_states_remove(struct alert_states *states, struct alert_state *state)
{
	struct alert_state **hint = &states->hints[slot_of_key(&state->key)];

	if (*hint == state)
		*hint = NULL;
	leave_flow(states, state);
	alert_shares_remove(states->shares, &state->key);
	table_remove(states->table, state);
}

static struct alert_state *first_of_flow(struct alert_state *state, uint64_t flow_id)
{
	while (state && state->flow_id != flow_id)
		state = state->next_of_flow;
	return state;
}

struct alert_state *alert_states_of_flow(const struct alert_states *states, uint64_t flow_id)
{
	return first_of_flow(states->flows[bucket_of(flow_id)], flow_id);
}

struct alert_state *alert_states_next_of_flow(const struct alert_state *state)
{
	return first_of_flow(state->next_of_flow, state->flow_id);
}

struct alert_state *alert_states_oldest(const struct alert_states *states)
{
	return table_oldest(states->table);
}

struct alert_state *alert_states_newer(const struct alert_state *state)
{
	return table_newer(state);
}

bool alert_states_are_full(const struct alert_states *states)
{
	return table_is_full(states->table);
}
