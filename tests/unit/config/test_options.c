// SPDX-License-Identifier: GPL-2.0-only
/* Each key: its default, what it takes and what it refuses. */
#include "config_file.h"

#include <sys/un.h>
#include <syslog.h>

static void assert_defaults(const struct config *config)
{
	static const uint16_t ports[] = {25, 465, 587, 2525};

	assert_int_equal(config->port_count, ARRAY_SIZE(ports));
	assert_memory_equal(config->ports, ports, sizeof(ports));
	assert_int_equal(config->smarthost_count, 0);
	assert_null(config->smarthosts);
	assert_int_equal(config->smarthost_name_count, 0);
	assert_null(config->smarthost_names);
	assert_int_equal(config->smarthost_refresh_seconds, 300);
	assert_int_equal(config->smarthost_keep_seconds, 86400);
	assert_false(config->syscall_tracepoints);
	assert_int_equal(config->self_test_seconds, 60);
	assert_int_equal(config->cooldown_seconds, 300);
	assert_int_equal(config->orphan_age_seconds, 60);
	assert_false(config->all_alert_lines);
	assert_true(config->syslog_enabled);
	assert_int_equal(config->syslog_facility, LOG_MAIL);
	assert_string_equal(config->syslog_socket, "/dev/log");
	assert_int_equal(config->syslog_format, CONFIG_SYSLOG_RFC3164);
	assert_false(config->journal_enabled);
	assert_string_equal(config->journal_socket, "/run/systemd/journal/socket");
	assert_null(config->json_file);
	assert_false(config->json_flows);
	assert_null(config->command);
	assert_int_equal(config->command_severity, ALERT_SEVERITY_WARNING);
	assert_int_equal(config->command_timeout_seconds, 10);
	assert_int_equal(config->command_at_once, 4);
	assert_string_equal(config->mta_directory, "/etc/smtpwatch/mta.d");
	assert_int_equal(config->site_count, 0);
	assert_null(config->sites);
	assert_false(config->url_query);
	assert_true(config->php_probes);
	assert_string_equal(config->rules_directory, "/etc/smtpwatch/rules.d");
	assert_int_equal(config->max_keys, 100000);
	assert_string_equal(config->rules_state, "/var/lib/smtpwatch/allowances");
	assert_int_equal(config->unused_after_seconds, 90 * 86400);
	assert_null(config->record_file);
	assert_int_equal(config->record_bytes, 67108864);
	assert_int_equal(config->record_files, 10);
	assert_true(config->control_enabled);
	assert_string_equal(config->control_group, "smtpwatch");
	assert_int_equal(config->max_clients, 64);
	assert_int_equal(config->max_rows, 10000);
	assert_int_equal(config->ring_bytes, 1048576);
	assert_int_equal(config->max_flows, 65536);
	assert_int_equal(config->max_actors, 8192);
	assert_int_equal(config->thin_burst, 256);
	assert_int_equal(config->thin_rate, 50);
}

static void test_defaults(void **state)
{
	static const char *const contents[] = {"", "\n\n", "# comment\n; comment\n  # and\n", "[watch]\n[kernel]\n"};
	_cleanup_(cleanup_config_free) struct config *config = config_new();

	(void)state;
	assert_non_null(config);
	assert_defaults(config);
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		_cleanup_(cleanup_config_free) struct config *loaded = load(contents[i]);

		assert_defaults(loaded);
	}
	config_free(NULL);
}

/* What a value must become, for the fields that hold a number. */
#define NUMBER(section, key, field, text, number)                                           \
	{                                                                                   \
		"[" section "]\n" key " = " text "\n", key, offsetof(struct config, field), \
			sizeof(((struct config *)NULL)->field), number                      \
	}

