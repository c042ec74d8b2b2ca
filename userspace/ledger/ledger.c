// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/ledger.h"

#include "ledger/internal.h"
#include "ledger/news.h"

#include <string.h>

struct ledger *ledger_new(size_t max_rows, size_t max_flows)
{
	_cleanup_(cleanup_ledger_free) struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger)
		return NULL;
	ledger->books = books_new(max_rows);
	ledger->flows = flow_book_new(max_flows);
	ledger->alerts = ledger->books ? open_alerts_new(ledger->books) : NULL;
	return ledger->alerts && ledger->flows ? TAKE_PTR(ledger) : NULL;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	open_alerts_free(ledger->alerts);
	flow_book_free(ledger->flows);
	books_free(ledger->books);
	tally_clear(&ledger->tally);
	free(ledger);
}

void ledger_take_alert(struct ledger *ledger, const struct alert *alert)
{
	const struct subject subject = {.actor = alert->actor, .script = alert->actor ? alert->actor->script : NULL};
	struct news news = {.wall_ns = alert->last_wall_ns, .is_worth_a_row = true};
	struct row_set rows;

	if (!alert->actor || alert->is_of_host)
		return;
	/* What raised it is judged later, or was judged before it came to this. */
	news.verdict = ledger_verdict_of_role(alert->actor->role);
	if (alert->severity >= ALERT_SEVERITY_WARNING && alert->actor->role != ACTOR_ROLE_MTA)
		news.verdict = LEDGER_VERDICT_SUSPICIOUS;
	if (alert->phase == ALERT_ENDED) {
		row_set_look_up(&rows, ledger->books, &subject);
	} else {
		row_set_take(&rows, ledger->books, &subject, &news);
		row_set_tell(&rows, ledger->books, &news);
	}
	open_alerts_take(ledger->alerts, &rows, alert);
}

static void close_unseen(struct ledger *ledger, struct flow_slot *slot, uint64_t wall_ns)
{
	struct row_set rows;

	row_set_find(&rows, ledger->books, slot->rows);
	row_set_close(&rows, ledger->books);
	if (wall_ns > slot->flow.started_wall_ns)
		slot->flow.duration_ns = wall_ns - slot->flow.started_wall_ns;
	flow_book_close(ledger->flows, slot);
}

void ledger_close_left(struct ledger *ledger, uint64_t wall_ns)
{
	struct flow_slot *slot;

	while ((slot = flow_book_next_left(ledger->flows)))
		close_unseen(ledger, slot, wall_ns);
}

void ledger_close_kept(struct ledger *ledger, uint64_t wall_ns)
{
	struct flow_slot *slot;

	while ((slot = flow_book_next_kept(ledger->flows)))
		close_unseen(ledger, slot, wall_ns);
}

void ledger_tick(struct ledger *ledger, uint64_t wall_ns)
{
	tally_tick(&ledger->tally, wall_ns);
	ledger_close_left(ledger, wall_ns);
	if (ledger->kept_ticks > 0 && --ledger->kept_ticks == 0)
		ledger_close_kept(ledger, wall_ns);
}

void ledger_get_totals(const struct ledger *ledger, struct ledger_totals *ret_totals)
{
	const struct tally *tally = &ledger->tally;

	*ret_totals = (struct ledger_totals){
		.since_wall_ns = tally->since_wall_ns,
		.all = tally->all,
		.today = tally->today,
		.destinations_today = tally->destinations.count,
		.receivers_today = tally->receivers.count,
		.newest_stretch = tally->newest_stretch,
		.open = flow_book_open(ledger->flows),
	};
	memcpy(ret_totals->series, tally->series, sizeof(tally->series));
	for (enum ledger_by by = 0; by < LEDGER_BY_COUNT; by++) {
		ret_totals->rows[by] = books_count(ledger->books, by);
		ret_totals->rows_forgotten[by] = books_forgotten(ledger->books, by);
	}
}

uint64_t ledger_newest_revision(const struct ledger *ledger)
{
	return books_newest_revision(ledger->books);
}

uint64_t ledger_oldest_revision(const struct ledger *ledger, enum ledger_by by)
{
	return books_oldest_revision(ledger->books, by);
}

size_t ledger_changed(const struct ledger *ledger, enum ledger_by by, uint64_t after,
		      const struct ledger_row **ret_rows, size_t max)
{
	return books_changed(ledger->books, by, after, ret_rows, max);
}

const struct ledger_row *ledger_find(const struct ledger *ledger, uint64_t number)
{
	const struct row_slot *slot = books_at(ledger->books, number);

	return slot ? &slot->row : NULL;
}

static bool is_process_of(const struct ledger_row *process, const struct ledger_row *row)
{
	const uint64_t above[LEDGER_BY_COUNT] = {
		[LEDGER_BY_SCRIPT] = process->script,
		[LEDGER_BY_USER] = process->user,
		[LEDGER_BY_UNIT] = process->unit,
	};
	return above[row->by] == row->number;
}

size_t ledger_processes(const struct ledger *ledger, const struct ledger_row *row, const struct ledger_row **ret_rows,
			size_t max)
{
	size_t count = 0;

	for (const struct row_slot *slot = books_newest(ledger->books, LEDGER_BY_PROCESS); slot;
	     slot = books_older(slot)) {
		if (!is_process_of(&slot->row, row))
			continue;
		if (count < max)
			ret_rows[count] = &slot->row;
		count++;
	}
	return count;
}

static bool is_of_process(const struct ledger_flow *flow, uint64_t number)
{
	return flow->process == number;
}

static bool is_of_destination(const struct ledger_flow *flow, uint64_t number)
{
	return flow->destination == number;
}

size_t ledger_flows(const struct ledger *ledger, const struct ledger_row *row, const struct ledger_flow **ret_flows,
		    size_t max)
{
	if (row->by == LEDGER_BY_PROCESS)
		return flow_book_list(ledger->flows, is_of_process, row->number, ret_flows, max);
	if (row->by == LEDGER_BY_DESTINATION)
		return flow_book_list(ledger->flows, is_of_destination, row->number, ret_flows, max);
	return 0;
}
