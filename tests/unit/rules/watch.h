/* SPDX-License-Identifier: GPL-2.0-only */
/* Model, rules and what they said, put together as the pipeline does; who an actor is comes from the test. */
#ifndef SMTPWATCH_TESTS_RULES_WATCH_H
#define SMTPWATCH_TESTS_RULES_WATCH_H

#include "lib/clock.h"
#include "rules/rules.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define START (100000 * SECOND)

#define WATCH_KEYS 4096

#define MX "203.0.113.25"
#define SMARTHOST "198.51.100.25"
#define HOST "198.51.100.1"

struct watch {
	struct model *model;
	struct scopes *scopes;
	struct rules *rules;
	struct alert_log log;
	uint64_t flows;
	uint64_t time_ns; /* of the next observation */
};

/* What a process is and runs. Texts are borrowed; argv is one string. */
struct suspect {
	struct sw_identity identity;
	const char *executable;
	const char *argv;
	const char *cwd;
	struct script script; /* source NONE: it has none */
	/* As identity/ would find it: */
	enum actor_role role;
	const char *user_name;
	struct unit unit; /* all NULL: it has none */
	bool leads_unit;
	bool is_replaced;
	bool wears_mta;
	bool lacks_host_path;
};

static inline void add_scope(struct watch *watch, const char *address, enum sw_scope scope)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(address, &prefix), 0);
	assert_int_equal(scopes_add(watch->scopes, &prefix, scope), 0);
}

static inline int watch_set_up(void **state)
{
	static struct watch watch;
	const struct rules_options options = {
		.cooldown_ns = 24 * HOUR, .orphan_age_ns = RULES_ORPHAN_AGE_NS, .max_keys = WATCH_KEYS};

	watch = (struct watch){.model = model_new(64, 64), .scopes = scopes_new(), .time_ns = START};
	watch.rules = rules_new(&options, NULL, alert_log_take, &watch.log);
	if (!watch.model || !watch.scopes || !watch.rules)
		return -1;
	add_scope(&watch, SMARTHOST, SW_SCOPE_SMARTHOST);
	add_scope(&watch, HOST, SW_SCOPE_HOST);
	*state = &watch;
	return 0;
}

static inline int watch_tear_down(void **state)
{
	struct watch *watch = (struct watch *)*state;

	model_free(watch->model);
	scopes_free(watch->scopes);
	rules_free(watch->rules);
	alert_log_clear(&watch->log);
	return 0;
}

/* Of a root's file, as an ordinary user's process. */
static inline struct suspect suspect_of(const char *comm, const char *executable, const char *argv)
{
	struct suspect suspect = {
		.identity = identity_of(4121, 1042, 7),
		.executable = executable,
		.argv = argv,
		.role = ACTOR_ROLE_APPLICATION,
		.user_name = "shop42",
	};

	memset(suspect.identity.comm, 0, sizeof(suspect.identity.comm));
	memcpy(suspect.identity.comm, comm, strnlen(comm, sizeof(suspect.identity.comm) - 1));
	suspect.identity.key.start_ns = START - SECOND;
	return suspect;
}

static inline struct script script_at(enum script_source source, const char *path)
{
	return (struct script){.source = source, .path = (char *)path};
}

static inline void take(struct watch *watch, const struct suspect *suspect, const struct observation *observation)
{
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, observation, &change), 0);
	if (change.actor_is_new) {
		struct actor *actor = change.actor;
		actor->role = suspect->role;
		actor->leads_unit = suspect->leads_unit;
		actor->is_replaced = suspect->is_replaced;
		actor->wears_mta = suspect->wears_mta;
		actor->has_host_path = !suspect->lacks_host_path;
		snprintf(actor->user_name, sizeof(actor->user_name), "%s", suspect->user_name);
		unit_unref(actor->unit);
		actor->unit = suspect->unit.name || suspect->unit.container_runtime ? unit_new(&suspect->unit) : NULL;
	}
	assert_int_equal(rules_judge(watch->rules, observation, &change), 0);
	model_settle(watch->model, &change);
}

static inline void describe(const struct suspect *suspect, struct observation *observation)
{
	observation->executable = suspect->executable;
	observation->argv = suspect->argv;
	observation->argv_size = suspect->argv ? strlen(suspect->argv) + 1 : 0;
	observation->cwd = suspect->cwd;
	observation->script = suspect->script.source == SCRIPT_SOURCE_NONE ? NULL : &suspect->script;
}

/* The suspect connects. */
static inline void attempt(struct watch *watch, const struct suspect *suspect, const char *address, uint16_t port)
{
	struct observation observation = attempt_of(&suspect->identity, ++watch->flows, endpoint_at(address, port));

	describe(suspect, &observation);
	observation.time_ns = watch->time_ns;
	observation.wall_ns = WALL_OF(watch->time_ns);
	take(watch, suspect, &observation);
}

/* The suspect is a submission program that was started. */
static inline void submit(struct watch *watch, const struct suspect *suspect)
{
	struct observation observation = {
		.kind = OBSERVATION_SUBMISSION,
		.time_ns = watch->time_ns,
		.wall_ns = WALL_OF(watch->time_ns),
		.actor = suspect->identity.key,
		.identity = &suspect->identity,
	};

	describe(suspect, &observation);
	take(watch, suspect, &observation);
}

/* The latest line of a rule; NULL: none. */
static inline const struct logged_alert *find_line(const struct watch *watch, const char *rule)
{
	for (size_t i = watch->log.count; i > 0; i--)
		if (strcmp(watch->log.lines[i - 1].alert.rule, rule) == 0)
			return &watch->log.lines[i - 1];
	return NULL;
}

static inline size_t count_lines(const struct watch *watch, const char *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < watch->log.count; i++)
		count += strcmp(watch->log.lines[i].alert.rule, rule) == 0;
	return count;
}

/* What the rule says of a suspect that connects to an MX, in a watch of its own: NULL for nothing. Borrowed until the
 * next call. */
static inline const char *evidence_of(const char *rule, const struct suspect *suspect,
				      enum alert_severity *ret_severity)
{
	static char evidence[160];
	void *state;

	assert_int_equal(watch_set_up(&state), 0);
	struct watch *watch = (struct watch *)state;
	attempt(watch, suspect, MX, 25);
	const struct logged_alert *line = find_line(watch, rule);
	if (line) {
		snprintf(evidence, sizeof(evidence), "%s", line->evidence);
		*ret_severity = line->alert.severity;
	}
	watch_tear_down(&state);
	return line ? evidence : NULL;
}

#define assert_silent(rule, suspect)                                                             \
	do {                                                                                     \
		enum alert_severity severity_;                                                   \
		const char *evidence_ = evidence_of(rule, suspect, &severity_);                  \
		if (evidence_)                                                                   \
			fail_msg("%s fires for %s: %s", rule, (suspect)->executable, evidence_); \
	} while (0)

#define assert_fires(rule, suspect, severity, text)                                   \
	do {                                                                          \
		enum alert_severity severity_ = ALERT_SEVERITY_COUNT;                 \
		const char *evidence_ = evidence_of(rule, suspect, &severity_);       \
		if (!evidence_)                                                       \
			fail_msg("%s is silent where it should say: %s", rule, text); \
		assert_string_equal(evidence_, text);                                 \
		assert_int_equal(severity_, severity);                                \
	} while (0)

#define WATCH_TEST(function) cmocka_unit_test_setup_teardown(function, watch_set_up, watch_tear_down)

#endif
