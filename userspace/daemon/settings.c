// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/settings.h"

#include "daemon/outputs.h"
#include "identity/host.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define WHOLE_ADDRESS 128 /* bits */

int settings_load_config(const struct command_line *command, struct config **ret_config)
{
	struct ini_error problem = {.message = "out of memory"};
	const char *path = command->config_path ? command->config_path : CONFIG_DEFAULT_FILE;

	int error = config_load(path, !command->config_path, ret_config, &problem);
	if (error)
		log_error("%s", problem.message);
	return error;
}

int settings_make_scopes(const struct config *config, bool with_host, struct scopes **ret_scopes)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();
	int error = scopes ? 0 : -ENOMEM;

	for (size_t i = 0; i < config->smarthost_count && !error; i++)
		error = scopes_add(scopes, &config->smarthosts[i], SW_SCOPE_SMARTHOST);
	if (!error && with_host)
		error = host_add_addresses(scopes);
	if (error)
		return error;
	*ret_scopes = TAKE_PTR(scopes);
	return 0;
}

int settings_load_replies(const struct config *config, struct replies **ret_replies)
{
	struct ini_error problem = {.message = "out of memory"};

	int error = replies_load(config->replies_file, ret_replies, &problem);
	if (error)
		log_error("%s", problem.message);
	else
		log_debug("the table of replies has %zu rows", replies_count(*ret_replies));
	return error;
}

struct rules_options settings_rules_options(const struct config *config, const char *host_name)
{
	return (struct rules_options){
		.cooldown_ns = config->cooldown_seconds * NANOSECONDS_A_SECOND,
		.orphan_age_ns = config->orphan_age_seconds * NANOSECONDS_A_SECOND,
		.host_name = host_name,
		.max_keys = config->max_keys,
		.unused_after_ns = config->unused_after_seconds * NANOSECONDS_A_SECOND,
	};
}

struct recorder_options settings_recorder_options(const struct config *config, const char *host_name)
{
	return (struct recorder_options){
		.path = config->record_file,
		.host_name = host_name,
		.max_bytes = config->record_bytes,
		.files = config->record_files,
	};
}

int settings_load_rules(const struct config *config, const char *changed, struct rule_set **ret_set)
{
	struct ini_error problem = {.message = "out of memory"};
	struct stat status;
	bool is_directory = changed && stat(changed, &status) == 0 && S_ISDIR(status.st_mode);

	int error = rule_set_load(is_directory ? changed : config->rules_directory, is_directory ? NULL : changed,
				  ret_set, &problem);
	if (error)
		log_error("%s", problem.message);
	return error && error != -ENOMEM && changed ? -EINVAL : error; /* who names a file is at fault */
}

static void fill_addresses(const struct scopes *scopes, struct dissector_scope *scope)
{
	size_t count;
	const struct scope_entry *entries = scopes_entries(scopes, &count);

	for (size_t i = 0; i < count && scope->address_count < DISSECTOR_ADDRESSES_MAX; i++)
		if (entries[i].scope == SW_SCOPE_HOST && entries[i].prefix.length == WHOLE_ADDRESS)
			scope->addresses[scope->address_count++] = entries[i].prefix.address;
}

void settings_fill_scope(const struct config *config, const struct scopes *scopes, struct dissector_scope *ret_scope)
{
	static_assert(sizeof(ret_scope->ports) > sizeof(config->ports), "as many ports, and that of the self-test");
	memset(ret_scope, 0, sizeof(*ret_scope));
	memcpy(ret_scope->ports, config->ports, sizeof(config->ports));
	ret_scope->port_count = config->port_count;
	ret_scope->keep_addresses = config->mail_addresses;
	ret_scope->keep_packets = config->evidence;
	if (scopes)
		fill_addresses(scopes, ret_scope);
}

void settings_mention_fixed_keys(const struct config *old, const struct config *new)
{
	if (old->ring_bytes != new->ring_bytes || old->max_flows != new->max_flows ||
	    old->max_actors != new->max_actors || old->thin_burst != new->thin_burst ||
	    old->thin_rate != new->thin_rate || old->syscall_tracepoints != new->syscall_tracepoints ||
	    old->php_probes != new->php_probes || old->capture_enabled != new->capture_enabled ||
	    old->capture_bytes != new->capture_bytes || old->max_connections != new->max_connections ||
	    old->max_keys != new->max_keys || strcmp(old->rules_state, new->rules_state) != 0 ||
	    old->state_enabled != new->state_enabled || strcmp(old->state_file, new->state_file) != 0 ||
	    old->control_enabled != new->control_enabled || old->max_clients != new->max_clients ||
	    old->max_rows != new->max_rows || outputs_differ(old, new))
		log_warning("syscall_tracepoints, php_probes, enabled, buffer and max_connections of [capture], "
			    "max_keys and state of [rules], [state], all but group of [control], [kernel], [syslog], "
			    "[journal], "
			    "[json] and [command] take effect at the next start");
}
