/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of a dialogue that wait until it is known whose connection it is. */
#ifndef SMTPWATCH_MODEL_HELD_EVENTS_H
#define SMTPWATCH_MODEL_HELD_EVENTS_H

#include "lib/cleanup.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>

struct held_event {
	struct held_event *next;
	struct dialogue_event event; /* its texts lie behind it */
};

/* First in, first out. All zero: empty. */
struct held_events {
	struct held_event *first;
	struct held_event *last;
	size_t count;
};

/* A copy of an event. NULL: no memory. */
struct held_event *held_event_new(const struct dialogue_event *event);

/* Takes ownership. */
void held_events_add(struct held_events *events, struct held_event *event);

/* The oldest, which is then the caller's; NULL: none. */
struct held_event *held_events_take(struct held_events *events);

/* Moves all of `from` behind those of `to`. */
void held_events_move(struct held_events *to, struct held_events *from);

void held_events_clear(struct held_events *events);

#endif
