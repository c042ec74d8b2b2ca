// SPDX-License-Identifier: GPL-2.0-only
/* The command: what it is given, how long it may take, how many of it run, and which one is refused. */
#include "json.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "shop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

/* Programs have to be root's in folders of root's, which /tmp is not: the shell is, and gets what to do as its
 * argument. */
#define SHELL "/bin/sh"

static struct station {
	char directory[32]; /* of what the commands write */
	char script[1024];
	struct sinks *sinks;
	int real_stderr;
	FILE *log; /* what the daemon would log */
	char text[65536];
} station;

static int set_up(void **state)
{
	(void)state;
	station = (struct station){.directory = "/tmp/smtpwatch-unit.XXXXXX", .sinks = sinks_new(), .log = tmpfile()};
	if (!mkdtemp(station.directory) || !station.sinks || !station.log)
		return -1;
	alarm(60);
	station.real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return dup2(fileno(station.log), STDERR_FILENO) == STDERR_FILENO ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	alarm(0);
	sinks_free(station.sinks);
	dup2(station.real_stderr, STDERR_FILENO);
	close(station.real_stderr);
	fclose(station.log);
	snprintf(command, sizeof(command), "rm -r %s", station.directory);
	return system(command); /* NOLINT(cert-env33-c): a folder that this test has made */
}

/* Runs `script` with the station's directory as $0. */
static void add_command(const char *script, uint64_t timeout_seconds, uint64_t at_once)
{
	char shell[] = SHELL;
	char option[] = "-c";

	snprintf(station.script, sizeof(station.script), "%s", script);
	char *const argv[] = {shell, option, station.script, station.directory, NULL};
	const struct command_options options = {
		.argv = argv,
		.severity = ALERT_SEVERITY_WARNING,
		.timeout_seconds = timeout_seconds,
		.at_once = at_once,
	};
	assert_int_equal(sinks_add_command(station.sinks, &options), 0);
}

static void write_alert(uint64_t count, enum alert_severity severity)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	alert.incident = shop_incident();

	alert.count = count;
	alert.severity = severity;
	sinks_write_alert(station.sinks, &alert);
}

/* The event loop, until the file is there: it waits for the sinks' descriptor, and ticks now and then. */
static void run_until(const char *name)
{
	struct pollfd ready = {.fd = sinks_fd(station.sinks), .events = POLLIN};
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", station.directory, name);
	while (access(path, F_OK) != 0) {
		poll(&ready, 1, 50);
		sinks_serve(station.sinks);
		sinks_tick(station.sinks);
	}
}

static const char *logged(void)
{
	rewind(station.log);
	station.text[fread(station.text, 1, sizeof(station.text) - 1, station.log)] = '\0';
	return station.text;
}

static void run_until_logged(const char *text)
{
	struct pollfd ready = {.fd = sinks_fd(station.sinks), .events = POLLIN};

	while (!strstr(logged(), text)) {
		poll(&ready, 1, 50);
		sinks_serve(station.sinks);
		sinks_tick(station.sinks);
	}
}

static const char *content(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", station.directory, name);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	station.text[fread(station.text, 1, sizeof(station.text) - 1, stream)] = '\0';
	return station.text;
}

static uint64_t losses(void)
{
	struct sink_loss rows[SINKS_MAX];

	assert_int_equal(sinks_losses(station.sinks, rows), 1);
	assert_string_equal(rows[0].name, "command");
	return rows[0].count;
}

