// SPDX-License-Identifier: GPL-2.0-only
/* The threads, with a name that is known without a network (RFC 6761 6.3). */
#include "daemon/resolver.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "support/observations.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#define SECOND NANOSECONDS_A_SECOND
#define PATIENCE_MS 20000

static struct smarthosts *with_name(char *name)
{
	struct smarthosts *smarthosts = smarthosts_new();
	const struct smarthosts_options options = {&name, 1, 300 * SECOND, 86400 * SECOND};

	assert_non_null(smarthosts);
	assert_int_equal(smarthosts_set(smarthosts, &options), 0);
	log_set_level(LOG_LEVEL_ERROR);
	return smarthosts;
}

static void await_answer(struct resolver *resolver, struct smarthosts *smarthosts, uint64_t time_ns)
{
	struct pollfd event = {.fd = resolver_fd(resolver), .events = POLLIN};

	assert_int_equal(poll(&event, 1, PATIENCE_MS), 1);
	resolver_serve(resolver, smarthosts, time_ns);
	assert_int_equal(poll(&event, 1, 0), 0);
}

static void test_answer(void **state)
{
	char name[] = "localhost";
	_cleanup_(cleanup_smarthosts_free) struct smarthosts *smarthosts = with_name(name);
	_cleanup_(cleanup_resolver_free) struct resolver *resolver = NULL;
	const struct address ipv4 = endpoint_at("127.0.0.1", 0).address;
	const struct address ipv6 = endpoint_at("::1", 0).address;

	(void)state;
	assert_int_equal(resolver_new(&resolver), 0);
	for (uint64_t round = 1; round < 5; round++) { /* the threads serve more than one question */
		smarthosts_ask(smarthosts, round * 1000 * SECOND);
		resolver_serve(resolver, smarthosts, round * 1000 * SECOND);
		assert_true(smarthosts_are_asked(smarthosts));
		await_answer(resolver, smarthosts, round * 1000 * SECOND);
		assert_false(smarthosts_are_asked(smarthosts));
	}
	assert_true(smarthosts_have(smarthosts, &ipv4) || smarthosts_have(smarthosts, &ipv6));
}

static void test_nothing_to_ask(void **state)
{
	_cleanup_(cleanup_smarthosts_free) struct smarthosts *smarthosts = smarthosts_new();
	_cleanup_(cleanup_resolver_free) struct resolver *resolver = NULL;
	struct pollfd event = {.events = POLLIN};

	(void)state;
	assert_int_equal(resolver_new(&resolver), 0);
	resolver_serve(resolver, smarthosts, SECOND);
	event.fd = resolver_fd(resolver);
	assert_int_equal(poll(&event, 1, 0), 0);
}

/* While a question is under way: nobody waits for it. */
static void test_end(void **state)
{
	char name[] = "localhost";

	(void)state;
	for (unsigned int i = 0; i < 50; i++) {
		_cleanup_(cleanup_smarthosts_free) struct smarthosts *smarthosts = with_name(name);
		_cleanup_(cleanup_resolver_free) struct resolver *resolver = NULL;

		assert_int_equal(resolver_new(&resolver), 0);
		resolver_serve(resolver, smarthosts, SECOND);
		assert_true(smarthosts_are_asked(smarthosts));
	}
}

static void note_signal(int signal)
{
	(void)signal;
	abort(); /* a thread has taken it */
}

/* Signals that the event loop has blocked, for its signalfd, are no thread's either. */
static void test_signals(void **state)
{
	char name[] = "localhost";
	_cleanup_(cleanup_smarthosts_free) struct smarthosts *smarthosts = with_name(name);
	_cleanup_(cleanup_resolver_free) struct resolver *resolver = NULL;
	sigset_t hangup, pending;

	(void)state;
	signal(SIGHUP, note_signal);
	assert_int_equal(resolver_new(&resolver), 0);
	resolver_serve(resolver, smarthosts, SECOND); /* not blocked yet when the threads begin */
	await_answer(resolver, smarthosts, SECOND);
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	assert_int_equal(sigprocmask(SIG_BLOCK, &hangup, NULL), 0);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(sigpending(&pending), 0);
	assert_true(sigismember(&pending, SIGHUP));
	signal(SIGHUP, SIG_IGN); /* which lets go of it */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_nothing_to_ask),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_signals),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
