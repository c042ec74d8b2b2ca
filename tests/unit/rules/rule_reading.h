/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of rule files share. */
#ifndef SMTPWATCH_TESTS_RULE_READING_H
#define SMTPWATCH_TESTS_RULE_READING_H

#include "rules/rule_set.h"
#include "support/test.h"

#include <errno.h>

static inline int read_text(const char *text, struct rule_set **ret_set, struct ini_error *error)
{
	_cleanup_fclose_ FILE *stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(stream);
	return rule_set_read(stream, "x.conf", ret_set, error);
}

/* The rules of a text that is sound. */
static inline struct rule_set *read_rules(const char *text)
{
	struct rule_set *set = NULL;
	struct ini_error error = {"untouched"};

	if (read_text(text, &set, &error))
		fail_msg("%s\n%s", text, error.message);
	assert_string_equal(error.message, "untouched");
	return set;
}

static inline void assert_rules_refused(const char *text, const char *message)
{
	struct rule_set *set = (struct rule_set *)&set;
	struct ini_error error = {""};

	assert_int_equal(read_text(text, &set, &error), -EINVAL);
	assert_ptr_equal(set, &set);
	assert_string_equal(error.message, message);
}

/* What --list-rules says. Owned by the caller. */
static inline char *print_rules(const struct rule_set *set)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	rule_set_print(set, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

#endif
