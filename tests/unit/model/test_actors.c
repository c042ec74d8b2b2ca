// SPDX-License-Identifier: GPL-2.0-only
#include "model/actors.h"

#include "watch.h"

static void test_second_attempt(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct actor *first = attempt(watch, &identity, 1).actor;

	first->role = ACTOR_ROLE_APPLICATION;
	struct model_change change = attempt(watch, &identity, 2);
	assert_false(change.actor_is_new);
	assert_true(change.flow_began);
	assert_ptr_equal(change.actor, first);
	assert_int_equal(change.actor->role, ACTOR_ROLE_APPLICATION);
	assert_int_equal(change.actor->direct_told, 2);
	assert_int_equal(model_actor_count(watch->model), 1);
	assert_int_equal(model_flow_count(watch->model), 2);
}

/* Each part of the key makes another actor: exec of another file, another process, its pid used again. */
static void test_who_is_another_actor(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct sw_identity others[] = {identity, identity, identity, identity, identity};

	others[0].key.exe_inode++;
	others[1].key.exe_device++;
	others[2].key.pid++;
	others[3].key.start_ns++;
	others[4].key.uid++;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct actor *first = attempt(watch, &identity, 1).actor;
		struct model_change change = attempt(watch, &others[i], 2);

		assert_true(change.actor_is_new);
		assert_ptr_not_equal(change.actor, first);
		assert_int_equal(model_actor_count(watch->model), 2);
		gone(watch, &others[i]);
	}
}

/* The same actor in another state is to be judged anew, and shown as it is now. */
static void test_what_makes_an_actor_new_again(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	const struct actor *actor = attempt(watch, &identity, 1).actor;

	identity.euid = 0;
	assert_true(attempt(watch, &identity, 2).actor_is_new);
	assert_int_equal(actor->identity.euid, 0);
	memcpy(identity.comm, "smtp", sizeof("smtp"));
	assert_true(attempt(watch, &identity, 3).actor_is_new);
	assert_string_equal(actor->identity.comm, "smtp");
	identity.exe_links = 0;
	assert_true(attempt(watch, &identity, 4).actor_is_new);
	assert_int_equal(actor->identity.exe_links, 0);
	assert_false(attempt(watch, &identity, 5).actor_is_new);
	assert_int_equal(model_actor_count(watch->model), 1);
	assert_int_equal(actor->direct_told, 5);
}

static void test_argv_makes_an_actor_new_again(void **state)
{
	static const struct {
		const char *argv;
		size_t size;
	} changes[] = {{"php\0more.php", 13}, {"php\0more.ph", 11}, {NULL, 0}, {"x", 2}};
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	const struct actor *actor = attempt(watch, &identity, 1).actor;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct observation observation = attempt_of(&identity, i + 2, external());
		observation.argv = changes[i].argv;
		observation.argv_size = changes[i].size;
		assert_true(observe(watch, &observation).actor_is_new);
		assert_int_equal(actor->argv_size, changes[i].size);
		if (changes[i].size)
			assert_memory_equal(actor->argv, changes[i].argv, changes[i].size);
		else
			assert_null(actor->argv);
		assert_false(observe(watch, &observation).actor_is_new);
	}
}

/* The kernel's counter is a total; what is new is its growth. */
static void test_counters_add_what_was_untold(void **state)
{
	static const struct {
		uint64_t total, added;
	} steps[] = {{0, 0}, {40, 40}, {40, 0}, {1000, 960}, {999, 0}, {1001, 1}};
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	const struct actor *actor = attempt(watch, &identity, 1).actor;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct observation observation = counters_of(&identity, steps[i].total);
		struct model_change change = observe(watch, &observation);
		assert_ptr_equal(change.actor, actor);
		assert_false(change.actor_is_new);
		assert_null(change.flow);
		assert_int_equal(change.direct_added, steps[i].added);
	}
	assert_int_equal(actor->direct_told, 1);
	assert_int_equal(actor->direct_untold, 1001);
	assert_string_equal(actor->executable, "/usr/bin/php8.2");
}

/* An actor whose every record was lost is known from its counters, and described by the first attempt. */
static void test_counters_of_an_unknown_actor(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation counters = counters_of(&identity, 5);

	struct model_change change = observe(watch, &counters);
	assert_true(change.actor_is_new);
	assert_null(change.actor->executable);
	assert_int_equal(change.direct_added, 5);
	change = attempt(watch, &identity, 1);
	assert_true(change.actor_is_new);
	assert_string_equal(change.actor->executable, "/usr/bin/php8.2");
	assert_int_equal(change.actor->direct_untold, 5);
	assert_false(attempt(watch, &identity, 2).actor_is_new);
	assert_false(observe(watch, &counters).actor_is_new);
	assert_int_equal(model_actor_count(watch->model), 1);
}

