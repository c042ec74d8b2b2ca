// SPDX-License-Identifier: GPL-2.0-only
#include "signals/silence.h"

#include "lib/clock.h"
#include "signals/since.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_NS (3600 * NANOSECONDS_A_SECOND)
#define DAY_NS (24 * HOUR_NS)

/* The SYN was sent three times by then: again after 1 s and 3 s (RFC 6298 2.1 and 5.5). */
#define PATIENCE_NS (3 * NANOSECONDS_A_SECOND)

struct silence {
	bool was_answered;
	uint64_t answered_ns;
	uint64_t answered_wall_ns;
	/* What follows is zero while there is no silence. */
	struct run {
		uint64_t count;
		uint64_t first_ns; /* of its attempt */
		uint64_t first_wall_ns;
		uint64_t latest_ns; /* of the latest one's end */
	} run;
};

struct silence *silence_new(void)
{
	return calloc(1, sizeof(struct silence));
}

void silence_free(struct silence *silence)
{
	free(silence);
}

static void end_run(struct silence *silence)
{
	silence->run = (struct run){.count = 0};
}

static void note_answer(struct silence *silence, const struct observation *observation)
{
	silence->was_answered = true;
	silence->answered_ns = observation->time_ns;
	silence->answered_wall_ns = observation->wall_ns;
	end_run(silence);
}

static bool ended_unanswered(const struct model_change *change)
{
	const struct flow *flow = change->flow;

	if (!flow || !change->flow_ended || flow->established || flow->scope != SW_SCOPE_EXTERNAL ||
	    flow->remote.port != FLOW_DIRECT_PORT)
		return false;
	return flow->outcome == SW_OUTCOME_TIMED_OUT ||
	       (flow->outcome == SW_OUTCOME_ABORTED && flow->duration_ns >= PATIENCE_NS);
}

/* One that began before the latest answer says nothing of the time behind it. */
static bool is_of_silence(const struct silence *silence, const struct sighting *sighting)
{
	return ended_unanswered(sighting->change) &&
	       !(silence->was_answered && sighting->change->flow->started_ns <= silence->answered_ns);
}

void silence_take(struct silence *silence, const struct sighting *sighting)
{
	const struct model_change *change = sighting->change;
	uint64_t time_ns = sighting->observation->time_ns;
	struct run *run = &silence->run;

	if (change->flow_established && change->flow && change->flow->scope == SW_SCOPE_EXTERNAL &&
	    change->flow->remote.port == FLOW_DIRECT_PORT)
		note_answer(silence, sighting->observation);
	if (!is_of_silence(silence, sighting))
		return;
	if (run->count && time_ns >= run->latest_ns + HOUR_NS)
		end_run(silence);
	if (run->count == 0 || change->flow->started_ns < run->first_ns) {
		run->first_ns = change->flow->started_ns;
		run->first_wall_ns = change->flow->started_wall_ns;
	}
	run->count++;
	run->latest_ns = time_ns;
}

bool silence_has(const struct silence *silence, const struct sighting *sighting)
{
	const struct run *run = &silence->run;

	return silence->was_answered && run->count && is_of_silence(silence, sighting) &&
	       run->first_ns - silence->answered_ns <= DAY_NS;
}

uint64_t silence_number(const struct silence *silence)
{
	return silence->answered_wall_ns / NANOSECONDS_A_SECOND;
}

void silence_describe(const struct silence *silence, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE])
{
	const struct run *run = &silence->run;
	char since[SINCE_TEXT_SIZE];
	char answered[SINCE_TEXT_SIZE];

	snprintf(text, SIGNAL_TEXT_SIZE,
		 "%" PRIu64 " connections to port 25 unanswered since %s; last answered %s: has the provider closed "
		 "port 25?",
		 run->count, since_format(run->first_wall_ns, now_wall_ns, since),
		 since_format(silence->answered_wall_ns, now_wall_ns, answered));
}