static const struct {
	const char *content;
	const char *key;
	size_t offset;
	size_t size;
	uint64_t number;
} good_numbers[] = {
	NUMBER("watch", "syscall_tracepoints", syscall_tracepoints, "yes", true),
	NUMBER("watch", "syscall_tracepoints", syscall_tracepoints, "true", true),
	NUMBER("watch", "syscall_tracepoints", syscall_tracepoints, "on", true),
	NUMBER("syslog", "enabled", syslog_enabled, "no", false),
	NUMBER("syslog", "enabled", syslog_enabled, "false", false),
	NUMBER("syslog", "enabled", syslog_enabled, "off", false),
	NUMBER("alerts", "cooldown", cooldown_seconds, "1", 1),
	NUMBER("alerts", "cooldown", cooldown_seconds, "90", 90),
	NUMBER("alerts", "cooldown", cooldown_seconds, "90s", 90),
	NUMBER("alerts", "cooldown", cooldown_seconds, "7m", 420),
	NUMBER("alerts", "cooldown", cooldown_seconds, "2h", 7200),
	NUMBER("alerts", "cooldown", cooldown_seconds, "1d", 86400),
	NUMBER("alerts", "cooldown", cooldown_seconds, "7d", 604800),
	NUMBER("alerts", "cooldown", cooldown_seconds, "604800", 604800),
	NUMBER("alerts", "orphan_age", orphan_age_seconds, "1", 1),
	NUMBER("alerts", "orphan_age", orphan_age_seconds, "5m", 300),
	NUMBER("alerts", "orphan_age", orphan_age_seconds, "7d", 604800),
	NUMBER("alerts", "lines", all_alert_lines, "rule", true),
	NUMBER("alerts", "lines", all_alert_lines, "incident", false),
	NUMBER("identity", "url_query", url_query, "yes", true),
	NUMBER("identity", "php_probes", php_probes, "no", false),
	NUMBER("identity", "site", site_count, "/srv/{site}, /opt/*/{site}", 2),
	NUMBER("syslog", "facility", syslog_facility, "mail", LOG_MAIL),
	NUMBER("syslog", "facility", syslog_facility, "daemon", LOG_DAEMON),
	NUMBER("syslog", "facility", syslog_facility, "auth", LOG_AUTH),
	NUMBER("syslog", "facility", syslog_facility, "authpriv", LOG_AUTHPRIV),
	NUMBER("syslog", "facility", syslog_facility, "user", LOG_USER),
	NUMBER("syslog", "facility", syslog_facility, "local0", LOG_LOCAL0),
	NUMBER("syslog", "facility", syslog_facility, "local1", LOG_LOCAL1),
	NUMBER("syslog", "facility", syslog_facility, "local2", LOG_LOCAL2),
	NUMBER("syslog", "facility", syslog_facility, "local3", LOG_LOCAL3),
	NUMBER("syslog", "facility", syslog_facility, "local4", LOG_LOCAL4),
	NUMBER("syslog", "facility", syslog_facility, "local5", LOG_LOCAL5),
	NUMBER("syslog", "facility", syslog_facility, "local6", LOG_LOCAL6),
	NUMBER("syslog", "facility", syslog_facility, "local7", LOG_LOCAL7),
	NUMBER("syslog", "format", syslog_format, "rfc3164", CONFIG_SYSLOG_RFC3164),
	NUMBER("syslog", "format", syslog_format, "rfc5424", CONFIG_SYSLOG_RFC5424),
	NUMBER("journal", "enabled", journal_enabled, "yes", true),
	NUMBER("json", "file", port_count, "/x", 4),
	NUMBER("json", "flows", json_flows, "yes", true),
	NUMBER("command", "run", port_count, "/x 'y z'", 4),
	NUMBER("command", "severity", command_severity, "info", ALERT_SEVERITY_INFO),
	NUMBER("command", "severity", command_severity, "notice", ALERT_SEVERITY_NOTICE),
	NUMBER("command", "severity", command_severity, "warning", ALERT_SEVERITY_WARNING),
	NUMBER("command", "severity", command_severity, "high", ALERT_SEVERITY_HIGH),
	NUMBER("command", "severity", command_severity, "critical", ALERT_SEVERITY_CRITICAL),
	NUMBER("command", "timeout", command_timeout_seconds, "1s", 1),
	NUMBER("command", "timeout", command_timeout_seconds, "1d", 86400),
	NUMBER("command", "at_once", command_at_once, "1", 1),
	NUMBER("command", "at_once", command_at_once, "64", 64),
	NUMBER("capture", "enabled", capture_enabled, "no", false),
	NUMBER("capture", "buffer", capture_bytes, "256K", 262144),
	NUMBER("capture", "buffer", capture_bytes, "1024M", 1073741824),
	NUMBER("capture", "max_connections", max_connections, "1024", 1024),
	NUMBER("capture", "mail_addresses", mail_addresses, "yes", true),
	NUMBER("capture", "names", names, "no", false),
	NUMBER("capture", "off_port", off_port, "no", false),
	NUMBER("capture", "replies", port_count, "/x", 4),
	NUMBER("capture", "evidence", evidence, "yes", true),
	NUMBER("capture", "evidence_directory", port_count, "/x", 4),
	NUMBER("capture", "evidence_files", evidence_files, "1", 1),
	NUMBER("capture", "evidence_size", evidence_bytes, "4K", 4096),
	NUMBER("rules", "directory", port_count, "/x", 4),
	NUMBER("rules", "state", port_count, "/x", 4),
	NUMBER("rules", "unused_after", unused_after_seconds, "0", 0),
	NUMBER("rules", "unused_after", unused_after_seconds, "3650d", 3650 * 86400),
	NUMBER("rules", "max_keys", max_keys, "1000", 1000),
	NUMBER("rules", "max_keys", max_keys, "10000000", 10000000),
	NUMBER("record", "file", port_count, "/x", 4),
	NUMBER("record", "size", record_bytes, "1M", 1048576),
	NUMBER("record", "files", record_files, "1", 1),
	NUMBER("control", "enabled", control_enabled, "no", false),
	NUMBER("control", "group", port_count, "_mail-watch2", 4),
	NUMBER("control", "max_clients", max_clients, "1024", 1024),
	NUMBER("control", "max_rows", max_rows, "100", 100),
	NUMBER("kernel", "ring_size", ring_bytes, "65536", 65536),
	NUMBER("kernel", "ring_size", ring_bytes, "64K", 65536),
	NUMBER("kernel", "ring_size", ring_bytes, "2M", 2097152),
	NUMBER("kernel", "ring_size", ring_bytes, "1024K", 1048576),
	NUMBER("kernel", "ring_size", ring_bytes, "64M", 67108864),
	NUMBER("kernel", "max_flows", max_flows, "1024", 1024),
	NUMBER("kernel", "max_flows", max_flows, "1048576", 1048576),
	NUMBER("kernel", "max_actors", max_actors, "64", 64),
	NUMBER("kernel", "max_actors", max_actors, "1048576", 1048576),
	NUMBER("kernel", "thin_burst", thin_burst, "1", 1),
	NUMBER("kernel", "thin_burst", thin_burst, "1000000", 1000000),
	NUMBER("kernel", "thin_rate", thin_rate, "1", 1),
	NUMBER("kernel", "thin_rate", thin_rate, "1000000", 1000000),
	NUMBER("watch", "ports", port_count, "25", 1),
	NUMBER("watch", "smarthost", smarthost_count, "192.0.2.1", 1),
	NUMBER("watch", "smarthost", smarthost_count, "192.0.2.1, relay.example", 1),
	NUMBER("watch", "smarthost", smarthost_name_count, "192.0.2.1, relay.example", 1),
	NUMBER("watch", "smarthost", smarthost_name_count, "relay, a_b.c-d.example., *.relay.example, 3.example", 4),
	NUMBER("watch", "smarthost_refresh", smarthost_refresh_seconds, "10", 10),
	NUMBER("watch", "smarthost_refresh", smarthost_refresh_seconds, "1d", 86400),
	NUMBER("watch", "smarthost_keep", smarthost_keep_seconds, "1m", 60),
	NUMBER("watch", "smarthost_keep", smarthost_keep_seconds, "30d", 2592000),
	NUMBER("watch", "self_test", self_test_seconds, "1d", 86400),
	NUMBER("identity", "mta_directory", port_count, "/x", 4),
	NUMBER("syslog", "socket", port_count, "/x", 4),
};

