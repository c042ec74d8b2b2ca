// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs_actor.h"

#include "json.h"
#include "shop.h"
#include "sinks/ecs.h"

static json_t *json_of(const struct actor *actor, const struct script *script)
{
	json_t *root = json_object();

	ecs_put_actor(root, actor, script);
	return through_text(root);
}

static void assert_part(const struct actor *actor, const char *path, const char *expected)
{
	_cleanup_json_ json_t *object = json_of(actor, actor->script);
	json_t *part = at(object, path);

	if (!part)
		fail_msg("no %s", path);
	assert_json(part, expected);
}

static void test_script(void **state)
{
	struct actor actor = shop_actor();

	(void)state;
	assert_part(&actor, "smtpwatch.script",
		    "{\"path\":\"/var/www/shop42/x.php\",\"url\":\"/x.php?id=7\",\"method\":\"POST\","
		    "\"source\":\"php-request\"}");
	actor.script->source = SCRIPT_SOURCE_PHP_PROBE;
	actor.script->inherited = true;
	actor.script->claimed = true;
	actor.script->deleted = true;
	actor.script->cut = true;
	assert_part(&actor, "smtpwatch.script",
		    "{\"path\":\"/var/www/shop42/x.php\",\"url\":\"/x.php?id=7\",\"method\":\"POST\","
		    "\"source\":\"php-probe\",\"inherited\":true,\"claimed\":true,\"deleted\":true,\"cut\":true}");
}

static void test_one_liner(void **state)
{
	struct script script = {.source = SCRIPT_SOURCE_ARGV, .one_liner = true};
	struct actor actor = shop_actor();

	(void)state;
	actor.script = &script;
	assert_part(&actor, "smtpwatch.script", "{\"source\":\"argv\",\"one_liner\":true}");
}

static void test_pool(void **state)
{
	struct script script = {.source = SCRIPT_SOURCE_FPM_POOL, .pool = (char *)"shop42"};
	struct actor actor = shop_actor();

	(void)state;
	actor.script = &script;
	assert_part(&actor, "smtpwatch.script", "{\"source\":\"fpm-pool\",\"pool\":\"shop42\"}");
}

/* A directory is no script; it is the one of the observation that the script belongs to. */
static void test_cwd(void **state)
{
	struct script script = {.source = SCRIPT_SOURCE_CWD, .path = (char *)"/srv/then", .site = (char *)"s"};
	struct actor actor = shop_actor();

	(void)state;
	actor.script = &script;
	assert_part(&actor, "smtpwatch.script", "{\"source\":\"cwd\"}");
	_cleanup_json_ json_t *object = json_of(&actor, &script);
	assert_text_at(object, "process.working_directory", "/srv/then");
	assert_text_at(object, "smtpwatch.site", "s");
	_cleanup_json_ json_t *without_actor = json_of(NULL, &script);
	assert_text_at(without_actor, "process.working_directory", "/srv/then");
	script.path = NULL;
	_cleanup_json_ json_t *now = json_of(&actor, &script);
	assert_text_at(now, "process.working_directory", "/var/www/shop42");
}

static void test_container(void **state)
{
	struct actor actor = shop_actor();

	(void)state;
	*actor.unit = (struct unit){.container_runtime = (char *)"docker"};
	assert_part(&actor, "container", "{\"runtime\":\"docker\"}");
	actor.unit->container_id = (char *)"4f1e0c93a2d75b684f1e0c93a2d75b684f1e0c93a2d75b684f1e0c93a2d75b68";
	actor.unit->container_name = (char *)"web";
	actor.unit->container_image = (char *)"shop/web:1";
	assert_part(&actor, "container",
		    "{\"runtime\":\"docker\",\"name\":\"web\",\"image\":{\"name\":\"shop/web:1\"},"
		    "\"id\":\"4f1e0c93a2d75b684f1e0c93a2d75b684f1e0c93a2d75b684f1e0c93a2d75b68\"}");
	_cleanup_json_ json_t *object = json_of(&actor, NULL);
	assert_null(at(object, "smtpwatch.unit"));
	assert_null(at(object, "smtpwatch.slice"));
}

static void test_owner_and_executable(void **state)
{
	struct actor actor = shop_actor();

	(void)state;
	snprintf(actor.owner_name, sizeof(actor.owner_name), "alice");
	_cleanup_json_ json_t *object = json_of(&actor, NULL);
	assert_text_at(object, "smtpwatch.owner", "alice");
	actor.identity.exe_links = 0;
	assert_part(&actor, "smtpwatch.executable",
		    "{\"device\":8388609,\"inode\":\"7\",\"links\":0,\"deleted\":true}");
	actor.is_replaced = true;
	assert_part(&actor, "smtpwatch.executable",
		    "{\"device\":8388609,\"inode\":\"7\",\"links\":0,\"deleted\":true,\"replaced\":true}");
}

