/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections as the wire shows them, and where they meet the flows that the kernel tells of: by both endpoints. Either
 * may come first. What is said before a connection's flow is known waits here.
 */
#ifndef SMTPWATCH_MODEL_WIRES_H
#define SMTPWATCH_MODEL_WIRES_H

#include "lib/cleanup.h"
#include "model/held_events.h"
#include "model/host_names.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_ALIASES_MAX 3     /* address pairs beyond the first by which NAT shows a connection */
#define WIRE_EVENTS_HELD 64    /* of one connection; one more is dropped, and the dialogue says so */
#define WIRES_EVENTS_HELD 8192 /* of all together */

struct wire {
	uint64_t id; /* the capture's */
	struct endpoint local;
	struct endpoint remote;
	struct endpoint aliases[WIRE_ALIASES_MAX][2]; /* local, remote */
	size_t alias_count;
	struct wire_source source;
	bool incoming;
	bool has_syn;
	bool ended;
	bool is_cut;      /* an event was dropped */
	uint64_t seen_ns; /* when it was told of */
	uint64_t wall_ns; /* the same, CLOCK_REALTIME */
	uint64_t flow_id; /* 0: its flow is not known yet */
	struct held_events events;
	struct host_name *name; /* of the remote address when it began; owned, NULL: none was known */
};

struct wires;

/* A full table forgets the one that was told of longest ago. NULL: no memory. */
struct wires *wires_new(size_t capacity);
void wires_free(struct wires *wires);
DEFINE_CLEANUP(struct wires, wires_free)

/* A connection is told of for the first time (DIALOGUE_OPENED). 0 with it, its flow_id set where its flow is known; or
 * -ENOMEM. */
int wires_open(struct wires *wires, const struct dialogue_event *event, uint64_t time_ns, struct wire **ret_wire);

struct wire *wires_find(const struct wires *wires, uint64_t wire_id);
void wires_remove(struct wires *wires, struct wire *wire);

/* It has one more pair of addresses. Returns the flow that has these, 0: none is known. */
uint64_t wires_add_alias(struct wires *wires, struct wire *wire, const struct endpoint *local,
			 const struct endpoint *remote);

/* Puts an event aside. 0, -ENOSPC: there are too many, or -ENOMEM; then `is_cut` is set. */
int wires_hold(struct wires *wires, struct wire *wire, const struct dialogue_event *event);

/* Takes what waited. */
void wires_release(struct wires *wires, struct wire *wire, struct held_events *to);

/* A flow's endpoints are known. Returns the connection that has them, or NULL. -ENOMEM is not told: they do not meet.
 */
struct wire *wires_meet_flow(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
			     uint64_t flow_id);
void wires_leave_flow(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
		      uint64_t flow_id);

/* Attempts whose local port is not known yet, from an address to an endpoint. */
void wires_expect(struct wires *wires, const struct endpoint *local, const struct endpoint *remote);
void wires_stop_expecting(struct wires *wires, const struct endpoint *local, const struct endpoint *remote);
bool wires_is_expected(const struct wires *wires, const struct endpoint *local, const struct endpoint *remote);

/*
 * A flow with these ends left at `left_ns` and no connection had met it. The wire may still show it, as it is read
 * later than the kernel's records, and then it is nobody else's. Bounded: of very many the oldest are forgotten.
 */
void wires_note_left(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
		     uint64_t left_ns);
/* Whether a connection that began then is that of such a flow. */
bool wires_has_left(const struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
		    uint64_t began_ns);
/* Forgets what left before. About once a second. */
void wires_forget_left(struct wires *wires, uint64_t before_ns);

/* The connection that was told of longest ago, and the next one. */
struct wire *wires_oldest(const struct wires *wires);
struct wire *wires_newer(const struct wire *wire);

#endif
