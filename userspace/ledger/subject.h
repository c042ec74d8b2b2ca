/* SPDX-License-Identifier: GPL-2.0-only */
/* Which row of each book something belongs to, and what that row is called. */
#ifndef SMTPWATCH_LEDGER_SUBJECT_H
#define SMTPWATCH_LEDGER_SUBJECT_H

#include "lib/fingerprint.h"

#include <limits.h>
#include <smtpwatch/actor.h>
#include <smtpwatch/flow.h>
#include <smtpwatch/ledger.h>

/* Who did something, and where to. */
struct subject {
	const struct actor *actor;
	const struct script *script; /* that it ran then; NULL: none is known */
	const struct flow *flow;     /* NULL: there is none, and it belongs to no destination and receiver */
};

#define SUBJECT_NAME_SIZE (PATH_MAX + 16)

/* The key that the row has in its book. */
struct fingerprint subject_key(const struct subject *subject, enum ledger_by by);

/* The row's name, as it was seen: it is the actor's, the flow's, or in `room`. */
const char *subject_name(const struct subject *subject, enum ledger_by by, char room[SUBJECT_NAME_SIZE]);

#endif