/* What is there, but empty or all unknown, says nothing. */
static void test_unknown_is_absent(void **state)
{
	static const char *const absent[] = {
		"smtpwatch.site",
		"smtpwatch.unit",
		"smtpwatch.slice",
		"smtpwatch.owner",
		"smtpwatch.script.path",
		"smtpwatch.script.url",
		"smtpwatch.script.method",
		"smtpwatch.script.source",
		"smtpwatch.script.pool",
		"container",
		"process.working_directory",
	};
	struct script script = {.url = (char *)""};
	struct unit unit = {.name = (char *)""};
	struct actor actor = {.identity = identity_of(4121, 1042, 7), .script = &script, .unit = &unit};
	_cleanup_json_ json_t *object = json_of(&actor, &script);

	(void)state;
	assert_absent(object, absent, ARRAY_SIZE(absent));
	_cleanup_json_ json_t *nobody = json_of(NULL, NULL);
	assert_json(nobody, "{}");
}

static void assert_path(json_t *object, const char *name, const char *path)
{
	char shown[DESCRIBE_PATH_SIZE];

	assert_original(object, name, shown, shown_path(path, sizeof(shown) - 1, shown));
}

static void assert_text(json_t *object, const char *name, const char *text)
{
	assert_original(object, name, text, strnlen(text, DESCRIBE_PATH_SIZE));
}

/* Nothing in the texts makes a field, and each is there, in full but for its bound, harmless also to who prints it. */
static void assert_hostile_actor(json_t *object, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	size_t comm_size = strnlen(identity->comm, SW_COMM_SIZE);
	const char *command_line = json_string_value(at(object, "process.command_line"));

	assert_names(at(object, "process"), command_line
						    ? "pid name executable start command_line parent working_directory "
						    : "pid name executable start parent working_directory ");
	assert_names(at(object, "process.parent"), "pid name user ");
	assert_names(at(object, "user"), "id name ");
	assert_text_at(object, "user.id", "1042");
	assert_path(object, "process.executable", actor->executable);
	assert_path(object, "process.working_directory", actor->cwd);
	assert_original(object, "process.name", identity->comm, comm_size);
	assert_original(object, "process.parent.name", identity->comm, comm_size);
	assert_original(object, "user.name", actor->user_name, strlen(actor->user_name));
	assert_original(object, "smtpwatch.owner", actor->owner_name, strlen(actor->owner_name));
	if (command_line)
		assert_harmless(command_line, strlen(command_line));
}

static void assert_hostile_script(json_t *object, const struct actor *actor)
{
	assert_names(at(object, "smtpwatch.script"), "path url method source pool ");
	assert_text(object, "smtpwatch.site", actor->script->site);
	assert_path(object, "smtpwatch.script.path", actor->script->path);
	assert_text(object, "smtpwatch.script.url", actor->script->url);
	assert_text(object, "smtpwatch.script.method", actor->script->method);
	assert_text(object, "smtpwatch.script.pool", actor->script->pool);
	assert_names(at(object, "container"), "id name runtime image ");
	assert_text(object, "container.id", actor->unit->container_id);
	assert_text(object, "container.name", actor->unit->container_name);
	assert_text(object, "container.image.name", actor->unit->container_image);
	assert_text(object, "container.runtime", actor->unit->container_runtime);
	assert_text(object, "smtpwatch.unit", actor->unit->name);
	assert_text(object, "smtpwatch.slice", actor->unit->slice);
}

static void assert_hostile(json_t *object, const struct actor *actor)
{
	assert_hostile_actor(object, actor);
	assert_hostile_script(object, actor);
}

static void test_hostile(void **state)
{
	static const size_t path_sizes[] = {0, SW_PATH_SIZE, HOSTILE_SIZE - 2};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts) * ARRAY_SIZE(path_sizes); i++) {
		struct hostile hostile;
		size_t path_size = path_sizes[i % ARRAY_SIZE(path_sizes)];
		struct flow flow = shop_flow();

		make_hostile(&hostile, i / ARRAY_SIZE(path_sizes), path_size, path_size > 0);
		_cleanup_json_ json_t *alert = through_text(ecs_of_alert(&hostile.alert));
		assert_names(alert, "@timestamp ecs event smtpwatch log rule process user container destination ");
		assert_hostile(alert, &hostile.actor);
		assert_text(alert, "smtpwatch.evidence", hostile.alert.evidence);
		flow.script = &hostile.script;
		struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &hostile.actor};
		_cleanup_json_ json_t *attempt = through_text(ecs_of_flow(&event));
		assert_hostile(attempt, &hostile.actor);
		struct submission_event submission = shop_submission(&hostile.actor);
		_cleanup_json_ json_t *submitted = through_text(ecs_of_submission(&submission));
		assert_hostile(submitted, &hostile.actor);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_one_liner),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_cwd),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_owner_and_executable),
		cmocka_unit_test(test_unknown_is_absent),
		cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ecs_actor", tests, set_utc, NULL);
}
