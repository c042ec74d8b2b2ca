/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: what a rule says when a step of it is reached. */
#ifndef SMTPWATCH_RULES_FIRING_H
#define SMTPWATCH_RULES_FIRING_H

#include "rules/alert_key.h"
#include "rules/alerts.h"
#include "rules/counters.h"
#include "rules/rule.h"
#include "rules/rule_set.h"

#define FIRING_SUBJECT_SIZE ALERT_SUBJECT_SIZE

struct firing_source {
	const struct rule *rule;
	const struct step *step;
	const struct counters *counters;
	struct counter *counter; /* NULL: the rule counts nothing */
	struct rule_question *question;
	enum field_id level; /* of a narrowest rule: which of its fields it is; else FIELD_COUNT */
};

/* Whether a quantity has reached its limit. `counter` may be NULL where there is no window. */
bool firing_measure_is_reached(const struct counters *counters, const struct counter *counter,
			       const struct measure *measure);

/* Points into `samples` and `subject`, and into the question. */
void firing_fill_in(const struct firing_source *source, struct firing *ret_firing,
		    struct alert_sample samples[COUNTER_SAMPLES], char subject[FIRING_SUBJECT_SIZE]);

/* The evidence: rule_text.c. */
void firing_write_text(const struct firing_source *source, const struct firing *firing,
		       char text[FIRING_EVIDENCE_SIZE]);

#endif
