/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counters and the books: what is true whether or not a record of it could be delivered. */
#ifndef SMTPWATCH_COUNT_BPF_H
#define SMTPWATCH_COUNT_BPF_H

#include "maps.bpf.h"

/* How many attempts of an actor may be told at once, and how long it takes to earn one more. */
__weak const volatile __u64 thin_burst = 256;
__weak const volatile __u64 thin_interval_ns = 20000000;

/* A user may send so many times more at once, and so many times more often. Of a mail server that is its work; of a
 * flood it is what the daemon reads in a tenth of its time. */
#define SW_USER_BURST 4
#define SW_USER_RATE 64

static const struct sw_counters no_counts;
static const struct sw_bucket empty_bucket; /* since ever: it is full at the first question */

/* So that userspace sees without a system call whether the actors' counters are worth reading: how many
 * attempts were not told, and how many entries were made. */
__weak __u64 untold_attempts = 0;
__weak __u64 actors_made = 0;

static __always_inline void add(__u64 *counter, __u64 amount)
{
	__sync_fetch_and_add(counter, amount);
}

static __always_inline void book(__u32 entry)
{
	__u32 zero = 0;
	struct sw_books *here = bpf_map_lookup_elem(&books, &zero);
	if (here)
		add(&here->entries[entry], 1);
}

/* Writes down a record that was due and what became of it. Atomic, because an interrupt may bring another
 * record on this CPU between reading a number and writing it. */
static __always_inline void book_fate(enum sw_book fate)
{
	__u32 zero = 0;
	struct sw_books *here = bpf_map_lookup_elem(&books, &zero);
	if (!here)
		return;
	add(&here->entries[SW_BOOK_SEEN], 1);
	add(&here->entries[fate], 1);
}

static __always_inline struct sw_counters *find_user(__u32 uid)
{
	struct sw_counters *user = bpf_map_lookup_elem(&users, &uid);
	if (user)
		return user;
	bpf_map_update_elem(&users, &uid, &no_counts, BPF_NOEXIST);
	return bpf_map_lookup_elem(&users, &uid);
}

static __always_inline struct sw_actor_entry *find_actor(struct sw_scratch *scratch)
{
	const struct sw_identity *identity = &scratch->record.identity;
	struct sw_actor_entry *actor = bpf_map_lookup_elem(&actors, &identity->key);
	if (actor)
		return actor;
	struct sw_actor_entry *fresh = &scratch->actor;
	__builtin_memset(fresh, 0, sizeof(*fresh));
	fresh->euid = identity->euid;
	fresh->mount_namespace = identity->mount_namespace;
	__builtin_memcpy(fresh->comm, identity->comm, sizeof(fresh->comm));
	if (bpf_map_update_elem(&actors, &identity->key, fresh, BPF_NOEXIST) == 0)
		add(&actors_made, 1);
	return bpf_map_lookup_elem(&actors, &identity->key);
}

/* A slot is always valid, but the 5.10 verifier forgets bounds that it has seen: so it is shown them anew
 * at each use, and barrier_var() keeps the compiler from seeing that it need not be. */
static __always_inline __u64 bounded(__u64 slot)
{
	barrier_var(slot);
	return slot & (SW_PORT_SLOTS - 1);
}

static __always_inline void count_attempt(struct sw_counters *counters, __u32 slot, __u32 scope)
{
	add(&counters->attempts, 1);
	add(&counters->port_attempts[bounded(slot)], 1);
	if (scope == SW_SCOPE_EXTERNAL)
		add(&counters->port_external[bounded(slot)], 1);
}

/* An attempt that nobody will hear of one by one. Userspace adds these to the records that it got. */
static __always_inline void count_untold(const struct sw_actor_key *key, __u32 slot, __u32 scope)
{
	add(&untold_attempts, 1);
	struct sw_actor_entry *actor = bpf_map_lookup_elem(&actors, key);
	if (actor) {
		add(&actor->counters.untold, 1);
		if (scope == SW_SCOPE_EXTERNAL)
			add(&actor->port_external_untold[bounded(slot)], 1);
	}
	struct sw_counters *user = bpf_map_lookup_elem(&users, &key->uid);
	if (user)
		add(&user->untold, 1);
}

static __always_inline void count_end(struct sw_counters *counters, __u32 outcome, __u64 sent, __u64 received)
{
	add(&counters->outcomes[outcome & (SW_OUTCOME_COUNT - 1)], 1);
	if (sent)
		add(&counters->bytes_sent, sent);
	if (received)
		add(&counters->bytes_received, received);
}

static __always_inline void count_open_flows(const struct sw_actor_key *key, __s64 change)
{
	struct sw_actor_entry *actor = bpf_map_lookup_elem(&actors, key);
	if (actor)
		__sync_fetch_and_add(&actor->open_flows, change);
}

/* Whether there is none left. Threads may race here: one record more or less does no harm, since the caller books
 * whichever it was. */
static __always_inline __u32 is_used_up(struct sw_bucket *bucket, __u64 now, __u64 size, __u64 interval_ns)
{
	__u64 earned = (now - bucket->refilled_ns) / interval_ns;
	if (earned) {
		__u64 tokens = bucket->tokens + earned;
		bucket->tokens = tokens > size ? size : tokens;
		bucket->refilled_ns = now;
	}
	if (bucket->tokens == 0)
		return 1;
	bucket->tokens--;
	return 0;
}

/* Whether this attempt is one too many to be told. */
static __always_inline __u32 must_thin(struct sw_actor_entry *actor, __u32 uid, __u64 now)
{
	if (is_used_up(&actor->bucket, now, thin_burst, thin_interval_ns))
		return 1;
	struct sw_bucket *user = bpf_map_lookup_elem(&user_buckets, &uid);
	if (!user) {
		bpf_map_update_elem(&user_buckets, &uid, &empty_bucket, BPF_NOEXIST);
		user = bpf_map_lookup_elem(&user_buckets, &uid);
	}
	return user && is_used_up(user, now, SW_USER_BURST * thin_burst, thin_interval_ns / SW_USER_RATE);
}

#endif
