// SPDX-License-Identifier: GPL-2.0-only
#include "control/head_json.h"

#include "control/protocol.h"
#include "control/row_json.h"
#include "lib/clock.h"
#include "sinks/ecs_put.h"

static json_t *message_of(const char *name, json_t *content)
{
	json_t *message = json_object();

	json_object_set_new(message, name, content);
	return message;
}

static void put_host(json_t *object, const struct control_head *head)
{
	row_json_put_time(object, "now", clock_wall_ns());
	ecs_put_word(object, "host", head->host);
	ecs_put_word(object, "version", head->version);
	ecs_put_word(object, "kernel", head->kernel);
	ecs_put_number(object, "pid", head->daemon_pid);
	row_json_put_time(object, "started", head->started_wall_ns);
	ecs_put_word(object, "attached", head->attached);
	ecs_put_word(object, "capture", head->capture);
	ecs_put_word(object, "health", health_state_name(head->health));
	ecs_put_word(object, "health_text", head->health_text);
}

static void put_losses(json_t *object, const struct control_head *head)
{
	json_t *lost = ecs_object_in(object, "lost");

	ecs_put_number(lost, "records", head->lost_records);
	ecs_put_number(lost, "packets", head->lost_packets);
	ecs_put_number(lost, "lines", head->lost_lines);
	ecs_put_number(object, "thinned", head->thinned);
}

static void put_totals(json_t *object, const struct ledger_totals *totals)
{
	json_t *series = row_json_of_stretches(totals->newest_stretch, totals->series, LEDGER_SERIES);

	row_json_put_time(object, "since", totals->since_wall_ns);
	json_object_set_new(object, "all", row_json_of_counts(&totals->all));
	json_object_set_new(object, "today", row_json_of_counts(&totals->today));
	ecs_put_number(object, "destinations_today", totals->destinations_today);
	ecs_put_number(object, "receivers_today", totals->receivers_today);
	ecs_put_number(object, "open", totals->open);
	ecs_put_number(series, "stretch", LEDGER_STRETCH_SECONDS);
	json_object_set_new(object, "series", series);
	json_t *rows = ecs_object_in(object, "total");
	json_t *forgotten = ecs_object_in(object, "forgotten");
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++) {
		ecs_put_number(rows, ledger_by_name((enum ledger_by)by), totals->rows[by]);
		if (totals->rows_forgotten[by])
			ecs_put_number(forgotten, ledger_by_name((enum ledger_by)by), totals->rows_forgotten[by]);
	}
}

json_t *head_json_of(const struct control_head *head, const struct ledger_totals *totals)
{
	json_t *object = json_object();

	put_host(object, head);
	put_losses(object, head);
	put_totals(object, totals);
	return message_of("head", object);
}

static void put_gap(json_t *object, const struct watch_gap *gap)
{
	json_t *put = ecs_object_in(object, "gap");

	row_json_put_time(put, "from", gap->from_wall_ns);
	row_json_put_time(put, "to", gap->to_wall_ns);
	if (gap->has_opened)
		ecs_put_number(put, "connections", gap->opened);
	ecs_put_true(put, "killed", gap->was_killed);
	ecs_put_true(put, "rebooted", gap->was_rebooted);
}

json_t *head_json_of_status(const struct control_head *head, const struct health *health)
{
	char text[HEALTH_TEXT_SIZE];
	json_t *object = json_object();
	json_t *checks = json_array();

	for (size_t i = 0; i < health->count; i++) {
		const struct health_check *check = &health->checks[i];
		json_t *row = json_object();
		ecs_put_word(row, "name", check->name);
		ecs_put_word(row, "state", health_state_name(check->state));
		ecs_put_word(row, "text", check->text);
		ecs_put_word(row, "advice", check->advice);
		json_array_append_new(checks, row);
	}
	ecs_put_word(object, "health", health_state_name(health_worst(health, text)));
	ecs_put_word(object, "version", head->version);
	ecs_put_number(object, "pid", head->daemon_pid);
	json_object_set_new(object, "checks", checks);
	if (head->gap)
		put_gap(object, head->gap);
	return message_of("status", object);
}

json_t *head_json_of_greeting(const struct control_head *head)
{
	json_t *object = json_object();

	ecs_put_word(object, "smtpwatch", head->version);
	ecs_put_number(object, "protocol", PROTOCOL_VERSION);
	ecs_put_word(object, "host", head->host);
	return object;
}
