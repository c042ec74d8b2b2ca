// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs_actor.h"

#include "lib/clock.h"
#include "sinks/describe.h"
#include "sinks/ecs_put.h"

#include <stdio.h>
#include <string.h>

static void put_path(json_t *object, const char *name, const char *path)
{
	char text[DESCRIBE_PATH_SIZE];

	if (path)
		ecs_put_bytes(object, name, text, describe_path(path, text, sizeof(text)));
}

static void put_user(json_t *root, const struct actor *actor)
{
	json_t *user = ecs_object_in(root, "user");
	ecs_put_id(user, "id", actor->identity.key.uid);
	ecs_put_text(user, "name", actor->user_name);
	if (actor->identity.euid != actor->identity.key.uid)
		ecs_put_id(ecs_object_in(user, "effective"), "id", actor->identity.euid);
}

static void put_ancestor(json_t *parent, const struct sw_ancestor *ancestor)
{
	ecs_put_number(parent, "pid", ancestor->pid);
	ecs_put_bytes(parent, "name", ancestor->comm, strnlen(ancestor->comm, SW_COMM_SIZE));
	ecs_put_id(ecs_object_in(parent, "user"), "id", ancestor->uid);
}

/* ECS knows one parent; the ones above it go to smtpwatch.ancestors, the nearest first. */
static void put_ancestors(json_t *root, const struct actor *actor)
{
	const struct sw_ancestor *ancestors = actor->identity.ancestors;
	if (ancestors[0].pid == 0)
		return;
	put_ancestor(ecs_object_in(ecs_object_in(root, "process"), "parent"), &ancestors[0]);
	json_t *others = json_array();
	for (int i = 1; i < SW_ANCESTOR_COUNT && ancestors[i].pid; i++) {
		json_t *ancestor = json_object();
		put_ancestor(ancestor, &ancestors[i]);
		json_array_append_new(others, ancestor);
	}
	json_object_set_new(ecs_object_in(root, "smtpwatch"), "ancestors", others);
}

static void put_tracer(json_t *root, const struct actor *actor)
{
	if (actor->identity.tracer.pid)
		put_ancestor(ecs_object_in(ecs_object_in(root, "smtpwatch"), "tracer"), &actor->identity.tracer);
}

/* Whether a record told of the actor. Of one that only counters know, there is no more than its key. */
static bool was_told(const struct sw_identity *identity)
{
	return identity->tid != 0;
}

static void put_process(json_t *root, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	json_t *process = ecs_object_in(root, "process");
	char argv[SW_ARGV_SIZE + 1];
	char start[CLOCK_TEXT_SIZE];

	ecs_put_number(process, "pid", identity->key.pid);
	ecs_put_bytes(process, "name", identity->comm, strnlen(identity->comm, SW_COMM_SIZE));
	put_path(process, "executable", actor->executable);
	if (identity->key.start_ns)
		ecs_put_word(process, "start", clock_format_utc(clock_wall_of_boot(identity->key.start_ns), start));
	size_t length = describe_argv(actor, argv);
	if (length > 0)
		ecs_put_bytes(process, "command_line", argv, length);
	if (was_told(identity) && identity->tid != identity->key.pid)
		ecs_put_number(ecs_object_in(process, "thread"), "id", identity->tid);
}

/* ECS has url.* and http.request.* too, but here they would tell of the connection that the event is about, beside
 * its destination.*; the request that led to it is the script's. */
static void put_script(json_t *root, const struct script *script)
{
	json_t *own = ecs_object_in(root, "smtpwatch");
	json_t *object = ecs_object_in(own, "script");

	ecs_put_text(own, "site", script->site);
	put_path(object, "path", script_file_path(script));
	ecs_put_text(object, "url", script->url);
	ecs_put_text(object, "method", script->method);
	if (script->source != SCRIPT_SOURCE_NONE)
		ecs_put_word(object, "source", script_source_name(script->source));
	ecs_put_text(object, "pool", script->pool);
	ecs_put_true(object, "inherited", script->inherited);
	ecs_put_true(object, "claimed", script->claimed);
	ecs_put_true(object, "one_liner", script->one_liner);
	ecs_put_true(object, "deleted", script->deleted);
	ecs_put_true(object, "cut", script->cut);
}

