// SPDX-License-Identifier: GPL-2.0-only
#include "client/follow.h"

#include "client/ask.h"
#include "client/line_text.h"
#include "client/print.h"
#include "control/protocol.h"
#include "lib/clock.h"
#include "lib/fingerprint.h"
#include "lib/table.h"

#include <errno.h>
#include <string.h>

/* Is asked for behind the past: its answer comes when all of that has come. */
#define MARK_ID "mark"

/* So many lines are known again that come twice, when a daemon is asked anew. */
#define TOLD_MAX (2 * PROTOCOL_LAST_MAX)

/* A line that was told, or left out by the filter. */
struct told {
	struct table_link link;
	struct fingerprint fingerprint;
};

struct follow {
	const struct arguments *arguments;
	const struct follow_kind *kind;
	struct link *link;
	struct line_layout layout;
	struct table *told;
	json_t *past; /* the lines that are wanted, until all are there; then NULL */
	size_t past_max;
	bool is_again; /* the past was told before, as far as it is known */
};

static void release(struct follow *follow)
{
	json_decref(follow->past);
	if (follow->told)
		table_free(follow->told);
	link_free(follow->link);
}

static int subscribe(struct follow *follow)
{
	const struct arguments *arguments = follow->arguments;
	bool asks_all = follow->is_again || !filter_is_empty(&arguments->filter);
	json_t *request = json_pack("{s:s, s:b, s:I}", "request", "subscribe", follow->kind->asked, 1, "last",
				    (json_int_t)(asks_all ? PROTOCOL_LAST_MAX : arguments->last));
	json_t *mark = json_pack("{s:s, s:s}", "request", "status", "id", MARK_ID);
	int error = request && mark ? 0 : -ENOMEM;

	follow->past_max = follow->is_again ? PROTOCOL_LAST_MAX : arguments->last;
	json_decref(follow->past);
	follow->past = json_array();
	if (!error)
		error = link_send(follow->link, request);
	if (!error)
		error = link_send(follow->link, mark);
	json_decref(request);
	json_decref(mark);
	return error;
}

/* Whether it is the first time that this line comes. Only who goes on can be told one twice. */
static bool is_new(struct follow *follow, const json_t *line)
{
	_cleanup_free_ char *text = NULL;
	struct told *told;
	struct fingerprint fingerprint = fingerprint_begin();

	if (!follow->told || !(text = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS)))
		return true;
	fingerprint_add_text(&fingerprint, text);
	if (table_find(follow->told, &fingerprint))
		return false;
	told = calloc(1, sizeof(*told));
	if (!told)
		return true;
	told->fingerprint = fingerprint;
	table_push(follow->told, told);
	return true;
}

static void print_line(struct follow *follow, const json_t *line)
{
	if (follow->arguments->is_json) {
		print_json(line);
		return;
	}
	follow->layout.now_ns = clock_wall_ns();
	line_text_print(&follow->layout, line, stdout);
}

static int print_past(struct follow *follow)
{
	json_t *lines = TAKE_PTR(follow->past);
	size_t i;
	json_t *line;

	if (!follow->is_again) {
		follow->layout.now_ns = clock_wall_ns();
		line_text_lay_out(&follow->layout, lines);
	}
	json_array_foreach(lines, i, line) print_line(follow, line);
	json_decref(lines);
	return print_flush();
}

static int take_line(struct follow *follow, json_t *line)
{
	if (!is_new(follow, line) || !filter_matches(&follow->arguments->filter, line))
		return 0;
	if (!follow->past) {
		print_line(follow, line);
		return print_flush();
	}
	json_array_append(follow->past, line);
	if (json_array_size(follow->past) > follow->past_max)
		json_array_remove(follow->past, 0);
	return 0;
}

static void tell_lost(const struct follow *follow, const json_t *lost)
{
	json_int_t count = json_integer_value(json_object_get(lost, follow->kind->asked));

	if (count > 0)
		complain("%lld %s were not told: they came faster than they were read, or are forgotten",
			 (long long)count, follow->kind->asked);
}

static bool is_mark(const json_t *message)
{
	const char *id = json_string_value(json_object_get(message, "id"));
	return id && strcmp(id, MARK_ID) == 0;
}

/* 0; -EREMOTEIO the daemon refuses, which was said. */
static int take(struct follow *follow, json_t *message)
{
	json_t *line = json_object_get(message, follow->kind->told);

	if (json_is_object(line))
		return take_line(follow, line);
	if (json_object_get(message, "lost"))
		tell_lost(follow, json_object_get(message, "lost"));
	if (is_mark(message) && follow->past)
		return print_past(follow);
	if (!json_object_get(message, "error"))
		return 0;
	ask_complain(message);
	return -EREMOTEIO;
}

/* Until the past is told, or without end. */
static int listen_to(struct follow *follow)
{
	int error = subscribe(follow);

	while (!error && (follow->past || follow->arguments->is_following)) {
		json_t *message = NULL;
		error = ask_wait(follow->link, follow->past ? ASK_TIMEOUT_MS : -1, &message);
		if (!error)
			error = take(follow, message);
		json_decref(message);
	}
	return error;
}

static bool is_loss(int error)
{
	return error == -ECONNRESET || error == -EBADMSG || error == -ETIMEDOUT;
}

static int run(struct follow *follow)
{
	int error = ask_connect(follow->arguments, &follow->link);

	if (error)
		return error;
	error = listen_to(follow);
	while (follow->arguments->is_following && is_loss(error)) {
		error = ask_reconnect(follow->arguments, error, &follow->link);
		follow->is_again = true;
		if (!error)
			error = listen_to(follow);
	}
	if (is_loss(error))
		ask_explain_loss(error);
	return error;
}

enum client_exit follow_run(const struct arguments *arguments, const struct follow_kind *kind)
{
	struct follow follow = {
		.arguments = arguments,
		.kind = kind,
		.layout = {.style = print_style_of(arguments), .is_of_alerts = kind->is_of_alerts},
	};
	int error;

	if (arguments->is_following)
		follow.told = table_new(TOLD_MAX, offsetof(struct told, fingerprint), sizeof(struct fingerprint), free);
	error = run(&follow);
	release(&follow);
	return error == -EREMOTEIO ? EXIT_BAD_ANSWER : ask_exit(error);
}
