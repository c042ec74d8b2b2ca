// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/fields.h"

#include "model/model.h"

#include <assert.h>
#include <smtpwatch/actor.h>
#include <smtpwatch/flow.h>

/* The struct of each part. */
#define OF_MARKS struct line_marks
#define OF_SPAN struct line_span
#define OF_OBSERVATION struct observation
#define OF_CHANGE struct model_change
#define OF_ENDPOINT struct endpoint
#define OF_SAID struct dialogue_event
#define OF_NAME struct name_event
#define OF_FLOW struct flow
#define OF_DIALOGUE struct dialogue
#define OF_ACTOR struct actor
#define OF_SCRIPT struct script
#define OF_UNIT struct unit
#define OF_HOST struct line_host
#define OF_WIRE struct wire_source
#define OF_ANCESTOR struct sw_ancestor

#define ROW(in, called, of, type, member, how, ...)                                                   \
	{                                                                                             \
		.name = (called), .section = SECTION_##in, .part = PART_##of, .kind = FIELD_##how,    \
		.offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member), __VA_ARGS__ \
	}
#define NUMBER(in, called, of, type, member) ROW(in, called, of, type, member, NUMBER, .argument = 0)
#define TRUE(in, called, of, type, member) ROW(in, called, of, type, member, TRUE, .argument = 0)
#define TEXT(in, called, of, type, member) ROW(in, called, of, type, member, TEXT, .argument = 0)
#define WORDS(in, called, of, type, member) ROW(in, called, of, type, member, WORDS, .argument = 0)
#define CHARS(in, called, of, type, member) ROW(in, called, of, type, member, CHARS, .argument = 0)
#define NAMED(in, called, of, type, member, list) ROW(in, called, of, type, member, NAMED, .argument = LIST_##list)
#define FLAG(called, bit) ROW(IDENTITY, called, ACTOR, OF_ACTOR, identity.flags, FLAG, .argument = (bit))
/* An object that holds others, and one whose fields are of what lies there. */
#define HOLDER(in, called, what)                                                                            \
	{                                                                                                   \
		.name = (called), .section = SECTION_##in, .kind = FIELD_OBJECT, .argument = SECTION_##what \
	}
#define OBJECT(in, called, of, where, what, ...)                                                                       \
	{                                                                                                              \
		.name = (called), .section = SECTION_##in, .part = PART_##of, .kind = FIELD_OBJECT, .offset = (where), \
		.argument = SECTION_##what, __VA_ARGS__                                                                \
	}
#define ALWAYS .always = true

