/* SPDX-License-Identifier: GPL-2.0-only */
/* One thing that was seen, as far as learning needs it; whatever reads a record fills it in. */
#ifndef SMTPWATCH_EXPLAIN_LEARNED_FLOW_H
#define SMTPWATCH_EXPLAIN_LEARNED_FLOW_H

#include "explain/who.h"
#include "lib/address.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum learned_kind {
	LEARNED_ATTEMPT,
	LEARNED_END,
	LEARNED_SUBMISSION,
	LEARNED_ALERT,
	LEARNED_KIND_COUNT,
};

/* Texts are borrowed, and escaped as in the JSON lines. */
struct learned_flow {
	enum learned_kind kind;
	uint64_t wall_ns;
	struct who who;
	const char *domain;     /* the destination's name. NULL: none is known */
	struct address address; /* of ATTEMPT and END */
	uint16_t port;          /* 0: none */
	bool is_external;       /* neither of this host or its networks, nor a smarthost */
	bool has_failed;        /* of END: there was no connection */
	bool is_heavy;          /* of ALERT: a warning or more */
	const char *rule;       /* of ALERT */
	const char *incident;   /* of ALERT. NULL: none */
};

/* From a JSON line as sinks/ecs.h has it, or from a recorded observation (smtpwatch-observations(5)). False: it tells
 * nothing that is learned from, or not when. */
bool learned_flow_read(const json_t *line, struct learned_flow *ret_flow);

#endif
