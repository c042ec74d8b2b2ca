// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/owner.h"

#include "identity/process_identity.h"

bool owner_find(struct sockets *sockets, const struct model *model, const struct owned *owned,
		struct socket_owner *owner, struct observation *observation)
{
	if (!sockets || sockets_find_owner(sockets, owned->protocol, &owned->local, &owned->remote,
					   observation->time_ns, owner) != 0)
		return false;
	const struct actor *known = model_find_process(model, &owner->identity.key, process_tick_ns());
	if (known)
		owner->identity = known->identity;
	observation->identity = &owner->identity;
	observation->actor = owner->identity.key;
	observation->executable = owner->executable[0] ? owner->executable : NULL;
	return true;
}