const struct field recorded_fields[] = {
	ROW(ROOT, "@timestamp", OBSERVATION, OF_OBSERVATION, wall_ns, TIME, ALWAYS),
	HOLDER(ROOT, "event", EVENT),

	HOLDER(ENDS, "source", SOURCE),
	HOLDER(ENDS, "destination", DESTINATION),

	HOLDER(TAIL, "smtpwatch", OWN),

	ROW(EVENT, "action", MARKS, OF_MARKS, action, NAMED, .argument = LIST_ACTION, ALWAYS),
	NUMBER(EVENT, "duration", SPAN, OF_SPAN, duration_ns),

	{.name = "kind", .section = SECTION_START, .kind = FIELD_CONSTANT, .text = "event"},
	ROW(START, "start", FLOW, OF_FLOW, started_wall_ns, TIME, .argument = 0),

	ROW(SOURCE, "ip", LOCAL, OF_ENDPOINT, address, ADDRESS, .argument = 0),
	NUMBER(SOURCE, "port", LOCAL, OF_ENDPOINT, port),
	NUMBER(SOURCE, "bytes", FLOW, OF_FLOW, bytes_sent),

	ROW(DESTINATION, "ip", REMOTE, OF_ENDPOINT, address, ADDRESS, .argument = 0),
	NUMBER(DESTINATION, "port", REMOTE, OF_ENDPOINT, port),
	CHARS(DESTINATION, "domain", FLOW, OF_FLOW, domain),
	NUMBER(DESTINATION, "bytes", FLOW, OF_FLOW, bytes_received),

	ROW(FLOW, "flow", FLOW, OF_FLOW, id, HEX, ALWAYS),
	NUMBER(FLOW, "wire", FLOW, OF_FLOW, wire_id),
	NUMBER(FLOW, "started_ns", FLOW, OF_FLOW, started_ns),
	ROW(FLOW, "scope", FLOW, OF_FLOW, scope, NAMED, .argument = LIST_SCOPE, ALWAYS),
	NUMBER(FLOW, "network_namespace", FLOW, OF_FLOW, network_namespace),
	TRUE(FLOW, "adopted", FLOW, OF_FLOW, adopted),
	HOLDER(FLOW, "mx", MX),

	NUMBER(OWN, "time_ns", OBSERVATION, OF_OBSERVATION, time_ns),
	TRUE(OWN, "established", FLOW, OF_FLOW, established),
	NAMED(OWN, "outcome", FLOW, OF_FLOW, outcome, OUTCOME),
	NUMBER(OWN, "error", FLOW, OF_FLOW, error),
	TRUE(OWN, "flow_scriptless", MARKS, OF_MARKS, flow_scriptless),
	TEXT(OWN, "flow_site", FLOW_SCRIPT, OF_SCRIPT, site),
	OBJECT(OWN, "flow_script", FLOW_SCRIPT, 0, SCRIPT, ALWAYS),
	HOLDER(OWN, "change", CHANGE),
	HOLDER(OWN, "observed", OBSERVED),
	OBJECT(OWN, "said", SAID, 0, SAID, .size = 0),
	OBJECT(OWN, "question", NAME, 0, QUERY, .size = 0),

	OBJECT(TALK, "dialogue", DIALOGUE, 0, GREETING, ALWAYS),

	OBJECT(ANSWER, "reply", DIALOGUE, 0, REPLY, .size = 0),

	CHARS(MX, "domain", FLOW, OF_FLOW, mx_domain),
	NUMBER(MX, "preference", FLOW, OF_FLOW, mx_preference),

	TRUE(CHANGE, "actor_is_new", CHANGE, OF_CHANGE, actor_is_new),
	TRUE(CHANGE, "flow_began", CHANGE, OF_CHANGE, flow_began),
	TRUE(CHANGE, "flow_established", CHANGE, OF_CHANGE, flow_established),
	TRUE(CHANGE, "flow_ended", CHANGE, OF_CHANGE, flow_ended),
	TRUE(CHANGE, "greets_by_address", CHANGE, OF_CHANGE, greets_by_address),
	TRUE(CHANGE, "submitted", CHANGE, OF_CHANGE, submitted),
	NUMBER(CHANGE, "direct_added", CHANGE, OF_CHANGE, direct_added),

	OBJECT(OBSERVED, "source", OBSERVED_LOCAL, 0, ENDPOINT, ALWAYS),
	OBJECT(OBSERVED, "destination", OBSERVED_REMOTE, 0, ENDPOINT, ALWAYS),

	WORDS(SAID, "name", SAID, OF_SAID, name),
	WORDS(SAID, "text", SAID, OF_SAID, text),
	TEXT(SAID, "address", SAID, OF_SAID, address),
	NUMBER(SAID, "code", SAID, OF_SAID, code),
	ROW(SAID, "enhanced", SAID, OF_SAID, enhanced, ENHANCED, .argument = 0),
	NAMED(SAID, "stage", SAID, OF_SAID, stage, STAGE),
	ROW(SAID, "extensions", SAID, OF_SAID, extensions, EXTENSIONS, .argument = 0),
	TRUE(SAID, "extended", SAID, OF_SAID, is_extended),
	NAMED(SAID, "tls", SAID, OF_SAID, tls, TLS),
	NAMED(SAID, "misfit", SAID, OF_SAID, misfit, MISFIT),
	NUMBER(SAID, "bytes", SAID, OF_SAID, bytes),
	NAMED(SAID, "ending", SAID, OF_SAID, ending, ENDING),
	NUMBER(SAID, "bytes_sent", SAID, OF_SAID, bytes_sent),
	NUMBER(SAID, "bytes_received", SAID, OF_SAID, bytes_received),
	NUMBER(SAID, "duration", SAID, OF_SAID, duration_ns),
	NAMED(SAID, "class", SAID, OF_SAID, class, CLASS),
	TEXT(SAID, "receiver", SAID, OF_SAID, receiver),
	TRUE(SAID, "incoming", SAID, OF_SAID, incoming),
	TRUE(SAID, "has_syn", SAID, OF_SAID, has_syn),
	OBJECT(SAID, "from", SAID, offsetof(OF_SAID, source), WIRE_SOURCE, .size = 0),
	OBJECT(SAID, "alias_source", SAID, offsetof(OF_SAID, alias_local), ENDPOINT, .size = 0),
	OBJECT(SAID, "alias_destination", SAID, offsetof(OF_SAID, alias_remote), ENDPOINT, .size = 0),

	WORDS(QUERY, "name", NAME, OF_NAME, owner),
	TEXT(QUERY, "target", NAME, OF_NAME, target),
	NUMBER(QUERY, "preference", NAME, OF_NAME, preference),
	NUMBER(QUERY, "ttl", NAME, OF_NAME, ttl),
	ROW(QUERY, "ip", NAME, OF_NAME, address, ADDRESS, .argument = 0),
	NUMBER(QUERY, "protocol", NAME, OF_NAME, protocol),

	TEXT(GREETING, "banner", DIALOGUE, OF_DIALOGUE, banner),
	NUMBER(GREETING, "banner_code", DIALOGUE, OF_DIALOGUE, banner_code),
	ROW(GREETING, "ehlo", DIALOGUE, OF_DIALOGUE, helo, EHLO, .argument = true),
	ROW(GREETING, "helo", DIALOGUE, OF_DIALOGUE, helo, HELO, .argument = false),
	NUMBER(GREETING, "helo_count", DIALOGUE, OF_DIALOGUE, helo_count),
	ROW(GREETING, "extensions", DIALOGUE, OF_DIALOGUE, extensions, EXTENSIONS, .argument = 0),
	NAMED(GREETING, "tls", DIALOGUE, OF_DIALOGUE, tls, TLS),
	TEXT(GREETING, "server_name", DIALOGUE, OF_DIALOGUE, server_name),
	TEXT(GREETING, "auth", DIALOGUE, OF_DIALOGUE, mechanism),

	NAMED(DIALOGUE, "misfit", DIALOGUE, OF_DIALOGUE, misfit, MISFIT),
	TEXT(DIALOGUE, "mail_domain", DIALOGUE, OF_DIALOGUE, mail_domain),
	TEXT(DIALOGUE, "mail_address", DIALOGUE, OF_DIALOGUE, mail_address),
	NUMBER(DIALOGUE, "mail_count", DIALOGUE, OF_DIALOGUE, mail_count),
	TEXT(DIALOGUE, "rcpt_domain", DIALOGUE, OF_DIALOGUE, rcpt_domain),
	NUMBER(DIALOGUE, "rcpt_count", DIALOGUE, OF_DIALOGUE, rcpt_count),
	NUMBER(DIALOGUE, "accepted", DIALOGUE, OF_DIALOGUE, accepted),
	NUMBER(DIALOGUE, "refused", DIALOGUE, OF_DIALOGUE, refused),
	NUMBER(DIALOGUE, "refusals", DIALOGUE, OF_DIALOGUE, refusals),
	NUMBER(DIALOGUE, "unknown_recipients", DIALOGUE, OF_DIALOGUE, unknown_recipients),
	NUMBER(DIALOGUE, "message_bytes", DIALOGUE, OF_DIALOGUE, message_bytes),
	TRUE(DIALOGUE, "quit", DIALOGUE, OF_DIALOGUE, quit),
	TRUE(DIALOGUE, "from_middle", DIALOGUE, OF_DIALOGUE, from_middle),
	TRUE(DIALOGUE, "lost", DIALOGUE, OF_DIALOGUE, lost),

	NUMBER(REPLY, "code", DIALOGUE, OF_DIALOGUE, reply.code),
	ROW(REPLY, "enhanced", DIALOGUE, OF_DIALOGUE, reply.enhanced, ENHANCED, .argument = 0),
	TEXT(REPLY, "text", DIALOGUE, OF_DIALOGUE, reply.text),
	NAMED(REPLY, "stage", DIALOGUE, OF_DIALOGUE, reply.stage, STAGE),
	NAMED(REPLY, "class", DIALOGUE, OF_DIALOGUE, reply.class, CLASS),
	TEXT(REPLY, "receiver", DIALOGUE, OF_DIALOGUE, reply.receiver),

	ROW(ENDPOINT, "ip", BASE, OF_ENDPOINT, address, ADDRESS, .argument = 0),
	NUMBER(ENDPOINT, "port", BASE, OF_ENDPOINT, port),

	ROW(ACTOR, "role", ACTOR, OF_ACTOR, role, NAMED, .argument = LIST_ROLE, ALWAYS),
	NAMED(ACTOR, "origin", ACTOR, OF_ACTOR, origin, ORIGIN),
	OBJECT(ACTOR, "source", ACTOR, offsetof(OF_ACTOR, source), WIRE_SOURCE, .size = 0),
	NUMBER(ACTOR, "start_ns", ACTOR, OF_ACTOR, identity.key.start_ns),
	CHARS(ACTOR, "mta", ACTOR, OF_ACTOR, mta_name),
	CHARS(ACTOR, "owner", ACTOR, OF_ACTOR, owner_name),
	TRUE(ACTOR, "wears_mta", ACTOR, OF_ACTOR, wears_mta),
	TEXT(ACTOR, "unit", UNIT, OF_UNIT, name),
	TEXT(ACTOR, "slice", UNIT, OF_UNIT, slice),
	TRUE(ACTOR, "leads_unit", ACTOR, OF_ACTOR, leads_unit),
	TEXT(ACTOR, "site", SCRIPT, OF_SCRIPT, site),
	OBJECT(ACTOR, "script", SCRIPT, 0, SCRIPT, ALWAYS),
	HOLDER(ACTOR, "executable", EXECUTABLE),
	ROW(ACTOR, "ancestors", ACTOR, OF_ACTOR, identity.ancestors, ANCESTORS, .argument = SECTION_ANCESTOR),
	OBJECT(ACTOR, "tracer", ACTOR, offsetof(OF_ACTOR, identity.tracer), ANCESTOR, .size = 0),
	NUMBER(ACTOR, "mount_namespace", ACTOR, OF_ACTOR, identity.mount_namespace),
	ROW(ACTOR, "user_namespace", ACTOR, OF_ACTOR, identity.flags, FLAG, .argument = SW_IDENTITY_USER_NAMESPACE),
	HOLDER(ACTOR, "identity", IDENTITY),
	ROW(ACTOR, "loginuid", ACTOR, OF_ACTOR, identity.loginuid, NUMBER, .argument = UINT32_MAX),
	NUMBER(ACTOR, "gid", ACTOR, OF_ACTOR, identity.gid),
	NUMBER(ACTOR, "cgroup", ACTOR, OF_ACTOR, identity.cgroup),

	ROW(WIRE_SOURCE, "ip", BASE, OF_WIRE, address, ADDRESS, .argument = 0),
	ROW(WIRE_SOURCE, "mac", BASE, OF_WIRE, has_mac, MAC, .argument = 0),
	NUMBER(WIRE_SOURCE, "interface", BASE, OF_WIRE, interface),

	TEXT(SCRIPT, "path", BASE, OF_SCRIPT, path),
	TEXT(SCRIPT, "url", BASE, OF_SCRIPT, url),
	TEXT(SCRIPT, "method", BASE, OF_SCRIPT, method),
	NAMED(SCRIPT, "source", BASE, OF_SCRIPT, source, SCRIPT_SOURCE),
	TEXT(SCRIPT, "pool", BASE, OF_SCRIPT, pool),
	TRUE(SCRIPT, "inherited", BASE, OF_SCRIPT, inherited),
	TRUE(SCRIPT, "claimed", BASE, OF_SCRIPT, claimed),
	TRUE(SCRIPT, "one_liner", BASE, OF_SCRIPT, one_liner),
	TRUE(SCRIPT, "deleted", BASE, OF_SCRIPT, deleted),
	TRUE(SCRIPT, "cut", BASE, OF_SCRIPT, cut),

	NUMBER(EXECUTABLE, "device", ACTOR, OF_ACTOR, identity.key.exe_device),
	ROW(EXECUTABLE, "inode", ACTOR, OF_ACTOR, identity.key.exe_inode, ID, .argument = 0),
	ROW(EXECUTABLE, "links", ACTOR, OF_ACTOR, identity.exe_links, NUMBER, .argument = 1),
	NUMBER(EXECUTABLE, "owner", ACTOR, OF_ACTOR, identity.exe_owner),
	NUMBER(EXECUTABLE, "mode", ACTOR, OF_ACTOR, identity.exe_mode),
	TRUE(EXECUTABLE, "replaced", ACTOR, OF_ACTOR, is_replaced),
	TRUE(EXECUTABLE, "host_path", ACTOR, OF_ACTOR, has_host_path),

	FLAG("kernel_thread", SW_IDENTITY_KERNEL_THREAD),
	FLAG("path_cut", SW_IDENTITY_PATH_CUT),
	FLAG("path_detached", SW_IDENTITY_PATH_DETACHED),
	FLAG("argv_unreadable", SW_IDENTITY_ARGV_UNREADABLE),
	FLAG("argv_cut", SW_IDENTITY_ARGV_CUT),
	FLAG("cwd_cut", SW_IDENTITY_CWD_CUT),
	FLAG("adopted", SW_IDENTITY_ADOPTED),

	NUMBER(ANCESTOR, "pid", BASE, OF_ANCESTOR, pid),
	CHARS(ANCESTOR, "name", BASE, OF_ANCESTOR, comm),
	OBJECT(ANCESTOR, "user", BASE, 0, ANCESTOR_USER, .size = 0),
	NUMBER(ANCESTOR, "start_ns", BASE, OF_ANCESTOR, start_ns),

	ROW(ANCESTOR_USER, "id", BASE, OF_ANCESTOR, uid, ID, .argument = 0),

	HOLDER(PERSON, "process", PROCESS),
	HOLDER(PERSON, "host", HOST),
	HOLDER(PERSON, "user", USER),
	HOLDER(PERSON, "container", CONTAINER),
	HOLDER(PERSON, "observer", OBSERVER),

	NUMBER(PROCESS, "pid", ACTOR, OF_ACTOR, identity.key.pid),
	CHARS(PROCESS, "name", ACTOR, OF_ACTOR, identity.comm),
	TEXT(PROCESS, "executable", ACTOR, OF_ACTOR, executable),
	ROW(PROCESS, "command_line", ACTOR, OF_ACTOR, argv, ARGV, .argument = 0),
	TEXT(PROCESS, "working_directory", ACTOR, OF_ACTOR, cwd),
	ROW(PROCESS, "start", MARKS, OF_MARKS, process_wall_ns, TIME, .argument = 0),
	OBJECT(PROCESS, "parent", ACTOR, offsetof(OF_ACTOR, identity.ancestors), ANCESTOR, .size = 0),
	HOLDER(PROCESS, "thread", THREAD),

	ROW(THREAD, "id", ACTOR, OF_ACTOR, identity.tid, LIKE, .argument = offsetof(OF_ACTOR, identity.key.pid)),

	CHARS(HOST, "name", HOST, OF_HOST, name),

	ROW(USER, "id", ACTOR, OF_ACTOR, identity.key.uid, ID, .argument = UINT32_MAX),
	CHARS(USER, "name", ACTOR, OF_ACTOR, user_name),
	HOLDER(USER, "effective", EFFECTIVE),

	ROW(EFFECTIVE, "id", ACTOR, OF_ACTOR, identity.euid, LIKE_ID, .argument = offsetof(OF_ACTOR, identity.key.uid)),

	TEXT(CONTAINER, "id", UNIT, OF_UNIT, container_id),
	TEXT(CONTAINER, "name", UNIT, OF_UNIT, container_name),
	TEXT(CONTAINER, "runtime", UNIT, OF_UNIT, container_runtime),

	HOLDER(OBSERVER, "ingress", INGRESS),
	HOLDER(INGRESS, "interface", INTERFACE),
	CHARS(INTERFACE, "name", ACTOR, OF_ACTOR, interface_name),
};
const size_t recorded_field_count = sizeof(recorded_fields) / sizeof(recorded_fields[0]);

enum section section_object(enum section section)
{
	static const enum section objects[SECTION_COUNT] = {
		[SECTION_ENDS] = SECTION_ROOT,   [SECTION_TAIL] = SECTION_ROOT, [SECTION_PERSON] = SECTION_ROOT,
		[SECTION_START] = SECTION_EVENT, [SECTION_FLOW] = SECTION_OWN,  [SECTION_TALK] = SECTION_OWN,
		[SECTION_ANSWER] = SECTION_OWN,  [SECTION_ACTOR] = SECTION_OWN, [SECTION_GREETING] = SECTION_DIALOGUE,
	};
	static_assert(SECTION_ROOT == 0, "what is not in the list is a part of itself");
	bool is_of_root = section == SECTION_ENDS || section == SECTION_TAIL || section == SECTION_PERSON;

	return objects[section] || is_of_root ? objects[section] : section;
}

enum section section_last(enum section section)
{
	static const enum section lasts[SECTION_COUNT] = {
		[SECTION_ROOT] = SECTION_ENDS,
		[SECTION_EVENT] = SECTION_START,
		[SECTION_FLOW] = SECTION_ANSWER,
		[SECTION_GREETING] = SECTION_DIALOGUE,
	};

	return lasts[section] ? lasts[section] : section;
}