static void test_good_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good_numbers); i++) {
		_cleanup_(cleanup_config_free) struct config *config = load(good_numbers[i].content);
		uint64_t number = 0;

		/* Little-endian, as all that this is built for. */
		memcpy(&number, (char *)config + good_numbers[i].offset, good_numbers[i].size);
		assert_int_equal(number, good_numbers[i].number);
	}
}

static void test_good_paths(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config =
		load("[syslog]\nsocket = /run/a socket;1\n[identity]\nmta_directory = /srv/m=t:a.d\n"
		     "[capture]\nreplies = /srv/r\nevidence_directory = /srv/e\n[rules]\ndirectory = /srv/rules\n"
		     "state = /srv/s\n"
		     "[record]\nfile = /srv/o\n[control]\ngroup = adm\n");

	(void)state;
	assert_string_equal(config->syslog_socket, "/run/a socket;1");
	assert_string_equal(config->mta_directory, "/srv/m=t:a.d");
	assert_string_equal(config->replies_file, "/srv/r");
	assert_string_equal(config->evidence_directory, "/srv/e");
	assert_string_equal(config->rules_directory, "/srv/rules");
	assert_string_equal(config->rules_state, "/srv/s");
	assert_string_equal(config->record_file, "/srv/o");
	assert_string_equal(config->control_group, "adm");
}

