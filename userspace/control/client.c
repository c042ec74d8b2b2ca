// SPDX-License-Identifier: GPL-2.0-only
/* One connection: what comes is cut into lines, what is to be told waits until it is read. */
#include "control/head_json.h"
#include "control/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Written at once, so that one who reads fast is no more to the others than one who reads slowly. */
#define WRITE_MAX (256 * 1024)

/* What may be made for a client at once, in rows. */
#define WORK_MAX PROTOCOL_ROWS_A_PAGE

/* Who reads nothing for so long while something waits for it is dead. */
#define DEAD_TICKS 60

void client_free(struct client *client)
{
	struct control *control = client->control;

	*(client->previous ? &client->previous->next : &control->clients) = client->next;
	if (client->next)
		client->next->previous = client->previous;
	control->client_count--;
	close(client->fd);
	free(client->in.bytes);
	outgoing_clear(&client->out);
	free(client);
}

void client_end_answer(struct client *client)
{
	if (outgoing_end(&client->out, client->id) != 0)
		client_refuse(client, "failed", "the answer is too long");
	client->answer_left = outgoing_waiting(&client->out);
}

void client_answer(struct client *client, json_t *message)
{
	outgoing_begin(&client->out);
	outgoing_put_json(&client->out, message);
	client_end_answer(client);
}

void client_refuse(struct client *client, const char *code, const char *format, ...)
{
	char text[CONTROL_REASON_SIZE + 64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	client_answer(client, json_pack("{s{ssss}}", "error", "code", code, "message", text));
}

static bool has_line(const struct client *client)
{
	return client->in.size && memchr(client->in.bytes, '\n', client->in.size);
}

/* No further request is looked at until it is over. */
static bool is_answering(const struct client *client)
{
	return client->answer.kind != LONG_ANSWER_NONE || client->answer_left > 0 || subscription_is_in_past(client);
}

/* Returns false where the connection is broken. Less than a request is kept of what comes. */
static bool receive(struct client *client)
{
	char bytes[PROTOCOL_REQUEST_MAX];

	if (client->in.size == sizeof(bytes) || client->has_sent_all)
		return true;
	ssize_t size = recv(client->fd, bytes, sizeof(bytes) - client->in.size, MSG_DONTWAIT);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	client->has_sent_all = size == 0;
	if (size == 0)
		return true;
	char *grown = realloc(client->in.bytes, client->in.size + (size_t)size);
	if (!grown)
		return false;
	memcpy(grown + client->in.size, bytes, (size_t)size);
	client->in.bytes = grown;
	client->in.size += (size_t)size;
	return true;
}

static void drop_input(struct client *client, size_t size)
{
	client->in.size -= size;
	memmove(client->in.bytes, client->in.bytes + size, client->in.size);
	if (client->in.size > 0)
		return;
	free(client->in.bytes);
	client->in.bytes = NULL;
}

static void take_request(struct client *client)
{
	const char *end = client->in.size ? memchr(client->in.bytes, '\n', client->in.size) : NULL;

	if (client->is_closing || is_answering(client))
		return;
	if (end) {
		size_t size = (size_t)(end - client->in.bytes);
		request_answer(client, client->in.bytes, size);
		drop_input(client, size + 1);
	} else if (client->in.size == PROTOCOL_REQUEST_MAX) {
		client->id[0] = '\0';
		client_refuse(client, "too-long", "a request has at most %d bytes", PROTOCOL_REQUEST_MAX);
		client->is_closing = true;
		drop_input(client, client->in.size);
	}
}

static void make_messages(struct client *client)
{
	size_t done = 0;
	size_t cost = 1;

	while (cost && done < WORK_MAX && !client->is_closing && !client->out.failed &&
	       outgoing_waiting(&client->out) < client->control->low_mark) {
		cost = long_answer_go_on(client);
		if (!cost)
			cost = subscription_go_on(client);
		done += cost;
	}
}

static bool write_messages(struct client *client)
{
	size_t waiting = outgoing_waiting(&client->out);

	if (waiting == 0 || client->out.failed)
		return !client->out.failed;
	ssize_t size = send(client->fd, client->out.bytes + client->out.taken,
			    waiting < WRITE_MAX ? waiting : WRITE_MAX, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	client->moved_tick = client->control->ticks;
	client->answer_left -= (size_t)size < client->answer_left ? (size_t)size : client->answer_left;
	outgoing_drop(&client->out, (size_t)size);
	return true;
}

static bool is_over(const struct client *client)
{
	if (outgoing_waiting(&client->out) > 0)
		return false;
	return client->is_closing || (client->has_sent_all && !has_line(client) && !is_answering(client) &&
				      !subscription_is_on(&client->subscription));
}

static uint32_t interest_of(const struct client *client)
{
	const bool can_answer = !client->is_closing && !is_answering(client);
	uint32_t interest = 0;

	if (can_answer && !client->has_sent_all && !has_line(client))
		interest |= EPOLLIN;
	if (outgoing_waiting(&client->out) > 0 || (can_answer && has_line(client)) ||
	    client->answer.kind != LONG_ANSWER_NONE || subscription_has_work(client))
		interest |= EPOLLOUT;
	return interest;
}

static bool watch(struct client *client)
{
	struct epoll_event event = {.events = interest_of(client), .data.ptr = client};

	if (event.events == client->interest)
		return true;
	client->interest = event.events;
	return epoll_ctl(client->control->epoll, EPOLL_CTL_MOD, client->fd, &event) == 0;
}

void client_wake(struct client *client)
{
	client->out.failed |= !watch(client);
}

void client_serve(struct client *client, uint32_t events)
{
	bool is_whole = !(events & (EPOLLHUP | EPOLLERR));

	if (is_whole && events & EPOLLIN)
		is_whole = receive(client);
	if (is_whole) {
		take_request(client);
		make_messages(client);
		is_whole = write_messages(client);
	}
	if (!is_whole || is_over(client) || !watch(client))
		client_free(client);
}

void client_tick(struct client *client)
{
	const struct control *control = client->control;

	/* What it does not read may lie in the socket alone, and be enough for that to take no more. */
	if (!(client->interest & EPOLLOUT))
		client->moved_tick = control->ticks;
	if (client->out.failed || control->ticks - client->moved_tick > DEAD_TICKS) {
		client_free(client);
		return;
	}
	subscription_tick(client);
	client_wake(client);
}

static void greet(struct client *client)
{
	struct control_head head = {0};

	client->control->hooks.get_head(client->control->hooks.context, &head);
	client_answer(client, head_json_of_greeting(&head));
}

struct client *client_new(struct control *control, int fd, uid_t uid)
{
	struct epoll_event event = {.events = EPOLLOUT};
	_cleanup_close_ int owned = fd;
	_cleanup_free_ struct client *client = calloc(1, sizeof(*client));

	event.data.ptr = client;
	if (!client || epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		return NULL;
	client->control = control;
	client->fd = TAKE_FD(owned);
	client->uid = uid;
	client->interest = event.events;
	client->moved_tick = control->ticks;
	client->next = control->clients;
	if (client->next)
		client->next->previous = client;
	control->clients = client;
	control->client_count++;
	greet(client);
	return TAKE_PTR(client);
}
