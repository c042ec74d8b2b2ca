// SPDX-License-Identifier: GPL-2.0-only
#include "client/filter.h"
#include "support/test.h"

static const char line_text[] =
	"{\"log\":{\"level\":\"high\"},\"rule\":{\"id\":\"direct-to-mx\"},\"user\":{\"id\":\"1042\",\"name\":"
	"\"shop42\","
	"\"effective\":{\"id\":\"33\"}},\"process\":{\"executable\":\"/usr/sbin/php-fpm8.2\"},"
	"\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25,\"domain\":\"mx1.Gmail.example\"},"
	"\"smtpwatch\":{\"script\":{\"path\":\"/var/www/shop42/x.php\"}}}";

struct sample {
	struct filter filter;
	bool matches;
};

static struct prefix network(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void check_samples(const char *text, const struct sample *samples, size_t count)
{
	json_t *line = json_loads(text, 0, NULL);

	assert_non_null(line);
	for (size_t i = 0; i < count; i++)
		if (filter_matches(&samples[i].filter, line) != samples[i].matches)
			fail_msg("sample %zu", i);
	json_decref(line);
}

static void test_each(void **state)
{
	const struct sample samples[] = {
		{{0}, true},
		{{.user = "shop42"}, true},
		{{.user = "1042"}, true},
		{{.user = "33"}, true},
		{{.user = "shop4"}, false},
		{{.script = "shop42"}, true},
		{{.script = "php-fpm"}, false},
		{{.script = "/var/*/x.php"}, true},
		{{.script = "*"}, true},
		{{.script = "**x*php*"}, true},
		{{.script = "x*shop42"}, false},
		{{.script = "x.php*p"}, false},
		{{.port = 25}, true},
		{{.port = 587}, false},
		{{.has_network = true, .network = network("203.0.113.0/24")}, true},
		{{.has_network = true, .network = network("203.0.113.25")}, true},
		{{.has_network = true, .network = network("203.0.113.24")}, false},
		{{.has_network = true, .network = network("2001:db8::/32")}, false},
		{{.destination = "gmail"}, true},
		{{.destination = "yahoo"}, false},
		{{.rule = "direct-to-mx"}, true},
		{{.rule = "direct"}, false},
		{{.severity = ALERT_SEVERITY_NOTICE}, true},
		{{.severity = ALERT_SEVERITY_HIGH}, true},
		{{.severity = ALERT_SEVERITY_CRITICAL}, false},
		{{.user = "shop42", .port = 25, .destination = "MX1"}, true},
		{{.user = "shop42", .port = 25, .destination = "mx2"}, false},
	};

	(void)state;
	check_samples(line_text, samples, ARRAY_SIZE(samples));
}

/* Of a line that lacks what is asked for, or has something else in its place. */
static void test_not_there(void **state)
{
	static const char *const lines[] = {
		"{}",
		"{\"user\":7,\"log\":[],\"rule\":{\"id\":1},\"destination\":{\"ip\":\"x\",\"port\":\"25\"},"
		"\"smtpwatch\":null}",
	};
	const struct sample samples[] = {
		{{0}, true},
		{{.user = "0"}, false},
		{{.script = "*"}, false},
		{{.port = 25}, false},
		{{.has_network = true, .network = network("::/0")}, false},
		{{.destination = "x"}, false},
		{{.rule = "1"}, false},
		{{.severity = ALERT_SEVERITY_NOTICE}, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		check_samples(lines[i], samples, ARRAY_SIZE(samples));
}

/* Without a script the program counts; a severity of a later daemon is not held back. */
static void test_others(void **state)
{
	const struct sample samples[] = {
		{{.script = "perl"}, true},
		{{.severity = ALERT_SEVERITY_CRITICAL}, true},
	};

	(void)state;
	check_samples("{\"process\":{\"executable\":\"/usr/bin/perl\"},\"log\":{\"level\":\"doom\"}}", samples,
		      ARRAY_SIZE(samples));
}

static void test_empty(void **state)
{
	const struct filter some[] = {
		{.user = ""},
		{.script = ""},
		{.port = 1},
		{.destination = ""},
		{.has_network = true},
		{.rule = ""},
		{.severity = ALERT_SEVERITY_NOTICE},
	};

	(void)state;
	assert_true(filter_is_empty(&(struct filter){0}));
	for (size_t i = 0; i < ARRAY_SIZE(some); i++)
		assert_false(filter_is_empty(&some[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_empty),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
