// SPDX-License-Identifier: GPL-2.0-only
#include "rules/silence.h"

#include "lib/clock.h"
#include "rules/networks.h"
#include "rules/rate.h"

#define HOUR_NS (3600 * NANOSECONDS_A_SECOND)
#define DAY_NS (24 * HOUR_NS)

struct silence {
	bool was_answered;
	uint64_t answered_ns;
	uint64_t answered_wall_ns;
	/* What follows is zero while there is no silence. */
	struct run {
		uint64_t count;
		uint64_t told;
		uint64_t first_ns; /* of its attempt */
		uint64_t first_wall_ns;
		uint64_t latest_ns; /* of the latest one's end */
		struct rate rate;
		struct networks networks;
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

void silence_note_answer(struct silence *silence, uint64_t time_ns, uint64_t wall_ns)
{
	silence->was_answered = true;
	silence->answered_ns = time_ns;
	silence->answered_wall_ns = wall_ns;
	end_run(silence);
}

void silence_note_unanswered(struct silence *silence, const struct flow *flow, uint64_t time_ns)
{
	struct run *run = &silence->run;

	if (silence->was_answered && flow->started_ns <= silence->answered_ns)
		return;
	if (run->count && time_ns >= run->latest_ns + HOUR_NS)
		end_run(silence);
	if (run->count == 0 || flow->started_ns < run->first_ns) {
		run->first_ns = flow->started_ns;
		run->first_wall_ns = flow->started_wall_ns;
	}
	run->count++;
	run->latest_ns = time_ns;
	rate_add(&run->rate, time_ns, HOUR_NS, 1);
	networks_add(&run->networks, &flow->remote.address, time_ns, HOUR_NS);
}

struct silence_sum silence_sum(const struct silence *silence)
{
	const struct run *run = &silence->run;

	return (struct silence_sum){
		.count = run->count,
		.recent_count = rate_count(&run->rate),
		.recent_networks = run->networks.count,
		.networks_capped = run->networks.capped,
		.broke_off = silence->was_answered && run->count && run->first_ns - silence->answered_ns <= DAY_NS,
		.answered_wall_ns = silence->answered_wall_ns,
		.first_wall_ns = run->first_wall_ns,
	};
}

uint64_t silence_take_untold(struct silence *silence)
{
	uint64_t count = silence->run.count - silence->run.told;

	silence->run.told = silence->run.count;
	return count;
}
