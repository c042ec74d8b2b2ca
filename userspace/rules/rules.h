/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules: a set of them (rules/rule_set.h) is asked of what an observation changed in the model, and what fires
 * becomes alerts. A new rule is a section of rules/catalogue.conf.
 */
#ifndef SMTPWATCH_RULES_RULES_H
#define SMTPWATCH_RULES_RULES_H

#include "lib/cleanup.h"
#include "lib/keep.h"
#include "model/model.h"
#include "rules/alerts.h"
#include "rules/allowances.h"
#include "rules/counters.h"
#include "rules/rule_set.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stdint.h>

#define RULES_ORPHAN_AGE_NS (60 * 1000000000ULL) /* a web user's command that is younger may be about to end */
#define RULES_KEYS 100000                        /* counters, where the options say nothing */

struct rules_options {
	uint64_t cooldown_ns;     /* between two lines of one alert */
	uint64_t orphan_age_ns;   /* how old a process is before a missing parent tells anything */
	const char *host_name;    /* this host's own, or NULL: not known. Borrowed until the next options */
	uint64_t unused_after_ns; /* of allowances whose section says nothing; 0: that they are unused is not told */
	size_t max_keys;          /* counters at a time, fixed at the start; 0: RULES_KEYS */
};

struct rules;

/* `set` is taken over, also when it fails; NULL: the shipped one. `write` gets the alerts, with `context`. NULL: no
 * memory. */
struct rules *rules_new(const struct rules_options *options, struct rule_set *set, alert_writer write, void *context);
void rules_free(struct rules *rules);
DEFINE_CLEANUP(struct rules, rules_free)

/* Holds from the next observation and line on. */
void rules_set_options(struct rules *rules, const struct rules_options *options);

/* The same. Takes the set over. What was counted for a rule goes on where its shape is as it was, and alerts go on. 0
 * or -ENOMEM: the old set stays. */
int rules_set_set(struct rules *rules, struct rule_set *set);

/* Asks every rule that the observation is for. 0, or -ENOMEM where a firing was lost for want of memory. */
int rules_judge(struct rules *rules, const struct observation *observation, const struct model_change *change);

/* What they made of the latest observation. */
struct judgement rules_judgement(const struct rules *rules);

/* Writes what is due at this time (CLOCK_BOOTTIME; CLOCK_REALTIME). To be called about once a second. */
void rules_tick(struct rules *rules, uint64_t time_ns, uint64_t wall_ns);

/* Ends every alert. */
void rules_finish(struct rules *rules);

/* In place of that, where the alerts go on in the next run: what was not said yet is, for the record. */
void rules_pause(struct rules *rules);

/*
 * What is kept over a restart, as lines (lib/keep.h): alerts and their incidents, and what was counted in windows that
 * have not passed. Counters and alerts have a clock of their own, which goes on over restarts and reboots while
 * CLOCK_BOOTTIME begins anew: it is CLOCK_BOOTTIME and rules_clock(), modulo 2^64; 0 in a first run. `time_ns` is
 * CLOCK_BOOTTIME.
 */
uint64_t rules_clock(const struct rules *rules);
void rules_keep(const struct rules *rules, FILE *stream, uint64_t time_ns);

/* For rules that have seen nothing: sets the clock, takes the lines in the order in which they were written, and ends
 * that. Needs the fingerprints' secret of the run that wrote them. Of a line 0, or -EINVAL or -ENOMEM: it is lost, and
 * nothing else; one of a kind that is not known is passed over. */
void rules_set_clock(struct rules *rules, uint64_t ahead_ns);
int rules_restore(struct rules *rules, struct keep_line *line, uint64_t time_ns);
void rules_end_restore(struct rules *rules);

/* Alert lines written so far. */
uint64_t rules_alert_lines(const struct rules *rules);

/* What was given up for want of room. */
struct counters_totals rules_totals(const struct rules *rules);

/* The one in force. Borrowed until the next one, here and below. */
const struct rule_set *rules_rule_set(const struct rules *rules);
struct allowances *rules_allowances(struct rules *rules);

#endif
