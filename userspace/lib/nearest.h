/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of the names that there are somebody meant: for "did you mean". */
#ifndef SMTPWATCH_LIB_NEAREST_H
#define SMTPWATCH_LIB_NEAREST_H

#include <stddef.h>

/* Names are borrowed. */
struct nearest {
	const char *name;
	size_t limit; /* a name that is further away is another one */
	size_t least;
	const char *found; /* NULL: none is near */
};

struct nearest nearest_begin(const char *name);

/* Of names that are equally near the first one stays. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* The same of a candidate that is meant by a part of it too: "network" may be "destination.network". */
void nearest_offer_part(struct nearest *nearest, const char *part, const char *candidate);

#endif
