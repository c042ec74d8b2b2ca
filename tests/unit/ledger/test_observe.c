// SPDX-License-Identifier: GPL-2.0-only
/* What is counted, and that nothing is counted twice. */
#include "ledger/ledger.h"

#include "ledger/watch.h"

static const struct ledger_row *user(const struct watch *watch)
{
	return row_of(watch, LEDGER_BY_USER, "1042");
}

static const struct sw_identity *shop(void)
{
	static struct sw_identity identity;

	identity = identity_of(2391, 1042, 7);
	return &identity;
}

static void assert_same_counts(const struct ledger_counts *left, const struct ledger_counts *right)
{
	assert_memory_equal(left, right, sizeof(*left));
}

static void assert_all_are_the_users(const struct watch *watch)
{
	const struct ledger_totals totals = totals_of(watch);

	assert_same_counts(&totals.all, &user(watch)->counts);
	assert_same_counts(&totals.today, &user(watch)->counts);
}

static void test_failed(void **state)
{
	struct watch *watch = *state;
	struct observation at_once = attempt_of(shop(), 4, external());

	attempt(watch, shop(), 1);
	end(watch, 1, SW_OUTCOME_REFUSED);
	attempt(watch, shop(), 2);
	establish(watch, 2);
	end(watch, 2, SW_OUTCOME_TIMED_OUT);
	attempt(watch, shop(), 3);
	end(watch, 3, SW_OUTCOME_PENDING); /* its end was not seen */
	at_once.error = 101;
	at_once.outcome = SW_OUTCOME_FAILED;
	observe(watch, at_once);
	assert_int_equal(user(watch)->counts.attempts, 4);
	assert_int_equal(user(watch)->counts.failed, 2);
	assert_int_equal(user(watch)->open, 0);
	assert_all_are_the_users(watch);
}

static void test_adopted(void **state)
{
	struct watch *watch = *state;
	struct observation adopted = attempt_of(shop(), 1, external());

	adopted.adopted = true;
	observe(watch, adopted);
	end(watch, 1, SW_OUTCOME_TIMED_OUT);
	assert_int_equal(user(watch)->counts.attempts, 1);
	assert_int_equal(user(watch)->counts.failed, 0);
}

static void test_open(void **state)
{
	struct watch *watch = *state;

	attempt(watch, shop(), 1);
	attempt(watch, shop(), 2);
	assert_int_equal(user(watch)->open, 2);
	assert_int_equal(totals_of(watch).open, 2);
	end(watch, 1, SW_OUTCOME_CLOSED);
	assert_int_equal(user(watch)->open, 1);
	assert_int_equal(row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25")->open, 1);
	assert_int_equal(totals_of(watch).open, 1);
}

/* Who a flow belonged to when it began has it, whatever its process runs since. */
static void test_an_end_counts_where_it_began(void **state)
{
	struct watch *watch = *state;
	const struct script first = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)"/first.php"};
	const struct script second = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)"/second.php"};
	struct observation observation = attempt_of(shop(), 1, external());

	observation.script = &first;
	observe(watch, observation);
	observation.flow_id = 2;
	observation.script = &second;
	observe(watch, observation);
	end(watch, 1, SW_OUTCOME_REFUSED);
	assert_int_equal(row_of(watch, LEDGER_BY_SCRIPT, "/first.php")->counts.failed, 1);
	assert_int_equal(row_of(watch, LEDGER_BY_SCRIPT, "/second.php")->counts.failed, 0);
	assert_int_equal(row_of(watch, LEDGER_BY_SCRIPT, "/second.php")->open, 1);
}

