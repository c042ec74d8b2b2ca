// SPDX-License-Identifier: GPL-2.0-only
#include "model/actors.h"
#include "lib/roots.h"

#include "lib/cleanup.h"
#include "lib/table.h"

#include <errno.h>
#include <string.h>

struct actor_slot {
	struct table_link link;
	struct actor actor;
};

struct actors {
	struct table *table;
	uint64_t forgotten;
};

static void free_text(struct actor *actor)
{
	free(actor->executable);
	free(actor->argv);
	free(actor->cwd);
	actor->executable = NULL;
	actor->argv = NULL;
	actor->argv_size = 0;
	actor->cwd = NULL;
}

static void let_go(struct actor *actor)
{
	free_text(actor);
	script_unref(actor->script);
	unit_unref(actor->unit);
}

static void free_slot(void *entry)
{
	struct actor_slot *slot = entry;
	let_go(&slot->actor);
	free(slot);
}

static void cleanup_free_slot(struct actor_slot **slot)
{
	if (*slot)
		free_slot(*slot);
}

void actor_clear(struct actor *actor)
{
	let_go(actor);
	memset(actor, 0, sizeof(*actor));
}

/* Replaces the actor's text by copies. -ENOMEM leaves the old. */
static int copy_text(struct actor *actor, const char *executable, const char *cwd, const char *argv, size_t argv_size)
{
	_cleanup_free_ char *own_executable = NULL;
	_cleanup_free_ char *own_argv = NULL;
	_cleanup_free_ char *own_cwd = NULL;

	if (executable && !(own_executable = strdup(executable)))
		return -ENOMEM;
	if (cwd && !(own_cwd = strdup(cwd)))
		return -ENOMEM;
	if (argv_size && !(own_argv = malloc(argv_size)))
		return -ENOMEM;
	if (own_argv)
		memcpy(own_argv, argv, argv_size);
	free_text(actor);
	actor->executable = TAKE_PTR(own_executable);
	actor->cwd = TAKE_PTR(own_cwd);
	actor->argv = TAKE_PTR(own_argv);
	actor->argv_size = argv_size;
	return 0;
}

