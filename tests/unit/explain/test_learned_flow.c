// SPDX-License-Identifier: GPL-2.0-only
/* From JSON lines to what is learned, and from files to a proposal. */
#include "explain/learned_flow.h"

#include "explain/learn.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define NOW_NS (1795780800ULL * 1000000000) /* 2026-11-27 12:00:00 UTC */

/* As sinks/ecs.c writes it. Owned by the caller. */
static json_t *flow_line(const char *action, const char *time)
{
	json_t *line = shop_line();

	set_at(line, "event", json_pack("{ssss}", "kind", "event", "action", action));
	set_at(line, "@timestamp", json_string(time));
	set_at(line, "destination",
	       json_pack("{sssiss}", "ip", "203.0.113.25", "port", 587, "domain", "smtp.relay.example"));
	set_at(line, "smtpwatch.scope", json_string("external"));
	json_object_del(line, "rule");
	return line;
}

static void test_attempt(void **state)
{
	_cleanup_json_ json_t *line = flow_line("attempt", "2026-11-22T12:00:00.500Z");
	struct learned_flow flow;

	(void)state;
	assert_true(learned_flow_read(line, &flow));
	assert_int_equal(flow.kind, LEARNED_ATTEMPT);
	assert_int_equal(flow.wall_ns, 1795348800500000000ULL);
	assert_string_equal(flow.who.user, "shop42");
	assert_string_equal(flow.who.executable, "/usr/sbin/php-fpm8.2");
	assert_string_equal(flow.who.script, "/var/www/shop42/x.php");
	assert_string_equal(flow.domain, "smtp.relay.example");
	assert_int_equal(flow.port, 587);
	assert_true(flow.is_external);
	assert_false(flow.has_failed);

	set_at(line, "smtpwatch.scope", json_string("smarthost"));
	assert_true(learned_flow_read(line, &flow));
	assert_false(flow.is_external);
}

/* What recorded observations have otherwise. */
static void test_recorded(void **state)
{
	_cleanup_json_ json_t *line = flow_line("attempt", "2026-11-22T12:00:00.500Z");
	struct learned_flow flow;

	(void)state;
	set_at(line, "smtpwatch.origin", json_string("process"));
	set_at(line, "smtpwatch.executable.links", json_integer(1));
	set_at(line, "smtpwatch.site", json_string("actor.example"));
	assert_true(learned_flow_read(line, &flow));
	assert_null(flow.who.origin);
	assert_false(flow.who.is_executable_gone);
	assert_string_equal(flow.who.site, "actor.example");

	set_at(line, "smtpwatch.executable.links", json_integer(0));
	set_at(line, "smtpwatch.flow_script", json_pack("{ssso}", "path", "/srv/y.php", "claimed", json_true()));
	set_at(line, "smtpwatch.flow_site", json_string("flow.example"));
	assert_true(learned_flow_read(line, &flow));
	assert_true(flow.who.is_executable_gone);
	assert_true(flow.who.is_script_claimed);
	assert_string_equal(flow.who.script, "/srv/y.php");
	assert_string_equal(flow.who.site, "flow.example");

	json_object_del(json_object_get(line, "smtpwatch"), "flow_script");
	json_object_del(json_object_get(line, "smtpwatch"), "flow_site");
	set_at(line, "smtpwatch.flow_scriptless", json_true());
	assert_true(learned_flow_read(line, &flow));
	assert_null(flow.who.script);
	assert_null(flow.who.site);
}

/* The beginning of a text with a NUL is not what was seen. */
static void test_nul(void **state)
{
	_cleanup_json_ json_t *line = flow_line("attempt", "2026-11-22T12:00:00.500Z");
	struct learned_flow flow;

	(void)state;
	set_at(line, "process.executable", json_stringn("/usr/bin/a\0b", 12));
	assert_true(learned_flow_read(line, &flow));
	assert_null(flow.who.executable);
}

