// SPDX-License-Identifier: GPL-2.0-only
/* Keys that may be repeated: smarthosts and the layouts of sites. */
#include "config_file.h"

static void test_smarthosts(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config =
		load("[watch]\nsmarthost = 192.0.2.1, 198.51.100.0/24\nsmarthost = 2001:db8::/32\n");
	static const char *const expected[] = {"192.0.2.1", "198.51.100.0/24", "2001:db8::/32"};

	(void)state;
	assert_int_equal(config->smarthost_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct prefix prefix;

		assert_int_equal(prefix_parse(expected[i], &prefix), 0);
		assert_memory_equal(&config->smarthosts[i], &prefix, sizeof(prefix));
	}
}

static void test_smarthost_names(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config =
		load("[watch]\nsmarthost = SMTP.Example.com, 192.0.2.1\nsmarthost = *.relay.example.\n");

	(void)state;
	assert_int_equal(config->smarthost_count, 1);
	assert_int_equal(config->smarthost_name_count, 2);
	assert_string_equal(config->smarthost_names[0], "smtp.example.com");
	assert_string_equal(config->smarthost_names[1], "*.relay.example");
}

static void test_smarthost_names_are_bounded(void **state)
{
	_cleanup_free_ char *content = NULL;
	size_t size;
	FILE *stream = open_memstream(&content, &size);

	(void)state;
	fputs("[watch]\n", stream);
	for (unsigned int i = 0; i < CONFIG_SMARTHOST_NAMES_MAX; i++)
		fprintf(stream, "smarthost = r%u.example\n", i);
	fflush(stream);
	_cleanup_(cleanup_config_free) struct config *config = load(content);
	assert_int_equal(config->smarthost_name_count, CONFIG_SMARTHOST_NAMES_MAX);

	fputs("smarthost = relay.example\n", stream);
	fclose(stream);
	assert_refused(content, "x.conf:258: \"relay.example\" is not valid for smarthost: "
				"there are at most 256 names of smarthosts");
}

static void test_smarthosts_are_bounded(void **state)
{
	_cleanup_free_ char *content = NULL;
	size_t size;
	FILE *stream = open_memstream(&content, &size);

	(void)state;
	fputs("[watch]\n", stream);
	for (unsigned int i = 0; i < CONFIG_SMARTHOSTS_MAX; i++)
		fprintf(stream, "smarthost = 192.0.%u.%u\n", i / 256, i % 256);
	fflush(stream);
	_cleanup_(cleanup_config_free) struct config *config = load(content);
	assert_int_equal(config->smarthost_count, CONFIG_SMARTHOSTS_MAX);

	fputs("smarthost = 2001:db8::1\n", stream);
	fclose(stream);
	assert_refused(content,
		       "x.conf:1026: \"2001:db8::1\" is not valid for smarthost: there are at most 1024 smarthosts");
}

static void test_sites(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config =
		load("[identity]\nsite = /srv/*/{site}, /opt/{site}/{site}\nsite = /data/w[0-9]/{site}\n");
	static const char *const expected[] = {"/srv/*/{site}", "/opt/{site}/{site}", "/data/w[0-9]/{site}"};

	(void)state;
	assert_int_equal(config->site_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(config->sites[i], expected[i]);
}

static void test_sites_are_bounded(void **state)
{
	_cleanup_free_ char *content = NULL;
	size_t size;
	FILE *stream = open_memstream(&content, &size);

	(void)state;
	fputs("[identity]\n", stream);
	for (unsigned int i = 0; i < CONFIG_SITES_MAX; i++)
		fprintf(stream, "site = /srv/%u/{site}\n", i);
	fflush(stream);
	_cleanup_(cleanup_config_free) struct config *config = load(content);
	assert_int_equal(config->site_count, CONFIG_SITES_MAX);

	fputs("site = /srv/x/{site}\n", stream);
	fclose(stream);
	assert_refused(content, "x.conf:258: \"/srv/x/{site}\" is not valid for site: there are at most 256 layouts");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smarthosts),
		cmocka_unit_test(test_smarthost_names),
		cmocka_unit_test(test_smarthost_names_are_bounded),
		cmocka_unit_test(test_smarthosts_are_bounded),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_sites_are_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lists", tests, enter_directory, leave_directory);
}
