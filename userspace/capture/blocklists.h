/* SPDX-License-Identifier: GPL-2.0-only */
/* Look-ups of blocklists, whose names say whom a mail server asked about, and may hold the key that it pays for. */
#ifndef SMTPWATCH_CAPTURE_BLOCKLISTS_H
#define SMTPWATCH_CAPTURE_BLOCKLISTS_H

#include "lib/address.h"

#include <stdbool.h>

/* Whether a name, in lower case, is one that is looked up in a blocklist: a reversed address (RFC 5782 2.1 and 2.4)
 * stands in it, or it lies in a zone that is known to be one. */
bool blocklist_has_name(const char *name);

/* Whether this is a list's answer for the name: 127.0.0.0/8 (RFC 5782 2.1), which no other name has but the local ones
 * (RFC 6761 6.3). */
bool blocklist_gives_address(const char *name, const struct address *address);

#endif
