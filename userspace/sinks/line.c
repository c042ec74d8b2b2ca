// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/line.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "sinks/describe.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Of each text from outside, how many bytes are shown at most; every one of them may become four. */
#define EXECUTABLE_SHOWN (SW_PATH_SIZE + 16) /* what the kernel takes down, and the mark of a longer one */
#define SCRIPT_SHOWN EXECUTABLE_SHOWN
#define EVIDENCE_SHOWN 160
#define NAME_SHOWN 255 /* sites and units are names of directories: NAME_MAX */
#define CONTAINER_ID_SIZE 64
#define CONTAINER_ID_SHOWN 12 /* as `docker ps` and `podman ps` do */
#define RULE_NAME_MAX 40
#define RULES_SHOWN 120 /* of rules=, before the mark of more */

#define MARKS                                                                                                  \
	" script_source=php-request script_inherited=yes script_claimed=yes script_deleted=yes script_cut=yes" \
	" exe_deleted=yes exe_replaced=yes user_namespace=yes adopted=yes more_actors=yes"

/* Before them, what is said of the incident. */
#define INCIDENT_ROOM (sizeof(" rules=,... incident_count=18446744073709551615 page=yes") + RULES_SHOWN)

/* Before `unit=`: what is written with numbers and words of this house, and the texts of others. */
#define HEAD                                                                                                         \
	"ALERT rule= severity=critical incident=k7x3pq uid=4294967295 euid=4294967295 pid=4294967295 dst="           \
	" count=18446744073709551615 networks=18446744073709551615+ phase=continuing since=yyyy-mm-ddThh:mm:ss.mmmZ" \
	" duration=213503982334601d23h"
#define FIELD_SIZE(key, shown) (sizeof(" " key "=") + TEXT_ESCAPED_SIZE(shown))
static_assert(sizeof(HEAD) + RULE_NAME_MAX + ENDPOINT_TEXT_SIZE + FIELD_SIZE("user", ACTOR_USER_NAME_SIZE) +
			      FIELD_SIZE("owner", ACTOR_USER_NAME_SIZE) + FIELD_SIZE("exe", EXECUTABLE_SHOWN) +
			      FIELD_SIZE("site", NAME_SHOWN) + FIELD_SIZE("script", SCRIPT_SHOWN) +
			      FIELD_SIZE("url", SW_SCRIPT_URL_SIZE) + FIELD_SIZE("method", SW_SCRIPT_METHOD_SIZE) +
			      FIELD_SIZE("evidence", EVIDENCE_SHOWN) + INCIDENT_ROOM + sizeof(MARKS) <=
		      LINE_SIZE,
	      "no text of others pushes what matters out of a line");

#define VALUE_ROOM 16 /* for any character's escaped form, quotes and NUL */

/* A line under construction. What does not fit is cut, and what was written always ends with NUL. */
struct line {
	char *text;
	size_t used;
	size_t size;
};

static void __attribute__((format(printf, 2, 3))) append(struct line *line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line->text + line->used, line->size - line->used, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->used += (size_t)length < line->size - line->used ? (size_t)length : line->size - line->used - 1;
}

/* A NULL key writes the value alone. A field of which not even a beginning fits is left out: half a key says less than
 * nothing. */
static void append_value(struct line *line, const char *key, const void *value, size_t size)
{
	size_t key_size = key ? strlen(key) + sizeof(" =") - 1 : sizeof(" ") - 1;

	if (line->size - line->used < key_size + VALUE_ROOM)
		return;
	append(line, " %s%s", key ? key : "", key ? "=" : "");
	line->used += text_escape_value(line->text + line->used, line->size - line->used, value, size);
}

/* Nothing where there is no text. */
static void append_text(struct line *line, const char *key, const char *text, size_t shown)
{
	if (text && text[0])
		append_value(line, key, text, strnlen(text, shown));
}

