// SPDX-License-Identifier: GPL-2.0-only
#include "lib/getopt_tables.h"

#include <assert.h>
#include <string.h>

void getopt_tables_begin(struct getopt_tables *tables)
{
	*tables = (struct getopt_tables){.letters = ":"};
}

void getopt_tables_add(struct getopt_tables *tables, const char *name, char letter, bool has_argument, int key)
{
	size_t length = strlen(tables->letters);

	assert(tables->count < GETOPT_TABLES_MAX);
	tables->names[tables->count++] = (struct option){
		.name = name,
		.has_arg = has_argument ? required_argument : no_argument,
		.val = key,
	};
	if (letter == 0 || strchr(tables->letters, letter))
		return;
	tables->letters[length++] = letter;
	if (has_argument)
		tables->letters[length] = ':';
}

void getopt_tables_print(FILE *stream, const char *name, char letter, const char *argument, int width,
			 const char *meaning)
{
	char short_name[] = "    ";
	char long_name[32];

	if (letter != 0)
		snprintf(short_name, sizeof(short_name), "-%c, ", letter);
	snprintf(long_name, sizeof(long_name), "--%s%s%s", name, argument ? " " : "", argument ? argument : "");
	fprintf(stream, "  %s%-*s  %s\n", short_name, width, long_name, meaning);
}
