// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/smarthosts.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <string.h>

/* A name is asked for at most so often, whoever says that there is news. */
#define QUESTION_GAP_NS (NANOSECONDS_A_SECOND / 2)

/* An answer so young need not be asked for again because of a connection: of what rotates faster the wire tells. */
#define FRESH_NS (10 * NANOSECONDS_A_SECOND)

/* A name that could not be resolved is asked for again after so long, not whenever somebody connects: each question can
 * take the resolver's whole patience. */
#define RETRY_NS (10 * NANOSECONDS_A_SECOND)

#define SHOWN_MAX 3 /* addresses in a message */

struct known_address {
	struct address address;
	uint64_t confirmed_ns; /* when the latest answer came that had it */
};

struct smarthost {
	struct smarthost *next;
	char name[DNS_NAME_SIZE];
	char alias[DNS_NAME_SIZE]; /* what the wire said last that it is an alias of; empty: nothing */
	bool is_seen;              /* below a wildcard */
	bool is_asked;             /* a question is under way */
	bool is_wanted;            /* there is a reason to ask */
	bool was_asked;
	bool is_failing;
	bool has_hint;
	bool is_told;      /* the log has its addresses */
	uint64_t asked_ns; /* when the latest question was put */
	uint64_t answered_ns;
	uint64_t seen_ns;    /* when the wire spoke of it last */
	struct address hint; /* what the wire said last that it has */
	struct known_address addresses[SMARTHOST_ADDRESSES_MAX];
	size_t count;
};

struct smarthosts {
	struct smarthost *first; /* in the order of the configuration, those below wildcards first */
	char (*wildcards)[DNS_NAME_SIZE];
	size_t wildcard_count;
	size_t seen_count;
	uint64_t refresh_ns;
	uint64_t keep_ns;
	uint64_t forgotten;
	bool is_changed;
};

struct smarthosts *smarthosts_new(void)
{
	return calloc(1, sizeof(struct smarthosts));
}

static void free_list(struct smarthost *first)
{
	while (first) {
		struct smarthost *next = first->next;
		free(first);
		first = next;
	}
}

void smarthosts_free(struct smarthosts *smarthosts)
{
	if (!smarthosts)
		return;
	free_list(smarthosts->first);
	free(smarthosts->wildcards);
	free(smarthosts);
}

static struct smarthost *find(const struct smarthosts *smarthosts, const char *name)
{
	struct smarthost *host = smarthosts->first;

	while (host && strcmp(host->name, name) != 0)
		host = host->next;
	return host;
}

static struct smarthost *make(const char *name, struct smarthost *next)
{
	struct smarthost *host = calloc(1, sizeof(*host));

	if (!host)
		return NULL;
	snprintf(host->name, sizeof(host->name), "%s", name);
	host->is_wanted = true;
	host->next = next;
	return host;
}

/* ---- The configuration */

/* What the options ask for, with nothing known of any name. 0 or -ENOMEM; what was made is in both in any case. */
static int make_all(const struct smarthosts_options *options, struct smarthosts *made)
{
	made->wildcards = calloc(options->count + 1, sizeof(*made->wildcards));
	if (!made->wildcards)
		return -ENOMEM;
	for (size_t i = options->count; i-- > 0;) {
		const char *pattern = options->patterns[i];
		if (dns_pattern_is_wildcard(pattern)) {
			snprintf(made->wildcards[made->wildcard_count++], DNS_NAME_SIZE, "%s", pattern);
		} else if (!find(made, pattern)) {
			struct smarthost *host = make(pattern, made->first);
			if (!host)
				return -ENOMEM;
			made->first = host;
		}
	}
	return 0;
}

/* Takes over what was known of a name. What the wire has told of becomes the administrator's or stays below a wildcard;
 * else it goes. */
static void take_over(struct smarthosts *made, struct smarthost *old)
{
	struct smarthost *host = find(made, old->name);

	if (!host && old->is_seen && dns_patterns_match(made->wildcards, made->wildcard_count, old->name)) {
		old->next = made->first;
		made->first = old;
		made->seen_count++;
		return;
	}
	if (host) {
		struct smarthost *next = host->next;
		*host = *old;
		host->next = next;
		host->is_seen = false;
		host->is_wanted = true;
	}
	free(old);
}

