// SPDX-License-Identifier: GPL-2.0-only
#include "control/history.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static size_t cost_of(size_t text_size)
{
	return sizeof(struct history_line) + text_size + 1;
}

static void forget_oldest(struct history *history)
{
	_cleanup_free_ struct history_line *line = history->oldest;

	history->oldest = line->newer;
	if (history->oldest)
		history->oldest->older = NULL;
	else
		history->newest = NULL;
	history->bytes -= cost_of(line->size);
}

void history_clear(struct history *history)
{
	while (history->oldest)
		forget_oldest(history);
}

void history_add(struct history *history, const char *incident, const char *text)
{
	const size_t size = strlen(text);

	history->newest_number++;
	if (cost_of(size) > history->max_bytes)
		return;
	while (history->bytes + cost_of(size) > history->max_bytes)
		forget_oldest(history);
	struct history_line *line = malloc(cost_of(size));
	if (!line)
		return;
	*line = (struct history_line){.older = history->newest, .number = history->newest_number, .size = size};
	memcpy(line->incident, incident, strnlen(incident, sizeof(line->incident) - 1));
	memcpy(line->text, text, size + 1);
	*(history->newest ? &history->newest->newer : &history->oldest) = line;
	history->newest = line;
	history->bytes += cost_of(size);
}

void history_skip(struct history *history)
{
	history->newest_number++;
}

/* Who reads on is mostly near the newest. */
const struct history_line *history_after(const struct history *history, uint64_t number)
{
	const struct history_line *line = history->newest;

	if (!line || line->number <= number)
		return NULL;
	while (line->older && line->older->number > number)
		line = line->older;
	return line;
}

uint64_t history_before_last(const struct history *history, size_t count)
{
	const struct history_line *line = history->newest;

	if (count == 0 || !line)
		return history->newest_number;
	while (--count > 0 && line->older)
		line = line->older;
	return line->number - 1;
}

int history_find_incident(const struct history *history, const char *beginning, char ret_id[ALERT_INCIDENT_ID_SIZE],
			  const char *ret_candidates[HISTORY_CANDIDATES_MAX + 1])
{
	const char *candidates[HISTORY_CANDIDATES_MAX + 1] = {NULL};
	size_t count = 0;

	for (const struct history_line *line = history->newest; line; line = line->older) {
		bool is_known = !line->incident[0] || strncasecmp(line->incident, beginning, strlen(beginning)) != 0;
		for (size_t i = 0; i < count && !is_known; i++)
			is_known = strcmp(candidates[i], line->incident) == 0;
		if (!is_known && count < HISTORY_CANDIDATES_MAX)
			candidates[count++] = line->incident;
	}
	if (count == 0)
		return -ENOENT;
	if (count == 1) {
		memcpy(ret_id, candidates[0], ALERT_INCIDENT_ID_SIZE);
		return 0;
	}
	memcpy(ret_candidates, candidates, sizeof(candidates));
	return -ENOTUNIQ;
}
