// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's sink: lines go to the history. One costs some 20 us to make, so of events only so many a second are;
 * others are counted as lost.
 */
#include "control/internal.h"

/* Since nobody may ever ask for them, and while somebody does. */
#define EVENTS_A_TICK 200
#define EVENTS_A_TICK_FOLLOWED 1000

static bool are_followed(const struct control *control)
{
	for (const struct client *client = control->clients; client; client = client->next)
		if (client->subscription.events.is_on)
			return true;
	return false;
}

static void put(struct lines *lines, const char *line)
{
	struct line_taker *taker = (struct line_taker *)lines;

	history_add(taker->history, taker->incident, line);
}

static void wake_followers(struct control *control)
{
	for (struct client *client = control->clients; client; client = client->next)
		client_wake(client);
}

/* `write` is that of the lines which fits what `told` points to. */
static void take(struct line_taker *taker, struct history *history, const char *incident,
		 void (*write)(struct line_taker *taker, const void *told), const void *told)
{
	const uint64_t number = history->newest_number;

	taker->history = history;
	taker->incident = incident;
	write(taker, told);
	if (history->newest_number == number) /* there was no memory to make it */
		history_skip(history);
	wake_followers(taker->control);
}

static void write_alert(struct line_taker *taker, const void *told)
{
	lines_json_alert(taker, told);
}

static void write_flow(struct line_taker *taker, const void *told)
{
	lines_json_flow(taker, told);
}

static void write_reply(struct line_taker *taker, const void *told)
{
	lines_json_reply(taker, told);
}

static void write_submission(struct line_taker *taker, const void *told)
{
	lines_json_submission(taker, told);
}

static void write_gap(struct line_taker *taker, const void *told)
{
	lines_json_gap(taker, told);
}

static void take_alert(void *state, const struct alert *alert)
{
	struct line_taker *taker = state;

	take(taker, &taker->control->alerts, alert->incident ? alert->incident->id : "", write_alert, alert);
}

static void take_event(struct line_taker *taker, void (*write)(struct line_taker *taker, const void *told),
		       const void *told)
{
	struct control *control = taker->control;
	const unsigned budget = are_followed(control) ? EVENTS_A_TICK_FOLLOWED : EVENTS_A_TICK;

	if (taker->events >= budget) {
		history_skip(&control->events);
		return;
	}
	taker->events++;
	take(taker, &control->events, "", write, told);
}

static void take_flow(void *state, const struct flow_event *event)
{
	take_event(state, write_flow, event);
}

static void take_reply(void *state, const struct reply_event *event)
{
	take_event(state, write_reply, event);
}

static void take_submission(void *state, const struct submission_event *event)
{
	take_event(state, write_submission, event);
}

static void take_gap(void *state, const struct watch_gap *gap)
{
	take_event(state, write_gap, gap);
}

void line_taker_tick(struct line_taker *taker)
{
	taker->events = 0;
}

static const struct sink_operations operations = {
	.name = "control",
	.wants_all = true,
	.write_alert = take_alert,
	.write_flow = take_flow,
	.write_reply = take_reply,
	.write_submission = take_submission,
	.write_gap = take_gap,
};

int control_add_sink(struct control *control, struct sinks *sinks)
{
	control->taker = (struct line_taker){.lines.put = put, .control = control};
	return sinks_add(sinks, &operations, &control->taker);
}
