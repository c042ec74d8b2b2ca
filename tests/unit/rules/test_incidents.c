// SPDX-License-Identifier: GPL-2.0-only
/* What belongs together, and what it is called. */
#include "incident_watch.h"

/* A second rule of no more weight is for the record, and named from then on. */
static void test_two_rules_one_incident(void **state)
{
	struct watch *watch = *state;

	warn(watch, direct);
	watch->script.path = (char *)"/var/www/shop42/y.php"; /* another script of the site, by another program */
	watch->actor.identity = identity_of(99, 33, 8);
	warn(watch, impossible);
	assert_int_equal(watch->log.count, 2);
	assert_line(line_at(watch, 0), direct, ALERT_RAISED, true);
	assert_rules(line_at(watch, 0), "direct-to-mx");
	assert_line(line_at(watch, 1), impossible, ALERT_RAISED, false);
	assert_rules(line_at(watch, 1), "direct-to-mx impossible-helo");
	assert_string_equal(line_at(watch, 0)->incident.id, line_at(watch, 1)->incident.id);
	assert_int_equal(line_at(watch, 1)->incident.count, 2);
	assert_int_equal(line_at(watch, 1)->incident.first_wall_ns, WALL_OF(START));
	assert_false(line_at(watch, 1)->incident.is_paging);
}

/* By an alert of its own: a rule is told by where its name stands. */
static const char *id_of_next(struct watch *watch)
{
	static const char names[1024][2];
	static size_t used;
	static char id[ALERT_INCIDENT_ID_SIZE];

	warn(watch, names[used++ % ARRAY_SIZE(names)]);
	snprintf(id, sizeof(id), "%s", last_line(watch)->incident.id);
	return id;
}

#define assert_same_incident(watch, id) assert_string_equal(id_of_next(watch), id)

static void test_what_an_incident_is_of(void **state)
{
	struct watch *watch = *state;
	struct script other = watch->script;
	char ids[12][ALERT_INCIDENT_ID_SIZE];
	size_t count = 0;

#define TAKE_ID() snprintf(ids[count++], ALERT_INCIDENT_ID_SIZE, "%s", id_of_next(watch))
	TAKE_ID(); /* of a site */
	watch->actor.script = &other;
	other.site = (char *)"shop43.example";
	TAKE_ID();
	watch->actor.identity.key.uid = 34; /* of another user's */
	TAKE_ID();
	other.site = NULL; /* of a script */
	TAKE_ID();
	watch->actor.identity.key.exe_inode++;
	assert_same_incident(watch, ids[count - 1]);
	other.path = NULL;
	other.pool = (char *)"pool";
	other.source = SCRIPT_SOURCE_FPM_POOL;
	TAKE_ID();
	watch->actor.script = NULL; /* of a unit and an executable */
	TAKE_ID();
	watch->actor.identity.key.exe_inode++;
	TAKE_ID();
	watch->unit.container_name = (char *)"php8.2-fpm.service";
	TAKE_ID();
	watch->unit.container_id = (char *)"4f1e0c93a2d7";
	TAKE_ID();
	watch->actor.cwd = (char *)"/srv"; /* another alert */
	assert_same_incident(watch, ids[count - 1]);
	watch->actor.unit = NULL;
	TAKE_ID();
	watch->actor.origin = ACTOR_ORIGIN_FORWARDED;
	watch->actor.source.address = endpoint_at("10.0.0.1", 0).address;
	TAKE_ID();
	watch->actor.source.address = endpoint_at("10.0.0.2", 0).address;
	TAKE_ID();
#undef TAKE_ID
	assert_int_equal(count, ARRAY_SIZE(ids));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	alerts_free(watch->alerts); /* before the script that it refers to */
	watch->alerts = NULL;
}

/* Whoever was at it; and apart from what the same actor does besides. */
static void test_host(void **state)
{
	struct watch *watch = *state;
	struct firing firing = firing_of(watch, "blocked", ALERT_SEVERITY_HIGH);

	warn(watch, direct);
	firing.subject = "host";
	firing.is_of_host = true;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_string_not_equal(line_at(watch, 0)->incident.id, line_at(watch, 1)->incident.id);
	watch->actor.identity.key.uid++;
	firing.rule = "throttled";
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_string_equal(line_at(watch, 1)->incident.id, line_at(watch, 2)->incident.id);
}

