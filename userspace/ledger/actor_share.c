// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/actor_share.h"

#include "lib/cleanup.h"
#include "model/actors.h"

struct actor_share {
	size_t references;
	struct actor actor;
};

static struct actor_share *share_of(const struct actor *shared)
{
	return (struct actor_share *)((char *)shared - offsetof(struct actor_share, actor));
}

const struct actor *actor_share_new(const struct actor *actor)
{
	_cleanup_free_ struct actor_share *share = calloc(1, sizeof(*share));

	if (!share || actor_copy(&share->actor, actor) != 0)
		return NULL;
	share->references = 1;
	return &TAKE_PTR(share)->actor;
}

const struct actor *actor_share_ref(const struct actor *shared)
{
	if (shared)
		share_of(shared)->references++;
	return shared;
}

void actor_share_unref(const struct actor *shared)
{
	struct actor_share *share = shared ? share_of(shared) : NULL;

	if (!share || --share->references > 0)
		return;
	actor_clear(&share->actor);
	free(share);
}

void actor_share_refresh(const struct actor *shared, const struct actor *actor, bool is_described)
{
	if (is_described || shared->role != actor->role || shared->unit != actor->unit)
		actor_copy(&share_of(shared)->actor, actor);
}
