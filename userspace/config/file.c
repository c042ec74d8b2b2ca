// SPDX-License-Identifier: GPL-2.0-only
#include "config/options.h"
#include "lib/ini_file.h"

#include <errno.h>
#include <string.h>

struct config_file {
	struct config *config;
	int first_lines[CONFIG_OPTION_COUNT]; /* where a key was first given; 0: it was not */
};

static int take_section(void *context, const struct ini_place *place, const char *section)
{
	char alternatives[CONFIG_ALTERNATIVES_SIZE];
	char shown[INI_SHOWN_SIZE];

	(void)context;
	if (config_section_exists(section))
		return 0;
	return ini_fail(place, "unknown section [%s]; %s", ini_show(shown, section, strlen(section)),
			config_option_suggest(NULL, section, alternatives));
}

static int refuse_key(const struct ini_place *place, const char *section, const char *key)
{
	char alternatives[CONFIG_ALTERNATIVES_SIZE];
	char shown[INI_SHOWN_SIZE];

	ini_show(shown, key, strlen(key));
	config_option_suggest(section, key, alternatives);
	if (*section == '\0')
		return ini_fail(place, "key \"%s\" before any section; %s", shown, alternatives);
	return ini_fail(place, "unknown key \"%s\" in [%s]; %s", shown, section, alternatives);
}

/* Refuses what is wrong whatever the type of the value. */
static int check_value(const struct ini_place *place, const struct config_option *option, const char *value,
		       int first_line)
{
	bool is_list = option->clear != NULL;

	if (place->continues && (!is_list || strchr(value, '=')))
		return ini_fail(place, "an indented line continues \"%s\" above it; a key begins in the first column",
				option->key);
	if (first_line > 0 && !is_list)
		return ini_fail(place, "\"%s\" is given twice, first in line %d", option->key, first_line);
	if (*value == '\0')
		return ini_fail(place, "\"%s\" has no value; without the line it has its default", option->key);
	return 0;
}

static int set_value(struct config_file *file, const struct ini_place *place, const struct config_option *option,
		     const char *value)
{
	struct value_problem problem;
	char shown[INI_SHOWN_SIZE];

	int error = option->parse(file->config, option, value, &problem);
	if (error == -EINVAL)
		return ini_fail(place, "\"%s\" is not valid for %s: %s",
				ini_show(shown, problem.text, problem.text_size), option->key, problem.reason);
	if (error)
		ini_fail(place, "%s", strerror(-error));
	return error;
}

static int take_key(void *context, const struct ini_place *place, const char *section, const char *key,
		    const char *value)
{
	struct config_file *file = context;
	const struct config_option *option = config_option_find(section, key);

	if (!option)
		return refuse_key(place, section, key);
	int *first_line = &file->first_lines[option - config_options];
	int error = check_value(place, option, value, *first_line);
	if (error)
		return error;
	if (*first_line == 0) {
		*first_line = place->line;
		if (option->clear)
			option->clear(file->config);
	}
	return set_value(file, place, option, value);
}

static const struct ini_handlers handlers = {.take_section = take_section, .take_key = take_key};

int config_load(const char *path, bool optional, struct config **ret_config, struct ini_error *ret_error)
{
	_cleanup_(cleanup_config_free) struct config *config = config_new();
	struct config_file file = {.config = config};

	if (!config) {
		snprintf(ret_error->message, sizeof(ret_error->message), "out of memory");
		return -ENOMEM;
	}
	int error = ini_read_file(path, &handlers, &file, ret_error);
	if (error && !(optional && error == -ENOENT))
		return error;
	*ret_config = TAKE_PTR(config);
	return 0;
}
