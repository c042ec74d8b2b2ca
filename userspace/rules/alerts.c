// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts.h"

#include "lib/clock.h"
#include "model/actors.h"
#include "model/dialogue.h"
#include "rules/alert_states.h"
#include "rules/alerts_keep.h"
#include "rules/incidents.h"
#include "rules/rule_set.h"

#include <errno.h>
#include <string.h>

#define ALERTS_MAX 2048

#define QUIET_MINIMUM_NS (600 * NANOSECONDS_A_SECOND) /* an alert does not end earlier */

struct alerts {
	struct alert_states *states;
	struct incidents *incidents;
	const struct combination *combinations;
	size_t combination_count;
	uint64_t edition; /* of the combinations, counted from 1 */
	uint64_t cooldown_ns;
	uint64_t written;
	alert_writer write;
	void *context;
	struct actor kept_actor; /* of an alert of an earlier run that is read next; empty else */
};

struct alerts *alerts_new(uint64_t cooldown_ns, alert_writer write, void *context)
{
	_cleanup_(cleanup_alerts_free) struct alerts *alerts = calloc(1, sizeof(*alerts));
	if (!alerts)
		return NULL;
	alerts->edition = 1;
	alerts->cooldown_ns = cooldown_ns;
	alerts->write = write;
	alerts->context = context;
	alerts->states = alert_states_new(ALERTS_MAX);
	alerts->incidents = incidents_new(ALERTS_MAX);
	return alerts->states && alerts->incidents ? TAKE_PTR(alerts) : NULL;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	alert_states_free(alerts->states);
	incidents_free(alerts->incidents);
	actor_clear(&alerts->kept_actor);
	free(alerts);
}

void alerts_set_cooldown(struct alerts *alerts, uint64_t cooldown_ns)
{
	alerts->cooldown_ns = cooldown_ns;
}

void alerts_set_combinations(struct alerts *alerts, const struct combination *combinations, size_t count)
{
	alerts->combinations = combinations;
	alerts->combination_count = count;
	alerts->edition++;
}

static uint64_t cooldown_of(const struct alerts *alerts, const struct alert_state *state)
{
	return state->cooldown_ns ? state->cooldown_ns : alerts->cooldown_ns;
}

static bool is_quiet(const struct alerts *alerts, const struct alert_state *state, uint64_t time_ns)
{
	uint64_t cooldown_ns = cooldown_of(alerts, state);

	return time_ns >= state->last_ns + (cooldown_ns > QUIET_MINIMUM_NS ? cooldown_ns : QUIET_MINIMUM_NS);
}

/* What was silent for ten minutes is not said to go on: its end is near, or it fires again. */
static bool is_going(const struct alert_state *state, uint64_t time_ns)
{
	return time_ns < state->last_ns + QUIET_MINIMUM_NS;
}

static bool is_due(const struct alerts *alerts, const struct alert_state *state, uint64_t time_ns)
{
	return state->count > state->said &&
	       time_ns >= state->line_ns + incident_interval(cooldown_of(alerts, state), state->continued);
}

static void write_line(struct alerts *alerts, struct alert_state *state, enum alert_phase phase, bool is_news)
{
	struct alert alert = {
		.rule = state->key.rule,
		.reason = state->reason,
		.source = state->source,
		.incident = &state->incident->shown,
		.is_news = is_news,
		.measure_count = state->measure_count,
		.samples = state->samples,
		.sample_count = state->sample_count,
		.severity = state->severity,
		.phase = phase,
		.actor = &state->actor,
		.remote = state->remote,
		.domain = state->domain[0] ? state->domain : NULL,
		.dialogue = state->dialogue,
		.count = state->count,
		.networks = state->networks.count,
		.networks_capped = state->networks.capped,
		.is_of_host = state->incident->key.kind == INCIDENT_OF_HOST,
		.more_actors = state->key.fold != ALERT_FOLD_NONE,
		.evidence = state->evidence[0] ? state->evidence : NULL,
		.first_wall_ns = state->first_wall_ns,
		.last_wall_ns = state->last_wall_ns,
	};

	memcpy(alert.measures, state->measures, sizeof(alert.measures));
	alerts->write(alerts->context, &alert);
	alerts->written++;
	state->said = state->count;
	state->dialogue_is_said |= state->dialogue != NULL;
}

