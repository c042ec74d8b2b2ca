// SPDX-License-Identifier: GPL-2.0-only
/* What a client may ask: a row of a table each. */
#include "control/head_json.h"
#include "control/internal.h"
#include "control/row_json.h"
#include "lib/array.h"
#include "lib/nearest.h"
#include "lib/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Lines of alerts in a detail, so long as there is room in the answer. */
#define DETAIL_ALERTS 5

#define SHOWN_MAX 64 /* bytes of what a client sent, in an error */

typedef char shown_text[TEXT_ESCAPED_SIZE(SHOWN_MAX)];

static const char *show(const char *text, shown_text shown)
{
	text_escape(shown, sizeof(shown_text), text, strnlen(text, SHOWN_MAX));
	return shown;
}

/* The number `name` of the request; `without` where it has none. Returns false after refusing it. */
static bool read_number(struct client *client, const json_t *request, const char *name, uint64_t minimum,
			uint64_t maximum, uint64_t without, uint64_t *ret_number)
{
	const json_t *value = json_object_get(request, name);
	json_int_t number = json_integer_value(value);

	if (value &&
	    (!json_is_integer(value) || number < 0 || (uint64_t)number < minimum || (uint64_t)number > maximum)) {
		client_refuse(client, "invalid", "%s is a number from %" PRIu64 " to %" PRIu64, name, minimum, maximum);
		return false;
	}
	*ret_number = value ? (uint64_t)number : without;
	return true;
}

static bool read_flag(struct client *client, const json_t *request, const char *name, bool *ret_flag)
{
	const json_t *value = json_object_get(request, name);

	if (value && !json_is_boolean(value)) {
		client_refuse(client, "invalid", "%s is true or false", name);
		return false;
	}
	*ret_flag = json_is_true(value);
	return true;
}

static bool read_by(struct client *client, const json_t *request, enum ledger_by *ret_by)
{
	const char *name = json_string_value(json_object_get(request, "by"));
	char names[128];
	size_t length = 0;

	if (name && ledger_by_parse(name, ret_by) == 0)
		return true;
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", by ? ", " : "",
					   ledger_by_name((enum ledger_by)by));
	client_refuse(client, "invalid", "by is one of %s", names);
	return false;
}

/* NULL after refusing it. */
static const struct ledger_row *read_row(struct client *client, const json_t *request)
{
	uint64_t number;

	if (!read_number(client, request, "row", 1, INT64_MAX, 0, &number))
		return NULL;
	if (!number) {
		client_refuse(client, "invalid", "row is missing: the number of a row");
		return NULL;
	}
	const struct ledger_row *row = ledger_find(client->control->ledger, number);
	if (!row)
		client_refuse(client, "not-found", "row %" PRIu64 " is forgotten, or there was none", number);
	return row;
}

static void answer_snapshot(struct client *client, const json_t *request)
{
	enum ledger_by by = LEDGER_BY_SCRIPT;
	uint64_t limit;

	if (json_object_get(request, "by") && !read_by(client, request, &by))
		return;
	if (!read_number(client, request, "limit", 1, UINT32_MAX, 0, &limit))
		return;
	client->answer = (struct long_answer){
		.kind = LONG_ANSWER_SNAPSHOT,
		.walk = row_walk_begin(client->control->ledger, by, (size_t)limit),
	};
	memcpy(client->answer.id, client->id, sizeof(client->id));
}

static bool read_every(struct client *client, const json_t *request, double *ret_every)
{
	const json_t *value = json_object_get(request, "every");
	double every = value ? json_number_value(value) : 1;

	if (every >= 1 && every <= 60) {
		*ret_every = every;
		return true;
	}
	client_refuse(client, "invalid", "every is a number of seconds from 1 to 60");
	return false;
}

static void answer_subscribe(struct client *client, const json_t *request)
{
	const bool has_rows = json_object_get(request, "by") != NULL;
	enum ledger_by by = LEDGER_BY_SCRIPT;
	bool alerts, events;
	uint64_t last;
	double every;

	if ((has_rows && !read_by(client, request, &by)) || !read_every(client, request, &every) ||
	    !read_flag(client, request, "alerts", &alerts) || !read_flag(client, request, "events", &events) ||
	    !read_number(client, request, "last", 0, PROTOCOL_LAST_MAX, 0, &last))
		return;
	subscription_follow(client, alerts, events, (size_t)last);
	if (has_rows)
		subscription_walk(client, by, every);
}

