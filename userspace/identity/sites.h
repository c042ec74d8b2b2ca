/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose site a path belongs to, by the layouts of hosting panels and distributions. */
#ifndef SMTPWATCH_IDENTITY_SITES_H
#define SMTPWATCH_IDENTITY_SITES_H

#include "lib/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

#define SITE_SIZE 512 /* of a site's name: two components, and some for those who capture more */

struct sites;

/* Knows the shipped layouts. NULL: no memory. */
struct sites *sites_new(void);
void sites_free(struct sites *sites);
DEFINE_CLEANUP(struct sites, sites_free)

/*
 * Adds a layout, a pattern of lib/path_pattern.h, behind those that were added and before the shipped ones; it
 * is copied. Returns 0, -ENOMEM, or -EINVAL with what is wrong, a constant sentence, in `ret_problem`.
 */
int sites_add(struct sites *sites, const char *pattern, const char **ret_problem);

/*
 * The name of the site that an absolute, resolved path lies in: the first layout that matches says it. False:
 * none does.
 */
bool sites_find(const struct sites *sites, const char *path, bool is_directory, char ret_site[SITE_SIZE]);

#endif
