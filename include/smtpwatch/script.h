/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an interpreter was running when it connected or handed over mail. All of it is the process's own
 * word: it explains an alert and never excuses one. Text is as it was seen, not escaped.
 */
#ifndef SMTPWATCH_SCRIPT_H
#define SMTPWATCH_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/* How it is known. */
enum script_source {
	SCRIPT_SOURCE_NONE,
	SCRIPT_SOURCE_PHP_REQUEST, /* PHP's own record of the request, read from its memory */
	SCRIPT_SOURCE_PHP_PROBE,   /* PHP's static probes, where that record cannot be found */
	SCRIPT_SOURCE_ARGV,        /* an interpreter's arguments */
	SCRIPT_SOURCE_FPM_POOL,    /* only the pool is known, from the title of a php-fpm worker */
	SCRIPT_SOURCE_CWD,         /* only the working directory is known */
	SCRIPT_SOURCE_COUNT,
};

/* "php-request", "php-probe", "argv", "fpm-pool", "cwd"; "none". */
const char *script_source_name(enum script_source source);

/* A text that is not known is NULL. */
struct script {
	unsigned int references;
	enum script_source source;
	bool inherited; /* of an ancestor: it started, over any number of steps, the process that did it */
	bool claimed;   /* said by an executable that others than root can have made */
	bool one_liner; /* the program stands in the arguments (-e, -c): there is no path */
	bool deleted;   /* there is no file at `path` any more */
	bool cut;       /* `path` or `url` lost its end */
	char *path;     /* absolute, or as it was given where the working directory is not known; of SCRIPT_SOURCE_CWD
			 * the directory */
	char *url;      /* path and query of the request, as PHP got it */
	char *method;
	char *pool; /* of SCRIPT_SOURCE_FPM_POOL */
	char *site; /* the owner's name for it, by the table of layouts */
};

/* A copy with one reference and texts of its own. NULL: no memory. */
struct script *script_new(const struct script *like);
/* NULL is allowed, here and below. Returns `script`. */
struct script *script_ref(struct script *script);
void script_unref(struct script *script);

/* The path of a script that is a file; NULL where there is none, or only a pool or a directory is known. */
const char *script_file_path(const struct script *script);

/* Whether both say the same. */
bool script_is_like(const struct script *left, const struct script *right);

#endif