static void test_what_it_is_given(void **state)
{
	(void)state;
	setenv("SECRET", "1", 1);
	add_command("cat >$0/input; env >$0/environment; ls -l /proc/self/fd >$0/fds; pwd >$0/cwd; "
		    "grep -E '^Sig(Blk|Ign)' /proc/self/status >$0/signals; ps -o pid=,pgid=,sid= $$ >$0/session; "
		    ": >$0/done",
		    10, 4);
	write_alert(7, ALERT_SEVERITY_HIGH);
	run_until("done");

	const char *line = content("input");
	assert_int_equal(line[strlen(line) - 1], '\n');
	_cleanup_json_ json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_integer_value(at(object, "smtpwatch.count")), 7);
	assert_text_at(object, "rule.id", "direct-to-mx");

	assert_non_null(strstr(content("environment"), "SMTPWATCH_RULE=direct-to-mx\n"));
	assert_non_null(strstr(station.text, "SMTPWATCH_SEVERITY=high\n"));
	assert_non_null(strstr(station.text, "SMTPWATCH_PHASE=risen\n"));
	assert_non_null(strstr(station.text, "SMTPWATCH_INCIDENT=k7x3pq\n"));
	assert_non_null(strstr(station.text, "PATH=/usr/"));
	assert_null(strstr(station.text, "SECRET"));

	/* 3 is what ls has opened itself. */
	assert_non_null(strstr(content("fds"), " 2 -> "));
	assert_null(strstr(station.text, " 4 -> "));
	assert_string_equal(content("cwd"), "/\n");
	unsigned long blocked, ignored;
	assert_int_equal(sscanf(content("signals"), "SigBlk:%lx SigIgn:%lx", &blocked, &ignored), 2);
	assert_int_equal(blocked, 0);
	/* But 32 and 33, which glibc keeps for itself and leaves as whoever started the test had them. */
	assert_int_equal(ignored & ~(3UL << 31), 0);

	int pid, group, session;
	assert_int_equal(sscanf(content("session"), "%d %d %d", &pid, &group, &session), 3);
	assert_int_equal(pid, group);
	assert_int_equal(pid, session);
}

static void test_severity(void **state)
{
	(void)state;
	add_command("cat >>$0/input; [ $SMTPWATCH_SEVERITY != critical ] || : >$0/done", 10, 1);
	write_alert(1, ALERT_SEVERITY_INFO);
	write_alert(2, ALERT_SEVERITY_NOTICE);
	write_alert(3, ALERT_SEVERITY_WARNING);
	write_alert(4, ALERT_SEVERITY_CRITICAL);
	run_until("done");
	assert_null(strstr(content("input"), "\"count\":1"));
	assert_null(strstr(station.text, "\"count\":2"));
	assert_non_null(strstr(station.text, "\"count\":3"));
}

static void test_output(void **state)
{
	(void)state;
	add_command("echo plain; printf 'a\\033[31mb\\n' >&2; printf 'no end'; exit 3", 10, 4);
	write_alert(1, ALERT_SEVERITY_HIGH);
	run_until_logged("failed with exit status 3");
	assert_non_null(strstr(station.text, "]: plain\n"));
	assert_non_null(strstr(station.text, "]: a\\x1b[31mb\n"));
	assert_non_null(strstr(station.text, "]: no end\n"));
}

/* Of one that writes without end a part is logged, and it is ended in time. */
static void test_endless_output(void **state)
{
	(void)state;
	add_command("yes 0123456789", 1, 1);
	write_alert(1, ALERT_SEVERITY_HIGH);
	run_until_logged("was killed");
	assert_non_null(strstr(station.text, "bytes that it wrote"));
	size_t lines = 0;
	for (const char *found = station.text; (found = strstr(found, "]: 0123456789\n")); found++)
		lines++;
	assert_in_range(lines, 300, 4096 / 11);
}

/* Also what it has started goes, unless that took a session of its own. */
static void test_time_limit(void **state)
{
	int pid;

	(void)state;
	add_command("sleep 600 & echo $! >$0/pid; : >$0/begun; wait", 1, 1);
	uint64_t begin_ns = clock_boot_ns();
	write_alert(1, ALERT_SEVERITY_HIGH);
	run_until("begun");
	assert_int_equal(sscanf(content("pid"), "%d", &pid), 1);
	assert_int_equal(kill(pid, 0), 0);
	run_until_logged("was killed: it took too long");
	assert_true(clock_boot_ns() - begin_ns >= NANOSECONDS_A_SECOND);
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	for (;;) { /* an orphan's remains are its new parent's to fetch */
		_cleanup_fclose_ FILE *stream = fopen(path, "re");
		char status[256] = "";
		if (!stream || (fread(status, 1, sizeof(status) - 1, stream) > 0 && strstr(status, "State:\tZ")))
			break;
		poll(NULL, 0, 10);
	}
}

