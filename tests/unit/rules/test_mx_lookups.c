// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

#include "model/actors.h"

#define RULE "mx-lookups"

/* As the pipeline puts a question and its process together. */
static void ask_as(struct watch *watch, struct actor *actor, enum name_event_kind kind, const char *domain)
{
	const struct name_event name = {.kind = kind, .owner = domain, .target = kind == NAME_MX ? "mx.example" : NULL};
	const struct observation observation = {
		.kind = OBSERVATION_NAME,
		.time_ns = watch->time_ns,
		.wall_ns = WALL_OF(watch->time_ns),
		.name = &name,
	};
	const struct model_change change = {.actor = actor};

	assert_int_equal(rules_judge(watch->rules, &observation, &change), 0);
}

static struct actor actor_of(const struct suspect *suspect)
{
	struct actor actor = {
		.identity = suspect->identity,
		.executable = (char *)suspect->executable,
		.cwd = (char *)suspect->cwd,
		.script = suspect->script.source == SCRIPT_SOURCE_NONE ? NULL : (struct script *)&suspect->script,
		.role = suspect->role,
	};
	snprintf(actor.user_name, sizeof(actor.user_name), "%s", suspect->user_name);
	return actor;
}

/* So many questions, one a second. */
static void ask(struct watch *watch, const struct suspect *suspect, int times)
{
	struct actor actor = actor_of(suspect);

	while (times-- > 0) {
		ask_as(watch, &actor, NAME_MX_QUERY, "gmail.com");
		watch->time_ns += SECOND;
	}
}

static struct suspect php(void)
{
	struct suspect suspect = suspect_of("php-fpm8.2", "/usr/sbin/php-fpm8.2", NULL);

	suspect.cwd = "/var/www/x";
	return suspect;
}

static void test_twenty(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php();
	struct actor actor = actor_of(&suspect);

	ask(watch, &suspect, 19);
	assert_int_equal(watch->log.count, 0);
	ask_as(watch, &actor, NAME_MX_QUERY, "web.de");
	assert_int_equal(watch->log.count, 1);
	const struct logged_alert *line = find_line(watch, RULE);
	assert_non_null(line);
	assert_string_equal(line->evidence, "20 MX look-ups in 10 min, latest web.de");
	assert_int_equal(line->alert.severity, ALERT_SEVERITY_HIGH);
	assert_int_equal(line->alert.count, 20);
	assert_int_equal(line->alert.networks, 0);
	assert_int_equal(line->alert.remote.port, 0);
	ask(watch, &suspect, 30);
	rules_finish(watch->rules);
	assert_int_equal(count_lines(watch, RULE), 2);
	assert_int_equal(find_line(watch, RULE)->alert.count, 50);
	assert_string_equal(find_line(watch, RULE)->evidence, "50 MX look-ups in 10 min, latest gmail.com");
}

static void test_slow(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php();

	for (int i = 0; i < 100; i++) {
		ask(watch, &suspect, 1);
		watch->time_ns += 32 * SECOND;
	}
	assert_int_equal(watch->log.count, 0);
}

/* After a pause it counts anew, and what an alert has counted is not counted again. */
static void test_pause(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php();

	ask(watch, &suspect, 25);
	watch->time_ns += HOUR;
	ask(watch, &suspect, 19);
	rules_finish(watch->rules);
	assert_int_equal(find_line(watch, RULE)->alert.count, 25);
	ask(watch, &suspect, 1);
	rules_finish(watch->rules);
	assert_int_equal(find_line(watch, RULE)->alert.count, 45);
}

/* Only questions for MX, and only those whose process is known. */
static void test_other_names(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php();
	struct actor actor = actor_of(&suspect);

	for (int i = 0; i < 100; i++) {
		ask_as(watch, &actor, NAME_MX, "gmail.com");
		ask_as(watch, &actor, NAME_ADDRESS, "gmail.com");
		ask_as(watch, &actor, NAME_ALIAS, "gmail.com");
		ask_as(watch, NULL, NAME_MX_QUERY, "gmail.com");
	}
	for (enum actor_origin origin = ACTOR_ORIGIN_FORWARDED; origin < ACTOR_ORIGIN_COUNT; origin++) {
		actor.origin = origin;
		for (int i = 0; i < 100; i++)
			ask_as(watch, &actor, NAME_MX_QUERY, "gmail.com");
	}
	assert_int_equal(watch->log.count, 0);
}

static void test_roles(void **state)
{
	static const bool counts[ACTOR_ROLE_COUNT] = {
		[ACTOR_ROLE_UNKNOWN] = true, [ACTOR_ROLE_APPLICATION] = true, [ACTOR_ROLE_RELAY_CLIENT] = true};

	for (enum actor_role role = 0; role < ACTOR_ROLE_COUNT; role++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct suspect suspect = php();
		suspect.role = role;
		ask(*state, &suspect, 20);
		assert_int_equal(((struct watch *)*state)->log.count, counts[role] ? 1 : 0);
	}
}

/* Each user, executable and script for itself, whichever process. */
static void test_keys(void **state)
{
	struct watch *watch = *state;

	for (uint32_t i = 0; i < 4; i++) {
		struct suspect suspect = php();
		suspect.identity.key.uid += i == 1;
		suspect.identity.key.exe_inode += i == 2;
		if (i == 3)
			suspect.script = script_at(SCRIPT_SOURCE_PHP_REQUEST, "/var/www/x/a.php");
		ask(watch, &suspect, 19);
	}
	assert_int_equal(watch->log.count, 0);
	struct suspect other = php();
	other.identity.key.pid++;
	other.identity.key.start_ns++;
	ask(watch, &other, 1);
	assert_int_equal(watch->log.count, 1);
}

