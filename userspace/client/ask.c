// SPDX-License-Identifier: GPL-2.0-only
#include "client/ask.h"

#include "client/print.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/text.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#define RETRY_MS 1000
#define NANOSECONDS_A_MILLISECOND ((uint64_t)(NANOSECONDS_A_SECOND / 1000))

int ask_connect(const struct arguments *arguments, struct link **ret_link)
{
	char reason[LINK_REASON_SIZE];
	int error = link_open(arguments->socket, ret_link, reason);

	if (error)
		complain("%s", reason);
	return error;
}

static const struct {
	int error;
	const char *reason;
} losses[] = {
	{-ECONNRESET, "smtpwatchd has closed the connection"},
	{-EBADMSG, "smtpwatchd sent what is no message"},
	{-ETIMEDOUT, "smtpwatchd does not answer"},
};

static const char *describe_loss(int error)
{
	for (size_t i = 0; i < COUNT_OF(losses); i++)
		if (losses[i].error == error)
			return losses[i].reason;
	return strerror(-error);
}

void ask_explain_loss(int error)
{
	if (error != -EPIPE)
		complain("%s", describe_loss(error));
}

/* Whether another attempt could go otherwise. */
static bool is_worth_waiting(int error)
{
	return error == -ENOENT || error == -ECONNRESET || error == -ETIMEDOUT || error == -EBUSY;
}

int ask_reconnect(const struct arguments *arguments, int why, struct link **link)
{
	char reason[LINK_REASON_SIZE];
	int error;

	link_free(TAKE_PTR(*link));
	complain("%s: waiting until it is back", describe_loss(why));
	for (;;) {
		error = ask_pause(RETRY_MS);
		if (error)
			return error;
		error = link_open(arguments->socket, link, reason);
		if (!error)
			break;
		if (!is_worth_waiting(error)) {
			complain("%s", reason);
			return error;
		}
	}
	complain("smtpwatchd is back");
	return 0;
}

/* Polls `fd`, -1: none, and whether somebody reads standard output. 1 there is something, 0 the time is over, -errno.
 */
static int poll_both(int fd, int timeout_ms)
{
	struct pollfd pollers[] = {{.fd = fd, .events = POLLIN}, {.fd = STDOUT_FILENO}};
	int ready = poll(pollers, COUNT_OF(pollers), timeout_ms);

	if (ready < 0)
		return -errno;
	if (pollers[1].revents)
		return -EPIPE;
	return ready > 0;
}

static int left_ms(uint64_t begun_ns, int timeout_ms)
{
	uint64_t passed = (clock_boot_ns() - begun_ns) / NANOSECONDS_A_MILLISECOND;

	if (timeout_ms < 0)
		return -1;
	return passed >= (uint64_t)timeout_ms ? 0 : timeout_ms - (int)passed;
}

int ask_wait(struct link *link, int timeout_ms, json_t **ret_message)
{
	uint64_t begun_ns = clock_boot_ns();

	for (;;) {
		int error = link_receive(link, ret_message);
		if (error != -EAGAIN)
			return error;
		int ready = poll_both(link_fd(link), left_ms(begun_ns, timeout_ms));
		if (ready == 0)
			return -ETIMEDOUT;
		if (ready < 0 && ready != -EINTR)
			return ready;
	}
}

int ask_pause(int timeout_ms)
{
	uint64_t begun_ns = clock_boot_ns();
	int left;

	while ((left = left_ms(begun_ns, timeout_ms)) > 0) {
		int ready = poll_both(-1, left);
		if (ready < 0 && ready != -EINTR)
			return ready;
	}
	return 0;
}

/* 0; -EREMOTEIO it is an error; -EAGAIN it is another message; -EBADMSG. */
static int judge(const json_t *message, const char *name)
{
	const json_t *answer = json_object_get(message, name);

	if (answer)
		return json_is_object(answer) ? 0 : -EBADMSG;
	return json_object_get(message, "error") ? -EREMOTEIO : -EAGAIN;
}

int ask_next(struct link *link, const char *name, json_t **ret_message)
{
	json_t *message;
	int error;

	do {
		message = NULL;
		error = ask_wait(link, ASK_TIMEOUT_MS, &message);
		if (!error)
			error = judge(message, name);
		if (!error || error == -EREMOTEIO) {
			*ret_message = message;
			return error;
		}
		json_decref(message);
	} while (error == -EAGAIN);
	ask_explain_loss(error);
	return error;
}

int ask_for(struct link *link, json_t *request, const char *name, json_t **ret_message)
{
	int error = request ? link_send(link, request) : -ENOMEM;

	json_decref(request);
	if (!error)
		return ask_next(link, name, ret_message);
	ask_explain_loss(error);
	return error;
}

const char *ask_error_code(const json_t *message)
{
	const char *code = json_string_value(json_object_get(json_object_get(message, "error"), "code"));
	return code ? code : "";
}

void ask_complain(const json_t *message)
{
	const char *text = json_string_value(json_object_get(json_object_get(message, "error"), "message"));
	char shown[512];

	if (!text)
		text = "it does not say why";
	text_escape_again(shown, sizeof(shown), text, strlen(text));
	complain("smtpwatchd refuses: %s", shown);
}

enum client_exit ask_exit(int error)
{
	return error == 0 || error == -EPIPE ? EXIT_DONE : EXIT_NO_DAEMON;
}