static void put_unit(json_t *root, const struct unit *unit)
{
	json_t *own = ecs_object_in(root, "smtpwatch");

	ecs_put_text(own, "unit", unit->name);
	ecs_put_text(own, "slice", unit->slice);
	if (!unit->container_runtime && !unit->container_id && !unit->container_name)
		return;
	json_t *container = ecs_object_in(root, "container");
	ecs_put_text(container, "id", unit->container_id);
	ecs_put_text(container, "name", unit->container_name);
	ecs_put_text(container, "runtime", unit->container_runtime);
	if (unit->container_image)
		ecs_put_text(ecs_object_in(container, "image"), "name", unit->container_image);
}

static void put_executable(json_t *own, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	json_t *file = ecs_object_in(own, "executable");
	char inode[sizeof("18446744073709551615")];

	snprintf(inode, sizeof(inode), "%llu", identity->key.exe_inode); /* may exceed a signed number */
	ecs_put_number(file, "device", identity->key.exe_device);
	ecs_put_word(file, "inode", inode);
	if (was_told(identity))
		ecs_put_number(file, "links", identity->exe_links);
	ecs_put_true(file, "deleted", describe_is_deleted(actor));
	ecs_put_true(file, "replaced", actor->is_replaced);
}

static void put_own(json_t *root, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	json_t *own = ecs_object_in(root, "smtpwatch");

	ecs_put_word(own, "role", actor_role_name(actor->role));
	ecs_put_text(own, "mta", actor->mta_name);
	ecs_put_text(own, "owner", actor->owner_name);
	put_executable(own, actor);
	ecs_put_number(own, "mount_namespace", identity->mount_namespace);
	ecs_put_true(own, "user_namespace", identity->flags & SW_IDENTITY_USER_NAMESPACE);
	if (identity->loginuid != UINT32_MAX)
		ecs_put_number(own, "loginuid", identity->loginuid);
	if (!was_told(identity))
		return;
	ecs_put_number(own, "gid", identity->gid);
	ecs_put_number(own, "cgroup", identity->cgroup);
}

/* Of an actor without a process, where its packets came from. */
static void put_source(json_t *root, const struct actor *actor)
{
	const uint8_t *mac = actor->source.mac;
	char address[ADDRESS_TEXT_SIZE];
	char text[sizeof("00-00-00-00-00-00")];
	json_t *source = ecs_object_in(root, "source");

	ecs_put_word(ecs_object_in(root, "smtpwatch"), "origin", actor_origin_name(actor->origin));
	ecs_put_word(source, "ip", address_format(&actor->source.address, address));
	if (actor->interface_name[0])
		ecs_put_text(ecs_object_in(ecs_object_in(ecs_object_in(root, "observer"), "ingress"), "interface"),
			     "name", actor->interface_name);
	if (!actor->source.has_mac)
		return;
	snprintf(text, sizeof(text), "%02X-%02X-%02X-%02X-%02X-%02X", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	ecs_put_word(source, "mac", text);
}

void ecs_put_actor(json_t *root, const struct actor *actor, const struct script *script)
{
	const char *cwd = describe_cwd(actor, script);

	if (actor && actor->origin != ACTOR_ORIGIN_PROCESS) {
		put_source(root, actor);
		return;
	}
	if (actor) {
		put_process(root, actor);
		put_user(root, actor);
		put_ancestors(root, actor);
		put_tracer(root, actor);
		put_own(root, actor);
	}
	if (actor && actor->unit)
		put_unit(root, actor->unit);
	if (script)
		put_script(root, script);
	if (cwd)
		put_path(ecs_object_in(root, "process"), "working_directory", cwd);
}
