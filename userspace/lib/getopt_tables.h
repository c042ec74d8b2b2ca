/* SPDX-License-Identifier: GPL-2.0-only */
/* What getopt_long(3) wants to know of options, made row by row from a table of one's own. */
#ifndef SMTPWATCH_LIB_GETOPT_TABLES_H
#define SMTPWATCH_LIB_GETOPT_TABLES_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define GETOPT_TABLES_MAX 64

/* Both tables are ended at any time. The letters begin with a colon: nothing is printed, and a value that is missing
 * gives
 * ':'. */
struct getopt_tables {
	char letters[2 * GETOPT_TABLES_MAX + 2];
	struct option names[GETOPT_TABLES_MAX + 1];
	size_t count;
};

void getopt_tables_begin(struct getopt_tables *tables);

/* `letter` 0: it has none; one that another option has already is that one's, too. `key` is what getopt_long() returns
 * for the long name. */
void getopt_tables_add(struct getopt_tables *tables, const char *name, char letter, bool has_argument, int key);

/* A line of --help: "  -n, --count COUNT  end after so many", with the long name and its argument (NULL: none) padded
 * to `width`. */
void getopt_tables_print(FILE *stream, const char *name, char letter, const char *argument, int width,
			 const char *meaning);

#endif
