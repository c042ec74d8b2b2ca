// SPDX-License-Identifier: GPL-2.0-only
/* What a client is told until it says otherwise: always from where it was told last, so that nothing is kept for it. */
#include "control/internal.h"
#include "lib/clock.h"

#include <inttypes.h>
#include <string.h>

#define HEAD_COST 16 /* as many rows as it is worth, here and below */
#define LINES_COST 16

/* At once; looking up where they begin is worth more of them than one. */
#define LINES_MAX 32

static bool has_news(const struct following *following, const struct history *history)
{
	return following->is_on && history->newest && history->newest->number > following->seen;
}

static bool is_in_past(const struct following *following, const struct history *history)
{
	return has_news(following, history) && following->seen < following->past;
}

static struct following follow(const struct history *history, bool is_on, size_t last)
{
	if (!is_on)
		return (struct following){0};
	return (struct following){
		.is_on = true,
		.seen = history_before_last(history, last),
		.past = history->newest ? history->newest->number : 0,
	};
}

void subscription_follow(struct client *client, bool alerts, bool events, size_t last)
{
	struct subscription *subscription = &client->subscription;

	*subscription = (struct subscription){
		.alerts = follow(&client->control->alerts, alerts, last),
		.events = follow(&client->control->events, events, last),
	};
	memcpy(subscription->id, client->id, sizeof(client->id));
}

static bool has_changed(const struct client *client)
{
	return ledger_newest_revision(client->control->ledger) > client->subscription.walk.after;
}

static void begin_walk(struct client *client)
{
	struct subscription *subscription = &client->subscription;

	if (has_changed(client))
		subscription->walked_ns = clock_boot_ns();
	row_walk_go_on(&subscription->walk, client->control->ledger);
	subscription->head_is_due = subscription->rows_are_due = true;
}

void subscription_walk(struct client *client, enum ledger_by by, double every)
{
	struct subscription *subscription = &client->subscription;

	subscription->has_rows = true;
	subscription->walk.by = by;
	subscription->every = every;
	subscription->next = (double)client->control->ticks + every;
	begin_walk(client);
}

/* A walk that is slower than the next one is due is not begun anew: it is late, and misses nothing. */
void subscription_tick(struct client *client)
{
	struct subscription *subscription = &client->subscription;
	const double now = (double)client->control->ticks;

	if (!subscription->has_rows || subscription->rows_are_due || now < subscription->next)
		return;
	subscription->next += subscription->every;
	if (subscription->next <= now)
		subscription->next = now + subscription->every;
	begin_walk(client);
}

/* What happens after a quiet time need not wait for the next tick. */
void subscription_notice(struct client *client, uint64_t boot_ns)
{
	const struct subscription *subscription = &client->subscription;
	const double quiet_ns = (double)boot_ns - (double)subscription->walked_ns;

	if (!subscription->has_rows || subscription->rows_are_due || !has_changed(client) ||
	    quiet_ns < subscription->every * NANOSECONDS_A_SECOND)
		return;
	begin_walk(client);
	client_wake(client);
}

bool subscription_is_on(const struct subscription *subscription)
{
	return subscription->has_rows || subscription->alerts.is_on || subscription->events.is_on;
}

bool subscription_is_in_past(const struct client *client)
{
	return is_in_past(&client->subscription.alerts, &client->control->alerts) ||
	       is_in_past(&client->subscription.events, &client->control->events);
}

bool subscription_has_work(const struct client *client)
{
	const struct subscription *subscription = &client->subscription;

	return subscription->head_is_due || subscription->rows_are_due ||
	       has_news(&subscription->alerts, &client->control->alerts) ||
	       has_news(&subscription->events, &client->control->events);
}

static void send_lost(struct client *client)
{
	struct subscription *subscription = &client->subscription;
	char text[96];

	snprintf(text, sizeof(text), "{\"lost\":{\"alerts\":%" PRIu64 ",\"events\":%" PRIu64 "}}",
		 subscription->alerts.lost, subscription->events.lost);
	outgoing_begin(&client->out);
	outgoing_put_text(&client->out, text);
	outgoing_end(&client->out, subscription->id);
	subscription->alerts.lost = subscription->events.lost = 0;
}

static void send_line(struct client *client, const char *name, const struct history_line *line)
{
	outgoing_begin(&client->out);
	outgoing_put_text(&client->out, "{\"");
	outgoing_put_text(&client->out, name);
	outgoing_put_text(&client->out, "\":");
	outgoing_put(&client->out, line->text, line->size);
	outgoing_put_text(&client->out, "}");
	outgoing_end(&client->out, client->subscription.id);
}

static size_t send_lines(struct client *client, struct following *following, const struct history *history,
			 const char *name)
{
	const struct history_line *line = history_after(history, following->seen);

	for (size_t i = 0; line && i < LINES_MAX && outgoing_waiting(&client->out) < client->control->low_mark; i++) {
		following->lost += line->number - following->seen - 1;
		following->seen = line->number;
		if (following->lost)
			send_lost(client);
		send_line(client, name, line);
		line = line->newer;
	}
	return LINES_COST;
}

size_t subscription_go_on(struct client *client)
{
	struct subscription *subscription = &client->subscription;
	const struct control *control = client->control;

	if (has_news(&subscription->alerts, &control->alerts))
		return send_lines(client, &subscription->alerts, &control->alerts, "alert");
	if (subscription->head_is_due) {
		rows_send_head(client, subscription->id);
		subscription->head_is_due = false;
		return HEAD_COST;
	}
	if (subscription->rows_are_due) {
		subscription->rows_are_due = row_walk_send(&subscription->walk, client, subscription->id);
		return PROTOCOL_ROWS_A_PAGE;
	}
	if (has_news(&subscription->events, &control->events))
		return send_lines(client, &subscription->events, &control->events, "event");
	return 0;
}
