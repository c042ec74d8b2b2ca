/* SPDX-License-Identifier: GPL-2.0-only */
/* A ledger whose rows a test writes itself: it stands in the place of ledger/ledger.c. */
#ifndef SMTPWATCH_TESTS_CONTROL_FAKE_LEDGER_H
#define SMTPWATCH_TESTS_CONTROL_FAKE_LEDGER_H

#include "ledger/ledger.h"
#include "support/test.h"

#include <stdlib.h>

#define FAKE_ROWS_MAX 10000

struct ledger {
	struct ledger_row *rows; /* all of one book, ascending by revision */
	size_t count;
	enum ledger_by by;
	uint64_t newest;
	uint64_t next_number;
	struct ledger_totals totals;
	const struct ledger_flow *flows;
	size_t flow_count;
};

static struct ledger fake_ledger;

static inline void fake_ledger_begin(enum ledger_by by)
{
	fake_ledger = (struct ledger){.by = by, .rows = calloc(FAKE_ROWS_MAX, sizeof(struct ledger_row))};
	assert_non_null(fake_ledger.rows);
}

static inline void fake_ledger_end(void)
{
	free(fake_ledger.rows);
	fake_ledger = (struct ledger){.rows = NULL};
}

/* Its name lives as long as the program. */
static inline struct ledger_row *fake_ledger_add(const char *name)
{
	struct ledger_row *row = &fake_ledger.rows[fake_ledger.count++];

	*row = (struct ledger_row){
		.number = ++fake_ledger.next_number,
		.revision = ++fake_ledger.newest,
		.by = fake_ledger.by,
		.verdict = LEDGER_VERDICT_APPLICATION,
		.name = name,
		.first_wall_ns = 1795317124123456789,
		.last_wall_ns = 1795317125500000000,
	};
	return row;
}

static inline void fake_ledger_add_many(size_t count)
{
	while (count-- > 0)
		fake_ledger_add("/var/www/shop42/x.php");
}

/* The row with this number changes: it goes to the end. */
static inline void fake_ledger_change(uint64_t number)
{
	size_t i = 0;

	while (fake_ledger.rows[i].number != number)
		i++;
	struct ledger_row row = fake_ledger.rows[i];
	row.revision = ++fake_ledger.newest;
	row.counts.attempts++;
	memmove(&fake_ledger.rows[i], &fake_ledger.rows[i + 1], (fake_ledger.count - i - 1) * sizeof(row));
	fake_ledger.rows[fake_ledger.count - 1] = row;
}

static inline void fake_ledger_forget_oldest(void)
{
	memmove(fake_ledger.rows, fake_ledger.rows + 1, --fake_ledger.count * sizeof(fake_ledger.rows[0]));
}

void ledger_get_totals(const struct ledger *ledger, struct ledger_totals *ret_totals)
{
	*ret_totals = ledger->totals;
	ret_totals->rows[ledger->by] = ledger->count;
}

uint64_t ledger_newest_revision(const struct ledger *ledger)
{
	return ledger->newest;
}

uint64_t ledger_oldest_revision(const struct ledger *ledger, enum ledger_by by)
{
	return by == ledger->by && ledger->count ? ledger->rows[0].revision : 0;
}

size_t ledger_changed(const struct ledger *ledger, enum ledger_by by, uint64_t after,
		      const struct ledger_row **ret_rows, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < ledger->count && count < max && by == ledger->by; i++)
		if (ledger->rows[i].revision > after)
			ret_rows[count++] = &ledger->rows[i];
	return count;
}

const struct ledger_row *ledger_find(const struct ledger *ledger, uint64_t number)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->rows[i].number == number)
			return &ledger->rows[i];
	return NULL;
}

/* All rows but the first are the first one's. */
size_t ledger_processes(const struct ledger *ledger, const struct ledger_row *row, const struct ledger_row **ret_rows,
			size_t max)
{
	size_t total = row == &ledger->rows[0] ? ledger->count - 1 : 0;

	for (size_t i = 0; i < total && i < max; i++)
		ret_rows[i] = &ledger->rows[i + 1];
	return total;
}

size_t ledger_flows(const struct ledger *ledger, const struct ledger_row *row, const struct ledger_flow **ret_flows,
		    size_t max)
{
	(void)row;
	for (size_t i = 0; i < ledger->flow_count && i < max; i++)
		ret_flows[i] = &ledger->flows[i];
	return ledger->flow_count;
}

#endif
