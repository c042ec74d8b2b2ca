// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/relays.h"

#include "daemon/resolver.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>

struct relays {
	struct smarthosts *smarthosts;
	struct resolver *resolver;
	uint64_t ticked_ns;
};

int relays_new(struct relays **ret_relays)
{
	_cleanup_(cleanup_relays_free) struct relays *relays = calloc(1, sizeof(*relays));

	if (!relays || !(relays->smarthosts = smarthosts_new()))
		return -ENOMEM;
	int error = resolver_new(&relays->resolver);
	if (error)
		return error;
	*ret_relays = TAKE_PTR(relays);
	return 0;
}

void relays_free(struct relays *relays)
{
	if (!relays)
		return;
	resolver_free(relays->resolver);
	smarthosts_free(relays->smarthosts);
	free(relays);
}

int relays_fd(const struct relays *relays)
{
	return resolver_fd(relays->resolver);
}

struct smarthosts *relays_smarthosts(struct relays *relays)
{
	return relays->smarthosts;
}

void relays_set_config(struct relays *relays, const struct config *config)
{
	const struct smarthosts_options options = {
		.patterns = config->smarthost_names,
		.count = config->smarthost_name_count,
		.refresh_ns = config->smarthost_refresh_seconds * NANOSECONDS_A_SECOND,
		.keep_ns = config->smarthost_keep_seconds * NANOSECONDS_A_SECOND,
	};

	if (smarthosts_set(relays->smarthosts, &options) != 0)
		log_error("out of memory: the names of smarthosts stay as they were");
}

int relays_add_scopes(const struct relays *relays, struct scopes *scopes)
{
	int left_out = smarthosts_add_scopes(relays->smarthosts, scopes);

	if (left_out > 0)
		log_warning("%d addresses of smarthosts find no room beside the networks: deliveries there are judged "
			    "like any others",
			    left_out);
	return left_out < 0 ? left_out : 0;
}

bool relays_serve(struct relays *relays, uint64_t time_ns)
{
	if (smarthosts_has_names(relays->smarthosts))
		resolver_serve(relays->resolver, relays->smarthosts, time_ns);
	if (time_ns - relays->ticked_ns >= NANOSECONDS_A_SECOND) {
		smarthosts_tick(relays->smarthosts, time_ns);
		relays->ticked_ns = time_ns;
	}
	return smarthosts_have_changed(relays->smarthosts);
}