int smarthosts_set(struct smarthosts *smarthosts, const struct smarthosts_options *options)
{
	struct smarthosts made = {
		.refresh_ns = options->refresh_ns,
		.keep_ns = options->keep_ns,
		.forgotten = smarthosts->forgotten,
		.is_changed = true,
	};
	struct smarthost *next;

	int error = make_all(options, &made);
	if (error) {
		free_list(made.first);
		free(made.wildcards);
		return error;
	}
	for (struct smarthost *host = smarthosts->first; host; host = next) {
		next = host->next;
		take_over(&made, host);
	}
	free(smarthosts->wildcards);
	*smarthosts = made;
	return 0;
}

bool smarthosts_has_names(const struct smarthosts *smarthosts)
{
	return smarthosts->first || smarthosts->wildcard_count > 0;
}

/* ---- What is known */

static struct known_address *find_address(struct smarthost *host, const struct address *address)
{
	for (size_t i = 0; i < host->count; i++)
		if (memcmp(&host->addresses[i].address, address, sizeof(*address)) == 0)
			return &host->addresses[i];
	return NULL;
}

bool smarthosts_have(const struct smarthosts *smarthosts, const struct address *address)
{
	for (struct smarthost *host = smarthosts->first; host; host = host->next)
		if (find_address(host, address))
			return true;
	return false;
}

int smarthosts_add_scopes(const struct smarthosts *smarthosts, struct scopes *scopes)
{
	int left_out = 0;

	for (const struct smarthost *host = smarthosts->first; host; host = host->next) {
		for (size_t i = 0; i < host->count; i++) {
			struct prefix prefix = prefix_of(&host->addresses[i].address, 8 * sizeof(struct address));
			int error = scopes_add(scopes, &prefix, SW_SCOPE_SMARTHOST);
			if (error == -ENOMEM)
				return error;
			left_out += error != 0;
		}
	}
	return left_out;
}

struct smarthosts_totals smarthosts_totals(const struct smarthosts *smarthosts)
{
	struct smarthosts_totals totals = {
		.wildcards = smarthosts->wildcard_count,
		.forgotten = smarthosts->forgotten,
	};

	for (const struct smarthost *host = smarthosts->first; host; host = host->next) {
		totals.names++;
		totals.without_address += host->count == 0;
	}
	return totals;
}

/* ---- The wire */

/* Which of two names below wildcards is to leave: one without an address, else the one that was quiet for longer. */
static bool is_worth_less(const struct smarthost *left, const struct smarthost *right)
{
	if ((left->count > 0) != (right->count > 0))
		return left->count == 0;
	return left->seen_ns < right->seen_ns;
}

/* `at` is what points to it: a name below a wildcard. */
static void forget(struct smarthosts *smarthosts, struct smarthost **at)
{
	struct smarthost *host = *at;

	*at = host->next;
	smarthosts->is_changed |= host->count > 0;
	smarthosts->seen_count--;
	free(host);
}

static void forget_seen(struct smarthosts *smarthosts)
{
	struct smarthost **worst = NULL;

	for (struct smarthost **at = &smarthosts->first; *at; at = &(*at)->next)
		if ((*at)->is_seen && (!worst || is_worth_less(*at, *worst)))
			worst = at;
	if (!worst)
		return;
	forget(smarthosts, worst);
	smarthosts->forgotten++;
}

/* The name as it is known, or becomes known below a wildcard. NULL: it is none of them, or there is no memory. */
static struct smarthost *find_or_see(struct smarthosts *smarthosts, const char *owner)
{
	char name[DNS_NAME_SIZE];

	struct smarthost *host = find(smarthosts, owner);
	if (host)
		return host;
	if (!dns_patterns_match(smarthosts->wildcards, smarthosts->wildcard_count, owner) ||
	    dns_name_parse(owner, name) != 0)
		return NULL;
	if (smarthosts->seen_count == SMARTHOSTS_SEEN_MAX)
		forget_seen(smarthosts);
	host = make(name, smarthosts->first);
	if (!host)
		return NULL;
	host->is_seen = true;
	smarthosts->first = host;
	smarthosts->seen_count++;
	return host;
}

