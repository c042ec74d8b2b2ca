/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside identity/: the table of interpreters, and how the command line of each is to be read. */
#ifndef SMTPWATCH_IDENTITY_GRAMMAR_H
#define SMTPWATCH_IDENTITY_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

/* What an option does to the rest of the command line. One that no grammar names takes nothing. */
enum option_meaning {
	OPTION_ARGUMENT,      /* takes the rest of its word, or the next word where there is none */
	OPTION_ATTACHED,      /* takes the rest of its word */
	OPTION_COLON,         /* takes the rest of its word where that begins with ':' */
	OPTION_NEXT,          /* takes the next word; the letters behind it are options still */
	OPTION_CODE,          /* an argument that is the program */
	OPTION_OPTIONAL_CODE, /* the same, where the next word is no option */
	OPTION_SCRIPT,        /* an argument that is the script */
	OPTION_CODE_FOLLOWS,  /* the first word that is no option is the program */
	OPTION_INPUT,         /* the program is read from the input */
};

struct grammar_option {
	const char *name; /* one letter: -x. Longer: --name. NULL ends the list */
	enum option_meaning meaning;
};

/* A word in front of the script that says what is to be done: "deno run x.ts". */
struct grammar_command {
	const char *name; /* NULL ends the list */
	bool runs_code;   /* what follows is the program, not a script */
};

struct grammar {
	const struct grammar_option *options;
	const struct grammar_command *commands; /* NULL: it has none */
	bool dash_ends_options;                 /* "-" is "--"; else it is the input */
	bool dashes_are_input;                  /* "--": what follows is for a program that is read from there */
	bool plus_begins_option;                /* "+x" is read as "-x" */
	bool one_dash_is_enough;                /* for a long name */
	bool whole_words;                       /* "-ab" is one name; letters are not put together */
	bool equal_sign;                        /* between a letter and its argument is skipped */
	bool script_after_code;                 /* runs both; the script is what counts */
	bool unknown_is_input;                  /* an option it does not know makes it read its input */
	bool completes_names;                   /* of files, with ".js" and the like */
};

struct interpreter {
	const char *names[6];          /* of the executable, patterns of fnmatch(3); NULL ends them */
	const struct grammar *grammar; /* NULL: its arguments name no script */
	bool is_php;
	bool is_shell;     /* a tool by which others start commands */
	bool takes_applet; /* one file that is many programs, by argv[0] or the word behind it */
};

/* The first row that has the executable's name, or NULL. */
const struct interpreter *interpreter_find(const char *executable);

#endif