#define BAD_TRACEPOINTS "is not valid for syscall_tracepoints: it is yes or no"
#define BAD_ENABLED "is not valid for enabled: it is yes or no"
#define BAD_PORT "is not valid for ports: a port is a number from 1 to 65535"
#define BAD_HOST                       \
	"is not valid for smarthost: " \
	"it is a name, an address, or ADDRESS/BITS with nothing but zeros behind the bits"
#define BAD_WILDCARD "is not valid for smarthost: a wildcard is like *.relay.example.com"
#define BAD_REFRESH "is not valid for smarthost_refresh: a duration is like 90, 90s, 5m, 2h or 1d, from 10s to 1d"
#define BAD_SELF_TEST "is not valid for self_test: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 1d"
#define BAD_KEEP "is not valid for smarthost_keep: a duration is like 90, 90s, 5m, 2h or 1d, from 60s to 30d"
#define BAD_COOLDOWN "is not valid for cooldown: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 7d"
#define BAD_FACILITY "is not valid for facility: it is mail, daemon, auth, authpriv, user or local0 to local7"
#define BAD_RING "is not valid for ring_size: it is a power of two from 64K to 64M, like 256K or 1M"
#define BAD_BUFFER "is not valid for buffer: it is a power of two from 256K to 1024M, like 256K or 1M"
#define BAD_REPLIES "is not valid for replies: it is an absolute path, one that begins with /"
#define BAD_EVIDENCE "is not valid for evidence_directory: it is an absolute path, one that begins with /"
#define BAD_RECORD "is not valid for file: it is an absolute path, one that begins with /"
#define BAD_GROUP "is not valid for group: it is a group's name: a-z, 0-9, _ and -, at most 32 characters"
#define BAD_STATE "is not valid for state: it is an absolute path, one that begins with /"
#define BAD_FLOWS "is not valid for max_flows: it is a number from 1024 to 1048576"
#define BAD_ACTORS "is not valid for max_actors: it is a number from 64 to 1048576"
#define BAD_BURST "is not valid for thin_burst: it is a number from 1 to 1000000"
#define BAD_RATE "is not valid for thin_rate: it is a number from 1 to 1000000"
#define BAD_SOCKET "is not valid for socket: it is an absolute path, one that begins with /"
#define BAD_FORMAT "is not valid for format: it is rfc3164 or rfc5424"
#define BAD_FILE "is not valid for file: it is an absolute path, one that begins with /"
#define BAD_SEVERITY "is not valid for severity: it is info, notice, warning, high or critical"
#define BAD_TIMEOUT "is not valid for timeout: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 1d"
#define BAD_AT_ONCE "is not valid for at_once: it is a number from 1 to 64"
#define BAD_WORD "is not valid for run: its first word is an absolute path, one that begins with /"
#define BAD_QUOTE "is not valid for run: a quote or a backslash lacks what belongs behind it"
#define BAD_AGE "is not valid for orphan_age: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 7d"
#define BAD_QUERY "is not valid for url_query: it is yes or no"
#define BAD_PROBES "is not valid for php_probes: it is yes or no"
#define BAD_PATTERN \
	"is not valid for site: it is an absolute path with {site} in place of the name, like /srv/sites/{site}"
#define BAD_SITE "is not valid for site: {site} has to stand in place of the site's name"
#define BAD_COMPONENT "is not valid for site: it has no empty component, no . and no .."
#define BAD_DIRECTORY "is not valid for mta_directory: it is an absolute path, one that begins with /"

