// SPDX-License-Identifier: GPL-2.0-only
#include "identity/scripts.h"

#include "identity/interpreters.h"
#include "identity/script_file.h"
#include "identity/sites.h"
#include "lib/array.h"
#include "lib/path.h"

#include <limits.h>
#include <smtpwatch/actor.h>
#include <string.h>

#define POOL_TITLE "php-fpm: pool " /* sapi/fpm/fpm/fpm_children.c */
#define POOL_SIZE SW_ARGV_SIZE
#define PROGRAM_NAME_SIZE 64 /* more than any interpreter's name has */

struct script_finder {
	struct sites *sites;
	bool url_query;

	/* The texts of the script that was found last. */
	char path[PATH_MAX];
	char url[SW_SCRIPT_URL_SIZE + 1];
	char method[SW_SCRIPT_METHOD_SIZE + 1];
	char pool[POOL_SIZE + 1];
	char site[SITE_SIZE];
};

struct script_finder *script_finder_new(char *const *sites, size_t site_count, bool url_query)
{
	_cleanup_(cleanup_script_finder_free) struct script_finder *finder = calloc(1, sizeof(*finder));
	const char *problem;

	if (!finder)
		return NULL;
	finder->url_query = url_query;
	finder->sites = sites_new();
	if (!finder->sites)
		return NULL;
	for (size_t i = 0; i < site_count; i++)
		if (sites_add(finder->sites, sites[i], &problem))
			return NULL;
	return TAKE_PTR(finder);
}

void script_finder_free(struct script_finder *finder)
{
	if (!finder)
		return;
	sites_free(finder->sites);
	free(finder);
}

/* Copies at most size - 1 bytes. Returns `target`, or NULL where there is no text. */
static char *copy_text(char *target, size_t size, const char *text, size_t text_size)
{
	size_t length = text_size < size ? text_size : size - 1;

	memcpy(target, text, length);
	target[length] = '\0';
	return length > 0 ? target : NULL;
}

static void find_site(struct script_finder *finder, const char *path, bool is_directory, struct script *script)
{
	char directory[PATH_MAX];

	/* A working directory is as the kernel wrote it, but it need not have come from there. */
	if (is_directory && path && path_resolve(NULL, path, strlen(path), directory, sizeof(directory)))
		path = directory;
	if (path && path[0] == '/' && sites_find(finder->sites, path, is_directory, finder->site))
		script->site = finder->site;
}

/* Puts the path of a script in, absolute where it is or the directory is known, and the site that it tells. */
static void place_path(struct script_finder *finder, const char *given, size_t given_size, const char *directory,
		       struct script *script)
{
	script->path = finder->path;
	if (path_resolve(directory, given, given_size, finder->path, sizeof(finder->path))) {
		find_site(finder, finder->path, false, script);
		return;
	}
	script->cut = script->cut || given_size >= sizeof(finder->path);
	copy_text(finder->path, sizeof(finder->path), given, given_size);
}

static bool is_flagged(const struct observation *observation, uint32_t flag)
{
	return observation->identity && observation->identity->flags & flag;
}

/* The working directory of the process, if all of it is known. */
static const char *own_directory(const struct observation *observation)
{
	return is_flagged(observation, SW_IDENTITY_CWD_CUT) ? NULL : observation->cwd;
}

/* Whether others than root can have made the executable, or have put it on. */
static bool is_claimed(const struct observation *observation)
{
	return !observation->identity || !executable_is_roots(observation->identity);
}

/* Copies the URL as far as it is to be shown. Returns whether something was left out on purpose. */
static bool take_url(struct script_finder *finder, const struct sw_script *kernel, struct script *script)
{
	size_t size = strnlen(kernel->url, sizeof(kernel->url));
	const char *query = memchr(kernel->url, '?', size);
	bool drop = query && !finder->url_query;

	if (drop)
		size = (size_t)(query - kernel->url);
	script->url = copy_text(finder->url, sizeof(finder->url), kernel->url, size);
	return drop;
}

