/* SPDX-License-Identifier: GPL-2.0-only */
/* A question to the rules in which no two fields are alike, and the comparison of two of them. */
#ifndef SMTPWATCH_TESTS_RECORDED_QUESTION_H
#define SMTPWATCH_TESTS_RECORDED_QUESTION_H

#include "support/observations.h"
#include "support/test.h"

#include "model/model.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/flow.h>

struct question {
	struct observation observation;
	struct model_change change;
	struct actor actor;
	struct script script;
	struct script flow_script;
	struct unit unit;
	struct flow flow;
	struct dialogue dialogue;
	struct dialogue_event said;
	struct name_event name;
};

#define SAID "caf\xc3\xa9 \xf0\x9f\x93\xa7 \"quoted\\ \x01\x1f\x7f \xff\xc3 \xed\xa0\x80 <tab>\t"

static inline struct sw_ancestor ancestor_of(uint32_t pid)
{
	struct sw_ancestor ancestor = {.start_ns = 7000 + pid, .pid = pid, .uid = 300 + pid};
	snprintf(ancestor.comm, sizeof(ancestor.comm), "parent \xfe%u", pid);
	return ancestor;
}

static inline void fill_identity(struct sw_identity *identity)
{
	*identity = (struct sw_identity){
		.key = {.start_ns = 1234567890123,
			.exe_inode = UINT64_MAX - 5,
			.exe_device = 0x800001,
			.pid = 4121,
			.uid = 1042},
		.tid = 4122,
		.flags = SW_IDENTITY_KERNEL_THREAD | SW_IDENTITY_PATH_CUT | SW_IDENTITY_ARGV_UNREADABLE |
			 SW_IDENTITY_ARGV_CUT | SW_IDENTITY_CWD_CUT | SW_IDENTITY_PATH_DETACHED |
			 SW_IDENTITY_USER_NAMESPACE | SW_IDENTITY_ADOPTED,
		.euid = 1043,
		.gid = 1044,
		.loginuid = 1045,
		.exe_links = 3,
		.exe_owner = 1046,
		.exe_mode = 0104755,
		.mount_namespace = 4026531840,
		.cgroup = 98765,
		.comm = "php-fpm\xff",
		.ancestors = {ancestor_of(1), ancestor_of(2), ancestor_of(3), ancestor_of(4)},
		.tracer = ancestor_of(5),
	};
}

static inline void fill_actor(struct question *question)
{
	static char argv[] = "php-fpm: pool\0x\0\0end";

	question->script = (struct script){
		.references = 1,
		.source = SCRIPT_SOURCE_PHP_REQUEST,
		.inherited = true,
		.claimed = true,
		.one_liner = true,
		.deleted = true,
		.cut = true,
		.path = (char *)"/var/www/" SAID,
		.url = (char *)"/x.php?a=1",
		.method = (char *)"POST",
		.pool = (char *)"www",
		.site = (char *)"shop42.example",
	};
	question->unit = (struct unit){
		.references = 1,
		.name = (char *)"apache2.service",
		.slice = (char *)"system.slice",
		.container_runtime = (char *)"docker",
		.container_id = (char *)"0123456789abcdef",
		.container_name = (char *)"web",
	};
	question->actor = (struct actor){
		.origin = ACTOR_ORIGIN_FORWARDED,
		.source = {.address = endpoint_at("2001:db8::7", 0).address,
			   .interface = 9,
			   .mac = {1, 2, 0xab, 4, 5, 6},
			   .has_mac = true},
		.interface_name = "eth0",
		.executable = (char *)"/usr/sbin/php-fpm8.2" SAID,
		.argv = argv,
		.argv_size = sizeof(argv),
		.cwd = (char *)"/srv/" SAID,
		.script = &question->script,
		.unit = &question->unit,
		.leads_unit = true,
		.is_replaced = true,
		.wears_mta = true,
		.has_host_path = true,
		.role = ACTOR_ROLE_RELAY_CLIENT,
		.user_name = "shop42",
		.owner_name = "owner",
		.mta_name = "postfix",
	};
	fill_identity(&question->actor.identity);
}

