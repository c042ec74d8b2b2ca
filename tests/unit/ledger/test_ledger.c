// SPDX-License-Identifier: GPL-2.0-only
/* What belongs to which row, and what a row says. */
#include "ledger/ledger.h"

#include "ledger/watch.h"

static void assert_attempts(const struct watch *watch, enum ledger_by by, const char *name, uint64_t attempts)
{
	assert_int_equal(row_of(watch, by, name)->counts.attempts, attempts);
}

static void test_an_attempt_is_in_all_books(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(2391, 1042, 7);

	watch->user_name = "shop42";
	attempt(watch, &identity, 1);
	assert_attempts(watch, LEDGER_BY_SCRIPT, "/usr/bin/php8.2", 1);
	assert_attempts(watch, LEDGER_BY_USER, "shop42", 1);
	assert_attempts(watch, LEDGER_BY_PROCESS, "php8.2[2391]", 1);
	assert_attempts(watch, LEDGER_BY_UNIT, "(none)", 1);
	assert_attempts(watch, LEDGER_BY_DESTINATION, "203.0.113.25", 1);
	assert_attempts(watch, LEDGER_BY_RECEIVER, "203.0.113.0/24", 1);
	const struct ledger_row *process = row_of(watch, LEDGER_BY_PROCESS, "php8.2[2391]");
	assert_int_equal(process->user, row_of(watch, LEDGER_BY_USER, "shop42")->number);
	assert_int_equal(process->script, row_of(watch, LEDGER_BY_SCRIPT, "/usr/bin/php8.2")->number);
	assert_int_equal(process->unit, row_of(watch, LEDGER_BY_UNIT, "(none)")->number);
	assert_int_equal(process->first_wall_ns, MORNING);
	assert_string_equal(process->actor->executable, "/usr/bin/php8.2");
	assert_ptr_equal(row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25")->actor, process->actor);
	assert_int_equal(totals_of(watch).all.attempts, 1);
	assert_int_equal(totals_of(watch).since_wall_ns, MORNING);
}

static void attempt_with(struct watch *watch, const struct sw_identity *identity, const struct script *script)
{
	static uint64_t flow_id = 100;
	struct observation observation = attempt_of(identity, ++flow_id, external());

	observation.script = script;
	observe(watch, observation);
}

static void test_scripts(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity one = identity_of(1, 1042, 7);
	const struct sw_identity other = identity_of(2, 1043, 7);
	const struct script request = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)"/var/www/a/x.php"};
	const struct script second = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)"/var/www/a/y.php"};
	const struct script pool = {.source = SCRIPT_SOURCE_FPM_POOL, .pool = (char *)"www"};
	const struct script directory = {.source = SCRIPT_SOURCE_CWD, .path = (char *)"/tmp"};

	attempt_with(watch, &one, &request);
	attempt_with(watch, &other, &request);
	attempt_with(watch, &one, &second);
	attempt_with(watch, &one, &pool);
	attempt_with(watch, &one, &directory);
	assert_attempts(watch, LEDGER_BY_SCRIPT, "/var/www/a/x.php", 2);
	assert_attempts(watch, LEDGER_BY_SCRIPT, "/var/www/a/y.php", 1);
	assert_attempts(watch, LEDGER_BY_SCRIPT, "pool www", 1);
	assert_attempts(watch, LEDGER_BY_SCRIPT, "/usr/bin/php8.2", 1);
	assert_attempts(watch, LEDGER_BY_USER, "1042", 4);
	assert_int_equal(totals_of(watch).rows[LEDGER_BY_PROCESS], 5); /* one process ran four */
	const struct ledger_row *rows[MAX_ROWS];
	const struct ledger_row *script = row_of(watch, LEDGER_BY_SCRIPT, "/var/www/a/y.php");
	assert_int_equal(ledger_processes(watch->ledger, script, rows, MAX_ROWS), 1);
	assert_string_equal(rows[0]->actor->script->path, "/var/www/a/y.php");
}