static void append_path(struct line *line, const char *key, const char *path)
{
	char shown[SCRIPT_SHOWN];

	if (path)
		append_value(line, key, shown, describe_path(path, shown, sizeof(shown)));
}

static void append_escaped(struct line *line, const void *text, size_t size)
{
	line->used += text_escape(line->text + line->used, line->size - line->used, text, size);
}

/* Of an actor without a process, where its packets came from. */
static void append_source(struct line *line, const struct actor *actor)
{
	const uint8_t *mac = actor->source.mac;
	char address[ADDRESS_TEXT_SIZE];

	append(line, " src=%s", address_format(&actor->source.address, address));
	append_text(line, "interface", actor->interface_name, sizeof(actor->interface_name));
	if (actor->source.has_mac)
		append(line, " mac=%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void append_user(struct line *line, const struct actor *actor)
{
	if (actor->user_name[0])
		append_value(line, "user", actor->user_name, strlen(actor->user_name));
	else
		append(line, " user=%" PRIu32, actor->identity.key.uid);
	append(line, " uid=%" PRIu32, actor->identity.key.uid);
	if (actor->identity.euid != actor->identity.key.uid)
		append(line, " euid=%" PRIu32, actor->identity.euid);
	append_text(line, "owner", actor->owner_name, sizeof(actor->owner_name));
}

/* The script behind its key, or what is known in its place: behind a key always, and as a value with '=' is quoted, no
 * path looks like one. */
static void append_script(struct line *line, const char *key, const struct script *script)
{
	if (!script)
		return;
	const char *path = script_file_path(script);
	if (script->one_liner)
		append(line, " one_liner=yes");
	else if (script->path)
		append_path(line, path ? key : "cwd", script->path);
	else
		append_text(line, "pool", script->pool, SCRIPT_SHOWN - 1);
}

static void append_request(struct line *line, const struct script *script)
{
	if (!script)
		return;
	append_text(line, "site", script->site, NAME_SHOWN);
	append_script(line, "script", script);
	append_text(line, "url", script->url, SW_SCRIPT_URL_SIZE);
	append_text(line, "method", script->method, SW_SCRIPT_METHOD_SIZE);
}

static bool is_long_id(const char *id)
{
	return strlen(id) == CONTAINER_ID_SIZE && strspn(id, "0123456789abcdef") == CONTAINER_ID_SIZE;
}

static void append_unit(struct line *line, const struct unit *unit)
{
	if (!unit)
		return;
	append_text(line, "unit", unit->name, NAME_SHOWN);
	if (unit->container_name)
		append_text(line, "container", unit->container_name, NAME_SHOWN);
	else if (unit->container_id)
		append_text(line, "container", unit->container_id,
			    is_long_id(unit->container_id) ? CONTAINER_ID_SHOWN : NAME_SHOWN);
}

static void append_process(struct line *line, const char *key, const struct sw_ancestor *process)
{
	char text[SW_COMM_SIZE + 16];

	if (process->pid == 0)
		return;
	int length = snprintf(text, sizeof(text), "%.*s[%" PRIu32 "]", (int)strnlen(process->comm, SW_COMM_SIZE),
			      process->comm, process->pid);
	append_value(line, key, text, (size_t)length);
}

static void append_program(struct line *line, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	char argv[SW_ARGV_SIZE + 1];

	append_value(line, "comm", identity->comm, strnlen(identity->comm, SW_COMM_SIZE));
	size_t length = describe_argv(actor, argv);
	if (length > 0)
		append_value(line, "argv", argv, length);
	if (!actor->script || !actor->script->path || actor->script->one_liner)
		append_path(line, "cwd", actor->cwd);
	append_process(line, "parent", &actor->identity.ancestors[0]);
	append_process(line, "tracer", &actor->identity.tracer);
}

static void append_marks(struct line *line, const struct alert *alert)
{
	static const struct script no_script;
	const struct actor *actor = alert->actor;
	const struct script *script = actor->script ? actor->script : &no_script;
	const struct {
		const char *name;
		bool is_set;
	} marks[] = {
		{"script_inherited", script->inherited},
		{"script_claimed", script->claimed},
		{"script_deleted", script->deleted},
		{"script_cut", script->cut},
		{"exe_deleted", describe_is_deleted(actor)},
		{"exe_replaced", actor->is_replaced},
		{"user_namespace", actor->identity.flags & SW_IDENTITY_USER_NAMESPACE},
		{"adopted", actor->identity.flags & SW_IDENTITY_ADOPTED},
		{"more_actors", alert->more_actors},
	};

	if (script->source != SCRIPT_SOURCE_NONE)
		append(line, " script_source=%s", script_source_name(script->source));
	for (size_t i = 0; i < COUNT_OF(marks); i++)
		if (marks[i].is_set)
			append(line, " %s=yes", marks[i].name);
}

/* Names of rules are this house's words, or the administrator's that were checked. */
static void append_incident(struct line *line, const struct alert_incident *incident)
{
	size_t shown = 0;

	if (!incident)
		return;
	for (size_t i = 0; i < incident->rule_count && incident->rule_count > 1; i++) {
		shown += strlen(incident->rules[i]) + sizeof(",") - 1;
		if (shown > RULES_SHOWN) {
			append(line, ",...");
			break;
		}
		append(line, "%s%s", i ? "," : " rules=", incident->rules[i]);
	}
	if (incident->rule_count > 1)
		append(line, " incident_count=%" PRIu64, incident->count);
	if (incident->is_paging)
		append(line, " page=yes");
}

static void append_culprit(struct line *line, const struct actor *actor)
{
	char path[EXECUTABLE_SHOWN];

	if (actor->origin != ACTOR_ORIGIN_PROCESS) {
		append_source(line, actor);
		return;
	}
	append_user(line, actor);
	append(line, " pid=%" PRIu32, actor->identity.key.pid);
	append_value(line, "exe", path, describe_executable(actor, path, sizeof(path)));
	append_request(line, actor->script);
}

static void append_reply(struct line *line, const struct dialogue_reply *reply)
{
	char text[REPLY_TEXT_SIZE];

	if (!reply->code)
		return;
	append_value(line, "reply", text, describe_reply(reply->code, &reply->enhanced, reply->text, text));
	if (reply->class != REPLY_CLASS_NONE)
		append(line, " reply_class=%s", reply_class_name(reply->class));
	append_text(line, "receiver", reply->receiver, NAME_SHOWN);
}

static void append_dialogue(struct line *line, const struct dialogue *dialogue)
{
	if (!dialogue)
		return;
	append_text(line, "helo", dialogue->helo, NAME_SHOWN);
	if (dialogue->mail_count)
		append_value(line, "mail", describe_sender(dialogue), strlen(describe_sender(dialogue)));
	append_text(line, "rcpt", dialogue->rcpt_domain, NAME_SHOWN);
	if (dialogue->rcpt_count)
		append(line, " rcpts=%" PRIu32, dialogue->rcpt_count);
	if (dialogue->mail_count)
		append(line, " accepted=%" PRIu32, dialogue->accepted);
	if (dialogue->mail_count || dialogue->refused)
		append(line, " refused=%" PRIu32, dialogue->refused);
	if (dialogue->tls != DIALOGUE_TLS_NONE)
		append(line, " tls=%s", dialogue_tls_name(dialogue->tls));
	append_text(line, "auth", dialogue->mechanism, NAME_SHOWN);
	if (dialogue->misfit != DIALOGUE_MISFIT_NONE)
		append(line, " misfit=%s", dialogue_misfit_name(dialogue->misfit));
	append_reply(line, &dialogue->reply);
	if (dialogue->unknown_recipients)
		append(line, " unknown_recipients=%" PRIu32, dialogue->unknown_recipients);
	append(line, "%s%s", dialogue->from_middle ? " from_middle=yes" : "", dialogue->lost ? " lost=yes" : "");
}

/* All of it fits, whatever the texts of others are: see above. */
static void append_head(struct line *line, const struct alert *alert)
{
	char endpoint[ENDPOINT_TEXT_SIZE];
	char since[CLOCK_TEXT_SIZE];
	char span[DURATION_TEXT_SIZE];

	append(line, "ALERT rule=%.*s severity=%s", RULE_NAME_MAX, alert->rule, alert_severity_name(alert->severity));
	append_culprit(line, alert->actor);
	if (alert->remote.port)
		append(line, " dst=%s", endpoint_format(&alert->remote, endpoint));
	append(line, " count=%" PRIu64, alert->count);
	if (alert->networks)
		append(line, " networks=%" PRIu64 "%s", alert->networks, alert->networks_capped ? "+" : "");
	append_text(line, "evidence", alert->evidence, EVIDENCE_SHOWN);
	if (alert->incident)
		append(line, " incident=%s", alert->incident->id);
	append(line, " phase=%s since=%s", alert_phase_name(alert->phase),
	       clock_format_utc(alert->first_wall_ns, since));
	if (alert->phase == ALERT_ENDED)
		append(line, " duration=%s", describe_span(describe_duration(alert), span));
}

void line_of_alert(const struct alert *alert, char text[LINE_SIZE])
{
	/* What stands at the end says how much it matters, and how far the rest can be trusted: that is kept free of
	 * what others fill the line with. */
	struct line line = {.text = text, .size = LINE_SIZE - INCIDENT_ROOM - sizeof(MARKS)};

	append_head(&line, alert);
	append_text(&line, "domain", alert->domain, NAME_SHOWN);
	append_dialogue(&line, alert->dialogue);
	append_unit(&line, alert->actor->unit);
	if (alert->actor->origin == ACTOR_ORIGIN_PROCESS)
		append_program(&line, alert->actor);
	line.size = LINE_SIZE;
	append_incident(&line, alert->incident);
	append_marks(&line, alert);
}

static void append_who(struct line *line, const struct actor *actor)
{
	char path[EXECUTABLE_SHOWN];
	char address[ADDRESS_TEXT_SIZE];

	if (!actor) {
		append(line, "?");
		return;
	}
	if (actor->origin != ACTOR_ORIGIN_PROCESS) {
		append(line, "%s %s", actor_origin_name(actor->origin),
		       address_format(&actor->source.address, address));
		append_escaped(line, actor->interface_name[0] ? "%" : "", actor->interface_name[0] ? 1 : 0);
		append_escaped(line, actor->interface_name, strlen(actor->interface_name));
		return;
	}
	if (actor->user_name[0])
		append_escaped(line, actor->user_name, strlen(actor->user_name));
	else
		append(line, "%" PRIu32, actor->identity.key.uid);
	append(line, " ");
	append_escaped(line, path, describe_executable(actor, path, sizeof(path)));
	append(line, "[%" PRIu32 "]", actor->identity.key.pid);
}

static void append_end(struct line *line, const struct flow *flow)
{
	char duration[CLOCK_TEXT_SIZE];

	append(line, " after %s", clock_format_duration(flow->duration_ns, duration));
	if (flow->established)
		append(line, ", sent %" PRIu64 ", received %" PRIu64, flow->bytes_sent, flow->bytes_received);
	else if (flow->error)
		append(line, ": %s", strerrordesc_np((int)flow->error) ? strerrordesc_np((int)flow->error) : "?");
}

static void append_destination(struct line *line, const struct flow *flow)
{
	char endpoint[ENDPOINT_TEXT_SIZE];

	append(line, " -> %s", endpoint_format(&flow->remote, endpoint));
	if (!flow->domain[0])
		return;
	append(line, " (");
	append_escaped(line, flow->domain, strlen(flow->domain));
	append(line, ")");
}

void line_of_reply(const struct reply_event *event, char text[LINE_SIZE])
{
	struct line line = {.text = text, .size = LINE_SIZE};
	const struct dialogue_event *reply = event->reply;
	char said[REPLY_TEXT_SIZE];
	char time[CLOCK_TEXT_SIZE];

	append(&line, "%s %-11s ", clock_format_local(reply->wall_ns, time), "reply");
	append_who(&line, event->actor);
	append_destination(&line, event->flow);
	append(&line, " at %s:", dialogue_stage_name(reply->stage));
	append_value(&line, NULL, said, describe_reply(reply->code, &reply->enhanced, reply->text, said));
	if (reply->class == REPLY_CLASS_NONE)
		return;
	append(&line, " %s ", reply_class_name(reply->class));
	append_escaped(&line, reply->receiver, strlen(reply->receiver));
}

void line_of_flow(const struct flow_event *event, char text[LINE_SIZE])
{
	struct line line = {.text = text, .size = LINE_SIZE};
	const struct flow *flow = event->flow;
	char time[CLOCK_TEXT_SIZE];
	const char *began = flow->adopted ? "adopted" : "attempt";
	bool ended = event->moment == FLOW_ENDED;
	uint64_t wall_ns = flow->started_wall_ns + (ended ? flow->duration_ns : 0);

	append(&line, "%s %-11s ", clock_format_local(wall_ns, time), ended ? flow_outcome_name(flow->outcome) : began);
	append_who(&line, event->actor);
	append_destination(&line, flow);
	if (event->actor && event->actor->origin == ACTOR_ORIGIN_PROCESS && !ended)
		append(&line, " %s", actor_role_name(event->actor->role));
	if (ended)
		append_end(&line, flow);
	if (ended)
		append_dialogue(&line, flow->dialogue);
	else
		append_script(&line, NULL, flow->script);
}

void line_of_submission(const struct submission_event *event, char text[LINE_SIZE])
{
	struct line line = {.text = text, .size = LINE_SIZE};
	char time[CLOCK_TEXT_SIZE];

	append(&line, "%s %-11s ", clock_format_local(event->wall_ns, time), "submission");
	append_who(&line, event->actor);
	append_script(&line, NULL, event->actor->script);
}

void line_of_summary(const struct summary *summary, char text[LINE_SIZE])
{
	struct line line = {.text = text, .size = LINE_SIZE};
	const __u64 *books = summary->books.entries;
	char duration[CLOCK_TEXT_SIZE];

	append(&line, "watched for %s: attempts %" PRIu64 ", users %" PRIu64 ", established %" PRIu64,
	       clock_format_duration(summary->duration_ns, duration), summary->attempts, summary->users,
	       summary->established);
	for (int outcome = SW_OUTCOME_CLOSED; outcome < SW_OUTCOME_COUNT; outcome++)
		if (summary->outcomes[outcome])
			append(&line, ", %s %" PRIu64, flow_outcome_name((enum sw_outcome)outcome),
			       summary->outcomes[outcome]);
	append(&line, "; alert lines %" PRIu64 "\n", summary->alert_lines);
	append(&line,
	       "records: seen %llu = delivered %llu + thinned %llu + lost %llu"
	       " (ring full) + lost %llu (flow map full)",
	       books[SW_BOOK_SEEN], books[SW_BOOK_DELIVERED], books[SW_BOOK_THINNED], books[SW_BOOK_LOST_RING],
	       books[SW_BOOK_LOST_FLOWS]);
	if (books[SW_BOOK_UNCOUNTED_ACTOR] || books[SW_BOOK_UNCOUNTED_USER] || summary->missed)
		append(&line,
		       "; attempts without a counter of their process %llu, without one of their user %llu"
		       "; calls of the programs that the kernel skipped %llu",
		       books[SW_BOOK_UNCOUNTED_ACTOR], books[SW_BOOK_UNCOUNTED_USER],
		       (unsigned long long)summary->missed);
	if (summary->packets || summary->packets_dropped)
		append(&line, "\npackets: read %" PRIu64 ", dropped %" PRIu64, summary->packets,
		       summary->packets_dropped);
}
