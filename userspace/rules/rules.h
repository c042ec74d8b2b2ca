/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules: each looks at what an observation changed in the model, and fires or does not. A new rule is
 * a file rules/<name>.c with one function, and a row of the table in rules.c.
 */
#ifndef SMTPWATCH_RULES_RULES_H
#define SMTPWATCH_RULES_RULES_H

#include "lib/cleanup.h"
#include "model/model.h"
#include "rules/alerts.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stdint.h>

#define RULES_ORPHAN_AGE_NS (60 * 1000000000ULL) /* a web user's command that is younger may be about to end */

struct rules_options {
	uint64_t cooldown_ns;   /* between two lines of one alert */
	uint64_t orphan_age_ns; /* how old a process is before orphan-web looks at it */
	const char *host_name;  /* this host's own, or NULL: not known. Borrowed until the next options */
};

struct rules;

/* `write` gets the alerts, with `context`. NULL: no memory. */
struct rules *rules_new(const struct rules_options *options, alert_writer write, void *context);
void rules_free(struct rules *rules);
DEFINE_CLEANUP(struct rules, rules_free)

/* Holds from the next observation and line on. */
void rules_set_options(struct rules *rules, const struct rules_options *options);

/* Asks every rule that the observation is for. 0, or -ENOMEM where a firing was lost for want of memory. */
int rules_judge(struct rules *rules, const struct observation *observation, const struct model_change *change);

/* Writes what is due at this time (CLOCK_BOOTTIME). To be called about once a second. */
void rules_tick(struct rules *rules, uint64_t time_ns);

/* Writes every count that was not yet said. */
void rules_finish(struct rules *rules);

/* Alert lines written so far. */
uint64_t rules_alert_lines(const struct rules *rules);

/* Counters of submission-rate, mx-lookups and the rules about dialogues that were given up because there were too many,
 * or no memory. */
uint64_t rules_counters_forgotten(const struct rules *rules);

#endif
