/* SPDX-License-Identifier: GPL-2.0-only */
/* What a configuration becomes for the parts that it is made of. Errors are said in the log. */
#ifndef SMTPWATCH_DAEMON_SETTINGS_H
#define SMTPWATCH_DAEMON_SETTINGS_H

#include "capture/dissector.h"
#include "capture/replies.h"
#include "config/config.h"
#include "model/scope.h"
#include "recorded/writer.h"
#include "rules/rules.h"

#include <stdbool.h>

/* Reads the configuration that the command line names. 0 or -errno. */
int settings_load_config(const struct command_line *command, struct config **ret_config);

/* Where addresses lie. `with_host`: also this host's own. 0 or -errno. */
int settings_make_scopes(const struct config *config, bool with_host, struct scopes **ret_scopes);

/* The table of replies, shipped and the administrator's. 0 or -errno. */
int settings_load_replies(const struct config *config, struct replies **ret_replies);

/* What the rules need of it. `host_name` is borrowed. */
struct rules_options settings_rules_options(const struct config *config, const char *host_name);

/* What the recorder needs of it. Borrowed. */
struct recorder_options settings_recorder_options(const struct config *config, const char *host_name);

/* The rules, shipped and the administrator's. `changed`: a directory in place of the configured one, or a file in place
 * of the one of the same name in it; NULL: none. 0 or -errno. */
int settings_load_rules(const struct config *config, const char *changed, struct rule_set **ret_set);

/* What the dissector is to look for. This host's addresses are those of `scopes`; NULL: it has none (a replay). */
void settings_fill_scope(const struct config *config, const struct scopes *scopes, struct dissector_scope *ret_scope);

/* Says so where a reload changes a key that is fixed at the start: saying nothing would be a lie. */
void settings_mention_fixed_keys(const struct config *old, const struct config *new);

#endif
