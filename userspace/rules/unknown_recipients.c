// SPDX-License-Identifier: GPL-2.0-only
/*
 * unknown-recipients: receivers say again and again that there is no such mailbox.
 *
 * Who bought or guessed his addresses meets many that are not there; who has them from their owners meets few. Mail
 * servers are judged too: what a hacked site hands to them is refused to them. 100 an hour is Exim's BlockCracking and
 * cPanel's value; a mail server delivers for everybody, so with it a share has to come to it. Five and the shares are
 * proposals.
 */
#include "lib/array.h"
#include "lib/clock.h"
#include "rules/actor_counts.h"
#include "rules/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_NS (3600 * NANOSECONDS_A_SECOND)
#define FEW_UNKNOWN 5
#define MANY_UNKNOWN 100
#define FEW_SHARE 2   /* one of so many recipients */
#define MANY_SHARE 10 /* the same, of a mail server */

/* What servers without enhanced codes (RFC 3463) say, in whatever case. */
static const char *const phrases[] = {
	"user unknown",       "unknown user",    "unknown recipient",   "recipient unknown", "unknown mailbox",
	"unknown address",    "address unknown", "no such user",        "no such recipient", "no such mailbox",
	"no such address",    "no mailbox here", "user not found",      "mailbox not found", "recipient not found",
	"user doesn't exist", "does not exist",  "unrouteable address",
};

/* The same words about something else. */
static const char *const elsewhere[] = {"sender", "domain does not exist", "domain not found"};

static bool has_one(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(text, list[i]))
			return true;
	return false;
}

/* A refusal that is about this host is not about the mailbox, whatever code it uses. */
static bool is_about_this_host(enum reply_class class)
{
	return class != REPLY_CLASS_NONE && class != REPLY_CLASS_RECEIVER && class != REPLY_CLASS_IGNORE;
}

static bool says_unknown(const struct dialogue_event *event)
{
	const struct enhanced_code *enhanced = &event->enhanced;

	if (event->kind != DIALOGUE_REPLY || event->stage != DIALOGUE_STAGE_RCPT || is_about_this_host(event->class))
		return false;
	if (enhanced->class != 0)
		return enhanced->class == 5 && enhanced->subject == 1 && enhanced->detail == 1;
	if (event->code != 550 && event->code != 551 && event->code != 553)
		return false;
	return has_one(event->text, phrases, COUNT_OF(phrases)) &&
	       !has_one(event->text, elsewhere, COUNT_OF(elsewhere));
}

/* False: neither too few nor too large a share. */
static bool weigh(enum actor_role role, uint64_t unknown, uint64_t all, enum alert_severity *ret_severity)
{
	bool is_many = unknown >= MANY_UNKNOWN && (role != ACTOR_ROLE_MTA || unknown * MANY_SHARE >= all);

	if (!is_many && (unknown < FEW_UNKNOWN || unknown * FEW_SHARE < all))
		return false;
	*ret_severity = is_many ? ALERT_SEVERITY_CRITICAL : ALERT_SEVERITY_WARNING;
	return true;
}

bool unknown_recipients_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct dialogue_event *event = question->observation->dialogue;
	const struct flow *flow = question->change->flow;
	bool is_unknown = says_unknown(event);

	if (!flow || flow->scope != SW_SCOPE_EXTERNAL || (event->kind != DIALOGUE_RCPT && !is_unknown))
		return false;
	struct actor_count *count = actor_counts_take(question->states->counts, ret_firing->rule, question->actor,
						      delivery_script_path(question));
	if (!count)
		return false;
	rate_add(is_unknown ? &count->marked : &count->all, question->observation->time_ns, WINDOW_NS, 1);
	if (!is_unknown)
		return false;
	uint64_t unknown = rate_count(&count->marked);
	uint64_t all = rate_count(&count->all);
	if (!weigh(question->actor->role, unknown, all, &ret_firing->severity))
		return false;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence),
		 "%" PRIu64 " unknown of %" PRIu64 " recipients in 1 h", unknown, all);
	return true;
}
