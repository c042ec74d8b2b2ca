// SPDX-License-Identifier: GPL-2.0-only
#include "lib/path_pattern.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#define CAPTURE "{site}"

/* Where in a path a walk has come to. */
struct component {
	const char *name; /* not NUL-terminated */
	size_t length;
};

/* The component that begins at the slash `*at`, which moves behind it. False: there is none. */
static bool next_component(const char **at, struct component *ret_component)
{
	if (**at != '/')
		return false;
	ret_component->name = *at + 1;
	ret_component->length = strcspn(*at + 1, "/");
	*at = ret_component->name + ret_component->length;
	return true;
}

static bool is_text(struct component component, const char *text)
{
	return component.length == strlen(text) && memcmp(component.name, text, component.length) == 0;
}

static const char *check_component(struct component component)
{
	if (component.length == 0 || is_text(component, ".") || is_text(component, ".."))
		return "it has no empty component, no . and no ..";
	if (component.length > NAME_MAX)
		return "a component has at most 255 bytes";
	if (!is_text(component, CAPTURE) && memmem(component.name, component.length, CAPTURE, strlen(CAPTURE)))
		return CAPTURE " is a component of its own";
	return NULL;
}

const char *path_pattern_check(const char *pattern)
{
	struct component component;
	bool captures = false;

	if (pattern[0] != '/')
		return "it is an absolute path with " CAPTURE " in place of the name, like /srv/sites/" CAPTURE;
	while (next_component(&pattern, &component)) {
		const char *problem = check_component(component);
		if (problem)
			return problem;
		captures = captures || is_text(component, CAPTURE);
	}
	return captures ? NULL : CAPTURE " has to stand in place of the site's name";
}

static bool matches(struct component pattern, struct component name)
{
	char pattern_text[NAME_MAX + 1];
	char name_text[NAME_MAX + 1];

	if (pattern.length > NAME_MAX || name.length > NAME_MAX)
		return false;
	memcpy(pattern_text, pattern.name, pattern.length);
	pattern_text[pattern.length] = '\0';
	memcpy(name_text, name.name, name.length);
	name_text[name.length] = '\0';
	return fnmatch(pattern_text, name_text, FNM_NOESCAPE) == 0;
}

/* Appends to the NUL-terminated `site`. */
static bool capture(struct component name, char *site, size_t size)
{
	size_t length = strlen(site);

	if (length > 0 && length < size)
		site[length++] = '/';
	if (name.length >= size - length)
		return false;
	memcpy(site + length, name.name, name.length);
	site[length + name.length] = '\0';
	return true;
}

bool path_pattern_match(const char *pattern, const char *path, bool is_directory, char *ret_site, size_t size)
{
	struct component wanted;
	struct component name;

	ret_site[0] = '\0';
	while (next_component(&pattern, &wanted)) {
		if (!next_component(&path, &name) || name.length == 0)
			return false;
		if (is_text(wanted, CAPTURE) ? !capture(name, ret_site, size) : !matches(wanted, name))
			return false;
	}
	return is_directory || *path == '/';
}
