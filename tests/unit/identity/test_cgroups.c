// SPDX-License-Identifier: GPL-2.0-only
#include "identity/cgroups.h"

#include "identity/cgroup_house.h"
#include "identity/process.h"
#include "lib/clock.h"

#define ID "9b98bb265ea4c149d9a786380dd07716d341c3e925f2616040c6cd9ac8c4b75c"

static struct actor actor_of(pid_t pid, uint64_t cgroup)
{
	struct actor actor = {.identity = {.cgroup = cgroup, .key = {.pid = (uint32_t)pid}}};
	struct process_stat process;

	assert_int_equal(process_read_stat((uint32_t)pid, &process), 0);
	actor.identity.key.start_ns = process.start_ticks * (NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
	return actor;
}

static void assert_unit(const struct unit *unit, const char *name, const char *slice)
{
	assert_non_null(unit);
	assert_non_null(unit->name);
	assert_string_equal(unit->name, name);
	assert_non_null(unit->slice);
	assert_string_equal(unit->slice, slice);
}

static void test_living_and_ended(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();
	_cleanup_(cleanup_cgroups_free) struct cgroups *later = cgroups_new();

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	uint64_t id = make_cgroup("web.service");
	pid_t pid = start("web.service", false);
	assert_true(pid > 0);
	struct actor actor = actor_of(pid, id);
	assert_unit(cgroups_unit_of(cgroups, &actor), "web.service", own_slice());
	end(pid);
	assert_unit(cgroups_unit_of(later, &actor), "web.service", own_slice());
	assert_null(cgroups_unit_of(later, &actor)->container_runtime);
	/* The cgroup has gone: what is remembered is still told, and nothing to who did not ask before. */
	assert_int_equal(rmdir(folder_of("web.service")), 0);
	assert_unit(cgroups_unit_of(later, &actor), "web.service", own_slice());
	cgroups_free(later);
	later = cgroups_new();
	assert_null(cgroups_unit_of(later, &actor));
}

static void test_containers(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();
	struct actor actor = {.identity = {.key = {.pid = INT32_MAX}}};

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	actor.identity.cgroup = make_cgroup("docker-" ID ".scope/inner/system.slice/postfix.service");
	const struct unit *unit = cgroups_unit_of(cgroups, &actor);
	assert_unit(unit, "docker-" ID ".scope", own_slice());
	assert_string_equal(unit->container_runtime, "docker");
	assert_string_equal(unit->container_id, ID);
	assert_null(unit->container_name);
	actor.identity.cgroup = make_cgroup("lxc.payload.my web\x1b");
	unit = cgroups_unit_of(cgroups, &actor);
	assert_non_null(unit);
	assert_null(unit->name);
	assert_string_equal(unit->container_runtime, "lxc");
	assert_string_equal(unit->container_id, "my web\x1b");
	assert_string_equal(unit->container_name, "my web\x1b");
}

/* A user gets no name for what he calls a container. */
static void test_users_containers(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();
	struct actor actor = {.identity = {.key = {.pid = INT32_MAX}}};

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	actor.identity.cgroup = make_cgroup("user-1000.slice/session-3.scope/lxc/mine");
	const struct unit *unit = cgroups_unit_of(cgroups, &actor);
	assert_unit(unit, "session-3.scope", "user-1000.slice");
	assert_string_equal(unit->container_id, "mine");
	assert_null(unit->container_name);
}

static void test_unknown(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();
	static const uint64_t ids[] = {0, 1, UINT64_MAX, 0x7fffffff00000001};
	struct actor actor = {.identity = {.key = {.pid = INT32_MAX}}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		actor.identity.cgroup = ids[i];
		assert_null(cgroups_unit_of(cgroups, &actor));
		assert_false(cgroups_leads_unit(cgroups, &actor));
	}
}

/* A cgroup by hand, and the slice alone. */
static void test_without_unit(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();
	struct actor actor = {.identity = {.key = {.pid = INT32_MAX}}};

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	actor.identity.cgroup = make_cgroup("by-hand/web.service");
	const struct unit *unit = cgroups_unit_of(cgroups, &actor);
	assert_non_null(unit);
	assert_null(unit->name);
	assert_string_equal(unit->slice, own_slice());
}

/* The same cgroup is told by the same unit, and a reference keeps one that was forgotten. */
static void test_remembers(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();
	struct actor actor = {.identity = {.key = {.pid = INT32_MAX}}};
	char name[64];

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	actor.identity.cgroup = make_cgroup("kept.service");
	uint64_t first = actor.identity.cgroup;
	struct unit *kept = unit_ref(cgroups_unit_of(cgroups, &actor));
	assert_ptr_equal(cgroups_unit_of(cgroups, &actor), kept);
	assert_int_equal(rmdir(folder_of("kept.service")), 0);
	for (int i = 0; i < 1024; i++) {
		snprintf(name, sizeof(name), "n%d.service", i);
		actor.identity.cgroup = make_cgroup(name);
		assert_unit(cgroups_unit_of(cgroups, &actor), name, own_slice());
		assert_int_equal(rmdir(folder_of(name)), 0);
	}
	actor.identity.cgroup = first;
	assert_null(cgroups_unit_of(cgroups, &actor));
	assert_unit(kept, "kept.service", own_slice());
	unit_unref(kept);
}

/* A pid that is another process's by now says nothing of the one that had it. */
static void test_leaves_others_alone(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	uint64_t id = make_cgroup("web.service");
	pid_t pid = start("web.service", false);
	assert_true(pid > 0);
	struct actor actor = actor_of(pid, 0);
	struct unit *unit = cgroups_unit_of(cgroups, &actor);
	assert_unit(unit, "web.service", own_slice());
	actor.identity.key.start_ns += NANOSECONDS_A_SECOND;
	assert_null(cgroups_unit_of(cgroups, &actor));
	actor.identity.cgroup = id;
	assert_unit(cgroups_unit_of(cgroups, &actor), "web.service", own_slice());
	end(pid);
}

/* Started one after the other, in different ticks. */
static void next_tick(pid_t pid)
{
	struct process_stat process;
	uint64_t tick = NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);

