// SPDX-License-Identifier: GPL-2.0-only
#include "explain/explain.h"

#include "explain/incident.h"
#include "explain/json_path.h"
#include "explain/moment.h"
#include "explain/next_steps.h"
#include "explain/page.h"
#include "explain/proposals.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define ENDPOINT_SIZE (PAGE_SHOWN_SIZE + sizeof("[]:65535"))
#define ALERTS_SHOWN 12
#define WORDS_SIZE (PAGE_SHOWN_SIZE + sizeof(" different values of "))
#define SENTENCE_SIZE 2048
#define ANCESTOR_SIZE (PAGE_SHOWN_SIZE + sizeof(" <- [18446744073709551615]"))

static const char *format_endpoint(const char *address, uint64_t port, char text[ENDPOINT_SIZE])
{
	const char *shown = SHOW(address);
	bool is_ipv6 = strchr(shown, ':');

	snprintf(text, ENDPOINT_SIZE, "%s%s%s:%u", is_ipv6 ? "[" : "", shown, is_ipv6 ? "]" : "",
		 (unsigned int)(port & UINT16_MAX));
	return text;
}
#define ENDPOINT(address, port) format_endpoint(address, port, (char[ENDPOINT_SIZE]){""})

/* Of whom only packets are known. */
static const struct {
	const char *origin;
	const char *words;
} strangers[] = {
	{"forwarded", "A machine behind this host,"},
	{"no-socket", "Something without a socket, as"},
};

static const char *stranger_words(const char *origin)
{
	for (size_t i = 0; i < COUNT_OF(strangers); i++)
		if (strcmp(strangers[i].origin, origin) == 0)
			return strangers[i].words;
	return "Somebody whose packets were seen, at";
}

static void format_subject(const struct who *who, char subject[SENTENCE_SIZE])
{
	bool has_both = who->script && who->executable;

	if (who->source)
		snprintf(subject, SENTENCE_SIZE, "%s %s,", stranger_words(who->origin), SHOW(who->source));
	else
		snprintf(subject, SENTENCE_SIZE, "%s, run by user %s%s%s,",
			 who->script ? SHOW(who->script) : SHOW(who->executable ? who->executable : "A program"),
			 SHOW(who->user ? who->user : "?"), has_both ? " in " : "",
			 has_both ? SHOW(who->executable) : "");
}

/* The incident in one sentence. */
static void print_what(const struct incident *incident, FILE *out)
{
	const struct who who = who_of_line(incident->latest);
	const char *address = json_path_text(incident->latest, "destination.ip");
	char subject[SENTENCE_SIZE];
	char others[64] = "";
	char networks[64] = "";
	char latest[ENDPOINT_SIZE + 64] = "";

	format_subject(&who, subject);
	if (incident->rule_count > 1)
		snprintf(others, sizeof(others), " and %zu other rule%s", incident->rule_count - 1,
			 incident->rule_count > 2 ? "s" : "");
	if (incident->networks > 1)
		snprintf(networks, sizeof(networks), " to %" PRIu64 "%s networks", incident->networks,
			 incident->is_capped ? " or more" : "");
	if (address)
		snprintf(latest, sizeof(latest), ", the latest to %s",
			 ENDPOINT(address, json_path_number(incident->latest, "destination.port")));
	page_say(out, 2, "%s fired %s%s: %" PRIu64 " observation%s%s%s.", subject,
		 SHOW(json_path_text(incident->heaviest, "rule.id")), others, incident->count,
		 incident->count == 1 ? "" : "s", networks, latest);
}

static void print_times(const struct incident *incident, FILE *out)
{
	uint64_t seconds = incident->last_wall_ns > incident->first_wall_ns
				   ? (incident->last_wall_ns - incident->first_wall_ns) / NANOSECONDS_A_SECOND
				   : 0;

	page_item(out, "since", "%s", MOMENT(incident->first_wall_ns));
	page_item(out, incident->is_ended ? "ended" : "last line", "%s, %s after it began",
		  MOMENT(incident->last_wall_ns), SPAN(seconds));
	if (!incident->is_ended)
		page_item(out, "state", "goes on, as far as these lines tell: none says that it ended");
	if (incident->is_paging)
		page_item(out, "page", "its rules say that this cannot wait");
}

static void print_headline(const struct incident *incident, FILE *out)
{
	fprintf(out, "Incident %s: %s, %s\n\n", incident->id, SHOW(incident->severity ? incident->severity : "?"),
		incident->is_ended ? "ended" : "going on");
	print_what(incident, out);
	fputc('\n', out);
	print_times(incident, out);
}

