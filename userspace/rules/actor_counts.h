/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules about dialogues and look-ups count, by rule and by whose they are: user, executable, and what that was
 * running; of those who are no process of this host their address. A fixed number of counters, of which the one that
 * was quiet longest leaves for a new one; how many left is counted.
 */
#ifndef SMTPWATCH_RULES_ACTOR_COUNTS_H
#define SMTPWATCH_RULES_ACTOR_COUNTS_H

#include "lib/cleanup.h"
#include "lib/table.h"
#include "rules/networks.h"
#include "rules/rate.h"
#include "rules/said_names.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/actor.h>
#include <stddef.h>
#include <stdint.h>

#define ACTOR_COUNTERS_MAX 2048 /* of 2.5 KiB */

/* Compared as bytes: what is not used is zero. */
struct actor_count_key {
	const char *rule; /* a static string */
	uint64_t exe_inode;
	uint32_t exe_device;
	uint32_t uid;
	char running[SW_SCRIPT_PATH_SIZE]; /* what is longer is told apart by its beginning */
};

/* Each rule uses of it what it needs, and each with one window. */
struct actor_count {
	struct table_link link;
	struct actor_count_key key;
	struct rate all;    /* of what is looked at */
	struct rate marked; /* those of them that the rule is about */
	struct networks networks;
	struct said_names names;
};

struct actor_counts;

struct actor_counts *actor_counts_new(void);
void actor_counts_free(struct actor_counts *counts);
DEFINE_CLEANUP(struct actor_counts, actor_counts_free)

/*
 * The counter of this rule, a static string, and this actor, made at need. `running` is what it was running, as far as
 * that is to be told apart, or NULL. NULL: no memory. It may go when the next one is taken.
 */
struct actor_count *actor_counts_take(struct actor_counts *counts, const char *rule, const struct actor *actor,
				      const char *running);

/* Counters that were given up for new ones, or that there was no memory for. */
uint64_t actor_counts_forgotten(const struct actor_counts *counts);

#endif
