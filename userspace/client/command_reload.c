// SPDX-License-Identifier: GPL-2.0-only
#include "client/ask.h"
#include "client/print.h"

#include <errno.h>
#include <string.h>

static enum client_exit tell(const struct arguments *arguments, const json_t *message)
{
	const json_t *answer = json_object_get(message, "reload");
	bool is_done = json_is_true(json_object_get(answer, "done"));

	if (arguments->is_json)
		print_json(answer);
	else
		puts(is_done ? "smtpwatchd has read its configuration anew" : "smtpwatchd has not read it");
	return is_done ? EXIT_DONE : EXIT_BAD_ANSWER;
}

static enum client_exit refuse(const json_t *message)
{
	if (strcmp(ask_error_code(message), "forbidden") == 0) {
		complain("only root may make smtpwatchd reload: use sudo");
		return EXIT_NO_DAEMON;
	}
	ask_complain(message);
	return EXIT_BAD_ANSWER;
}

enum client_exit command_reload(const struct arguments *arguments)
{
	_cleanup_(cleanup_link_free) struct link *link = NULL;
	json_t *message = NULL;
	enum client_exit result;
	int error = ask_connect(arguments, &link);

	if (error)
		return ask_exit(error);
	error = ask_for(link, json_pack("{s:s}", "request", "reload"), "reload", &message);
	if (error && error != -EREMOTEIO)
		return ask_exit(error);
	result = error ? refuse(message) : tell(arguments, message);
	json_decref(message);
	return result;
}
