// SPDX-License-Identifier: GPL-2.0-only
#include "model/held_events.h"

#include <string.h>

static size_t room_for(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put(char **at, const char *text)
{
	if (!text)
		return NULL;
	const char *own = *at;
	*at = stpcpy(*at, text) + 1;
	return own;
}

struct held_event *held_event_new(const struct dialogue_event *event)
{
	struct held_event *held = malloc(sizeof(*held) + room_for(event->name) + room_for(event->text) +
					 room_for(event->address) + room_for(event->receiver));
	if (!held)
		return NULL;
	char *at = (char *)(held + 1);
	held->next = NULL;
	held->event = *event;
	held->event.name = put(&at, event->name);
	held->event.text = put(&at, event->text);
	held->event.address = put(&at, event->address);
	held->event.receiver = put(&at, event->receiver);
	return held;
}

void held_events_add(struct held_events *events, struct held_event *event)
{
	if (events->last)
		events->last->next = event;
	else
		events->first = event;
	events->last = event;
	events->count++;
}

struct held_event *held_events_take(struct held_events *events)
{
	struct held_event *event = events->first;

	if (!event)
		return NULL;
	events->first = event->next;
	if (!events->first)
		events->last = NULL;
	events->count--;
	event->next = NULL;
	return event;
}

void held_events_move(struct held_events *to, struct held_events *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->count += from->count;
	*from = (struct held_events){0};
}

void held_events_clear(struct held_events *events)
{
	struct held_event *event;

	while ((event = held_events_take(events)))
		free(event);
}
