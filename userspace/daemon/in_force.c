// SPDX-License-Identifier: GPL-2.0-only
/* The configuration that is in force: how a new one takes its place, and what follows from it. */
#include "daemon/internal.h"

#include "daemon/settings.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <string.h>

/* As the configuration says, with this host's addresses, and those that the names of smarthosts are known to have. */
static int make_scopes(const struct daemon *daemon, const struct config *config, struct scopes **ret_scopes)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;

	int error = settings_make_scopes(config, true, &scopes);
	if (!error)
		error = relays_add_scopes(daemon->relays, scopes);
	if (!error)
		*ret_scopes = TAKE_PTR(scopes);
	return error;
}

/* Makes the kernel's scopes those of the configuration that is in force. */
static void restore_scopes(struct daemon *daemon)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;

	if (make_scopes(daemon, daemon->config, &scopes) != 0 || sensor_set_scopes(daemon->sensor, scopes) != 0)
		log_warning("the kernel was told networks of the refused configuration");
}

int daemon_apply(struct daemon *daemon, const struct config *config)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = NULL;
	_cleanup_(cleanup_replies_free) struct replies *replies = NULL;
	_cleanup_(cleanup_rule_set_free) struct rule_set *rules = NULL;
	_cleanup_(cleanup_script_finder_free) struct script_finder *finder =
		script_finder_new(config->sites, config->site_count, config->url_query);
	struct ini_error problem = {.message = "out of memory"};

	if (!finder) {
		log_error("out of memory");
		return -ENOMEM;
	}
	int error = mta_list_load(config->mta_directory, &list, &problem);
	if (error) {
		log_error("%s", problem.message);
		return error;
	}
	error = settings_load_replies(config, &replies);
	if (!error)
		error = settings_load_rules(config, NULL, &rules);
	if (error)
		return error;
	error = make_scopes(daemon, config, &scopes);
	if (error) {
		log_error("cannot learn this host's addresses: %s", strerror(-error));
		return error;
	}
	error = sensor_set_scopes(daemon->sensor, scopes);
	if (error) {
		log_error("cannot tell the kernel which networks are not external: %s", strerror(-error));
		return error;
	}
	error = sensor_set_ports(daemon->sensor, config->ports, config->port_count);
	if (error == -ENOSPC)
		log_error("more than %d different ports since the start: restart smtpwatchd to change them further",
			  SW_PORT_SLOTS);
	else if (error)
		log_error("cannot set the watched ports: %s", strerror(-error));
	if (!error)
		error = pipeline_set_rules(daemon->pipeline, TAKE_PTR(rules));
	if (error) {
		restore_scopes(daemon);
		return error;
	}
	allowance_state_load(daemon->allowance_state, pipeline_allowances(daemon->pipeline), clock_wall_ns());
	daemon->mta_list = list;
	pipeline_set_scopes(daemon->pipeline, TAKE_PTR(scopes));
	pipeline_set_mta_list(daemon->pipeline, TAKE_PTR(list));
	pipeline_set_replies(daemon->pipeline, TAKE_PTR(replies));
	pipeline_set_script_finder(daemon->pipeline, TAKE_PTR(finder));
	pipeline_set_options(daemon->pipeline, config);
	if (daemon->listener)
		listener_set_config(daemon->listener, config, pipeline_scopes(daemon->pipeline));
	relays_set_config(daemon->relays, config);
	self_test_set(daemon->self_test, config->self_test_seconds * NANOSECONDS_A_SECOND, config->ports,
		      config->port_count);
	if (daemon->desk)
		desk_set_config(daemon->desk, config);
	return 0;
}

int daemon_reload(struct daemon *daemon)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;

	int error = settings_load_config(daemon->command, &config);
	if (!error)
		error = daemon_apply(daemon, config);
	if (error) {
		log_error("the old configuration stays in force");
		return error;
	}
	settings_mention_fixed_keys(daemon->config, config);
	config_free(daemon->config);
	daemon->config = TAKE_PTR(config);
	log_notice("the configuration was read anew");
	return 0;
}

void daemon_renew_scopes(struct daemon *daemon)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;

	if (make_scopes(daemon, daemon->config, &scopes) != 0 || sensor_set_scopes(daemon->sensor, scopes) != 0)
		log_warning("addresses of this host or of smarthosts changed and could not be taken over");
	if (scopes)
		pipeline_set_scopes(daemon->pipeline, TAKE_PTR(scopes));
}
