// SPDX-License-Identifier: GPL-2.0-only
/* Rows of a book, sent in pages. */
#include "control/head_json.h"
#include "control/internal.h"
#include "control/row_json.h"

#include <inttypes.h>

/* A page ends behind the row that reaches it, which is far from what an answer may have. */
#define PAGE_BYTES (128 * 1024)

void rows_send_head(struct client *client, const char *id)
{
	const struct control *control = client->control;
	struct control_head head = {0};
	struct ledger_totals totals;

	control->hooks.get_head(control->hooks.context, &head);
	ledger_get_totals(control->ledger, &totals);
	outgoing_begin(&client->out);
	outgoing_put_json(&client->out, head_json_of(&head, &totals));
	outgoing_end(&client->out, id);
}

/* The revision behind which the newest `count` rows of a book lie. */
static uint64_t before_newest(const struct ledger *ledger, enum ledger_by by, size_t total, size_t count)
{
	_cleanup_free_ const struct ledger_row **rows = calloc(total, sizeof(*rows));

	if (!rows)
		return 0;
	total = ledger_changed(ledger, by, 0, rows, total);
	return total > count ? rows[total - count - 1]->revision : 0;
}

struct row_walk row_walk_begin(const struct ledger *ledger, enum ledger_by by, size_t limit)
{
	struct row_walk walk = {.by = by, .until = UINT64_MAX, .left = limit};
	struct ledger_totals totals;

	ledger_get_totals(ledger, &totals);
	if (limit && limit < totals.rows[by])
		walk.after = before_newest(ledger, by, totals.rows[by], limit);
	/* Rows that change meanwhile are sent once more: where they do so faster than they are read, it ends all the
	 * same. */
	if (!limit)
		walk.left = 2 * totals.rows[by] + PROTOCOL_ROWS_A_PAGE;
	return walk;
}

void row_walk_go_on(struct row_walk *walk, const struct ledger *ledger)
{
	walk->until = ledger_newest_revision(ledger);
	walk->left = SIZE_MAX;
}

/* Returns how many of the rows were put. */
static size_t put_rows(struct outgoing *out, const struct ledger_row *const *rows, size_t count)
{
	size_t i = 0;

	for (; i < count && i < PROTOCOL_ROWS_A_PAGE && outgoing_length(out) < PAGE_BYTES; i++) {
		outgoing_put_text(out, i ? "," : "");
		outgoing_put_json(out, row_json_of(rows[i]));
	}
	return i;
}

bool row_walk_send(struct row_walk *walk, struct client *client, const char *id)
{
	const struct ledger_row *rows[PROTOCOL_ROWS_A_PAGE + 1];
	const struct ledger *ledger = client->control->ledger;
	const size_t wanted = walk->left <= PROTOCOL_ROWS_A_PAGE ? walk->left : PROTOCOL_ROWS_A_PAGE + 1;
	size_t count = ledger_changed(ledger, walk->by, walk->after, rows, wanted);
	char text[128];

	while (count > 0 && rows[count - 1]->revision > walk->until)
		count--;
	snprintf(text, sizeof(text), "{\"rows\":{\"by\":\"%s\",\"oldest\":%" PRIu64 ",\"rows\":[",
		 ledger_by_name(walk->by), ledger_oldest_revision(ledger, walk->by));
	outgoing_begin(&client->out);
	outgoing_put_text(&client->out, text);
	size_t sent = put_rows(&client->out, rows, count);
	if (walk->left != SIZE_MAX)
		walk->left -= sent;
	if (sent < count)
		walk->after = rows[sent - 1]->revision;
	else
		walk->after = walk->until == UINT64_MAX ? ledger_newest_revision(ledger) : walk->until;
	snprintf(text, sizeof(text), "],\"revision\":%" PRIu64 "%s}}", walk->after,
		 sent < count ? ",\"more\":true" : "");
	outgoing_put_text(&client->out, text);
	outgoing_end(&client->out, id);
	return sent < count;
}