/* A rule with a key of its own says whose it is. */
static void test_subject(void **state)
{
	struct watch *watch = *state;
	struct firing firing = firing_of(watch, "submission-rate", ALERT_SEVERITY_HIGH);

	warn(watch, direct);
	firing.subject = "site shop42.example";
	firing.subject_site = "shop42.example";
	firing.subject_uid = 33;
	watch->actor.script = NULL;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_string_equal(line_at(watch, 0)->incident.id, line_at(watch, 1)->incident.id);
	watch->actor.script = &watch->script;
	firing.subject = "user www-data";
	firing.subject_site = NULL;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_string_equal(line_at(watch, 0)->incident.id, line_at(watch, 2)->incident.id);
}

/* More sites than a user has alerts: those that are put together are an incident of the user. */
static void test_folded(void **state)
{
	struct watch *watch = *state;
	char site[32];

	watch->script.site = site;
	for (int i = 0; i < 70; i++) {
		snprintf(site, sizeof(site), "%d.example", i);
		warn(watch, direct);
	}
	const struct logged_alert *line = last_line(watch);
	assert_true(line->alert.more_actors);
	for (size_t i = 0; i + 1 < watch->log.count; i++)
		assert_string_not_equal(line_at(watch, i)->incident.id, line->incident.id);
	watch->script.site = (char *)"shop42.example";
	alerts_free(watch->alerts);
	watch->alerts = NULL;
}

/* Worked out by hand from the description in rules/incidents.c: it may not change from version to version. */
static void test_golden_id(void **state)
{
	struct watch *watch = *state;
	struct firing host = firing_of(watch, "blocked", ALERT_SEVERITY_HIGH);

	warn(watch, direct);
	assert_string_equal(last_line(watch)->incident.id, "ectbg4");
	host.subject = "host";
	host.is_of_host = true;
	assert_int_equal(alerts_fire(watch->alerts, &host), 0);
	assert_string_equal(last_line(watch)->incident.id, "xfwztj");
	tick_until(watch, START + QUIET);
	warn(watch, direct); /* another incident: it began in another second */
	assert_string_equal(last_line(watch)->incident.id, "hc28y4");
}

static void test_ids_are_easy_to_type(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < 500; i++) {
		watch->actor.identity.key.uid++;
		const char *id = id_of_next(watch);
		assert_int_equal(strlen(id), ALERT_INCIDENT_ID_SIZE - 1);
		assert_int_equal(strspn(id, "0123456789abcdefghjkmnpqrstvwxyz"), ALERT_INCIDENT_ID_SIZE - 1);
	}
}

/* Two users whose incidents of one second have one id: the second gets the next one, as long as the first is there. */
static void test_collision(void **state)
{
	static const uint32_t uids[] = {49089, 93479};
	_cleanup_(cleanup_incidents_free) struct incidents *incidents = incidents_new(4);
	struct incident *taken[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(uids); i++) {
		const struct incident_key key = {.kind = INCIDENT_OF_USER, .uid = uids[i]};
		taken[i] = incidents_take(incidents, &key, START, SECOND);
		assert_non_null(taken[i]);
	}
	assert_string_equal(taken[0]->shown.id, "h6gtxy");
	assert_string_equal(taken[1]->shown.id, "h6gtxz");
	struct incident_key key = taken[1]->key;
	incidents_remove(incidents, taken[0]);
	assert_ptr_equal(incidents_take(incidents, &key, START, SECOND), taken[1]);
	incidents_remove(incidents, taken[1]);
	assert_string_equal(incidents_take(incidents, &key, START, SECOND)->shown.id, "h6gtxy");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_two_rules_one_incident),
		TEST(test_what_an_incident_is_of),
		TEST(test_host),
		TEST(test_subject),
		TEST(test_folded),
		TEST(test_golden_id),
		TEST(test_ids_are_easy_to_type),
		TEST(test_collision),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("incidents", tests, NULL, NULL);
}
