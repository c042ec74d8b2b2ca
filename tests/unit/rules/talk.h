/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that are told of dialogues, and what they said. Who speaks with whom comes from the test; what was said is put
 * together as the model does. */
#ifndef SMTPWATCH_TESTS_RULES_TALK_H
#define SMTPWATCH_TESTS_RULES_TALK_H

#include "lib/array.h"
#include "lib/clock.h"
#include "rules/rules.h"
#include "support/alert_log.h"
#include "support/observations.h"

#include <stdlib.h>

#define SECOND NANOSECONDS_A_SECOND
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define START (100000 * SECOND)

#define MX "203.0.113.25"
#define OWN "198.51.100.7"
#define HOST_NAME "vps7.hosting.com"

struct talk {
	struct rules *rules;
	struct alert_log log;
	struct actor actor;
	struct script *script; /* NULL: it has none */
	struct flow flow;
	struct dialogue dialogue;
	uint64_t time_ns; /* of the next observation */
};

static inline void talk_name_host(struct talk *talk, const char *name)
{
	const struct rules_options options = {
		.cooldown_ns = 24 * HOUR, .orphan_age_ns = RULES_ORPHAN_AGE_NS, .host_name = name};

	rules_set_options(talk->rules, &options);
}

/* From here on it is another connection. */
static inline void connect_to(struct talk *talk, const char *address, uint16_t port)
{
	talk->dialogue = (struct dialogue){0};
	talk->flow = (struct flow){
		.id = talk->flow.id + 1,
		.actor = talk->actor.identity.key,
		.started_ns = talk->time_ns,
		.local = endpoint_at(OWN, 40000),
		.remote = endpoint_at(address, port),
		.scope = SW_SCOPE_EXTERNAL,
		.established = true,
		.script = talk->script,
		.dialogue = &talk->dialogue,
	};
	talk->actor.script = talk->flow.script;
}

static inline void run_script(struct talk *talk, const char *path, const char *site)
{
	const struct script like = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)path, .site = (char *)site};

	script_unref(talk->script);
	talk->script = talk->actor.script = talk->flow.script = script_new(&like);
	assert_non_null(talk->script);
}

static inline void name_server(struct talk *talk, const char *domain, const char *mx_domain)
{
	snprintf(talk->flow.domain, sizeof(talk->flow.domain), "%s", domain);
	snprintf(talk->flow.mx_domain, sizeof(talk->flow.mx_domain), "%s", mx_domain);
}

static inline int talk_set_up(void **state)
{
	static struct talk talk;
	const struct rules_options options = {
		.cooldown_ns = 24 * HOUR, .orphan_age_ns = RULES_ORPHAN_AGE_NS, .host_name = HOST_NAME};

	talk = (struct talk){.time_ns = START};
	talk.rules = rules_new(&options, NULL, alert_log_take, &talk.log);
	talk.actor = (struct actor){
		.identity = identity_of(4121, 33, 7),
		.executable = (char *)"/usr/sbin/php-fpm8.2",
		.role = ACTOR_ROLE_APPLICATION,
		.user_name = "www-data",
	};
	connect_to(&talk, MX, 25);
	name_server(&talk, "mx.receiver.com", "receiver.com");
	*state = &talk;
	return talk.rules ? 0 : -1;
}

static inline int talk_tear_down(void **state)
{
	struct talk *talk = (struct talk *)*state;

	rules_free(talk->rules);
	script_unref(talk->script);
	alert_log_clear(&talk->log);
	return 0;
}

/* One that is no process of this host: all that is known is its address. */
static inline void speak_from(struct talk *talk, enum actor_origin origin, const char *address)
{
	struct endpoint source = endpoint_at(address, 0);

	talk->actor = (struct actor){.origin = origin, .source = {.address = source.address}};
	talk->actor.identity.key = (struct sw_actor_key){.exe_device = UINT32_MAX, .uid = UINT32_MAX};
	memcpy(&talk->actor.identity.key.exe_inode, &source.address.bytes[8], 8);
	memcpy(&talk->actor.identity.key.start_ns, source.address.bytes, 8);
	script_unref(talk->script);
	talk->script = talk->flow.script = NULL;
}

static inline void judge(struct talk *talk, const struct dialogue_event *event, struct model_change change)
{
	struct observation observation = {
		.kind = event ? OBSERVATION_DIALOGUE : OBSERVATION_END,
		.time_ns = talk->time_ns,
		.wall_ns = WALL_OF(talk->time_ns),
		.remote = talk->flow.remote,
		.dialogue = event,
	};

	change.actor = &talk->actor;
	change.flow = &talk->flow;
	assert_int_equal(rules_judge(talk->rules, &observation, &change), 0);
}

