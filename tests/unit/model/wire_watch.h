/* SPDX-License-Identifier: GPL-2.0-only */
/* A model that is told of connections by the kernel and by the wire. */
#ifndef SMTPWATCH_TESTS_MODEL_WIRE_WATCH_H
#define SMTPWATCH_TESTS_MODEL_WIRE_WATCH_H

#include "lib/clock.h"
#include "model/dialogue.h"
#include "watch.h"

#define SECOND NANOSECONDS_A_SECOND
#define OUR_NAMESPACE 4026531840U

static inline struct endpoint client(uint16_t port)
{
	return endpoint_at("192.0.2.81", port);
}

static inline void capture(struct watch *watch)
{
	const struct model_wire_options options = {.is_captured = true, .network_namespace = OUR_NAMESPACE};
	model_set_wire_options(watch->model, &options);
}

/* An event of connection `wire_id`, whose client port is 40000 and that number. */
static inline struct model_change say_at(struct watch *watch, uint64_t wire_id, struct dialogue_event event,
					 uint64_t time_ns)
{
	struct observation observation = {
		.kind = OBSERVATION_DIALOGUE,
		.time_ns = time_ns,
		.wall_ns = WALL_OF(time_ns),
		.dialogue = &event,
	};

	event.wire_id = wire_id;
	event.local = observation.local = client((uint16_t)(40000 + wire_id));
	event.remote = observation.remote = external();
	event.source.address = event.local.address;
	return observe(watch, &observation);
}

static inline struct model_change say(struct watch *watch, uint64_t wire_id, struct dialogue_event event)
{
	return say_at(watch, wire_id, event, 5);
}

static inline struct model_change open_wire(struct watch *watch, uint64_t wire_id)
{
	return say(watch, wire_id, (struct dialogue_event){.kind = DIALOGUE_OPENED, .has_syn = true});
}

static inline struct model_change helo(struct watch *watch, uint64_t wire_id, const char *name)
{
	return say(watch, wire_id, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = name, .is_extended = true});
}

static inline struct model_change end_wire(struct watch *watch, uint64_t wire_id)
{
	return say(watch, wire_id,
		   (struct dialogue_event){.kind = DIALOGUE_ENDED, .bytes_sent = 100, .bytes_received = 50});
}

/* An attempt whose local port is not known yet, as the kernel tells of it. */
static inline struct model_change attempt_from(struct watch *watch, uint64_t flow_id)
{
	static struct sw_identity identity;

	identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, flow_id, external());
	observation.local = client(0);
	observation.network_namespace = OUR_NAMESPACE;
	return observe(watch, &observation);
}

static inline struct model_change establish(struct watch *watch, uint64_t flow_id, uint16_t port)
{
	struct observation established = {
		.kind = OBSERVATION_ESTABLISHED, .flow_id = flow_id, .local = client(port), .remote = external()};
	return observe(watch, &established);
}

static inline struct model_change end_at(struct watch *watch, uint64_t flow_id, uint16_t port, uint64_t time_ns)
{
	struct observation observation = end_of(flow_id, SW_OUTCOME_CLOSED);

	observation.local = client(port);
	observation.time_ns = time_ns;
	return observe(watch, &observation);
}

/* Observes what waited. Returns how much it was; the last change. */
static inline size_t observe_ready(struct watch *watch, struct model_change *ret_change)
{
	struct observation observation;
	size_t count = 0;

	for (; model_next_ready(watch->model, &observation); count++)
		*ret_change = observe(watch, &observation);
	return count;
}

#endif
