// SPDX-License-Identifier: GPL-2.0-only
#include "view/details.h"

#include "explain/json_path.h"
#include "lib/array.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME_WIDTH 13
#define VALUE_SIZE 8192 /* a command line has 4096 bytes at most, escaped */

/* A line of its name and its text, of which it lets through no control character: a line stays one. */
static void put(FILE *out, const char *name, const char *text)
{
	if (!text || !text[0])
		return;
	fprintf(out, "%-*s", NAME_WIDTH, name);
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
	fputc('\n', out);
}

__attribute__((format(printf, 3, 4))) static void put_formatted(FILE *out, const char *name, const char *format, ...)
{
	char text[VALUE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put(out, name, text);
}

static void put_at(FILE *out, const char *name, const json_t *object, const char *path)
{
	put(out, name, json_path_text(object, path));
}

static void put_time(FILE *out, const char *name, double seconds)
{
	char text[sizeof("2026-11-22 03:12:04")];
	struct tm parts;
	time_t time = (time_t)seconds;

	/* Beyond them a year has more than four digits. */
	if (!(seconds > 0 && seconds < 253402300800.0) || !localtime_r(&time, &parts))
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	put(out, name, text);
}

/* ---- Who */

/* The nearest first: "php-fpm8.2[812] <- systemd[1]". */
static void put_ancestors(FILE *out, const json_t *actor)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	const json_t *other;
	size_t index;

	if (!json_path_at(actor, "process.parent"))
		return;
	FILE *line = open_memstream(&text, &size);
	if (!line)
		return;
	fprintf(line, "%s[%" PRId64 "]", json_path_text(actor, "process.parent.name") ?: "?",
		(int64_t)json_integer_value(json_path_at(actor, "process.parent.pid")));
	json_array_foreach(json_path_at(actor, "smtpwatch.ancestors"), index, other)
		fprintf(line, " <- %s[%" PRId64 "]", json_path_text(other, "name") ?: "?",
			(int64_t)json_integer_value(json_path_at(other, "pid")));
	if (fclose(line) == 0)
		put(out, "parents", text);
}

/* With its method where that is known: "POST /x.php". */
static void put_url(FILE *out, const struct picture_row *row, const json_t *actor)
{
	const char *method = json_path_text(actor, "smtpwatch.script.method");
	const char *url = json_path_text(actor, "smtpwatch.script.url") ?: row->url;

	if (url)
		put_formatted(out, "URL", "%s%s%s", method ?: "", method ? " " : "", url);
}

static void put_user(FILE *out, const struct picture_row *row, const json_t *actor)
{
	const char *id = json_path_text(actor, "user.id");

	if (row->user && id)
		put_formatted(out, "user", "%s (uid %s)", row->user, id);
	else
		put(out, "user", row->user);
}

static void put_process(FILE *out, const struct picture_row *row)
{
	if (row->process && row->pid)
		put_formatted(out, "process", "%s, pid %" PRIu64, row->process, row->pid);
	else
		put(out, "process", row->process);
}

static void write_who(const struct picture_row *row, const json_t *actor, FILE *out)
{
	put_user(out, row, actor);
	put_process(out, row);
	put(out, "executable", row->executable);
	put_at(out, "arguments", actor, "process.command_line");
	put_at(out, "directory", actor, "process.working_directory");
	put_at(out, "started", actor, "process.start");
	put_ancestors(out, actor);
	put(out, "script", row->script);
	put_url(out, row, actor);
	put(out, "site", row->site);
	put(out, "unit", row->unit);
	put_at(out, "container", actor, "container.name");
	put_at(out, "role", actor, "smtpwatch.role");
}

/* ---- What */

static void put_connections(FILE *out, const struct picture_row *row)
{
	_cleanup_free_ char *text = NULL;
	const char *separator = ": ";
	size_t size;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		return;
	fprintf(line, "%" PRIu64, row->counts.attempts);
	for (int port = 0; port < LEDGER_PORT_COUNT; port++) {
		if (!row->counts.ports[port])
			continue;
		fprintf(line, "%s%" PRIu64 " to %s%s", separator, row->counts.ports[port],
			port == LEDGER_PORT_OTHER ? "others" : "port ",
			port == LEDGER_PORT_OTHER ? "" : ledger_port_name((enum ledger_port)port));
		separator = ", ";
	}
	fprintf(line, "; %" PRIu64 " open, %" PRIu64 " failed", row->open, row->counts.failed);
	if (fclose(line) == 0)
		put(out, "connections", text);
}

