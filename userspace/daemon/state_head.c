// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/state_head.h"

#include "lib/array.h"
#include "lib/version.h"

#include <inttypes.h>
#include <stdio.h>

#define VERSION 1
#define HEAD_KIND "smtpwatch-state"

int state_head_format(const struct state_head *head, char text[STATE_HEAD_SIZE])
{
	const struct gap_moment *moment = &head->moment;

	return snprintf(text, STATE_HEAD_SIZE,
			HEAD_KIND " version=%d by=%s wall=%020" PRIu64 " boot=%020" PRIu64
				  " boot_id=%s opened=%020" PRIu64 " has_opened=%d clock=%020" PRIu64
				  " secret=%020" PRIu64 ",%020" PRIu64 " stopped=%d\n",
			VERSION, SMTPWATCH_VERSION, moment->wall_ns, moment->boot_ns,
			moment->boot_id[0] ? moment->boot_id : "unknown", moment->opened, moment->has_opened,
			head->clock_ns, head->secret.low, head->secret.high, head->is_end);
}

bool state_head_parse(struct keep_line *line, struct state_head *ret_head)
{
	struct state_head head = {
		.moment =
			{
				.wall_ns = keep_number(line, "wall", STATE_TIME_MAX),
				.boot_ns = keep_number(line, "boot", STATE_TIME_MAX),
				.has_opened = keep_flag(line, "has_opened"),
				.opened = keep_number(line, "opened", STATE_TIME_MAX),
			},
		.is_end = keep_flag(line, "stopped"),
		.clock_ns = keep_number(line, "clock", UINT64_MAX),
	};
	uint64_t secret[2];

	keep_copy_text(line, "boot_id", head.moment.boot_id, sizeof(head.moment.boot_id));
	keep_numbers(line, "secret", UINT64_MAX, secret, COUNT_OF(secret));
	head.secret = (struct fingerprint){.low = secret[0], .high = secret[1]};
	if (!keep_is(line, HEAD_KIND) || line->is_bad || head.moment.wall_ns == 0 ||
	    head.moment.boot_ns + head.clock_ns > STATE_TIME_MAX)
		return false;
	*ret_head = head;
	return true;
}

uint64_t state_head_clock(const struct state_head *head, const struct gap_moment *now)
{
	const struct gap_moment *then = &head->moment;
	uint64_t passed_ns = now->wall_ns > then->wall_ns ? now->wall_ns - then->wall_ns : 0;

	if (gap_is_same_boot(then, now))
		return head->clock_ns;
	return then->boot_ns + head->clock_ns + passed_ns - now->boot_ns;
}
