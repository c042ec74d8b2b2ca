// SPDX-License-Identifier: GPL-2.0-only
#include "signals/refusals.h"

#include "lib/array.h"
#include "signals/receiver.h"
#include "signals/since.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct receiver {
	char name[RECEIVER_NAME_SIZE];
	uint64_t first_wall_ns;
	uint64_t last_ns;
};

struct cause {
	enum reply_class class; /* NONE: nothing was named yet */
	char list[REFUSALS_LIST_SIZE];
	uint64_t seen_ns;
};

struct refusals {
	uint64_t window_ns;
	struct receiver receivers[REFUSALS_RECEIVERS_MAX]; /* the one that refused first is first */
	size_t count;
	bool capped; /* within the window one found no room, the last at capped_ns */
	uint64_t capped_ns;
	struct cause cause;
};

/* Lists by what names them, in a reply or as a receiver in the table of replies. */
static const struct {
	const char *mark;
	const char *name;
} lists[] = {
	{"spamhaus", "Spamhaus"},     {"spamcop", "SpamCop"},
	{"barracuda", "Barracuda"},   {"uceprotect", "UCEPROTECT"},
	{"abusix", "Abusix"},         {"cloudmark", "Cloudmark"},
	{"proofpoint", "Proofpoint"}, {"invaluement", "Invaluement"},
	{"mailspike", "Mailspike"},   {"psbl.", "PSBL"},
	{"nixspam", "NiX Spam"},
};

#define LIST_MARK "blocked using "

struct refusals *refusals_new(uint64_t window_ns)
{
	struct refusals *refusals = calloc(1, sizeof(*refusals));

	if (refusals)
		refusals->window_ns = window_ns;
	return refusals;
}

void refusals_free(struct refusals *refusals)
{
	free(refusals);
}

static bool is_over(uint64_t seen_ns, uint64_t now_ns, uint64_t window_ns)
{
	return now_ns >= seen_ns + window_ns;
}

static void drop_old(struct refusals *refusals, uint64_t now_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < refusals->count; i++)
		if (!is_over(refusals->receivers[i].last_ns, now_ns, refusals->window_ns))
			refusals->receivers[kept++] = refusals->receivers[i];
	refusals->count = kept;
	if (refusals->capped && is_over(refusals->capped_ns, now_ns, refusals->window_ns))
		refusals->capped = false;
}

static void add_receiver(struct refusals *refusals, const char name[RECEIVER_NAME_SIZE],
			 const struct observation *observation)
{
	for (size_t i = 0; i < refusals->count; i++) {
		if (memcmp(refusals->receivers[i].name, name, RECEIVER_NAME_SIZE) == 0) {
			refusals->receivers[i].last_ns = observation->time_ns;
			return;
		}
	}
	if (refusals->count == REFUSALS_RECEIVERS_MAX) {
		refusals->capped = true;
		refusals->capped_ns = observation->time_ns;
		return;
	}
	struct receiver *receiver = &refusals->receivers[refusals->count++];
	memcpy(receiver->name, name, RECEIVER_NAME_SIZE);
	receiver->first_wall_ns = observation->wall_ns;
	receiver->last_ns = observation->time_ns;
}

/* A list's domain in "blocked using bl.example.org; ...". */
static void copy_listed_domain(char target[REFUSALS_LIST_SIZE], const char *text)
{
	const char *mark = text ? strcasestr(text, LIST_MARK) : NULL;
	const char *domain = mark ? mark + strlen(LIST_MARK) : "";
	size_t length = 0;

	while (isalnum((unsigned char)domain[length]) || (domain[length] != '\0' && strchr(".-_", domain[length])))
		length++;
	while (length > 0 && domain[length - 1] == '.')
		length--;
	if (memchr(domain, '.', length))
		snprintf(target, REFUSALS_LIST_SIZE, "%.*s", (int)length, domain);
}

/* By its name in the reply, else in the table, else by the words of a mail server. */
static void copy_list(char target[REFUSALS_LIST_SIZE], const struct dialogue_event *event)
{
	const char *const sources[] = {event->text, event->receiver};

	for (size_t i = 0; i < COUNT_OF(sources); i++)
		for (size_t j = 0; j < COUNT_OF(lists) && sources[i]; j++)
			if (strcasestr(sources[i], lists[j].mark)) {
				snprintf(target, REFUSALS_LIST_SIZE, "%s", lists[j].name);
				return;
			}
	copy_listed_domain(target, event->text);
}

static int weight_of(const struct cause *cause)
{
	if (cause->class == REPLY_CLASS_NONE)
		return 0;
	if (cause->class != REPLY_CLASS_DNSBL)
		return 1;
	return cause->list[0] ? 3 : 2;
}

static void take_cause(struct refusals *refusals, const struct dialogue_event *event, uint64_t now_ns)
{
	struct cause cause = {.class = event->class, .seen_ns = now_ns};

	if (event->class == REPLY_CLASS_DNSBL)
		copy_list(cause.list, event);
	if (weight_of(&cause) >= weight_of(&refusals->cause) ||
	    is_over(refusals->cause.seen_ns, now_ns, refusals->window_ns))
		refusals->cause = cause;
}

void refusals_add(struct refusals *refusals, const struct sighting *sighting)
{
	const struct observation *observation = sighting->observation;
	char name[RECEIVER_NAME_SIZE];

	receiver_find_name(observation->dialogue, sighting->change->flow, name);
	drop_old(refusals, observation->time_ns);
	add_receiver(refusals, name, observation);
	take_cause(refusals, observation->dialogue, observation->time_ns);
}

/* "7 receivers refuse", "1 receiver refuses". */
static int describe_count(const struct refusals *refusals, const char *verb, char text[SIGNAL_TEXT_SIZE])
{
	bool is_one = refusals->count == 1 && !refusals->capped;

	return snprintf(text, SIGNAL_TEXT_SIZE, "%zu%s receiver%s %s%s this host", refusals->count,
			refusals->capped ? "+" : "", is_one ? "" : "s", verb, is_one ? "s" : "");
}

/* ... since 03:12, first by gmail". */
static int describe_first(const struct refusals *refusals, uint64_t now_wall_ns, char *text, size_t size)
{
	const struct receiver *first = &refusals->receivers[0];
	char since[SINCE_TEXT_SIZE];

	if (!refusals->count)
		return 0;
	return snprintf(text, size, " since %s, first by %s", since_format(first->first_wall_ns, now_wall_ns, since),
			first->name);
}

void refusals_describe(const struct refusals *refusals, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE])
{
	const struct cause *cause = &refusals->cause;
	int length = describe_count(refusals, "refuse", text);

	length += describe_first(refusals, now_wall_ns, text + length, SIGNAL_TEXT_SIZE - (size_t)length);
	snprintf(text + length, SIGNAL_TEXT_SIZE - (size_t)length, ", cause: %s%s%s%s", reply_class_name(cause->class),
		 cause->list[0] ? " (" : "", cause->list, cause->list[0] ? ")" : "");
}

void refusals_describe_delays(const struct refusals *refusals, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE])
{
	int length = describe_count(refusals, "slow", text);

	length += snprintf(text + length, SIGNAL_TEXT_SIZE - (size_t)length, " down");
	describe_first(refusals, now_wall_ns, text + length, SIGNAL_TEXT_SIZE - (size_t)length);
}