/* A line of the alert's time-table, and if it is news of that of its incident. */
static void tell(struct alerts *alerts, struct alert_state *state, enum alert_phase phase, bool is_news,
		 uint64_t time_ns)
{
	struct incident *incident = state->incident;

	write_line(alerts, state, phase, is_news);
	state->line_ns = time_ns;
	state->continued += phase == ALERT_CONTINUING;
	if (!is_news)
		return;
	incident->said = incident->shown.count;
	incident->told_ns = time_ns;
	incident->continued += phase == ALERT_CONTINUING;
}

static void tell_if_due(struct alerts *alerts, struct alert_state *state, uint64_t time_ns)
{
	bool is_news = incident_is_due(state->incident, cooldown_of(alerts, state), time_ns);

	if (is_news || is_due(alerts, state, time_ns))
		tell(alerts, state, ALERT_CONTINUING, is_news, time_ns);
}

static void remove_state(struct alerts *alerts, struct alert_state *state)
{
	struct incident *incident = state->incident;

	incident_remove_alert(incident, state->key.rule);
	incident->open -= !state->is_combination && !state->is_ended;
	if (incident->latest == state)
		incident->latest = NULL;
	if (incident->risen == state)
		incident->risen = NULL;
	for (struct alert_state **at = &incident->combinations; *at; at = &(*at)->next_combination)
		if (*at == state) {
			*at = state->next_combination;
			break;
		}
	if (incident->alerts == 0)
		incidents_remove(alerts->incidents, incident);
	alert_states_remove(alerts->states, state);
}

/* The last alert of an incident has the last word, after its combinations. */
static void say_ended(struct alerts *alerts, struct alert_state *state)
{
	struct incident *incident = state->incident;

	if (state->is_ended)
		return;
	state->is_ended = true;
	if (state->is_combination) {
		write_line(alerts, state, ALERT_ENDED, false);
		return;
	}
	incident->open--;
	for (struct alert_state *other = incident->combinations; other && !incident->open;
	     other = other->next_combination)
		say_ended(alerts, other);
	tell(alerts, state, ALERT_ENDED, incident->open == 0, state->last_ns);
}

/* Returns the one after it. */
static struct alert_state *end_state(struct alerts *alerts, struct alert_state *state)
{
	struct incident *incident = state->incident;

	say_ended(alerts, state);
	while (incident->open == 0 && incident->combinations && !state->is_combination)
		remove_state(alerts, incident->combinations);
	struct alert_state *next = alert_states_newer(state);
	remove_state(alerts, state);
	return next;
}

/* NULL: no memory, and the incident is as it was. */
static struct alert_state *add_state(struct alerts *alerts, const struct alert_key *key, struct incident *incident,
				     const struct firing *firing)
{
	struct alert_state *state = alert_states_add(alerts->states, key);

	if (!state)
		return NULL;
	state->severity = firing->severity;
	state->first_wall_ns = firing->wall_ns;
	if (alert_states_update(alerts->states, state, firing) != 0) {
		alert_states_remove(alerts->states, state);
		return NULL;
	}
	if (firing->flow)
		alert_state_hear(state, firing->flow);
	state->incident = incident;
	incident_add_alert(incident, key->rule);
	return state;
}

/* Ends the alert that was quiet longest if there is no room, but none of the incident `kept` (or NULL). False: there is
 * no other. */
static bool make_room(struct alerts *alerts, const struct incident *kept)
{
	struct alert_state *oldest = alert_states_oldest(alerts->states);

	if (!alert_states_are_full(alerts->states))
		return true;
	while (oldest && oldest->incident == kept)
		oldest = alert_states_newer(oldest);
	if (oldest)
		end_state(alerts, oldest);
	return oldest;
}

/* An alert that fired in its incident. */
static void count_in_incident(struct alert_state *state, const struct firing *firing)
{
	state->incident->shown.count += firing->count;
	state->incident->latest = state;
}