static void test_a_gone_process_leaves_nothing_open(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity other = identity_of(3, 1043, 7);
	const struct ledger_flow *flow;

	attempt(watch, shop(), 1);
	attempt(watch, &other, 2);
	observe(watch, (struct observation){.kind = OBSERVATION_ACTOR_GONE, .actor = shop()->key});
	ledger_tick(watch->ledger, watch->wall_ns + SECOND);
	assert_int_equal(user(watch)->open, 0);
	assert_int_equal(totals_of(watch).open, 1);
	const struct ledger_row *process = row_of(watch, LEDGER_BY_PROCESS, "php8.2[2391]");
	assert_int_equal(ledger_flows(watch->ledger, process, &flow, 1), 1);
	assert_false(flow->is_open);
	assert_int_equal(flow->outcome, SW_OUTCOME_PENDING);
	end(watch, 1, SW_OUTCOME_REFUSED); /* late, and the model has forgotten it */
	assert_int_equal(flow->outcome, SW_OUTCOME_REFUSED);
	assert_int_equal(user(watch)->counts.failed, 1);
	assert_int_equal(user(watch)->open, 0);
}

static void test_many_gone_processes(void **state)
{
	struct watch *watch = *state;

	for (uint32_t pid = 1; pid <= 3000; pid++) {
		const struct sw_identity identity = identity_of(pid, 1042, 7);
		attempt(watch, &identity, pid);
		observe(watch, (struct observation){.kind = OBSERVATION_ACTOR_GONE, .actor = identity.key});
	}
	ledger_tick(watch->ledger, watch->wall_ns);
	assert_int_equal(totals_of(watch).open, 0);
	assert_int_equal(user(watch)->open, 0);
	assert_int_equal(user(watch)->counts.attempts, 3000);
}

static void test_an_end_that_the_model_knows_no_flow_of(void **state)
{
	struct watch *watch = *state;
	struct observation late = end_of(1, SW_OUTCOME_CLOSED);

	attempt(watch, shop(), 1);
	observe(watch, (struct observation){.kind = OBSERVATION_ACTOR_GONE, .actor = shop()->key});
	model_sweep(watch->model);
	observe(watch, late);
	assert_int_equal(user(watch)->open, 0);
	assert_int_equal(user(watch)->counts.failed, 0);
}

