/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which script a process was running, and whose site that is: of what the kernel side and the arguments say,
 * the best. In this order:
 *
 *   1. the request that PHP records or its probes tell, also an ancestor's: that has the URL, and started it all
 *   2. the arguments of the process, where it runs an interpreter
 *   3. the arguments of an interpreter that it comes from
 *   4. of a PHP, the pool in its title
 *   5. of a PHP, the working directory
 */
#ifndef SMTPWATCH_IDENTITY_SCRIPTS_H
#define SMTPWATCH_IDENTITY_SCRIPTS_H

#include "lib/cleanup.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>

struct script_finder;

/*
 * `sites` are layouts that stand before the shipped ones (identity/sites.h). `url_query`: leave a URL its query,
 * which can hold passwords. NULL: no memory, or a layout that path_pattern_check() refuses.
 */
struct script_finder *script_finder_new(char *const *sites, size_t site_count, bool url_query);
void script_finder_free(struct script_finder *finder);
DEFINE_CLEANUP(struct script_finder, script_finder_free)

/*
 * Says what the process of an observation was running. The texts lie in the finder until the next call; `references`
 * is 0. False: nothing is known. Looks at the process if it still lives, and waits for nothing that others control.
 */
bool script_find(struct script_finder *finder, const struct observation *observation, struct script *ret_script);

#endif
