// SPDX-License-Identifier: GPL-2.0-only
/* The ledger over a restart. */
#include "ledger/keep.h"

#include "ledger/watch.h"
#include "lib/fingerprint.h"
#include "support/kept.h"

static struct script script = {
	.references = 1,
	.source = SCRIPT_SOURCE_PHP_REQUEST,
	.path = (char *)"/var/www/\x1b]0;x\x07/x.php",
	.site = (char *)"shop.example",
};

static const char *same_name(const char *name)
{
	return strcmp(name, "direct-to-mx") == 0 ? "direct-to-mx" : "other";
}

static int take(void *context, struct keep_line *line)
{
	return ledger_reading_take(context, line);
}

static char *write_ledger(const struct ledger *ledger, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	ledger_keep(ledger, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static struct ledger *read_ledger(const char *text, size_t size, size_t expected_refused)
{
	struct ledger *ledger = ledger_new(MAX_ROWS, MAX_FLOWS);
	struct ledger_reading *reading = ledger_reading_new(ledger, same_name);

	assert_non_null(reading);
	size_t refused = kept_take(text, size, take, reading);
	if (expected_refused != SIZE_MAX)
		assert_int_equal(refused, expected_refused);
	ledger_reading_free(reading);
	return ledger;
}

static void restart(struct watch *watch)
{
	size_t size;
	char *text = write_ledger(watch->ledger, &size);

	ledger_free(watch->ledger);
	model_free(watch->model);
	watch->model = model_new(1024, 1024);
	watch->ledger = read_ledger(text, size, 0);
	free(text);
}

static void alert(struct watch *watch, const struct sw_identity *identity, enum alert_phase phase)
{
	const struct alert_incident incident = {.id = "abc123"};
	struct actor actor = {.identity = *identity, .role = ACTOR_ROLE_APPLICATION, .script = &script};
	const struct alert raised = {
		.rule = "direct-to-mx",
		.incident = &incident,
		.severity = ALERT_SEVERITY_HIGH,
		.phase = phase,
		.actor = &actor,
		.last_wall_ns = watch->wall_ns,
	};

	ledger_take_alert(watch->ledger, &raised);
}

/* Two processes, one of which has a connection open and an alert. */
static void live(struct watch *watch)
{
	const struct sw_identity spammer = identity_of(4121, 33, 7);
	const struct sw_identity other = identity_of(99, 34, 7);
	struct observation observation = attempt_of(&spammer, 1, external());

	observation.script = &script;
	observation.local = endpoint_at("192.0.2.81", 40001);
	watch->judgement = (struct judgement){.fired = true};
	observe(watch, observation);
	alert(watch, &spammer, ALERT_RAISED);
	watch->wall_ns += 70 * SECOND;
	attempt_at(watch, &other, 2, endpoint_at("198.51.100.7", 587));
	establish(watch, 2);
	end(watch, 2, SW_OUTCOME_CLOSED);
	for (uint64_t id = 10; id < 50; id++) {
		attempt_at(watch, &other, id, endpoint_at("198.51.100.7", 465));
		end(watch, id, SW_OUTCOME_REFUSED);
	}
}

static const struct ledger_row *row_named(const struct ledger *ledger, enum ledger_by by, const char *name)
{
	const struct ledger_row *rows[MAX_ROWS];
	size_t count = ledger_changed(ledger, by, 0, rows, MAX_ROWS);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	fail_msg("no row %s", name);
	return NULL;
}

static void test_rows(void **state)
{
	struct watch *watch = *state;
	struct ledger_totals before;
	struct ledger_totals after;

	live(watch);
	ledger_get_totals(watch->ledger, &before);
	restart(watch);
	ledger_get_totals(watch->ledger, &after);
	assert_memory_equal(&after, &before, sizeof(before));
	const struct ledger_row *row = row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path);
	assert_int_equal(row->verdict, LEDGER_VERDICT_DIRECT);
	assert_int_equal(row->counts.attempts, 1);
	assert_int_equal(row->open, 1);
	assert_int_equal(row->destinations, 1);
	assert_int_equal(row->first_wall_ns, MORNING);
	assert_string_equal(row->rule, "direct-to-mx");
	assert_int_equal(row->severity, ALERT_SEVERITY_HIGH);
	assert_true(row->is_alerting);
	assert_string_equal(row->incident, "abc123");
	assert_string_equal(row->actor->script->path, script.path);
	assert_string_equal(ledger_find(watch->ledger, row->user)->name, "33");
	const struct ledger_row *process = row_named(watch->ledger, LEDGER_BY_PROCESS, "php8.2[4121]");
	assert_ptr_equal(process->actor, row->actor);
	const struct ledger_flow *flows[2];
	assert_int_equal(ledger_flows(watch->ledger, process, flows, 2), 1);
	assert_int_equal(flows[0]->remote.port, 25);
	row = row_named(watch->ledger, LEDGER_BY_USER, "34");
	assert_int_equal(row->counts.attempts, 41);
	assert_int_equal(row->counts.failed, 40);
}

/* The rows are found by what comes, and count on; the end of an alert ends it. */
static void test_goes_on(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity spammer = identity_of(4121, 33, 7);
	struct observation observation = attempt_of(&spammer, 3, endpoint_at("203.0.113.26", 25));

	live(watch);
	restart(watch);
	observation.script = &script;
	observe(watch, observation);
	alert(watch, &spammer, ALERT_ENDED);
	const struct ledger_row *row = row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path);
	assert_int_equal(row->counts.attempts, 2);
	assert_int_equal(row->destinations, 2);
	assert_int_equal(row->first_wall_ns, MORNING);
	assert_false(row->is_alerting);
}