static inline void fill_dialogue(struct dialogue *dialogue)
{
	*dialogue = (struct dialogue){
		.from_middle = true,
		.lost = true,
		.quit = true,
		.banner_code = 220,
		.banner = (char *)"mx.example ESMTP " SAID,
		.helo = (char *)"[198.51.100.7]",
		.is_extended = true,
		.helo_count = 2,
		.extensions = (1U << DIALOGUE_EXTENSION_COUNT) - 1,
		.tls = DIALOGUE_TLS_STARTTLS,
		.server_name = (char *)"mx.example",
		.mechanism = (char *)"PLAIN",
		.misfit = DIALOGUE_MISFIT_CLIENT_FIRST,
		.mail_domain = (char *)"",
		.mail_address = (char *)"a@b.example",
		.rcpt_domain = (char *)"gmail.example",
		.mail_count = 3,
		.rcpt_count = 4,
		.accepted = 5,
		.refused = 6,
		.refusals = 7,
		.unknown_recipients = 8,
		.message_bytes = UINT64_MAX,
		.reply = {.stage = DIALOGUE_STAGE_RCPT,
			  .code = 550,
			  .enhanced = {5, 7, 606},
			  .class = REPLY_CLASS_BLOCK,
			  .text = (char *)"blocked " SAID,
			  .receiver = (char *)"gmail"},
	};
}

static inline void fill_flow(struct question *question)
{
	fill_dialogue(&question->dialogue);
	question->flow_script = (struct script){.references = 1,
						.source = SCRIPT_SOURCE_ARGV,
						.path = (char *)"/other.php",
						.site = (char *)"other.example"};
	question->flow = (struct flow){
		.id = 0xfedcba9876543210,
		.actor = question->actor.identity.key,
		.started_ns = 5555555555555,
		.started_wall_ns = WALL_OF(5555555555555),
		.local = endpoint_at("192.0.2.81", 40001),
		.remote = endpoint_at("2001:db8:25::25", 25),
		.scope = SW_SCOPE_SMARTHOST,
		.network_namespace = 4026531841,
		.established = true,
		.adopted = true,
		.script = &question->flow_script,
		.domain = "gmail-smtp-in.example",
		.mx_domain = "gmail.example",
		.mx_preference = 5,
		.wire_id = 77,
		.dialogue = &question->dialogue,
		.outcome = SW_OUTCOME_RESET,
		.error = 104,
		.duration_ns = 999999999,
		.bytes_sent = 1001,
		.bytes_received = 1002,
	};
}

static inline void fill_said(struct question *question)
{
	question->said = (struct dialogue_event){
		.kind = DIALOGUE_REPLY,
		.wire_id = 77,
		.wall_ns = question->observation.wall_ns,
		.local = question->observation.local,
		.remote = question->observation.remote,
		.name = "name " SAID,
		.text = "text " SAID,
		.address = "who@example",
		.code = 554,
		.enhanced = {5, 1, 1},
		.stage = DIALOGUE_STAGE_MESSAGE,
		.extensions = 5,
		.is_extended = true,
		.tls = DIALOGUE_TLS_IMPLICIT,
		.misfit = DIALOGUE_MISFIT_NO_REPLY_CODE,
		.bytes = 4711,
		.source = {.address = endpoint_at("10.0.3.7", 0).address,
			   .interface = 4,
			   .mac = {6, 5},
			   .has_mac = true},
		.incoming = true,
		.has_syn = true,
		.alias_local = endpoint_at("203.0.113.1", 5),
		.alias_remote = endpoint_at("203.0.113.2", 6),
		.ending = DIALOGUE_ENDING_UNSEEN,
		.bytes_sent = 31,
		.bytes_received = 32,
		.duration_ns = 33,
		.class = REPLY_CLASS_DNSBL,
		.receiver = "outlook",
	};
	question->name = (struct name_event){
		.kind = NAME_MX_QUERY,
		.wall_ns = question->observation.wall_ns,
		.ttl = 300,
		.preference = 10,
		.owner = "example.org",
		.target = "mx.example.org",
		.address = endpoint_at("192.0.2.53", 0).address,
		.asker = question->observation.local,
		.server = question->observation.remote,
		.protocol = 17,
	};
}

