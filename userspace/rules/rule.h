/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule is asked, and every rule's function. */
#ifndef SMTPWATCH_RULES_RULE_H
#define SMTPWATCH_RULES_RULE_H

#include "model/model.h"
#include "rules/alerts.h"
#include "rules/rules.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>

struct lookup_counts;
struct refusals;
struct silence;
struct submission_counts;

/* The subject of alerts that are about this host, whoever was at it. */
#define RULE_SUBJECT_HOST "host"

/* Borrowed. There is always an actor. */
struct rule_question {
	const struct observation *observation;
	const struct model_change *change;
	const struct actor *actor; /* the change's */
	const struct rules_options *options;
	/* The states of submission-rate, mx-lookups, blocked, throttled and went-silent. */
	struct submission_counts *submissions;
	struct lookup_counts *lookups;
	struct refusals *blocked;
	struct refusals *throttled;
	struct silence *silence;
};

/*
 * Whether the rule fires. `ret_firing` comes filled in with rule, time, actor, destination, a count of 1 and a window
 * of ten minutes; severity and evidence are the rule's to say, and whatever else it knows better.
 */
typedef bool (*rule_judge)(const struct rule_question *question, struct firing *ret_firing);

/* One a file, rules/<name>.c. */
bool direct_to_mx_judge(const struct rule_question *question, struct firing *ret_firing);
bool submission_rate_judge(const struct rule_question *question, struct firing *ret_firing);
bool masquerade_judge(const struct rule_question *question, struct firing *ret_firing);
bool hidden_executable_judge(const struct rule_question *question, struct firing *ret_firing);
bool orphan_web_judge(const struct rule_question *question, struct firing *ret_firing);
bool upload_script_judge(const struct rule_question *question, struct firing *ret_firing);
bool mx_lookups_judge(const struct rule_question *question, struct firing *ret_firing);
bool blocked_judge(const struct rule_question *question, struct firing *ret_firing);
bool throttled_judge(const struct rule_question *question, struct firing *ret_firing);
bool went_silent_judge(const struct rule_question *question, struct firing *ret_firing);

#endif
