// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts_keep.h"

#include "lib/array.h"
#include "model/actor_keep.h"
#include "model/actors.h"
#include "rules/alert_states.h"
#include "rules/incidents.h"
#include "rules/rule_set.h"

#include <errno.h>
#include <string.h>

#define INCIDENT_KIND "incident"
#define RULE_KIND "incident_rule"
#define SCORE_KIND "score"
#define ALERT_KIND "alert"
#define NUMBER_MAX (1ULL << 62) /* so that nothing that is added to it comes round to 0 */
#define FIELD_NAME_SIZE 32
#define RISE_MAX_NS 10000000000ULL /* incidents.c tells of a rise no later */
#define CONTINUED_MAX 1000000
#define ID_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyz"

static const char *severity_name(size_t number)
{
	return alert_severity_name((enum alert_severity)number);
}

/* ---- Writing */

static void put_incident_key(FILE *stream, const struct incident_key *key)
{
	keep_put_number(stream, "kind", key->kind);
	keep_put_number(stream, "inode", key->exe_inode);
	keep_put_number(stream, "device", key->exe_device);
	keep_put_number(stream, "uid", key->uid);
	if (key->text[0])
		keep_put_text(stream, "text", key->text);
}

static void keep_incident(FILE *stream, const struct incident *incident)
{
	keep_begin(stream, INCIDENT_KIND);
	keep_put_text(stream, "id", incident->shown.id);
	put_incident_key(stream, &incident->key);
	keep_put_text(stream, "severity", alert_severity_name(incident->shown.severity));
	keep_put_number(stream, "is_paging", incident->shown.is_paging);
	keep_put_number(stream, "count", incident->shown.count);
	keep_put_number(stream, "first", incident->shown.first_wall_ns);
	keep_put_number(stream, "is_told", incident->is_told);
	keep_put_number(stream, "said", incident->said);
	keep_put_number(stream, "told", incident->told_ns);
	keep_put_number(stream, "continued", incident->continued);
	keep_put_number(stream, "rise_due", incident->rise_due_ns);
	keep_end(stream);
	for (size_t i = 0; i < incident->rule_count; i++) {
		keep_begin(stream, RULE_KIND);
		keep_put_text(stream, "incident", incident->shown.id);
		keep_put_text(stream, "rule", incident->rules[i].name);
		keep_put_number(stream, "score_until", incident->rules[i].score_until_ns);
		keep_end(stream);
	}
}

static void keep_score(void *context, const struct incident_key *key, const char *rule, uint64_t until_ns)
{
	FILE *stream = context;

	keep_begin(stream, SCORE_KIND);
	put_incident_key(stream, key);
	keep_put_text(stream, "rule", rule);
	keep_put_number(stream, "until", until_ns);
	keep_end(stream);
}

static void put_measures(FILE *stream, const struct alert_state *state)
{
	char name[FIELD_NAME_SIZE];

	for (size_t i = 0; i < state->measure_count; i++) {
		const struct alert_measure *measure = &state->measures[i];
		const uint64_t numbers[] = {measure->limit, measure->value, measure->window_ns, measure->is_estimate};
		snprintf(name, sizeof(name), "measure%zu", i);
		keep_put_numbers(stream, name, numbers, COUNT_OF(numbers));
		snprintf(name, sizeof(name), "measure%zu_of", i);
		keep_put_text(stream, name, measure->what);
	}
}

static void put_samples(FILE *stream, const struct alert_state *state)
{
	char name[FIELD_NAME_SIZE];

	for (size_t i = 0; i < state->sample_count; i++) {
		snprintf(name, sizeof(name), "sample%zu", i);
		keep_put_number(stream, name, state->samples[i].wall_ns);
		snprintf(name, sizeof(name), "sample%zu_remote", i);
		keep_put_endpoint(stream, name, &state->samples[i].remote);
		snprintf(name, sizeof(name), "sample%zu_text", i);
		if (state->samples[i].text[0])
			keep_put_text(stream, name, state->samples[i].text);
	}
}

/* The addresses, and when each was seen. */
static void put_networks(FILE *stream, const struct networks *networks)
{
	struct address addresses[NETWORKS_COUNTED];
	uint64_t seen[NETWORKS_COUNTED];

	for (size_t i = 0; i < networks->count; i++) {
		addresses[i] = networks->entries[i].prefix.address;
		seen[i] = networks->entries[i].seen_ns;
	}
	if (networks->count > 0)
		keep_put_bytes(stream, "networks", addresses, networks->count * sizeof(addresses[0]));
	keep_put_numbers(stream, "networks_seen", seen, networks->count);
	if (networks->capped)
		keep_put_number(stream, "networks_capped", networks->capped_ns);
}

