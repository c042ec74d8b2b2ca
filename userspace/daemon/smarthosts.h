/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smarthosts that the administrator gave by name, and which addresses they have. Bookkeeping alone: what is to be
 * asked and what was answered; daemon/resolver.h asks. Time is a parameter, CLOCK_BOOTTIME in nanoseconds.
 *
 * A DNS answer on the wire can be anybody's work, so it makes no address a smarthost's: it is only a reason to ask, and
 * a name below a wildcard becomes known by it. What counts is the answer to this daemon's own question.
 */
#ifndef SMTPWATCH_DAEMON_SMARTHOSTS_H
#define SMTPWATCH_DAEMON_SMARTHOSTS_H

#include "lib/address.h"
#include "lib/cleanup.h"
#include "lib/dns_name.h"
#include "model/scope.h"

#include <smtpwatch/name.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMARTHOST_ADDRESSES_MAX 64 /* of one name; the one that was confirmed longest ago leaves */
#define SMARTHOSTS_SEEN_MAX 256    /* names below wildcards; one that has no address leaves first, then the quietest */

struct smarthosts;

struct smarthosts_options {
	char *const *patterns; /* as dns_pattern_parse() gives them; borrowed for the time of the call */
	size_t count;
	uint64_t refresh_ns; /* a name is asked for so often anyway */
	uint64_t keep_ns;    /* an address stays so long after the last answer that had it */
};

enum smarthost_result {
	SMARTHOST_ANSWERED, /* there may be no address all the same */
	SMARTHOST_NO_NAME,  /* the answer is that there is no such name, or no address of it */
	SMARTHOST_FAILED,   /* nobody answered: what was known stays */
};

struct smarthost_answer {
	char name[DNS_NAME_SIZE]; /* that was asked for */
	enum smarthost_result result;
	const char *reason; /* a static string; NULL where it was answered */
	struct address addresses[SMARTHOST_ADDRESSES_MAX];
	size_t count;
};

struct smarthost_question {
	char name[DNS_NAME_SIZE];
	bool is_seen; /* below a wildcard: whoever made an answer chose it, so no search domain may be put behind it */
};

/* Knows no names. NULL: no memory. */
struct smarthosts *smarthosts_new(void);
void smarthosts_free(struct smarthosts *smarthosts);
DEFINE_CLEANUP(struct smarthosts, smarthosts_free)

/* Replaces the names. Those that stay keep their addresses. Returns 0 or -ENOMEM, with nothing changed. */
int smarthosts_set(struct smarthosts *smarthosts, const struct smarthosts_options *options);

/* Whether there is any name: without one nothing else needs to be called. */
bool smarthosts_has_names(const struct smarthosts *smarthosts);

/* Adds the addresses of all names. Returns how many found no room; -ENOMEM. */
int smarthosts_add_scopes(const struct smarthosts *smarthosts, struct scopes *scopes);

/* Takes in what an answer on the wire says: NAME_ADDRESS or NAME_ALIAS. */
void smarthosts_take_name(struct smarthosts *smarthosts, const struct name_event *event, uint64_t time_ns);

/* Somebody connects to an address that nobody knows: names that were not asked for in the last seconds are. */
void smarthosts_ask(struct smarthosts *smarthosts, uint64_t time_ns);

/* Whether an answer is awaited that can make an address a smarthost's. */
bool smarthosts_are_asked(const struct smarthosts *smarthosts);

/* The next question that is due, which is under way from then on. False: none. */
bool smarthosts_next_question(struct smarthosts *smarthosts, uint64_t time_ns, struct smarthost_question *ret_question);

/* Takes in the answer. */
void smarthosts_take_answer(struct smarthosts *smarthosts, const struct smarthost_answer *answer, uint64_t time_ns);

/* Lets go of what is too old, about once a second. */
void smarthosts_tick(struct smarthosts *smarthosts, uint64_t time_ns);

/* Whether smarthosts_add_scopes() has something else to add than at the last call of this. */
bool smarthosts_have_changed(struct smarthosts *smarthosts);

/* Whether a name is known to have the address. */
bool smarthosts_have(const struct smarthosts *smarthosts, const struct address *address);

struct smarthosts_totals {
	size_t names; /* that are known, those below wildcards among them */
	size_t wildcards;
	size_t without_address;
	uint64_t forgotten; /* names below wildcards that were pushed out */
};
struct smarthosts_totals smarthosts_totals(const struct smarthosts *smarthosts);

#endif
