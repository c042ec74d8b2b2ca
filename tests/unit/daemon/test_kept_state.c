// SPDX-License-Identifier: GPL-2.0-only
/* The file, from one run to the next. Each run is a process of its own, as fingerprints have one secret in each. */
#include "daemon/kept_state.h"

#include "ledger/keep.h"
#include "rules/watch.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static char directory[] = "/tmp/kept_state.XXXXXX";
static char path[64];

/* What a run does; 0: as it should be. */
typedef int (*run_body)(struct kept_state *state, const struct kept_parts *parts, struct watch *watch);

static void attempt_some(struct watch *watch, struct ledger *ledger)
{
	watch->time_ns = clock_boot_ns();
	for (uint16_t i = 0; i < 4; i++) {
		struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
		attempt(watch, &suspect, "203.0.113.25", 25);
	}
	ledger_tick(ledger, clock_wall_ns());
}

static int run_child(run_body body)
{
	struct watch *watch;
	void *holder;
	struct kept_state *state = kept_state_new(path);
	struct ledger *ledger = ledger_new(16, 16);

	if (watch_set_up(&holder) != 0 || !state || !ledger)
		return 99;
	watch = holder;
	kept_state_begin(state);
	kept_state_restore_rules(state, watch->rules);
	kept_state_restore_rest(state, ledger, NULL);
	const struct kept_parts parts = {.rules = watch->rules, .ledger = ledger, .changes = 1};
	int result = body(state, &parts, watch);
	kept_state_free(state);
	ledger_free(ledger);
	watch_tear_down(&holder);
	return result;
}

static void assert_run(run_body body)
{
	int status;

	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		_exit(run_child(body));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool has_alert(const struct rules *rules)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	rules_keep(rules, stream, clock_boot_ns());
	fclose(stream);
	bool has = strstr(text, "alert ") != NULL;
	free(text);
	return has;
}

static int first_run(struct kept_state *state, const struct kept_parts *parts, struct watch *watch)
{
	struct stat status;

	if (kept_state_gap(state) || has_alert(parts->rules))
		return 1;
	attempt_some(watch, parts->ledger);
	kept_state_end(state);
	if (kept_state_save(state, parts) != 0 || stat(path, &status) != 0)
		return 2;
	return status.st_mode == (S_IFREG | 0600) ? 0 : 3;
}

static bool has_text(const char *text)
{
	char content[65536];
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(content, 1, sizeof(content) - 1, file) : 0;

	content[size] = '\0';
	if (file)
		fclose(file);
	return strstr(content, text);
}

/* Ends without a word, when the process that writes has written. */
static int second_run(struct kept_state *state, const struct kept_parts *parts, struct watch *watch)
{
	const struct watch_gap *gap = kept_state_gap(state);
	const struct timespec pause = {.tv_nsec = 10000000};

	(void)watch;
	if (!gap || gap->was_killed || gap->was_rebooted || !gap->has_opened || !has_alert(parts->rules))
		return 1;
	for (int i = 0; i < 1000 && !has_text(" stopped=0\n"); i++) {
		kept_state_tick(state, parts, clock_boot_ns());
		nanosleep(&pause, NULL);
	}
	return has_text(" stopped=0\n") && has_text("\nend\n") ? 0 : 2;
}

static int third_run(struct kept_state *state, const struct kept_parts *parts, struct watch *watch)
{
	const struct watch_gap *gap = kept_state_gap(state);

	(void)watch;
	return gap && gap->was_killed && has_alert(parts->rules) ? 0 : 1;
}

static int empty_run(struct kept_state *state, const struct kept_parts *parts, struct watch *watch)
{
	(void)watch;
	return kept_state_gap(state) || has_alert(parts->rules) ? 1 : 0;
}

static int unwritable_run(struct kept_state *state, const struct kept_parts *parts, struct watch *watch)
{
	(void)watch;
	kept_state_end(state);
	return kept_state_save(state, parts) != 0 ? 0 : 1;
}

static void test_runs(void **state)
{
	(void)state;
	assert_run(first_run);
	assert_run(second_run);
	assert_run(third_run);
}

/* What others can write to is not read, and neither is what is no state. */
static void test_refused(void **state)
{
	(void)state;
	assert_run(first_run);
	assert_int_equal(chmod(path, 0666), 0);
	assert_run(empty_run);
	assert_int_equal(chmod(path, 0600), 0);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs("no state\n", file);
	fclose(file);
	assert_run(empty_run);
}

static void test_unwritable(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_run(unwritable_run);
	assert_int_equal(rmdir(path), 0);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/state", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_runs, remove_file),
		cmocka_unit_test_teardown(test_refused, remove_file),
		cmocka_unit_test_teardown(test_unwritable, remove_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