static void test_full_actor_table(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identities[ACTORS + 1];

	for (uint32_t i = 0; i <= ACTORS; i++)
		identities[i] = identity_of(100 + i, 1042, 7);
	for (uint32_t i = 0; i < ACTORS; i++)
		attempt(watch, &identities[i], i);
	assert_int_equal(model_totals(watch->model).actors_forgotten, 0);
	attempt(watch, &identities[0], 100);
	attempt(watch, &identities[ACTORS], 101);
	assert_int_equal(model_actor_count(watch->model), ACTORS);
	assert_int_equal(model_totals(watch->model).actors_forgotten, 1);
	assert_false(attempt(watch, &identities[0], 102).actor_is_new);
	assert_true(attempt(watch, &identities[1], 103).actor_is_new);
	assert_int_equal(model_totals(watch->model).actors_forgotten, 2);

	static const uint32_t order[] = {103, 104, 100, 101};
	const struct actor *actor = model_oldest_actor(watch->model);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++, actor = model_newer_actor(actor))
		assert_int_equal(actor->identity.key.pid, order[i]);
	assert_null(actor);
}

/* What an observation points to may go at once; the address sanitizer sees who still looks there. */
static void test_observation_is_borrowed(void **state)
{
	struct watch *watch = *state;
	struct sw_identity *identity = malloc(sizeof(*identity));
	char *executable = strdup("/usr/bin/php8.2");
	char *argv = strdup("php");

	assert_true(identity && executable && argv);
	*identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(identity, 1, external());
	observation.executable = executable;
	observation.argv = argv;
	observation.argv_size = sizeof("php");
	const struct actor *actor = observe(watch, &observation).actor;
	memset(identity, 0, sizeof(*identity));
	memset(executable, 0, sizeof("/usr/bin/php8.2"));
	memset(argv, 0, sizeof("php"));
	free(identity);
	free(executable);
	free(argv);
	assert_int_equal(actor->identity.key.pid, 4121);
	assert_string_equal(actor->executable, "/usr/bin/php8.2");
	assert_string_equal(actor->argv, "php");
}

static void test_actor_copy(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct actor *actor = attempt(watch, &identity, 1).actor;
	struct actor copy = {.executable = NULL};

	actor->role = ACTOR_ROLE_APPLICATION;
	snprintf(actor->user_name, sizeof(actor->user_name), "shop42");
	for (int i = 0; i < 2; i++)
		assert_int_equal(actor_copy(&copy, actor), 0);
	gone(watch, &identity);
	assert_int_equal(copy.identity.key.pid, 4121);
	assert_string_equal(copy.executable, "/usr/bin/php8.2");
	assert_memory_equal(copy.argv, "php\0send.php", copy.argv_size);
	assert_string_equal(copy.user_name, "shop42");
	assert_int_equal(copy.role, ACTOR_ROLE_APPLICATION);
	assert_int_equal(copy.direct_told, 1);

	struct actor bare = {.identity = identity_of(1, 0, 0)};
	assert_int_equal(actor_copy(&copy, &bare), 0);
	assert_null(copy.executable);
	assert_null(copy.argv);
	assert_int_equal(copy.argv_size, 0);
	actor_clear(&copy);
	assert_int_equal(copy.identity.key.pid, 0);
}

/* /proc has start times in ticks, and other device numbers. */
static void test_find_process(void **state)
{
	const uint64_t tick = 10000000;
	struct actors *actors = actors_new(4);
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct sw_identity other = identity_of(4122, 1042, 7);
	struct actor *actor, *neighbour;
	bool is_new;

	(void)state;
	assert_non_null(actors);
	identity.key.start_ns = 5 * tick + 1234567;
	other.key.start_ns = identity.key.start_ns;
	struct observation observation = attempt_of(&identity, 1, external());
	assert_int_equal(actors_take(actors, &observation, &actor, &is_new), 0);
	observation = attempt_of(&other, 2, external());
	assert_int_equal(actors_take(actors, &observation, &neighbour, &is_new), 0);

	struct sw_actor_key key = identity.key;
	key.start_ns = 5 * tick;
	key.exe_device++;
	assert_null(actors_find(actors, &key));
	assert_ptr_equal(actors_find_process(actors, &key, tick), actor);
	struct sw_actor_key others[] = {key, key, key, key, key};
	others[0].start_ns = 6 * tick;
	others[1].start_ns = 4 * tick;
	others[2].pid += 2;
	others[3].uid++;
	others[4].exe_inode++;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_null(actors_find_process(actors, &others[i], tick));
	key.pid++;
	assert_ptr_equal(actors_find_process(actors, &key, tick), neighbour);
	actors_free(actors);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_second_attempt),
		TEST(test_who_is_another_actor),
		TEST(test_what_makes_an_actor_new_again),
		TEST(test_argv_makes_an_actor_new_again),
		TEST(test_counters_add_what_was_untold),
		TEST(test_counters_of_an_unknown_actor),
		TEST(test_full_actor_table),
		TEST(test_observation_is_borrowed),
		TEST(test_actor_copy),
		TEST(test_find_process),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("actors", tests, NULL, NULL);
}
