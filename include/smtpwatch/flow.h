/* SPDX-License-Identifier: GPL-2.0-only */
/* One outbound TCP connection, from attempt to close. */
#ifndef SMTPWATCH_FLOW_H
#define SMTPWATCH_FLOW_H

#include "lib/address.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/dialogue.h>
#include <smtpwatch/name.h>
#include <smtpwatch/script.h>
#include <stdbool.h>
#include <stdint.h>

/* Where receivers' MX listen (RFC 5321 4.5.4.2). */
#define FLOW_DIRECT_PORT 25

struct flow {
	uint64_t id;
	struct sw_actor_key actor;
	uint64_t started_ns; /* CLOCK_BOOTTIME */
	uint64_t started_wall_ns;
	struct endpoint local; /* port 0 until it is known */
	struct endpoint remote;
	enum sw_scope scope;
	uint32_t network_namespace; /* inode number; 0: not known */
	bool established;
	bool adopted;          /* it was open before the watch began: it started earlier than started_ns says */
	struct script *script; /* what its actor was running at the attempt, a reference; NULL: nothing known */

	/* What DNS answers seen before the attempt say of the destination; empty: nothing. */
	char domain[NAME_SIZE];    /* the name of its address: gmail-smtp-in.l.google.com */
	char mx_domain[NAME_SIZE]; /* of which that is a mail exchanger: gmail.com */
	uint16_t mx_preference;    /* with which preference */

	uint64_t wire_id;          /* of the capture, 0: not seen on the wire */
	struct dialogue *dialogue; /* owned; NULL: nothing was heard */
	const char *alerted_by;    /* the rule whose alert something that it did has raised first; NULL: none */
	bool evidence_asked;       /* its packets are being written */

	/* At the end: */
	enum sw_outcome outcome;
	uint32_t error; /* errno, or 0 */
	uint64_t duration_ns;
	uint64_t bytes_sent;
	uint64_t bytes_received;
};

/* "closed", "timed_out" and so on. */
const char *flow_outcome_name(enum sw_outcome outcome);

#endif
