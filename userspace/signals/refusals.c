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

struct refusals_sum refusals_sum(const struct refusals *refusals)
{
	struct refusals_sum sum = {
		.receivers = refusals->count,
		.capped = refusals->capped,
		.first_receiver = "",
		.cause = refusals->cause.class,
		.list = refusals->cause.list,
	};

	if (refusals->count) {
		sum.first_receiver = refusals->receivers[0].name;
		sum.first_wall_ns = refusals->receivers[0].first_wall_ns;
	}
	return sum;
}

/* Of a verb that has an "s" more where there is one. */
static const char *ending_of(const struct refusals_sum *sum)
{
	return sum->receivers == 1 && !sum->capped ? "s" : "";
}

void refusals_describe(const struct refusals *refusals, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE])
{
	const struct refusals_sum sum = refusals_sum(refusals);
	const char *ending = ending_of(&sum);
	char since[SINCE_TEXT_SIZE];

	snprintf(text, SIGNAL_TEXT_SIZE, "%zu%s receiver%s refuse%s this host since %s, first by %s, cause: %s%s%s%s",
		 sum.receivers, sum.capped ? "+" : "", *ending ? "" : "s", ending,
		 since_format(sum.first_wall_ns, now_wall_ns, since), sum.first_receiver, reply_class_name(sum.cause),
		 sum.list[0] ? " (" : "", sum.list, sum.list[0] ? ")" : "");
}

void refusals_describe_delays(const struct refusals *refusals, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE])
{
	const struct refusals_sum sum = refusals_sum(refusals);
	const char *ending = ending_of(&sum);
	char since[SINCE_TEXT_SIZE];

	snprintf(text, SIGNAL_TEXT_SIZE, "%zu%s receiver%s slow%s this host down since %s, first by %s", sum.receivers,
		 sum.capped ? "+" : "", *ending ? "" : "s", ending, since_format(sum.first_wall_ns, now_wall_ns, since),
		 sum.first_receiver);
}
