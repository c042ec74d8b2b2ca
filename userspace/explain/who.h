/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who did it, as a JSON line says. All texts are borrowed from the line and as it has them: escaped. NULL: not known.
 */
#ifndef SMTPWATCH_EXPLAIN_WHO_H
#define SMTPWATCH_EXPLAIN_WHO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct who {
	const char *origin; /* NULL: a process; else "forwarded", "no-socket" or "wire", and only `source` is known */
	const char *source; /* address of a machine behind this host */
	const char *role;
	const char *executable;
	const char *user; /* the name; where there is none, the number */
	const char *user_id;
	const char *unit;
	const char *container; /* the name, or else the ID */
	const char *runtime;   /* of the container */
	const char *site;
	const char *script;
	const char *url;
	const char *method;
	const char *directory;
	const char *command_line;
	uint64_t pid;             /* 0: not known */
	bool is_executable_gone;  /* deleted, replaced or never a file */
	bool is_script_claimed;   /* the program that says so could be the user's own */
	bool is_script_inherited; /* an ancestor ran it */
	bool is_script_gone;
	bool is_script_cut;
	bool is_one_liner; /* the script's text stood in the command line */
};

struct who who_of_line(const json_t *line);

/* Only the script, from the object at `path`: "smtpwatch.script". What is not there is not known. */
void who_read_script(const json_t *line, const char *path, struct who *who);

/* Whether both have the same user, executable, script, unit, container and source. */
bool who_is_same(const struct who *left, const struct who *right);

/* The folder, that everyone may write to or that takes what visitors send, which the path lies below. NULL: none. */
const char *who_open_folder(const char *path);

/* The unit, unless it is named after one session or one start, which the next one is not: then NULL. */
const char *who_lasting_unit(const struct who *who);

#endif