static void put_key(FILE *stream, const struct alert_key *key)
{
	keep_put_text(stream, "rule", key->rule);
	keep_put_number(stream, "inode", key->exe_inode);
	keep_put_number(stream, "device", key->exe_device);
	keep_put_number(stream, "uid", key->uid);
	keep_put_number(stream, "fold", key->fold);
	if (key->site[0])
		keep_put_text(stream, "site", key->site);
	if (key->subject[0])
		keep_put_text(stream, "subject", key->subject);
}

static void put_shown(FILE *stream, const struct alert_state *state)
{
	keep_put_text(stream, "reason", state->reason);
	keep_put_text(stream, "source", state->source);
	keep_put_text(stream, "severity", alert_severity_name(state->severity));
	keep_put_endpoint(stream, "remote", &state->remote);
	if (state->domain[0])
		keep_put_text(stream, "domain", state->domain);
	if (state->evidence[0])
		keep_put_text(stream, "evidence", state->evidence);
	put_measures(stream, state);
	put_samples(stream, state);
	put_networks(stream, &state->networks);
}

static void keep_alert(FILE *stream, const struct alert_state *state)
{
	const struct incident *incident = state->incident;

	actor_keep(stream, 0, &state->actor);
	keep_begin(stream, ALERT_KIND);
	keep_put_text(stream, "incident", incident->shown.id);
	put_key(stream, &state->key);
	keep_put_number(stream, "is_combination", state->is_combination);
	keep_put_number(stream, "is_ended", state->is_ended);
	keep_put_number(stream, "is_latest", incident->latest == state);
	keep_put_number(stream, "is_risen", incident->risen == state);
	put_shown(stream, state);
	keep_put_number(stream, "cooldown", state->cooldown_ns);
	keep_put_number(stream, "count", state->count);
	keep_put_number(stream, "said", state->said);
	keep_put_number(stream, "first", state->first_wall_ns);
	keep_put_number(stream, "last_seen", state->last_wall_ns);
	keep_put_number(stream, "last", state->last_ns);
	keep_put_number(stream, "line", state->line_ns);
	keep_put_number(stream, "continued", state->continued);
	keep_put_number(stream, "dialogue_is_said", state->dialogue_is_said);
	keep_end(stream);
}

void alerts_keep(const struct alerts *alerts, FILE *stream)
{
	const struct alert_states *states = alerts_states(alerts);
	const struct incidents *incidents = alerts_incidents(alerts);

	incidents_visit_scores(incidents, keep_score, stream);
	for (const struct incident *incident = incidents_oldest(incidents); incident;
	     incident = incidents_newer(incident))
		keep_incident(stream, incident);
	for (const struct alert_state *state = alert_states_oldest(states); state; state = alert_states_newer(state))
		keep_alert(stream, state);
}

/* ---- Reading */

static uint64_t at_most(uint64_t time_ns, uint64_t limit_ns)
{
	return time_ns < limit_ns ? time_ns : limit_ns;
}

static struct incident *find_incident(const struct incidents *incidents, const char *id)
{
	struct incident *incident = id ? incidents_oldest(incidents) : NULL;

	while (incident && strcmp(incident->shown.id, id) != 0)
		incident = incidents_newer(incident);
	return incident;
}

static struct incident_key incident_key_of_line(struct keep_line *line)
{
	struct incident_key key = {
		.kind = keep_number(line, "kind", INCIDENT_OF_USER),
		.exe_inode = keep_number(line, "inode", UINT64_MAX),
		.exe_device = (uint32_t)keep_number(line, "device", UINT32_MAX),
		.uid = (uint32_t)keep_number(line, "uid", UINT32_MAX),
	};

	keep_copy_text(line, "text", key.text, sizeof(key.text));
	return key;
}

static int take_incident(struct alerts *alerts, struct keep_line *line, uint64_t now_ns)
{
	struct incident like = {
		.key = incident_key_of_line(line),
		.shown =
			{
				.severity = (enum alert_severity)keep_choice(line, "severity", severity_name,
									     ALERT_SEVERITY_COUNT),
				.is_paging = keep_flag(line, "is_paging"),
				.count = keep_number(line, "count", NUMBER_MAX),
				.first_wall_ns = keep_number(line, "first", NUMBER_MAX),
			},
		.is_told = keep_flag(line, "is_told"),
		.said = keep_number(line, "said", NUMBER_MAX),
		.told_ns = at_most(keep_number(line, "told", NUMBER_MAX), now_ns),
		.continued = (unsigned int)keep_number(line, "continued", CONTINUED_MAX),
		.rise_due_ns = at_most(keep_number(line, "rise_due", NUMBER_MAX), now_ns + RISE_MAX_NS),
	};

	keep_copy_text(line, "id", like.shown.id, sizeof(like.shown.id));
	if (line->is_bad || strspn(like.shown.id, ID_CHARACTERS) != sizeof(like.shown.id) - 1)
		return -EINVAL;
	return incidents_restore(alerts_incidents(alerts), &like) ? 0 : -EINVAL;
}