/* Whole names only: what has no room is left out behind "...". */
static void print_ancestors(const json_t *line, FILE *out)
{
	const json_t *others = json_path_at(line, "smtpwatch.ancestors");
	const char *parent = json_path_text(line, "process.parent.name");
	char chain[SENTENCE_SIZE];
	bool is_cut = false;
	size_t i;
	const json_t *ancestor;

	if (!parent)
		return;
	size_t length = (size_t)snprintf(chain, sizeof(chain), "%s[%" PRIu64 "]", SHOW(parent),
					 json_path_number(line, "process.parent.pid"));
	json_array_foreach(others, i, ancestor)
	{
		is_cut = sizeof(chain) - length < ANCESTOR_SIZE;
		if (is_cut)
			break;
		length += (size_t)snprintf(chain + length, sizeof(chain) - length, " <- %s[%" PRIu64 "]",
					   SHOW(json_path_text(ancestor, "name")), json_path_number(ancestor, "pid"));
	}
	page_item(out, "parents", "%s%s", chain, is_cut ? " <- ..." : "");
}

/* How far it can be believed. */
static const char *trust_of(const struct who *who)
{
	if (who->is_script_claimed)
		return " (claimed: a program says so that the user may have written himself)";
	if (who->is_script_inherited)
		return " (inherited: run by a process above it, and that one's own word)";
	return " (the process's own word)";
}

static void print_script(const struct who *who, FILE *out)
{
	if (who->script)
		page_item(out, "script", "%s%s%s%s", SHOW(who->script), trust_of(who),
			  who->is_script_gone ? " (deleted since)" : "", who->is_script_cut ? " (cut)" : "");
	if (who->url)
		page_item(out, "URL", "%s%s%s", who->method ? SHOW(who->method) : "", who->method ? " " : "",
			  SHOW(who->url));
	if (who->site)
		page_item(out, "site", "%s", SHOW(who->site));
}

static void print_item(FILE *out, const char *label, const char *text)
{
	if (text)
		page_item(out, label, "%s", SHOW(text));
}

static void print_actor(const struct who *who, FILE *out)
{
	if (who->source) {
		page_item(out, "address", "%s (%s)", SHOW(who->source), SHOW(who->origin));
		return;
	}
	if (who->user)
		page_item(out, "user", "%s%s%s%s", SHOW(who->user), who->user_id ? " (uid " : "",
			  who->user_id ? SHOW(who->user_id) : "", who->user_id ? ")" : "");
	if (who->executable)
		page_item(out, "program", "%s%s", SHOW(who->executable),
			  who->is_executable_gone ? " (deleted, replaced, or never a file)" : "");
	print_item(out, "arguments", who->command_line);
	print_script(who, out);
	print_item(out, "directory", who->directory);
	print_item(out, "container", who->container);
	print_item(out, "unit", who->unit);
	print_item(out, "role", who->role);
}

static void print_pids(const struct incident *incident, FILE *out)
{
	char text[INCIDENT_PIDS_MAX * sizeof("18446744073709551615, ")] = "";
	size_t length = 0;

	for (size_t i = 0; i < incident->pid_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%" PRIu64, i ? ", " : "",
					   incident->pids[i]);
	if (length)
		page_item(out, "pids", "%s%s", text, incident->has_more_pids ? " and more" : "");
}

static void print_who(const struct incident *incident, FILE *out)
{
	page_heading(out, "Who");
	for (size_t i = 0; i < incident->actor_count; i++) {
		if (i > 0)
			page_say(out, 2, "and");
		print_actor(&incident->actors[i], out);
		if (i == 0) {
			print_ancestors(incident->latest, out);
			print_pids(incident, out);
		}
	}
	if (incident->has_further_actors || incident->has_more_actors)
		page_say(out, 2, "There were more than these.");
}

/* What smtpwatch-rules(5) calls what is counted, in words. */
static const struct {
	const char *what;
	const char *words;
} quantities[] = {
	{"count", ""},
	{"distinct destination.network", " different destination networks"},
	{"distinct destination", " different destinations"},
	{"distinct destination.domain", " different names of destinations"},
	{"distinct submission_host", " different submission hosts"},
	{"distinct mx.domain", " domains, by their mail exchangers"},
	{"distinct mx.query", " domains whose mail exchangers were asked for"},
	{"distinct mail.domain", " different domains of senders"},
	{"distinct rcpt.domain", " different domains of recipients"},
	{"distinct helo", " different EHLO names"},
	{"distinct script", " different scripts"},
	{"distinct user", " different users"},
	{"distinct receiver", " different receivers"},
	{"share", " %"},
};

static const char *quantity_words(const char *what, char words[WORDS_SIZE])
{
	for (size_t i = 0; i < COUNT_OF(quantities); i++)
		if (strcmp(quantities[i].what, what) == 0)
			return quantities[i].words;
	const char *field = strncmp(what, "distinct ", strlen("distinct ")) == 0 ? strchr(what, ' ') + 1 : what;
	snprintf(words, WORDS_SIZE, " different values of %s", SHOW(field));
	return words;
}

static void print_measure(const json_t *measure, FILE *out)
{
	const char *what = json_path_text(measure, "what");
	uint64_t window = json_path_number(measure, "window");
	char words[WORDS_SIZE];
	const char *quantity = quantity_words(what ? what : "count", words);
	bool is_share = what && strcmp(what, "share") == 0;

	page_item(out, "measured", "%s%" PRIu64 "%s%s%s; the limit is %" PRIu64 "%s",
		  json_path_flag(measure, "estimate") ? "about " : "", json_path_number(measure, "value"), quantity,
		  window ? " in " : "", window ? SPAN(window) : "", json_path_number(measure, "limit"),
		  is_share ? quantity : "");
}

