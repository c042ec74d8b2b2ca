/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is one alert: a rule, a user, an executable, and what it was running. With two hundred sites under one user an
 * alert about one of them must not hide the next. The texts stand in the key as they are and are compared whole, so
 * nobody can make one that is taken for another's.
 *
 * Whoever attacks chooses executables, scripts and directories, so each user has a share of keys: what goes beyond that
 * of a site is folded into one key of the site, and what goes beyond the user's into one of the user.
 */
#ifndef SMTPWATCH_RULES_ALERT_KEY_H
#define SMTPWATCH_RULES_ALERT_KEY_H

#include "lib/cleanup.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/actor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALERT_SUBJECT_SIZE SW_SCRIPT_PATH_SIZE /* what is longer is told apart by its beginning */
#define ALERT_SITE_SIZE 256                    /* a domain name has at most 253 characters (RFC 1035 2.3.4) */

/* How much a key stands for. */
enum alert_fold {
	ALERT_FOLD_NONE,
	ALERT_FOLD_SITE, /* whatever of the user's site found no room of its own */
	ALERT_FOLD_USER, /* whatever of the user found none */
	ALERT_FOLD_COUNT,
};

/* Compared as bytes: what is not used is zero. */
struct alert_key {
	const char *rule; /* a static string */
	uint64_t exe_inode;
	uint32_t exe_device;
	uint32_t uid;
	uint64_t fold; /* enum alert_fold */
	char site[ALERT_SITE_SIZE];
	char subject[ALERT_SUBJECT_SIZE];
};

/* Keyed by executable and by script, else by pool, else by working directory; one that is no process of this host by
 * its address. */
struct alert_key alert_key_of_actor(const char *rule, const struct actor *actor);

/* Keyed by a text of the rule's, and the user and site (or NULL) whose share it comes out of. */
struct alert_key alert_key_of_subject(const char *rule, const char *subject, const char *site, uint32_t uid);

/* What a key is made of, without a copy of it: to find one that is known. Borrowed. */
struct alert_key_parts {
	const char *rule;
	uint64_t exe_inode;
	uint32_t exe_device;
	uint32_t uid;
	const char *site;
	const char *subject;
};

/* Of an actor that is a process. */
struct alert_key_parts alert_key_parts_of_actor(const char *rule, const struct actor *actor);

/* Whether the key is made of exactly these: false, too, where a text was cut, and of a fold. */
bool alert_key_has_parts(const struct alert_key *key, const struct alert_key_parts *parts);

/* A number to look a key up by; it is no secret which one. */
uint64_t alert_key_hint(const struct alert_key_parts *parts);

/* The key into which this one would be folded. */
struct alert_key alert_key_fold(const struct alert_key *key, enum alert_fold fold);

/* How many keys there are of each site and user. */
struct alert_shares;

/* `keys_max`: how many keys there can be at a time. */
struct alert_shares *alert_shares_new(size_t keys_max);
void alert_shares_free(struct alert_shares *shares);
DEFINE_CLEANUP(struct alert_shares, alert_shares_free)

/* A key comes into use: 0 or -ENOMEM; or goes out of it. */
int alert_shares_add(struct alert_shares *shares, const struct alert_key *key);
void alert_shares_remove(struct alert_shares *shares, const struct alert_key *key);

/* Whether a key like this one that is not in use would be beyond the share of its site or of its user. */
bool alert_shares_used_up(const struct alert_shares *shares, const struct alert_key *key, enum alert_fold fold);

#endif