/* -ENOMEM: it is tried again when something fires next. */
static int raise_combination(struct alerts *alerts, struct incident *incident, const struct combination *combination,
			     const struct firing *last, const char *evidence)
{
	struct firing firing = *last;
	const struct alert_key key =
		alert_key_of_subject(combination->name, incident->shown.id, NULL, last->actor->identity.key.uid);

	firing.reason = combination->reason;
	firing.source = combination->source;
	firing.severity = combination->severity;
	firing.count = 1;
	firing.is_score = false;
	firing.cooldown_ns = 0;
	firing.window_ns = 0;
	firing.measure_count = 0;
	memcpy(firing.evidence, evidence, sizeof(firing.evidence));
	struct alert_state *state = make_room(alerts, incident) ? add_state(alerts, &key, incident, &firing) : NULL;
	if (!state)
		return -ENOMEM;
	state->is_combination = true;
	state->next_combination = incident->combinations;
	incident->combinations = state;
	bool is_news = incident_lift(incident, state, state->severity, firing.time_ns) || !incident->shown.is_paging;
	incident->shown.is_paging = true;
	tell(alerts, state, ALERT_RAISED, is_news, firing.time_ns);
	return 0;
}

/* Looks at an incident when a rule or the combinations are new to it. */
static void combine(struct alerts *alerts, struct incident *incident, const struct firing *firing)
{
	char evidence[FIRING_EVIDENCE_SIZE];
	int error = 0;

	if (incident->compared == alerts->edition)
		return;
	for (size_t i = 0; i < alerts->combination_count; i++) {
		const struct combination *combination = &alerts->combinations[i];

		if (!combination->is_enabled || incident_has_rule(incident, combination->name) ||
		    !incident_fulfils(incident, combination, firing->time_ns, evidence))
			continue;
		if (raise_combination(alerts, incident, combination, firing, evidence) != 0)
			error = -ENOMEM;
	}
	incident->compared = error ? 0 : alerts->edition;
}

/* The record has had the line when it rose. This one is out of the time-table. */
static void tell_of_rise(struct alerts *alerts, struct incident *incident, uint64_t time_ns)
{
	if (!incident_is_risen(incident, time_ns))
		return;
	incident->rise_due_ns = 0;
	if (!incident->risen || incident->risen->is_ended)
		return;
	write_line(alerts, incident->risen, ALERT_CONTINUING, true);
	incident->said = incident->shown.count;
	incident->told_ns = time_ns;
}

/* The first firing of an alert. */
static int raise_alert(struct alerts *alerts, const struct alert_key *key, const struct firing *firing)
{
	const struct incident_key incident_key = incident_key_of(firing, key);

	make_room(alerts, NULL);
	struct incident *incident = incidents_take(alerts->incidents, &incident_key, firing->time_ns, firing->wall_ns);
	if (!incident)
		return -ENOMEM;
	struct alert_state *state = add_state(alerts, key, incident, firing);
	if (!state && incident->alerts == 0)
		incidents_remove(alerts->incidents, incident);
	if (!state)
		return -ENOMEM;
	tell_of_rise(alerts, incident, firing->time_ns);
	incident->open++;
	count_in_incident(state, firing);
	combine(alerts, incident, firing);
	bool is_news = incident_lift(incident, state, state->severity, firing->time_ns);
	tell(alerts, state, ALERT_RAISED, is_news, firing->time_ns);
	return 0;
}

/* Whether the firing lifts the severity of its alert. */
static bool raise_severity(struct alert_state *state, const struct firing *firing)
{
	if (firing->is_score || firing->severity <= state->severity)
		return false;
	state->severity = firing->severity;
	return true;
}

/* A copy of what is said in the flow is made for a line, or where there is none yet: the end of the flow brings the
 * rest. */
static void take_dialogue_at_need(const struct alerts *alerts, struct alert_state *state, const struct firing *firing,
				  bool rises)
{
	if (firing->flow && (rises || !state->dialogue || is_due(alerts, state, firing->time_ns) ||
			     incident_is_due(state->incident, cooldown_of(alerts, state), firing->time_ns)))
		alert_state_hear(state, firing->flow);
}

