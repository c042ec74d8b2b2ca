// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "sinks/describe.h"
#include "sinks/ecs_actor.h"
#include "sinks/ecs_dialogue.h"
#include "sinks/ecs_put.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define ECS_VERSION "8.11"

json_t *ecs_begin(uint64_t wall_ns, const char *kind, const char *action)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *root = json_object();
	ecs_put_word(root, "@timestamp", clock_format_utc(wall_ns, time));
	ecs_put_word(ecs_object_in(root, "ecs"), "version", ECS_VERSION);
	json_t *event = ecs_object_in(root, "event");
	ecs_put_word(event, "kind", kind);
	ecs_put_word(event, "action", action);
	ecs_put_word(event, "module", "smtpwatch");
	return root;
}

static void put_endpoint(json_t *root, const char *name, const struct endpoint *endpoint)
{
	char text[ADDRESS_TEXT_SIZE];
	if (!endpoint->port)
		return;
	json_t *object = ecs_object_in(root, name);
	ecs_put_word(object, "ip", address_format(&endpoint->address, text));
	ecs_put_number(object, "port", endpoint->port);
}

static void put_domain(json_t *root, const char *domain)
{
	if (domain && domain[0])
		ecs_put_text(ecs_object_in(root, "destination"), "domain", domain);
}

/* The quantities that reached the limits of the rule. */
static void put_measures(json_t *own, const struct alert *alert)
{
	if (!alert->measure_count)
		return;
	json_t *measures = json_array();
	for (size_t i = 0; i < alert->measure_count; i++) {
		const struct alert_measure *measure = &alert->measures[i];
		json_t *object = json_object();
		if (measure->what)
			ecs_put_word(object, "what", measure->what);
		ecs_put_number(object, "value", measure->value);
		ecs_put_number(object, "limit", measure->limit);
		if (measure->window_ns)
			ecs_put_number(object, "window", measure->window_ns / NANOSECONDS_A_SECOND);
		ecs_put_true(object, "estimate", measure->is_estimate);
		json_array_append_new(measures, object);
	}
	json_object_set_new(own, "measures", measures);
}

static void put_samples(json_t *own, const struct alert *alert)
{
	char time[CLOCK_TEXT_SIZE];

	if (!alert->sample_count)
		return;
	json_t *samples = json_array();
	for (size_t i = 0; i < alert->sample_count; i++) {
		const struct alert_sample *sample = &alert->samples[i];
		json_t *object = json_object();
		ecs_put_word(object, "@timestamp", clock_format_utc(sample->wall_ns, time));
		put_endpoint(object, "destination", &sample->remote);
		if (sample->text[0])
			ecs_put_bytes(object, "text", sample->text, strnlen(sample->text, sizeof(sample->text)));
		json_array_append_new(samples, object);
	}
	json_object_set_new(own, "samples", samples);
}

static void put_incident(json_t *own, const struct alert_incident *incident)
{
	char start[CLOCK_TEXT_SIZE];

	if (!incident)
		return;
	json_t *rules = json_array();
	for (size_t i = 0; i < incident->rule_count; i++)
		json_array_append_new(rules, json_string(incident->rules[i]));
	ecs_put_word(own, "incident", incident->id);
	ecs_put_word(own, "incident_severity", alert_severity_name(incident->severity));
	json_object_set_new(own, "incident_rules", rules);
	ecs_put_number(own, "incident_count", incident->count);
	ecs_put_word(own, "incident_start", clock_format_utc(incident->first_wall_ns, start));
	ecs_put_true(own, "paging", incident->is_paging);
}

static void put_rule(json_t *root, const struct alert *alert)
{
	json_t *rule = ecs_object_in(root, "rule");

	ecs_put_word(rule, "id", alert->rule);
	ecs_put_text(rule, "description", alert->reason);
	ecs_put_text(rule, "reference", alert->source);
}

json_t *ecs_of_alert(const struct alert *alert)
{
	char since[CLOCK_TEXT_SIZE];
	json_t *root = ecs_begin(alert->last_wall_ns, "alert", alert_phase_name(alert->phase));
	json_t *own = ecs_object_in(root, "smtpwatch");

	ecs_put_number(ecs_object_in(root, "event"), "severity", alert->severity);
	ecs_put_word(ecs_object_in(root, "event"), "start", clock_format_utc(alert->first_wall_ns, since));
	ecs_put_word(ecs_object_in(root, "log"), "level", alert_severity_name(alert->severity));
	if (alert->phase == ALERT_ENDED)
		ecs_put_number(ecs_object_in(root, "event"), "duration", describe_duration(alert));
	put_rule(root, alert);
	ecs_put_actor(root, alert->actor, alert->actor->script);
	put_endpoint(root, "destination", &alert->remote);
	put_domain(root, alert->domain);
	ecs_put_dialogue(root, alert->dialogue);
	ecs_put_number(own, "count", alert->count);
	if (alert->networks)
		ecs_put_number(own, "networks", alert->networks);
	ecs_put_text(own, "evidence", alert->evidence);
	ecs_put_true(own, "networks_capped", alert->networks_capped);
	ecs_put_true(own, "more_actors", alert->more_actors);
	ecs_put_true(own, "adopted", alert->actor->identity.flags & SW_IDENTITY_ADOPTED);
	put_incident(own, alert->incident);
	ecs_put_true(own, "news", alert->is_news);
	put_measures(own, alert);
	put_samples(own, alert);
	return root;
}

