// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the control socket costs the daemon: CPU of a snapshot of 10,000 rows and the longest single control_serve() in
 * it, of ticks for one subscriber of whose rows a hundred changed, and of an event for nobody and for one.
 */
#include "control/protocol.h"
#include "control/server.h"
#include "lib/clock.h"
#include "loopback.h"

#include <poll.h>
#include <string.h>
#include <sys/un.h>

#define ROWS 10000
#define CHANGED 100
#define REPEATS 21
#define EVENTS 900 /* fewer than are made a second */

struct bench {
	struct ledger *ledger;
	struct sinks *sinks;
	struct control *control;
	struct script *scripts[ROWS];
	int fd; /* the client's */
	double spent_ns;
	double longest_ns;
	size_t calls;
	size_t received;
};

static struct bench bench;

static void get_head(void *context, struct control_head *ret_head)
{
	(void)context;
	*ret_head = (struct control_head){.host = "web1",
					  .version = "0.1.0",
					  .kernel = "6.1.0-30-amd64",
					  .attached = "connect, exec, fork, 4 probes",
					  .capture = "running",
					  .health_text = ""};
}

static void get_health(void *context, struct health *ret_health)
{
	(void)context;
	(void)ret_health;
}

static int reload(void *context, char reason[CONTROL_REASON_SIZE])
{
	(void)context;
	(void)reason;
	return 0;
}

static void make_scripts(void)
{
	char path[96];
	const struct script like = {.source = SCRIPT_SOURCE_PHP_REQUEST,
				    .path = path,
				    .url = (char *)"/wp-content/plugins/mailer/send.php?id=7",
				    .site = (char *)"shop.example"};

	for (uint32_t i = 0; i < ROWS; i++) {
		snprintf(path, sizeof(path), "/var/www/shop%u.example/htdocs/wp-content/plugins/mailer/send.php", i);
		bench.scripts[i] = script_new(&like);
		if (!bench.scripts[i])
			fail("script");
	}
}

/* An attempt of the script: its row changes. */
static void attempt(uint32_t number, bool is_told)
{
	static uint64_t id;
	const uint8_t address[4] = {198, 18, (uint8_t)(number >> 8), (uint8_t)number};
	struct actor actor = {
		.identity = {.key = {.pid = 4000 + number, .start_ns = number, .exe_inode = 77, .uid = 33},
			     .euid = 33,
			     .comm = "php-fpm8.2"},
		.executable = (char *)"/usr/sbin/php-fpm8.2",
		.argv = (char *)"php-fpm: pool www",
		.argv_size = 18,
		.cwd = (char *)"/var/www",
		.role = ACTOR_ROLE_APPLICATION,
		.user_name = "www-data",
		.script = bench.scripts[number],
	};
	struct flow flow = {
		.id = ++id,
		.actor = actor.identity.key,
		.started_wall_ns = clock_wall_ns(),
		.remote = {.address = address_from_ipv4(address), .port = 25},
		.scope = SW_SCOPE_EXTERNAL,
		.script = actor.script,
	};
	const struct observation observation = {.kind = OBSERVATION_ATTEMPT, .wall_ns = flow.started_wall_ns};
	const struct model_change change = {.actor = &actor, .flow = &flow, .flow_began = true, .direct_added = true};
	const struct judgement judgement = {.fired = true};

	ledger_observe(bench.ledger, &observation, &change, &judgement);
	if (is_told)
		sinks_write_flow(bench.sinks,
				 &(struct flow_event){.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor});
}

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* What the call costs the daemon. */
static void measured(void (*call)(struct control *control))
{
	double start = cpu_ns();

	call(bench.control);
	double spent = cpu_ns() - start;
	bench.spent_ns += spent;
	bench.longest_ns = spent > bench.longest_ns ? spent : bench.longest_ns;
	bench.calls++;
}

/* Until neither side has anything left to do; the client reads whatever comes at once. */
static void settle(void)
{
	static char bytes[1 << 20];
	struct pollfd ready[] = {{.fd = control_fd(bench.control), .events = POLLIN},
				 {.fd = bench.fd, .events = POLLIN}};

	while (poll(ready, 2, 0) > 0) {
		if (ready[0].revents)
			measured(control_serve);
		ssize_t size = ready[1].revents ? recv(bench.fd, bytes, sizeof(bytes), MSG_DONTWAIT) : 0;
		bench.received += size > 0 ? (size_t)size : 0;
	}
}

static void begin(void)
{
	bench.spent_ns = bench.longest_ns = 0;
	bench.calls = bench.received = 0;
}

static void say(const char *line)
{
	if (send(bench.fd, line, strlen(line), 0) < 0)
		fail("send");
}

static void snapshot(void)
{
	say("{\"request\":\"snapshot\",\"by\":\"script\"}\n");
	settle();
}

static void tick(void)
{
	for (uint32_t i = 0; i < CHANGED; i++)
		attempt(i, false);
	begin();
	measured(control_tick);
	settle();
}

static void open_all(const char *path)
{
	const struct control_hooks hooks = {get_head, get_health, reload, NULL};
	const struct control_options options = {
		.path = path, .group = (gid_t)-1, .max_clients = 64, .client_bytes = 1 << 20, .history_bytes = 4 << 20};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	bench.ledger = ledger_new(ROWS, ROWS);
	bench.sinks = sinks_new();
	if (!bench.ledger || !bench.sinks || control_new(&options, &hooks, bench.ledger, &bench.control) ||
	    control_add_sink(bench.control, bench.sinks))
		fail("control");
	memcpy(address.sun_path, path, strlen(path));
	bench.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(bench.fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("connect");
	settle();
}

static void close_all(void)
{
	close(bench.fd);
	sinks_free(bench.sinks);
	control_free(bench.control);
	ledger_free(bench.ledger);
	for (uint32_t i = 0; i < ROWS; i++)
		script_unref(bench.scripts[i]);
}

/* Runs it often, and prints the medians. */
static void report(const char *name, void (*scene)(void))
{
	double spent[REPEATS], longest[REPEATS];

	for (size_t i = 0; i < REPEATS; i++) {
		begin();
		scene();
		spent[i] = bench.spent_ns;
		longest[i] = bench.longest_ns;
	}
	printf("%-44s %8.2f ms of CPU in %zu calls, the longest %.2f ms, %zu KiB\n", name,
	       median_of(spent, REPEATS) / 1e6, bench.calls, median_of(longest, REPEATS) / 1e6, bench.received / 1024);
}

static void report_events(const char *name)
{
	double start = cpu_ns();
	double spent = 0;

	for (uint32_t i = 0; i < EVENTS; i++) {
		attempt(i, true);
		settle();
	}
	spent = cpu_ns() - start;
	printf("%-44s %8.1f us an event\n", name, spent / EVENTS / 1000);
}

int main(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/smtpwatch-bench-%d.sock", getpid());
	make_scripts();
	open_all(path);
	for (uint32_t i = 0; i < ROWS; i++)
		attempt(i, false);
	report("a snapshot of 10,000 rows", snapshot);
	say("{\"request\":\"subscribe\",\"by\":\"script\"}\n");
	settle();
	report("a tick, one subscriber, 100 rows changed", tick);
	say("{\"request\":\"subscribe\",\"events\":true}\n");
	settle();
	control_tick(bench.control);
	report_events("an event, one subscriber, with its row");
	close_all();
	return 0;
}
