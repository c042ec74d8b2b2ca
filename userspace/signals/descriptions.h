/* SPDX-License-Identifier: GPL-2.0-only */
/* How what was seen is put into words. Text of others is in it as it was seen, not escaped. */
#ifndef SMTPWATCH_SIGNALS_DESCRIPTIONS_H
#define SMTPWATCH_SIGNALS_DESCRIPTIONS_H

#include "signals/signals.h"

#include <smtpwatch/script.h>
#include <stddef.h>

/* What the actor was running when the flow began; NULL: not known. */
const struct script *script_of_flow(const struct sighting *sighting);

/* "EHLO x.example to mx.example.com", of the greeting of the flow; "EHLO x.example" where there is no flow. False: it
 * has not greeted. */
bool describe_greeting(const struct sighting *sighting, char text[SIGNAL_TEXT_SIZE]);

/* "192.168.122.5 on virbr0, 52:54:00:12:34:56": what is known of who is no process of this host. */
const char *describe_source(const struct actor *actor, char text[SIGNAL_TEXT_SIZE]);

#endif
