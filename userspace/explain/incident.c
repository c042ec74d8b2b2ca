// SPDX-License-Identifier: GPL-2.0-only
#include "explain/incident.h"

#include "explain/json_path.h"
#include "explain/moment.h"
#include "explain/section.h"
#include "lib/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const char *text, const char *expected)
{
	return text && strcmp(text, expected) == 0;
}

static uint64_t time_of(const json_t *line)
{
	return moment_parse(json_path_text(line, "@timestamp"));
}

static void take_rule(struct incident *incident, const char *name)
{
	if (!name || !section_is_rule_name(name))
		return;
	for (size_t i = 0; i < incident->rule_count; i++)
		if (strcmp(incident->rules[i], name) == 0)
			return;
	if (incident->rule_count < INCIDENT_RULES_MAX)
		incident->rules[incident->rule_count++] = name;
}

/* Lines of a combination of rules bear its name, which no allowance can have: the list of the incident leaves it out.
 */
static void take_rules(struct incident *incident, const json_t *line)
{
	const json_t *names = json_path_at(line, "smtpwatch.incident_rules");
	size_t i;
	const json_t *name;

	if (!json_is_array(names))
		take_rule(incident, json_path_text(line, "rule.id"));
	json_array_foreach(names, i, name) take_rule(incident, json_string_value(name));
}

/* The newest of an alert's lines stands for it; where there is no room, it takes the place of the oldest. */
static struct incident_alert *place_of(struct incident *incident, const char *rule, const char *start)
{
	struct incident_alert *oldest = &incident->alerts[0];

	for (size_t i = 0; i < incident->alert_count; i++) {
		struct incident_alert *alert = &incident->alerts[i];
		if (is_text(alert->rule, rule) && is_text(alert->start, start))
			return alert;
		if (alert->last_wall_ns < oldest->last_wall_ns)
			oldest = alert;
	}
	if (incident->alert_count < INCIDENT_ALERTS_MAX)
		return &incident->alerts[incident->alert_count++];
	incident->has_further_alerts = true;
	return oldest;
}

static void take_alert(struct incident *incident, const json_t *line)
{
	const char *rule = json_path_text(line, "rule.id");
	const char *start = json_path_text(line, "event.start");

	if (!rule)
		return;
	*place_of(incident, rule, start ? start : "") = (struct incident_alert){
		.line = line,
		.rule = rule,
		.start = start ? start : "",
		.last_wall_ns = time_of(line),
		.severity = json_path_number(line, "event.severity"),
		.is_ended = is_text(json_path_text(line, "event.action"), "ended"),
	};
}

static void take_pid(struct incident *incident, uint64_t pid)
{
	for (size_t i = 0; i < incident->pid_count; i++)
		if (incident->pids[i] == pid)
			return;
	if (incident->pid_count == INCIDENT_PIDS_MAX)
		incident->has_more_pids = true;
	else if (pid)
		incident->pids[incident->pid_count++] = pid;
}

static void take_actor(struct incident *incident, const json_t *line)
{
	struct who who = who_of_line(line);

	take_pid(incident, who.pid);
	incident->has_more_actors |= json_path_flag(line, "smtpwatch.more_actors");
	if (!who.executable && !who.user && !who.source)
		return;
	for (size_t i = 0; i < incident->actor_count; i++)
		if (who_is_same(&incident->actors[i], &who))
			return;
	if (incident->actor_count < INCIDENT_ACTORS_MAX)
		incident->actors[incident->actor_count++] = who;
	else
		incident->has_further_actors = true;
}

static bool is_same_sample(const struct incident_sample *left, const struct incident_sample *right)
{
	return left->wall_ns == right->wall_ns && left->port == right->port &&
	       (left->address ? is_text(right->address, left->address) : !right->address) &&
	       (left->text ? is_text(right->text, left->text) : !right->text);
}

/* Keeps them in order of time; where there is no room, the oldest goes. */
static void take_sample(struct incident *incident, struct incident_sample sample)
{
	struct incident_sample *samples = incident->samples;
	size_t at = incident->sample_count;

	for (size_t i = 0; i < incident->sample_count; i++)
		if (is_same_sample(&samples[i], &sample))
			return;
	while (at > 0 && samples[at - 1].wall_ns > sample.wall_ns)
		at--;
	if (incident->sample_count == INCIDENT_SAMPLES_MAX) {
		if (at == 0)
			return;
		at--;
		memmove(samples, samples + 1, at * sizeof(*samples));
	} else {
		memmove(samples + at + 1, samples + at, (incident->sample_count - at) * sizeof(*samples));
		incident->sample_count++;
	}
	samples[at] = sample;
}