static void want(struct smarthost *host, uint64_t time_ns)
{
	if (!host->is_failing || time_ns - host->asked_ns >= RETRY_NS)
		host->is_wanted = true;
}

static void take_hint(struct smarthost *host, const struct address *address, uint64_t time_ns)
{
	host->hint = *address;
	host->has_hint = true;
	want(host, time_ns);
}

/* The wire shows the answers to this daemon's questions too, before they are handed over here. */
static void forget_hint(struct smarthost *host)
{
	if (host->has_hint && find_address(host, &host->hint))
		host->is_wanted = false;
	host->has_hint = false;
}

static void take_alias(struct smarthosts *smarthosts, const struct name_event *event, uint64_t time_ns)
{
	struct smarthost *named = find_or_see(smarthosts, event->owner);

	if (named)
		named->seen_ns = time_ns;
	for (struct smarthost *host = smarthosts->first; host; host = host->next)
		if (host == named || strcmp(host->alias, event->owner) == 0)
			snprintf(host->alias, sizeof(host->alias), "%s", event->target);
}

void smarthosts_take_name(struct smarthosts *smarthosts, const struct name_event *event, uint64_t time_ns)
{
	if (event->kind == NAME_ALIAS)
		take_alias(smarthosts, event, time_ns);
	if (event->kind != NAME_ADDRESS)
		return;
	struct smarthost *named = find_or_see(smarthosts, event->owner);
	if (named)
		named->seen_ns = time_ns;
	for (struct smarthost *host = smarthosts->first; host; host = host->next)
		if ((host == named || strcmp(host->alias, event->owner) == 0) && !find_address(host, &event->address))
			take_hint(host, &event->address, time_ns);
}

/* ---- Questions and answers */

void smarthosts_ask(struct smarthosts *smarthosts, uint64_t time_ns)
{
	for (struct smarthost *host = smarthosts->first; host; host = host->next)
		if (!host->was_asked || time_ns - host->asked_ns >= FRESH_NS)
			want(host, time_ns);
}

bool smarthosts_are_asked(const struct smarthosts *smarthosts)
{
	for (const struct smarthost *host = smarthosts->first; host; host = host->next)
		if (host->is_asked || host->is_wanted)
			return true;
	return false;
}

static bool is_due(const struct smarthosts *smarthosts, const struct smarthost *host, uint64_t time_ns)
{
	uint64_t age_ns = time_ns - host->asked_ns;

	if (host->is_asked || !host->was_asked)
		return !host->is_asked;
	if (host->is_failing && age_ns >= RETRY_NS)
		return true;
	return host->is_wanted ? age_ns >= QUESTION_GAP_NS : age_ns >= smarthosts->refresh_ns;
}

/* What somebody waits for goes first, and of that what was asked for longest ago. */
static bool is_more_urgent(const struct smarthost *left, const struct smarthost *right)
{
	if (left->is_wanted != right->is_wanted)
		return left->is_wanted;
	return left->asked_ns < right->asked_ns;
}

bool smarthosts_next_question(struct smarthosts *smarthosts, uint64_t time_ns, struct smarthost_question *ret_question)
{
	struct smarthost *next = NULL;

	for (struct smarthost *host = smarthosts->first; host; host = host->next)
		if (is_due(smarthosts, host, time_ns) && (!next || is_more_urgent(host, next)))
			next = host;
	if (!next)
		return false;
	next->is_asked = next->was_asked = true;
	next->is_wanted = false;
	next->asked_ns = time_ns;
	memcpy(ret_question->name, next->name, sizeof(next->name));
	ret_question->is_seen = next->is_seen;
	return true;
}

static void remove_address(struct smarthost *host, struct known_address *address)
{
	*address = host->addresses[--host->count];
}

static struct known_address *oldest_address(struct smarthost *host)
{
	struct known_address *oldest = &host->addresses[0];