static void test_untold_attempts(void **state)
{
	struct watch *watch = *state;

	attempt(watch, shop(), 1);
	observe(watch, counters_of(shop(), 1000));
	observe(watch, counters_of(shop(), 1000)); /* as many as before */
	observe(watch, counters_of(shop(), 1500));
	assert_int_equal(user(watch)->counts.attempts, 1501);
	assert_int_equal(user(watch)->counts.ports[LEDGER_PORT_SMTP], 1501);
	assert_int_equal(row_of(watch, LEDGER_BY_SCRIPT, "/usr/bin/php8.2")->counts.attempts, 1501);
	assert_int_equal(row_of(watch, LEDGER_BY_PROCESS, "php8.2[2391]")->counts.attempts, 1501);
	assert_int_equal(row_of(watch, LEDGER_BY_UNIT, "(none)")->counts.attempts, 1501);
	assert_int_equal(row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25")->counts.attempts, 1);
	assert_all_are_the_users(watch);
}

static void test_submissions(void **state)
{
	struct watch *watch = *state;
	struct observation program = attempt_of(shop(), 0, external());

	program.kind = OBSERVATION_SUBMISSION;
	program.executable = "/usr/sbin/sendmail";
	observe(watch, program);
	assert_int_equal(row_of(watch, LEDGER_BY_SCRIPT, "/usr/sbin/sendmail")->counts.submissions, 1);
	attempt_at(watch, shop(), 1, endpoint_at("127.0.0.1", 587));
	assert_int_equal(user(watch)->counts.submissions, 2);
	assert_int_equal(user(watch)->counts.attempts, 1);
	assert_all_are_the_users(watch);
}

/* A connection without a record, which is in the numbers of whoever made it: what is said on it counts, it does not. */
static void test_counted_already(void **state)
{
	const struct model_wire_options options = {.is_captured = true, .network_namespace = 1};
	const struct wire_claim claim = {.origin = ACTOR_ORIGIN_WIRE, .is_counted = true};
	const struct judgement judgement = {.fired = false};
	struct watch *watch = *state;
	struct observation observation = {.kind = OBSERVATION_DIALOGUE, .wall_ns = watch->wall_ns};
	struct model_change change;

	model_set_wire_options(watch->model, &options);
	open_wire(watch, 1);
	struct wire *wire = model_next_unclaimed(watch->model, NULL, watch->wall_ns + 2 * SECOND);
	assert_non_null(wire);
	assert_int_equal(model_claim(watch->model, watch->scopes, wire, &claim, &change), 0);
	ledger_observe(watch->ledger, &observation, &change, &judgement);
	say_message(watch, 1, 250);
	const struct ledger_row *row = row_of(watch, LEDGER_BY_USER, "wire from 192.0.2.81");
	assert_int_equal(row->counts.attempts, 0);
	assert_int_equal(row->counts.ports[LEDGER_PORT_SMTP], 0);
	assert_int_equal(row->counts.accepted, 1);
	assert_int_equal(row->open, 1);
	assert_int_equal(totals_of(watch).all.attempts, 0);
}

static void test_messages_are_counted_while_they_come(void **state)
{
	struct watch *watch = *state;

	connect_on_wire(watch, shop(), 1);
	open_wire(watch, 1);
	say_message(watch, 1, 250);
	assert_int_equal(user(watch)->counts.accepted, 1);
	say_message(watch, 1, 250);
	say_reply(watch, 1, 550, "no");
	say_message(watch, 1, 554);
	assert_int_equal(user(watch)->counts.accepted, 2);
	assert_int_equal(user(watch)->counts.refused, 1);
	assert_int_equal(user(watch)->counts.refusals, 1);
	end(watch, 1, SW_OUTCOME_CLOSED); /* waits for the wire */
	assert_int_equal(user(watch)->open, 1);
	end_wire(watch, 1);
	assert_int_equal(user(watch)->open, 0);
	assert_int_equal(user(watch)->counts.accepted, 2);
	assert_int_equal(user(watch)->counts.refused, 1);
	assert_all_are_the_users(watch);
	assert_same_counts(&row_of(watch, LEDGER_BY_RECEIVER, "203.0.113.0/24")->counts, &user(watch)->counts);
}

static void test_a_session_that_came_to_nothing(void **state)
{
	struct watch *watch = *state;

	connect_on_wire(watch, shop(), 1);
	open_wire(watch, 1);
	say_reply(watch, 1, 550, "no");
	assert_int_equal(user(watch)->counts.refused, 0);
	end_wire(watch, 1);
	end(watch, 1, SW_OUTCOME_CLOSED);
	assert_int_equal(user(watch)->counts.refused, 1);
	assert_int_equal(user(watch)->counts.refusals, 1);
}

static void test_details(void **state)
{
	struct watch *watch = *state;
	static const char *const names[] = {"a", "b", "c", "a", "d", "e"};
	char text[400];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	connect_on_wire(watch, shop(), 1);
	open_wire(watch, 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		say_helo(watch, 1, names[i]);
	const struct ledger_row *row = user(watch);
	assert_string_equal(row->helo[0], "e");
	assert_string_equal(row->helo[1], "d");
	assert_string_equal(row->helo[2], "a");
	assert_string_equal(row->helo[3], "c");
	say_reply(watch, 1, 450, "1");
	say_reply(watch, 1, 451, "2");
	say_reply(watch, 1, 452, "3");
	say_reply(watch, 1, 550, text);
	assert_int_equal(row->replies[0].code, 550);
	assert_int_equal(strlen(row->replies[0].text), 160);
	assert_string_equal(row->replies[0].receiver, "gmail");
	assert_int_equal(row->replies[0].class, REPLY_CLASS_BLOCK);
	assert_int_equal(row->replies[0].enhanced.subject, 7);
	assert_string_equal(row->replies[2].text, "2");
}

static void test_a_flow(void **state)
{
	struct watch *watch = *state;
	const struct ledger_flow *flow;

	connect_on_wire(watch, shop(), 1);
	open_wire(watch, 1);
	say_helo(watch, 1, "vps7");
	say_reply(watch, 1, 450, "later");
	say(watch, 1, (struct dialogue_event){.kind = DIALOGUE_TLS, .tls = DIALOGUE_TLS_STARTTLS, .name = ""});
	const struct ledger_row *process = row_of(watch, LEDGER_BY_PROCESS, "php8.2[2391]");
	const struct ledger_row *destination = row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25");
	assert_int_equal(ledger_flows(watch->ledger, process, &flow, 1), 1);
	assert_int_equal(flow->process, process->number);
	assert_int_equal(flow->destination, destination->number);
	assert_int_equal(flow->local.port, 40001);
	assert_int_equal(flow->remote.port, 25);
	assert_true(flow->is_open);
	assert_string_equal(flow->helo, "vps7");
	assert_int_equal(flow->reply_code, 450);
	assert_int_equal(flow->tls, DIALOGUE_TLS_STARTTLS);
	end_wire(watch, 1);
	end(watch, 1, SW_OUTCOME_RESET);
	assert_int_equal(ledger_flows(watch->ledger, destination, &flow, 1), 1);
	assert_false(flow->is_open);
	assert_int_equal(flow->outcome, SW_OUTCOME_RESET);
	assert_int_equal(flow->bytes_sent, 1234);
	assert_int_equal(flow->duration_ns, 57000000);
	assert_int_equal(flow->refused, 1);
}

static void test_flows_are_listed_the_open_ones_first(void **state)
{
	struct watch *watch = *state;
	const struct ledger_flow *flows[MAX_FLOWS];

	for (uint64_t id = 1; id <= 4; id++)
		attempt(watch, shop(), id);
	end(watch, 1, SW_OUTCOME_REFUSED);
	end(watch, 3, SW_OUTCOME_REFUSED);
	const struct ledger_row *process = row_of(watch, LEDGER_BY_PROCESS, "php8.2[2391]");
	assert_int_equal(ledger_flows(watch->ledger, process, flows, MAX_FLOWS), 4);
	assert_int_equal(flows[0]->number, 4);
	assert_int_equal(flows[1]->number, 2);
	assert_int_equal(flows[2]->number, 3);
	assert_int_equal(flows[3]->number, 1);
	assert_int_equal(ledger_flows(watch->ledger, process, flows, 1), 4);
	assert_int_equal(ledger_flows(watch->ledger, user(watch), flows, 1), 0);
}

/* A full ledger keeps what is open. */
static void test_forgotten_flows(void **state)
{
	struct watch *watch = *state;
	const struct ledger_flow *flows[MAX_FLOWS];

	attempt(watch, shop(), 1);
	for (uint64_t id = 2; id <= 4 * MAX_FLOWS; id++) {
		attempt(watch, shop(), id);
		end(watch, id, SW_OUTCOME_REFUSED);
	}
	const struct ledger_row *process = row_of(watch, LEDGER_BY_PROCESS, "php8.2[2391]");
	assert_int_equal(ledger_flows(watch->ledger, process, flows, MAX_FLOWS), MAX_FLOWS);
	assert_int_equal(flows[0]->number, 1);
	for (uint64_t id = 100; id < 100 + 2 * MAX_FLOWS; id++)
		attempt(watch, shop(), id);
	assert_int_equal(user(watch)->open, MAX_FLOWS);
	assert_int_equal(totals_of(watch).open, MAX_FLOWS);
	end(watch, 1, SW_OUTCOME_REFUSED);
	assert_int_equal(totals_of(watch).all.failed, 4 * MAX_FLOWS);
}

static void test_messages_of_a_forgotten_flow_are_in_the_totals(void **state)
{
	struct watch *watch = *state;

	connect_on_wire(watch, shop(), 1);
	open_wire(watch, 1);
	say_message(watch, 1, 250);
	for (uint64_t id = 2; id < 2 + MAX_FLOWS; id++)
		attempt_at(watch, shop(), id, endpoint_at("203.0.113.26", 25));
	say_message(watch, 1, 250);
	say_message(watch, 1, 550);
	say_reply(watch, 1, 550, "no");
	assert_int_equal(totals_of(watch).all.accepted, 2);
	assert_int_equal(totals_of(watch).all.refused, 1);
	assert_int_equal(totals_of(watch).all.refusals, 1);
	assert_int_equal(user(watch)->counts.accepted, 1);
}

static void judged_attempt(struct watch *watch, const struct sw_identity *identity, struct judgement judgement)
{
	static uint64_t flow_id = 1000;

	watch->judgement = judgement;
	attempt(watch, identity, ++flow_id);
}

static void test_verdicts(void **state)
{
	struct watch *watch = *state;
	const struct judgement fired = {.fired = true};
	const struct judgement allowed = {.allowed = true};
	const struct judgement both = {.fired = true, .allowed = true};
	static const struct {
		enum actor_role role;
		bool is_fired;
		bool is_allowed;
		enum ledger_verdict verdict;
	} cases[] = {
		{ACTOR_ROLE_MTA, false, false, LEDGER_VERDICT_MTA},
		{ACTOR_ROLE_MTA, true, false, LEDGER_VERDICT_MTA},
		{ACTOR_ROLE_RELAY_CLIENT, false, false, LEDGER_VERDICT_RELAY},
		{ACTOR_ROLE_RELAY_CLIENT, true, false, LEDGER_VERDICT_DIRECT},
		{ACTOR_ROLE_UNKNOWN, false, false, LEDGER_VERDICT_APPLICATION},
		{ACTOR_ROLE_APPLICATION, false, false, LEDGER_VERDICT_APPLICATION},
		{ACTOR_ROLE_APPLICATION, false, true, LEDGER_VERDICT_ALLOWED},
		{ACTOR_ROLE_APPLICATION, true, true, LEDGER_VERDICT_DIRECT},
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sw_identity identity = identity_of(10 + i, 2000 + i, 7);
		char name[16];

		watch->role = cases[i].role;
		snprintf(name, sizeof(name), "%u", 2000 + i);
		judged_attempt(watch, &identity,
			       cases[i].is_fired     ? cases[i].is_allowed ? both : fired
			       : cases[i].is_allowed ? allowed
						     : (struct judgement){.fired = false});
		assert_int_equal(row_of(watch, LEDGER_BY_USER, name)->verdict, cases[i].verdict);
	}
	assert_int_equal(row_of(watch, LEDGER_BY_DESTINATION, "203.0.113.25")->verdict, LEDGER_VERDICT_DIRECT);
}

static void test_the_worst_verdict_stays(void **state)
{
	struct watch *watch = *state;

	watch->judgement.fired = true;
	attempt_at(watch, shop(), 1, endpoint_at("127.0.0.1", 25));
	assert_int_equal(user(watch)->verdict, LEDGER_VERDICT_SUSPICIOUS);
	attempt(watch, shop(), 2);
	assert_int_equal(user(watch)->verdict, LEDGER_VERDICT_SUSPICIOUS);
	uint64_t revision = user(watch)->revision;
	watch->judgement.fired = true;
	establish(watch, 2);
	assert_int_equal(user(watch)->verdict, LEDGER_VERDICT_DIRECT);
	assert_true(user(watch)->revision > revision);
	revision = user(watch)->revision;
	watch->judgement.allowed = true;
	establish(watch, 2);
	assert_int_equal(user(watch)->verdict, LEDGER_VERDICT_DIRECT);
	assert_int_equal(user(watch)->revision, revision);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_failed),
		TEST(test_adopted),
		TEST(test_open),
		TEST(test_an_end_counts_where_it_began),
		TEST(test_a_gone_process_leaves_nothing_open),
		TEST(test_many_gone_processes),
		TEST(test_an_end_that_the_model_knows_no_flow_of),
		TEST(test_untold_attempts),
		TEST(test_submissions),
		TEST(test_counted_already),
		TEST(test_messages_are_counted_while_they_come),
		TEST(test_a_session_that_came_to_nothing),
		TEST(test_details),
		TEST(test_a_flow),
		TEST(test_flows_are_listed_the_open_ones_first),
		TEST(test_forgotten_flows),
		TEST(test_messages_of_a_forgotten_flow_are_in_the_totals),
		TEST(test_verdicts),
		TEST(test_the_worst_verdict_stays),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