static int go_on(struct alerts *alerts, struct alert_state *state, const struct firing *firing)
{
	int error = alert_states_update(alerts->states, state, firing);
	if (error)
		return error;
	tell_of_rise(alerts, state->incident, firing->time_ns);
	bool rises = raise_severity(state, firing);
	state->incident->open += state->is_ended;
	state->is_ended = false;
	count_in_incident(state, firing);
	take_dialogue_at_need(alerts, state, firing, rises);
	combine(alerts, state->incident, firing);
	bool is_news = rises && incident_lift(state->incident, state, state->severity, firing->time_ns);
	if (rises)
		tell(alerts, state, ALERT_RISEN, is_news, firing->time_ns);
	else if (!firing->is_score)
		tell_if_due(alerts, state, firing->time_ns);
	return 0;
}

/* How long a score counts: as long as the rule looks back. */
static uint64_t window_of(const struct firing *firing)
{
	uint64_t window_ns = firing->window_ns;

	for (size_t i = 0; i < firing->measure_count; i++)
		if (firing->measures[i].window_ns > window_ns)
			window_ns = firing->measures[i].window_ns;
	return window_ns ? window_ns : QUIET_MINIMUM_NS;
}

static int take_score(struct alerts *alerts, const struct firing *firing)
{
	const struct incident_key key = incident_key_of(firing, NULL);

	int error = incidents_take_score(alerts->incidents, &key, firing->rule, firing->time_ns,
					 firing->time_ns + window_of(firing));
	struct incident *incident = incidents_find(alerts->incidents, &key);
	if (incident)
		combine(alerts, incident, firing);
	return error;
}

int alerts_fire(struct alerts *alerts, const struct firing *firing)
{
	struct alert_key key;
	struct alert_state *state = alert_states_find(alerts->states, firing, &key);

	if (state)
		return go_on(alerts, state, firing);
	return firing->is_score ? take_score(alerts, firing) : raise_alert(alerts, &key, firing);
}

void alerts_take_dialogue(struct alerts *alerts, const struct flow *flow, uint64_t time_ns, uint64_t wall_ns)
{
	if (!flow->dialogue || !dialogue_says_something(flow->dialogue))
		return;
	for (struct alert_state *state = alert_states_of_flow(alerts->states, flow->id); state;
	     state = alert_states_next_of_flow(state)) {
		alert_state_hear(state, flow);
		state->last_wall_ns = wall_ns;
		if (!state->dialogue || state->is_ended)
			continue;
		tell_if_due(alerts, state, time_ns);
		if (!state->dialogue_is_said)
			write_line(alerts, state, ALERT_CONTINUING, false);
	}
}

/* An incident whose alerts are silent for long can still be due as a whole. */
static void tell_of_incidents(struct alerts *alerts, uint64_t time_ns)
{
	for (struct incident *incident = incidents_oldest(alerts->incidents); incident;
	     incident = incidents_newer(incident)) {
		tell_of_rise(alerts, incident, time_ns);
		if (incident->open && incident->latest && is_going(incident->latest, time_ns))
			tell_if_due(alerts, incident->latest, time_ns);
	}
}

void alerts_tick(struct alerts *alerts, uint64_t time_ns)
{
	struct alert_state *next;

	tell_of_incidents(alerts, time_ns);
	for (struct alert_state *state = alert_states_oldest(alerts->states); state; state = next) {
		next = alert_states_newer(state);
		if (state->is_combination)
			continue;
		if (is_quiet(alerts, state, time_ns))
			next = end_state(alerts, state);
		else if (is_going(state, time_ns))
			tell_if_due(alerts, state, time_ns);
	}
	incidents_tick(alerts->incidents, time_ns);
}

void alerts_finish(struct alerts *alerts)
{
	for (struct alert_state *state = alert_states_oldest(alerts->states); state; state = alert_states_newer(state))
		if (!state->is_combination)
			say_ended(alerts, state);
}

void alerts_pause(struct alerts *alerts)
{
	for (struct alert_state *state = alert_states_oldest(alerts->states); state; state = alert_states_newer(state))
		if (!state->is_ended && state->count > state->said)
			write_line(alerts, state, ALERT_CONTINUING, false);
}

struct alert_states *alerts_states(const struct alerts *alerts)
{
	return alerts->states;
}

struct incidents *alerts_incidents(const struct alerts *alerts)
{
	return alerts->incidents;
}

struct actor *alerts_kept_actor(struct alerts *alerts)
{
	return &alerts->kept_actor;
}

uint64_t alerts_written(const struct alerts *alerts)
{
	return alerts->written;
}
