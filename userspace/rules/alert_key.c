// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alert_key.h"

#include "lib/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Keys of their own that a rule has for one user: who runs a new file for each connection must not get a line for
 * each. Proposals. */
static const size_t shares_max[ALERT_FOLD_COUNT] = {
	[ALERT_FOLD_SITE] = 8,
	[ALERT_FOLD_USER] = 64,
};

static_assert(sizeof(struct alert_key) == 32 + ALERT_SITE_SIZE + ALERT_SUBJECT_SIZE, "a key is compared as bytes");

/* How many keys in use would fold into this one. */
struct share {
	struct table_link link;
	struct alert_key key;
	size_t count;
};

struct alert_shares {
	struct table *table;
};

static void copy_text(char *target, size_t size, const char *source)
{
	size_t length = strnlen(source, size - 1);
	memcpy(target, source, length);
}

static const char *subject_of(const struct actor *actor)
{
	const struct script *script = actor->script;

	if (script && script->path)
		return script->path;
	if (script && script->pool)
		return script->pool;
	return actor->cwd ? actor->cwd : "";
}

struct alert_key alert_key_of_actor(const char *rule, const struct actor *actor)
{
	const struct sw_actor_key *process = &actor->identity.key;
	struct alert_key key = {
		.rule = rule,
		.exe_inode = process->exe_inode,
		.exe_device = process->exe_device,
		.uid = process->uid,
	};
	if (actor->origin != ACTOR_ORIGIN_PROCESS) { /* a site of its own: all of them have one user, nobody */
		address_format(&actor->source.address, key.site);
		address_format(&actor->source.address, key.subject);
		return key;
	}
	if (actor->script && actor->script->site)
		copy_text(key.site, sizeof(key.site), actor->script->site);
	copy_text(key.subject, sizeof(key.subject), subject_of(actor));
	return key;
}

struct alert_key alert_key_of_subject(const char *rule, const char *subject, const char *site, uint32_t uid)
{
	struct alert_key key = {.rule = rule, .uid = uid};
	if (site)
		copy_text(key.site, sizeof(key.site), site);
	copy_text(key.subject, sizeof(key.subject), subject);
	return key;
}

struct alert_key_parts alert_key_parts_of_actor(const char *rule, const struct actor *actor)
{
	const struct sw_actor_key *process = &actor->identity.key;

	return (struct alert_key_parts){
		.rule = rule,
		.exe_inode = process->exe_inode,
		.exe_device = process->exe_device,
		.uid = process->uid,
		.site = actor->script && actor->script->site ? actor->script->site : "",
		.subject = subject_of(actor),
	};
}

bool alert_key_has_parts(const struct alert_key *key, const struct alert_key_parts *parts)
{
	return key->rule == parts->rule && key->exe_inode == parts->exe_inode && key->exe_device == parts->exe_device &&
	       key->uid == parts->uid && key->fold == ALERT_FOLD_NONE && strcmp(key->subject, parts->subject) == 0 &&
	       strcmp(key->site, parts->site) == 0;
}

uint64_t alert_key_hint(const struct alert_key_parts *parts)
{
	const uint64_t factor = 0x9e3779b97f4a7c15ULL; /* 2^64 divided by the golden ratio, odd */
	uint64_t hint = ((uint64_t)(uintptr_t)parts->rule ^ parts->exe_inode) * factor ^ parts->uid;
	size_t left = strlen(parts->subject);
	uint64_t word;

	for (const char *at = parts->subject; left > 0; at += sizeof(word)) {
		size_t size = left < sizeof(word) ? left : sizeof(word);
		word = 0;
		memcpy(&word, at, size);
		hint = (hint ^ word) * factor;
		hint ^= hint >> 32;
		left -= size;
	}
	hint *= factor;
	return hint ^ hint >> 32;
}

struct alert_key alert_key_fold(const struct alert_key *key, enum alert_fold fold)
{
	struct alert_key folded = {.rule = key->rule, .uid = key->uid, .fold = fold};
	if (fold == ALERT_FOLD_SITE)
		memcpy(folded.site, key->site, sizeof(folded.site));
	return folded;
}

struct alert_shares *alert_shares_new(size_t keys_max)
{
	_cleanup_(cleanup_alert_shares_free) struct alert_shares *shares = calloc(1, sizeof(*shares));
	if (!shares)
		return NULL;
	/* Each key takes part in at most two, and a fold of a user in none. */
	shares->table = table_new(2 * keys_max, offsetof(struct share, key), sizeof(struct alert_key), free);
	return shares->table ? TAKE_PTR(shares) : NULL;
}

void alert_shares_free(struct alert_shares *shares)
{
	if (shares)
		table_free(shares->table);
	free(shares);
}

static void leave(struct alert_shares *shares, const struct alert_key *key, enum alert_fold fold)
{
	const struct alert_key folded = alert_key_fold(key, fold);
	struct share *share = table_find(shares->table, &folded);

	if (share && --share->count == 0)
		table_remove(shares->table, share);
}

static int join(struct alert_shares *shares, const struct alert_key *key, enum alert_fold fold)
{
	const struct alert_key folded = alert_key_fold(key, fold);
	struct share *share = table_find(shares->table, &folded);

	if (!share) {
		share = calloc(1, sizeof(*share));
		if (!share)
			return -ENOMEM;
		share->key = folded;
		table_insert(shares->table, share);
	}
	share->count++;
	return 0;
}

int alert_shares_add(struct alert_shares *shares, const struct alert_key *key)
{
	for (enum alert_fold fold = ALERT_FOLD_SITE; fold < ALERT_FOLD_COUNT; fold++) {
		int error = fold > key->fold ? join(shares, key, fold) : 0;
		if (!error)
			continue;
		if (fold == ALERT_FOLD_USER && key->fold < ALERT_FOLD_SITE)
			leave(shares, key, ALERT_FOLD_SITE);
		return error;
	}
	return 0;
}

void alert_shares_remove(struct alert_shares *shares, const struct alert_key *key)
{
	for (enum alert_fold fold = ALERT_FOLD_SITE; fold < ALERT_FOLD_COUNT; fold++)
		if (fold > key->fold)
			leave(shares, key, fold);
}

bool alert_shares_used_up(const struct alert_shares *shares, const struct alert_key *key, enum alert_fold fold)
{
	const struct alert_key folded = alert_key_fold(key, fold);
	const struct share *share = table_find(shares->table, &folded);

	return share && share->count >= shares_max[fold];
}
