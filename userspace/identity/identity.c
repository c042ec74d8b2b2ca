// SPDX-License-Identifier: GPL-2.0-only
#include "identity/identity.h"

#include "identity/cgroups.h"
#include "identity/file_id.h"
#include "identity/host_path.h"
#include "identity/process.h"
#include "identity/subordinates.h"
#include "identity/users.h"

#include <net/if.h>

struct identity {
	struct mta_list *mta_list;
	struct script_finder *script_finder;
	struct users *users;
	struct subordinates *subordinates;
	struct cgroups *cgroups;
};

struct identity *identity_new(void)
{
	_cleanup_(cleanup_identity_free) struct identity *identity = calloc(1, sizeof(*identity));
	if (!identity)
		return NULL;
	identity->users = users_new();
	if (!identity->users)
		return NULL;
	identity->subordinates = subordinates_new(SUBORDINATES_PATH, identity->users);
	identity->cgroups = cgroups_new();
	return identity->subordinates && identity->cgroups ? TAKE_PTR(identity) : NULL;
}

void identity_free(struct identity *identity)
{
	if (!identity)
		return;
	cgroups_free(identity->cgroups);
	subordinates_free(identity->subordinates);
	users_free(identity->users);
	script_finder_free(identity->script_finder);
	mta_list_free(identity->mta_list);
	free(identity);
}

void identity_set_mta_list(struct identity *identity, struct mta_list *list)
{
	mta_list_free(identity->mta_list);
	identity->mta_list = list;
}

void identity_set_script_finder(struct identity *identity, struct script_finder *finder)
{
	script_finder_free(identity->script_finder);
	identity->script_finder = finder;
}

/* A package upgrade: the file that still runs was root's and has lost its name, and the name belongs to another file
 * of root's now. In a container the name would lead elsewhere. */
static bool is_replaced(const struct actor *actor)
{
	const struct sw_identity *who = &actor->identity;
	struct file_id id;

	if (!actor->executable || who->exe_links != 0 || !executable_is_roots(who))
		return false;
	if (who->flags & SW_IDENTITY_PATH_CUT || (actor->unit && actor->unit->container_runtime))
		return false;
	return host_path_is_installed(actor->executable) && file_id_resolve(actor->executable, &id) == 0;
}

void identity_recognise(struct identity *identity, struct actor *actor)
{
	if (identity->mta_list)
		mta_list_recognise(identity->mta_list, actor);
}

/* Where a machine behind this one came in. Of a recorded capture, whose sources are all ACTOR_ORIGIN_WIRE, the number
 * is another host's; and what this host sent came in nowhere. */
static void name_interface(struct actor *actor)
{
	if (actor->origin != ACTOR_ORIGIN_FORWARDED || actor->source.interface == 0 ||
	    !if_indextoname(actor->source.interface, actor->interface_name))
		actor->interface_name[0] = '\0';
}

void identity_complete(struct identity *identity, struct actor *actor)
{
	uint32_t uid = actor->identity.key.uid;

	if (actor->origin != ACTOR_ORIGIN_PROCESS) {
		name_interface(actor);
		return;
	}
	bool was_told = host_path_was_told(actor);
	process_complete(actor);
	actor->has_host_path = was_told || host_path_is_found(actor);
	identity_recognise(identity, actor);
	users_name(identity->users, uid, actor->user_name);
	subordinates_owner(identity->subordinates, uid, actor->owner_name);
	unit_unref(actor->unit);
	actor->unit = unit_ref(cgroups_unit_of(identity->cgroups, actor));
	actor->leads_unit = actor->identity.ancestors[0].pid == 1 && cgroups_leads_unit(identity->cgroups, actor);
	actor->is_replaced = is_replaced(actor);
}

bool identity_find_script(struct identity *identity, const struct observation *observation, struct script *ret_script)
{
	return identity->script_finder && script_find(identity->script_finder, observation, ret_script);
}
