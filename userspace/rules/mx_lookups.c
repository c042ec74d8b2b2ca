// SPDX-License-Identifier: GPL-2.0-only
/*
 * mx-lookups: a program that is no mail server asks DNS for the mail exchangers of many domains, as what delivers mail
 * itself has to. Of a resolver that asks on behalf of others, who asked first is not known: it is not counted.
 */
#include "lib/array.h"
#include "lib/clock.h"
#include "rules/actor_counts.h"
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOOKUPS_MAX 20 /* a proposal */
#define WINDOW_NS (600 * NANOSECONDS_A_SECOND)

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
static bool is_resolver(const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;

	return actor->executable && identity->exe_mode != 0 && executable_is_roots(identity) &&
	       !(identity->flags & SW_IDENTITY_PATH_CUT) &&
	       is_listed(actor->executable, resolver_executables, COUNT_OF(resolver_executables)) &&
	       is_listed(actor->user_name, resolver_users, COUNT_OF(resolver_users));
}

static bool is_counted(const struct rule_question *question)
{
	const struct observation *observation = question->observation;
	const struct actor *actor = question->actor;

	if (observation->kind != OBSERVATION_NAME || observation->name->kind != NAME_MX_QUERY)
		return false;
	return actor->origin == ACTOR_ORIGIN_PROCESS && actor->role != ACTOR_ROLE_MTA && !is_resolver(actor);
}

bool mx_lookups_judge(const struct rule_question *question, struct firing *ret_firing)
{
	if (!is_counted(question))
		return false;
	struct actor_count *count = actor_counts_take(question->states->counts, ret_firing->rule, question->actor,
						      script_file_path(question->actor->script));
	if (!count)
		return false;
	/* What is marked is what no firing has counted. */
	rate_add(&count->all, question->observation->time_ns, WINDOW_NS, 1);
	rate_add(&count->marked, question->observation->time_ns, WINDOW_NS, 1);
	if (rate_count(&count->all) < LOOKUPS_MAX)
		return false;
	ret_firing->severity = ALERT_SEVERITY_HIGH;
	ret_firing->count = rate_count(&count->marked);
	ret_firing->window_ns = 0; /* there are no networks to be counted */
	count->marked = (struct rate){.newest = 0};
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "%" PRIu64 " MX look-ups in 10 min, latest %.100s",
		 rate_count(&count->all), question->observation->name->owner);
	return true;
}