static void print_alert(const struct incident_alert *alert, FILE *out)
{
	const json_t *measures = json_path_at(alert->line, "smtpwatch.measures");
	uint64_t count = json_path_number(alert->line, "smtpwatch.count");
	size_t i;
	const json_t *measure;

	page_say(out, 2, "%s (%s, %s)", SHOW(alert->rule), SHOW(json_path_text(alert->line, "log.level")),
		 SHOW(json_path_text(alert->line, "event.action")));
	print_item(out, "why", json_path_text(alert->line, "rule.description"));
	print_item(out, "stands in", json_path_text(alert->line, "rule.reference"));
	json_array_foreach(measures, i, measure) print_measure(measure, out);
	print_item(out, "evidence", json_path_text(alert->line, "smtpwatch.evidence"));
	page_item(out, "seen", "%" PRIu64 " time%s since %s", count, count == 1 ? "" : "s",
		  MOMENT(moment_parse(json_path_text(alert->line, "event.start"))));
}

static void print_rules(const struct incident *incident, FILE *out)
{
	size_t shown = incident->alert_count < ALERTS_SHOWN ? incident->alert_count : ALERTS_SHOWN;

	page_heading(out, "Which rules fired");
	for (size_t i = 0; i < shown; i++) {
		if (i > 0)
			fputc('\n', out);
		print_alert(&incident->alerts[i], out);
	}
	if (shown < incident->alert_count || incident->has_further_alerts)
		page_say(out, 2, "Further alerts of this incident are not shown: they are lighter or older.");
}

static void print_samples(const struct incident *incident, FILE *out)
{
	if (incident->sample_count == 0)
		return;
	page_heading(out, "The latest observations");
	for (size_t i = 0; i < incident->sample_count; i++) {
		const struct incident_sample *sample = &incident->samples[i];
		fprintf(out, "  %s%s%s%s%s\n", MOMENT_AS(sample->wall_ns, "%F %T"), sample->address ? "  " : "",
			sample->address ? ENDPOINT(sample->address, sample->port) : "", sample->text ? "  " : "",
			SHOW(sample->text));
	}
}

static void print_number(FILE *out, const json_t *line, const char *label, const char *path)
{
	if (json_path_at(line, path))
		page_item(out, label, "%" PRIu64, json_path_number(line, path));
}

/* The latest line that knows what was answered, or else what was said. NULL: none does. */
static const json_t *find_said(const struct incident *incident)
{
	static const char *const paths[] = {"smtpwatch.reply", "smtpwatch.dialogue"};
	const struct incident_alert *found = NULL;

	for (size_t i = 0; i < COUNT_OF(paths) && !found; i++)
		for (size_t j = 0; j < incident->alert_count; j++) {
			const struct incident_alert *alert = &incident->alerts[j];
			if (json_path_at(alert->line, paths[i]) &&
			    (!found || alert->last_wall_ns > found->last_wall_ns))
				found = alert;
		}
	return found ? found->line : NULL;
}

static void print_said(const struct incident *incident, FILE *out)
{
	const json_t *line = find_said(incident);
	const char *helo = json_path_text(line, "smtpwatch.dialogue.ehlo");
	uint64_t code = json_path_number(line, "smtpwatch.reply.code");
	const char *class = json_path_text(line, "smtpwatch.reply.class");
	const char *enhanced = json_path_text(line, "smtpwatch.reply.enhanced");

	if (!line)
		return;
	page_heading(out, "What was said, on the latest connection of which that is known");
	print_item(out, "greeting", json_path_text(line, "smtpwatch.dialogue.banner"));
	print_item(out, helo ? "EHLO" : "HELO", helo ? helo : json_path_text(line, "smtpwatch.dialogue.helo"));
	print_item(out, "TLS", json_path_text(line, "smtpwatch.dialogue.tls"));
	print_item(out, "sender", json_path_text(line, "smtpwatch.dialogue.mail_domain"));
	print_item(out, "recipients", json_path_text(line, "smtpwatch.dialogue.rcpt_domain"));
	print_number(out, line, "accepted", "smtpwatch.dialogue.accepted");
	print_number(out, line, "refused", "smtpwatch.dialogue.refused");
	if (code)
		page_item(out, "reply", "%" PRIu64 "%s%s %s%s%s", code, enhanced ? " " : "", SHOW(enhanced),
			  SHOW(json_path_text(line, "smtpwatch.reply.text")), class ? ", that is: " : "", SHOW(class));
	print_item(out, "receiver", json_path_text(line, "smtpwatch.reply.receiver"));
}

int explain_incident(const json_t *alerts, FILE *out)
{
	struct incident incident;
	int error = incident_read(alerts, &incident);

	if (error)
		return error;
	print_headline(&incident, out);
	print_who(&incident, out);
	print_rules(&incident, out);
	print_samples(&incident, out);
	print_said(&incident, out);
	next_steps_print(&incident, out);
	proposals_print(&incident, out);
	return 0;
}
