// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts.h"

#include "lib/clock.h"
#include "lib/table.h"
#include "model/actors.h"
#include "rules/networks.h"

#include <errno.h>
#include <string.h>

#define ALERTS_MAX 1024

/* A user with more executables than this under one rule gets one key for all further ones: who runs a new
 * file for each connection must not get a line for each. */
#define EXECUTABLES_TOLD 8
#define FURTHER_EXECUTABLES UINT32_MAX /* a device number has 12 bits of major and 20 of minor, never all set */

#define QUIET_MINIMUM_NS (600 * NANOSECONDS_A_SECOND) /* a key is not forgotten earlier */

struct alert_key {
	const char *rule;
	uint64_t exe_inode;
	uint32_t exe_device; /* FURTHER_EXECUTABLES: the user's, whatever their inode */
	uint32_t uid;
};

struct alert_state {
	struct table_link link;
	struct alert_key key;
	struct actor actor; /* a copy: the alert outlives its process */
	struct endpoint remote;
	enum alert_severity severity;
	struct networks networks;
	uint64_t count;
	uint64_t said; /* the count in the last line */
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
	uint64_t last_ns;
	uint64_t line_ns; /* when the last line was written */
};

struct alerts {
	struct table *states;
	uint64_t cooldown_ns;
	uint64_t written;
	alert_writer write;
	void *context;
};

static void free_state(void *entry)
{
	struct alert_state *state = entry;
	actor_clear(&state->actor);
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
	return alerts->states ? TAKE_PTR(alerts) : NULL;
}

void alerts_free(struct alerts *alerts)
{
	if (alerts)
		table_free(alerts->states);
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
		.count = state->count,
		.networks = state->networks.count,
		.networks_capped = state->networks.capped,
		.more_actors = state->key.exe_device == FURTHER_EXECUTABLES,
		.first_wall_ns = state->first_wall_ns,
		.last_wall_ns = state->last_wall_ns,
	};
	alerts->write(alerts->context, &alert);
	alerts->written++;
	state->said = state->count;
	state->line_ns = time_ns;
}

static void forget(struct alerts *alerts, struct alert_state *state)
{
	if (state->count > state->said)
		write_line(alerts, state, ALERT_CONTINUING, state->last_ns);
	table_remove(alerts->states, state);
}

static size_t count_executables(const struct alerts *alerts, const struct alert_key *key)
{
	size_t count = 0;
	for (struct alert_state *state = table_oldest(alerts->states); state; state = table_newer(state))
		count += state->key.uid == key->uid && state->key.rule == key->rule;
	return count;
}

static struct alert_state *find_state(const struct alerts *alerts, struct alert_key *key)
{
	struct alert_state *state = table_find(alerts->states, key);
	if (state || count_executables(alerts, key) < EXECUTABLES_TOLD)
		return state;
	key->exe_inode = 0;
	key->exe_device = FURTHER_EXECUTABLES;
	return table_find(alerts->states, key);
}

static struct alert_state *add_state(struct alerts *alerts, const struct alert_key *key, const struct firing *firing)
{
	struct alert_state *state = calloc(1, sizeof(*state));
	if (!state)
		return NULL;
	state->key = *key;
	state->severity = firing->severity;
	state->first_wall_ns = firing->wall_ns;
	if (table_is_full(alerts->states))
		forget(alerts, table_oldest(alerts->states));
	table_insert(alerts->states, state);
	return state;
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
	if (firing->remote) {
		state->remote = *firing->remote;
		networks_add(&state->networks, &firing->remote->address, firing->time_ns, firing->window_ns);
	}
	return 0;
}

int alerts_fire(struct alerts *alerts, const struct firing *firing)
{
	const struct sw_actor_key *actor = &firing->actor->identity.key;
	struct alert_key key = {firing->rule, actor->exe_inode, actor->exe_device, actor->uid};
	struct alert_state *state = find_state(alerts, &key);
	bool is_new = !state;

	if (is_new && !(state = add_state(alerts, &key, firing)))
		return -ENOMEM;
	int error = update_state(state, firing);
	if (error && is_new)
		table_remove(alerts->states, state);
	if (error)
		return error;
	table_touch(alerts->states, state);

	bool rises = state->networks.count >= firing->risen_networks && state->severity < firing->risen_severity;
	if (rises)
		state->severity = firing->risen_severity;
	if (is_new)
		write_line(alerts, state, ALERT_RAISED, firing->time_ns);
	else if (rises)
		write_line(alerts, state, ALERT_RISEN, firing->time_ns);
	else if (state->count > state->said && firing->time_ns >= state->line_ns + alerts->cooldown_ns)
		write_line(alerts, state, ALERT_CONTINUING, firing->time_ns);
	return 0;
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
