/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration: what an administrator may set, in smtpwatch.conf and on the command line.
 *
 * One table, `config_options`, has a row for each key: it gives parsing, defaults, --help's list and the
 * man page's. A new key is a new row and a new field of struct config.
 */
#ifndef SMTPWATCH_CONFIG_CONFIG_H
#define SMTPWATCH_CONFIG_CONFIG_H

#include "lib/address.h"
#include "lib/cleanup.h"
#include "lib/ini_file.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/alert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_DEFAULT_FILE "/etc/smtpwatch/smtpwatch.conf"
#define CONFIG_SMARTHOSTS_MAX 1024
#define CONFIG_SMARTHOST_NAMES_MAX 256
#define CONFIG_SITES_MAX 256

/* The order of sinks/sinks.h, which is not to be known here. */
enum config_syslog_format {
	CONFIG_SYSLOG_RFC3164,
	CONFIG_SYSLOG_RFC5424,
	CONFIG_SYSLOG_FORMAT_COUNT,
};

struct config {
	/* [watch] */
	uint16_t ports[SW_PORT_SLOTS];
	size_t port_count;
	struct prefix *smarthosts; /* owned */
	size_t smarthost_count;
	char **smarthost_names; /* owned, as are the texts: as dns_pattern_parse() gives them */
	size_t smarthost_name_count;
	uint64_t smarthost_refresh_seconds;
	uint64_t smarthost_keep_seconds;
	bool syscall_tracepoints;
	uint64_t self_test_seconds;

	/* [alerts] */
	uint64_t cooldown_seconds;
	uint64_t orphan_age_seconds;
	bool all_alert_lines; /* lines = rule */

	/* [syslog] */
	bool syslog_enabled;
	int syslog_facility; /* LOG_MAIL and so on, <syslog.h> */
	char *syslog_socket; /* owned */
	enum config_syslog_format syslog_format;

	/* [journal] */
	bool journal_enabled;
	char *journal_socket; /* owned */

	/* [json] */
	char *json_file; /* owned; NULL: none is written */
	bool json_flows;

	/* [command] */
	char **command; /* owned, free() gives back all of it; ends with NULL; NULL: none is run */
	enum alert_severity command_severity;
	uint64_t command_timeout_seconds;
	uint64_t command_at_once;

	/* [identity] */
	char *mta_directory; /* owned */
	char **sites;        /* owned, as are the texts: patterns that path_pattern_check() has passed */
	size_t site_count;
	bool url_query;
	bool php_probes;

	/* [capture] */
	bool capture_enabled;
	uint64_t capture_bytes; /* a power of two */
	uint64_t max_connections;
	bool mail_addresses;
	bool names;
	bool off_port;
	char *replies_file; /* owned */
	bool evidence;
	char *evidence_directory; /* owned */
	uint64_t evidence_files;
	uint64_t evidence_bytes; /* of one */

	/* [rules] */
	char *rules_directory; /* owned */
	uint64_t max_keys;
	char *rules_state;             /* owned */
	uint64_t unused_after_seconds; /* 0: never */

	/* [record] */
	char *record_file;     /* owned; NULL: nothing is recorded */
	uint64_t record_bytes; /* of one file */
	uint64_t record_files;

	/* [state] */
	bool state_enabled;
	char *state_file; /* owned */

	/* [control] */
	bool control_enabled;
	char *control_group; /* owned */
	uint64_t max_clients;
	uint64_t max_rows;

	/* [kernel] */
	uint64_t ring_bytes; /* a power of two, at least a page */
	uint64_t max_flows;
	uint64_t max_actors;
	uint64_t thin_burst; /* records an actor may send at once */
	uint64_t thin_rate;  /* and per second from then on */
};

/* All defaults. Returns NULL when there is no memory. */
struct config *config_new(void);
void config_free(struct config *config);
DEFINE_CLEANUP(struct config, config_free)

/*
 * Reads `path` over the defaults. A file that does not exist is an error unless `optional`. Returns 0 and
 * gives a new configuration, or -errno (-EINVAL for content) with `ret_error` filled in and nothing given.
 */
int config_load(const char *path, bool optional, struct config **ret_config, struct ini_error *ret_error);

/* Prints the keys with their defaults and meanings: the list of --help. */
void config_print_options(FILE *stream);

enum output_format { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_FORMAT_COUNT };

enum command_action {
	COMMAND_RUN,
	COMMAND_CHECK_CONFIG,
	COMMAND_LIST_MTA,
	COMMAND_LIST_RULES,
	COMMAND_REPLAY,
	COMMAND_EXPLAIN,
	COMMAND_LEARN,
	COMMAND_VERSION,
	COMMAND_HELP,
	COMMAND_ACTION_COUNT,
};

/* The command line. Strings point into argv. */
struct command_line {
	enum command_action action;
	const char *config_path; /* NULL: the default file, which may be missing */
	const char *replay_path; /* of COMMAND_REPLAY */
	char **replay_more;      /* files that follow it, `replay_count` of them */
	size_t replay_count;
	const char *diff_path; /* of COMMAND_REPLAY: rules that are to be compared; NULL: none */
	const char *subject;   /* of COMMAND_EXPLAIN the incident, of COMMAND_LEARN a period or a file */
	char *const *files;    /* of these two: the arguments that are no options */
	size_t file_count;
	bool foreground;
	bool debug;
	enum output_format format;
};

struct command_line_error {
	char message[512]; /* a sentence, ready to print */
};

/* Returns 0, or -EINVAL with `ret_error` saying what is wrong and what would be right. */
int command_line_parse(int argc, char *argv[], struct command_line *ret_command, struct command_line_error *ret_error);

/* Prints the whole text of --help. */
void command_line_print_help(FILE *stream);

#endif