static void test_ends(void **state)
{
	static const struct {
		const char *outcome;
		bool has_failed;
	} cases[] = {
		{"closed", false},   {"reset", false},      {"pending", false}, {"refused", true},
		{"timed_out", true}, {"unreachable", true}, {"aborted", true},  {"failed", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ json_t *line = flow_line("end", "2026-11-22T12:00:00.500Z");
		struct learned_flow flow;
		set_at(line, "smtpwatch.outcome", json_string(cases[i].outcome));
		assert_true(learned_flow_read(line, &flow));
		assert_int_equal(flow.kind, LEARNED_END);
		assert_int_equal(flow.has_failed, cases[i].has_failed);
	}
}

static void test_alerts(void **state)
{
	_cleanup_json_ json_t *line = shop_line();
	struct learned_flow flow;

	(void)state;
	assert_true(learned_flow_read(line, &flow));
	assert_int_equal(flow.kind, LEARNED_ALERT);
	assert_true(flow.is_heavy);
	assert_string_equal(flow.rule, "direct-to-mx");
	assert_string_equal(flow.incident, "k3x9ab");
	set_at(line, "event.severity", json_integer(1));
	assert_true(learned_flow_read(line, &flow));
	assert_false(flow.is_heavy);
}

static void test_nothing_to_learn(void **state)
{
	static const char *const lines[] = {
		"{}",
		"{\"@timestamp\":\"2026-11-22T12:00:00.500Z\"}",
		"{\"@timestamp\":\"2026-11-22T12:00:00.500Z\",\"event\":{\"kind\":\"event\",\"action\":\"summary\"}}",
		"{\"@timestamp\":\"2026-11-22T12:00:00.500Z\",\"event\":{\"kind\":\"event\",\"action\":\"attempt\"}}",
		"{\"@timestamp\":\"2026-11-22T12:00:00.500Z\",\"event\":{\"kind\":\"event\",\"action\":\"attempt\"},"
		"\"destination\":{\"ip\":\"x\",\"port\":25}}",
		"{\"@timestamp\":\"2026-11-22T12:00:00.500Z\",\"event\":{\"kind\":\"event\",\"action\":\"attempt\"},"
		"\"destination\":{\"ip\":\"192.0.2.1\",\"port\":65536}}",
		"{\"@timestamp\":\"yesterday\",\"event\":{\"kind\":\"event\",\"action\":\"submission\"}}",
		"{\"@timestamp\":\"2026-11-22T12:00:00.500\",\"event\":{\"kind\":\"event\",\"action\":\"submission\"}}",
		"{\"event\":{\"kind\":\"event\",\"action\":\"submission\"}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_json_ json_t *line = json_loads(lines[i], 0, NULL);
		struct learned_flow flow = {.port = 4711};
		assert_non_null(line);
		assert_false(learned_flow_read(line, &flow));
		assert_int_equal(flow.port, 4711);
	}
}

/* Writes three days of lines, with some that are none. Returns the path. */
static const char *write_record(char path[32])
{
	char time[32];

	snprintf(path, 32, "/tmp/learned.XXXXXX");
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	assert_non_null(file);
	for (unsigned int day = 24; day < 27; day++) {
		snprintf(time, sizeof(time), "2026-11-%02uT12:00:00.000Z", day);
		_cleanup_json_ json_t *line = flow_line("attempt", time);
		assert_int_equal(json_dumpf(line, file, JSON_COMPACT), 0);
		fputs("\n\nno JSON\n[1]\n", file);
	}
	fputs("{\"@timestamp\":\"2026-11-2", file);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* The error and, where there is none, the text. */
static int run(const char *what, char *const *files, size_t count, char **ret_text)
{
	_cleanup_close_ int kept = dup(STDERR_FILENO);
	_cleanup_close_ int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t size;
	FILE *out = open_memstream(ret_text, &size);

	assert_non_null(out);
	assert_int_equal(dup2(nowhere, STDERR_FILENO), STDERR_FILENO);
	int error = learn_run(what, files, count, NOW_NS, out);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	fclose(out);
	return error;
}

static void test_files(void **state)
{
	char path[32];
	char *const files[] = {path, path};
	_cleanup_free_ char *all = NULL;
	_cleanup_free_ char *days = NULL;
	_cleanup_free_ char *twice = NULL;
	_cleanup_free_ char *none = NULL;
	_cleanup_free_ char *gone = NULL;

	(void)state;
	assert_int_equal(run(write_record(path), NULL, 0, &all), 0);
	assert_says(all, "\n# Lines read: 13, of which 3 told of connections, submissions and alerts.\n# 7 lines were "
			 "no JSON.\n");
	assert_says(all, "\n[allow learned-1]\n");
	assert_says(all, ": 3 connections on 3 days, 2026-11-24 to 2026-11-26\n");
	assert_int_equal(run("2d", files, 1, &days), 0);
	assert_says(days, "\n# 1 were older than what was asked for.\n");
	assert_says(days, "it was seen too seldom");
	assert_int_equal(run(path, files, 1, &twice), 0);
	assert_says(twice, ": 6 connections on 3 days");
	assert_int_equal(run("7d", NULL, 0, &none), -EINVAL);
	assert_string_equal(none, "");
	unlink(path);
	assert_int_equal(run(path, NULL, 0, &gone), -ENOENT);
	assert_string_equal(gone, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempt), cmocka_unit_test(test_nul),    cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_ends),    cmocka_unit_test(test_alerts), cmocka_unit_test(test_nothing_to_learn),
		cmocka_unit_test(test_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("learned_flow", tests, set_utc, NULL);
}