	for (size_t i = 1; i < host->count; i++)
		if (host->addresses[i].confirmed_ns < oldest->confirmed_ns)
			oldest = &host->addresses[i];
	return oldest;
}

/* Returns whether it is new. */
static bool confirm(struct smarthost *host, const struct address *address, uint64_t time_ns)
{
	struct known_address *known = find_address(host, address);

	if (known) {
		known->confirmed_ns = time_ns;
		return false;
	}
	if (host->count == SMARTHOST_ADDRESSES_MAX)
		remove_address(host, oldest_address(host));
	host->addresses[host->count++] = (struct known_address){.address = *address, .confirmed_ns = time_ns};
	return true;
}

/* The administrator's own names are worth a notice when they are first known; what the wire brings in is not, or the
 * log would be anybody's to fill. */
static void tell_addresses(struct smarthost *host)
{
	char text[SHOWN_MAX * (ADDRESS_TEXT_SIZE + 2)] = "";
	char shown[ADDRESS_TEXT_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < host->count && i < SHOWN_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i == 0 ? "" : ", ",
					 address_format(&host->addresses[i].address, shown));
	log_line(host->is_told || host->is_seen ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE,
		 "the smarthost %s has %zu address%s: %s%s", host->name, host->count, host->count == 1 ? "" : "es",
		 text, host->count > SHOWN_MAX ? " and others" : "");
	host->is_told = true;
}

static void tell_failure(struct smarthost *host, const struct smarthost_answer *answer)
{
	bool is_failing = answer->result != SMARTHOST_ANSWERED;
	enum log_level level = host->is_seen ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING;

	if (is_failing && !host->is_failing)
		log_line(level, "the smarthost %s ([watch] smarthost) cannot be resolved: %s; %s", host->name,
			 answer->reason ? answer->reason : "no reason given",
			 host->count > 0 ? "the addresses that it had stay for now"
					 : "until it can, deliveries to it are judged like any others");
	if (!is_failing && host->is_failing)
		log_line(host->is_seen ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE, "the smarthost %s can be resolved again",
			 host->name);
	host->is_failing = is_failing;
}

void smarthosts_take_answer(struct smarthosts *smarthosts, const struct smarthost_answer *answer, uint64_t time_ns)
{
	struct smarthost *host = find(smarthosts, answer->name);
	bool is_new = false;

	if (!host)
		return;
	host->is_asked = false;
	tell_failure(host, answer);
	if (answer->result == SMARTHOST_FAILED)
		return;
	host->answered_ns = time_ns;
	for (size_t i = 0; i < answer->count && i < COUNT_OF(answer->addresses); i++)
		is_new |= confirm(host, &answer->addresses[i], time_ns);
	forget_hint(host);
	if (is_new)
		tell_addresses(host);
	smarthosts->is_changed |= is_new;
}

/* An address is too old where there was an answer without it since: silence of the resolver takes nothing away. */
static bool drop_old(struct smarthost *host, uint64_t keep_ns, uint64_t time_ns)
{
	bool is_changed = false;

	for (size_t i = host->count; i-- > 0;) {
		struct known_address *known = &host->addresses[i];
		if (host->answered_ns <= known->confirmed_ns || time_ns - known->confirmed_ns < keep_ns)
			continue;
		remove_address(host, known);
		is_changed = true;
	}
	if (is_changed)
		log_debug("addresses of the smarthost %s are too old: %zu stay", host->name, host->count);
	return is_changed;
}

void smarthosts_tick(struct smarthosts *smarthosts, uint64_t time_ns)
{
	struct smarthost **at = &smarthosts->first;

	while (*at) {
		struct smarthost *host = *at;
		smarthosts->is_changed |= drop_old(host, smarthosts->keep_ns, time_ns);
		if (host->is_seen && time_ns - host->seen_ns >= smarthosts->keep_ns)
			forget(smarthosts, at);
		else
			at = &host->next;
	}
}

bool smarthosts_have_changed(struct smarthosts *smarthosts)
{
	bool is_changed = smarthosts->is_changed;

	smarthosts->is_changed = false;
	return is_changed;
}
