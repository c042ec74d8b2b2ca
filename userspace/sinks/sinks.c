// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/sinks.h"

#include <errno.h>

#define SINKS_MAX 8

struct sinks {
	struct {
		const struct sink_operations *operations;
		void *state;
	} all[SINKS_MAX];
	size_t count;
	bool all_lines;
};

struct sinks *sinks_new(void)
{
	return calloc(1, sizeof(struct sinks));
}

void sinks_free(struct sinks *sinks)
{
	if (!sinks)
		return;
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->free_state)
			sinks->all[i].operations->free_state(sinks->all[i].state);
	free(sinks);
}

int sinks_add(struct sinks *sinks, const struct sink_operations *operations, void *state)
{
	if (sinks->count == SINKS_MAX) {
		if (operations->free_state)
			operations->free_state(state);
		return -ENOSPC;
	}
	sinks->all[sinks->count].operations = operations;
	sinks->all[sinks->count].state = state;
	sinks->count++;
	return 0;
}

void sinks_set_all_lines(struct sinks *sinks, bool all_lines)
{
	sinks->all_lines = all_lines;
}

void sinks_write_alert(struct sinks *sinks, const struct alert *alert)
{
	bool is_for_all = alert->is_news || sinks->all_lines;

	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->write_alert && (is_for_all || sinks->all[i].operations->wants_all))
			sinks->all[i].operations->write_alert(sinks->all[i].state, alert);
}

void sinks_write_flow(struct sinks *sinks, const struct flow_event *event)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->write_flow)
			sinks->all[i].operations->write_flow(sinks->all[i].state, event);
}

void sinks_write_reply(struct sinks *sinks, const struct reply_event *event)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->write_reply)
			sinks->all[i].operations->write_reply(sinks->all[i].state, event);
}

void sinks_write_submission(struct sinks *sinks, const struct submission_event *event)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->write_submission)
			sinks->all[i].operations->write_submission(sinks->all[i].state, event);
}

void sinks_write_summary(struct sinks *sinks, const struct summary *summary)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->write_summary)
			sinks->all[i].operations->write_summary(sinks->all[i].state, summary);
}

void sinks_tick(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->tick)
			sinks->all[i].operations->tick(sinks->all[i].state);
}

bool sinks_reader_is_gone(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->reader_is_gone &&
		    sinks->all[i].operations->reader_is_gone(sinks->all[i].state))
			return true;
	return false;
}
