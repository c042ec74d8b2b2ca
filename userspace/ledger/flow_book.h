/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latest flows. A full book forgets the one that ended longest ago; where all are open, the one that began longest
 * ago. An open one whose process is gone ends here too, though its end was not seen; of one without a process, the end
 * of which was lost with the model's own memory of it, the book's size is the bound.
 */
#ifndef SMTPWATCH_LEDGER_FLOW_BOOK_H
#define SMTPWATCH_LEDGER_FLOW_BOOK_H

#include "lib/cleanup.h"
#include "lib/table.h"

#include <smtpwatch/flow.h>
#include <smtpwatch/ledger.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_slot {
	struct table_link link;
	uint64_t id;             /* the model's */
	struct ledger_flow flow; /* owns its texts */
	struct sw_actor_key actor;
	uint64_t rows[LEDGER_BY_COUNT]; /* numbers of those that count it; 0: none */
	uint32_t refusals;              /* counted so far, as are `accepted` and `refused` of the flow */
	bool is_established;            /* or was open before the watch began */
	bool has_ended;                 /* and that was seen */
	bool is_kept;                   /* it was open in an earlier run, and is not found in this one yet */
};

struct flow_book;

/* Room for `max_flows` flows, at least 1. NULL: no memory. */
struct flow_book *flow_book_new(size_t max_flows);
void flow_book_free(struct flow_book *book);
DEFINE_CLEANUP(struct flow_book, flow_book_free)

/* NULL: it is forgotten. */
struct flow_slot *flow_book_find(const struct flow_book *book, uint64_t id);

/* The one that has to leave before another is added; NULL: there is room. */
struct flow_slot *flow_book_victim(const struct flow_book *book);

/* A flow that begins, under an id that the book does not have; there has to be room. NULL: no memory. */
struct flow_slot *flow_book_add(struct flow_book *book, const struct flow *flow);

void flow_book_remove(struct flow_book *book, struct flow_slot *slot);

/* It is open no more. */
void flow_book_close(struct flow_book *book, struct flow_slot *slot);

/* A process has ended. When all were noted, flow_book_next_left() gives, one by one, the open flows that they left, to
 * be closed. NULL: no more. */
void flow_book_note_gone(struct flow_book *book, const struct sw_actor_key *actor);
struct flow_slot *flow_book_next_left(struct flow_book *book);
/* Before there are too many to be noted. */
bool flow_book_is_full_of_gone(const struct flow_book *book);

/* The flows of which `is_wanted` says so: open ones first, then ended ones; of both the latest comes first. Returns how
 * many there are, of which the first `max` are given. */
size_t flow_book_list(const struct flow_book *book, bool (*is_wanted)(const struct ledger_flow *flow, uint64_t number),
		      uint64_t number, const struct ledger_flow **ret_flows, size_t max);

/* One that was open in an earlier run; the same. `id` is none that the model can give. */
struct flow_slot *flow_book_add_kept(struct flow_book *book, const struct flow *flow);

/* The kept one that this flow, which was found open, is; it has the flow's id from then on. NULL: there is none. */
struct flow_slot *flow_book_resume(struct flow_book *book, const struct flow *flow);

/* One of the kept ones that were not found. NULL: none is left. */
struct flow_slot *flow_book_next_kept(const struct flow_book *book);

/* The open flow that began first, and the next one. */
const struct flow_slot *flow_book_oldest_open(const struct flow_book *book);
const struct flow_slot *flow_book_newer(const struct flow_slot *slot);

size_t flow_book_open(const struct flow_book *book);

#endif