static void test_signal(void **state)
{
	(void)state;
	add_command("kill -SEGV $$", 10, 1);
	write_alert(1, ALERT_SEVERITY_HIGH);
	run_until_logged("was ended by signal 11");
}

static size_t count_lines(const char *name)
{
	size_t lines = 0;

	for (const char *byte = content(name); *byte; byte++)
		lines += *byte == '\n';
	return lines;
}

static void make_file(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", station.directory, name);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

/* Each of those that run has a folder of its own as long as it does, and says how many there are; the others wait for a
 * place. */
static void test_at_once(void **state)
{
	enum { ALERTS = 6, AT_ONCE = 2 };

	(void)state;
	add_command("mkdir $0/running.$$; ls -d $0/running.* | wc -l >>$0/numbers; "
		    "until [ -e $0/go ]; do sleep 0.01; done; rmdir $0/running.$$; echo >>$0/ended; "
		    "[ $(wc -l <$0/ended) -lt 6 ] || : >$0/done",
		    20, AT_ONCE);
	make_file("numbers");
	for (uint64_t count = 1; count <= ALERTS; count++)
		write_alert(count, ALERT_SEVERITY_HIGH);
	while (count_lines("numbers") < AT_ONCE)
		sinks_tick(station.sinks);
	make_file("go");
	run_until("done");
	assert_int_equal(count_lines("numbers"), ALERTS);
	for (char *number = strtok(station.text, "\n"); number; number = strtok(NULL, "\n"))
		assert_in_range(strtoul(number, NULL, 10), 1, AT_ONCE);
	assert_int_equal(losses(), 0);
}

static void test_queue_is_bounded(void **state)
{
	enum { AT_ONCE = 2, WAITING = 256, TOO_MANY = 10 };

	(void)state;
	add_command("until [ -e $0/go ]; do sleep 0.05; done; cat >>$0/inputs; "
		    "grep -q '\"count\":268,' $0/inputs && : >$0/done",
		    60, AT_ONCE);
	for (uint64_t count = 1; count <= AT_ONCE + WAITING + TOO_MANY; count++)
		write_alert(count, ALERT_SEVERITY_HIGH);
	assert_int_equal(losses(), TOO_MANY);
	make_file("go");
	run_until("done");
	assert_null(strstr(content("inputs"), "\"count\":3,"));
	assert_null(strstr(station.text, "\"count\":12,"));
	assert_non_null(strstr(station.text, "\"count\":2,"));
	assert_non_null(strstr(station.text, "\"count\":13,"));
}

/* The end of the daemon waits for what runs, and for what waits. */
static void test_end(void **state)
{
	(void)state;
	add_command("sleep 0.1; cat >>$0/inputs", 10, 1);
	write_alert(1, ALERT_SEVERITY_HIGH);
	write_alert(2, ALERT_SEVERITY_HIGH);
	sinks_free(station.sinks);
	station.sinks = NULL;
	assert_int_equal(count_lines("inputs"), 2);
}

static void test_end_with_one_that_hangs(void **state)
{
	(void)state;
	add_command("sleep 600", 600, 1);
	write_alert(1, ALERT_SEVERITY_HIGH);
	write_alert(2, ALERT_SEVERITY_HIGH);
	uint64_t begin_ns = clock_boot_ns();
	sinks_free(station.sinks);
	station.sinks = NULL;
	assert_in_range((clock_boot_ns() - begin_ns) / NANOSECONDS_A_SECOND, SINKS_END_SECONDS, SINKS_END_SECONDS + 5);
	if (!strstr(logged(), "was not run for 1 alerts"))
		fail_msg("it was said: %s", station.text);
}

static void assert_refused(const char *path, const char *expected)
{
	char reason[COMMAND_REASON_SIZE];
	const char *objection = command_check(path, reason);

	assert_non_null(objection);
	assert_string_equal(objection, expected);
}

static void test_refused(void **state)
{
	char reason[COMMAND_REASON_SIZE];
	char path[64];

	(void)state;
	assert_null(command_check(SHELL, reason));
	assert_refused("/nonexistent", "/nonexistent No such file or directory");
	assert_refused("/etc", "/etc is no program");
	assert_refused("/etc/passwd", "/etc/passwd is no program");
	if (geteuid() == 0) { /* whoever is not, owns it himself */
		make_file("program");
		snprintf(path, sizeof(path), "%s/program", station.directory);
		assert_int_equal(chmod(path, 0755), 0);
		assert_refused(path, "/tmp is not root's alone to write to");
	}
}

/* What anybody but root could change is not run for root, wherever it lies. */
static void test_refused_of_root(void **state)
{
	char directory[] = "/srv/smtpwatch-unit.XXXXXX";
	char program[64];
	char link[64];
	char expected[128];
	char reason[COMMAND_REASON_SIZE];

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "only root can make files of root's");
	assert_non_null(mkdtemp(directory));
	snprintf(program, sizeof(program), "%s/program", directory);
	snprintf(link, sizeof(link), "%s/link", station.directory);
	close(open(program, O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
	assert_null(command_check(program, reason));
	snprintf(expected, sizeof(expected), "%s is not root's alone to write to", program);
	assert_int_equal(chmod(program, 0775), 0);
	assert_refused(program, expected);
	assert_int_equal(chmod(program, 0757), 0);
	assert_refused(program, expected);
	assert_int_equal(chmod(program, 0755), 0);
	assert_int_equal(chown(program, 1042, 0), 0);
	assert_refused(program, expected);
	assert_int_equal(chown(program, 0, 0), 0);
	assert_int_equal(symlink(program, link), 0);
	assert_refused(link, "/tmp is not root's alone to write to");
	assert_int_equal(chmod(directory, 0775), 0);
	snprintf(expected, sizeof(expected), "%s is not root's alone to write to", directory);
	assert_refused(program, expected);
	unlink(program);
	rmdir(directory);
}

/* What was changed later is not run; when all is well again, what waited is. */
static void test_refused_later(void **state)
{
	char directory[] = "/srv/smtpwatch-unit.XXXXXX";
	char program[64];
	char *const argv[] = {program, station.directory, NULL};
	const struct command_options options = {.argv = argv, .timeout_seconds = 10, .at_once = 1};

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "only root can make files of root's");
	assert_non_null(mkdtemp(directory));
	snprintf(program, sizeof(program), "%s/program", directory);
	FILE *stream = fopen(program, "we");
	assert_non_null(stream);
	fputs("#!/bin/sh\n: >$1/done\n", stream);
	fclose(stream);
	chmod(program, 0755);
	assert_int_equal(sinks_add_command(station.sinks, &options), 0);
	chmod(program, 0777);
	write_alert(1, ALERT_SEVERITY_HIGH);
	sinks_tick(station.sinks);
	assert_non_null(strstr(logged(), "the command is not run for alerts: /srv/smtpwatch-unit."));
	chmod(program, 0755);
	run_until("done");
	assert_non_null(strstr(logged(), "the command is run again; 0 alerts were dropped"));
	unlink(program);
	rmdir(directory);
}

static void test_refused_at_the_start(void **state)
{
	char path[] = "/nonexistent";
	char *const argv[] = {path, NULL};
	const struct command_options options = {.argv = argv, .timeout_seconds = 1, .at_once = 1};

	(void)state;
	assert_int_equal(sinks_add_command(station.sinks, &options), -EPERM);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_it_is_given),
		TEST(test_severity),
		TEST(test_output),
		TEST(test_endless_output),
		TEST(test_time_limit),
		TEST(test_signal),
		TEST(test_at_once),
		TEST(test_queue_is_bounded),
		TEST(test_end),
		TEST(test_end_with_one_that_hangs),
		TEST(test_refused),
		TEST(test_refused_of_root),
		TEST(test_refused_later),
		TEST(test_refused_at_the_start),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("command", tests, set_utc, NULL);
}
