// SPDX-License-Identifier: GPL-2.0-only
/* The view, or pictures of it as plain text or JSON. */
#include "client/ask.h"
#include "client/print.h"
#include "view/listing.h"
#include "view/plain.h"
#include "view/view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ALERTS_SHOWN 10
#define MILLISECONDS_A_SECOND 1000
#define NUMBER_SIZE sizeof("18446744073709551615")

/* A picture, and what its rows were when they came. */
struct batch {
	const struct arguments *arguments;
	struct plain_options options;
	struct link *link;
	struct picture *picture;
	struct listing listing;
	json_t *head;
	json_t *rows; /* by their numbers; NULL where they are not printed as they came */
	uint64_t printed;
};

static void release(struct batch *batch)
{
	json_decref(batch->head);
	json_decref(batch->rows);
	listing_release(&batch->listing);
	if (batch->picture)
		picture_free(batch->picture);
	link_free(batch->link);
}

/* Keeps head and rows as they came. */
static void keep(struct batch *batch, const json_t *message)
{
	json_t *head = json_object_get(message, "head");
	const json_t *rows = json_object_get(json_object_get(message, "rows"), "rows");
	char number[NUMBER_SIZE];
	size_t i;
	json_t *row;

	if (head) {
		json_decref(batch->head);
		batch->head = json_incref(head);
	}
	json_array_foreach(rows, i, row)
	{
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json_object_get(row, "row")));
		json_object_set(batch->rows, number, row);
	}
}

/* Takes in the messages of a picture, of which the last one has the alerts. 0; -EREMOTEIO after saying what the daemon
 * refuses; or what has become of the link. */
static int receive(struct batch *batch)
{
	for (;;) {
		json_t *message = NULL;
		int error = ask_wait(batch->link, ASK_TIMEOUT_MS, &message);
		if (error)
			return error;
		bool is_last = json_object_get(message, "alerts");
		error = picture_take(batch->picture, message) == -ENOMEM ? -ENOMEM : 0;
		if (batch->arguments->is_json)
			keep(batch, message);
		if (json_object_get(message, "error")) {
			ask_complain(message);
			error = -EREMOTEIO;
		}
		json_decref(message);
		if (!error && is_last && !picture_head(batch->picture)->is_known)
			error = -EBADMSG;
		if (error || is_last)
			return error;
	}
}

static int look(struct batch *batch)
{
	json_t *request = json_pack("{s:s, s:s}", "request", "snapshot", "by", ledger_by_name(batch->arguments->by));
	int error;

	/* What is gone is not to stay: each picture is one of its own. */
	if (batch->picture)
		picture_free(batch->picture);
	batch->picture = picture_new();
	json_decref(batch->rows);
	batch->rows = json_object();
	if (!request || !batch->picture || !batch->rows) {
		json_decref(request);
		return -ENOMEM;
	}
	picture_set_by(batch->picture, batch->arguments->by);
	error = link_send(batch->link, request);
	json_decref(request);
	return error ? error : receive(batch);
}

/* The rows that are listed, in their order, as they came. */
static json_t *listed_rows(const struct batch *batch)
{
	json_t *rows = json_array();
	uint64_t limit = batch->arguments->rows;
	char number[NUMBER_SIZE];

	for (size_t i = 0; i < batch->listing.count && (!limit || i < limit); i++) {
		snprintf(number, sizeof(number), "%" PRIu64, batch->listing.items[i].row->number);
		json_array_append(rows, json_object_get(batch->rows, number));
	}
	return rows;
}

static int print_as_json(const struct batch *batch)
{
	json_t *picture =
		json_pack("{s:O?, s:s, s:o, s:O}", "head", batch->head, "by", ledger_by_name(batch->arguments->by),
			  "rows", listed_rows(batch), "alerts", picture_alerts(batch->picture));
	int error = picture ? print_json(picture) : -ENOMEM;

	json_decref(picture);
	return error;
}

static int print_picture(struct batch *batch)
{
	int error = listing_make(&batch->listing, batch->picture, picture_head(batch->picture)->now);

	if (error)
		return error;
	if (batch->arguments->is_json) {
		error = print_as_json(batch);
	} else {
		if (batch->printed)
			putchar('\n');
		plain_print(batch->picture, &batch->listing, &batch->options, stdout);
	}
	batch->printed++;
	return error ? error : print_flush();
}

static bool is_last(const struct batch *batch)
{
	return batch->arguments->count && batch->printed >= batch->arguments->count;
}

static bool is_loss(int error)
{
	return error == -ECONNRESET || error == -EBADMSG || error == -ETIMEDOUT;
}

/* A picture at each interval; a daemon that goes away is waited for, unless a single picture is asked for. */
static int print_pictures(struct batch *batch)
{
	int error = ask_connect(batch->arguments, &batch->link);

	if (error)
		return error;
	for (;;) {
		error = look(batch);
		if (is_loss(error) && batch->arguments->count != 1) {
			error = ask_reconnect(batch->arguments, error, &batch->link);
			if (!error)
				continue;
		} else if (is_loss(error)) {
			ask_explain_loss(error);
		}
		if (!error)
			error = print_picture(batch);
		if (error || is_last(batch))
			return error;
		error = ask_pause((int)batch->arguments->interval * MILLISECONDS_A_SECOND);
		if (error)
			return error;
	}
}

static enum client_exit run_batch(const struct arguments *arguments)
{
	const struct print_style style = print_style_of(arguments);
	struct batch batch = {
		.arguments = arguments,
		.options = {.width = arguments->width ? arguments->width : style.width,
			    .rows = arguments->rows,
			    .alerts = ALERTS_SHOWN,
			    .is_ascii = style.is_ascii},
	};
	int error;

	listing_set_sort(&batch.listing, arguments->is_sorted ? arguments->sort : LISTING_SORT);
	if (arguments->row_filter)
		snprintf(batch.listing.filter, sizeof(batch.listing.filter), "%s", arguments->row_filter);
	error = print_pictures(&batch);
	release(&batch);
	return error == -EREMOTEIO ? EXIT_BAD_ANSWER : ask_exit(error);
}

static enum client_exit run_view(const struct arguments *arguments)
{
	const char *no_color = getenv("NO_COLOR");
	const struct view_options options = {
		.socket = arguments->socket,
		.interval = (double)arguments->interval,
		.by = arguments->by,
		.sort = arguments->sort,
		.is_sorted = arguments->is_sorted,
		.filter = arguments->row_filter,
		.is_ascii = arguments->is_ascii,
		.is_colourless = arguments->is_colourless || (no_color && *no_color),
		.has_mouse = arguments->has_mouse,
	};
	char reason[VIEW_REASON_SIZE] = "";
	int error = view_run(&options, reason);

	if (error)
		complain("%s", reason);
	return ask_exit(error);
}

enum client_exit command_top(const struct arguments *arguments)
{
	return arguments->is_batch ? run_batch(arguments) : run_view(arguments);
}
