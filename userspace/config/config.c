// SPDX-License-Identifier: GPL-2.0-only
#include "config/config.h"

#include "config/options.h"

#include <stdlib.h>
#include <string.h>

struct config *config_new(void)
{
	_cleanup_(cleanup_config_free) struct config *config = calloc(1, sizeof(*config));
	struct value_problem problem;

	if (!config)
		return NULL;
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		const struct config_option *option = &config_options[i];

		/* The defaults are valid (a test loads them), so what fails here is memory. */
		if (option->default_text && option->parse(config, option, option->default_text, &problem))
			return NULL;
	}
	return TAKE_PTR(config);
}

static void clear_option(struct config *config, const struct config_option *option)
{
	if (option->clear)
		option->clear(config);
	else if (option->parse == value_parse_path || option->parse == value_parse_group)
		free(*(char **)((char *)config + option->offset));
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
		clear_option(config, &config_options[i]);
	free(config->command);
	free(config);
}

static const char *default_of(const struct config_option *option)
{
	return option->default_text ? option->default_text : "none";
}

static size_t widen(size_t width, const char *text)
{
	size_t length = strlen(text);

	return length > width ? length : width;
}

void config_print_options(FILE *stream)
{
	const char *section = "";
	size_t key_width = 0;
	size_t default_width = 0;

	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		key_width = widen(key_width, config_options[i].key);
		default_width = widen(default_width, default_of(&config_options[i]));
	}
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		const struct config_option *option = &config_options[i];

		if (strcmp(section, option->section) != 0)
			fprintf(stream, "  [%s]\n", option->section);
		section = option->section;
		fprintf(stream, "    %-*s  %-*s  %s\n", (int)key_width, option->key, (int)default_width,
			default_of(option), option->meaning);
	}
}
