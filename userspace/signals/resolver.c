// SPDX-License-Identifier: GPL-2.0-only
/* Of who asks DNS on behalf of others, who asked first is not known: resolvers, and Exim while it looks for the ways of
 * what it was handed. */
#include "lib/array.h"
#include "signals/signals.h"

#include <string.h>

/* Of Debian, Ubuntu and Fedora, whose newer releases have one folder for /usr/sbin and /usr/bin. */
static const char *const resolver_executables[] = {
	"/usr/lib/systemd/systemd-resolved",
	"/lib/systemd/systemd-resolved",
	"/usr/sbin/unbound",
	"/usr/bin/unbound",
	"/usr/sbin/named",
	"/usr/bin/named",
	"/usr/sbin/dnsmasq",
	"/usr/bin/dnsmasq",
	"/usr/sbin/pdns_recursor",
	"/usr/bin/pdns_recursor",
};

/* Of the units and default configurations of their packages; named is "bind" in Debian. */
static const char *const resolver_users[] = {"systemd-resolve", "unbound", "bind", "named", "dnsmasq", "pdns"};

/*
 * Exim routes a message as root, whoever handed it over, and only then becomes the user that delivers it: seen with
 * Debian's 4.96. Started with a configuration of his own it is its caller. Paths are those of identity/mta.conf.
 */
static const char *const exim_executables[] = {"/usr/sbin/exim4", "/usr/sbin/exim", "/usr/bin/exim"};

static bool is_listed(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

static bool is_in_container(const struct actor *actor)
{
	return actor->unit && actor->unit->container_runtime;
}

static bool runs_resolver(const struct actor *actor)
{
	return is_listed(actor->executable, resolver_executables, COUNT_OF(resolver_executables)) &&
	       is_listed(actor->user_name, resolver_users, COUNT_OF(resolver_users));
}

/* Root of a container can give any file that path. */
static bool routes_as_exim(const struct actor *actor)
{
	return is_listed(actor->executable, exim_executables, COUNT_OF(exim_executables)) &&
	       actor->identity.key.uid == 0 && !is_in_container(actor);
}

/* By what it is: root's file at that path, run by the user that it should. A mode of 0 says that nothing is known of
 * the file. */
bool is_resolver(const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;

	return actor->executable && identity->exe_mode != 0 && executable_is_roots(identity) &&
	       !(identity->flags & SW_IDENTITY_PATH_CUT) && (runs_resolver(actor) || routes_as_exim(actor));
}
