// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/runs.h"

#include <errno.h>
#include <string.h>

#define BIT(number) (1U << (number))
#define CONNECTION_PARTS (BIT(PART_FLOW) | BIT(PART_LOCAL) | BIT(PART_REMOTE))
#define OWN_DEPTH 2 /* how many objects are open in "smtpwatch", and in "event" */

static const enum run runs[SECTION_COUNT] = {
	[SECTION_START] = RUN_CONNECTION,       [SECTION_ENDS] = RUN_CONNECTION, [SECTION_SOURCE] = RUN_CONNECTION,
	[SECTION_DESTINATION] = RUN_CONNECTION, [SECTION_TAIL] = RUN_CONNECTION, [SECTION_FLOW] = RUN_CONNECTION,
	[SECTION_MX] = RUN_CONNECTION,          [SECTION_TALK] = RUN_GREETING,   [SECTION_GREETING] = RUN_GREETING,
};

static const struct frame *innermost(const struct recorded_reader *reader)
{
	return &reader->frames[reader->depth - 1];
}

static bool is_in_own(const struct recorded_reader *reader)
{
	return reader->depth == OWN_DEPTH && innermost(reader)->object == SECTION_OWN;
}

/* What a connection sent is said at its end: no line with that run follows. */
static void keep_connection(struct recorded_reader *reader, const char *run, size_t size)
{
	const struct scratch *scratch = &reader->scratch;

	reader->connection = NULL;
	if (scratch->flow.bytes_sent || scratch->flow.bytes_received) {
		connection_cache_forget(reader->connections, run, size);
		return;
	}
	struct kept_connection *kept = is_in_own(reader) ? connection_cache_add(reader->connections, run, size) : NULL;
	reader->connection = kept;
	if (!kept)
		return;
	connection_copy_flow(&kept->flow, &scratch->flow);
	kept->local = scratch->local;
	kept->remote = scratch->remote;
	kept->parts = reader->parts_seen & CONNECTION_PARTS;
}

/* It ends within "dialogue", or behind it. */
static void keep_greeting(struct recorded_reader *reader, const char *run, size_t size)
{
	bool is_within = reader->depth == OWN_DEPTH + 1 && innermost(reader)->object == SECTION_DIALOGUE;

	if (!reader->connection || (!is_within && !is_in_own(reader)))
		return;
	kept_connection_greet(reader->connection, run, size, &reader->scratch.dialogue);
	reader->connection->greeting_depth = reader->depth;
}

/* A run has the comma behind it. What is the first of its object has none before it. */
static void end_run(struct recorded_reader *reader)
{
	static void (*const keepers[])(struct recorded_reader *, const char *, size_t) = {
		[RUN_CONNECTION] = keep_connection,
		[RUN_GREETING] = keep_greeting,
	};
	const char *begin = reader->run_begin;
	enum run run = reader->run;

	reader->run = RUN_NONE;
	if (reader->comma && reader->comma > begin)
		keepers[run](reader, begin, (size_t)(reader->comma + 1 - begin));
}

static void begin_run(struct recorded_reader *reader, enum run run, const char *key)
{
	reader->run = run;
	reader->run_begin = key;
}

/* What comes behind a run has an expectation of its own. */
static void stand_behind(struct recorded_reader *reader, const char *key, const struct kept_run *kept, enum run run)
{
	reader->lexer.at = key + kept->size - 1;
	reader->is_first = false;
	reader->latest = (int)recorded_field_count + (int)run;
}

static bool take_connection(struct recorded_reader *reader, const char *key)
{
	/* Of a dialogue that was read the texts may be those of a connection that would be given up. */
	if (reader->depth != OWN_DEPTH || reader->run != RUN_NONE ||
	    reader->parts_seen & (CONNECTION_PARTS | BIT(PART_DIALOGUE)))
		return false;
	struct kept_connection *kept = connection_cache_find(reader->connections, key, reader->lexer.end);
	reader->connection = kept;
	reader->known_connections += kept != NULL;
	if (!kept) {
		begin_run(reader, RUN_CONNECTION, key);
		return false;
	}
	connection_copy_flow(&reader->scratch.flow, &kept->flow);
	reader->scratch.local = kept->local;
	reader->scratch.remote = kept->remote;
	reader->parts_seen |= kept->parts;
	stand_behind(reader, key, &kept->run, RUN_CONNECTION);
	reader->frames[reader->depth - 1] = (struct frame){.object = SECTION_OWN, .list_number = -1};
	return true;
}

static bool take_greeting(struct recorded_reader *reader, const char *key)
{
	struct kept_connection *connection = reader->connection;

	if (!connection || !is_in_own(reader) || reader->parts_seen & BIT(PART_DIALOGUE))
		return false;
	if (!kept_run_is_at(&connection->greeting, key, reader->lexer.end)) {
		begin_run(reader, RUN_GREETING, key);
		return false;
	}
	reader->scratch.dialogue = connection->dialogue;
	reader->parts_seen |= BIT(PART_DIALOGUE);
	reader->known_greetings++;
	stand_behind(reader, key, &connection->greeting, RUN_GREETING);
	if (connection->greeting_depth > reader->depth)
		reader->frames[reader->depth++] = (struct frame){.object = SECTION_DIALOGUE, .list_number = -1};
	return true;
}

/* Lines of one connection are mostly of one actor. */
static bool take_actor(struct recorded_reader *reader, const char *key)
{
	struct lexer *lexer = &reader->lexer;
	struct kept_connection *connection = reader->connection;
	size_t size = (size_t)(lexer->end - key);

	if (reader->actor_seen || !is_in_own(reader))
		return false;
	if (connection && connection->actor.size == size)
		reader->known = actor_cache_find_again(reader->actors, &connection->actor, key);
	if (!reader->known)
		reader->known = actor_cache_find(reader->actors, key, size);
	if (!reader->known) {
		reader->actor_run = key;
		return false;
	}
	if (connection)
		connection->actor = reader->known->key;
	lexer->at = lexer->end;
	reader->depth = 0;
	return true;
}

bool runs_take(struct recorded_reader *reader, const char *key, const struct field *field)
{
	if (reader->run != RUN_NONE && reader->run != runs[field->section])
		end_run(reader);
	if (field->section == SECTION_START)
		return take_connection(reader, key);
	if (field->section == SECTION_TALK)
		return take_greeting(reader, key);
	return field->section == SECTION_ACTOR && field->part == PART_ACTOR &&
	       field->offset == offsetof(struct actor, role) && take_actor(reader, key);
}

int runs_keep_actor(struct recorded_reader *reader, struct kept_actor *kept)
{
	const char *end = reader->lexer.end;
	const char *run = reader->actor_run;

	reader->known = kept;
	if (!run || end - run > ACTOR_CACHE_RUN_MAX) {
		kept_actor_free(reader->loose);
		reader->loose = kept;
		return 0;
	}
	if (!actor_cache_add(reader->actors, run, (size_t)(end - run), kept))
		return -ENOMEM;
	if (reader->connection)
		reader->connection->actor = kept->key;
	return 0;
}
