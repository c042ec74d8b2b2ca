/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: one table of options gives parsing, --help and the manual's list. */
#ifndef SMTPWATCH_CLIENT_ARGUMENTS_H
#define SMTPWATCH_CLIENT_ARGUMENTS_H

#include "client/commands.h"
#include "client/filter.h"
#include "view/columns.h"

#include <limits.h>
#include <smtpwatch/ledger.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Texts are borrowed from argv. */
struct arguments {
	enum client_command command;
	const char *incident; /* of explain */
	char socket[PATH_MAX];
	bool is_json;
	bool is_colourless;
	bool is_ascii;

	/* of top */
	bool is_batch;
	bool has_mouse;
	bool is_sorted;         /* `sort` was asked for */
	uint64_t interval;      /* seconds */
	uint64_t count;         /* pictures; 0: without end */
	uint64_t rows;          /* at most; 0: all */
	uint64_t width;         /* cells; 0: not asked for */
	const char *row_filter; /* NULL: none */
	enum ledger_by by;
	enum column sort;

	/* of events and alerts */
	bool is_following;
	uint64_t last; /* lines of the past */
	struct filter filter;
};

struct arguments_error {
	char message[512];
};

/*
 * Takes the command line apart. Without a command it is `top` where there is a terminal. 0, or -EINVAL with one
 * sentence. The daemon's socket is where RUNTIME_DIRECTORY says, unless an option does.
 */
int arguments_parse(int argc, char *argv[], bool is_terminal, struct arguments *ret_arguments,
		    struct arguments_error *ret_error);

void arguments_print_help(FILE *stream);

#endif
