/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domain names as texts. A plain name is in lower case and has no dot of the root at its end; what a client says can
 * be any bytes, plain or not.
 */
#ifndef SMTPWATCH_SIGNALS_DOMAIN_H
#define SMTPWATCH_SIGNALS_DOMAIN_H

#include <smtpwatch/name.h>
#include <stdbool.h>
#include <stddef.h>

/* Writes the plain form; what does not fit loses its end. Returns `text`. */
const char *domain_plain(const char *name, char text[NAME_SIZE]);

/* Whether a plain name is `domain`, which is plain too, or lies below it. */
bool domain_is_within(const char *name, const char *domain);

/*
 * The end of a plain name that is somebody's to register: two labels, or three below "co.uk" and the like. Without a
 * list of public suffixes that is a guess: of a suffix that is not foreseen it takes neighbours for one. A name that
 * has fewer labels is all of it.
 */
const char *domain_registrable(const char *name);

/* Whether a label of the plain name before its last one is `label`. */
bool domain_has_label(const char *name, const char *label);

#endif
