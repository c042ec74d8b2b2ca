// SPDX-License-Identifier: GPL-2.0-only
#include "client/ask.h"
#include "client/print.h"
#include "explain/explain.h"
#include "lib/text.h"

#include <errno.h>
#include <string.h>

/* What is taken at most. */
#define LINES_MAX 10000

static enum client_exit refuse(const struct arguments *arguments, const json_t *message)
{
	char shown[64];

	text_escape(shown, sizeof(shown), arguments->incident, strlen(arguments->incident));
	if (strcmp(ask_error_code(message), "not-found") == 0)
		complain("smtpwatchd remembers no incident \"%s\": \"smtpwatch alerts\" shows those that it does, and "
			 "\"smtpwatchd --explain ID FILE\" looks for it in a file of alerts",
			 shown);
	else
		ask_complain(message);
	return EXIT_BAD_ANSWER;
}

/* All pages of the answer: 0 and the lines; -EREMOTEIO and the error. */
static int collect(const struct arguments *arguments, struct link *link, json_t **ret_lines)
{
	json_t *request = json_pack("{s:s, s:s}", "request", "explain", "incident", arguments->incident);
	json_t *lines = json_array();
	json_t *message = NULL;
	int error = request ? ask_for(link, request, "explain", &message) : -ENOMEM;

	while (!error) {
		const json_t *page = json_object_get(message, "explain");
		bool has_more = json_is_true(json_object_get(page, "more")) && json_array_size(lines) < LINES_MAX;

		json_array_extend(lines, json_object_get(page, "lines"));
		json_decref(TAKE_PTR(message));
		if (!has_more)
			break;
		error = ask_next(link, "explain", &message);
	}
	if (error)
		json_decref(lines);
	if (!error || error == -EREMOTEIO)
		*ret_lines = error ? message : lines;
	return error;
}

static enum client_exit tell(const struct arguments *arguments, const json_t *lines)
{
	size_t i;
	json_t *line;

	if (!arguments->is_json) {
		if (explain_incident(lines, stdout) == 0)
			return EXIT_DONE;
		complain("there is no line of an alert in what smtpwatchd says of this incident");
		return EXIT_BAD_ANSWER;
	}
	json_array_foreach(lines, i, line) print_json(line);
	return EXIT_DONE;
}

enum client_exit command_explain(const struct arguments *arguments)
{
	_cleanup_(cleanup_link_free) struct link *link = NULL;
	json_t *lines = NULL;
	enum client_exit result;
	int error = ask_connect(arguments, &link);

	if (error)
		return ask_exit(error);
	error = collect(arguments, link, &lines);
	if (error && error != -EREMOTEIO)
		return ask_exit(error);
	result = error ? refuse(arguments, lines) : tell(arguments, lines);
	json_decref(lines);
	return result;
}