/* Points to itself: it is not to be moved. */
static inline void fill_question(struct question *question)
{
	memset(question, 0, sizeof(*question));
	fill_actor(question);
	fill_flow(question);
	question->observation = (struct observation){
		.kind = OBSERVATION_DIALOGUE,
		.time_ns = 6666666666666,
		.wall_ns = WALL_OF(6666666666666),
		.flow_id = question->flow.id,
		.local = endpoint_at("198.51.100.3", 7),
		.remote = endpoint_at("198.51.100.4", 8),
		.dialogue = &question->said,
	};
	question->change = (struct model_change){
		.actor = &question->actor,
		.flow = &question->flow,
		.actor_is_new = true,
		.flow_began = true,
		.flow_established = true,
		.flow_ended = true,
		.greets_by_address = true,
		.submitted = true,
		.direct_added = 12345678901,
	};
	fill_said(question);
}

static inline void assert_text(const char *left, const char *right)
{
	assert_int_equal(!left, !right);
	if (left)
		assert_string_equal(left, right);
}

#define ASSERT_FIELD(member) assert_memory_equal(&(left)->member, &(right)->member, sizeof((left)->member))
#define ASSERT_TEXT(member) assert_text((left)->member, (right)->member)
#define ASSERT_ENDPOINT(member)                                                                                 \
	do {                                                                                                    \
		assert_int_equal((left)->member.port, (right)->member.port);                                    \
		assert_memory_equal(&(left)->member.address, &(right)->member.address, sizeof(struct address)); \
	} while (0)

static inline void assert_script(const struct script *left, const struct script *right)
{
	assert_true(script_is_like(left, right));
}

static inline void assert_unit(const struct unit *left, const struct unit *right)
{
	assert_int_equal(!left, !right);
	if (!left)
		return;
	ASSERT_TEXT(name);
	ASSERT_TEXT(slice);
	ASSERT_TEXT(container_runtime);
	ASSERT_TEXT(container_id);
	ASSERT_TEXT(container_name);
}

static inline void assert_source(const struct wire_source *left, const struct wire_source *right)
{
	ASSERT_FIELD(address);
	ASSERT_FIELD(interface);
	ASSERT_FIELD(mac);
	ASSERT_FIELD(has_mac);
}

static inline void assert_actor(const struct actor *left, const struct actor *right)
{
	ASSERT_FIELD(origin);
	assert_source(&left->source, &right->source);
	ASSERT_TEXT(interface_name);
	ASSERT_FIELD(identity);
	ASSERT_TEXT(executable);
	ASSERT_TEXT(cwd);
	assert_int_equal(left->argv_size, right->argv_size);
	if (left->argv_size)
		assert_memory_equal(left->argv, right->argv, left->argv_size);
	assert_script(left->script, right->script);
	assert_unit(left->unit, right->unit);
	ASSERT_FIELD(leads_unit);
	ASSERT_FIELD(is_replaced);
	ASSERT_FIELD(wears_mta);
	ASSERT_FIELD(has_host_path);
	ASSERT_FIELD(role);
	ASSERT_TEXT(user_name);
	ASSERT_TEXT(owner_name);
	ASSERT_TEXT(mta_name);
}

static inline void assert_dialogue(const struct dialogue *left, const struct dialogue *right)
{
	assert_int_equal(!left, !right);
	if (!left)
		return;
	ASSERT_FIELD(from_middle);
	ASSERT_FIELD(lost);
	ASSERT_FIELD(quit);
	ASSERT_FIELD(banner_code);
	ASSERT_TEXT(banner);
	ASSERT_TEXT(helo);
	ASSERT_FIELD(is_extended);
	ASSERT_FIELD(helo_count);
	ASSERT_FIELD(extensions);
	ASSERT_FIELD(tls);
	ASSERT_TEXT(server_name);
	ASSERT_TEXT(mechanism);
	ASSERT_FIELD(misfit);
	ASSERT_TEXT(mail_domain);
	ASSERT_TEXT(mail_address);
	ASSERT_TEXT(rcpt_domain);
	ASSERT_FIELD(mail_count);
	ASSERT_FIELD(rcpt_count);
	ASSERT_FIELD(accepted);
	ASSERT_FIELD(refused);
	ASSERT_FIELD(refusals);
	ASSERT_FIELD(unknown_recipients);
	ASSERT_FIELD(message_bytes);
	ASSERT_FIELD(reply.stage);
	ASSERT_FIELD(reply.code);
	ASSERT_FIELD(reply.enhanced);
	ASSERT_FIELD(reply.class);
	ASSERT_TEXT(reply.text);
	ASSERT_TEXT(reply.receiver);
}

