// SPDX-License-Identifier: GPL-2.0-only
#include "model/flows.h"

#include "lib/table.h"
#include "model/dialogue.h"

struct flow_slot {
	struct table_link link;
	struct flow flow;
	struct flow_state state;
};

struct flows {
	struct table *table;
	void (*leave)(void *context, const struct flow *flow);
	void *context;
	uint64_t forgotten;
};

static void let_go(const struct flow *flow)
{
	script_unref(flow->script);
	dialogue_free(flow->dialogue);
}

static void free_slot(void *entry)
{
	struct flow_slot *slot = entry;
	let_go(&slot->flow);
	free(slot);
}

struct flows *flows_new(size_t capacity, void (*leave)(void *context, const struct flow *flow), void *context)
{
	_cleanup_free_ struct flows *flows = calloc(1, sizeof(*flows));
	if (!flows)
		return NULL;
	flows->leave = leave;
	flows->context = context;
	flows->table = table_new(capacity, offsetof(struct flow_slot, flow.id), sizeof(uint64_t), free_slot);
	return flows->table ? TAKE_PTR(flows) : NULL;
}

void flows_free(struct flows *flows)
{
	if (flows)
		table_free(flows->table);
	free(flows);
}

static struct flow_slot *slot_of(const struct flow *flow)
{
	return (struct flow_slot *)((const char *)flow - offsetof(struct flow_slot, flow));
}

struct flow *flows_add(struct flows *flows, const struct flow *like)
{
	struct flow_slot *slot = calloc(1, sizeof(*slot));
	if (!slot) {
		let_go(like);
		return NULL;
	}
	slot->flow = *like;
	struct flow *same = flows_find(flows, like->id);
	if (same)
		flows_remove(flows, same);
	if (table_is_full(flows->table)) {
		flows_remove(flows, flows_oldest(flows));
		flows->forgotten++;
	}
	table_insert(flows->table, slot);
	return &slot->flow;
}

struct flow *flows_find(const struct flows *flows, uint64_t id)
{
	struct flow_slot *slot = table_find(flows->table, &id);
	return slot ? &slot->flow : NULL;
}

struct flow_state *flows_state(struct flow *flow)
{
	return &slot_of(flow)->state;
}

void flows_remove(struct flows *flows, struct flow *flow)
{
	flows->leave(flows->context, flow);
	table_remove(flows->table, slot_of(flow));
}

struct flow *flows_oldest(const struct flows *flows)
{
	struct flow_slot *slot = table_oldest(flows->table);
	return slot ? &slot->flow : NULL;
}

struct flow *flows_newer(const struct flow *flow)
{
	struct flow_slot *newer = table_newer(slot_of(flow));
	return newer ? &newer->flow : NULL;
}

size_t flows_count(const struct flows *flows)
{
	return table_count(flows->table);
}

uint64_t flows_forgotten(const struct flows *flows)
{
	return flows->forgotten;
}
