// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PHP script that speaks SMTP, or that started what does, lies in a folder for what visitors send or
 * applications put aside. Programs are not installed there; webshells are.
 */
#include "lib/array.h"
#include "lib/path.h"
#include "signals/places.h"
#include "signals/signals.h"

#include <string.h>
#include <strings.h>

/* php8.2, php-cgi, php-fpm; lsphp is LiteSpeed's. */
static const char *const executables[] = {"php", "lsphp"};

/* What servers are told to hand to PHP. */
static const char *const endings[] = {".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml", ".phar"};

static bool starts_like_php(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(executables); i++)
		if (strncmp(name, executables[i], strlen(executables[i])) == 0)
			return true;
	return false;
}

static bool ends_like_php(const char *path)
{
	const char *ending = strrchr(path_file_name(path), '.');

	for (size_t i = 0; ending && i < COUNT_OF(endings); i++)
		if (strcasecmp(ending, endings[i]) == 0)
			return true;
	return false;
}

/* What was inherited was said of an ancestor, whose executable is not known any more. */
static bool is_php(const struct actor *actor)
{
	const struct script *script = actor->script;

	if (script->source == SCRIPT_SOURCE_PHP_REQUEST || script->source == SCRIPT_SOURCE_PHP_PROBE)
		return true;
	return ends_like_php(script->path) ||
	       (!script->inherited && actor->executable && starts_like_php(path_file_name(actor->executable)));
}

/* The URL stands for the path in php-fpm's shutdown functions, where there is no path any more: it is often alike. */
static const char *place_of(const struct actor *actor)
{
	const struct script *script = actor->script;
	const char *path = script_file_path(script);

	if (path)
		return is_php(actor) ? path : NULL;
	return script && script->url && ends_like_php(script->url) ? script->url : NULL;
}

const char *upload_folder_find(const struct actor *actor)
{
	const char *path = place_of(actor);

	return path ? path_find_folder(path, places_of_uploads) : NULL;
}
