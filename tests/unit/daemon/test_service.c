// SPDX-License-Identifier: GPL-2.0-only
/* What a service manager hears, over a socket of this test. */
#include "daemon/service.h"
#include "lib/clock.h"
#include "support/test.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SECOND NANOSECONDS_A_SECOND

static int manager = -1;

static void listen_as_manager(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];

	int size = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "smtpwatch-test-%d", getpid());
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size)),
			 0);
	snprintf(name, sizeof(name), "@smtpwatch-test-%d", getpid());
	setenv("NOTIFY_SOCKET", name, 1);
}

/* Empty: nothing was said. */
static const char *hear(void)
{
	static char text[4096];
	ssize_t size = recv(manager, text, sizeof(text) - 1, 0);

	text[size > 0 ? size : 0] = '\0';
	return text;
}

static void test_nobody(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	service_begin();
	service_ready();
	service_report(SERVICE_WELL, "unheard", SECOND);
	service_stopping();
}

static void test_words(void **state)
{
	(void)state;
	listen_as_manager();
	service_begin();
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	service_ready();
	assert_string_equal(hear(), "READY=1\nSTATUS=watching");
	service_reloading();
	assert_non_null(strstr(hear(), "RELOADING=1\nMONOTONIC_USEC="));
	service_report(SERVICE_WELL, "all is seen", SECOND);
	assert_string_equal(hear(), "STATUS=all is seen");
	assert_string_equal(hear(), "");
	service_report(SERVICE_WELL, "all is seen", 2 * SECOND);
	assert_string_equal(hear(), "");
	service_stopping();
	assert_string_equal(hear(), "STOPPING=1");
}

static void begin_with_watchdog(const char *microseconds, const char *pid)
{
	char name[64];

	snprintf(name, sizeof(name), "@smtpwatch-test-%d", getpid());
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", microseconds, 1);
	setenv("WATCHDOG_PID", pid, 1);
	service_begin();
}

static void test_watchdog_of_another(void **state)
{
	(void)state;
	begin_with_watchdog("40000000", "1");
	service_report(SERVICE_WELL, "all is seen", 100 * SECOND);
	assert_string_equal(hear(), "");
	begin_with_watchdog("4e7", "1");
	begin_with_watchdog("99999999999999999999", "1");
	service_report(SERVICE_WELL, "all is seen", 200 * SECOND);
	assert_string_equal(hear(), "");
}

/* At a quarter of its time, and not by one that is blind. */
static void test_watchdog(void **state)
{
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", getpid());
	begin_with_watchdog("40000000", pid);
	service_report(SERVICE_WELL, "all is seen", 300 * SECOND);
	assert_string_equal(hear(), "WATCHDOG=1");
	service_report(SERVICE_WELL, "all is seen", 309 * SECOND);
	assert_string_equal(hear(), "");
	service_report(SERVICE_BLIND, "self-test: was not seen", 310 * SECOND);
	assert_string_equal(hear(), "STATUS=self-test: was not seen");
	assert_string_equal(hear(), "");
	service_report(SERVICE_WELL, "all is seen", 311 * SECOND);
	assert_string_equal(hear(), "STATUS=all is seen");
	assert_string_equal(hear(), "WATCHDOG=1");
}

static void test_deaf(void **state)
{
	char text[2048];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	service_report(SERVICE_WELL, text, 312 * SECOND);
	assert_true(strlen(hear()) < 300);
	for (int i = 0; i < 10000; i++) /* nobody reads */
		service_stopping();
	close(manager);
	service_ready();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_watchdog_of_another),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_deaf),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