static inline void assert_flow(const struct flow *left, const struct flow *right)
{
	assert_int_equal(!left, !right);
	if (!left)
		return;
	ASSERT_FIELD(id);
	ASSERT_FIELD(actor);
	ASSERT_FIELD(started_ns);
	ASSERT_FIELD(started_wall_ns);
	ASSERT_ENDPOINT(local);
	ASSERT_ENDPOINT(remote);
	ASSERT_FIELD(scope);
	ASSERT_FIELD(network_namespace);
	ASSERT_FIELD(established);
	ASSERT_FIELD(adopted);
	assert_script(left->script, right->script);
	ASSERT_TEXT(domain);
	ASSERT_TEXT(mx_domain);
	ASSERT_FIELD(mx_preference);
	ASSERT_FIELD(wire_id);
	assert_dialogue(left->dialogue, right->dialogue);
	ASSERT_FIELD(outcome);
	ASSERT_FIELD(error);
	ASSERT_FIELD(duration_ns);
	ASSERT_FIELD(bytes_sent);
	ASSERT_FIELD(bytes_received);
}

/* Of texts that the kind does not name an empty one may be there. */
static inline void assert_said(const struct dialogue_event *left, const struct dialogue_event *right)
{
	assert_int_equal(!left, !right);
	if (!left)
		return;
	ASSERT_FIELD(kind);
	ASSERT_FIELD(wire_id);
	ASSERT_FIELD(wall_ns);
	ASSERT_ENDPOINT(local);
	ASSERT_ENDPOINT(remote);
	assert_string_equal(left->name ? left->name : "", right->name);
	assert_string_equal(left->text ? left->text : "", right->text);
	ASSERT_TEXT(address);
	ASSERT_FIELD(code);
	ASSERT_FIELD(enhanced);
	ASSERT_FIELD(stage);
	ASSERT_FIELD(extensions);
	ASSERT_FIELD(is_extended);
	ASSERT_FIELD(tls);
	ASSERT_FIELD(misfit);
	ASSERT_FIELD(bytes);
	assert_source(&left->source, &right->source);
	ASSERT_FIELD(incoming);
	ASSERT_FIELD(has_syn);
	ASSERT_ENDPOINT(alias_local);
	ASSERT_ENDPOINT(alias_remote);
	ASSERT_FIELD(ending);
	ASSERT_FIELD(bytes_sent);
	ASSERT_FIELD(bytes_received);
	ASSERT_FIELD(duration_ns);
	ASSERT_FIELD(class);
	ASSERT_TEXT(receiver);
}

static inline void assert_name(const struct name_event *left, const struct name_event *right)
{
	assert_int_equal(!left, !right);
	if (!left)
		return;
	ASSERT_FIELD(kind);
	ASSERT_FIELD(wall_ns);
	ASSERT_FIELD(ttl);
	ASSERT_FIELD(preference);
	assert_string_equal(left->owner ? left->owner : "", right->owner);
	ASSERT_TEXT(target);
	ASSERT_FIELD(address);
	ASSERT_ENDPOINT(asker);
	ASSERT_ENDPOINT(server);
	ASSERT_FIELD(protocol);
}

static inline void assert_observation(const struct observation *left, const struct observation *right)
{
	ASSERT_FIELD(kind);
	ASSERT_FIELD(time_ns);
	ASSERT_FIELD(wall_ns);
	ASSERT_FIELD(flow_id);
	ASSERT_ENDPOINT(local);
	ASSERT_ENDPOINT(remote);
	assert_said(left->dialogue, right->dialogue);
	assert_name(left->name, right->name);
}

static inline void assert_change(const struct model_change *left, const struct model_change *right)
{
	assert_int_equal(!left->actor, !right->actor);
	if (left->actor)
		assert_actor(left->actor, right->actor);
	assert_flow(left->flow, right->flow);
	ASSERT_FIELD(actor_is_new);
	ASSERT_FIELD(flow_began);
	ASSERT_FIELD(flow_established);
	ASSERT_FIELD(flow_ended);
	ASSERT_FIELD(greets_by_address);
	ASSERT_FIELD(submitted);
	ASSERT_FIELD(direct_added);
}

#endif
