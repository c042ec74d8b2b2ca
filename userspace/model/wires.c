// SPDX-License-Identifier: GPL-2.0-only
#include "model/wires.h"

#include "lib/clock.h"
#include "lib/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct wire_slot {
	struct table_link link;
	struct wire wire;
};

struct pair {
	struct endpoint local;
	struct endpoint remote;
};
static_assert(sizeof(struct pair) == 36, "compared as bytes: without padding");

/* Both sides of a pair of endpoints. With local port 0 it counts the attempts whose port is not known yet. */
struct meeting {
	struct table_link link;
	struct pair pair;
	uint32_t expected;
	uint64_t flow_id;
	uint64_t wire_id;
};

#define LEFT_MAX 16384
#define CLOCKS_DIFFER_NS (10 * NANOSECONDS_A_SECOND / 1000) /* packets have the wall's time, and that is converted */

struct left_flow {
	struct table_link link;
	struct pair pair;
	uint64_t left_ns;
};

struct wires {
	struct table *slots;
	struct table *meetings;
	struct table *left; /* the oldest first */
	size_t held;
};

static void free_slot(void *entry)
{
	struct wire_slot *slot = entry;
	held_events_clear(&slot->wire.events);
	free(slot->wire.name);
	free(slot);
}

struct wires *wires_new(size_t capacity)
{
	_cleanup_(cleanup_wires_free) struct wires *wires = calloc(1, sizeof(*wires));
	if (!wires)
		return NULL;
	wires->slots = table_new(capacity, offsetof(struct wire_slot, wire.id), sizeof(uint64_t), free_slot);
	wires->meetings = table_new(4 * capacity, offsetof(struct meeting, pair), sizeof(struct pair), free);
	wires->left = table_new(LEFT_MAX, offsetof(struct left_flow, pair), sizeof(struct pair), free);
	return wires->slots && wires->meetings && wires->left ? TAKE_PTR(wires) : NULL;
}

void wires_free(struct wires *wires)
{
	if (!wires)
		return;
	table_free(wires->slots);
	table_free(wires->meetings);
	table_free(wires->left);
	free(wires);
}

static struct pair pair_of(const struct endpoint *local, const struct endpoint *remote)
{
	return (struct pair){.local = *local, .remote = *remote};
}

static struct meeting *find_meeting(const struct wires *wires, const struct endpoint *local,
				    const struct endpoint *remote)
{
	const struct pair pair = pair_of(local, remote);
	return table_find(wires->meetings, &pair);
}

/* NULL: no memory. */
static struct meeting *take_meeting(struct wires *wires, const struct endpoint *local, const struct endpoint *remote)
{
	struct meeting *meeting = find_meeting(wires, local, remote);
	if (meeting) {
		table_touch(wires->meetings, meeting);
		return meeting;
	}
	meeting = calloc(1, sizeof(*meeting));
	if (!meeting)
		return NULL;
	meeting->pair = pair_of(local, remote);
	table_push(wires->meetings, meeting);
	return meeting;
}

static void drop_if_unused(struct wires *wires, struct meeting *meeting)
{
	if (!meeting->flow_id && !meeting->wire_id && !meeting->expected)
		table_remove(wires->meetings, meeting);
}

/* The wire side of a meeting. Returns the flow that is there, or 0. */
static uint64_t meet_wire(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
			  uint64_t wire_id)
{
	struct meeting *meeting = take_meeting(wires, local, remote);
	if (!meeting)
		return 0;
	meeting->wire_id = wire_id;
	return meeting->flow_id;
}

static void leave_wire(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
		       uint64_t wire_id)
{
	struct meeting *meeting = find_meeting(wires, local, remote);
	if (!meeting || meeting->wire_id != wire_id)
		return;
	meeting->wire_id = 0;
	drop_if_unused(wires, meeting);
}