static void take_samples(struct incident *incident, const json_t *line)
{
	const json_t *samples = json_path_at(line, "smtpwatch.samples");
	size_t i;
	const json_t *sample;

	json_array_foreach(samples, i, sample)
		take_sample(incident, (struct incident_sample){
					      .wall_ns = time_of(sample),
					      .address = json_path_text(sample, "destination.ip"),
					      .text = json_path_text(sample, "text"),
					      .port = json_path_number(sample, "destination.port"),
				      });
}

/* An incident's own numbers, or, of lines without an incident, the alert's. */
static void take_numbers(struct incident *incident, const json_t *line)
{
	uint64_t count = json_path_number(line, "smtpwatch.incident_count");
	uint64_t networks = json_path_number(line, "smtpwatch.networks");
	uint64_t start = moment_parse(json_path_text(line, "smtpwatch.incident_start"));

	if (!count)
		count = json_path_number(line, "smtpwatch.count");
	if (!start)
		start = moment_parse(json_path_text(line, "event.start"));
	if (count > incident->count)
		incident->count = count;
	if (networks > incident->networks)
		incident->networks = networks;
	if (start && (!incident->first_wall_ns || start < incident->first_wall_ns))
		incident->first_wall_ns = start;
	incident->is_capped |= json_path_flag(line, "smtpwatch.networks_capped");
	incident->is_paging |= json_path_flag(line, "smtpwatch.paging");
}

/* A line, and where it came in the order of reading, which decides between lines of one millisecond. */
struct dated_line {
	const json_t *line;
	uint64_t wall_ns;
	size_t place;
};

/* The latest first. */
static int is_older(const void *left, const void *right)
{
	const struct dated_line *first = left;
	const struct dated_line *second = right;

	if (first->wall_ns != second->wall_ns)
		return first->wall_ns < second->wall_ns ? 1 : -1;
	return (first->place < second->place) - (first->place > second->place);
}

/* The heaviest first, of equal ones the latest. */
static int is_lighter(const void *left, const void *right)
{
	const struct incident_alert *first = left;
	const struct incident_alert *second = right;

	if (first->severity != second->severity)
		return first->severity < second->severity ? 1 : -1;
	if (first->last_wall_ns != second->last_wall_ns)
		return first->last_wall_ns < second->last_wall_ns ? 1 : -1;
	return strcmp(first->rule, second->rule);
}

static void conclude(struct incident *incident)
{
	const char *id = json_path_text(incident->latest, "smtpwatch.incident");
	const char *severity = json_path_text(incident->latest, "smtpwatch.incident_severity");

	snprintf(incident->id, sizeof(incident->id), "%s", id && section_is_rule_name(id) ? id : "unnamed");
	qsort(incident->alerts, incident->alert_count, sizeof(incident->alerts[0]), is_lighter);
	incident->last_wall_ns = time_of(incident->latest);
	incident->heaviest = incident->alerts[0].line;
	incident->severity = severity ? severity : json_path_text(incident->heaviest, "log.level");
	incident->is_ended = true;
	for (size_t i = 0; i < incident->alert_count; i++)
		incident->is_ended &= incident->alerts[i].is_ended;
}

static int take_lines(struct incident *incident, const struct dated_line *lines, size_t count)
{
	/* A newer line takes the place of an older one. */
	for (size_t i = count; i > 0; i--)
		take_alert(incident, lines[i - 1].line);
	if (incident->alert_count == 0)
		return -ENOENT;
	for (size_t i = 0; i < count; i++) {
		take_rules(incident, lines[i].line);
		take_actor(incident, lines[i].line);
		take_samples(incident, lines[i].line);
		take_numbers(incident, lines[i].line);
	}
	incident->latest = lines[0].line;
	conclude(incident);
	return 0;
}

int incident_read(const json_t *lines, struct incident *ret_incident)
{
	size_t size = json_array_size(lines);
	_cleanup_free_ struct dated_line *alerts = calloc(size ? size : 1, sizeof(*alerts));
	struct incident incident = {0};
	size_t count = 0;

	if (!alerts)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++) {
		const json_t *line = json_array_get(lines, i);
		if (is_text(json_path_text(line, "event.kind"), "alert") && json_path_text(line, "rule.id"))
			alerts[count++] = (struct dated_line){line, time_of(line), i};
	}
	qsort(alerts, count, sizeof(*alerts), is_older);
	int error = take_lines(&incident, alerts, count);
	if (!error)
		*ret_incident = incident;
	return error;
}
