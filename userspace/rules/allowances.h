/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom rules leave alone: the [allow] sections of a rule set, when each was used last, and which of them nobody needs.
 * Time is that of the observations.
 */
#ifndef SMTPWATCH_RULES_ALLOWANCES_H
#define SMTPWATCH_RULES_ALLOWANCES_H

#include "lib/cleanup.h"
#include "rules/rule.h"
#include "rules/rule_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is kept of one of them beyond the run: since when it is watched, and when it was needed last. */
struct allowance_use {
	const char *name;       /* as in its section */
	uint64_t since_wall_ns; /* CLOCK_REALTIME, 0: not begun */
	uint64_t used_wall_ns;  /* 0: never */
	uint64_t count;         /* times that a rule left an observation alone, since the start */
	bool is_unused_told;    /* since it was needed last */
	bool is_expired_told;
};

struct allowances;

/* `set` is borrowed. NULL: no memory. */
struct allowances *allowances_new(const struct rule_set *set);
void allowances_free(struct allowances *allowances);
DEFINE_CLEANUP(struct allowances, allowances_free)

/* Those of the same names go on as `old` had them; what was told of one whose times are others is told again. */
void allowances_take_over(struct allowances *allowances, const struct allowances *old);

/*
 * Whether an enabled one that has not expired leaves this alone; it counts as used. The conditions of the rule hold.
 *
 * One that asks for an executable is of the host's own files (struct actor, has_host_path): in another mount namespace,
 * which any user can make, any file can have that path. But where it asks for a container or an image, the path is that
 * container's.
 */
bool allowances_cover(struct allowances *allowances, struct rule_question *question, const struct rule *rule);

/* Says in the log which have expired, and which nothing has needed for as long as their section says, or else for
 * `unused_after_ns`; 0: that is never told. */
void allowances_tick(struct allowances *allowances, uint64_t unused_after_ns, uint64_t wall_ns);

/* For who keeps them: the enabled ones. Borrowed; may be written to before the first observation. */
struct allowance_use *allowances_uses(struct allowances *allowances, size_t *ret_count);

#endif
