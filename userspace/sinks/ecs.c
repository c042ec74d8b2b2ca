// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "sinks/describe.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define ECS_VERSION "8.11"

static json_t *object_in(json_t *parent, const char *name)
{
	json_t *child = json_object_get(parent, name);
	if (child)
		return child;
	json_object_set_new(parent, name, json_object());
	return json_object_get(parent, name);
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

static void put_word(json_t *object, const char *name, const char *word)
{
	json_object_set_new(object, name, json_string(word));
}

static void put_text(json_t *object, const char *name, const void *text, size_t size)
{
	char escaped[TEXT_ESCAPED_SIZE(DESCRIBE_EXECUTABLE_SIZE)];
	text_escape(escaped, sizeof(escaped), text, size);
	put_word(object, name, escaped);
}

static void put_id(json_t *object, const char *name, uint32_t id)
{
	char text[sizeof("4294967295")];
	snprintf(text, sizeof(text), "%" PRIu32, id);
	put_word(object, name, text);
}

static json_t *begin(uint64_t wall_ns, const char *kind, const char *action)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *root = json_object();
	put_word(root, "@timestamp", clock_format_utc(wall_ns, time));
	put_word(object_in(root, "ecs"), "version", ECS_VERSION);
	json_t *event = object_in(root, "event");
	put_word(event, "kind", kind);
	put_word(event, "action", action);
	put_word(event, "module", "smtpwatch");
	return root;
}

static void put_endpoint(json_t *root, const char *name, const struct endpoint *endpoint)
{
	char text[ADDRESS_TEXT_SIZE];
	if (!endpoint->port)
		return;
	json_t *object = object_in(root, name);
	put_word(object, "ip", address_format(&endpoint->address, text));
	put_number(object, "port", endpoint->port);
}

static void put_user(json_t *root, const struct actor *actor)
{
	json_t *user = object_in(root, "user");
	put_id(user, "id", actor->identity.key.uid);
	if (actor->user_name[0])
		put_text(user, "name", actor->user_name, strlen(actor->user_name));
	if (actor->identity.euid != actor->identity.key.uid)
		put_id(object_in(user, "effective"), "id", actor->identity.euid);
}

static void put_ancestor(json_t *parent, const struct sw_ancestor *ancestor)
{
	put_number(parent, "pid", ancestor->pid);
	put_text(parent, "name", ancestor->comm, strnlen(ancestor->comm, SW_COMM_SIZE));
	put_id(object_in(parent, "user"), "id", ancestor->uid);
}

/* ECS knows one parent; the ones above it go to smtpwatch.ancestors, the nearest first. */
static void put_ancestors(json_t *root, const struct actor *actor)
{
	const struct sw_ancestor *ancestors = actor->identity.ancestors;
	if (ancestors[0].pid == 0)
		return;
	put_ancestor(object_in(object_in(root, "process"), "parent"), &ancestors[0]);
	json_t *others = json_array();
	for (int i = 1; i < SW_ANCESTOR_COUNT && ancestors[i].pid; i++) {
		json_t *ancestor = json_object();
		put_ancestor(ancestor, &ancestors[i]);
		json_array_append_new(others, ancestor);
	}
	json_object_set_new(object_in(root, "smtpwatch"), "ancestors", others);
}

/* Whether a record told of the actor. Of one that only counters know, there is no more than its key. */
static bool was_told(const struct sw_identity *identity)
{
	return identity->tid != 0;
}

static void put_process(json_t *root, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	json_t *process = object_in(root, "process");
	char text[DESCRIBE_EXECUTABLE_SIZE];
	char argv[SW_ARGV_SIZE + 1];
	char start[CLOCK_TEXT_SIZE];

	put_number(process, "pid", identity->key.pid);
	put_text(process, "name", identity->comm, strnlen(identity->comm, SW_COMM_SIZE));
	if (actor->executable)
		put_text(process, "executable", text, describe_executable(actor, text));
	put_word(process, "start", clock_format_utc(clock_wall_of_boot(identity->key.start_ns), start));
	size_t length = describe_argv(actor, argv);
	if (length > 0)
		put_text(process, "command_line", argv, length);
	if (was_told(identity) && identity->tid != identity->key.pid)
		put_number(object_in(process, "thread"), "id", identity->tid);
}

static void put_actor(json_t *root, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	json_t *own = object_in(root, "smtpwatch");
	char inode[sizeof("18446744073709551615")];

	put_process(root, actor);
	put_user(root, actor);
	put_ancestors(root, actor);
	put_word(own, "role", actor_role_name(actor->role));
	if (actor->mta_name[0])
		put_word(own, "mta", actor->mta_name);
	json_t *file = object_in(own, "executable");
	snprintf(inode, sizeof(inode), "%llu", identity->key.exe_inode); /* may exceed a signed number */
	put_number(file, "device", identity->key.exe_device);
	put_word(file, "inode", inode);
	put_number(own, "mount_namespace", identity->mount_namespace);
	if (identity->loginuid != UINT32_MAX)
		put_number(own, "loginuid", identity->loginuid);
	if (!was_told(identity))
		return;
	put_number(file, "links", identity->exe_links);
	put_number(own, "gid", identity->gid);
	put_number(own, "cgroup", identity->cgroup);
}

