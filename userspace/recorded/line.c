// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/line.h"

#include "lib/array.h"
#include "model/actors.h"
#include "recorded/fields.h"
#include "recorded/put.h"

#include <assert.h>
#include <string.h>

#define RUNS 1024 /* actors whose part of a line is kept; a power of two. Each is about 2 KiB */

/* How an actor was written, while it was in this state. */
struct actor_run {
	struct actor actor; /* a copy. That it holds references makes equal pointers mean equal contents */
	char *text;
	size_t size;
};

struct line_writer {
	struct actor_run runs[RUNS];
	struct line_host host;
	size_t sections[SECTION_COUNT + 1]; /* where the rows of each begin */
	char buffer[RECORDED_LINE_MAX];
};

struct parts {
	const void *of[PART_COUNT];
};

struct line_writer *line_writer_new(void)
{
	struct line_writer *writer = calloc(1, sizeof(*writer));
	size_t row = 0;

	if (!writer)
		return NULL;
	for (size_t section = 0; section <= SECTION_COUNT; section++) {
		while (row < recorded_field_count && recorded_fields[row].section < section)
			row++;
		writer->sections[section] = row;
	}
	return writer;
}

static void clear_run(struct actor_run *run)
{
	free(run->text);
	actor_clear(&run->actor);
	run->text = NULL;
}

void line_writer_free(struct line_writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < RUNS; i++)
		clear_run(&writer->runs[i]);
	free(writer);
}

void line_writer_set_host(struct line_writer *writer, const char *name)
{
	if (strcmp(writer->host.name, name ? name : "") == 0)
		return;
	snprintf(writer->host.name, sizeof(writer->host.name), "%s", name ? name : "");
	for (size_t i = 0; i < RUNS; i++)
		clear_run(&writer->runs[i]);
}

static uint64_t load(const void *at, size_t size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (size) {
	case sizeof(eight):
		memcpy(&eight, at, sizeof(eight));
		return eight;
	case sizeof(four):
		memcpy(&four, at, sizeof(four));
		return four;
	case sizeof(two):
		memcpy(&two, at, sizeof(two));
		return two;
	default:
		return *(const uint8_t *)at;
	}
}

static const void *start_of(const void *member, size_t offset)
{
	return (const char *)member - offset;
}

static void write_ancestors(const struct line_writer *writer, struct output *output, const void *at);

static void write_number(struct output *output, const struct field *field, const void *at)
{
	put_number(output, load(at, field->size));
}

static void write_id(struct output *output, const struct field *field, const void *at)
{
	put_bytes(output, "\"", 1);
	put_number(output, load(at, field->size));
	put_bytes(output, "\"", 1);
}

static void write_hex(struct output *output, const struct field *field, const void *at)
{
	put_hex(output, load(at, field->size));
}

static void write_true(struct output *output, const struct field *field, const void *at)
{
	(void)field;
	(void)at;
	put_bytes(output, "true", 4);
}

static void write_constant(struct output *output, const struct field *field, const void *at)
{
	(void)at;
	put_text(output, field->text, strlen(field->text));
}

static void write_named(struct output *output, const struct field *field, const void *at)
{
	const char *name = name_list_name((enum name_list)field->argument, (uint32_t)load(at, field->size));
	put_text(output, name, strlen(name));
}

static void write_text(struct output *output, const struct field *field, const void *at)
{
	const char *text = *(const char *const *)at;
	(void)field;
	put_text(output, text, strlen(text));
}

static void write_chars(struct output *output, const struct field *field, const void *at)
{
	put_text(output, at, strnlen(at, field->size));
}

static void write_argv(struct output *output, const struct field *field, const void *at)
{
	const struct actor *actor = start_of(at, offsetof(struct actor, argv));
	(void)field;
	put_text(output, actor->argv, actor->argv_size);
}

static void write_time(struct output *output, const struct field *field, const void *at)
{
	put_time(output, load(at, field->size));
}

static void write_address(struct output *output, const struct field *field, const void *at)
{
	(void)field;
	put_address(output, at);
}