/* What PHP calls the program where there is no file: sapi/cli/php_cli.c. The arguments say more. */
static bool is_no_file(const char *path)
{
	static const char *const names[] = {"Standard input code", "Command line code", "-"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

/* The file of a request. Without it there is still a URL: in php-fpm's shutdown functions. */
static void take_request_path(struct script_finder *finder, const struct observation *observation,
			      struct script *script)
{
	const struct sw_script *kernel = observation->kernel_script;
	size_t size = strnlen(kernel->path, sizeof(kernel->path));
	const char *directory = script->inherited ? NULL : own_directory(observation);
	char given[SW_SCRIPT_PATH_SIZE + 1];

	if (size == 0) {
		find_site(finder, directory, true, script);
		return;
	}
	place_path(finder, kernel->path, size, directory, script);
	if (script->cut || kernel->path[0] != '/')
		return;
	copy_text(given, sizeof(given), kernel->path, size);
	script->deleted = script_file_is_deleted(&observation->actor, given, true);
}

/* What PHP says of its request. */
static bool find_request(struct script_finder *finder, const struct observation *observation, struct script *script)
{
	const struct sw_script *kernel = observation->kernel_script;

	if (!kernel || (kernel->source != SW_SCRIPT_REQUEST && kernel->source != SW_SCRIPT_PROBE))
		return false;
	if ((!kernel->path[0] && !kernel->url[0]) || is_no_file(kernel->path))
		return false;
	script->source = kernel->source == SW_SCRIPT_REQUEST ? SCRIPT_SOURCE_PHP_REQUEST : SCRIPT_SOURCE_PHP_PROBE;
	script->inherited = kernel->flags & SW_SCRIPT_INHERITED;
	script->claimed = kernel->flags & SW_SCRIPT_CLAIMED;
	bool query_dropped = take_url(finder, kernel, script);
	/* What did not fit is the query mostly: where that is not shown, nothing shown has been cut. */
	bool path_is_whole = strnlen(kernel->path, sizeof(kernel->path)) < sizeof(kernel->path) - 1;
	script->cut = kernel->flags & SW_SCRIPT_CUT && !(query_dropped && path_is_whole);
	script->method = copy_text(finder->method, sizeof(finder->method), kernel->method,
				   strnlen(kernel->method, sizeof(kernel->method)));
	take_request_path(finder, observation, script);
	return true;
}

/* Puts in what was read from arguments that belong to `directory`, which is NULL where it is not known. */
static void take_argument(struct script_finder *finder, const struct observation *observation,
			  const struct interpreter_script *read, const char *directory, struct script *script)
{
	char given[SW_SCRIPT_PATH_SIZE + 1];

	script->source = SCRIPT_SOURCE_ARGV;
	script->one_liner = read->one_liner;
	if (read->one_liner) {
		find_site(finder, directory, true, script);
		return;
	}
	script->cut = read->cut;
	place_path(finder, read->text, read->size, directory, script);
	if (read->cut || read->may_be_longer || read->text[0] != '/' || read->size >= sizeof(given))
		return;
	copy_text(given, sizeof(given), read->text, read->size);
	script->deleted = script_file_is_deleted(&observation->actor, given, false);
}

/* The name that the program was called by: argv[0], without a login shell's dash. */
static void name_program(const char *argv, size_t argv_size, char ret_name[PROGRAM_NAME_SIZE])
{
	char program[SW_SCRIPT_PATH_SIZE + 1];

	copy_text(program, sizeof(program), argv, strnlen(argv, argv_size));
	const char *name = path_file_name(program);
	name += *name == '-';
	copy_text(ret_name, PROGRAM_NAME_SIZE, name, strlen(name));
}

/*
 * The record has no executable of the ancestor's: the kernel side knew that it was an interpreter, argv[0] says
 * which. Its flag does not say what was cut; a directory that may have lost its beginning is none.
 */
static bool find_ancestor_argument(struct script_finder *finder, const struct observation *observation,
				   struct script *script)
{
	const struct sw_script *kernel = observation->kernel_script;
	struct interpreter_script read;
	char directory[SW_SCRIPT_URL_SIZE + 2];
	char program[PROGRAM_NAME_SIZE];

	if (!kernel || kernel->source != SW_SCRIPT_ARGV || kernel->path_size > sizeof(kernel->path))
		return false;
	bool cut = kernel->flags & SW_SCRIPT_CUT;
	name_program(kernel->path, kernel->path_size, program);
	if (!interpreter_read_argv(program, kernel->path, kernel->path_size, cut, &read))
		return false;
	bool has_directory = !cut && kernel->cwd_size > 0 && kernel->cwd_size <= sizeof(kernel->url) &&
			     kernel->url[kernel->cwd_size - 1] == '\0';
	if (has_directory)
		path_join_components(kernel->url, kernel->cwd_size, directory);
	script->inherited = kernel->flags & SW_SCRIPT_INHERITED;
	script->claimed = kernel->flags & SW_SCRIPT_CLAIMED;
	take_argument(finder, observation, &read, has_directory ? directory : NULL, script);
	return true;
}

static bool find_own_argument(struct script_finder *finder, const struct observation *observation,
			      struct script *script)
{
	struct interpreter_script read;

	if (!observation->executable || !observation->argv ||
	    !interpreter_read_argv(observation->executable, observation->argv, observation->argv_size,
				   is_flagged(observation, SW_IDENTITY_ARGV_CUT), &read))
		return false;
	/* A shell that was handed a command line is the tool of the script that did so. */
	if (read.one_liner && interpreter_is_shell(observation->executable) &&
	    find_ancestor_argument(finder, observation, script) && script->path)
		return true;
	*script = (struct script){.claimed = is_claimed(observation)};
	take_argument(finder, observation, &read, own_directory(observation), script);
	return true;
}

static bool runs_php(const struct observation *observation)
{
	return observation->executable && interpreter_is_php(observation->executable);
}

static bool find_pool(struct script_finder *finder, const struct observation *observation, struct script *script)
{
	const size_t title_size = strlen(POOL_TITLE);

	if (!runs_php(observation) || !observation->argv || observation->argv_size <= title_size ||
	    memcmp(observation->argv, POOL_TITLE, title_size) != 0)
		return false;
	const char *pool = observation->argv + title_size;
	script->pool =
		copy_text(finder->pool, sizeof(finder->pool), pool, strnlen(pool, observation->argv_size - title_size));
	if (!script->pool)
		return false;
	script->source = SCRIPT_SOURCE_FPM_POOL;
	script->claimed = is_claimed(observation);
	find_site(finder, own_directory(observation), true, script);
	return true;
}

static bool find_directory(struct script_finder *finder, const struct observation *observation, struct script *script)
{
	const char *directory = own_directory(observation);

	if (!runs_php(observation) || !directory ||
	    !path_resolve(NULL, directory, strlen(directory), finder->path, sizeof(finder->path)))
		return false;
	script->source = SCRIPT_SOURCE_CWD;
	script->claimed = is_claimed(observation);
	script->path = finder->path;
	find_site(finder, finder->path, true, script);
	return true;
}

/* The first that knows something says it. */
static bool (*const ways[])(struct script_finder *finder, const struct observation *observation,
			    struct script *script) = {
	find_request, find_own_argument, find_ancestor_argument, find_pool, find_directory,
};

bool script_find(struct script_finder *finder, const struct observation *observation, struct script *ret_script)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct script script = {.source = SCRIPT_SOURCE_NONE};
		if (ways[i](finder, observation, &script)) {
			*ret_script = script;
			return true;
		}
	}
	return false;
}
