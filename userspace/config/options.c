// SPDX-License-Identifier: GPL-2.0-only
#include "config/options.h"

#include <limits.h>
#include <string.h>
#include <sys/un.h>

#define DAY_SECONDS (24 * 60 * 60)
#define KIBIBYTE 1024
#define MEBIBYTE (1024 * KIBIBYTE)
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static void clear_ports(struct config *config)
{
	config->port_count = 0;
}

static void clear_smarthosts(struct config *config)
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

static void clear_sites(struct config *config)
{
	for (size_t i = 0; i < config->site_count; i++)
		free(config->sites[i]);
	free(config->sites);
	config->sites = NULL;
	config->site_count = 0;
}

const struct config_option config_options[] = {
	{
		.section = "watch",
		.key = "ports",
		.parse = value_parse_ports,
		.clear = clear_ports,
		.default_text = "25, 465, 587, 2525",
		.meaning = "destination ports that are watched",
	},
	{
		.section = "watch",
		.key = "smarthost",
		.parse = value_parse_smarthosts,
		.clear = clear_smarthosts,
		.meaning = "relays of yours: names, *.names, addresses or networks; may be repeated",
	},
	{
		.section = "watch",
		.key = "smarthost_refresh",
		.parse = value_parse_duration,
		.offset = offsetof(struct config, smarthost_refresh_seconds),
		.default_text = "5m",
		.minimum = 10,
		.maximum = DAY_SECONDS,
		.meaning = "how often the addresses of their names are asked for anyway",
	},
	{
		.section = "watch",
		.key = "smarthost_keep",
		.parse = value_parse_duration,
		.offset = offsetof(struct config, smarthost_keep_seconds),
		.default_text = "1d",
		.minimum = 60,
		.maximum = 30 * DAY_SECONDS,
		.meaning = "how long an address stays good that is not among the answers any more",
	},
	{
		.section = "watch",
		.key = "syscall_tracepoints",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, syscall_tracepoints),
		.default_text = "no",
		.meaning = "also see calls that fail before TCP; slows every syscall a little",
	},
	{
		.section = "alerts",
		.key = "cooldown",
		.parse = value_parse_duration,
		.offset = offsetof(struct config, cooldown_seconds),
		.default_text = "5m",
		.minimum = 1,
		.maximum = 7 * DAY_SECONDS,
		.meaning = "silence of an alert after its line (s, m, h, d)",
	},
	{
		.section = "alerts",
		.key = "orphan_age",
		.parse = value_parse_duration,
		.offset = offsetof(struct config, orphan_age_seconds),
		.default_text = "60s",
		.minimum = 1,
		.maximum = 7 * DAY_SECONDS,
		.meaning = "how long a web user's process without a parent may live before its mail is suspicious",
	},
	{
		.section = "alerts",
		.key = "lines",
		.parse = value_parse_lines,
		.offset = offsetof(struct config, all_alert_lines),
		.default_text = "incident",
		.meaning = "incident: what is new of an incident; rule: every line of every rule. JSON has all",
	},
	{
		.section = "syslog",
		.key = "enabled",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, syslog_enabled),
		.default_text = "yes",
		.meaning = "write alerts to syslog",
	},
	{
		.section = "syslog",
		.key = "facility",
		.parse = value_parse_facility,
		.offset = offsetof(struct config, syslog_facility),
		.default_text = "mail",
		.meaning = "mail, daemon, auth, authpriv, user or local0 to local7",
	},
	{
		.section = "syslog",
		.key = "socket",
		.parse = value_parse_path,
		.offset = offsetof(struct config, syslog_socket),
		.default_text = "/dev/log",
		.maximum = SOCKET_PATH_MAX,
		.meaning = "where syslog listens",
	},
	{
		.section = "syslog",
		.key = "format",
		.parse = value_parse_syslog_format,
		.offset = offsetof(struct config, syslog_format),
		.default_text = "rfc3164",
		.meaning = "rfc3164, or rfc5424 where the local daemon reads it",
	},
	{
		.section = "journal",
		.key = "enabled",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, journal_enabled),
		.default_text = "no",
		.meaning = "write alerts to journald with fields of their own",
	},
	{
		.section = "journal",
		.key = "socket",
		.parse = value_parse_path,
		.offset = offsetof(struct config, journal_socket),
		.default_text = "/run/systemd/journal/socket",
		.maximum = SOCKET_PATH_MAX,
		.meaning = "where journald listens for entries of its own protocol",
	},
	{
		.section = "json",
		.key = "file",
		.parse = value_parse_path,
		.offset = offsetof(struct config, json_file),
		.maximum = PATH_MAX - 1,
		.meaning = "file for alerts as JSON lines; SIGUSR1 opens it anew",
	},
	{
		.section = "json",
		.key = "flows",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, json_flows),
		.default_text = "no",
		.meaning = "also write flows, replies and submissions there",
	},
	{
		.section = "command",
		.key = "run",
		.parse = value_parse_command,
		.offset = offsetof(struct config, command),
		.meaning = "program, with arguments, that gets each alert as JSON on its stdin; no shell",
	},
	{
		.section = "command",
		.key = "severity",
		.parse = value_parse_severity,
		.offset = offsetof(struct config, command_severity),
		.default_text = "warning",
		.meaning = "least severity that it is run for: info, notice, warning, high or critical",
	},
	{
		.section = "command",
		.key = "timeout",
		.parse = value_parse_duration,
		.offset = offsetof(struct config, command_timeout_seconds),
		.default_text = "10s",
		.minimum = 1,
		.maximum = DAY_SECONDS,
		.meaning = "after which it is killed (s, m, h, d)",
	},
	{
		.section = "command",
		.key = "at_once",
		.parse = value_parse_number,
		.offset = offsetof(struct config, command_at_once),
		.default_text = "4",
		.minimum = 1,
		.maximum = 64,
		.meaning = "how many of it run at the same time; further alerts wait",
	},
	{
		.section = "identity",
		.key = "mta_directory",
		.parse = value_parse_path,
		.offset = offsetof(struct config, mta_directory),
		.default_text = "/etc/smtpwatch/mta.d",
		.maximum = PATH_MAX - 1,
		.meaning = "files that say which programs may deliver mail",
	},
	{
		.section = "identity",
		.key = "site",
		.parse = value_parse_sites,
		.clear = clear_sites,
		.meaning = "layouts of yours, like /srv/sites/*/{site}: the site's name in a path; may be repeated",
	},
	{
		.section = "identity",
		.key = "url_query",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, url_query),
		.default_text = "no",
		.meaning = "keep the query of a script's URL, which can hold private data",
	},
	{
		.section = "identity",
		.key = "php_probes",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, php_probes),
		.default_text = "yes",
		.meaning = "probe PHP builds whose request cannot be read: about 2 us more for each of their requests",
	},
	{
		.section = "capture",
		.key = "enabled",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, capture_enabled),
		.default_text = "yes",
		.meaning = "read from the wire what is said on watched connections",
	},
	{
		.section = "capture",
		.key = "buffer",
		.parse = value_parse_size,
		.offset = offsetof(struct config, capture_bytes),
		.default_text = "8M",
		.minimum = 256 * KIBIBYTE,
		.maximum = 1024 * (uint64_t)MEBIBYTE,
		.meaning = "packets that may wait to be read (K, M; a power of two)",
	},
	{
		.section = "capture",
		.key = "max_connections",
		.parse = value_parse_number,
		.offset = offsetof(struct config, max_connections),
		.default_text = "65536",
		.minimum = 1024,
		.maximum = 1048576,
		.meaning = "connections listened to at once",
	},
	{
		.section = "capture",
		.key = "mail_addresses",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, mail_addresses),
		.default_text = "no",
		.meaning = "keep whole addresses of senders and recipients, not only their domains",
	},
	{
		.section = "capture",
		.key = "names",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, names),
		.default_text = "yes",
		.meaning = "read DNS answers for the names of receivers, and who asks for MX",
	},
	{
		.section = "capture",
		.key = "off_port",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, off_port),
		.default_text = "yes",
		.meaning = "look for SMTP on ports that are not watched",
	},
	{
		.section = "capture",
		.key = "replies",
		.parse = value_parse_path,
		.offset = offsetof(struct config, replies_file),
		.default_text = "/etc/smtpwatch/replies.psv",
		.maximum = PATH_MAX - 1,
		.meaning = "rows of yours for the table of replies",
	},
	{
		.section = "capture",
		.key = "evidence",
		.parse = value_parse_boolean,
		.offset = offsetof(struct config, evidence),
		.default_text = "no",
		.meaning = "write the packets of an alert's connection to a file, without bodies and credentials",
	},
	{
		.section = "capture",
		.key = "evidence_directory",
		.parse = value_parse_path,
		.offset = offsetof(struct config, evidence_directory),
		.default_text = "/var/lib/smtpwatch/evidence",
		.maximum = PATH_MAX - 1,
		.meaning = "where; it is made, for root alone",
	},
	{
		.section = "capture",
		.key = "evidence_files",
		.parse = value_parse_number,
		.offset = offsetof(struct config, evidence_files),
		.default_text = "100",
		.minimum = 1,
		.maximum = 100000,
		.meaning = "how many; the oldest is removed",
	},
	{
		.section = "capture",
		.key = "evidence_size",
		.parse = value_parse_size,
		.offset = offsetof(struct config, evidence_bytes),
		.default_text = "256K",
		.minimum = 4 * KIBIBYTE,
		.maximum = 1024 * (uint64_t)MEBIBYTE,
		.meaning = "and how large one may get (K, M; a power of two)",
	},
	{
		.section = "rules",
		.key = "directory",
		.parse = value_parse_path,
		.offset = offsetof(struct config, rules_directory),
		.default_text = "/etc/smtpwatch/rules.d",
		.maximum = PATH_MAX - 1,
		.meaning = "files with rules of yours, over the shipped ones",
	},
	{
		.section = "rules",
		.key = "max_keys",
		.parse = value_parse_number,
		.offset = offsetof(struct config, max_keys),
		.default_text = "100000",
		.minimum = 1000,
		.maximum = 10000000,
		.meaning = "for how many scripts, users and the like rules count at once",
	},
	{
		.section = "record",
		.key = "file",
		.parse = value_parse_path,
		.offset = offsetof(struct config, record_file),
		.maximum = PATH_MAX - 1,
		.meaning = "write down what the rules are asked, for --replay; for root alone",
	},
	{
		.section = "record",
		.key = "size",
		.parse = value_parse_size,
		.offset = offsetof(struct config, record_bytes),
		.default_text = "64M",
		.minimum = MEBIBYTE,
		.maximum = 65536 * (uint64_t)MEBIBYTE,
		.meaning = "how large the file may get before another takes its place (K, M; a power of two)",
	},
	{
		.section = "record",
		.key = "files",
		.parse = value_parse_number,
		.offset = offsetof(struct config, record_files),
		.default_text = "10",
		.minimum = 1,
		.maximum = 10000,
		.meaning = "how many files there are in all: FILE, FILE.1 and so on; the oldest is removed",
	},
	{
		.section = "kernel",
		.key = "ring_size",
		.parse = value_parse_size,
		.offset = offsetof(struct config, ring_bytes),
		.default_text = "1M",
		.minimum = 64 * KIBIBYTE,
		.maximum = 64 * MEBIBYTE,
		.meaning = "ring buffer between kernel and daemon (K, M; a power of two)",
	},
	{
		.section = "kernel",
		.key = "max_flows",
		.parse = value_parse_number,
		.offset = offsetof(struct config, max_flows),
		.default_text = "65536",
		.minimum = 1024,
		.maximum = 1048576,
		.meaning = "connections followed at once",
	},
	{
		.section = "kernel",
		.key = "max_actors",
		.parse = value_parse_number,
		.offset = offsetof(struct config, max_actors),
		.default_text = "8192",
		.minimum = 64,
		.maximum = 1048576,
		.meaning = "processes counted at once",
	},
	{
		.section = "kernel",
		.key = "thin_burst",
		.parse = value_parse_number,
		.offset = offsetof(struct config, thin_burst),
		.default_text = "256",
		.minimum = 1,
		.maximum = 1000000,
		.meaning = "attempts of one process told one by one before a flood is thinned",
	},
	{
		.section = "kernel",
		.key = "thin_rate",
		.parse = value_parse_number,
		.offset = offsetof(struct config, thin_rate),
		.default_text = "50",
		.minimum = 1,
		.maximum = 1000000,
		.meaning = "and per second from then on; counters are never thinned",
	},
};

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

void config_free(struct config *config)
{
	if (!config)
		return;
	clear_smarthosts(config);
	clear_sites(config);
	free(config->syslog_socket);
	free(config->journal_socket);
	free(config->json_file);
	free(config->command);
	free(config->mta_directory);
	free(config->replies_file);
	free(config->evidence_directory);
	free(config->rules_directory);
	free(config->record_file);
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