static void write_mac(struct output *output, const struct field *field, const void *at)
{
	const struct wire_source *source = start_of(at, offsetof(struct wire_source, has_mac));
	(void)field;
	put_mac(output, source->mac);
}

static void write_enhanced(struct output *output, const struct field *field, const void *at)
{
	(void)field;
	put_enhanced(output, at);
}

static void write_extensions(struct output *output, const struct field *field, const void *at)
{
	uint32_t bits = (uint32_t)load(at, field->size);
	char opening = '[';

	for (uint32_t bit = 0; bit < name_list_size(LIST_EXTENSION); bit++) {
		if (!(bits & 1U << bit))
			continue;
		const char *name = name_list_name(LIST_EXTENSION, bit);
		put_bytes(output, &opening, 1);
		put_text(output, name, strlen(name));
		opening = ',';
	}
	put_bytes(output, "[]", opening == '[' ? 1 : 0);
	put_bytes(output, "]", 1);
}

static const struct {
	void (*write)(struct output *output, const struct field *field, const void *at);
	size_t probe; /* so many bytes say whether it is there; 0: as many as the field has */
} kinds[] = {
	[FIELD_CONSTANT] = {write_constant, 1},
	[FIELD_NUMBER] = {write_number, 0},
	[FIELD_ID] = {write_id, 0},
	[FIELD_LIKE] = {write_number, 0},
	[FIELD_LIKE_ID] = {write_id, 0},
	[FIELD_HEX] = {write_hex, 0},
	[FIELD_TRUE] = {write_true, 0},
	[FIELD_FLAG] = {write_true, 0},
	[FIELD_NAMED] = {write_named, 0},
	[FIELD_TEXT] = {write_text, 0},
	[FIELD_WORDS] = {write_text, 0},
	[FIELD_CHARS] = {write_chars, 1},
	[FIELD_ARGV] = {write_argv, 0},
	[FIELD_TIME] = {write_time, 0},
	[FIELD_ADDRESS] = {write_address, 1},
	[FIELD_MAC] = {write_mac, 0},
	[FIELD_ENHANCED] = {write_enhanced, 1},
	[FIELD_EXTENSIONS] = {write_extensions, 0},
	[FIELD_EHLO] = {write_text, 0},
	[FIELD_HELO] = {write_text, 0},
};
static_assert(COUNT_OF(kinds) == FIELD_KIND_COUNT, "each kind can be written");

static bool is_absent(const struct field *field, const void *at)
{
	static const struct address no_address;
	size_t probe = kinds[field->kind].probe ? kinds[field->kind].probe : field->size;

	if (field->kind == FIELD_ADDRESS)
		return memcmp(at, &no_address, sizeof(no_address)) == 0;
	uint64_t value = load(at, probe);
	if (field->kind == FIELD_NUMBER || field->kind == FIELD_ID)
		return value == field->argument;
	if (field->kind == FIELD_FLAG)
		return (value & field->argument) == 0;
	if (field->kind == FIELD_LIKE || field->kind == FIELD_LIKE_ID)
		return value == load((const char *)start_of(at, field->offset) + field->argument, field->size);
	if (value && field->kind == FIELD_WORDS)
		return **(const char *const *)at == '\0';
	if (value && (field->kind == FIELD_EHLO || field->kind == FIELD_HELO)) {
		const struct dialogue *dialogue = start_of(at, offsetof(struct dialogue, helo));
		return dialogue->is_extended != (field->kind == FIELD_EHLO);
	}
	return value == 0;
}

static void put_name(struct output *output, const char *name)
{
	put_bytes(output, "\"", 1);
	put_bytes(output, name, strlen(name));
	put_bytes(output, "\":", 2);
}

/* Puts the mark that ends an object or a list in the place of the comma behind its last field. */
static void close_with(struct output *output, const char *first, const char *mark)
{
	if (output->is_full)
		return;
	if (output->at > first && output->at[-1] == ',')
		output->at--;
	put_bytes(output, mark, strlen(mark));
}

static void write_section(const struct line_writer *writer, struct output *output, struct parts *parts,
			  enum section section);

