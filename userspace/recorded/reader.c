// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/reader.h"

#include "lib/text.h"
#include "recorded/reader_state.h"
#include "recorded/runs.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void point_parts(struct recorded_reader *reader)
{
	struct scratch *scratch = &reader->scratch;
	void *const parts[PART_COUNT] = {
		[PART_MARKS] = &scratch->marks,
		[PART_SPAN] = &scratch->span,
		[PART_OBSERVATION] = &scratch->observation,
		[PART_CHANGE] = &scratch->change,
		[PART_LOCAL] = &scratch->local,
		[PART_REMOTE] = &scratch->remote,
		[PART_OBSERVED_LOCAL] = &scratch->observed_local,
		[PART_OBSERVED_REMOTE] = &scratch->observed_remote,
		[PART_SAID] = &scratch->said,
		[PART_NAME] = &scratch->name,
		[PART_FLOW] = &scratch->flow,
		[PART_FLOW_SCRIPT] = &scratch->flow_script,
		[PART_DIALOGUE] = &scratch->dialogue,
		[PART_ACTOR] = &reader->actor,
		[PART_SCRIPT] = &reader->actor_script,
		[PART_UNIT] = &reader->unit,
		[PART_HOST] = &reader->host,
	};

	for (int part = 0; part < PART_COUNT; part++)
		reader->parts[part] = parts[part] ? parts[part] : reader->nothing;
}

/* What fields of the actor are where a line does not have them. */
static void fill_preset(struct actor *preset)
{
	for (size_t i = 0; i < recorded_field_count; i++) {
		const struct field *field = &recorded_fields[i];
		const uint32_t unknown = UINT32_MAX;
		if (field->part != PART_ACTOR)
			continue;
		if ((field->kind == FIELD_NUMBER || field->kind == FIELD_ID) && field->argument)
			memcpy((char *)preset + field->offset, &field->argument, sizeof(field->argument));
		if (field->kind == FIELD_LIKE || field->kind == FIELD_LIKE_ID)
			memcpy((char *)preset + field->offset, &unknown, sizeof(unknown));
	}
}

struct recorded_reader *recorded_reader_new(void)
{
	_cleanup_(cleanup_recorded_reader_free) struct recorded_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	assert(recorded_field_count + RUN_COUNT <= EXPECTED_ROWS);
	reader->words = words_new();
	reader->expected = calloc((1 + name_list_size(LIST_ACTION)) * EXPECTED_ROWS, sizeof(*reader->expected));
	reader->actors = actor_cache_new();
	reader->connections = connection_cache_new();
	reader->lexer.room = reader->room;
	point_parts(reader);
	fill_preset(&reader->preset);
	return reader->words && reader->expected && reader->actors && reader->connections ? TAKE_PTR(reader) : NULL;
}

void recorded_reader_free(struct recorded_reader *reader)
{
	if (!reader)
		return;
	kept_actor_free(reader->loose);
	script_unref(reader->script);
	table_free(reader->actors);
	words_free(reader->words);
	connection_cache_free(reader->connections);
	free(reader->expected);
	free(reader);
}

void recorded_reader_begin(struct recorded_reader *reader, const char *file)
{
	text_escape(reader->file, sizeof(reader->file), file, strlen(file));
	reader->line_number = 0;
}

const char *recorded_reader_problem(const struct recorded_reader *reader)
{
	return reader->problem;
}

uint64_t recorded_reader_known_actors(const struct recorded_reader *reader)
{
	return reader->known_actors;
}

uint64_t recorded_reader_known_connections(const struct recorded_reader *reader)
{
	return reader->known_connections;
}

uint64_t recorded_reader_known_greetings(const struct recorded_reader *reader)
{
	return reader->known_greetings;
}

static void clear_scratch(struct recorded_reader *reader)
{
	struct flow *flow = &reader->scratch.flow;

	memset(&reader->scratch, 0, offsetof(struct scratch, flow.domain));
	flow->domain[0] = '\0';
	flow->mx_domain[0] = '\0';
	memset(&flow->mx_preference, 0, sizeof(*flow) - offsetof(struct flow, mx_preference));
	reader->scratch.marks.action = UINT32_MAX;
	reader->parts_seen = 0;
	reader->actor_seen = false;
	reader->run = RUN_NONE;
	reader->comma = NULL;
	reader->actor_run = NULL;
	reader->known = NULL;
	reader->connection = NULL;
	reader->depth = 0;
	reader->latest = 0;
}

