// SPDX-License-Identifier: GPL-2.0-only
/* What was to be begun later, by a process of its own and by the caller itself. */
#include "lib/launcher.h"

#include "lib/cleanup.h"
#include "lib/log.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_SIZE 256

static char tasks_word[] = "as it was";
static int limit_calls;

/* Writes down how it was called, and ends with 7. */
static void answer(const void *context, const struct launcher_call *call)
{
	char text[ANSWER_SIZE];
	char bytes[LAUNCHER_BYTES_MAX + 1] = "";

	memcpy(bytes, call->bytes ? call->bytes : "", call->size);
	int size = snprintf(text, sizeof(text), "%s|%.20s|%zu|%s|%d", (const char *)context, bytes, call->fd_count,
			    call->parent == getppid() ? "child" : "stranger", limit_calls);
	if (call->fd_count == 0 || write(call->fds[0], text, (size_t)size) != size)
		_exit(1);
	_exit(7);
}

static const struct launcher_task task = {.number = 2, .run = answer, .context = tasks_word};

static void count_limit(void *context)
{
	(*(int *)context)++;
}

/* The text is read to the end of the pipe: nobody has kept the other end. */
static void begin(const char *bytes, size_t size, char text[ANSWER_SIZE])
{
	int ends[2];
	int status;
	pid_t pid;
	size_t used = 0;
	ssize_t got;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	const struct launcher_call call = {.bytes = bytes, .size = size, .fds = &ends[1], .fd_count = 1};
	assert_int_equal(launcher_run(&task, &call, &pid), 0);
	close(ends[1]);
	while ((got = read(ends[0], text + used, ANSWER_SIZE - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void test_without(void **state)
{
	char text[ANSWER_SIZE];

	(void)state;
	begin("hello", 5, text);
	assert_string_equal(text, "as it was|hello|1|child|0");
}

static void start(void)
{
	assert_int_equal(launcher_start(&task, 1, count_limit, &limit_calls), 0);
}

static void test_with(void **state)
{
	char text[ANSWER_SIZE];

	(void)state;
	start();
	strcpy(tasks_word, "changed"); /* which it does not see */
	for (int i = 0; i < 3; i++) {
		begin("hello", 5, text);
		assert_string_equal(text, "as it was|hello|1|child|1");
	}
	launcher_stop();
	strcpy(tasks_word, "as it was");
	launcher_stop();
}

static void test_limits(void **state)
{
	static char bytes[LAUNCHER_BYTES_MAX + 1];
	const int fds[LAUNCHER_FDS_MAX + 1] = {0};
	const struct launcher_call long_call = {.bytes = bytes, .size = sizeof(bytes)};
	const struct launcher_call wide_call = {.fds = fds, .fd_count = LAUNCHER_FDS_MAX + 1};
	char text[ANSWER_SIZE];
	pid_t pid;

	(void)state;
	start();
	assert_int_equal(launcher_run(&task, &long_call, &pid), -E2BIG);
	assert_int_equal(launcher_run(&task, &wide_call, &pid), -E2BIG);
	memset(bytes, 'x', sizeof(bytes));
	begin(bytes, LAUNCHER_BYTES_MAX, text);
	assert_string_equal(text, "as it was|xxxxxxxxxxxxxxxxxxxx|1|child|1");
	launcher_stop();
}

/* Who has taken over the daemon can ask for a task that there is not. */
static void test_unknown_task(void **state)
{
	struct launcher_task other = task;
	const struct launcher_call call = {0};
	pid_t pid;

	(void)state;
	start();
	other.number = 1;
	assert_int_equal(launcher_run(&other, &call, &pid), -ENOSYS);
	other.number = 77;
	assert_int_equal(launcher_run(&other, &call, &pid), -ENOSYS);
	launcher_stop();
}

static pid_t find_launcher(void)
{
	char path[64];
	char children[64] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && read(fd, children, sizeof(children) - 1) > 0);
	return (pid_t)strtol(children, NULL, 10);
}

/* The last of all: there is none any more in this process. */
static void test_lost(void **state)
{
	const struct launcher_call call = {0};
	pid_t pid;

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	start();
	kill(find_launcher(), SIGKILL);
	assert_int_equal(launcher_run(&task, &call, &pid), -EOWNERDEAD);
	assert_int_equal(launcher_run(&task, &call, &pid), -EOWNERDEAD);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without),      cmocka_unit_test(test_with), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_unknown_task), cmocka_unit_test(test_lost),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