static inline void say(struct talk *talk, const struct dialogue_event *event)
{
	judge(talk, event, (struct model_change){0});
}

static inline void say_helo(struct talk *talk, const char *name)
{
	struct dialogue_event event = {.kind = DIALOGUE_HELO, .name = name, .is_extended = true};

	talk->dialogue.helo = (char *)name;
	talk->dialogue.is_extended = true;
	talk->dialogue.helo_count++;
	say(talk, &event);
}

static inline void say_mail(struct talk *talk)
{
	struct dialogue_event event = {.kind = DIALOGUE_MAIL, .name = "sender.com"};

	talk->dialogue.mail_count++;
	say(talk, &event);
}

static inline void say_rcpt(struct talk *talk, const char *domain)
{
	struct dialogue_event event = {.kind = DIALOGUE_RCPT, .name = domain};

	talk->dialogue.rcpt_domain = (char *)domain;
	talk->dialogue.rcpt_count++;
	say(talk, &event);
}

static inline void hear(struct talk *talk, const struct dialogue_event *reply)
{
	struct dialogue_event event = *reply;

	event.kind = DIALOGUE_REPLY;
	talk->dialogue.refusals++;
	talk->dialogue.reply = (struct dialogue_reply){.stage = event.stage, .code = event.code};
	say(talk, &event);
}

/* Neither dialogue nor flow is there any more. */
static inline void hang_up(struct talk *talk, enum sw_outcome outcome)
{
	talk->flow.outcome = outcome;
	judge(talk, NULL, (struct model_change){.flow_ended = true});
}

static inline void begin_flow(struct talk *talk)
{
	struct dialogue_event event = {.kind = DIALOGUE_OPENED, .has_syn = true};

	judge(talk, &event, (struct model_change){.flow_began = true, .direct_added = talk->flow.remote.port == 25});
}

/* The latest line of a rule; NULL: none. */
static inline const struct logged_alert *line_of(const struct talk *talk, const char *rule)
{
	for (size_t i = talk->log.count; i > 0; i--)
		if (strcmp(talk->log.lines[i - 1].alert.rule, rule) == 0)
			return &talk->log.lines[i - 1];
	return NULL;
}

/* But the last ones. */
static inline size_t lines_of(const struct talk *talk, const char *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < talk->log.count; i++)
		count += strcmp(talk->log.lines[i].alert.rule, rule) == 0 &&
			 talk->log.lines[i].alert.phase != ALERT_ENDED;
	return count;
}

/* Lays rules of its own over the shipped ones. */
static inline void talk_change_rules(struct talk *talk, const char *text)
{
	char path[] = "/tmp/smtpwatch-test.XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct rule_set *set = NULL;
	struct ini_error problem = {.message = "out of memory"};

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	int error = rule_set_load(NULL, path, &set, &problem);
	unlink(path);
	if (error)
		fail_msg("%s", problem.message);
	assert_int_equal(rules_set_set(talk->rules, set), 0);
}

/* How often it fired, told or not. */
static inline uint64_t count_of(struct talk *talk, const char *rule)
{
	uint64_t count = 0;

	rules_finish(talk->rules);
	for (size_t i = 0; i < talk->log.count; i++)
		if (strcmp(talk->log.lines[i].alert.rule, rule) == 0)
			count = talk->log.lines[i].alert.count;
	return count;
}

#define assert_said(talk, rule, grade, text)                                          \
	do {                                                                          \
		const struct logged_alert *line_ = line_of(talk, rule);               \
		if (!line_)                                                           \
			fail_msg("%s is silent where it should say: %s", rule, text); \
		assert_string_equal(line_->evidence, text);                           \
		assert_int_equal(line_->alert.severity, grade);                       \
	} while (0)

#define assert_silent(talk, rule)                                        \
	do {                                                             \
		const struct logged_alert *line_ = line_of(talk, rule);  \
		if (line_)                                               \
			fail_msg("%s fires: %s", rule, line_->evidence); \
	} while (0)

#define TALK_TEST(function) cmocka_unit_test_setup_teardown(function, talk_set_up, talk_tear_down)

/* What a rule says of one EHLO on a connection of its own to port 25: NULL for nothing. Borrowed until the next call.
 */
static inline const char *greeting_of(void **state, const char *rule, const char *name)
{
	static char evidence[160];

	talk_tear_down(state);
	assert_int_equal(talk_set_up(state), 0);
	struct talk *talk = (struct talk *)*state;
	say_helo(talk, name);
	const struct logged_alert *line = line_of(talk, rule);
	if (line)
		snprintf(evidence, sizeof(evidence), "%s", line->evidence);
	return line ? evidence : NULL;
}

#endif
