// SPDX-License-Identifier: GPL-2.0-only
#include "client/ask.h"
#include "client/status_text.h"

#include <errno.h>

enum client_exit command_status(const struct arguments *arguments)
{
	_cleanup_(cleanup_link_free) struct link *link = NULL;
	const struct print_style style = print_style_of(arguments);
	json_t *message = NULL;
	enum client_exit result = EXIT_BAD_ANSWER;
	int error = ask_connect(arguments, &link);

	if (error)
		return ask_exit(error);
	error = ask_for(link, json_pack("{s:s}", "request", "status"), "status", &message);
	if (error && error != -EREMOTEIO)
		return ask_exit(error);
	const json_t *status = json_object_get(message, "status");
	if (error) {
		ask_complain(message);
	} else {
		const char *host = json_string_value(json_object_get(link_greeting(link), "host"));
		if (arguments->is_json)
			print_json(status);
		else
			status_text_print(&style, host, status, stdout);
		result = status_exit(status);
	}
	json_decref(message);
	return result;
}
