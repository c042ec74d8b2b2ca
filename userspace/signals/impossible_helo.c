// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name in EHLO is one that this host cannot have: a mailbox provider's, or the recipient's or
 * receiver's own.
 *
 * Blocklists name hosts for this alone (Spamhaus CSS, XBL): a bot takes a name that it hopes is trusted, or that of
 * whom it writes to. A host's or a site's own name is its right, also where it writes to a mailbox of that name. On a
 * submission port the server is no receiver's, and careless programs greet a provider whose account they have by its
 * own name.
 */
#include "signals/domain.h"
#include "signals/mail_providers.h"
#include "signals/own_names.h"
#include "signals/signals.h"

#include <string.h>

static bool is_direct(const struct flow *flow)
{
	return flow->scope == SW_SCOPE_EXTERNAL && flow->remote.port == FLOW_DIRECT_PORT;
}

static bool is_same(const char *name, const char *other)
{
	char plain[NAME_SIZE];

	return other && strcmp(name, domain_plain(other, plain)) == 0;
}

/* By its name, else by what its banner begins with (RFC 5321 4.2). */
static bool is_provider(const struct flow *flow)
{
	char name[NAME_SIZE] = "";
	const char *banner = flow->dialogue && flow->dialogue->banner ? flow->dialogue->banner : "";
	size_t length = strcspn(banner, " \t\r\n");

	if (flow->domain[0])
		return mail_provider_has(flow->domain);
	if (length < sizeof(name))
		memcpy(name, banner, length);
	return mail_provider_has(domain_plain(name, name));
}

/* What is wrong with the name in itself, and toward the server; NULL: nothing. */
static const char *judge_name(const struct sighting *sighting, const char *name)
{
	const struct flow *flow = sighting->change->flow;
	bool is_relaying = is_direct(flow);

	if (mail_provider_has(name) && (is_relaying || !is_provider(flow)))
		return "a mailbox provider's name";
	if (is_relaying && (is_same(name, flow->domain) || is_same(name, flow->mx_domain)) &&
	    !is_name_of_site(sighting, name))
		return "the receiver's own name";
	return NULL;
}

static const char *judge_recipient(const struct sighting *sighting, const char *name, const char *domain)
{
	if (!is_direct(sighting->change->flow) || !is_same(name, domain) || is_name_of_site(sighting, name))
		return NULL;
	return "the recipient's domain";
}

const char *helo_impossible(const struct sighting *sighting, const char *name)
{
	const struct dialogue_event *event = sighting->observation->dialogue;

	const char *fault = NULL;

	if (!sighting->change->flow || !event || !name[0])
		return NULL;
	if (event->kind == DIALOGUE_HELO)
		fault = judge_name(sighting, name);
	else if (event->kind == DIALOGUE_RCPT)
		fault = judge_recipient(sighting, name, event->name);
	return fault && !is_name_of_host(sighting, name) ? fault : NULL;
}
