// SPDX-License-Identifier: GPL-2.0-only
#include "control/server.h"

#include "control/internal.h"
#include "control/listening.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ACCEPT_MAX 16 /* connections taken at once */

/* When control_serve() stops, whichever comes first: what is left makes the descriptor readable again. */
#define SERVE_MAX 64
#define SERVE_NS (2 * NANOSECONDS_A_SECOND / 1000)

/* Of the bytes that may wait for a client: more is made for it when less waits. */
#define LOW_MARK_PART 4

static int watch_listening(struct control *control)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	return epoll_ctl(control->epoll, EPOLL_CTL_ADD, control->listening, &event) == 0 ? 0 : -errno;
}

static struct control *make(const struct control_options *options)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->listening = control->epoll = -1;
	control->group = options->group;
	control->group_name = strdup(options->group_name ? options->group_name : "");
	control->max_clients = options->max_clients;
	control->low_mark = options->client_bytes / LOW_MARK_PART + 1;
	control->alerts.max_bytes = control->events.max_bytes = options->history_bytes;
	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	return control;
}

int control_new(const struct control_options *options, const struct control_hooks *hooks, const struct ledger *ledger,
		struct control **ret_control)
{
	_cleanup_(cleanup_control_free) struct control *control = make(options);

	if (!control || !control->group_name || control->epoll < 0) {
		log_error("no memory for the control socket");
		return -ENOMEM;
	}
	control->hooks = *hooks;
	control->ledger = ledger;
	int error = listening_open(options->path, options->group, &control->listening);
	if (error)
		return error;
	memcpy(control->address.sun_path, options->path, strlen(options->path));
	error = watch_listening(control);
	if (!error)
		*ret_control = TAKE_PTR(control);
	return error;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	while (control->clients)
		client_free(control->clients);
	if (control->listening >= 0) {
		unlink(control->address.sun_path);
		close(control->listening);
	}
	if (control->epoll >= 0)
		close(control->epoll);
	history_clear(&control->alerts);
	history_clear(&control->events);
	free(control->group_name);
	free(control);
}

void control_set_group(struct control *control, gid_t group, const char *group_name)
{
	char *name = strdup(group_name ? group_name : "");
	int error = name ? listening_set_group(control->address.sun_path, group) : -ENOMEM;

	if (error) {
		log_warning("the control socket %s does not get its group: %s%s", control->address.sun_path,
			    strerror(-error), error == -EPERM ? LISTENING_GROUP_REMEDY : "");
		free(name);
		return;
	}
	free(control->group_name);
	control->group_name = name;
	control->group = group;
}

int control_fd(const struct control *control)
{
	return control->epoll;
}

/* A line is all that it gets: it is too short to have to wait. */
static void send_away(int fd, const char *code, const char *message)
{
	struct outgoing out = {0};

	outgoing_begin(&out);
	outgoing_put_json(&out, json_pack("{s{ssss}}", "error", "code", code, "message", message));
	outgoing_end(&out, "");
	if (!out.failed)
		send(fd, out.bytes, out.size, MSG_DONTWAIT | MSG_NOSIGNAL);
	outgoing_clear(&out);
	close(fd);
}

static void send_away_stranger(const struct control *control, int fd)
{
	char message[256];

	if (control->group == (gid_t)-1)
		snprintf(message, sizeof(message), "only root may ask: the configuration names no group");
	else
		snprintf(message, sizeof(message), "only root and the group %s may ask", control->group_name);
	send_away(fd, "forbidden", message);
}

/* Whether there is a place for a user: the last ones are root's, and no other takes all that are left. */
static bool has_place(const struct control *control, uid_t uid)
{
	size_t of_user = 0, of_others = 0;

	for (const struct client *client = control->clients; client; client = client->next) {
		of_user += client->uid == uid;
		of_others += client->uid != 0;
	}
	if (control->client_count >= control->max_clients)
		return false;
	return uid == 0 || (of_user < peer_places_of_one(control->max_clients) &&
			    of_others < peer_places_of_all(control->max_clients));
}

static void take_connection(struct control *control, int fd)
{
	struct peer peer;

	if (peer_read(fd, &peer) != 0) {
		close(fd);
		return;
	}
	if (!peer_may_ask(&peer, control->group))
		send_away_stranger(control, fd);
	else if (!has_place(control, peer.uid))
		send_away(fd, "busy", "there are too many clients");
	else
		client_new(control, fd, peer.uid);
	peer_clear(&peer);
}

/* Without descriptors or memory the socket stays readable, and would be looked at again at once. */
static void pause_accepting(struct control *control)
{
	if (epoll_ctl(control->epoll, EPOLL_CTL_DEL, control->listening, NULL) == 0)
		control->accepting_paused = true;
}

static void accept_some(struct control *control)
{
	for (size_t i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(control->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take_connection(control, fd);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accepting(control);
		return;
	}
}

/* One at a time: epoll puts each that stays ready behind the others, so all get their turn, and none that was freed is
 * among those that wait here. */
void control_serve(struct control *control)
{
	const uint64_t end_ns = clock_boot_ns() + SERVE_NS;
	struct epoll_event event;

	for (size_t i = 0; i < SERVE_MAX && epoll_wait(control->epoll, &event, 1, 0) == 1; i++) {
		if (event.data.ptr)
			client_serve(event.data.ptr, event.events);
		else
			accept_some(control);
		if (clock_boot_ns() >= end_ns)
			return;
	}
}

void control_notice(struct control *control, uint64_t boot_ns)
{
	const uint64_t revision = ledger_newest_revision(control->ledger);

	if (revision == control->noticed_revision)
		return;
	control->noticed_revision = revision;
	for (struct client *client = control->clients; client; client = client->next)
		subscription_notice(client, boot_ns);
}

void control_tick(struct control *control)
{
	control->ticks++;
	line_taker_tick(&control->taker);
	for (struct client *client = control->clients, *next; client; client = next) {
		next = client->next;
		client_tick(client);
	}
	if (control->accepting_paused && watch_listening(control) == 0)
		control->accepting_paused = false;
}