static struct flow found_open(uint64_t id, const char *local, uint16_t port)
{
	return (struct flow){
		.id = id,
		.local = endpoint_at(local, port),
		.remote = external(),
		.adopted = true,
	};
}

static void test_open_connections(void **state)
{
	struct watch *watch = *state;
	const struct flow stranger = found_open(7, "192.0.2.81", 40002);
	const struct flow known = found_open(8, "192.0.2.81", 40001);

	live(watch);
	restart(watch);
	assert_false(ledger_resume(watch->ledger, &stranger));
	assert_true(ledger_resume(watch->ledger, &known));
	assert_false(ledger_resume(watch->ledger, &known));
	for (int i = 0; i < 10; i++)
		ledger_tick(watch->ledger, watch->wall_ns);
	assert_int_equal(row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path)->open, 1);
	end(watch, 8, SW_OUTCOME_CLOSED);
	assert_int_equal(row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path)->open, 0);
	assert_int_equal(row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path)->counts.failed, 0);
}

/* What is not found open has ended. */
static void test_ended_meanwhile(void **state)
{
	struct watch *watch = *state;
	struct ledger_totals totals;

	live(watch);
	restart(watch);
	for (int i = 0; i < 10; i++)
		ledger_tick(watch->ledger, watch->wall_ns);
	ledger_get_totals(watch->ledger, &totals);
	assert_int_equal(totals.open, 0);
	assert_int_equal(row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path)->open, 0);
	assert_int_equal(row_named(watch->ledger, LEDGER_BY_SCRIPT, script.path)->counts.failed, 0);
}

/* What was read is written as the same lines, but for the numbers of rows. */
static void test_again(void **state)
{
	struct watch *watch = *state;
	size_t sizes[2];

	live(watch);
	restart(watch);
	restart(watch);
	char *text = write_ledger(watch->ledger, &sizes[0]);
	restart(watch);
	char *again = write_ledger(watch->ledger, &sizes[1]);
	assert_int_equal(sizes[0], sizes[1]);
	assert_string_equal(text, again);
	free(text);
	free(again);
}

static void test_broken(void **state)
{
	struct watch *watch = *state;
	size_t size;

	live(watch);
	char *text = write_ledger(watch->ledger, &size);
	for (size_t i = 0; i < 2 * size; i++) {
		char *copy = malloc(size);
		memcpy(copy, text, size);
		if (i >= size)
			copy[i - size] = (char)(copy[i - size] == '9' ? ' ' : '9');
		ledger_free(watch->ledger);
		watch->ledger = read_ledger(copy, i < size ? i : size, SIZE_MAX);
		attempt(watch, &(const struct sw_identity){.key = {.pid = 4121, .uid = 33}}, 1000 + i);
		ledger_tick(watch->ledger, watch->wall_ns);
		free(copy);
	}
	free(text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_rows),  TEST(test_goes_on), TEST(test_open_connections), TEST(test_ended_meanwhile),
		TEST(test_again), TEST(test_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
