/* SPDX-License-Identifier: GPL-2.0-only */
/* A ledger behind a model, and what happens to them. */
#ifndef SMTPWATCH_TESTS_LEDGER_WATCH_H
#define SMTPWATCH_TESTS_LEDGER_WATCH_H

#include "ledger/ledger.h"
#include "support/observations.h"

#include <stdlib.h>

#define MAX_ROWS 8
#define MAX_FLOWS 8
#define SECOND 1000000000ULL

/* Ten in the morning, UTC. */
#define MORNING (1795341600 * SECOND)

struct watch {
	struct model *model;
	struct scopes *scopes;
	struct ledger *ledger;
	uint64_t wall_ns;
	enum actor_role role;       /* of actors that are new */
	const char *user_name;      /* the same; NULL: none */
	struct unit *unit;          /* the same, borrowed */
	struct judgement judgement; /* of what is observed next, and then no more */
};

static inline int set_up(void **state)
{
	static struct watch watch;

	setenv("TZ", "UTC", 1);
	watch = (struct watch){
		.model = model_new(1024, 1024),
		.scopes = scopes_new(),
		.ledger = ledger_new(MAX_ROWS, MAX_FLOWS),
		.wall_ns = MORNING,
		.role = ACTOR_ROLE_APPLICATION,
	};
	*state = &watch;
	return watch.model && watch.scopes && watch.ledger ? 0 : -1;
}

static inline int tear_down(void **state)
{
	struct watch *watch = *state;

	ledger_free(watch->ledger);
	model_free(watch->model);
	scopes_free(watch->scopes);
	return 0;
}

static inline void complete(const struct watch *watch, struct actor *actor)
{
	actor->role = watch->role;
	if (watch->user_name)
		snprintf(actor->user_name, sizeof(actor->user_name), "%s", watch->user_name);
	unit_unref(actor->unit);
	actor->unit = unit_ref(watch->unit);
}

/* As the daemon does it. */
static inline void observe(struct watch *watch, struct observation observation)
{
	struct model_change change;

	if (observation.time_ns == 0)
		observation.time_ns = watch->wall_ns;
	observation.wall_ns = watch->wall_ns;
	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
	if (change.actor_is_new)
		complete(watch, change.actor);
	ledger_observe(watch->ledger, &observation, &change, &watch->judgement);
	watch->judgement = (struct judgement){.fired = false};
	model_settle(watch->model, &change);
}

static inline void attempt_at(struct watch *watch, const struct sw_identity *identity, uint64_t flow_id,
			      struct endpoint remote)
{
	observe(watch, attempt_of(identity, flow_id, remote));
}

static inline struct endpoint external(void)
{
	return endpoint_at("203.0.113.25", 25);
}

/* An attempt to an external port 25. */
static inline void attempt(struct watch *watch, const struct sw_identity *identity, uint64_t flow_id)
{
	attempt_at(watch, identity, flow_id, external());
}

static inline void establish(struct watch *watch, uint64_t flow_id)
{
	observe(watch, (struct observation){.kind = OBSERVATION_ESTABLISHED, .flow_id = flow_id});
}

static inline void end(struct watch *watch, uint64_t flow_id, enum sw_outcome outcome)
{
	observe(watch, end_of(flow_id, outcome));
}

/* An attempt of a connection that the wire shows too, under the same number. The model then waits with the end of an
 * established flow for what the wire still says. */
static inline void connect_on_wire(struct watch *watch, const struct sw_identity *identity, uint64_t flow_id)
{
	const struct model_wire_options options = {.is_captured = true, .network_namespace = 1};
	struct observation observation = attempt_of(identity, flow_id, external());

	model_set_wire_options(watch->model, &options);
	observation.network_namespace = 1;
	observation.local = endpoint_at("192.0.2.81", (uint16_t)(40000 + flow_id));
	observe(watch, observation);
	establish(watch, flow_id);
}

static inline void say(struct watch *watch, uint64_t wire_id, struct dialogue_event event)
{
	event.wire_id = wire_id;
	event.wall_ns = watch->wall_ns;
	event.local = endpoint_at("192.0.2.81", (uint16_t)(40000 + wire_id));
	event.remote = external();
	event.source.address = event.local.address;
	observe(watch, (struct observation){.kind = OBSERVATION_DIALOGUE,
					    .local = event.local,
					    .remote = event.remote,
					    .dialogue = &event});
}

static inline void open_wire(struct watch *watch, uint64_t wire_id)
{
	say(watch, wire_id, (struct dialogue_event){.kind = DIALOGUE_OPENED, .has_syn = true});
}

static inline void say_helo(struct watch *watch, uint64_t wire_id, const char *name)
{
	say(watch, wire_id, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = name, .is_extended = true});
}

static inline void say_reply(struct watch *watch, uint64_t wire_id, uint16_t code, const char *text)
{
	say(watch, wire_id,
	    (struct dialogue_event){.kind = DIALOGUE_REPLY,
				    .stage = DIALOGUE_STAGE_RCPT,
				    .code = code,
				    .enhanced = {5, 7, 1},
				    .class = REPLY_CLASS_BLOCK,
				    .receiver = "gmail",
				    .text = text});
}

static inline void say_message(struct watch *watch, uint64_t wire_id, uint16_t code)
{
	say(watch, wire_id, (struct dialogue_event){.kind = DIALOGUE_MESSAGE, .code = code});
}

static inline void end_wire(struct watch *watch, uint64_t wire_id)
{
	say(watch, wire_id, (struct dialogue_event){.kind = DIALOGUE_ENDED});
}

static inline struct ledger_totals totals_of(const struct watch *watch)
{
	struct ledger_totals totals;

	ledger_get_totals(watch->ledger, &totals);
	return totals;
}

/* The row of this name; NULL: there is none. */
static inline const struct ledger_row *find_row(const struct watch *watch, enum ledger_by by, const char *name)
{
	const struct ledger_row *rows[64];
	size_t count = ledger_changed(watch->ledger, by, 0, rows, ARRAY_SIZE(rows));

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

static inline const struct ledger_row *row_of(const struct watch *watch, enum ledger_by by, const char *name)
{
	const struct ledger_row *row = find_row(watch, by, name);

	if (!row)
		fail_msg("no row of %s %s", ledger_by_name(by), name);
	assert_int_equal(row->by, by);
	return row;
}

#endif
