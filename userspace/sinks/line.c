// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/line.h"

#include "lib/clock.h"
#include "lib/text.h"
#include "sinks/describe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* A line under construction. What does not fit is cut, and what was written always ends with NUL. */
struct line {
	char *text;
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) append(struct line *line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line->text + line->used, LINE_SIZE - line->used, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->used += (size_t)length < LINE_SIZE - line->used ? (size_t)length : LINE_SIZE - line->used - 1;
}

static void append_value(struct line *line, const char *key, const void *value, size_t size)
{
	append(line, " %s=", key);
	line->used += text_escape_value(line->text + line->used, LINE_SIZE - line->used, value, size);
}

static void append_escaped(struct line *line, const void *text, size_t size)
{
	line->used += text_escape(line->text + line->used, LINE_SIZE - line->used, text, size);
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
}

static void append_parent(struct line *line, const struct actor *actor)
{
	const struct sw_ancestor *parent = &actor->identity.ancestors[0];
	char text[SW_COMM_SIZE + 16];

	if (parent->pid == 0)
		return;
	int length = snprintf(text, sizeof(text), "%.*s[%" PRIu32 "]", (int)strnlen(parent->comm, SW_COMM_SIZE),
			      parent->comm, parent->pid);
	append_value(line, "parent", text, (size_t)length);
}

static void append_program(struct line *line, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	char argv[SW_ARGV_SIZE + 1];

	append_value(line, "comm", identity->comm, strnlen(identity->comm, SW_COMM_SIZE));
	size_t length = describe_argv(actor, argv);
	if (length > 0)
		append_value(line, "argv", argv, length);
	append_parent(line, actor);
	if (describe_is_deleted(actor))
		append(line, " exe_deleted=yes");
}

void line_of_alert(const struct alert *alert, char text[LINE_SIZE])
{
	struct line line = {.text = text};
	char endpoint[ENDPOINT_TEXT_SIZE];
	char since[CLOCK_TEXT_SIZE];
	char path[DESCRIBE_EXECUTABLE_SIZE];

	append(&line, "ALERT rule=%s severity=%s", alert->rule, alert_severity_name(alert->severity));
	append_user(&line, alert->actor);
	append(&line, " pid=%" PRIu32, alert->actor->identity.key.pid);
	append_value(&line, "exe", path, describe_executable(alert->actor, path));
	if (alert->remote.port)
		append(&line, " dst=%s", endpoint_format(&alert->remote, endpoint));
	append(&line, " count=%" PRIu64, alert->count);
	if (alert->networks)
		append(&line, " networks=%" PRIu64 "%s", alert->networks, alert->networks_capped ? "+" : "");
	append(&line, " phase=%s since=%s", alert_phase_name(alert->phase),
	       clock_format_utc(alert->first_wall_ns, since));
	if (alert->more_actors)
		append(&line, " more_actors=yes");
	append_program(&line, alert->actor);
}

static void append_who(struct line *line, const struct actor *actor)
{
	char path[DESCRIBE_EXECUTABLE_SIZE];

	if (!actor) {
		append(line, "?");
		return;
	}
	if (actor->user_name[0])
		append_escaped(line, actor->user_name, strlen(actor->user_name));
	else
		append(line, "%" PRIu32, actor->identity.key.uid);
	append(line, " ");
	append_escaped(line, path, describe_executable(actor, path));
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

void line_of_flow(const struct flow_event *event, char text[LINE_SIZE])
{
	struct line line = {.text = text};
	const struct flow *flow = event->flow;
	char endpoint[ENDPOINT_TEXT_SIZE];
	char time[CLOCK_TEXT_SIZE];
	bool ended = event->moment == FLOW_ENDED;
	uint64_t wall_ns = flow->started_wall_ns + (ended ? flow->duration_ns : 0);

	append(&line, "%s %-11s ", clock_format_local(wall_ns, time),
	       ended ? flow_outcome_name(flow->outcome) : "attempt");
	append_who(&line, event->actor);
	append(&line, " -> %s", endpoint_format(&flow->remote, endpoint));
	if (event->actor && !ended)
		append(&line, " %s", actor_role_name(event->actor->role));
	if (ended)
		append_end(&line, flow);
}

void line_of_summary(const struct summary *summary, char text[LINE_SIZE])
{
	struct line line = {.text = text};
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
}
