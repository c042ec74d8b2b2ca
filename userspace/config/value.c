// SPDX-License-Identifier: GPL-2.0-only
#include "config/options.h"
#include "lib/argv.h"
#include "lib/array.h"
#include "lib/dns_name.h"
#include "lib/path_pattern.h"
#include "lib/text.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#define LIST_SEPARATORS " \t,"

#define STRINGIFY(macro) STRINGIFY_TOKEN(macro)
#define STRINGIFY_TOKEN(token) #token

static const struct text_unit size_units[] = {{"", 1}, {"K", 1024}, {"M", 1048576}};

static const struct {
	const char *name;
	bool value;
} booleans[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true}, {"off", false}};

/* "kern" is missing: the kernel alone speaks in that name. */
static const struct {
	const char *name;
	int value;
} facilities[] = {
	{"mail", LOG_MAIL},     {"daemon", LOG_DAEMON}, {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV},
	{"user", LOG_USER},     {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
	{"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6},
	{"local7", LOG_LOCAL7},
};

/* Fills in `problem` and returns -EINVAL. */
__attribute__((format(printf, 4, 5))) static int refuse(struct value_problem *problem, const char *text,
							size_t text_size, const char *reason, ...)
{
	va_list arguments;

	problem->text = text;
	problem->text_size = text_size;
	va_start(arguments, reason);
	vsnprintf(problem->reason, sizeof(problem->reason), reason, arguments);
	va_end(arguments);
	return -EINVAL;
}

static void *field_of(struct config *config, const struct config_option *option)
{
	return (char *)config + option->offset;
}

int value_parse_boolean(struct config *config, const struct config_option *option, const char *text,
			struct value_problem *problem)
{
	for (size_t i = 0; i < COUNT_OF(booleans); i++) {
		if (strcmp(text, booleans[i].name) == 0) {
			*(bool *)field_of(config, option) = booleans[i].value;
			return 0;
		}
	}
	return refuse(problem, text, strlen(text), "it is yes or no");
}

int value_parse_lines(struct config *config, const struct config_option *option, const char *text,
		      struct value_problem *problem)
{
	bool is_rule = strcmp(text, "rule") == 0;

	if (!is_rule && strcmp(text, "incident") != 0)
		return refuse(problem, text, strlen(text), "it is incident or rule");
	*(bool *)field_of(config, option) = is_rule;
	return 0;
}

int value_parse_number(struct config *config, const struct config_option *option, const char *text,
		       struct value_problem *problem)
{
	if (text_parse_number(text, option->minimum, option->maximum, field_of(config, option)))
		return refuse(problem, text, strlen(text), "it is a number from %" PRIu64 " to %" PRIu64,
			      option->minimum, option->maximum);
	return 0;
}

int value_parse_duration(struct config *config, const struct config_option *option, const char *text,
			 struct value_problem *problem)
{
	uint64_t *field = field_of(config, option);

	if (text_parse_duration(text, option->minimum, option->maximum, field))
		return refuse(problem, text, strlen(text),
			      "a duration is like 90, 90s, 5m, 2h or 1d, from %" PRIu64 "s to %" PRIu64 "d",
			      option->minimum, option->maximum / 86400);
	return 0;
}

int value_parse_size(struct config *config, const struct config_option *option, const char *text,
		     struct value_problem *problem)
{
	uint64_t *field = field_of(config, option);
	uint64_t size;

	if (text_parse_unit(text, size_units, COUNT_OF(size_units), option->minimum, option->maximum, &size) ||
	    (size & (size - 1)) != 0)
		return refuse(problem, text, strlen(text),
			      "it is a power of two from %" PRIu64 "K to %" PRIu64 "M, like 256K or 1M",
			      option->minimum / 1024, option->maximum / 1048576);
	*field = size;
	return 0;
}

static int keep_text(struct config *config, const struct config_option *option, const char *text)
{
	char **field = field_of(config, option);
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

int value_parse_path(struct config *config, const struct config_option *option, const char *text,
		     struct value_problem *problem)
{
	size_t length = strlen(text);

	if (text[0] != '/')
		return refuse(problem, text, length, "it is an absolute path, one that begins with /");
	if (length > option->maximum)
		return refuse(problem, text, length, "such a path has at most %" PRIu64 " bytes", option->maximum);
	return keep_text(config, option, text);
}

/* As groupadd(8) takes them. */
#define GROUP_NAME_MAX 32
#define LOWER_CASE "abcdefghijklmnopqrstuvwxyz"

int value_parse_group(struct config *config, const struct config_option *option, const char *text,
		      struct value_problem *problem)
{
	size_t length = strlen(text);

	if (length > GROUP_NAME_MAX || !strchr(LOWER_CASE "_", text[0]) ||
	    strspn(text, LOWER_CASE "0123456789_-") != length)
		return refuse(problem, text, length, "it is a group's name: a-z, 0-9, _ and -, at most %d characters",
			      GROUP_NAME_MAX);
	return keep_text(config, option, text);
}

static const char *const syslog_formats[] = {
	[CONFIG_SYSLOG_RFC3164] = "rfc3164",
	[CONFIG_SYSLOG_RFC5424] = "rfc5424",
};
static_assert(COUNT_OF(syslog_formats) == CONFIG_SYSLOG_FORMAT_COUNT, "a name for each format");

int value_parse_syslog_format(struct config *config, const struct config_option *option, const char *text,
			      struct value_problem *problem)
{
	for (size_t i = 0; i < COUNT_OF(syslog_formats); i++) {
		if (strcmp(text, syslog_formats[i]) == 0) {
			*(enum config_syslog_format *)field_of(config, option) = (enum config_syslog_format)i;
			return 0;
		}
	}
	return refuse(problem, text, strlen(text), "it is rfc3164 or rfc5424");
}

int value_parse_severity(struct config *config, const struct config_option *option, const char *text,
			 struct value_problem *problem)
{
	if (alert_severity_parse(text, field_of(config, option)) != 0)
		return refuse(problem, text, strlen(text), "it is info, notice, warning, high or critical");
	return 0;
}

int value_parse_command(struct config *config, const struct config_option *option, const char *text,
			struct value_problem *problem)
{
	char ***field = field_of(config, option);
	const char *reason;
	char **argv;

	int error = argv_split(text, &argv, &reason);
	if (error == -EINVAL)
		return refuse(problem, text, strlen(text), "%s", reason);
	if (error)
		return error;
	free(*field);
	*field = argv;
	return 0;
}

int value_parse_facility(struct config *config, const struct config_option *option, const char *text,
			 struct value_problem *problem)
{
	for (size_t i = 0; i < COUNT_OF(facilities); i++) {
		if (strcmp(text, facilities[i].name) == 0) {
			*(int *)field_of(config, option) = facilities[i].value;
			return 0;
		}
	}
	return refuse(problem, text, strlen(text), "it is %s", option->meaning);
}

/* Adds one element. Returns 0, -ENOMEM, or -EINVAL with a reason. */
typedef int element_adder(struct config *config, const char *element, const char **ret_reason);

static int parse_list(struct config *config, const char *text, struct value_problem *problem, element_adder *add)
{
	const char *next = text + strspn(text, LIST_SEPARATORS);

	if (*next == '\0')
		return refuse(problem, text, strlen(text), "the list is empty");
	while (*next != '\0') {
		size_t length = strcspn(next, LIST_SEPARATORS);
		_cleanup_free_ char *element = strndup(next, length);
		const char *reason = "";

		if (!element)
			return -ENOMEM;
		int error = add(config, element, &reason);
		if (error == -EINVAL)
			return refuse(problem, next, length, "%s", reason);
		if (error)
			return error;
		next += length;
		next += strspn(next, LIST_SEPARATORS);
	}
	return 0;
}

static int add_port(struct config *config, const char *element, const char **ret_reason)
{
	uint64_t port;

	if (text_parse_number(element, 1, UINT16_MAX, &port)) {
		*ret_reason = "a port is a number from 1 to 65535";
		return -EINVAL;
	}
	for (size_t i = 0; i < config->port_count; i++) {
		if (config->ports[i] == port) {
			*ret_reason = "each port is given once";
			return -EINVAL;
		}
	}
	if (config->port_count == SW_PORT_SLOTS) {
		*ret_reason = "there are at most " STRINGIFY(SW_PORT_SLOTS) " ports";
		return -EINVAL;
	}
	config->ports[config->port_count++] = (uint16_t)port;
	return 0;
}

int value_parse_ports(struct config *config, const struct config_option *option, const char *text,
		      struct value_problem *problem)
{
	(void)option;
	return parse_list(config, text, problem, add_port);
}

static int add_smarthost_name(struct config *config, const char *name, const char **ret_reason)
{
	if (config->smarthost_name_count == CONFIG_SMARTHOST_NAMES_MAX) {
		*ret_reason = "there are at most " STRINGIFY(CONFIG_SMARTHOST_NAMES_MAX) " names of smarthosts";
		return -EINVAL;
	}
	char **grown = reallocarray(config->smarthost_names, config->smarthost_name_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	config->smarthost_names = grown;
	char *copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	grown[config->smarthost_name_count++] = copy;
	return 0;
}

static int add_smarthost_network(struct config *config, const struct prefix *prefix, const char **ret_reason)
{
	if (config->smarthost_count == CONFIG_SMARTHOSTS_MAX) {
		*ret_reason = "there are at most " STRINGIFY(CONFIG_SMARTHOSTS_MAX) " smarthosts";
		return -EINVAL;
	}
	struct prefix *grown = reallocarray(config->smarthosts, config->smarthost_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[config->smarthost_count++] = *prefix;
	config->smarthosts = grown;
	return 0;
}

static int add_smarthost(struct config *config, const char *element, const char **ret_reason)
{
	struct prefix prefix;
	char name[DNS_NAME_SIZE];

	if (prefix_parse(element, &prefix) == 0)
		return add_smarthost_network(config, &prefix, ret_reason);
	if (dns_pattern_parse(element, name) == 0)
		return add_smarthost_name(config, name, ret_reason);
	*ret_reason = element[0] == '*'
			      ? "a wildcard is like *.relay.example.com"
			      : "it is a name, an address, or ADDRESS/BITS with nothing but zeros behind the bits";
	return -EINVAL;
}

int value_parse_smarthosts(struct config *config, const struct config_option *option, const char *text,
			   struct value_problem *problem)
{
	(void)option;
	return parse_list(config, text, problem, add_smarthost);
}

static int add_site(struct config *config, const char *element, const char **ret_reason)
{
	const char *problem = path_pattern_check(element);

	if (!problem && config->site_count == CONFIG_SITES_MAX)
		problem = "there are at most " STRINGIFY(CONFIG_SITES_MAX) " layouts";
	if (problem) {
		*ret_reason = problem;
		return -EINVAL;
	}
	char **grown = reallocarray(config->sites, config->site_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	config->sites = grown;
	char *copy = strdup(element);
	if (!copy)
		return -ENOMEM;
	grown[config->site_count++] = copy;
	return 0;
}

int value_parse_sites(struct config *config, const struct config_option *option, const char *text,
		      struct value_problem *problem)
{
	(void)option;
	return parse_list(config, text, problem, add_site);
}

void value_clear_ports(struct config *config)
{
	config->port_count = 0;
}

void value_clear_smarthosts(struct config *config)
{
	free(config->smarthosts);
	config->smarthosts = NULL;
	config->smarthost_count = 0;
	for (size_t i = 0; i < config->smarthost_name_count; i++)
		free(config->smarthost_names[i]);
	free(config->smarthost_names);
	config->smarthost_names = NULL;
	config->smarthost_name_count = 0;
}

void value_clear_sites(struct config *config)
{
	for (size_t i = 0; i < config->site_count; i++)
		free(config->sites[i]);
	free(config->sites);
	config->sites = NULL;
	config->site_count = 0;
}
