// SPDX-License-Identifier: GPL-2.0-only
#include "model/actor_keep.h"

#include "lib/array.h"
#include "model/actors.h"

#include <errno.h>
#include <string.h>

/* Paths have PATH_MAX, and nothing that is longer was ever seen. */
#define ARGV_SIZE_MAX 65536

/* A whole number of an actor, of 1, 4 or 8 bytes. */
struct number {
	const char *name;
	size_t offset;
	size_t size;
};

#define NUMBER(name, member)                                                                 \
	{                                                                                    \
		name, offsetof(struct actor, member), sizeof(((struct actor *)NULL)->member) \
	}
#define ANCESTOR(name, at)                                                                 \
	NUMBER(name "_start", identity.at.start_ns), NUMBER(name "_pid", identity.at.pid), \
		NUMBER(name "_uid", identity.at.uid)

static const struct number numbers[] = {
	NUMBER("start", identity.key.start_ns),
	NUMBER("inode", identity.key.exe_inode),
	NUMBER("device", identity.key.exe_device),
	NUMBER("pid", identity.key.pid),
	NUMBER("uid", identity.key.uid),
	NUMBER("tid", identity.tid),
	NUMBER("flags", identity.flags),
	NUMBER("euid", identity.euid),
	NUMBER("gid", identity.gid),
	NUMBER("loginuid", identity.loginuid),
	NUMBER("links", identity.exe_links),
	NUMBER("owner", identity.exe_owner),
	NUMBER("mode", identity.exe_mode),
	NUMBER("mount_namespace", identity.mount_namespace),
	NUMBER("cgroup", identity.cgroup),
	ANCESTOR("parent", ancestors[0]),
	ANCESTOR("parent2", ancestors[1]),
	ANCESTOR("parent3", ancestors[2]),
	ANCESTOR("parent4", ancestors[3]),
	ANCESTOR("tracer", tracer),
	NUMBER("source_interface", source.interface),
	NUMBER("leads_unit", leads_unit),
	NUMBER("is_replaced", is_replaced),
	NUMBER("has_host_path", has_host_path),
	NUMBER("wears_mta", wears_mta),
	NUMBER("has_mac", source.has_mac),
};
static_assert(SW_ANCESTOR_COUNT == 4, "as many have names here");

/* A text that lies in the actor. */
static const struct {
	const char *name;
	size_t offset;
	size_t size;
} inner_texts[] = {
	NUMBER("comm", identity.comm),
	NUMBER("parent_comm", identity.ancestors[0].comm),
	NUMBER("parent2_comm", identity.ancestors[1].comm),
	NUMBER("parent3_comm", identity.ancestors[2].comm),
	NUMBER("parent4_comm", identity.ancestors[3].comm),
	NUMBER("tracer_comm", identity.tracer.comm),
	NUMBER("interface", interface_name),
	NUMBER("user", user_name),
	NUMBER("subordinate_of", owner_name),
	NUMBER("mta", mta_name),
};

static const char *origin_name(size_t number)
{
	return actor_origin_name((enum actor_origin)number);
}

static const char *role_name(size_t number)
{
	return actor_role_name((enum actor_role)number);
}

static const char *source_name(size_t number)
{
	return script_source_name((enum script_source)number);
}

static uint64_t get_number(const struct actor *actor, const struct number *number)
{
	const char *at = (const char *)actor + number->offset;
	uint64_t value;
	uint32_t word;

	if (number->size == sizeof(bool))
		return *at != 0;
	if (number->size == sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		return word;
	}
	memcpy(&value, at, sizeof(value));
	return value;
}

static void set_number(struct actor *actor, const struct number *number, struct keep_line *line)
{
	char *at = (char *)actor + number->offset;

	if (number->size == sizeof(bool)) {
		*(bool *)at = keep_flag(line, number->name);
	} else if (number->size == sizeof(uint32_t)) {
		uint32_t word = (uint32_t)keep_number(line, number->name, UINT32_MAX);
		memcpy(at, &word, sizeof(word));
	} else {
		uint64_t value = keep_number(line, number->name, UINT64_MAX);
		memcpy(at, &value, sizeof(value));
	}
}

static void keep_script(FILE *stream, const struct script *script)
{
	if (!script)
		return;
	keep_put_text(stream, "script_source", script_source_name(script->source));
	keep_put_number(stream, "script_inherited", script->inherited);
	keep_put_number(stream, "script_claimed", script->claimed);
	keep_put_number(stream, "script_one_liner", script->one_liner);
	keep_put_number(stream, "script_deleted", script->deleted);
	keep_put_number(stream, "script_cut", script->cut);
	keep_put_text(stream, "script", script->path);
	keep_put_text(stream, "url", script->url);
	keep_put_text(stream, "method", script->method);
	keep_put_text(stream, "pool", script->pool);
	keep_put_text(stream, "site", script->site);
}

