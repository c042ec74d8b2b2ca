/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of hosts, as they are compared: in lower case and without the last dot (RFC 4343, RFC 1034 3.1). */
#ifndef SMTPWATCH_LIB_DNS_NAME_H
#define SMTPWATCH_LIB_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define DNS_NAME_SIZE 254 /* with NUL: at most 253 characters (RFC 1035 2.3.4) */

/*
 * A host's name of labels with 1 to 63 letters, digits, dashes and underscores, of which the last one has a letter, so
 * that no address is taken for a name. Returns 0, or -EINVAL with `ret_name` untouched.
 */
int dns_name_parse(const char *text, char ret_name[DNS_NAME_SIZE]);

/* The same, or "*." and such a name of two labels or more, which stands for all names below it. */
int dns_pattern_parse(const char *text, char ret_pattern[DNS_NAME_SIZE]);

bool dns_pattern_is_wildcard(const char *pattern);

/* Whether a name is the one that the pattern says, or one of those. Both are as they were parsed. */
bool dns_pattern_matches(const char *pattern, const char *name);

/* The same of any of them. */
bool dns_patterns_match(const char (*patterns)[DNS_NAME_SIZE], size_t count, const char *name);

#endif
