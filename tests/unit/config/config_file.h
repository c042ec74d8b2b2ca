/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of configuration files share. They write x.conf into a directory of their own, and run there. */
#ifndef SMTPWATCH_TESTS_CONFIG_FILE_H
#define SMTPWATCH_TESTS_CONFIG_FILE_H

#include "config/config.h"
#include "config/options.h"

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static char directory[] = "/tmp/smtpwatch-unit.XXXXXX";

static inline void write_file(const char *content, size_t size)
{
	FILE *stream = fopen("x.conf", "we");

	assert_non_null(stream);
	assert_int_equal(fwrite(content, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

static inline struct config *load(const char *content)
{
	struct config *config = NULL;
	struct ini_error error = {"untouched"};

	write_file(content, strlen(content));
	if (config_load("x.conf", false, &config, &error))
		fail_msg("%s", error.message);
	assert_string_equal(error.message, "untouched");
	return config;
}

static inline void assert_refused_bytes(const char *content, size_t size, const char *message)
{
	struct config *config = (struct config *)&config;
	struct ini_error error = {""};

	write_file(content, size);
	assert_int_equal(config_load("x.conf", false, &config, &error), -EINVAL);
	assert_ptr_equal(config, &config);
	assert_string_equal(error.message, message);
}

static inline void assert_refused(const char *content, const char *message)
{
	assert_refused_bytes(content, strlen(content), message);
}

static inline void assert_ports(const char *content, const uint16_t *ports, size_t count)
{
	_cleanup_(cleanup_config_free) struct config *config = load(content);

	assert_int_equal(config->port_count, count);
	assert_memory_equal(config->ports, ports, count * sizeof(*ports));
}

#define ASSERT_PORTS(content, ...) \
	assert_ports(content, (const uint16_t[]){__VA_ARGS__}, ARRAY_SIZE(((const uint16_t[]){__VA_ARGS__})))

static inline int enter_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static inline int leave_directory(void **state)
{
	(void)state;
	unlink("x.conf");
	return chdir("/") ? -1 : rmdir(directory);
}

#endif
