// SPDX-License-Identifier: GPL-2.0-only
/*
 * Alerts to journald in its own protocol, with fields that journalctl can be asked for: a datagram of lines NAME=VALUE
 * to a socket (systemd's page "Native Journal Protocol"; journalctl's own fields are in systemd.journal-fields(7)). No
 * library is needed for that.
 */
#include "lib/array.h"
#include "lib/text.h"
#include "sinks/datagrams.h"
#include "sinks/describe.h"
#include "sinks/journal_entry.h"
#include "sinks/line.h"
#include "sinks/priority.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What `journalctl MESSAGE_ID=...` finds all alerts by: a random UUID, as sd-id128(3) has them made. */
#define ALERT_MESSAGE_ID "ff3ef94e8f694715b9a19f50a349f260"

#define VALUE_SIZE TEXT_ESCAPED_SIZE(DESCRIBE_PATH_SIZE)

struct journal_sink {
	int facility;
	struct datagrams datagrams;
};

static void put_text(FILE *entry, const char *name, const char *text)
{
	char value[VALUE_SIZE];

	if (!text || text[0] == '\0')
		return;
	journal_entry_put(entry, name, value, text_escape(value, sizeof(value), text, strlen(text)));
}

static void put_number(FILE *entry, const char *name, uint64_t number)
{
	char value[sizeof("18446744073709551615")];
	journal_entry_put(entry, name, value, (size_t)snprintf(value, sizeof(value), "%" PRIu64, number));
}

static void put_rule(FILE *entry, const char *name, const struct alert *alert)
{
	put_text(entry, name, alert->rule);
}

static void put_severity(FILE *entry, const char *name, const struct alert *alert)
{
	put_text(entry, name, alert_severity_name(alert->severity));
}

static void put_phase(FILE *entry, const char *name, const struct alert *alert)
{
	put_text(entry, name, alert_phase_name(alert->phase));
}

static void put_incident(FILE *entry, const char *name, const struct alert *alert)
{
	if (alert->incident)
		put_text(entry, name, alert->incident->id);
}

static void put_count(FILE *entry, const char *name, const struct alert *alert)
{
	put_number(entry, name, alert->count);
}

static void put_evidence(FILE *entry, const char *name, const struct alert *alert)
{
	put_text(entry, name, alert->evidence);
}

static void put_destination(FILE *entry, const char *name, const struct alert *alert)
{
	char text[ENDPOINT_TEXT_SIZE];
	if (alert->remote.port)
		put_text(entry, name, endpoint_format(&alert->remote, text));
}

static void put_user(FILE *entry, const char *name, const struct alert *alert)
{
	put_text(entry, name, alert->actor->user_name);
}

static bool is_process(const struct alert *alert)
{
	return alert->actor->origin == ACTOR_ORIGIN_PROCESS;
}

static void put_uid(FILE *entry, const char *name, const struct alert *alert)
{
	if (is_process(alert))
		put_number(entry, name, alert->actor->identity.key.uid);
}

static void put_pid(FILE *entry, const char *name, const struct alert *alert)
{
	if (is_process(alert))
		put_number(entry, name, alert->actor->identity.key.pid);
}

static void put_executable(FILE *entry, const char *name, const struct alert *alert)
{
	char path[DESCRIBE_PATH_SIZE];

	if (!is_process(alert))
		return;
	describe_executable(alert->actor, path, sizeof(path));
	put_text(entry, name, path);
}

static void put_script(FILE *entry, const char *name, const struct alert *alert)
{
	if (alert->actor->script)
		put_text(entry, name, alert->actor->script->path);
}

static void put_url(FILE *entry, const char *name, const struct alert *alert)
{
	if (alert->actor->script)
		put_text(entry, name, alert->actor->script->url);
}

static void put_site(FILE *entry, const char *name, const struct alert *alert)
{
	if (alert->actor->script)
		put_text(entry, name, alert->actor->script->site);
}

static void put_unit(FILE *entry, const char *name, const struct alert *alert)
{
	if (alert->actor->unit)
		put_text(entry, name, alert->actor->unit->name);
}

/* Each leaves out what is not known. */
static const struct {
	const char *name;
	void (*put)(FILE *entry, const char *name, const struct alert *alert);
} fields[] = {
	{"SMTPWATCH_RULE", put_rule},
	{"SMTPWATCH_SEVERITY", put_severity},
	{"SMTPWATCH_PHASE", put_phase},
	{"SMTPWATCH_INCIDENT", put_incident},
	{"SMTPWATCH_USER", put_user},
	{"SMTPWATCH_UID", put_uid},
	{"SMTPWATCH_PID", put_pid},
	{"SMTPWATCH_EXECUTABLE", put_executable},
	{"SMTPWATCH_SITE", put_site},
	{"SMTPWATCH_SCRIPT", put_script},
	{"SMTPWATCH_URL", put_url},
	{"SMTPWATCH_UNIT", put_unit},
	{"SMTPWATCH_DESTINATION", put_destination},
	{"SMTPWATCH_COUNT", put_count},
	{"SMTPWATCH_EVIDENCE", put_evidence},
};

static void write_entry(FILE *entry, const struct alert *alert, int facility)
{
	char line[LINE_SIZE];

	line_of_alert(alert, line);
	journal_entry_put(entry, "MESSAGE", line, strlen(line));
	put_text(entry, "MESSAGE_ID", ALERT_MESSAGE_ID);
	put_number(entry, "PRIORITY", (uint64_t)priority_of(alert->severity));
	put_number(entry, "SYSLOG_FACILITY", (uint64_t)LOG_FAC(facility));
	put_text(entry, "SYSLOG_IDENTIFIER", "smtpwatchd");
	put_number(entry, "SYSLOG_PID", (uint64_t)getpid());
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		fields[i].put(entry, fields[i].name, alert);
}

static void write_alert(void *state, const struct alert *alert)
{
	struct journal_sink *sink = state;
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0;

	FILE *entry = open_memstream(&bytes, &size);
	if (entry)
		write_entry(entry, alert, sink->facility);
	if (!entry || fclose(entry) != 0) {
		sink->datagrams.queue.dropped++;
		return;
	}
	datagrams_put(&sink->datagrams, bytes, size);
}

static void flush(void *state)
{
	struct journal_sink *sink = state;
	datagrams_flush(&sink->datagrams);
}

static uint64_t losses(const void *state)
{
	const struct journal_sink *sink = state;
	return sink->datagrams.queue.dropped;
}

static int problem(const void *state)
{
	const struct journal_sink *sink = state;
	return sink->datagrams.failing;
}

static void free_state(void *state)
{
	struct journal_sink *sink = state;

	datagrams_end(&sink->datagrams);
	free(sink);
}

static const struct sink_operations operations = {
	.name = "journal",
	.write_alert = write_alert,
	.tick = flush,
	.losses = losses,
	.problem = problem,
	.free_state = free_state,
};

int sinks_add_journal(struct sinks *sinks, const char *path, int facility)
{
	_cleanup_free_ struct journal_sink *sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	int error = datagrams_init(&sink->datagrams, operations.name, path);
	if (error)
		return error;
	sink->datagrams.by_memfd = true;
	sink->facility = facility;
	return sinks_add(sinks, &operations, TAKE_PTR(sink));
}
