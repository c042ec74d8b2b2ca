/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside recorded/: what the files of the reader share. */
#ifndef SMTPWATCH_RECORDED_READER_STATE_H
#define SMTPWATCH_RECORDED_READER_STATE_H

#include "recorded/actor_cache.h"
#include "recorded/connection_cache.h"
#include "recorded/fields.h"
#include "recorded/lexer.h"
#include "recorded/reader.h"
#include "recorded/timeline.h"
#include "recorded/words.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/flow.h>

#define FRAMES_MAX 8 /* deeper objects have no row */
#define FILE_SHOWN 512
#define PROBLEM_SIZE (FILE_SHOWN + 256)

#define EXPECTED_ROWS 256 /* as many as there are fields, and runs behind them */
#define NAME_WORDS 2      /* of 8 bytes, with quotes and colon; longer names are looked up */

/* A name as it is written, and the row that it is of. Lines are much alike: what came behind a field last time comes
 * again. */
struct expectation {
	uint64_t words[NAME_WORDS];
	uint64_t masks[NAME_WORDS];
	size_t size; /* 0: there is none */
	enum section object;
	int row;
};

/* What is being read that can be known by its bytes: recorded/runs.h. */
enum run {
	RUN_NONE,
	RUN_CONNECTION,
	RUN_GREETING,
	RUN_COUNT,
};

/* An object that is being read. */
struct frame {
	enum section object;
	char *base;
	bool is_actor;   /* what it says is said of the actor */
	int list_number; /* of an ancestor in their list; -1: it is in none */
};

/* What a line says. The actor and what belongs to it is made anew only where it is taken apart. */
struct scratch {
	struct line_marks marks;
	struct line_span span;
	struct observation observation;
	struct model_change change;
	struct endpoint local;
	struct endpoint remote;
	struct endpoint observed_local;
	struct endpoint observed_remote;
	struct dialogue_event said;
	struct name_event name;
	struct dialogue dialogue;
	struct script flow_script;
	struct flow flow;
};

struct recorded_reader {
	struct words *words;
	struct expectation *expected; /* by action, and by row or, behind those, run: what came behind it last time */
	struct table *actors;
	struct connection_cache *connections;
	struct kept_actor *loose; /* of the latest line, where it is not in the table */
	struct script *script;    /* of the latest flow that has its own; a reference */
	struct lexer lexer;
	struct timeline timeline;
	struct frame frames[FRAMES_MAX];
	size_t depth;
	int latest;    /* the row that was read last, or 0 */
	bool is_first; /* nothing of the innermost object has been read */
	char *parts[PART_COUNT];
	char nothing[1]; /* what has no part */
	uint32_t parts_seen;
	bool actor_seen;
	enum run run;
	const char *run_begin;
	const char *comma;                  /* before the member that is being read; NULL: it is the first */
	const char *actor_run;              /* where the actor's part begins that is being taken apart; NULL: none is */
	struct kept_actor *known;           /* the line's actor, by its bytes */
	struct kept_connection *connection; /* the line's, if it is kept */
	struct scratch scratch;
	struct actor actor;
	struct script actor_script;
	struct unit unit;
	struct line_host host;
	struct sw_ancestor spare; /* for ancestors beyond those that there is room for */
	struct actor preset;      /* of which nothing is known */
	uint64_t line_number;
	uint64_t known_actors;
	uint64_t known_connections;
	uint64_t known_greetings;
	char file[FILE_SHOWN];
	char problem[PROBLEM_SIZE];
	char room[RECORDED_LINE_MAX];
};

/* Takes the line apart that the lexer is at, into the scratch, the actor and what belongs to it; or finds its actor by
 * his bytes. 0 or -EINVAL. */
int reader_parse(struct recorded_reader *reader);

#endif
