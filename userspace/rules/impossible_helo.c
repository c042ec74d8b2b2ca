// SPDX-License-Identifier: GPL-2.0-only
/*
 * impossible-helo: the name in EHLO is one that this host cannot have: a mailbox provider's, or the recipient's or
 * receiver's own.
 *
 * Blocklists name hosts for this alone (Spamhaus CSS, XBL): a bot takes a name that it hopes is trusted, or that of
 * whom it writes to. A host's or a site's own name is its right, also where it writes to a mailbox of that name. On a
 * submission port the server is no receiver's, and careless programs greet a provider whose account they have by its
 * own name.
 */
#include "rules/delivery.h"
#include "rules/domain.h"
#include "rules/mail_providers.h"
#include "rules/own_names.h"

#include <string.h>

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
static const char *judge_name(const struct rule_question *question, const char *name)
{
	const struct flow *flow = question->change->flow;
	bool is_direct = delivery_is_direct(question);

	if (mail_provider_has(name) && (is_direct || !is_provider(flow)))
		return "a mailbox provider's name";
	if (is_direct && (is_same(name, flow->domain) || is_same(name, flow->mx_domain)) &&
	    !is_name_of_site(question, name))
		return "the receiver's own name";
	return NULL;
}

static const char *judge_recipient(const struct rule_question *question, const char *name, const char *domain)
{
	if (!delivery_is_direct(question) || !is_same(name, domain) || is_name_of_site(question, name))
		return NULL;
	return "the recipient's domain";
}

bool impossible_helo_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct dialogue_event *event = question->observation->dialogue;
	const struct flow *flow = question->change->flow;
	char name[NAME_SIZE];

	if (!delivery_is_judged(question))
		return false;
	bool is_greeting = event->kind == DIALOGUE_HELO;
	const char *said = is_greeting ? event->name : flow->dialogue ? flow->dialogue->helo : NULL;
	if (!said || !domain_plain(said, name)[0] || is_name_of_host(question, name))
		return false;
	const char *fault = is_greeting ? judge_name(question, name) : judge_recipient(question, name, event->name);
	if (!fault)
		return false;
	ret_firing->severity = ALERT_SEVERITY_CRITICAL;
	delivery_write_helo(flow, said, is_greeting ? event->is_extended : flow->dialogue->is_extended, fault,
			    ret_firing);
	return true;
}
