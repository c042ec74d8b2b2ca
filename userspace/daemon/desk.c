// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/desk.h"

#include "control/protocol.h"
#include "control/server.h"
#include "daemon/instance.h"
#include "daemon/internal.h"
#include "ledger/ledger.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "lib/version.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#define CLIENT_BYTES (1024 * 1024)
#define HISTORY_BYTES (1024 * 1024)
#define GROUP_BUFFER 65536 /* for a group of some thousand members; of a larger one only root may ask */
#define ATTACHED_SIZE 256
#define CAPTURE_SIZE 64

struct desk {
	struct daemon *daemon;
	struct ledger *ledger;
	struct control *control;
	char host[TEXT_ESCAPED_SIZE(HOST_NAME_MAX)];
	char kernel[TEXT_ESCAPED_SIZE(sizeof(((struct utsname *)NULL)->release))];
	char health_text[HEALTH_TEXT_SIZE];
	char attached[ATTACHED_SIZE];
	char capture[CAPTURE_SIZE];
};

/* (gid_t)-1: there is none. */
static gid_t find_group(const char *name)
{
	_cleanup_free_ char *buffer = malloc(GROUP_BUFFER);
	struct group entry;
	struct group *found = NULL;

	if (!buffer || getgrnam_r(name, &entry, buffer, GROUP_BUFFER, &found) != 0 || !found)
		return (gid_t)-1;
	return found->gr_gid;
}

static void get_health(void *context, struct health *ret_health)
{
	const struct desk *desk = context;

	*ret_health = *sight_look(desk->daemon->sight, clock_boot_ns());
}

static const char *describe_attached(struct desk *desk)
{
	struct sensor_attachment rows[SENSOR_ATTACHMENTS_MAX];
	size_t count = sensor_list_attachments(desk->daemon->sensor, rows);
	size_t used = 0;

	desk->attached[0] = '\0';
	for (size_t i = 0; i < count && used < sizeof(desk->attached); i++) {
		if (rows[i].state == SENSOR_NOT_CONFIGURED)
			continue;
		used += (size_t)snprintf(desk->attached + used, sizeof(desk->attached) - used, "%s%s%s",
					 used ? ", " : "", rows[i].name,
					 rows[i].state == SENSOR_DETACHED ? " (detached)" : "");
	}
	return desk->attached;
}

static const char *describe_capture(struct desk *desk)
{
	static const char *const states[] = {
		[CAPTURE_STARTING] = "starting",
		[CAPTURE_RUNNING] = "running",
		[CAPTURE_WAITING] = "down, starts again",
	};
	const struct daemon *daemon = desk->daemon;

	static_assert(COUNT_OF(states) == CAPTURE_STATE_COUNT, "a word for each state");
	if (!daemon->listener)
		return daemon->config->capture_enabled ? "could not start" : "off";
	const struct capture_status status = listener_status(daemon->listener);
	if (status.restarts == 0)
		return states[status.state];
	snprintf(desk->capture, sizeof(desk->capture), "%s, restarted %" PRIu64 " times", states[status.state],
		 status.restarts);
	return desk->capture;
}

static uint64_t lost_lines(const struct sinks *sinks)
{
	struct sink_loss losses[SINKS_MAX];
	size_t count = sinks_losses(sinks, losses);
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += losses[i].count;
	return sum;
}

static void fill_in_losses(const struct daemon *daemon, struct control_head *head)
{
	struct sw_books books;

	if (sensor_read_books(daemon->sensor, &books) == 0) {
		head->lost_records = books.entries[SW_BOOK_LOST_RING] + books.entries[SW_BOOK_LOST_FLOWS];
		head->thinned = books.entries[SW_BOOK_THINNED];
	}
	if (daemon->listener)
		head->lost_packets = listener_status(daemon->listener).counts.dropped;
	head->lost_lines = lost_lines(daemon->sinks);
}

static void get_head(void *context, struct control_head *ret_head)
{
	struct desk *desk = context;
	const struct daemon *daemon = desk->daemon;

	*ret_head = (struct control_head){
		.host = desk->host,
		.version = SMTPWATCH_VERSION,
		.kernel = desk->kernel,
		.attached = describe_attached(desk),
		.capture = describe_capture(desk),
		.health = health_worst(sight_health(daemon->sight), desk->health_text),
		.health_text = desk->health_text,
		.daemon_pid = (uint64_t)getpid(),
		.started_wall_ns = clock_wall_of_boot(daemon->started_ns),
		.gap = kept_state_gap(daemon->kept_state),
	};
	fill_in_losses(daemon, ret_head);
}

static int reload(void *context, char reason[CONTROL_REASON_SIZE])
{
	const struct desk *desk = context;

	reason[0] = '\0';
	log_keep_error(reason, CONTROL_REASON_SIZE);
	int error = daemon_reload(desk->daemon);
	log_keep_error(NULL, 0);
	return error;
}

static void name_host(struct desk *desk)
{
	char host[HOST_NAME_MAX + 1] = "";
	struct utsname system;

	gethostname(host, sizeof(host) - 1);
	text_escape(desk->host, sizeof(desk->host), host, strlen(host));
	if (uname(&system) == 0)
		text_escape(desk->kernel, sizeof(desk->kernel), system.release, strlen(system.release));
}

static int open_socket(struct desk *desk)
{
	const struct config *config = desk->daemon->config;
	char path[PATH_MAX];
	const struct control_options options = {
		.path = path,
		.group = find_group(config->control_group),
		.group_name = config->control_group,
		.max_clients = config->max_clients,
		.client_bytes = CLIENT_BYTES,
		.history_bytes = HISTORY_BYTES,
	};
	const struct control_hooks hooks = {
		.get_head = get_head,
		.get_health = get_health,
		.reload = reload,
		.context = desk,
	};

	snprintf(path, sizeof(path), "%s/%s", instance_directory(), PROTOCOL_SOCKET_NAME);
	int error = control_new(&options, &hooks, desk->ledger, &desk->control);
	if (!error)
		error = control_add_sink(desk->control, desk->daemon->sinks);
	return error;
}

int desk_new(struct daemon *daemon, struct desk **ret_desk)
{
	_cleanup_(cleanup_desk_free) struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return -ENOMEM;
	desk->daemon = daemon;
	desk->ledger = ledger_new(daemon->config->max_rows, daemon->config->max_rows);
	if (!desk->ledger)
		return -ENOMEM;
	name_host(desk);
	int error = open_socket(desk);
	if (error)
		return error;
	pipeline_set_ledger(daemon->pipeline, desk->ledger);
	*ret_desk = TAKE_PTR(desk);
	return 0;
}

void desk_free(struct desk *desk)
{
	if (!desk)
		return;
	control_free(desk->control);
	ledger_free(desk->ledger);
	free(desk);
}

struct ledger *desk_ledger(const struct desk *desk)
{
	return desk->ledger;
}

struct control *desk_control(const struct desk *desk)
{
	return desk->control;
}

void desk_set_config(struct desk *desk, const struct config *config)
{
	control_set_group(desk->control, find_group(config->control_group), config->control_group);
}

int desk_fd(const struct desk *desk)
{
	return control_fd(desk->control);
}

void desk_serve(struct desk *desk)
{
	control_serve(desk->control);
}

void desk_notice(struct desk *desk)
{
	control_notice(desk->control, clock_boot_ns());
}

void desk_tick(struct desk *desk, uint64_t wall_ns)
{
	ledger_tick(desk->ledger, wall_ns);
	control_tick(desk->control);
}