static void keep_unit(FILE *stream, const struct unit *unit)
{
	if (!unit)
		return;
	keep_put_number(stream, "has_unit", 1);
	keep_put_text(stream, "unit", unit->name);
	keep_put_text(stream, "slice", unit->slice);
	keep_put_text(stream, "container_runtime", unit->container_runtime);
	keep_put_text(stream, "container_id", unit->container_id);
	keep_put_text(stream, "container_name", unit->container_name);
	keep_put_text(stream, "container_image", unit->container_image);
}

void actor_keep(FILE *stream, uint64_t id, const struct actor *actor)
{
	keep_begin(stream, ACTOR_KEEP_KIND);
	keep_put_number(stream, "id", id);
	keep_put_text(stream, "origin", actor_origin_name(actor->origin));
	keep_put_text(stream, "role", actor_role_name(actor->role));
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		keep_put_number(stream, numbers[i].name, get_number(actor, &numbers[i]));
	for (size_t i = 0; i < COUNT_OF(inner_texts); i++) {
		const char *text = (const char *)actor + inner_texts[i].offset;
		if (text[0])
			keep_put_bytes(stream, inner_texts[i].name, text, strnlen(text, inner_texts[i].size));
	}
	if (actor->origin != ACTOR_ORIGIN_PROCESS) {
		keep_put_bytes(stream, "address", &actor->source.address, sizeof(actor->source.address));
		keep_put_bytes(stream, "mac", actor->source.mac, sizeof(actor->source.mac));
	}
	keep_put_text(stream, "executable", actor->executable);
	if (actor->argv_size > 0)
		keep_put_bytes(stream, "argv", actor->argv, actor->argv_size);
	keep_put_text(stream, "cwd", actor->cwd);
	keep_script(stream, actor->script);
	keep_unit(stream, actor->unit);
	keep_end(stream);
}

/* Borrowed from the line, to be copied. */
static char *text_of(struct keep_line *line, const char *name)
{
	return (char *)keep_text(line, name);
}

static struct script script_of(struct keep_line *line)
{
	return (struct script){
		.source = (enum script_source)keep_choice(line, "script_source", source_name, SCRIPT_SOURCE_COUNT),
		.inherited = keep_flag(line, "script_inherited"),
		.claimed = keep_flag(line, "script_claimed"),
		.one_liner = keep_flag(line, "script_one_liner"),
		.deleted = keep_flag(line, "script_deleted"),
		.cut = keep_flag(line, "script_cut"),
		.path = text_of(line, "script"),
		.url = text_of(line, "url"),
		.method = text_of(line, "method"),
		.pool = text_of(line, "pool"),
		.site = text_of(line, "site"),
	};
}

static struct unit unit_of(struct keep_line *line)
{
	return (struct unit){
		.name = text_of(line, "unit"),
		.slice = text_of(line, "slice"),
		.container_runtime = text_of(line, "container_runtime"),
		.container_id = text_of(line, "container_id"),
		.container_name = text_of(line, "container_name"),
		.container_image = text_of(line, "container_image"),
	};
}

/* All that lies in the actor itself, and of its texts what the line has. */
static void fill_in(struct keep_line *line, struct actor *actor)
{
	size_t argv_size;

	actor->origin = (enum actor_origin)keep_choice(line, "origin", origin_name, ACTOR_ORIGIN_COUNT);
	actor->role = (enum actor_role)keep_choice(line, "role", role_name, ACTOR_ROLE_COUNT);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		set_number(actor, &numbers[i], line);
	for (size_t i = 0; i < COUNT_OF(inner_texts); i++)
		keep_copy_text(line, inner_texts[i].name, (char *)actor + inner_texts[i].offset, inner_texts[i].size);
	keep_copy_bytes(line, "address", &actor->source.address, sizeof(actor->source.address));
	keep_copy_bytes(line, "mac", actor->source.mac, sizeof(actor->source.mac));
	actor->executable = text_of(line, "executable");
	actor->cwd = text_of(line, "cwd");
	actor->argv = (char *)keep_bytes(line, "argv", &argv_size);
	actor->argv_size = argv_size;
	if (argv_size > ARGV_SIZE_MAX)
		line->is_bad = true;
	if (argv_size == 0)
		actor->argv = NULL;
}

int actor_restore(struct keep_line *line, uint64_t *ret_id, struct actor *ret_actor)
{
	struct actor like = {0};
	const struct script script = script_of(line);
	const struct unit unit = unit_of(line);
	uint64_t id = keep_number(line, "id", UINT64_MAX);

	fill_in(line, &like);
	bool has_unit = keep_flag(line, "has_unit");
	if (line->is_bad)
		return -EINVAL;
	bool has_script = script.source != SCRIPT_SOURCE_NONE;
	like.script = has_script ? script_new(&script) : NULL;
	like.unit = has_unit ? unit_new(&unit) : NULL;
	bool is_whole = (!has_script || like.script) && (!has_unit || like.unit);
	int error = is_whole ? actor_copy(ret_actor, &like) : -ENOMEM;
	script_unref(like.script);
	unit_unref(like.unit);
	if (!error)
		*ret_id = id;
	return error;
}
