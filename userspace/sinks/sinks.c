// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/sinks.h"

#include "lib/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

struct sinks {
	int epoll; /* descriptors of sinks; an epoll is readable itself when one of its own is ready */
	struct {
		const struct sink_operations *operations;
		void *state;
	} all[SINKS_MAX];
	size_t count;
	bool all_lines;
};

struct sinks *sinks_new(void)
{
	_cleanup_free_ struct sinks *sinks = calloc(1, sizeof(*sinks));
	if (!sinks)
		return NULL;
	sinks->epoll = epoll_create1(EPOLL_CLOEXEC);
	return sinks->epoll < 0 ? NULL : TAKE_PTR(sinks);
}

static bool is_busy(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->is_busy && sinks->all[i].operations->is_busy(sinks->all[i].state))
			return true;
	return false;
}

/* Not every reason to go on shows at a descriptor: a time limit does not. */
static void finish(struct sinks *sinks)
{
	const uint64_t end_ns = clock_boot_ns() + SINKS_END_SECONDS * NANOSECONDS_A_SECOND;
	struct pollfd ready = {.fd = sinks->epoll, .events = POLLIN};

	while (is_busy(sinks) && clock_boot_ns() < end_ns) {
		poll(&ready, 1, 100);
		sinks_serve(sinks);
	}
}

void sinks_free(struct sinks *sinks)
{
	if (!sinks)
		return;
	finish(sinks);
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->free_state)
			sinks->all[i].operations->free_state(sinks->all[i].state);
	close(sinks->epoll);
	free(sinks);
}

int sinks_watch(struct sinks *sinks, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events};

	if (!events)
		return epoll_ctl(sinks->epoll, EPOLL_CTL_DEL, fd, NULL) == 0 || errno == ENOENT ? 0 : -errno;
	if (epoll_ctl(sinks->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return errno == EEXIST && epoll_ctl(sinks->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : -errno;
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

void sinks_write_gap(struct sinks *sinks, const struct watch_gap *gap)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->write_gap)
			sinks->all[i].operations->write_gap(sinks->all[i].state, gap);
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

int sinks_fd(const struct sinks *sinks)
{
	return sinks->epoll;
}

/* Which descriptor it is does not matter: the few there are find out themselves. */
void sinks_serve(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->serve)
			sinks->all[i].operations->serve(sinks->all[i].state);
}

void sinks_reopen(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->reopen)
			sinks->all[i].operations->reopen(sinks->all[i].state);
}

size_t sinks_losses(const struct sinks *sinks, struct sink_loss rows[SINKS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < sinks->count; i++) {
		const struct sink_operations *operations = sinks->all[i].operations;
		const void *state = sinks->all[i].state;

		if (operations->losses)
			rows[count++] = (struct sink_loss){
				.name = operations->name,
				.count = operations->losses(state),
				.problem = operations->problem ? operations->problem(state) : 0,
			};
	}
	return count;
}

bool sinks_reader_is_gone(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->all[i].operations->reader_is_gone &&
		    sinks->all[i].operations->reader_is_gone(sinks->all[i].state))
			return true;
	return false;
}