static const struct {
	const char *section;
	const char *key;
	const char *value;
	const char *shown; /* the part that is at fault; NULL: all of it */
	const char *reason;
} bad_values[] = {
	{"watch", "ports", "70000", NULL, BAD_PORT},
	{"watch", "ports", "0", NULL, BAD_PORT},
	{"watch", "ports", "65536", NULL, BAD_PORT},
	{"watch", "ports", "25, smtp", "smtp", BAD_PORT},
	{"watch", "ports", "25;465", NULL, BAD_PORT},
	{"watch", "ports", "25-30", NULL, BAD_PORT},
	{"watch", "ports", "-25", NULL, BAD_PORT},
	{"watch", "ports", "000000000000000000000000000000000000000000000000000000000000000025x", NULL, BAD_PORT},
	{"watch", "ports", ",", NULL, "is not valid for ports: the list is empty"},
	{"watch", "ports", "25, 465, 25", "25", "is not valid for ports: each port is given once"},
	{"watch", "ports", "25, 025", "025", "is not valid for ports: each port is given once"},
	{"watch", "ports", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "17",
	 "is not valid for ports: there are at most 16 ports"},
	{"watch", "smarthost", "mail..example.com", NULL, BAD_HOST},
	{"watch", "smarthost", "192.0.2.1, -relay.example", "-relay.example", BAD_HOST},
	{"watch", "smarthost", "relay.example:25", NULL, BAD_HOST},
	{"watch", "smarthost", ".", NULL, BAD_HOST},
	{"watch", "smarthost", "mail.*.example.com", NULL, BAD_HOST},
	{"watch", "smarthost", "*", NULL, BAD_WILDCARD},
	{"watch", "smarthost", "*.com", NULL, BAD_WILDCARD},
	{"watch", "smarthost", "*.*.example.com", NULL, BAD_WILDCARD},
	{"watch", "smarthost", "*mail.example.com", NULL, BAD_WILDCARD},
	{"watch", "smarthost_refresh", "5", NULL, BAD_REFRESH},
	{"watch", "smarthost_refresh", "2d", NULL, BAD_REFRESH},
	{"watch", "smarthost_keep", "0", NULL, BAD_KEEP},
	{"watch", "smarthost_keep", "31d", NULL, BAD_KEEP},
	{"watch", "self_test", "0", NULL, BAD_SELF_TEST},
	{"watch", "self_test", "25h", NULL, BAD_SELF_TEST},
	{"watch", "smarthost", "192.0.2.1/24", NULL, BAD_HOST},
	{"watch", "smarthost", "192.0.2.256", NULL, BAD_HOST},
	{"watch", "smarthost", "fe80::1%eth0", NULL, BAD_HOST},
	{"watch", "smarthost", "[2001:db8::1]:25", NULL, BAD_HOST},
	{"watch", "syscall_tracepoints", "maybe", NULL, BAD_TRACEPOINTS},
	{"watch", "syscall_tracepoints", "1", NULL, BAD_TRACEPOINTS},
	{"watch", "syscall_tracepoints", "YES", NULL, BAD_TRACEPOINTS},
	{"syslog", "enabled", "yess", NULL, BAD_ENABLED},
	{"alerts", "cooldown", "0", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "0s", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "8d", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "604801", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "5 m", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "5min", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "5M", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "m", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "-5m", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "1.5h", NULL, BAD_COOLDOWN},
	{"alerts", "cooldown", "213503982334602d", NULL, BAD_COOLDOWN}, /* 2^64 seconds and some */
	{"alerts", "cooldown", "11111111111111111111111111111111111111111111111111", NULL, BAD_COOLDOWN},
	{"syslog", "facility", "kern", NULL, BAD_FACILITY},
	{"syslog", "facility", "local8", NULL, BAD_FACILITY},
	{"syslog", "facility", "MAIL", NULL, BAD_FACILITY},
	{"syslog", "socket", "dev/log", NULL, BAD_SOCKET},
	{"syslog", "format", "rfc5425", NULL, BAD_FORMAT},
	{"syslog", "format", "RFC3164", NULL, BAD_FORMAT},
	{"journal", "enabled", "auto", NULL, BAD_ENABLED},
	{"journal", "socket", "socket", NULL, BAD_SOCKET},
	{"json", "file", "alerts.json", NULL, BAD_FILE},
	{"json", "flows", "some", NULL, "is not valid for flows: it is yes or no"},
	{"command", "run", "logger", NULL, BAD_WORD},
	{"command", "run", "'' /x", NULL, BAD_WORD},
	{"command", "run", "/x 'y", NULL, BAD_QUOTE},
	{"command", "run", "/x y\\", "/x y\\\\", BAD_QUOTE},
	{"command", "severity", "error", NULL, BAD_SEVERITY},
	{"command", "timeout", "0", NULL, BAD_TIMEOUT},
	{"command", "timeout", "2d", NULL, BAD_TIMEOUT},
	{"command", "at_once", "0", NULL, BAD_AT_ONCE},
	{"command", "at_once", "65", NULL, BAD_AT_ONCE},
	{"identity", "mta_directory", "mta.d", NULL, BAD_DIRECTORY},
	{"identity", "site", "sites/{site}", NULL, BAD_PATTERN},
	{"identity", "site", "{site}", NULL, BAD_PATTERN},
	{"identity", "site", "/srv/sites", NULL, BAD_SITE},
	{"identity", "site", "/", NULL, BAD_COMPONENT},
	{"identity", "site", "/srv/{site}/", NULL, BAD_COMPONENT},
	{"identity", "site", "/srv/{site}, /srv/../{site}", "/srv/../{site}", BAD_COMPONENT},
	{"identity", "site", "/srv/x{site}", NULL, "is not valid for site: {site} is a component of its own"},
	{"identity", "site", ",", NULL, "is not valid for site: the list is empty"},
	{"identity", "url_query", "some", NULL, BAD_QUERY},
	{"identity", "php_probes", "2", NULL, BAD_PROBES},
	{"alerts", "orphan_age", "0", NULL, BAD_AGE},
	{"alerts", "orphan_age", "8d", NULL, BAD_AGE},
	{"alerts", "lines", "all", NULL, "is not valid for lines: it is incident or rule"},
	{"capture", "enabled", "maybe", NULL, BAD_ENABLED},
	{"capture", "buffer", "128K", NULL, BAD_BUFFER},
	{"capture", "buffer", "3M", NULL, BAD_BUFFER},
	{"capture", "buffer", "2048M", NULL, BAD_BUFFER},
	{"capture", "max_connections", "1000", NULL,
	 "is not valid for max_connections: it is a number from 1024 to 1048576"},
	{"capture", "mail_addresses", "all", NULL, "is not valid for mail_addresses: it is yes or no"},
	{"capture", "names", "2", NULL, "is not valid for names: it is yes or no"},
	{"capture", "off_port", "2526", NULL, "is not valid for off_port: it is yes or no"},
	{"capture", "replies", "replies.psv", NULL, BAD_REPLIES},
	{"capture", "evidence", "/var", NULL, "is not valid for evidence: it is yes or no"},
	{"capture", "evidence_directory", "evidence", NULL, BAD_EVIDENCE},
	{"record", "file", "observations.jsonl", NULL, BAD_RECORD},
	{"record", "size", "3M", NULL,
	 "is not valid for size: it is a power of two from 1024K to 65536M, like 256K or 1M"},
	{"record", "files", "0", NULL, "is not valid for files: it is a number from 1 to 10000"},
	{"control", "enabled", "all", NULL, BAD_ENABLED},
	{"control", "group", "0", NULL, BAD_GROUP},
	{"control", "group", "two words", NULL, BAD_GROUP},
	{"control", "group", "a23456789012345678901234567890123", NULL, BAD_GROUP},
	{"control", "max_clients", "3", NULL, "is not valid for max_clients: it is a number from 4 to 1024"},
	{"control", "max_rows", "99", NULL, "is not valid for max_rows: it is a number from 100 to 100000"},
	{"capture", "evidence_files", "0", NULL, "is not valid for evidence_files: it is a number from 1 to 100000"},
	{"capture", "evidence_size", "1K", NULL,
	 "is not valid for evidence_size: it is a power of two from 4K to 1024M, like 256K or 1M"},
	{"rules", "directory", "rules.d", NULL,
	 "is not valid for directory: it is an absolute path, one that begins with /"},
	{"rules", "state", "allowances", NULL, BAD_STATE},
	{"rules", "unused_after", "3651d", NULL,
	 "is not valid for unused_after: a duration is like 90, 90s, 5m, 2h or 1d, from 0s to 3650d"},
	{"rules", "max_keys", "999", NULL, "is not valid for max_keys: it is a number from 1000 to 10000000"},
	{"rules", "max_keys", "10000001", NULL, "is not valid for max_keys: it is a number from 1000 to 10000000"},
	{"kernel", "ring_size", "65535", NULL, BAD_RING},
	{"kernel", "ring_size", "32K", NULL, BAD_RING},
	{"kernel", "ring_size", "96K", NULL, BAD_RING},
	{"kernel", "ring_size", "128M", NULL, BAD_RING},
	{"kernel", "ring_size", "1G", NULL, BAD_RING},
	{"kernel", "ring_size", "0", NULL, BAD_RING},
	{"kernel", "ring_size", "18014398509481985K", NULL, BAD_RING}, /* 2^64 + 1024 bytes */
	{"kernel", "max_flows", "1023", NULL, BAD_FLOWS},
	{"kernel", "max_flows", "1048577", NULL, BAD_FLOWS},
	{"kernel", "max_flows", "64K", NULL, BAD_FLOWS},
	{"kernel", "max_actors", "63", NULL, BAD_ACTORS},
	{"kernel", "max_actors", "1048577", NULL, BAD_ACTORS},
	{"kernel", "thin_burst", "0", NULL, BAD_BURST},
	{"kernel", "thin_burst", "1000001", NULL, BAD_BURST},
	{"kernel", "thin_rate", "0", NULL, BAD_RATE},
	{"kernel", "thin_rate", "1000001", NULL, BAD_RATE},
};

