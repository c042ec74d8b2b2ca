// SPDX-License-Identifier: GPL-2.0-only
/* Answers that take more than one message, made one by one as the client reads them. */
#include "control/internal.h"

#include <string.h>

/* Of a snapshot, so long as there is room in the message. */
#define SNAPSHOT_ALERTS 50

/* A message ends behind the line that reaches it. */
#define LINES_BYTES (128 * 1024)

#define HEAD_COST 16 /* as many rows as it is worth */

static void send_alerts(struct client *client)
{
	const struct history_line *line = client->control->alerts.newest;
	size_t size = 0;

	for (size_t count = 1; line && line->older && count < SNAPSHOT_ALERTS; count++) {
		size += line->size;
		if (size + line->older->size > PROTOCOL_ANSWER_MAX / 2)
			break;
		line = line->older;
	}
	outgoing_begin(&client->out);
	outgoing_put_text(&client->out, "{\"alerts\":[");
	for (; line; line = line->newer) {
		outgoing_put(&client->out, line->text, line->size);
		outgoing_put_text(&client->out, line->newer ? "," : "");
	}
	outgoing_put_text(&client->out, "]}");
	outgoing_end(&client->out, client->answer.id);
}

static size_t go_on_with_snapshot(struct client *client)
{
	struct long_answer *answer = &client->answer;

	if (!answer->is_begun) {
		rows_send_head(client, answer->id);
		answer->is_begun = true;
		return HEAD_COST;
	}
	if (!row_walk_send(&answer->walk, client, answer->id)) {
		send_alerts(client);
		answer->kind = LONG_ANSWER_NONE;
	}
	return PROTOCOL_ROWS_A_PAGE;
}

static const struct history_line *next_of_incident(const struct client *client)
{
	const struct history_line *line = history_after(&client->control->alerts, client->answer.seen);

	while (line && strcmp(line->incident, client->answer.incident) != 0)
		line = line->newer;
	return line;
}

static size_t go_on_with_explain(struct client *client)
{
	struct long_answer *answer = &client->answer;
	struct outgoing *out = &client->out;
	const struct history_line *line = next_of_incident(client);
	const char *comma = "";

	outgoing_begin(out);
	outgoing_put_text(out, "{\"explain\":{\"incident\":\"");
	outgoing_put_text(out, answer->incident);
	outgoing_put_text(out, "\",\"lines\":[");
	while (line && outgoing_length(out) < LINES_BYTES) {
		outgoing_put_text(out, comma);
		outgoing_put(out, line->text, line->size);
		answer->seen = line->number;
		comma = ",";
		line = next_of_incident(client);
	}
	outgoing_put_text(out, line ? "],\"more\":true}}" : "]}}");
	outgoing_end(out, answer->id);
	if (!line)
		answer->kind = LONG_ANSWER_NONE;
	return PROTOCOL_ROWS_A_PAGE;
}

size_t long_answer_go_on(struct client *client)
{
	size_t cost = 0;

	if (client->answer.kind == LONG_ANSWER_SNAPSHOT)
		cost = go_on_with_snapshot(client);
	else if (client->answer.kind == LONG_ANSWER_EXPLAIN)
		cost = go_on_with_explain(client);
	if (cost)
		client->answer_left = outgoing_waiting(&client->out);
	return cost;
}