json_t *ecs_of_alert(const struct alert *alert)
{
	char since[CLOCK_TEXT_SIZE];
	json_t *root = begin(alert->last_wall_ns, "alert", alert_phase_name(alert->phase));
	json_t *own = object_in(root, "smtpwatch");

	put_number(object_in(root, "event"), "severity", alert->severity);
	put_word(object_in(root, "event"), "start", clock_format_utc(alert->first_wall_ns, since));
	put_word(object_in(root, "log"), "level", alert_severity_name(alert->severity));
	put_word(object_in(root, "rule"), "id", alert->rule);
	put_actor(root, alert->actor);
	put_endpoint(root, "destination", &alert->remote);
	put_number(own, "count", alert->count);
	if (alert->networks)
		put_number(own, "networks", alert->networks);
	if (alert->networks_capped)
		json_object_set_new(own, "networks_capped", json_true());
	if (alert->more_actors)
		json_object_set_new(own, "more_actors", json_true());
	return root;
}

static void put_end(json_t *root, const struct flow *flow)
{
	json_t *own = object_in(root, "smtpwatch");
	put_word(own, "outcome", flow_outcome_name(flow->outcome));
	if (flow->error)
		put_number(own, "error", flow->error);
	put_number(object_in(root, "event"), "duration", flow->duration_ns);
	if (flow->established) {
		put_number(object_in(root, "source"), "bytes", flow->bytes_sent);
		put_number(object_in(root, "destination"), "bytes", flow->bytes_received);
	}
}

static const char *const scope_names[] = {
	[SW_SCOPE_EXTERNAL] = "external",
	[SW_SCOPE_INTERNAL] = "internal",
	[SW_SCOPE_HOST] = "host",
	[SW_SCOPE_SMARTHOST] = "smarthost",
};
static_assert(COUNT_OF(scope_names) == SW_SCOPE_COUNT, "a name for each scope");

json_t *ecs_of_flow(const struct flow_event *event)
{
	const struct flow *flow = event->flow;
	bool ended = event->moment == FLOW_ENDED;
	json_t *root =
		begin(flow->started_wall_ns + (ended ? flow->duration_ns : 0), "event", ended ? "end" : "attempt");
	json_t *own = object_in(root, "smtpwatch");
	char id[sizeof("ffffffffffffffff")];

	if (event->actor)
		put_actor(root, event->actor);
	put_endpoint(root, "source", &flow->local);
	put_endpoint(root, "destination", &flow->remote);
	snprintf(id, sizeof(id), "%" PRIx64, flow->id);
	put_word(own, "flow", id);
	put_word(own, "scope", scope_names[flow->scope]);
	if (flow->network_namespace)
		put_number(own, "network_namespace", flow->network_namespace);
	if (ended)
		put_end(root, flow);
	return root;
}

static const char *const book_names[] = {
	[SW_BOOK_SEEN] = "seen",
	[SW_BOOK_DELIVERED] = "delivered",
	[SW_BOOK_THINNED] = "thinned",
	[SW_BOOK_LOST_RING] = "lost_ring",
	[SW_BOOK_LOST_FLOWS] = "lost_flows",
	[SW_BOOK_UNCOUNTED_ACTOR] = "uncounted_actor",
	[SW_BOOK_UNCOUNTED_USER] = "uncounted_user",
};
static_assert(COUNT_OF(book_names) == SW_BOOK_COUNT, "a name for each book");

json_t *ecs_of_summary(const struct summary *summary)
{
	json_t *root = begin(clock_wall_ns(), "event", "summary");
	json_t *own = object_in(root, "smtpwatch");
	json_t *outcomes = object_in(own, "outcomes");
	json_t *books = object_in(own, "books");

	put_number(object_in(root, "event"), "duration", summary->duration_ns);
	put_number(own, "attempts", summary->attempts);
	put_number(own, "established", summary->established);
	for (int outcome = SW_OUTCOME_CLOSED; outcome < SW_OUTCOME_COUNT; outcome++)
		put_number(outcomes, flow_outcome_name((enum sw_outcome)outcome), summary->outcomes[outcome]);
	put_number(own, "users", summary->users);
	put_number(own, "alert_lines", summary->alert_lines);
	for (int book = 0; book < SW_BOOK_COUNT; book++)
		put_number(books, book_names[book], summary->books.entries[book]);
	put_number(books, "received", summary->received);
	put_number(books, "missed", summary->missed);
	return root;
}