static const char *rule_of(struct keep_line *line)
{
	const char *rule = keep_text(line, "rule");
	return rule ? rule_name(rule) : NULL;
}

static int take_rule(struct alerts *alerts, struct keep_line *line, uint64_t now_ns)
{
	(void)now_ns;
	struct incident *incident = find_incident(alerts_incidents(alerts), keep_text(line, "incident"));
	uint64_t until_ns = keep_number(line, "score_until", NUMBER_MAX);
	const char *rule = line->is_bad || !incident ? NULL : rule_of(line);

	if (!rule)
		return -EINVAL;
	incident_restore_rule(incident, rule, until_ns);
	return 0;
}

static int take_score(struct alerts *alerts, struct keep_line *line, uint64_t now_ns)
{
	const struct incident_key key = incident_key_of_line(line);
	uint64_t until_ns = keep_number(line, "until", NUMBER_MAX);
	const char *rule = line->is_bad ? NULL : rule_of(line);

	if (!rule)
		return -EINVAL;
	return until_ns > now_ns ? incidents_take_score(alerts_incidents(alerts), &key, rule, now_ns, until_ns) : 0;
}

/* The actor of the alert that follows. */
static int take_actor(struct alerts *alerts, struct keep_line *line, uint64_t now_ns)
{
	(void)now_ns;
	struct actor actor = {0};
	uint64_t unused;

	int error = actor_restore(line, &unused, &actor);
	actor_clear(alerts_kept_actor(alerts));
	if (!error)
		*alerts_kept_actor(alerts) = actor;
	return error;
}

static struct alert_key key_of_line(struct keep_line *line)
{
	struct alert_key key = {
		.exe_inode = keep_number(line, "inode", UINT64_MAX),
		.exe_device = (uint32_t)keep_number(line, "device", UINT32_MAX),
		.uid = (uint32_t)keep_number(line, "uid", UINT32_MAX),
		.fold = keep_number(line, "fold", ALERT_FOLD_COUNT - 1),
	};

	keep_copy_text(line, "site", key.site, sizeof(key.site));
	keep_copy_text(line, "subject", key.subject, sizeof(key.subject));
	return key;
}

static void take_measures(struct keep_line *line, struct alert_state *state)
{
	char name[FIELD_NAME_SIZE];
	uint64_t numbers[4];

	for (size_t i = 0; i < ALERT_MEASURES_MAX; i++) {
		snprintf(name, sizeof(name), "measure%zu_of", i);
		const char *what = keep_text(line, name);
		snprintf(name, sizeof(name), "measure%zu", i);
		if (!what || keep_numbers(line, name, UINT64_MAX, numbers, COUNT_OF(numbers)) == 0)
			return;
		state->measures[state->measure_count++] = (struct alert_measure){
			.what = rule_name(what),
			.limit = numbers[0],
			.value = numbers[1],
			.window_ns = numbers[2],
			.is_estimate = numbers[3] != 0,
		};
	}
}

static void take_samples(struct keep_line *line, struct alert_state *state)
{
	char name[FIELD_NAME_SIZE];

	for (size_t i = 0; i < ALERT_SAMPLES_MAX; i++) {
		struct alert_sample *sample = &state->samples[state->sample_count];
		snprintf(name, sizeof(name), "sample%zu", i);
		sample->wall_ns = keep_number(line, name, NUMBER_MAX);
		snprintf(name, sizeof(name), "sample%zu_remote", i);
		keep_endpoint(line, name, &sample->remote);
		snprintf(name, sizeof(name), "sample%zu_text", i);
		keep_copy_text(line, name, sample->text, sizeof(sample->text));
		state->sample_count += sample->wall_ns > 0;
	}
}

static void take_networks(struct keep_line *line, struct networks *networks, uint64_t now_ns)
{
	uint64_t seen[NETWORKS_COUNTED];
	size_t size;
	const char *addresses = keep_bytes(line, "networks", &size);
	size_t count = keep_numbers(line, "networks_seen", NUMBER_MAX, seen, NETWORKS_COUNTED);

	networks->capped_ns = at_most(keep_number(line, "networks_capped", NUMBER_MAX), now_ns);
	networks->capped = networks->capped_ns > 0;
	for (size_t i = 0; i < count && (i + 1) * sizeof(struct address) <= size; i++) {
		struct address address;
		memcpy(&address, addresses + i * sizeof(address), sizeof(address));
		networks->entries[i].prefix = address_network(&address);
		networks->entries[i].seen_ns = at_most(seen[i], now_ns);
		networks->count++;
	}
}