/* As many as there is room for in an answer: half of it is more than one takes. */
static bool has_room(struct client *client)
{
	return outgoing_length(&client->out) < PROTOCOL_ANSWER_MAX / 2;
}

static void begin_children(struct client *client, const struct ledger_row *row, const char *by, size_t total,
			   const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "{\"children\":{\"row\":%" PRIu64 ",\"by\":\"%s\",\"total\":%zu,\"%s\":[",
		 row->number, by, total, what);
	outgoing_begin(&client->out);
	outgoing_put_text(&client->out, text);
}

static void end_children(struct client *client)
{
	outgoing_put_text(&client->out, "]}}");
	client_end_answer(client);
}

static void answer_processes(struct client *client, const struct ledger_row *row, size_t limit)
{
	const struct ledger_row *rows[PROTOCOL_CHILDREN_MAX];
	size_t total = ledger_processes(client->control->ledger, row, rows, limit);

	begin_children(client, row, ledger_by_name(LEDGER_BY_PROCESS), total, "rows");
	for (size_t i = 0; i < total && i < limit && has_room(client); i++) {
		outgoing_put_text(&client->out, i ? "," : "");
		outgoing_put_json(&client->out, row_json_of(rows[i]));
	}
	end_children(client);
}

static void answer_flows(struct client *client, const struct ledger_row *row, size_t limit)
{
	const struct ledger_flow *flows[PROTOCOL_CHILDREN_MAX];
	size_t total = ledger_flows(client->control->ledger, row, flows, limit);

	begin_children(client, row, "flow", total, "flows");
	for (size_t i = 0; i < total && i < limit && has_room(client); i++) {
		outgoing_put_text(&client->out, i ? "," : "");
		outgoing_put_json(&client->out, row_json_of_flow(flows[i]));
	}
	end_children(client);
}

static void answer_children(struct client *client, const json_t *request)
{
	static void (*const answers[])(struct client * client, const struct ledger_row *row, size_t limit) = {
		[LEDGER_BY_SCRIPT] = answer_processes,  [LEDGER_BY_USER] = answer_processes,
		[LEDGER_BY_PROCESS] = answer_flows,     [LEDGER_BY_UNIT] = answer_processes,
		[LEDGER_BY_DESTINATION] = answer_flows, [LEDGER_BY_RECEIVER] = answer_flows,
	};
	static_assert(COUNT_OF(answers) == LEDGER_BY_COUNT, "an answer for each");
	const struct ledger_row *row = read_row(client, request);
	uint64_t limit;

	if (row && read_number(client, request, "limit", 1, PROTOCOL_CHILDREN_MAX, PROTOCOL_CHILDREN_MAX, &limit))
		answers[row->by](client, row, (size_t)limit);
}

/* The newest lines of the incident, the newest last. */
static void put_alerts(struct client *client, const char *incident)
{
	const struct history_line *lines[DETAIL_ALERTS];
	const struct history_line *line = client->control->alerts.newest;
	size_t count = 0, size = 0;

	for (; line && count < DETAIL_ALERTS && size < PROTOCOL_ANSWER_MAX / 2; line = line->older)
		if (incident[0] && strcmp(line->incident, incident) == 0) {
			lines[count++] = line;
			size += line->size;
		}
	while (count > 0) {
		line = lines[--count];
		outgoing_put(&client->out, line->text, line->size);
		outgoing_put_text(&client->out, count ? "," : "");
	}
}

static void answer_detail(struct client *client, const json_t *request)
{
	const struct ledger_row *row = read_row(client, request);

	if (!row)
		return;
	outgoing_begin(&client->out);
	outgoing_put_text(&client->out, "{\"detail\":");
	outgoing_put_json(&client->out, row_json_of_detail(row));
	outgoing_cut(&client->out, 1);
	outgoing_put_text(&client->out, ",\"alerts\":[");
	put_alerts(client, row->incident);
	outgoing_put_text(&client->out, "]}}");
	client_end_answer(client);
}

static void answer_status(struct client *client, const json_t *request)
{
	const struct control_hooks *hooks = &client->control->hooks;
	struct control_head head = {0};
	_cleanup_free_ struct health *health = calloc(1, sizeof(*health));

	(void)request;
	hooks->get_head(hooks->context, &head);
	if (health)
		hooks->get_health(hooks->context, health);
	client_answer(client, health ? head_json_of_status(&head, health) : NULL);
}

