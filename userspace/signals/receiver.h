/* SPDX-License-Identifier: GPL-2.0-only */
/* Which receiver it is that said something: those that are told by its name are counted as one. */
#ifndef SMTPWATCH_SIGNALS_RECEIVER_H
#define SMTPWATCH_SIGNALS_RECEIVER_H

#include <smtpwatch/dialogue.h>
#include <smtpwatch/flow.h>

#define RECEIVER_NAME_SIZE 48 /* evidence has room for it */

/*
 * The receiver's name by the table of replies. Where that names only the software or the list whose words they are:
 * the domain that is delivered to, without the names of hosts in it, else the destination's /24 or /48. What is too
 * long loses its beginning. Not escaped. Unused bytes are zero.
 */
void receiver_find_name(const struct dialogue_event *event, const struct flow *flow, char ret_name[RECEIVER_NAME_SIZE]);

#endif
