// SPDX-License-Identifier: GPL-2.0-only
#include "control/row_json.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "sinks/describe.h"
#include "sinks/ecs_actor.h"
#include "sinks/ecs_put.h"

#include <smtpwatch/flow.h>
#include <string.h>

/* In microseconds, the least that a double keeps apart of the times of today. */
void row_json_put_time(json_t *object, const char *name, uint64_t wall_ns)
{
	const uint64_t microseconds = wall_ns / 1000;

	json_object_set_new(object, name, json_real((double)microseconds / 1e6));
}

json_t *row_json_of_counts(const struct ledger_counts *counts)
{
	json_t *object = json_object();

	ecs_put_number(object, "attempts", counts->attempts);
	json_t *ports = ecs_object_in(object, "ports");
	for (size_t port = 0; port < LEDGER_PORT_COUNT; port++)
		ecs_put_number(ports, ledger_port_name((enum ledger_port)port), counts->ports[port]);
	ecs_put_number(object, "failed", counts->failed);
	ecs_put_number(object, "accepted", counts->accepted);
	ecs_put_number(object, "refused", counts->refused);
	ecs_put_number(object, "refusals", counts->refusals);
	ecs_put_number(object, "submissions", counts->submissions);
	return object;
}

json_t *row_json_of_stretches(uint64_t newest, const uint32_t *counts, size_t count)
{
	json_t *object = json_object();
	json_t *array = json_array();

	ecs_put_number(object, "newest", newest);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_integer(counts[i]));
	json_object_set_new(object, "counts", array);
	return object;
}

static void put_path(json_t *object, const char *name, const char *path)
{
	char text[DESCRIBE_PATH_SIZE];

	if (path)
		ecs_put_bytes(object, name, text, describe_path(path, text, sizeof(text)));
}

static void put_script(json_t *object, const struct script *script)
{
	if (!script)
		return;
	ecs_put_text(object, "site", script->site);
	put_path(object, "script", script_file_path(script));
	ecs_put_text(object, "url", script->url);
}

static void put_unit(json_t *object, const struct unit *unit)
{
	if (!unit)
		return;
	ecs_put_text(object, "unit", unit->name);
	ecs_put_text(object, "container", unit->container_name ? unit->container_name : unit->container_id);
}

static void put_actor(json_t *object, const struct actor *actor)
{
	if (!actor)
		return;
	put_script(object, actor->script);
	put_unit(object, actor->unit);
	if (actor->origin != ACTOR_ORIGIN_PROCESS)
		return;
	ecs_put_text(object, "user", actor->user_name);
	ecs_put_number(object, "uid", actor->identity.key.uid);
	ecs_put_bytes(object, "process", actor->identity.comm, strnlen(actor->identity.comm, SW_COMM_SIZE));
	ecs_put_number(object, "pid", actor->identity.key.pid);
	put_path(object, "executable", actor->executable);
}

static void put_alert(json_t *object, const struct ledger_row *row)
{
	if (!row->rule)
		return;
	json_t *alert = ecs_object_in(object, "alert");
	ecs_put_word(alert, "rule", row->rule);
	ecs_put_word(alert, "severity", alert_severity_name(row->severity));
	if (row->incident[0])
		ecs_put_word(alert, "incident", row->incident);
	json_object_set_new(alert, "active", json_boolean(row->is_alerting));
}

static void put_reply_text(json_t *object, const char *name, const struct ledger_reply *reply)
{
	char text[REPLY_TEXT_SIZE];
	size_t size = describe_reply(reply->code, &reply->enhanced, reply->text, text);

	ecs_put_bytes(object, name, text, size);
}

json_t *row_json_of(const struct ledger_row *row)
{
	json_t *object = json_object();

	ecs_put_number(object, "row", row->number);
	ecs_put_number(object, "revision", row->revision);
	ecs_put_word(object, "by", ledger_by_name(row->by));
	ecs_put_word(object, "verdict", ledger_verdict_name(row->verdict));
	ecs_put_text(object, "name", row->name);
	put_actor(object, row->actor);
	ecs_put_text(object, "domain", row->domain);
	json_object_set_new(object, "counts", row_json_of_counts(&row->counts));
	ecs_put_number(object, "open", row->open);
	ecs_put_number(object, "destinations", row->destinations);
	ecs_put_true(object, "estimated", row->destinations_estimated);
	row_json_put_time(object, "first", row->first_wall_ns);
	row_json_put_time(object, "last", row->last_wall_ns);
	json_object_set_new(object, "recent", row_json_of_stretches(row->newest_stretch, row->recent, LEDGER_RECENT));
	put_alert(object, row);
	ecs_put_text(object, "helo", row->helo[0]);
	if (row->replies[0].code)
		put_reply_text(object, "reply", &row->replies[0]);
	return object;
}

static void put_flow_end(json_t *object, const struct ledger_flow *flow)
{
	row_json_put_time(object, "duration", flow->duration_ns);
	ecs_put_word(object, "outcome", flow_outcome_name(flow->outcome));
	if (flow->error && strerrorname_np((int)flow->error))
		ecs_put_word(object, "error", strerrorname_np((int)flow->error));
}

json_t *row_json_of_flow(const struct ledger_flow *flow)
{
	char text[ENDPOINT_TEXT_SIZE];
	json_t *object = json_object();

	ecs_put_number(object, "flow", flow->number);
	if (flow->local.port)
		ecs_put_word(object, "local", endpoint_format(&flow->local, text));
	ecs_put_word(object, "remote", endpoint_format(&flow->remote, text));
	ecs_put_text(object, "domain", flow->domain);
	row_json_put_time(object, "started", flow->started_wall_ns);
	json_object_set_new(object, "open", json_boolean(flow->is_open));
	if (!flow->is_open)
		put_flow_end(object, flow);
	ecs_put_number(object, "bytes_sent", flow->bytes_sent);
	ecs_put_number(object, "bytes_received", flow->bytes_received);
	ecs_put_number(object, "accepted", flow->accepted);
	ecs_put_number(object, "refused", flow->refused);
	if (flow->reply_code)
		ecs_put_number(object, "code", flow->reply_code);
	if (flow->tls != DIALOGUE_TLS_NONE)
		ecs_put_word(object, "tls", dialogue_tls_name(flow->tls));
	ecs_put_text(object, "helo", flow->helo);
	return object;
}

static json_t *replies_of(const struct ledger_row *row)
{
	json_t *array = json_array();

	for (size_t i = 0; i < LEDGER_REPLIES_MAX && row->replies[i].code; i++) {
		const struct ledger_reply *reply = &row->replies[i];
		json_t *object = json_object();
		row_json_put_time(object, "at", reply->wall_ns);
		ecs_put_number(object, "code", reply->code);
		if (reply->class != REPLY_CLASS_NONE)
			ecs_put_word(object, "class", reply_class_name(reply->class));
		ecs_put_text(object, "receiver", reply->receiver);
		put_reply_text(object, "text", reply);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *names_of(const struct ledger_row *row)
{
	json_t *object = json_object();
	json_t *array = json_array();

	for (size_t i = 0; i < LEDGER_HELO_MAX && row->helo[i]; i++) {
		ecs_put_text(object, "name", row->helo[i]);
		json_array_append(array, json_object_get(object, "name"));
	}
	json_decref(object);
	return array;
}

json_t *row_json_of_detail(const struct ledger_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "row", row_json_of(row));
	if (row->actor)
		ecs_put_actor(ecs_object_in(object, "actor"), row->actor, row->actor->script);
	json_object_set_new(object, "helo", names_of(row));
	json_object_set_new(object, "replies", replies_of(row));
	return object;
}
