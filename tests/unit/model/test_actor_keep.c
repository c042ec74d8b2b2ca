// SPDX-License-Identifier: GPL-2.0-only
#include "model/actor_keep.h"

#include "model/actors.h"
#include "support/kept.h"
#include "support/observations.h"

static char *write_actor(const struct actor *actor, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	actor_keep(stream, 7, actor);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static int take(void *context, struct keep_line *line)
{
	uint64_t id;
	struct actor actor = {0};

	int error = actor_restore(line, &id, &actor);
	if (error)
		return error;
	actor_clear(context);
	*(struct actor *)context = actor;
	return id == 7 ? 0 : -1;
}

static void test_process(void **state)
{
	struct script script = {
		.references = 1,
		.source = SCRIPT_SOURCE_PHP_REQUEST,
		.claimed = true,
		.path = (char *)"/var/www/\x1b x.php",
		.url = (char *)"/x.php?a=%41",
		.site = (char *)"shop.example",
	};
	struct unit unit = {.references = 1, .name = (char *)"php.service", .slice = (char *)"system.slice"};
	const struct actor actor = {
		.identity = identity_of(4121, 33, 7),
		.executable = (char *)"/usr/bin/php",
		.argv = (char *)"php\0-f",
		.argv_size = 7,
		.cwd = (char *)"/",
		.script = &script,
		.unit = &unit,
		.has_host_path = true,
		.role = ACTOR_ROLE_RELAY_CLIENT,
		.user_name = "www-data",
	};
	struct actor again = {0};
	size_t size;
	char *text = write_actor(&actor, &size);

	(void)state;
	assert_int_equal(kept_take(text, size, take, &again), 0);
	assert_memory_equal(&again.identity, &actor.identity, sizeof(actor.identity));
	assert_string_equal(again.executable, actor.executable);
	assert_memory_equal(again.argv, actor.argv, actor.argv_size);
	assert_int_equal(again.argv_size, actor.argv_size);
	assert_true(script_is_like(again.script, &script));
	assert_string_equal(again.unit->name, unit.name);
	assert_string_equal(again.unit->slice, unit.slice);
	assert_null(again.unit->container_id);
	assert_int_equal(again.role, actor.role);
	assert_true(again.has_host_path);
	assert_string_equal(again.user_name, "www-data");
	for (size_t length = 1; length < size; length++)
		kept_take(text, length, take, &again);
	free(text);
	actor_clear(&again);
}

static void test_source(void **state)
{
	const struct actor actor = {
		.origin = ACTOR_ORIGIN_FORWARDED,
		.source = {.address = endpoint_at("198.51.100.7", 1).address,
			   .mac = {2, 0, 0, 0, 0, 1},
			   .has_mac = true},
		.interface_name = "eth0",
		.identity.key.uid = UINT32_MAX,
	};
	struct actor again = {0};
	size_t size;
	char *text = write_actor(&actor, &size);

	(void)state;
	assert_int_equal(kept_take(text, size, take, &again), 0);
	assert_int_equal(again.origin, ACTOR_ORIGIN_FORWARDED);
	assert_memory_equal(&again.source.address, &actor.source.address, sizeof(actor.source.address));
	assert_memory_equal(again.source.mac, actor.source.mac, sizeof(actor.source.mac));
	assert_string_equal(again.interface_name, "eth0");
	assert_null(again.executable);
	free(text);
	actor_clear(&again);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_source),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