	assert_int_equal(process_read_stat((uint32_t)pid, &process), 0);
	while (clock_boot_ns() / tick <= process.start_ticks)
		sched_yield();
}

static void test_leads(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	uint64_t id = make_cgroup("web.service");
	/* Older than the service's main process, but somebody's child. */
	pid_t child = start("web.service", false);
	next_tick(child);
	pid_t leader = start("web.service", true);
	assert_true(leader > 0);
	next_tick(leader);
	pid_t orphan = start("web.service", true);
	assert_true(child > 0 && orphan > 0);
	struct process_stat process;
	assert_int_equal(process_read_stat((uint32_t)leader, &process), 0);
	struct actor actors[] = {actor_of(child, id), actor_of(leader, id), actor_of(orphan, id), actor_of(leader, id)};
	actors[3].identity.key.start_ns += NANOSECONDS_A_SECOND;
	bool leads[ARRAY_SIZE(actors)];
	for (size_t i = 0; i < ARRAY_SIZE(actors); i++)
		leads[i] = cgroups_leads_unit(cgroups, &actors[i]);
	end(child);
	end(leader);
	bool heir = cgroups_leads_unit(cgroups, &actors[2]);
	end(orphan);
	SKIP_UNLESS(process.parent == 1, "orphans go to a subreaper here");
	assert_false(leads[0]);
	assert_true(leads[1]);
	assert_false(leads[2]);
	assert_false(leads[3]);
	assert_true(heir);
	assert_false(cgroups_leads_unit(cgroups, &actors[2]));
}

/* Only a service has a main process, and only in its own cgroup. */
static void test_leads_no_service(void **state)
{
	static const char *const names[] = {"session-3.scope", "by-hand", "web.service/sub", "by-hand/web.service"};
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();

	(void)state;
	SKIP_UNLESS(base[0], NEEDS_V2);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t id = make_cgroup(names[i]);
		pid_t pid = start(names[i], true);
		assert_true(pid > 0);
		struct actor actor = actor_of(pid, id);
		bool leads = cgroups_leads_unit(cgroups, &actor);
		end(pid);
		if (leads)
			fail_msg("%s", names[i]);
	}
}

/* The v2 path of the process is the root's, as where systemd keeps to v1: its own hierarchy tells. */
static void test_systemd_on_v1(void **state)
{
	_cleanup_(cleanup_cgroups_free) struct cgroups *cgroups = cgroups_new();

	(void)state;
	bool is_made = set_up_below("/sys/fs/cgroup/systemd");
	SKIP_UNLESS(is_made, "needs root and name=systemd to make cgroups in");
	assert_true(mkdir(folder_of("web.service"), 0755) == 0 || errno == EEXIST);
	pid_t leader = start("web.service", true);
	assert_true(leader > 0);
	next_tick(leader);
	pid_t orphan = start("web.service", true);
	assert_true(orphan > 0);
	struct process_stat process;
	assert_int_equal(process_read_stat((uint32_t)leader, &process), 0);
	struct actor actors[] = {actor_of(leader, 1), actor_of(orphan, 1)};
	struct unit *unit = unit_ref(cgroups_unit_of(cgroups, &actors[0]));
	bool shared = cgroups_unit_of(cgroups, &actors[1]) == unit;
	bool leads = cgroups_leads_unit(cgroups, &actors[0]);
	bool follower_leads = cgroups_leads_unit(cgroups, &actors[1]);
	end(leader);
	end(orphan);
	assert_unit(unit, "web.service", own_slice());
	assert_true(shared);
	unit_unref(unit);
	/* Its id stands for every process there: nothing is remembered by it. */
	assert_null(cgroups_unit_of(cgroups, &actors[0]));
	SKIP_UNLESS(process.parent == 1, "orphans go to a subreaper here");
	assert_true(leads);
	assert_false(follower_leads);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_living_and_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_containers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_users_containers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_unit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remembers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaves_others_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leads_no_service, set_up, tear_down),
		cmocka_unit_test_teardown(test_systemd_on_v1, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cgroups", tests, NULL, NULL);
}
