// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/tally.h"

#include "lib/clock.h"

#include <string.h>
#include <time.h>

#define STRETCH_NS (LEDGER_STRETCH_SECONDS * NANOSECONDS_A_SECOND)
#define DAY_NS (86400 * NANOSECONDS_A_SECOND)

void tally_clear(struct tally *tally)
{
	distinct_count_clear(&tally->destinations);
	distinct_count_clear(&tally->receivers);
	*tally = (struct tally){.since_wall_ns = 0};
}

/* The local midnight at which the day of `wall_ns` begins, or `days` later; a day can have 23 or 25 hours. */
static uint64_t midnight(uint64_t wall_ns, int days)
{
	time_t seconds = (time_t)(wall_ns / NANOSECONDS_A_SECOND);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return 0;
	local.tm_mday += days;
	local.tm_hour = local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	seconds = mktime(&local);
	return seconds > 0 ? (uint64_t)seconds * NANOSECONDS_A_SECOND : 0;
}

static void begin_day(struct tally *tally, uint64_t wall_ns)
{
	tally->day_begin_ns = midnight(wall_ns, 0);
	tally->day_end_ns = midnight(wall_ns, 1);
	if (tally->day_end_ns <= wall_ns) /* no time that a calendar has */
		tally->day_end_ns = wall_ns + DAY_NS;
	tally->today = (struct ledger_counts){.attempts = 0};
	distinct_count_clear(&tally->destinations);
	distinct_count_clear(&tally->receivers);
}

void tally_tick(struct tally *tally, uint64_t wall_ns)
{
	if (tally->since_wall_ns == 0)
		tally->since_wall_ns = wall_ns;
	if (wall_ns >= tally->day_end_ns || wall_ns + DAY_NS < tally->day_begin_ns)
		begin_day(tally, wall_ns);
}

void tally_add(struct tally *tally, const struct ledger_counts *counts, uint64_t wall_ns)
{
	ledger_counts_add(&tally->all, counts);
	ledger_counts_add(&tally->today, counts);
	ledger_series_add(tally->series, LEDGER_SERIES, &tally->newest_stretch, wall_ns, counts->attempts);
}

void ledger_counts_add(struct ledger_counts *counts, const struct ledger_counts *added)
{
	counts->attempts += added->attempts;
	for (size_t i = 0; i < LEDGER_PORT_COUNT; i++)
		counts->ports[i] += added->ports[i];
	counts->failed += added->failed;
	counts->accepted += added->accepted;
	counts->refused += added->refused;
	counts->refusals += added->refusals;
	counts->submissions += added->submissions;
}

void ledger_series_add(uint32_t *series, size_t length, uint64_t *newest, uint64_t wall_ns, uint64_t attempts)
{
	uint64_t stretch = wall_ns / STRETCH_NS;

	if (attempts == 0)
		return;
	if (stretch >= *newest + length || *newest >= stretch + length) {
		memset(series, 0, length * sizeof(*series));
		*newest = stretch;
	} else if (stretch > *newest) {
		size_t passed = (size_t)(stretch - *newest);
		memmove(series + passed, series, (length - passed) * sizeof(*series));
		memset(series, 0, passed * sizeof(*series));
		*newest = stretch;
	}
	uint32_t *at = &series[*newest - stretch];
	*at = attempts > UINT32_MAX - *at ? UINT32_MAX : *at + (uint32_t)attempts;
}
