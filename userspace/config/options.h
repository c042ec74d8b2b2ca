/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside config/: the table of keys, and how the text of a value becomes a field of struct config.
 */
#ifndef SMTPWATCH_CONFIG_OPTIONS_H
#define SMTPWATCH_CONFIG_OPTIONS_H

#include "config/config.h"

#define CONFIG_OPTION_COUNT 54

/* What is wrong with a value. `text` points into the value: the part of it that is at fault. */
struct value_problem {
	const char *text;
	size_t text_size;
	char reason[128]; /* what would be valid */
};

struct config_option;

/* Returns 0, -ENOMEM, or -EINVAL with `problem` filled in. A list adds to what its field has. */
typedef int value_parser(struct config *config, const struct config_option *option, const char *text,
			 struct value_problem *problem);

struct config_option {
	const char *section;
	const char *key;
	value_parser *parse;
	void (*clear)(struct config *config); /* of a list; NULL: the key takes one value */
	size_t offset;                        /* of the field, where `parse` serves several */
	const char *default_text;             /* NULL: none */
	uint64_t minimum;                     /* of a number; the base unit is seconds or bytes */
	uint64_t maximum;                     /* of a number, or of a path's length */
	const char *meaning;
};

extern const struct config_option config_options[CONFIG_OPTION_COUNT];

/* The row of a key, or NULL. */
const struct config_option *config_option_find(const char *section, const char *key);

bool config_section_exists(const char *section);

/*
 * What should have been written in place of an unknown key of `section` ("": before any section), or of an
 * unknown section where that is NULL: the section that has the key, the nearest name if one is near, else
 * all names. Returns `text`.
 */
#define CONFIG_ALTERNATIVES_SIZE 128
const char *config_option_suggest(const char *section, const char *name, char text[CONFIG_ALTERNATIVES_SIZE]);

/* What empties the lists. */
void value_clear_ports(struct config *config);
void value_clear_smarthosts(struct config *config);
void value_clear_sites(struct config *config);

/* The parsers of the table, by type of value. */
value_parser value_parse_boolean;  /* bool: yes, no, true, false, on, off */
value_parser value_parse_number;   /* uint64_t */
value_parser value_parse_duration; /* uint64_t, seconds: 90, 90s, 5m, 2h, 1d */
value_parser value_parse_size;     /* uint64_t, bytes: 65536, 64K, 1M; a power of two */
value_parser value_parse_path;     /* char *, absolute */
value_parser value_parse_facility;
value_parser value_parse_lines; /* bool: rule (true), incident */
value_parser value_parse_syslog_format;
value_parser value_parse_severity; /* enum alert_severity, by its name */
value_parser value_parse_command;  /* argv_split() */
value_parser value_parse_ports;
value_parser value_parse_smarthosts;
value_parser value_parse_sites;
value_parser value_parse_group; /* char *, the name of a group, which need not exist */

#endif