/* One that comes to nothing is taken back, unless it says that there is something of which nothing is known. */
static void write_object(const struct line_writer *writer, struct output *output, struct parts *parts,
			 const struct field *field)
{
	const void *base = parts->of[PART_BASE];
	char *start = output->at;

	if (field->part != PART_NONE)
		parts->of[PART_BASE] = (const char *)parts->of[field->part] + field->offset;
	put_name(output, field->name);
	put_bytes(output, "{", 1);
	const char *first = output->at;
	write_section(writer, output, parts, (enum section)field->argument);
	parts->of[PART_BASE] = base;
	if (output->at == first && !field->always) {
		output->at = start;
		return;
	}
	close_with(output, first, "},");
}

static void write_section(const struct line_writer *writer, struct output *output, struct parts *parts,
			  enum section section)
{
	const struct field *end = recorded_fields + writer->sections[section_last(section) + 1];

	for (const struct field *field = recorded_fields + writer->sections[section]; field < end; field++) {
		const char *part = parts->of[field->part];
		if (!part && field->part != PART_NONE)
			continue;
		if (field->kind == FIELD_OBJECT) {
			write_object(writer, output, parts, field);
			continue;
		}
		const void *at = part ? part + field->offset : field->text;
		if (field->kind == FIELD_ANCESTORS) {
			write_ancestors(writer, output, at);
			continue;
		}
		if (!field->always && is_absent(field, at))
			continue;
		put_name(output, field->name);
		kinds[field->kind].write(output, field, at);
		put_bytes(output, ",", 1);
	}
}

static bool is_nobody(const struct sw_ancestor *ancestor)
{
	static const struct sw_ancestor nobody;
	return memcmp(ancestor, &nobody, sizeof(nobody)) == 0;
}

/* The first one is the parent, and stands there. */
static void write_ancestors(const struct line_writer *writer, struct output *output, const void *at)
{
	const struct sw_ancestor *ancestors = at;
	struct parts parts = {.of = {NULL}};
	int count = SW_ANCESTOR_COUNT;

	while (count > 1 && is_nobody(&ancestors[count - 1]))
		count--;
	if (count <= 1)
		return;
	const char *opening = output->at;
	put_bytes(output, "\"ancestors\":[", sizeof("\"ancestors\":[") - 1);
	for (int i = 1; i < count; i++) {
		parts.of[PART_BASE] = &ancestors[i];
		put_bytes(output, "{", 1);
		const char *first = output->at;
		write_section(writer, output, &parts, SECTION_ANCESTOR);
		close_with(output, first, "},");
	}
	close_with(output, opening, "],");
}

