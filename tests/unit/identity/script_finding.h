/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of finding scripts share: a finder, and actors to ask it about. */
#ifndef SMTPWATCH_TESTS_SCRIPT_FINDING_H
#define SMTPWATCH_TESTS_SCRIPT_FINDING_H

#include "identity/scripts.h"
#include "support/observations.h"

#define ARGV(text) .argv = text, .argv_size = sizeof(text)

/* An actor of the tests: root's perl, php and so on. Its pid is nobody's. */
static const struct sw_identity somebody = {.key = {.pid = INT32_MAX, .uid = 1042}, .exe_mode = 0100755};

static struct script_finder *finder;

static inline int set_up(void **state)
{
	(void)state;
	finder = script_finder_new(NULL, 0, false);
	return finder ? 0 : -1;
}

static inline int tear_down(void **state)
{
	(void)state;
	script_finder_free(finder);
	return 0;
}

static inline struct script find(const struct observation *observation)
{
	struct script script = {.source = SCRIPT_SOURCE_COUNT};

	assert_true(script_find(finder, observation, &script));
	return script;
}

static inline void assert_nothing(const struct observation *observation)
{
	struct script script = {.source = SCRIPT_SOURCE_COUNT};

	assert_false(script_find(finder, observation, &script));
	assert_int_equal(script.source, SCRIPT_SOURCE_COUNT);
}

/* Both NULL, or the same text. */
static inline void assert_text(const char *text, const char *expected)
{
	if (!text || !expected)
		assert_ptr_equal(text, expected);
	else
		assert_string_equal(text, expected);
}

static inline struct observation worker_of(const struct sw_script *request)
{
	return (struct observation){
		.kind = OBSERVATION_ATTEMPT,
		.identity = &somebody,
		.actor = somebody.key,
		.executable = "/usr/sbin/php-fpm8.2",
		ARGV("php-fpm: pool shop42"),
		.cwd = "/home/shop42/public_html",
		.kernel_script = request,
	};
}

#endif
