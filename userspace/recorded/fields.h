/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: the table of what a line of recorded observations says. Each row is a field: where in the JSON
 * object it stands, where in the structs, and how one becomes the other. The writer and the reader go by it, so that
 * neither knows of a field that the other does not.
 */
#ifndef SMTPWATCH_RECORDED_FIELDS_H
#define SMTPWATCH_RECORDED_FIELDS_H

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Rows that belong together, in the order in which the writer goes through them. OWN is "smtpwatch". Some sections go
 * on with the object of another (section_object()), so that what is the same in many lines is one run of bytes in each:
 * of a connection from START to MX, of its greeting TALK and GREETING, and of the actor all that comes last.
 */
enum section {
	SECTION_ROOT,
	SECTION_ENDS, /* goes on with ROOT */
	SECTION_TAIL, /* the same: what the writer leaves open for the actor */
	SECTION_EVENT,
	SECTION_START, /* goes on with EVENT */
	SECTION_SOURCE,
	SECTION_DESTINATION,
	SECTION_FLOW, /* begins OWN */
	SECTION_OWN,
	SECTION_TALK,   /* goes on with OWN */
	SECTION_ANSWER, /* the same */
	SECTION_MX,
	SECTION_CHANGE,
	SECTION_OBSERVED,
	SECTION_SAID,
	SECTION_QUERY,
	SECTION_GREETING, /* begins DIALOGUE */
	SECTION_DIALOGUE,
	SECTION_REPLY,
	SECTION_ENDPOINT,
	SECTION_ACTOR, /* goes on with OWN */
	SECTION_WIRE_SOURCE,
	SECTION_SCRIPT,
	SECTION_EXECUTABLE,
	SECTION_IDENTITY,
	SECTION_ANCESTOR,
	SECTION_ANCESTOR_USER,
	SECTION_PERSON, /* goes on with ROOT */
	SECTION_PROCESS,
	SECTION_THREAD,
	SECTION_HOST,
	SECTION_USER,
	SECTION_EFFECTIVE,
	SECTION_CONTAINER,
	SECTION_OBSERVER,
	SECTION_INGRESS,
	SECTION_INTERFACE,
	SECTION_COUNT,
};

/* The struct that a field lies in. */
enum part {
	PART_NONE,  /* none: it is there to hold others */
	PART_BASE,  /* what the object around it says */
	PART_MARKS, /* struct line_marks */
	PART_SPAN,  /* struct line_span */
	PART_OBSERVATION,
	PART_CHANGE,
	PART_LOCAL,           /* struct endpoint: the flow's, or else the observation's */
	PART_REMOTE,          /* the same */
	PART_OBSERVED_LOCAL,  /* the observation's, where it is not the flow's */
	PART_OBSERVED_REMOTE, /* the same */
	PART_SAID,            /* struct dialogue_event */
	PART_NAME,            /* struct name_event */
	PART_FLOW,
	PART_FLOW_SCRIPT, /* where it is not the actor's */
	PART_DIALOGUE,
	PART_ACTOR,
	PART_SCRIPT,
	PART_UNIT,
	PART_HOST, /* struct line_host */
	PART_COUNT,
};

/* What a line says of its fields. */
struct line_marks {
	uint32_t action;          /* a row of recorded_actions */
	bool flow_scriptless;     /* there is no script of the flow, though there is one of the actor */
	uint64_t process_wall_ns; /* when the process began, CLOCK_REALTIME; never written */
};

/* How long the flow was. It is told apart from the flow, as it changes and stands before what does not. */
struct line_span {
	uint64_t duration_ns;
};

/* Which host it was. It is said with the actor, as it is another as seldom. */
struct line_host {
	char name[NAME_SIZE]; /* empty: not known */
};

enum field_kind {
	FIELD_OBJECT,     /* argument: its section. A part other than NONE is its base */
	FIELD_ANCESTORS,  /* a list of SECTION_ANCESTOR: those behind the first */
	FIELD_CONSTANT,   /* text: what stands there; passed over by the reader */
	FIELD_NUMBER,     /* size 1, 2, 4 or 8; argument: what it is where the field is absent. Here and below */
	FIELD_ID,         /* the same in quotes */
	FIELD_LIKE,       /* uint32_t; argument: where in the same struct stands what it is where the field is absent */
	FIELD_LIKE_ID,    /* the same in quotes */
	FIELD_HEX,        /* uint64_t, in quotes */
	FIELD_TRUE,       /* bool: true, or absent */
	FIELD_FLAG,       /* argument: a bit of a uint32_t */
	FIELD_NAMED,      /* an enum; argument: the list of its names */
	FIELD_TEXT,       /* char *; absent: NULL */
	FIELD_WORDS,      /* char *; absent: NULL, or empty */
	FIELD_CHARS,      /* char[size]; absent: empty */
	FIELD_ARGV,       /* of a struct actor: argv and argv_size */
	FIELD_TIME,       /* uint64_t: nanoseconds as RFC 3339, in UTC */
	FIELD_ADDRESS,    /* struct address; absent: zero */
	FIELD_MAC,        /* of a struct wire_source: mac and has_mac */
	FIELD_ENHANCED,   /* struct enhanced_code */
	FIELD_EXTENSIONS, /* uint32_t: a list of their names */
	FIELD_EHLO,       /* of a struct dialogue: helo, where is_extended */
	FIELD_HELO,       /* the same where it is not */
	FIELD_KIND_COUNT,
};

struct field {
	const char *name;
	enum section section;
	enum part part;
	enum field_kind kind;
	bool always; /* it is written also where it is zero */
	size_t offset;
	size_t size;
	uint32_t argument;
	const char *text;
};

extern const struct field recorded_fields[];
extern const size_t recorded_field_count;

/* The section whose object it is a part of: OWN of ACTOR, ROOT of PERSON; mostly itself. */
enum section section_object(enum section section);

/* The last of the sections that the writer puts into an object in one go, from this one on. */
enum section section_last(enum section section);

/* Lists of names. */
enum name_list {
	LIST_ACTION,
	LIST_ROLE,
	LIST_ORIGIN,
	LIST_SCRIPT_SOURCE,
	LIST_SCOPE,
	LIST_OUTCOME,
	LIST_STAGE,
	LIST_TLS,
	LIST_MISFIT,
	LIST_ENDING,
	LIST_CLASS,
	LIST_EXTENSION,
	LIST_COUNT,
};

/* How many names a list has, and the name of a value below that. */
size_t name_list_size(enum name_list list);
const char *name_list_name(enum name_list list, uint32_t value);

/* The value of LIST_ACTION that stands for what was observed; LIST_ACTION's size: it has none. */
uint32_t recorded_action_of(const struct observation *observation);

/* What such a value says: the kind, and of a dialogue or a name that of its event. */
enum observation_kind recorded_action_kind(uint32_t action);
uint32_t recorded_action_event(uint32_t action);

#endif