static void test_a_thread_name_is_no_script(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(1, 1042, 7);

	attempt(watch, &identity, 1);
	snprintf(identity.comm, sizeof(identity.comm), "/usr/bin/php8.2");
	identity.key.pid = 2;
	struct observation observation = attempt_of(&identity, 2, external());
	observation.executable = NULL;
	observe(watch, observation);
	assert_int_equal(totals_of(watch).rows[LEDGER_BY_SCRIPT], 2);
	assert_non_null(find_row(watch, LEDGER_BY_PROCESS, "/usr/bin/php8.2[2]"));
}

static void test_users(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(1, 1042, 7);

	watch->user_name = "shop42";
	identity.euid = 33;
	attempt(watch, &identity, 1);
	assert_attempts(watch, LEDGER_BY_USER, "33", 1);
	identity = identity_of(2, 33, 7);
	watch->user_name = "www-data";
	attempt(watch, &identity, 2);
	assert_attempts(watch, LEDGER_BY_USER, "www-data", 2);
	assert_null(find_row(watch, LEDGER_BY_USER, "33"));
}

static void test_units(void **state)
{
	struct watch *watch = *state;
	struct unit units[] = {
		{.references = 1, .name = (char *)"apache2.service"},
		{.references = 1, .name = (char *)"docker-1.scope", .container_id = (char *)"0123456789abcdef"},
		{.references = 1,
		 .name = (char *)"docker-2.scope",
		 .container_id = (char *)"fedcba9876543210",
		 .container_name = (char *)"web"},
	};
	static const char *const names[] = {"apache2.service", "0123456789ab", "web"};

	for (uint32_t i = 0; i < ARRAY_SIZE(units); i++) {
		const struct sw_identity identity = identity_of(10 + i, 1042, 7);
		watch->unit = &units[i];
		attempt(watch, &identity, 1 + i);
		assert_attempts(watch, LEDGER_BY_UNIT, names[i], 1);
	}
	tear_down(state); /* while the units are there */
	for (uint32_t i = 0; i < ARRAY_SIZE(units); i++)
		assert_int_equal(units[i].references, 1);
	set_up(state);
}

static void test_a_machine_behind_this_one(void **state)
{
	struct watch *watch = *state;
	const struct model_wire_options options = {.is_all = true};

	model_set_wire_options(watch->model, &options);
	open_wire(watch, 1);
	assert_attempts(watch, LEDGER_BY_USER, "wire from 192.0.2.81", 1);
	assert_attempts(watch, LEDGER_BY_SCRIPT, "wire from 192.0.2.81", 1);
	assert_attempts(watch, LEDGER_BY_PROCESS, "wire from 192.0.2.81", 1);
	assert_attempts(watch, LEDGER_BY_UNIT, "(none)", 1);
}

static void ask_name(struct watch *watch, const char *name, const char *mx_domain)
{
	struct name_event address = {.kind = NAME_ADDRESS, .owner = name, .ttl = 3600};
	struct name_event exchanger = {.kind = NAME_MX, .owner = mx_domain, .target = name, .ttl = 3600};

	address.address = external().address;
	if (mx_domain)
		observe(watch, (struct observation){.kind = OBSERVATION_NAME, .name = &exchanger});
	observe(watch, (struct observation){.kind = OBSERVATION_NAME, .name = &address});
}

static void test_receivers(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);

	ask_name(watch, "gmail-smtp-in.l.google.com", "gmail.com");
	attempt(watch, &identity, 1);
	assert_attempts(watch, LEDGER_BY_RECEIVER, "google.com", 1);
	assert_string_equal(row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25")->domain, "gmail-smtp-in.l.google.com");
	attempt_at(watch, &identity, 2, endpoint_at("2001:db8:1:2::3", 25));
	assert_attempts(watch, LEDGER_BY_RECEIVER, "2001:db8:1::/48", 1);
	assert_int_equal(totals_of(watch).receivers_today, 2);
}

