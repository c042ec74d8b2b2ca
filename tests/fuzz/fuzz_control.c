// SPDX-License-Identifier: GPL-2.0-only
/* A client of the control socket that says anything; whatever it is, answers are JSON objects, one a line, within
 * their bounds. */
#include "control/protocol.h"
#include "control/server.h"

#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define EXPECT(condition)         \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#define WALL_NS 1795317124123456789

static char path[64];
static struct control *control;
static struct ledger *ledger;
static struct sinks *sinks;
static bool reload_fails;

static struct script script = {.references = 1,
			       .path = (char *)"/var/www/shop42/\033x.php",
			       .url = (char *)"/x.php",
			       .site = (char *)"shop42"};

static void get_head(void *context, struct control_head *ret_head)
{
	(void)context;
	*ret_head = (struct control_head){.host = "web1",
					  .version = "0.1.0",
					  .kernel = "6.1.0",
					  .attached = "connect",
					  .capture = "off",
					  .health_text = ""};
}

static void get_health(void *context, struct health *ret_health)
{
	(void)context;
	*ret_health = (struct health){.count = 1, .checks = {{HEALTH_OK, "kernel", "6.1.0", ""}}};
}

static int reload(void *context, char reason[CONTROL_REASON_SIZE])
{
	(void)context;
	snprintf(reason, CONTROL_REASON_SIZE, "no such key");
	reload_fails = !reload_fails;
	return reload_fails ? -1 : 0;
}

/* An attempt, which makes rows, and lines about it. */
static void happen(uint32_t number)
{
	struct actor actor = {
		.identity = {.key = {.pid = 4000 + number, .start_ns = number, .exe_inode = 77, .uid = 1000},
			     .comm = "php"},
		.executable = (char *)"/usr/bin/php",
		.role = ACTOR_ROLE_APPLICATION,
		.user_name = "shop42",
		.script = &script,
	};
	const uint8_t address[4] = {203, 0, 113, (uint8_t)number};
	struct flow flow = {.id = number + 1,
			    .actor = actor.identity.key,
			    .started_wall_ns = WALL_NS,
			    .remote = {.address = address_from_ipv4(address), .port = 25},
			    .script = &script};
	const struct observation observation = {.kind = OBSERVATION_ATTEMPT, .wall_ns = WALL_NS};
	const struct model_change change = {.actor = &actor, .flow = &flow, .flow_began = true, .direct_added = true};
	const struct judgement judgement = {.fired = true};
	struct alert_incident incident = {.id = "j1wdv", .severity = ALERT_SEVERITY_HIGH};
	incident.id[5] = (char)('a' + number % 3);
	const struct alert alert = {.rule = "direct-to-mx",
				    .incident = &incident,
				    .actor = &actor,
				    .remote = flow.remote,
				    .first_wall_ns = WALL_NS,
				    .last_wall_ns = WALL_NS};

	ledger_observe(ledger, &observation, &change, &judgement);
	ledger_take_alert(ledger, &alert);
	sinks_write_alert(sinks, &alert);
	sinks_write_flow(sinks, &(struct flow_event){.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor});
}

static void end(void)
{
	sinks_free(sinks);
	control_free(control);
	ledger_free(ledger);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct control_hooks hooks = {get_head, get_health, reload, NULL};
	const struct control_options options = {
		.path = path, .group = (gid_t)-1, .max_clients = 4, .client_bytes = 16384, .history_bytes = 32768};

	(void)argc;
	(void)argv;
	snprintf(path, sizeof(path), "/tmp/smtpwatch-fuzz-%d.sock", getpid());
	ledger = ledger_new(100, 100);
	sinks = sinks_new();
	EXPECT(ledger && sinks && control_new(&options, &hooks, ledger, &control) == 0 &&
	       control_add_sink(control, sinks) == 0);
	atexit(end);
	for (uint32_t i = 0; i < 100; i++)
		happen(i);
	return 0;
}

/* What was said so far, of which the start is a line that has no end yet. */
struct heard {
	char line[PROTOCOL_ANSWER_MAX];
	size_t size;
};

static void check_lines(struct heard *heard)
{
	char *line = heard->line;
	char *newline;

	while ((newline = memchr(line, '\n', heard->size - (size_t)(line - heard->line)))) {
		json_t *message = json_loadb(line, (size_t)(newline - line), JSON_REJECT_DUPLICATES, NULL);
		EXPECT(json_is_object(message));
		json_decref(message);
		line = newline + 1;
	}
	heard->size -= (size_t)(line - heard->line);
	memmove(heard->line, line, heard->size);
}

/* Serves and hears until nothing happens any more. Returns false where the server has closed the connection. */
static bool settle(int fd, struct heard *heard)
{
	struct pollfd ready[] = {{.fd = control_fd(control), .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	while (poll(ready, 2, 0) > 0) {
		if (ready[0].revents)
			control_serve(control);
		if (!ready[1].revents)
			continue;
		EXPECT(heard->size < sizeof(heard->line));
		ssize_t size = recv(fd, heard->line + heard->size, sizeof(heard->line) - heard->size, MSG_DONTWAIT);
		if (size <= 0)
			return false;
		heard->size += (size_t)size;
		check_lines(heard);
	}
	return true;
}

/* The first byte says how much is sent at once, and what happens meanwhile. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct heard heard;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const size_t part = size ? 1U << (bytes[0] & 15) : 1;
	bool is_open = true;

	memcpy(address.sun_path, path, sizeof(path));
	EXPECT(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	heard.size = 0;
	for (size_t sent = 1; sent < size && is_open;) {
		size_t next = size - sent < part ? size - sent : part;
		ssize_t count = send(fd, bytes + sent, next, MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += count > 0 ? (size_t)count : 0;
		if (bytes[0] & 16)
			happen((uint32_t)sent);
		is_open = settle(fd, &heard);
		if (bytes[0] & 32)
			control_tick(control);
		is_open = is_open && settle(fd, &heard);
	}
	EXPECT(!is_open || heard.size == 0);
	close(TAKE_FD(fd));
	while (poll(&(struct pollfd){.fd = control_fd(control), .events = POLLIN}, 1, 0) == 1)
		control_serve(control);
	return 0;
}