static void take_shown(struct keep_line *line, struct alert_state *state, uint64_t now_ns)
{
	const char *reason = keep_text(line, "reason");
	const char *source = keep_text(line, "source");

	state->reason = reason ? rule_name(reason) : NULL;
	state->source = source ? strdup(source) : NULL;
	state->severity = (enum alert_severity)keep_choice(line, "severity", severity_name, ALERT_SEVERITY_COUNT);
	keep_endpoint(line, "remote", &state->remote);
	keep_copy_text(line, "domain", state->domain, sizeof(state->domain));
	keep_copy_text(line, "evidence", state->evidence, sizeof(state->evidence));
	take_measures(line, state);
	take_samples(line, state);
	take_networks(line, &state->networks, now_ns);
}

static void take_counts(struct keep_line *line, struct alert_state *state, uint64_t now_ns)
{
	state->cooldown_ns = keep_number(line, "cooldown", NUMBER_MAX);
	state->count = keep_number(line, "count", NUMBER_MAX);
	state->said = keep_number(line, "said", NUMBER_MAX);
	state->first_wall_ns = keep_number(line, "first", NUMBER_MAX);
	state->last_wall_ns = keep_number(line, "last_seen", NUMBER_MAX);
	state->last_ns = at_most(keep_number(line, "last", NUMBER_MAX), now_ns);
	state->line_ns = at_most(keep_number(line, "line", NUMBER_MAX), now_ns);
	state->continued = (unsigned int)keep_number(line, "continued", CONTINUED_MAX);
	state->dialogue_is_said = keep_flag(line, "dialogue_is_said");
	state->is_combination = keep_flag(line, "is_combination");
	state->is_ended = keep_flag(line, "is_ended");
}

static void join_incident(struct alert_state *state, struct incident *incident, struct keep_line *line)
{
	state->incident = incident;
	incident_add_alert(incident, state->key.rule);
	incident->open += !state->is_combination && !state->is_ended;
	if (state->is_combination) {
		state->next_combination = incident->combinations;
		incident->combinations = state;
	}
	if (keep_flag(line, "is_latest") && !state->is_combination)
		incident->latest = state;
	if (keep_flag(line, "is_risen"))
		incident->risen = state;
}

static int take_alert(struct alerts *alerts, struct keep_line *line, uint64_t now_ns)
{
	struct alert_states *states = alerts_states(alerts);
	struct incident *incident = find_incident(alerts_incidents(alerts), keep_text(line, "incident"));
	struct alert_key key = key_of_line(line);

	if (line->is_bad || !incident || !(key.rule = rule_of(line)))
		return -EINVAL;
	struct alert_state *state = alert_states_restore(states, &key);
	if (!state)
		return -EINVAL;
	take_shown(line, state, now_ns);
	take_counts(line, state, now_ns);
	if (line->is_bad || state->count == 0) {
		alert_states_remove(states, state);
		return -EINVAL;
	}
	state->actor = *alerts_kept_actor(alerts);
	*alerts_kept_actor(alerts) = (struct actor){0};
	join_incident(state, incident, line);
	return 0;
}

int alerts_restore(struct alerts *alerts, struct keep_line *line, uint64_t now_ns)
{
	static const struct {
		const char *kind;
		int (*take)(struct alerts *alerts, struct keep_line *line, uint64_t now_ns);
	} takers[] = {
		{SCORE_KIND, take_score},      {INCIDENT_KIND, take_incident}, {RULE_KIND, take_rule},
		{ACTOR_KEEP_KIND, take_actor}, {ALERT_KIND, take_alert},
	};

	for (size_t i = 0; i < COUNT_OF(takers); i++)
		if (keep_is(line, takers[i].kind))
			return takers[i].take(alerts, line, now_ns);
	return 0;
}

/* Combinations live as long as another alert of their incident, whose line may have been lost. */
static void drop_combinations(struct alerts *alerts, struct incident *incident)
{
	size_t combinations = 0;
	struct alert_state *next;

	for (const struct alert_state *state = incident->combinations; state; state = state->next_combination)
		combinations++;
	if (combinations < incident->alerts)
		return;
	for (struct alert_state *state = incident->combinations; state; state = next) {
		next = state->next_combination;
		alert_states_remove(alerts_states(alerts), state);
	}
	incident->alerts = 0;
}

void alerts_end_restore(struct alerts *alerts)
{
	struct incidents *incidents = alerts_incidents(alerts);
	struct incident *next;

	actor_clear(alerts_kept_actor(alerts));
	for (struct incident *incident = incidents_oldest(incidents); incident; incident = next) {
		next = incidents_newer(incident);
		drop_combinations(alerts, incident);
		if (incident->alerts == 0)
			incidents_remove(incidents, incident);
	}
}