static void write_counts(const struct picture_row *row, double now, FILE *out)
{
	bool counts_users = row->by == LEDGER_BY_DESTINATION || row->by == LEDGER_BY_RECEIVER;

	put_connections(out, row);
	put_formatted(out, "last minute", "%" PRIu64, picture_rate(row, now));
	put_formatted(out, counts_users ? "users" : "destinations", "%s%" PRIu64,
		      row->destinations_estimated ? "about " : "", row->destinations);
	put_formatted(out, "messages", "%" PRIu64 " accepted, %" PRIu64 " refused; %" PRIu64 " replies that refuse",
		      row->counts.accepted, row->counts.refused, row->counts.refusals);
	if (row->counts.submissions)
		put_formatted(out, "handed over", "%" PRIu64 " to the local mail server", row->counts.submissions);
	put_time(out, "first", row->first);
	put_time(out, "last", row->last);
}

static void write_alert(const struct picture_row *row, FILE *out)
{
	if (!row->rule)
		return;
	put_formatted(out, "rule", "%s, %s%s", row->rule, alert_severity_name(row->severity),
		      row->is_alerting ? ", going on" : ", ended");
	put(out, "incident", row->incident);
}

/* ---- What was said */

static void put_reply(FILE *out, const json_t *reply)
{
	char time[sizeof("03:12:04 ")] = "";
	time_t seconds = (time_t)json_number_value(json_path_at(reply, "at"));
	struct tm parts;
	const char *class = json_path_text(reply, "class");
	const char *receiver = json_path_text(reply, "receiver");

	if (seconds > 0 && localtime_r(&seconds, &parts))
		strftime(time, sizeof(time), "%H:%M:%S ", &parts);
	put_formatted(out, "reply", "%s%" PRId64 " %s%s%s%s%s%s", time,
		      (int64_t)json_integer_value(json_path_at(reply, "code")), json_path_text(reply, "text") ?: "",
		      class ? " (" : "", class ?: "", class && receiver ? ", " : "", class && receiver ? receiver : "",
		      class ? ")" : "");
}

static void write_said(const struct picture_row *row, const json_t *detail, FILE *out)
{
	const json_t *names = json_object_get(detail, "helo");
	const json_t *replies = json_object_get(detail, "replies");
	const json_t *value;
	size_t index;

	json_array_foreach(names, index, value) put(out, "EHLO", json_string_value(value));
	json_array_foreach(replies, index, value) put_reply(out, value);
	if (!json_array_size(names))
		put(out, "EHLO", row->helo);
	if (!json_array_size(replies))
		put(out, "reply", row->reply);
}

static void write_flow(const struct picture_row *row, FILE *out)
{
	put(out, "from", row->local);
	put_formatted(out, "outcome", "%s%s%s", row->outcome ?: "open", row->error ? ", " : "", row->error ?: "");
	put_time(out, "started", row->first);
	if (row->outcome)
		put_formatted(out, "lasted", "%.3f s", row->duration);
	put_formatted(out, "bytes", "%" PRIu64 " sent, %" PRIu64 " received", row->bytes_sent, row->bytes_received);
	put(out, "TLS", row->tls);
	put_formatted(out, "messages", "%" PRIu64 " accepted, %" PRIu64 " refused", row->counts.accepted,
		      row->counts.refused);
}

/* Whether another line has its name. */
static bool is_told_below(const struct picture_row *row)
{
	const char *const others[] = {row->script, row->executable, row->user, row->unit};

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (row->name && others[i] && strcmp(row->name, others[i]) == 0)
			return true;
	return false;
}

void details_write(const struct picture_row *row, const json_t *detail, double now, FILE *out)
{
	if (!is_told_below(row))
		put(out, row->is_flow ? "connection" : ledger_by_name(row->by), row->name);
	put(out, "name", row->domain);
	if (row->is_flow) {
		write_flow(row, out);
	} else {
		if (row->verdict < LEDGER_VERDICT_COUNT)
			put(out, "verdict", ledger_verdict_name(row->verdict));
		write_alert(row, out);
		write_who(row, json_object_get(detail, "actor"), out);
		write_counts(row, now, out);
	}
	write_said(row, detail, out);
}

/* ---- An alert */

static const struct {
	const char *name;
	const char *path;
} alert_lines[] = {
	{"time", "@timestamp"},
	{"rule", "rule.id"},
	{"why", "rule.description"},
	{"severity", "log.level"},
	{"state", "event.action"},
	{"incident", "smtpwatch.incident"},
	{"user", "user.name"},
	{"process", "process.name"},
	{"executable", "process.executable"},
	{"arguments", "process.command_line"},
	{"script", "smtpwatch.script.path"},
	{"URL", "smtpwatch.script.url"},
	{"site", "smtpwatch.site"},
	{"unit", "smtpwatch.unit"},
	{"container", "container.name"},
	{"destination", "destination.ip"},
	{"name", "destination.domain"},
	{"evidence", "smtpwatch.evidence"},
	{"reply", "smtpwatch.reply.text"},
};

void details_write_alert(const json_t *alert, FILE *out)
{
	for (size_t i = 0; i < COUNT_OF(alert_lines); i++)
		put_at(out, alert_lines[i].name, alert, alert_lines[i].path);
}
