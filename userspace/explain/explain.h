/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An incident in words, for whoever is woken up by it: what happened, who it was, which rules fired on what, what to
 * look at, and what would allow it. The words come from alert lines alone (sinks/ecs.h), wherever those are from.
 */
#ifndef SMTPWATCH_EXPLAIN_EXPLAIN_H
#define SMTPWATCH_EXPLAIN_EXPLAIN_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* Explains the incident of these alert lines, an array of JSON objects that is only read. 0; -ENOENT: there is no alert
 * among them, and nothing was printed; -ENOMEM. */
int explain_incident(const json_t *alerts, FILE *out);

/*
 * `smtpwatchd --explain ID FILE...`: finds the lines of the incident in the files ("-" is standard input) and explains
 * it. The ID is taken in whatever case, and its beginning will do where it is of one incident alone. 0, or -errno with
 * the reason on standard error: -ENOENT there is no such incident, -EINVAL the ID cannot be one, -ENOTUNIQ it is the
 * beginning of several, which are listed on `out`.
 */
int explain_run(const char *id, char *const *files, size_t file_count, FILE *out);

#endif