static void test_bad_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_values); i++) {
		char content[256];
		char message[512];
		const char *shown = bad_values[i].shown ? bad_values[i].shown : bad_values[i].value;

		snprintf(content, sizeof(content), "# first\n[%s]\n\n%s = %s\n", bad_values[i].section,
			 bad_values[i].key, bad_values[i].value);
		snprintf(message, sizeof(message), "x.conf:4: \"%s\" %s", shown, bad_values[i].reason);
		assert_refused(content, message);
	}
}

/* A new row without a good and a bad value above is found here. */
static void test_each_option_is_tested(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		bool has_good = false;
		bool has_bad = false;

		for (size_t j = 0; j < ARRAY_SIZE(good_numbers); j++)
			has_good = has_good || strcmp(good_numbers[j].key, config_options[i].key) == 0;
		for (size_t j = 0; j < ARRAY_SIZE(bad_values); j++)
			has_bad = has_bad || strcmp(bad_values[j].key, config_options[i].key) == 0;
		assert_true(has_good);
		assert_true(has_bad);
	}
}

static void test_socket_path_length(void **state)
{
	struct sockaddr_un address;
	char path[sizeof(address.sun_path) + 1];
	char content[256];
	char message[512];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(address.sun_path) - 1] = '\0';
	snprintf(content, sizeof(content), "[syslog]\nsocket = %s\n", path);
	_cleanup_(cleanup_config_free) struct config *config = load(content);
	assert_string_equal(config->syslog_socket, path);

	path[sizeof(address.sun_path) - 1] = 'a';
	path[sizeof(address.sun_path)] = '\0';
	snprintf(content, sizeof(content), "[syslog]\nsocket = %s\n", path);
	snprintf(message, sizeof(message),
		 "x.conf:2: \"%s\" is not valid for socket: such a path has at most 107 bytes", path);
	assert_refused(content, message);
}

static void test_print_options(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	const char *line;

	(void)state;
	config_print_options(stream);
	fclose(stream);
	line = text;
	for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
		const struct config_option *option = &config_options[i];
		char expected[160];

		if (i == 0 || strcmp(option->section, config_options[i - 1].section) != 0) {
			int length = snprintf(expected, sizeof(expected), "  [%s]\n", option->section);

			assert_memory_equal(line, expected, (size_t)length);
			line += length;
		}
		snprintf(expected, sizeof(expected), "    %-19s  %-29s  %s\n", option->key,
			 option->default_text ? option->default_text : "none", option->meaning);
		assert_memory_equal(line, expected, strlen(expected));
		line += strlen(expected);
	}
	assert_string_equal(line, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_good_values),
		cmocka_unit_test(test_good_paths),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_each_option_is_tested),
		cmocka_unit_test(test_socket_path_length),
		cmocka_unit_test(test_print_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("options", tests, enter_directory, leave_directory);
}
