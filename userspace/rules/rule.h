/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule is asked: one observation, what it changed, and the fields of it that were read so far. */
#ifndef SMTPWATCH_RULES_RULE_H
#define SMTPWATCH_RULES_RULE_H

#include "lib/fingerprint.h"
#include "rules/fields.h"
#include "signals/signals.h"

#include <assert.h>
#include <smtpwatch/alert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct refusals;
struct silence;

/* What signals keep from one observation to the next. */
struct rule_states {
	struct submissions *submissions;
	struct refusals *blocked;
	struct refusals *throttled;
	struct silence *silence;
	struct scopes *internal; /* knows the networks that are internal everywhere, and no others */
};

#define QUESTION_SCRATCH_SIZE 4096 /* of all texts that fields have to make */

/* What is known of a field so far, as bits. */
enum field_state {
	FIELD_IS_READ = 1,    /* it was asked for */
	FIELD_IS_KNOWN = 2,   /* and has a value */
	FIELD_IS_PRINTED = 4, /* its place in `prints` is filled in */
};

/* Made by question_begin(), for one observation. What it points to is borrowed. */
struct rule_question {
	struct sighting sighting;
	const struct rule_states *states;
	uint64_t time_ns;                  /* the observation's, on the clock that rules count by */
	uint32_t events;                   /* bits: what happens */
	uint64_t weight;                   /* how many attempts it tells of, else 1 */
	struct judgement judgement;        /* what the rules that were asked so far made of it */
	uint8_t field_states[FIELD_COUNT]; /* bits of enum field_state */
	union field_value values[FIELD_COUNT];
	struct fingerprint prints[FIELD_COUNT];
	size_t scratch_used;
	char scratch[QUESTION_SCRATCH_SIZE];
};

static_assert(EVENT_COUNT < 32, "each event is a bit");

/* Says what happens; takes in what the signals keep. To be called once for an observation. */
void question_begin(struct rule_question *question, const struct sighting *sighting, const struct rule_states *states);

/* The other side of the connection; of SMTP on another port there is no flow, but it is known. NULL: there is none. */
const struct endpoint *question_remote(const struct rule_question *question);

/* Room for a text that lasts as long as the question. NULL: there is none. */
char *question_scratch(struct rule_question *question, size_t size);

#endif
