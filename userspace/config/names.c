// SPDX-License-Identifier: GPL-2.0-only
#include "config/options.h"
#include "lib/nearest.h"

#include <string.h>

const struct config_option *config_option_find(const char *section, const char *key)
{
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].section, section) == 0 && strcmp(config_options[i].key, key) == 0)
			return &config_options[i];
	}
	return NULL;
}

bool config_section_exists(const char *section)
{
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].section, section) == 0)
			return true;
	}
	return false;
}

/* Whether row `index` has a name to offer: a key of `section`, or where that is NULL the beginning of a section. */
static bool is_candidate(size_t index, const char *section)
{
	if (section)
		return strcmp(config_options[index].section, section) == 0;
	return index == 0 || strcmp(config_options[index].section, config_options[index - 1].section) != 0;
}

static const char *candidate_name(size_t index, const char *section)
{
	return section ? config_options[index].key : config_options[index].section;
}

/* The section that has a key of exactly this name, or NULL. */
static const char *find_owner(const char *key)
{
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].key, key) == 0)
			return config_options[i].section;
	}
	return NULL;
}

static const char *find_near(const char *section, const char *name)
{
	struct nearest nearest = nearest_begin(name);

	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (is_candidate(i, section))
			nearest_offer(&nearest, candidate_name(i, section));
	}
	return nearest.found;
}

static void list_all(const char *section, char text[CONFIG_ALTERNATIVES_SIZE])
{
	const char *separator = section ? "valid keys: " : "valid sections: ";
	size_t length = 0;

	for (size_t i = 0; i < CONFIG_OPTION_COUNT && length < CONFIG_ALTERNATIVES_SIZE; i++) {
		if (!is_candidate(i, section))
			continue;
		length += (size_t)snprintf(text + length, CONFIG_ALTERNATIVES_SIZE - length, "%s%s", separator,
					   candidate_name(i, section));
		separator = ", ";
	}
}

const char *config_option_suggest(const char *section, const char *name, char text[CONFIG_ALTERNATIVES_SIZE])
{
	const char *owner = section ? find_owner(name) : NULL;
	const char *nearest = find_near(section, name);

	if (owner)
		snprintf(text, CONFIG_ALTERNATIVES_SIZE, "it belongs in [%s]", owner);
	else if (nearest)
		snprintf(text, CONFIG_ALTERNATIVES_SIZE, section ? "did you mean \"%s\"?" : "did you mean [%s]?",
			 nearest);
	else
		list_all(section && *section ? section : NULL, text);
	return text;
}
