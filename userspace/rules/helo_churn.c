// SPDX-License-Identifier: GPL-2.0-only
/*
 * helo-churn: one program of one user greets with many names.
 *
 * A host has one name; hosters and blocklists take several an hour for a bot (IONOS's policy: more than a handful).
 * PHP's mailers greet with the name of the virtual host, so names of this host and of the script's site do not count,
 * nor those that DNS has at this host's address, and two hundred sites under one user are not one program: what is told
 * apart is the site, else the script. Names that only mean "myself" are bad-helo's.
 */
#include "lib/array.h"
#include "lib/clock.h"
#include "rules/actor_counts.h"
#include "rules/delivery.h"
#include "rules/domain.h"
#include "rules/own_names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_NS (3600 * NANOSECONDS_A_SECOND)
#define WARNING_NAMES 3
#define CRITICAL_NAMES 5

static_assert(CRITICAL_NAMES <= SAID_NAMES_MAX, "so many can be told apart");

/* Which no host is told by. */
static const char *const myself[] = {"localhost", "localhost.localdomain", "[127.0.0.1]", "127.0.0.1", "[ipv6:::1]"};

static bool counts(const struct rule_question *question, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(myself); i++)
		if (strcmp(name, myself[i]) == 0)
			return false;
	return name[0] && !question->change->greets_by_address && !is_name_of_host(question, name) &&
	       !is_name_of_site(question, name);
}

static const char *running_of(const struct rule_question *question)
{
	const struct script *script = delivery_script(question);

	return script && script->site && !script->claimed ? script->site : delivery_script_path(question);
}

static void write_evidence(const struct said_names *names, struct firing *firing)
{
	static const char more[] = " ...";
	char *text = firing->evidence;
	size_t room = sizeof(firing->evidence) - strlen(more);
	size_t length = (size_t)snprintf(text, room, "%zu%s EHLO names in 1 h:", names->count,
					 names->count == SAID_NAMES_MAX ? " or more" : "");

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->entries[i].text;
		if (length + 1 + strlen(name) >= room) {
			memcpy(text + length, more, sizeof(more));
			return;
		}
		length += (size_t)snprintf(text + length, room - length, " %s", name);
	}
}

bool helo_churn_judge(const struct rule_question *question, struct firing *ret_firing)
{
	char name[NAME_SIZE];

	if (!delivery_is_judged(question) ||
	    !counts(question, domain_plain(question->observation->dialogue->name, name)))
		return false;
	struct actor_count *count =
		actor_counts_take(question->states->counts, ret_firing->rule, question->actor, running_of(question));
	if (!count)
		return false;
	said_names_add(&count->names, name, question->observation->time_ns, WINDOW_NS);
	if (count->names.count < WARNING_NAMES)
		return false;
	ret_firing->severity = count->names.count < CRITICAL_NAMES ? ALERT_SEVERITY_WARNING : ALERT_SEVERITY_CRITICAL;
	write_evidence(&count->names, ret_firing);
	return true;
}