static void refuse_ambiguous(struct client *client, const char *beginning, const char *const *candidates)
{
	char names[HISTORY_CANDIDATES_MAX * (ALERT_INCIDENT_ID_SIZE + 2)];
	shown_text shown;
	size_t length = 0;

	for (size_t i = 0; candidates[i]; i++)
		length +=
			(size_t)snprintf(names + length, sizeof(names) - length, "%s%s", i ? ", " : "", candidates[i]);
	client_refuse(client, "invalid", "%s is the beginning of several incidents: %s", show(beginning, shown), names);
}

static void answer_explain(struct client *client, const json_t *request)
{
	const char *beginning = json_string_value(json_object_get(request, "incident"));
	const char *candidates[HISTORY_CANDIDATES_MAX + 1];
	struct long_answer answer = {.kind = LONG_ANSWER_EXPLAIN};
	shown_text shown;

	if (!beginning || !beginning[0]) {
		client_refuse(client, "invalid", "incident is missing: the ID of an incident");
		return;
	}
	int error = history_find_incident(&client->control->alerts, beginning, answer.incident, candidates);
	if (error == -ENOTUNIQ) {
		refuse_ambiguous(client, beginning, candidates);
	} else if (error) {
		client_refuse(client, "not-found", "no line of an incident %s is in memory", show(beginning, shown));
	} else {
		memcpy(answer.id, client->id, sizeof(client->id));
		client->answer = answer;
	}
}

static void answer_reload(struct client *client, const json_t *request)
{
	const struct control_hooks *hooks = &client->control->hooks;
	char reason[CONTROL_REASON_SIZE] = "";

	(void)request;
	if (!peer_may_change(client->uid))
		client_refuse(client, "forbidden", "only root may reload");
	else if (hooks->reload(hooks->context, reason) != 0)
		client_refuse(client, "failed", "%s", reason);
	else
		client_answer(client, json_pack("{s{sb}}", "reload", "done", 1));
}

static const struct {
	const char *name;
	void (*answer)(struct client *client, const json_t *request);
} requests[] = {
	{"snapshot", answer_snapshot}, {"subscribe", answer_subscribe}, {"children", answer_children},
	{"detail", answer_detail},     {"status", answer_status},       {"explain", answer_explain},
	{"reload", answer_reload},
};

static void refuse_unknown(struct client *client, const char *name)
{
	struct nearest nearest = nearest_begin(name);
	shown_text shown;

	for (size_t i = 0; i < COUNT_OF(requests); i++)
		nearest_offer(&nearest, requests[i].name);
	show(name, shown);
	if (nearest.found)
		client_refuse(client, "unknown-request", "there is no request %s; did you mean %s?", shown,
			      nearest.found);
	else
		client_refuse(client, "unknown-request", "there is no request %s", shown);
}

/* Returns false after refusing it. */
static bool read_id(struct client *client, const json_t *request)
{
	const json_t *id = json_object_get(request, "id");

	client->id[0] = '\0';
	if (!id)
		return true;
	if (!json_is_number(id) && (!json_is_string(id) || json_string_length(id) > ID_BYTES_MAX)) {
		client_refuse(client, "invalid", "id is a number or a text of at most %d bytes", ID_BYTES_MAX);
		return false;
	}
	size_t size = json_dumpb(id, client->id, sizeof(client->id) - 1, JSON_ENCODE_ANY | JSON_COMPACT);
	client->id[size < sizeof(client->id) ? size : 0] = '\0';
	return true;
}

static void answer_object(struct client *client, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "request"));

	if (!read_id(client, request))
		return;
	if (!name) {
		client_refuse(client, "invalid", "request is missing: the name of one");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(requests); i++)
		if (strcmp(requests[i].name, name) == 0) {
			requests[i].answer(client, request);
			return;
		}
	refuse_unknown(client, name);
}

void request_answer(struct client *client, const char *line, size_t size)
{
	json_error_t error;
	json_t *request = json_loadb(line, size, 0, &error);

	client->id[0] = '\0';
	if (json_is_object(request))
		answer_object(client, request);
	else if (request)
		client_refuse(client, "syntax", "a request is a JSON object");
	else
		client_refuse(client, "syntax", "this is no JSON from byte %d on", error.position);
	json_decref(request);
}
