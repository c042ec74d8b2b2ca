/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule is asked, and every rule's function. */
#ifndef SMTPWATCH_RULES_RULE_H
#define SMTPWATCH_RULES_RULE_H

#include "model/model.h"
#include "rules/alerts.h"
#include "rules/rules.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>

struct actor_counts;
struct refusals;
struct scopes;
struct silence;
struct submission_counts;

/* The subject of alerts that are about this host, whoever was at it. */
#define RULE_SUBJECT_HOST "host"

/* What rules keep from one question to the next: submission-rate, blocked, throttled and went-silent something of their
 * own, the others counts. */
struct rule_states {
	struct submission_counts *submissions;
	struct refusals *blocked;
	struct refusals *throttled;
	struct silence *silence;
	struct actor_counts *counts;
	struct scopes *internal; /* knows the networks that are internal everywhere, and no others */
};

/* Borrowed. There is always an actor. */
struct rule_question {
	const struct observation *observation;
	const struct model_change *change;
	const struct actor *actor; /* the change's */
	const struct rules_options *options;
	const struct rule_states *states;
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
bool impossible_helo_judge(const struct rule_question *question, struct firing *ret_firing);
bool helo_churn_judge(const struct rule_question *question, struct firing *ret_firing);
bool bad_helo_judge(const struct rule_question *question, struct firing *ret_firing);
bool dynamic_helo_judge(const struct rule_question *question, struct firing *ret_firing);
bool envelope_rate_judge(const struct rule_question *question, struct firing *ret_firing);
bool unknown_recipients_judge(const struct rule_question *question, struct firing *ret_firing);
bool probe_only_judge(const struct rule_question *question, struct firing *ret_firing);
bool not_smtp_judge(const struct rule_question *question, struct firing *ret_firing);
bool no_quit_judge(const struct rule_question *question, struct firing *ret_firing);
bool off_port_smtp_judge(const struct rule_question *question, struct firing *ret_firing);
bool forwarded_judge(const struct rule_question *question, struct firing *ret_firing);
bool no_socket_judge(const struct rule_question *question, struct firing *ret_firing);

#endif