static bool has_part(const struct recorded_reader *reader, enum part part)
{
	return reader->parts_seen & 1U << part;
}

/* Numbers that are those of others where the line does not have them. */
static void resolve_likes(struct sw_identity *identity)
{
	if (identity->euid == UINT32_MAX)
		identity->euid = identity->key.uid;
	if (identity->tid == UINT32_MAX)
		identity->tid = identity->key.pid;
}

/* The actor of a line that was taken apart. */
static int keep_actor(struct recorded_reader *reader)
{
	struct actor *actor = &reader->actor;

	resolve_likes(&actor->identity);
	struct kept_actor *kept = kept_actor_new(actor, has_part(reader, PART_SCRIPT) ? &reader->actor_script : NULL,
						 has_part(reader, PART_UNIT) ? &reader->unit : NULL);
	if (!kept)
		return -ENOMEM;
	kept->process_wall_ns = reader->scratch.marks.process_wall_ns;
	memcpy(&kept->host, &reader->host, sizeof(kept->host));
	return runs_keep_actor(reader, kept);
}

/* The flow's own script, which may outlive the line in a copy of the flow. It is made anew only where it is another. */
static int keep_script(struct recorded_reader *reader, struct flow *flow)
{
	if (!has_part(reader, PART_FLOW_SCRIPT)) {
		const struct actor *actor = reader->scratch.change.actor;
		flow->script = actor && !reader->scratch.marks.flow_scriptless ? actor->script : NULL;
		return 0;
	}
	if (!reader->script || !script_is_like(reader->script, &reader->scratch.flow_script)) {
		script_unref(reader->script);
		reader->script = script_new(&reader->scratch.flow_script);
	}
	flow->script = reader->script;
	return reader->script ? 0 : -ENOMEM;
}

/* A process whose start is known by CLOCK_REALTIME alone is as old as that says. */
static void place_start(const struct recorded_reader *reader, struct kept_actor *kept)
{
	const struct observation *observation = &reader->scratch.observation;
	uint64_t start_ns = kept->start_ns ? kept->start_ns + reader->timeline.offset_ns : 0;

	if (kept->process_wall_ns && !start_ns) {
		uint64_t age_ns =
			observation->wall_ns > kept->process_wall_ns ? observation->wall_ns - kept->process_wall_ns : 0;
		start_ns = observation->time_ns > age_ns ? observation->time_ns - age_ns : 1;
	}
	kept->actor.identity.key.start_ns = start_ns;
}

static void fill_observation(struct recorded_reader *reader)
{
	struct scratch *scratch = &reader->scratch;
	struct observation *observation = &scratch->observation;
	uint32_t action = scratch->marks.action;

	scratch->flow.duration_ns = scratch->span.duration_ns;
	observation->kind = recorded_action_kind(action);
	observation->flow_id = scratch->flow.id;
	observation->local = has_part(reader, PART_OBSERVED_LOCAL) ? scratch->observed_local : scratch->local;
	observation->remote = has_part(reader, PART_OBSERVED_REMOTE) ? scratch->observed_remote : scratch->remote;
	if (observation->kind == OBSERVATION_DIALOGUE) {
		scratch->said.kind = (enum dialogue_event_kind)recorded_action_event(action);
		scratch->said.wall_ns = observation->wall_ns;
		scratch->said.wire_id = scratch->flow.wire_id;
		scratch->said.local = observation->local;
		scratch->said.remote = observation->remote;
		observation->dialogue = &scratch->said;
	}
	if (observation->kind == OBSERVATION_NAME) {
		scratch->name.kind = (enum name_event_kind)recorded_action_event(action);
		scratch->name.wall_ns = observation->wall_ns;
		scratch->name.asker = observation->local;
		scratch->name.server = observation->remote;
		observation->name = &scratch->name;
	}
	if (observation->kind == OBSERVATION_END) {
		observation->outcome = scratch->flow.outcome;
		observation->error = scratch->flow.error;
		observation->duration_ns = scratch->flow.duration_ns;
		observation->bytes_sent = scratch->flow.bytes_sent;
		observation->bytes_received = scratch->flow.bytes_received;
	}
}