int wires_open(struct wires *wires, const struct dialogue_event *event, uint64_t time_ns, struct wire **ret_wire)
{
	struct wire *same = wires_find(wires, event->wire_id);
	if (same)
		wires_remove(wires, same);
	struct wire_slot *slot = calloc(1, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	slot->wire = (struct wire){
		.id = event->wire_id,
		.local = event->local,
		.remote = event->remote,
		.source = event->source,
		.incoming = event->incoming,
		.has_syn = event->has_syn,
		.seen_ns = time_ns,
		.wall_ns = event->wall_ns,
	};
	if (table_is_full(wires->slots))
		wires_remove(wires, wires_oldest(wires));
	table_insert(wires->slots, slot);
	slot->wire.flow_id = meet_wire(wires, &event->local, &event->remote, event->wire_id);
	*ret_wire = &slot->wire;
	return 0;
}

struct wire *wires_find(const struct wires *wires, uint64_t wire_id)
{
	struct wire_slot *slot = table_find(wires->slots, &wire_id);
	return slot ? &slot->wire : NULL;
}

static struct wire_slot *slot_of(const struct wire *wire)
{
	return (struct wire_slot *)((const char *)wire - offsetof(struct wire_slot, wire));
}

void wires_remove(struct wires *wires, struct wire *wire)
{
	leave_wire(wires, &wire->local, &wire->remote, wire->id);
	for (size_t i = 0; i < wire->alias_count; i++)
		leave_wire(wires, &wire->aliases[i][0], &wire->aliases[i][1], wire->id);
	wires->held -= wire->events.count;
	table_remove(wires->slots, slot_of(wire));
}

uint64_t wires_add_alias(struct wires *wires, struct wire *wire, const struct endpoint *local,
			 const struct endpoint *remote)
{
	if (wire->alias_count == WIRE_ALIASES_MAX)
		return 0;
	wire->aliases[wire->alias_count][0] = *local;
	wire->aliases[wire->alias_count][1] = *remote;
	wire->alias_count++;
	return meet_wire(wires, local, remote, wire->id);
}

int wires_hold(struct wires *wires, struct wire *wire, const struct dialogue_event *event)
{
	bool is_full = wires->held >= WIRES_EVENTS_HELD || wire->events.count >= WIRE_EVENTS_HELD;
	struct held_event *held = is_full ? NULL : held_event_new(event);

	if (!held) {
		wire->is_cut = true;
		return is_full ? -ENOSPC : -ENOMEM;
	}
	held_events_add(&wire->events, held);
	wires->held++;
	return 0;
}

void wires_release(struct wires *wires, struct wire *wire, struct held_events *to)
{
	wires->held -= wire->events.count;
	held_events_move(to, &wire->events);
}

struct wire *wires_meet_flow(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
			     uint64_t flow_id)
{
	struct meeting *meeting = take_meeting(wires, local, remote);
	if (!meeting)
		return NULL;
	meeting->flow_id = flow_id;
	return meeting->wire_id ? wires_find(wires, meeting->wire_id) : NULL;
}

void wires_leave_flow(struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
		      uint64_t flow_id)
{
	struct meeting *meeting = find_meeting(wires, local, remote);
	if (!meeting || meeting->flow_id != flow_id)
		return;
	meeting->flow_id = 0;
	drop_if_unused(wires, meeting);
}

static struct endpoint without_port(const struct endpoint *endpoint)
{
	return (struct endpoint){.address = endpoint->address};
}

void wires_expect(struct wires *wires, const struct endpoint *local, const struct endpoint *remote)
{
	const struct endpoint address = without_port(local);
	struct meeting *meeting = take_meeting(wires, &address, remote);
	if (meeting)
		meeting->expected++;
}

void wires_stop_expecting(struct wires *wires, const struct endpoint *local, const struct endpoint *remote)
{
	const struct endpoint address = without_port(local);
	struct meeting *meeting = find_meeting(wires, &address, remote);
	if (!meeting)
		return;
	if (meeting->expected)
		meeting->expected--;
	drop_if_unused(wires, meeting);
}

bool wires_is_expected(const struct wires *wires, const struct endpoint *local, const struct endpoint *remote)
{
	const struct endpoint address = without_port(local);
	const struct meeting *meeting = find_meeting(wires, &address, remote);
	return meeting && meeting->expected;
}

void wires_note_left(struct wires *wires, const struct endpoint *local, const struct endpoint *remote, uint64_t left_ns)
{
	const struct pair pair = pair_of(local, remote);
	struct left_flow *left = table_find(wires->left, &pair);

	if (left) {
		left->left_ns = left_ns;
		table_touch(wires->left, left);
		return;
	}
	left = calloc(1, sizeof(*left));
	if (!left)
		return;
	left->pair = pair;
	left->left_ns = left_ns;
	table_push(wires->left, left);
}

bool wires_has_left(const struct wires *wires, const struct endpoint *local, const struct endpoint *remote,
		    uint64_t began_ns)
{
	const struct pair pair = pair_of(local, remote);
	const struct left_flow *left = table_find(wires->left, &pair);
	return left && began_ns <= left->left_ns + CLOCKS_DIFFER_NS;
}

void wires_forget_left(struct wires *wires, uint64_t before_ns)
{
	struct left_flow *left;

	while ((left = table_oldest(wires->left)) && left->left_ns < before_ns)
		table_remove(wires->left, left);
}

struct wire *wires_oldest(const struct wires *wires)
{
	struct wire_slot *slot = table_oldest(wires->slots);
	return slot ? &slot->wire : NULL;
}

struct wire *wires_newer(const struct wire *wire)
{
	struct wire_slot *newer = table_newer(slot_of(wire));
	return newer ? &newer->wire : NULL;
}