static void put_end(json_t *root, const struct flow *flow)
{
	json_t *own = ecs_object_in(root, "smtpwatch");
	ecs_put_word(own, "outcome", flow_outcome_name(flow->outcome));
	if (flow->error)
		ecs_put_number(own, "error", flow->error);
	ecs_put_number(ecs_object_in(root, "event"), "duration", flow->duration_ns);
	if (flow->established) {
		ecs_put_number(ecs_object_in(root, "source"), "bytes", flow->bytes_sent);
		ecs_put_number(ecs_object_in(root, "destination"), "bytes", flow->bytes_received);
	}
}

static const char *const scope_names[] = {
	[SW_SCOPE_EXTERNAL] = "external",
	[SW_SCOPE_INTERNAL] = "internal",
	[SW_SCOPE_HOST] = "host",
	[SW_SCOPE_SMARTHOST] = "smarthost",
};
static_assert(COUNT_OF(scope_names) == SW_SCOPE_COUNT, "a name for each scope");

/* Which way was tried: the name of the address, and whose mail exchanger it is. */
static void put_mx(json_t *root, const struct flow *flow)
{
	put_domain(root, flow->domain);
	if (!flow->mx_domain[0])
		return;
	json_t *object = ecs_object_in(ecs_object_in(root, "smtpwatch"), "mx");
	ecs_put_text(object, "domain", flow->mx_domain);
	ecs_put_number(object, "preference", flow->mx_preference);
}

static void put_flow(json_t *root, const struct flow *flow)
{
	char id[sizeof("ffffffffffffffff")];

	put_endpoint(root, "source", &flow->local);
	put_endpoint(root, "destination", &flow->remote);
	put_mx(root, flow);
	snprintf(id, sizeof(id), "%" PRIx64, flow->id);
	ecs_put_word(ecs_object_in(root, "smtpwatch"), "flow", id);
}

json_t *ecs_of_flow(const struct flow_event *event)
{
	const struct flow *flow = event->flow;
	bool ended = event->moment == FLOW_ENDED;
	json_t *root =
		ecs_begin(flow->started_wall_ns + (ended ? flow->duration_ns : 0), "event", ended ? "end" : "attempt");
	json_t *own = ecs_object_in(root, "smtpwatch");

	ecs_put_actor(root, event->actor, flow->script);
	put_flow(root, flow);
	ecs_put_word(own, "scope", scope_names[flow->scope]);
	ecs_put_true(own, "adopted", flow->adopted);
	if (flow->network_namespace)
		ecs_put_number(own, "network_namespace", flow->network_namespace);
	if (ended) {
		put_end(root, flow);
		ecs_put_dialogue(root, flow->dialogue);
	}
	return root;
}

json_t *ecs_of_reply(const struct reply_event *event)
{
	const struct dialogue_event *said = event->reply;
	/* The texts are only read. */
	const struct dialogue_reply reply = {
		.stage = said->stage,
		.code = said->code,
		.enhanced = said->enhanced,
		.class = said->class,
		.text = (char *)(uintptr_t)said->text,
		.receiver = (char *)(uintptr_t)said->receiver,
	};
	json_t *root = ecs_begin(said->wall_ns, "event", "reply");

	ecs_put_actor(root, event->actor, event->flow->script);
	put_flow(root, event->flow);
	ecs_put_reply(root, &reply);
	return root;
}

json_t *ecs_of_submission(const struct submission_event *event)
{
	json_t *root = ecs_begin(event->wall_ns, "event", "submission");
	ecs_put_actor(root, event->actor, event->actor->script);
	return root;
}

static const char *const book_names[] = {
	[SW_BOOK_SEEN] = "seen",
	[SW_BOOK_DELIVERED] = "delivered",
	[SW_BOOK_THINNED] = "thinned",
	[SW_BOOK_LOST_RING] = "lost_ring",
	[SW_BOOK_LOST_FLOWS] = "lost_flows",
	[SW_BOOK_UNCOUNTED_ACTOR] = "uncounted_actor",
	[SW_BOOK_UNCOUNTED_USER] = "uncounted_user",
};
static_assert(COUNT_OF(book_names) == SW_BOOK_COUNT, "a name for each book");

json_t *ecs_of_summary(const struct summary *summary)
{
	json_t *root = ecs_begin(clock_wall_ns(), "event", "summary");
	json_t *own = ecs_object_in(root, "smtpwatch");
	json_t *outcomes = ecs_object_in(own, "outcomes");
	json_t *books = ecs_object_in(own, "books");

	ecs_put_number(ecs_object_in(root, "event"), "duration", summary->duration_ns);
	ecs_put_number(own, "attempts", summary->attempts);
	ecs_put_number(own, "established", summary->established);
	for (int outcome = SW_OUTCOME_CLOSED; outcome < SW_OUTCOME_COUNT; outcome++)
		ecs_put_number(outcomes, flow_outcome_name((enum sw_outcome)outcome), summary->outcomes[outcome]);
	ecs_put_number(own, "users", summary->users);
	ecs_put_number(own, "alert_lines", summary->alert_lines);
	for (int book = 0; book < SW_BOOK_COUNT; book++)
		ecs_put_number(books, book_names[book], summary->books.entries[book]);
	ecs_put_number(books, "received", summary->received);
	ecs_put_number(books, "missed", summary->missed);
	ecs_put_number(own, "packets", summary->packets);
	ecs_put_number(own, "packets_dropped", summary->packets_dropped);
	return root;
}