/* What the kernel side would have said of whoever did it. */
static void describe_actor(struct observation *observation, const struct actor *actor)
{
	observation->actor = actor->identity.key;
	if (actor->origin == ACTOR_ORIGIN_PROCESS)
		observation->identity = &actor->identity;
	if (observation->kind != OBSERVATION_ATTEMPT && observation->kind != OBSERVATION_SUBMISSION)
		return;
	observation->executable = actor->executable;
	observation->argv = actor->argv;
	observation->argv_size = actor->argv_size;
	observation->cwd = actor->cwd;
	observation->script = actor->script;
}

/* A text that has to be there, if the line has what it belongs to: who reads it need not ask. */
static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void fill_said(struct scratch *scratch)
{
	if (scratch->observation.dialogue) {
		scratch->said.name = or_empty(scratch->said.name);
		scratch->said.text = or_empty(scratch->said.text);
	}
	if (scratch->observation.name)
		scratch->name.owner = or_empty(scratch->name.owner);
}

static int fill_flow(struct recorded_reader *reader)
{
	struct scratch *scratch = &reader->scratch;
	struct flow *flow = &scratch->flow;

	if (!has_part(reader, PART_FLOW) && !has_part(reader, PART_DIALOGUE) && !has_part(reader, PART_SPAN))
		return 0;
	flow->local = scratch->local;
	flow->remote = scratch->remote;
	flow->actor = scratch->observation.actor;
	flow->dialogue = has_part(reader, PART_DIALOGUE) ? &scratch->dialogue : NULL;
	flow->started_ns += flow->started_ns ? reader->timeline.offset_ns : 0;
	scratch->change.flow = flow;
	scratch->observation.network_namespace = flow->network_namespace;
	scratch->observation.adopted = flow->adopted;
	return keep_script(reader, flow);
}

static int fill(struct recorded_reader *reader, struct recorded_question *ret_question)
{
	struct scratch *scratch = &reader->scratch;
	struct observation *observation = &scratch->observation;

	if (scratch->marks.action == UINT32_MAX)
		return lexer_refuse(&reader->lexer, "ends, and there was no event.action");
	int error = reader->actor_seen && !reader->known ? keep_actor(reader) : 0;
	if (error)
		return error;
	if (observation->time_ns == 0)
		observation->time_ns = observation->wall_ns;
	observation->time_ns += timeline_take(&reader->timeline, observation->time_ns, observation->wall_ns);
	fill_observation(reader);
	fill_said(scratch);
	if (reader->known) {
		place_start(reader, reader->known);
		scratch->change.actor = &reader->known->actor;
		describe_actor(observation, scratch->change.actor);
	}
	error = fill_flow(reader);
	*ret_question = (struct recorded_question){
		.observation = observation,
		.change = &scratch->change,
		.host_name = reader->known && reader->known->host.name[0] ? reader->known->host.name : NULL,
	};
	return error;
}

static void describe_problem(struct recorded_reader *reader, const char *problem)
{
	const struct lexer *lexer = &reader->lexer;
	snprintf(reader->problem, sizeof(reader->problem), "%s:%" PRIu64 ":%td: what stands here %s", reader->file,
		 reader->line_number, lexer->at - lexer->start + 1, problem);
}

int recorded_read_line(struct recorded_reader *reader, const char *line, size_t size,
		       struct recorded_question *ret_question)
{
	struct lexer *lexer = &reader->lexer;

	reader->line_number++;
	while (size > 0 && lexer_is_one_of(line[size - 1], " \t\r\n"))
		size--;
	if (size == 0)
		return -ENODATA;
	lexer_begin(lexer, line, size);
	clear_scratch(reader);
	int error =
		size < RECORDED_LINE_MAX ? reader_parse(reader) : lexer_refuse(lexer, "begins a line that is too long");
	if (!error)
		reader->known_actors += reader->known != NULL;
	if (!error)
		error = fill(reader, ret_question);
	if (error == -EINVAL)
		describe_problem(reader, lexer->problem);
	return error;
}
