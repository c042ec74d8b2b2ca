// SPDX-License-Identifier: GPL-2.0-only
#include "explain/learned_flow.h"

#include "explain/json_path.h"
#include "explain/moment.h"
#include "lib/array.h"

#include <string.h>

#define SEVERITY_WARNING 2 /* of event.severity: enum alert_severity */

static const struct {
	const char *kind;
	const char *action; /* NULL: any */
	enum learned_kind learned;
} kinds[] = {
	{"event", "attempt", LEARNED_ATTEMPT},
	{"event", "end", LEARNED_END},
	{"event", "submission", LEARNED_SUBMISSION},
	{"alert", NULL, LEARNED_ALERT},
};

static bool is_text(const char *text, const char *expected)
{
	return text && strcmp(text, expected) == 0;
}

static bool read_kind(const json_t *line, enum learned_kind *ret_kind)
{
	const char *kind = json_path_text(line, "event.kind");
	const char *action = json_path_text(line, "event.action");

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!is_text(kind, kinds[i].kind) || (kinds[i].action && !is_text(action, kinds[i].action)))
			continue;
		*ret_kind = kinds[i].learned;
		return true;
	}
	return false;
}

static bool read_destination(const json_t *line, struct learned_flow *flow)
{
	const char *address = json_path_text(line, "destination.ip");
	const char *scope = json_path_text(line, "smtpwatch.scope");
	uint64_t port = json_path_number(line, "destination.port");

	flow->domain = json_path_text(line, "destination.domain");
	flow->is_external = !scope || strcmp(scope, "external") == 0;
	if (!address || port == 0 || port > UINT16_MAX || address_parse(address, &flow->address) != 0)
		return false;
	flow->port = (uint16_t)port;
	return true;
}

/* "pending" is one whose end was not seen. */
static bool is_failure(const char *outcome)
{
	return outcome && !is_text(outcome, "closed") && !is_text(outcome, "reset") && !is_text(outcome, "pending");
}

/* A recorded line has the actor's script, and beside it that of the flow where it is another. */
static void take_flow_script(const json_t *line, struct who *who)
{
	bool has_other = json_path_at(line, "smtpwatch.flow_script") != NULL;

	if (!has_other && !json_path_flag(line, "smtpwatch.flow_scriptless"))
		return;
	who_read_script(line, "smtpwatch.flow_script", who);
	who->site = json_path_text(line, "smtpwatch.flow_site");
}

bool learned_flow_read(const json_t *line, struct learned_flow *ret_flow)
{
	struct learned_flow flow = {
		.wall_ns = moment_parse(json_path_text(line, "@timestamp")),
		.who = who_of_line(line),
		.has_failed = is_failure(json_path_text(line, "smtpwatch.outcome")),
		.is_heavy = json_path_number(line, "event.severity") >= SEVERITY_WARNING,
		.rule = json_path_text(line, "rule.id"),
		.incident = json_path_text(line, "smtpwatch.incident"),
	};

	if (!flow.wall_ns || !read_kind(line, &flow.kind))
		return false;
	if (!read_destination(line, &flow) && (flow.kind == LEARNED_ATTEMPT || flow.kind == LEARNED_END))
		return false;
	take_flow_script(line, &flow.who);
	*ret_flow = flow;
	return true;
}
