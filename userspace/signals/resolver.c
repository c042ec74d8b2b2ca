// SPDX-License-Identifier: GPL-2.0-only
/* Of a resolver that asks on behalf of others, who asked first is not known. */
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

static bool is_listed(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

/* By what it is: root's file at that path, run by the user that it should. A mode of 0 says that nothing is known of
 * the file. */
bool is_resolver(const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;

	return actor->executable && identity->exe_mode != 0 && executable_is_roots(identity) &&
	       !(identity->flags & SW_IDENTITY_PATH_CUT) &&
	       is_listed(actor->executable, resolver_executables, COUNT_OF(resolver_executables)) &&
	       is_listed(actor->user_name, resolver_users, COUNT_OF(resolver_users));
}