static void test_ports(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);
	static const uint16_t ports[] = {25, 465, 587, 2525, 25};

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		attempt_at(watch, &identity, 1 + i, endpoint_at("203.0.113.25", ports[i]));
	const struct ledger_counts *counts = &row_of(watch, LEDGER_BY_USER, "1042")->counts;
	assert_int_equal(counts->attempts, 5);
	assert_int_equal(counts->ports[LEDGER_PORT_SMTP], 2);
	assert_int_equal(counts->ports[LEDGER_PORT_SUBMISSIONS], 1);
	assert_int_equal(counts->ports[LEDGER_PORT_SUBMISSION], 1);
	assert_int_equal(counts->ports[LEDGER_PORT_OTHER], 1);
}

static void test_distinct_destinations(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity one = identity_of(1, 1042, 7);
	const struct sw_identity other = identity_of(2, 1043, 7);
	char address[ADDRESS_TEXT_SIZE];

	for (uint64_t i = 0; i < 90; i++) {
		snprintf(address, sizeof(address), "203.0.113.%u", (unsigned int)(i % 30));
		attempt_at(watch, &one, 1 + i, endpoint_at(address, 25));
	}
	attempt_at(watch, &other, 100, endpoint_at(address, 25));
	assert_int_equal(row_of(watch, LEDGER_BY_USER, "1042")->destinations, 30);
	assert_int_equal(row_of(watch, LEDGER_BY_USER, "1043")->destinations, 1);
	assert_int_equal(row_of(watch, LEDGER_BY_DESTINATION, address)->destinations, 2);
	assert_int_equal(row_of(watch, LEDGER_BY_RECEIVER, "203.0.113.0/24")->destinations, 2);
	assert_false(row_of(watch, LEDGER_BY_USER, "1042")->destinations_estimated);
	assert_int_equal(totals_of(watch).destinations_today, 30);
}

static void test_hostile_text_is_kept(void **state)
{
	static const char text[] = "\x1b]0;x\x07/tmp/\xff\n\xe2\x80\xae";
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);
	const struct script script = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)text};

	attempt_with(watch, &identity, &script);
	assert_attempts(watch, LEDGER_BY_SCRIPT, text, 1);
	connect_on_wire(watch, &identity, 2);
	open_wire(watch, 2);
	say_helo(watch, 2, text);
	assert_string_equal(row_of(watch, LEDGER_BY_USER, "1042")->helo[0], text);
}

static void test_the_copy_of_an_actor_follows(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);

	attempt(watch, &identity, 1);
	const struct ledger_row *user = row_of(watch, LEDGER_BY_USER, "1042");
	assert_int_equal(user->actor->role, ACTOR_ROLE_APPLICATION);
	model_oldest_actor(watch->model)->role = ACTOR_ROLE_RELAY_CLIENT; /* a reload of the list of mail servers */
	attempt(watch, &identity, 2);
	assert_int_equal(user->actor->role, ACTOR_ROLE_RELAY_CLIENT);
	observe(watch, (struct observation){.kind = OBSERVATION_ACTOR_GONE, .actor = identity.key});
	assert_string_equal(user->actor->executable, "/usr/bin/php8.2");
}

static void test_names(void **state)
{
	enum ledger_by by;
	enum ledger_verdict verdict;

	(void)state;
	for (enum ledger_by i = 0; i < LEDGER_BY_COUNT; i++) {
		assert_int_equal(ledger_by_parse(ledger_by_name(i), &by), 0);
		assert_int_equal(by, i);
	}
	for (enum ledger_verdict i = 0; i < LEDGER_VERDICT_COUNT; i++) {
		assert_int_equal(ledger_verdict_parse(ledger_verdict_name(i), &verdict), 0);
		assert_int_equal(verdict, i);
	}
	assert_true(ledger_by_parse("scripts", &by) < 0);
	assert_true(ledger_verdict_parse("", &verdict) < 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_an_attempt_is_in_all_books),
		TEST(test_scripts),
		TEST(test_a_thread_name_is_no_script),
		TEST(test_users),
		TEST(test_units),
		TEST(test_a_machine_behind_this_one),
		TEST(test_receivers),
		TEST(test_ports),
		TEST(test_distinct_destinations),
		TEST(test_hostile_text_is_kept),
		TEST(test_the_copy_of_an_actor_follows),
		TEST(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