static bool is_same_text(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

/* Whether nothing that is written of an actor is another. The counts, which change with every attempt, are not. */
static bool is_same(const struct actor *left, const struct actor *right)
{
	return left->origin == right->origin && left->role == right->role && left->leads_unit == right->leads_unit &&
	       left->is_replaced == right->is_replaced && left->wears_mta == right->wears_mta &&
	       left->has_host_path == right->has_host_path && left->unit == right->unit &&
	       left->argv_size == right->argv_size &&
	       memcmp(&left->identity, &right->identity, sizeof(left->identity)) == 0 &&
	       memcmp(&left->source.address, &right->source.address, sizeof(left->source.address)) == 0 &&
	       left->source.interface == right->source.interface && left->source.has_mac == right->source.has_mac &&
	       memcmp(left->source.mac, right->source.mac, sizeof(left->source.mac)) == 0 &&
	       is_same_text(left->executable, right->executable) && is_same_text(left->cwd, right->cwd) &&
	       (!left->argv_size || memcmp(left->argv, right->argv, left->argv_size) == 0) &&
	       script_is_like(left->script, right->script) && strcmp(left->user_name, right->user_name) == 0 &&
	       strcmp(left->owner_name, right->owner_name) == 0 && strcmp(left->mta_name, right->mta_name) == 0 &&
	       strcmp(left->interface_name, right->interface_name) == 0;
}

static size_t write_run(struct line_writer *writer, const struct actor *actor)
{
	struct output output = {.at = writer->buffer, .end = writer->buffer + sizeof(writer->buffer)};
	struct parts parts = {.of = {
				      [PART_ACTOR] = actor,
				      [PART_SCRIPT] = actor->script,
				      [PART_UNIT] = actor->unit,
				      [PART_HOST] = &writer->host,
			      }};

	write_section(writer, &output, &parts, SECTION_ACTOR);
	close_with(&output, writer->buffer, "},");
	write_section(writer, &output, &parts, SECTION_PERSON);
	close_with(&output, writer->buffer, "}\n");
	return output.is_full ? 0 : (size_t)(output.at - writer->buffer);
}

/* Renews what is kept in its place. NULL: no memory, or it is too long for any line. */
static const struct actor_run *keep_run(struct line_writer *writer, struct actor_run *run, const struct actor *actor)
{
	size_t size = write_run(writer, actor);

	clear_run(run);
	if (size == 0 || actor_copy(&run->actor, actor) != 0)
		return NULL;
	run->text = malloc(size);
	if (!run->text) {
		clear_run(run);
		return NULL;
	}
	memcpy(run->text, writer->buffer, size);
	run->size = size;
	return run;
}

static const struct actor_run *find_run(struct line_writer *writer, const struct actor *actor)
{
	const struct sw_actor_key *key = &actor->identity.key;
	uint64_t hash = ((uint64_t)(uintptr_t)actor >> 4 ^ key->pid ^ key->start_ns) * 0x9e3779b97f4a7c15ULL;
	struct actor_run *run = &writer->runs[hash >> 32 & (RUNS - 1)];

	return run->text && is_same(&run->actor, actor) ? run : keep_run(writer, run, actor);
}

static bool is_same_endpoint(const struct endpoint *left, const struct endpoint *right)
{
	return left->port == right->port && memcmp(&left->address, &right->address, sizeof(left->address)) == 0;
}

static void find_ends(struct parts *parts, const struct observation *observation, const struct flow *flow)
{
	const struct endpoint *local = &observation->local;
	const struct endpoint *remote = &observation->remote;

	parts->of[PART_LOCAL] = flow ? &flow->local : local;
	parts->of[PART_REMOTE] = flow ? &flow->remote : remote;
	if (flow && !is_same_endpoint(&flow->local, local))
		parts->of[PART_OBSERVED_LOCAL] = local;
	if (flow && !is_same_endpoint(&flow->remote, remote))
		parts->of[PART_OBSERVED_REMOTE] = remote;
}

size_t line_write(struct line_writer *writer, const struct observation *observation, const struct model_change *change,
		  char *text, size_t size)
{
	struct output output = {.at = text, .end = text + size};
	const struct flow *flow = change->flow;
	struct line_marks marks = {.action = recorded_action_of(observation)};
	const struct line_span span = {.duration_ns = flow ? flow->duration_ns : 0};
	struct parts parts = {.of = {
				      [PART_MARKS] = &marks,
				      [PART_SPAN] = &span,
				      [PART_OBSERVATION] = observation,
				      [PART_CHANGE] = change,
				      [PART_SAID] = observation->dialogue,
				      [PART_NAME] = observation->name,
				      [PART_FLOW] = flow,
				      [PART_DIALOGUE] = flow ? flow->dialogue : NULL,
			      }};
	const struct actor_run *run = find_run(writer, change->actor);

	if (!run || marks.action == name_list_size(LIST_ACTION))
		return 0;
	find_ends(&parts, observation, flow);
	if (flow && !script_is_like(flow->script, change->actor->script))
		parts.of[PART_FLOW_SCRIPT] = flow->script;
	marks.flow_scriptless = flow && !flow->script && change->actor->script;
	put_bytes(&output, "{", 1);
	write_section(writer, &output, &parts, SECTION_ROOT);
	put_bytes(&output, "\"smtpwatch\":{", sizeof("\"smtpwatch\":{") - 1);
	write_section(writer, &output, &parts, SECTION_FLOW);
	put_bytes(&output, run->text, run->size);
	return output.is_full ? 0 : (size_t)(output.at - text);
}
