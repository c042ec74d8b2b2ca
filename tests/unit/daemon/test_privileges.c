// SPDX-License-Identifier: GPL-2.0-only
/* Which capabilities the table gives to whom, by configuration. */
#include "daemon/privileges.h"

#include "support/test.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

static void test_rows(void **state)
{
	size_t count;
	const struct privilege *rows = privileges_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(rows[i].capability >= 0 && rows[i].capability <= CAP_LAST_CAP);
		assert_true(rows[i].user < PRIVILEGE_USER_COUNT);
		assert_true(strlen(rows[i].reason) > 4);
		for (size_t j = 0; j < i; j++)
			assert_false(rows[i].capability == rows[j].capability && rows[i].user == rows[j].user);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(privileges_name(CAP_NET_RAW), "CAP_NET_RAW");
	assert_string_equal(privileges_name(CAP_DAC_READ_SEARCH), "CAP_DAC_READ_SEARCH");
}

/* With everything that costs a capability switched off. */
static struct config *make_least(void)
{
	struct config *config = config_new();

	assert_non_null(config);
	config->capture_enabled = config->control_enabled = config->php_probes = false;
	free(config->rules_state);
	config->rules_state = strdup("/run/allowances");
	return config;
}

static void test_least(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config = make_least();

	(void)state;
	assert_int_equal(privileges_needed(config, PRIVILEGE_WATCH),
			 BIT(CAP_BPF) | BIT(CAP_SYS_PTRACE) | BIT(CAP_CHECKPOINT_RESTORE) | BIT(CAP_DAC_READ_SEARCH));
	assert_int_equal(privileges_needed(config, PRIVILEGE_LAUNCHER), 0);
}

static void test_capture(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config = make_least();
	uint64_t least = privileges_needed(config, PRIVILEGE_WATCH);

	(void)state;
	config->capture_enabled = true;
	assert_int_equal(privileges_needed(config, PRIVILEGE_WATCH) & ~least, BIT(CAP_NET_ADMIN) | BIT(CAP_KILL));
	assert_int_equal(privileges_needed(config, PRIVILEGE_LAUNCHER), BIT(CAP_NET_RAW) | BIT(CAP_SYS_ADMIN) |
										BIT(CAP_SYS_CHROOT) | BIT(CAP_SETUID) |
										BIT(CAP_SETGID) | BIT(CAP_SETPCAP));
}

/* What starts the capture needs is the service manager's. */
static void test_capture_of_a_service_manager(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config = make_least();
	uint64_t least = privileges_needed(config, PRIVILEGE_WATCH);

	(void)state;
	config->capture_enabled = true;
	assert_int_equal(setenv("SMTPWATCH_CAPTURE_SOCKET", "/run/capture", 1), 0);
	assert_int_equal(privileges_needed(config, PRIVILEGE_WATCH) & ~least, BIT(CAP_NET_ADMIN));
	assert_int_equal(privileges_needed(config, PRIVILEGE_LAUNCHER), 0);
	assert_int_equal(unsetenv("SMTPWATCH_CAPTURE_SOCKET"), 0);
}

static void test_others(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config = make_least();
	uint64_t least = privileges_needed(config, PRIVILEGE_WATCH);

	(void)state;
	config->control_enabled = true;
	assert_int_equal(privileges_needed(config, PRIVILEGE_WATCH) & ~least, BIT(CAP_CHOWN));
	config->control_enabled = false;
	config->php_probes = true;
	uint64_t more = privileges_needed(config, PRIVILEGE_WATCH) & ~least;
	assert_true(more == BIT(CAP_PERFMON) || more == BIT(CAP_SYS_ADMIN));
	config->php_probes = false;
	char *command[] = {NULL};
	config->command = command;
	assert_int_equal(privileges_needed(config, PRIVILEGE_WATCH) & ~least, BIT(CAP_KILL));
	config->command = NULL;
}

/* A file that only its owner may write to, in another's folder. */
static void test_folder_of_others(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config = make_least();
	char folder[] = "/tmp/test-privileges.XXXXXX";
	char path[64];

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "only root can give a folder away");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/alerts.json", folder);
	config->json_file = strdup(path);
	assert_false(privileges_needed(config, PRIVILEGE_WATCH) & BIT(CAP_DAC_OVERRIDE));
	assert_int_equal(chown(folder, 1000, 1000), 0);
	assert_true(privileges_needed(config, PRIVILEGE_WATCH) & BIT(CAP_DAC_OVERRIDE));
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_capture_of_a_service_manager),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_folder_of_others),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