static void test_resolvers(void **state)
{
	static const struct {
		const char *executable, *user;
		uint32_t owner, mode, flags;
		bool counts;
	} cases[] = {
		{"/usr/sbin/unbound", "unbound", 0, 0100755, 0, false},
		{"/usr/lib/systemd/systemd-resolved", "systemd-resolve", 0, 0100755, 0, false},
		{"/usr/sbin/named", "bind", 0, 0100755, 0, false},
		{"/usr/sbin/unbound", "shop42", 0, 0100755, 0, true},
		{"/usr/sbin/unbound", "", 0, 0100755, 0, true},
		{"/home/unbound/unbound", "unbound", 0, 0100755, 0, true},
		{"/usr/bin/php8.2", "unbound", 0, 0100755, 0, true},
		{"/usr/sbin/unbound", "unbound", 1042, 0100755, 0, true},
		{"/usr/sbin/unbound", "unbound", 0, 0100777, 0, true},
		{"/usr/sbin/unbound", "unbound", 0, 0, 0, true},
		{"/usr/sbin/unbound", "unbound", 0, 0100755, SW_IDENTITY_USER_NAMESPACE, true},
		{"/usr/sbin/unbound", "unbound", 0, 0100755, SW_IDENTITY_PATH_CUT, true},
		{NULL, "unbound", 0, 0100755, 0, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct suspect suspect = suspect_of("unbound", cases[i].executable, NULL);
		suspect.user_name = cases[i].user;
		suspect.identity.exe_owner = cases[i].owner;
		suspect.identity.exe_mode = cases[i].mode;
		suspect.identity.flags = cases[i].flags;
		ask(*state, &suspect, 20);
		if (((struct watch *)*state)->log.count != cases[i].counts)
			fail_msg("case %zu", i);
	}
}

/* Exim looks for the ways of all mail as root; of a user with a configuration of his own it is his. */
static void test_exim(void **state)
{
	const struct unit description = {.container_runtime = "docker"};
	struct unit *container = unit_new(&description);
	const struct {
		const char *executable;
		uint32_t uid, mode;
		struct unit *unit;
		bool counts;
	} cases[] = {
		{"/usr/sbin/exim4", 0, 0104755, NULL, false},  {"/usr/sbin/exim", 0, 0104755, NULL, false},
		{"/usr/bin/exim", 0, 0104755, NULL, false},    {"/usr/sbin/exim4", 1042, 0104755, NULL, true},
		{"/usr/sbin/exim4", 0, 0104777, NULL, true},   {"/root/exim4", 0, 0104755, NULL, true},
		{"/usr/sbin/unbound", 0, 0100755, NULL, true}, {"/usr/sbin/exim4", 0, 0104755, container, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct suspect suspect = suspect_of("exim4", cases[i].executable, NULL);
		suspect.user_name = cases[i].uid ? "shop42" : "root";
		suspect.identity.key.uid = cases[i].uid;
		suspect.identity.exe_mode = cases[i].mode;
		struct actor actor = actor_of(&suspect);
		actor.unit = cases[i].unit;
		for (int times = 0; times < 20; times++)
			ask_as(*state, &actor, NAME_MX_QUERY, "gmail.com");
		if (((struct watch *)*state)->log.count != cases[i].counts)
			fail_msg("case %zu", i);
	}
	unit_unref(container);
}

/* Whoever runs many programs pushes out the quiet counters, not the busy ones. */
static void test_many_keys(void **state)
{
	struct watch *watch = *state;
	struct suspect noisy = php();
	struct suspect flood = php();
	struct actor actor = actor_of(&flood);

	flood.identity.key.uid++;
	for (uint32_t i = 0; i < 2 * 4096; i++) {
		actor.identity.key.exe_inode = 1000 + i;
		ask_as(watch, &actor, NAME_MX_QUERY, "gmail.com");
		if (i % 512 == 0)
			ask(watch, &noisy, 1);
	}
	assert_int_equal(watch->log.count, 0);
	ask(watch, &noisy, 4);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(rules_totals(watch->rules).forgotten, 2 * 4096 + 1 - WATCH_KEYS);
}

static void test_long_domain(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php();
	struct actor actor = actor_of(&suspect);
	char domain[NAME_SIZE];

	memset(domain, 'a', sizeof(domain));
	domain[253] = '\0';
	for (int i = 0; i < 20; i++)
		ask_as(watch, &actor, NAME_MX_QUERY, domain);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(strlen(find_line(watch, RULE)->evidence), FIRING_EVIDENCE_SIZE - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WATCH_TEST(test_twenty),      WATCH_TEST(test_slow),  WATCH_TEST(test_pause),
		WATCH_TEST(test_other_names), WATCH_TEST(test_roles), WATCH_TEST(test_keys),
		WATCH_TEST(test_resolvers),   WATCH_TEST(test_exim),  WATCH_TEST(test_many_keys),
		WATCH_TEST(test_long_domain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("mx_lookups", tests, NULL, NULL);
}