static bool is_same_text(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

static bool has_same_text(const struct actor *left, const struct actor *right)
{
	return is_same_text(left->executable, right->executable) && is_same_text(left->cwd, right->cwd) &&
	       left->argv_size == right->argv_size &&
	       (left->argv_size == 0 || memcmp(left->argv, right->argv, left->argv_size) == 0);
}

/* Allocates nothing where the texts are those that the target has. */
int actor_copy(struct actor *target, const struct actor *source)
{
	struct actor copy = *target;
	int error = has_same_text(target, source)
			    ? 0
			    : copy_text(&copy, source->executable, source->cwd, source->argv, source->argv_size);
	if (error)
		return error;
	script_ref(source->script);
	unit_ref(source->unit);
	script_unref(target->script);
	unit_unref(target->unit);
	*target = *source;
	target->executable = copy.executable;
	target->cwd = copy.cwd;
	target->argv = copy.argv;
	return 0;
}

bool executable_is_roots(const struct sw_identity *identity)
{
	return file_is_roots(identity->exe_owner, identity->exe_mode) &&
	       !(identity->flags & SW_IDENTITY_USER_NAMESPACE);
}

struct actors *actors_new(size_t capacity)
{
	_cleanup_free_ struct actors *actors = calloc(1, sizeof(*actors));
	if (!actors)
		return NULL;
	actors->table = table_new(capacity, offsetof(struct actor_slot, actor.identity.key),
				  sizeof(struct sw_actor_key), free_slot);
	return actors->table ? TAKE_PTR(actors) : NULL;
}

void actors_free(struct actors *actors)
{
	if (actors)
		table_free(actors->table);
	free(actors);
}

struct actor *actors_find(const struct actors *actors, const struct sw_actor_key *key)
{
	struct actor_slot *slot = table_find(actors->table, key);
	return slot ? &slot->actor : NULL;
}

static bool is_process(const struct sw_actor_key *left, const struct sw_actor_key *right, uint64_t tick_ns)
{
	return left->pid == right->pid && left->uid == right->uid && left->exe_inode == right->exe_inode &&
	       left->start_ns / tick_ns == right->start_ns / tick_ns;
}

struct actor *actors_find_process(const struct actors *actors, const struct sw_actor_key *key, uint64_t tick_ns)
{
	for (struct actor *actor = actors_oldest(actors); actor; actor = actors_newer(actor))
		if (actor->origin == ACTOR_ORIGIN_PROCESS && is_process(&actor->identity.key, key, tick_ns))
			return actor;
	return NULL;
}

void actors_remove(struct actors *actors, const struct sw_actor_key *key)
{
	struct actor_slot *slot = table_find(actors->table, key);
	if (slot)
		table_remove(actors->table, slot);
}

/* Replaces what is known of the actor by what an attempt says. -ENOMEM leaves the old. */
static int describe(struct actor *actor, const struct observation *observation)
{
	int error =
		copy_text(actor, observation->executable, observation->cwd, observation->argv, observation->argv_size);
	if (!error)
		actor->identity = *observation->identity;
	return error;
}

/* Whether both are one state of one process. What the thread, parents and cgroup are is let go. */
static bool is_same_state(const struct sw_identity *left, const char *left_argv, size_t left_size,
			  const struct sw_identity *right, const char *right_argv, size_t right_size)
{
	return memcmp(&left->key, &right->key, sizeof(left->key)) == 0 && left->euid == right->euid &&
	       left->exe_links == right->exe_links && left->exe_owner == right->exe_owner &&
	       left->exe_mode == right->exe_mode && memcmp(left->comm, right->comm, sizeof(left->comm)) == 0 &&
	       left_size == right_size && (left_size == 0 || memcmp(left_argv, right_argv, left_size) == 0);
}

bool actor_is_like(const struct actor *left, const struct actor *right)
{
	return !left->executable == !right->executable &&
	       is_same_state(&left->identity, left->argv, left->argv_size, &right->identity, right->argv,
			     right->argv_size) &&
	       script_is_like(left->script, right->script) && left->unit == right->unit;
}

/* Whether the observation is the kernel's description of an actor, rather than a count. */
static bool is_description(const struct observation *observation)
{
	return observation->kind == OBSERVATION_ATTEMPT || observation->kind == OBSERVATION_SUBMISSION;
}

/* Whether an attempt tells of another state of the actor than the one that was described. */
static bool has_changed(const struct actor *actor, const struct observation *observation)
{
	if (!is_description(observation))
		return false;
	return (!actor->executable && observation->executable) || !is_same_text(actor->cwd, observation->cwd) ||
	       !is_same_state(&actor->identity, actor->argv, actor->argv_size, observation->identity, observation->argv,
			      observation->argv_size);
}

/* A process can run one script after the other, so this is not part of its state. -ENOMEM leaves the old. */
static int take_script(struct actor *actor, const struct observation *observation)
{
	struct script *script = NULL;

	if (!is_description(observation) || script_is_like(actor->script, observation->script))
		return 0;
	if (observation->script && !(script = script_new(observation->script)))
		return -ENOMEM;
	script_unref(actor->script);
	actor->script = script;
	return 0;
}

static int add(struct actors *actors, const struct observation *observation, struct actor **ret_actor)
{
	_cleanup_(cleanup_free_slot) struct actor_slot *slot = calloc(1, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	int error = describe(&slot->actor, observation);
	if (!error)
		error = take_script(&slot->actor, observation);
	if (error)
		return error;
	actors->forgotten += table_push(actors->table, slot);
	*ret_actor = &TAKE_PTR(slot)->actor;
	return 0;
}

int actors_take(struct actors *actors, const struct observation *observation, struct actor **ret_actor,
		bool *ret_is_new)
{
	struct actor_slot *slot = table_find(actors->table, &observation->identity->key);
	if (!slot) {
		int error = add(actors, observation, ret_actor);
		if (!error)
			*ret_is_new = true;
		return error;
	}
	bool changed = has_changed(&slot->actor, observation);
	int error = changed ? describe(&slot->actor, observation) : 0;
	if (!error)
		error = take_script(&slot->actor, observation);
	if (error)
		return error;
	table_touch(actors->table, slot);
	*ret_actor = &slot->actor;
	*ret_is_new = changed;
	return 0;
}

struct actor *actors_oldest(const struct actors *actors)
{
	struct actor_slot *slot = table_oldest(actors->table);
	return slot ? &slot->actor : NULL;
}

struct actor *actors_newer(const struct actor *actor)
{
	const struct actor_slot *slot =
		(const struct actor_slot *)((const char *)actor - offsetof(struct actor_slot, actor));
	struct actor_slot *newer = table_newer(slot);
	return newer ? &newer->actor : NULL;
}

size_t actors_count(const struct actors *actors)
{
	return table_count(actors->table);
}

uint64_t actors_forgotten(const struct actors *actors)
{
	return actors->forgotten;
}
