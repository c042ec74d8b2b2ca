// SPDX-License-Identifier: GPL-2.0-only
#include "view/state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static unsigned int whole_seconds(double interval)
{
	if (!(interval > 1))
		return 1;
	return interval > STATE_INTERVAL_MAX ? STATE_INTERVAL_MAX : (unsigned int)(interval + 0.5);
}

int state_begin(struct state *state, const struct view_options *options)
{
	*state = (struct state){
		.options = *options,
		.session.path = options->socket,
		.interval = whole_seconds(options->interval),
		.page = 1,
		.alert_page = 1,
		.text_page = 1,
		.is_unlisted = true,
	};
	listing_set_sort(&state->listing, options->is_sorted ? options->sort : LISTING_SORT);
	snprintf(state->listing.filter, sizeof(state->listing.filter), "%s", options->filter ?: "");
	state->picture = picture_new();
	if (!state->picture)
		return -ENOMEM;
	picture_set_by(state->picture, options->by);
	return 0;
}

static void forget_expanded(struct state *state)
{
	for (size_t i = 0; i < state->expanded_count; i++)
		free(state->expanded[i].name);
	state->expanded_count = 0;
}

void state_release(struct state *state)
{
	session_close(&state->session);
	forget_expanded(state);
	wrapped_release(&state->wrapped);
	listing_release(&state->listing);
	json_decref(state->alert);
	free(state->selected_name);
	free(state->copied);
	if (state->picture)
		picture_free(state->picture);
}

/* ---- The listing */

static void relist(struct state *state)
{
	uint64_t version = picture_version(state->picture);

	if (!state->is_unlisted && version == state->listed_version)
		return;
	/* Its rows may be gone: what could not be made anew cannot stay. */
	if (listing_make(&state->listing, state->picture, picture_head(state->picture)->now) < 0)
		state->listing.count = 0;
	state->listed_version = version;
	state->is_unlisted = false;
}

static void keep_in_bounds(struct state *state)
{
	size_t count = state->listing.count;

	if (state->cursor >= count)
		state->cursor = count ? count - 1 : 0;
	if (state->top > state->cursor)
		state->top = state->cursor;
	if (state->cursor >= state->top + state->page)
		state->top = state->cursor - state->page + 1;
	if (state->top + state->page > count)
		state->top = count > state->page ? count - state->page : 0;
}

static void go_to_selected(struct state *state)
{
	size_t place = listing_find(&state->listing, state->selected);

	if (state->selected && place != SIZE_MAX)
		state->cursor = place;
}

static void remember_selected(struct state *state)
{
	const struct picture_row *row = state_selected(state);

	state->selected = row ? row->number : 0;
}

void state_settle(struct state *state)
{
	relist(state);
	if (state->is_following)
		go_to_selected(state);
	keep_in_bounds(state);
	remember_selected(state);
	if (state->focus == FOCUS_TEXT && state->text == TEXT_DETAIL &&
	    state->described_version != state->listed_version)
		state_describe(state);
	state->described_version = state->listed_version;
}

void state_settle_on_selected(struct state *state)
{
	relist(state);
	go_to_selected(state);
	keep_in_bounds(state);
	remember_selected(state);
}

struct picture_row *state_selected(const struct state *state)
{
	return state->cursor < state->listing.count ? state->listing.items[state->cursor].row : NULL;
}

void state_select(struct state *state, size_t place)
{
	state->cursor = place;
	keep_in_bounds(state);
	remember_selected(state);
}

void state_move(struct state *state, long rows)
{
	if (rows < 0 && (size_t)-rows > state->cursor)
		state_select(state, 0);
	else
		state_select(state, state->cursor + (size_t)rows);
}

void state_sort_by(struct state *state, enum column column)
{
	if (state->listing.sort == column)
		state->listing.is_ascending = !state->listing.is_ascending;
	else
		listing_set_sort(&state->listing, column);
	state->is_unlisted = true;
}

/* ---- The daemon */

void state_subscribe(struct state *state, unsigned int past_alerts)
{
	session_subscribe(&state->session, picture_by(state->picture), state->interval, past_alerts);
}

/* Who is no row of its own has no children: connections. */
void state_expand(struct state *state, struct picture_row *row, bool is_expanded)
{
	if (row->number & PICTURE_FLOW_BIT)
		return;
	row->is_expanded = is_expanded;
	state->is_unlisted = true;
	if (is_expanded)
		session_ask_children(&state->session, row->number);
}

/* Names what was expanded and what was selected: a daemon that comes back may give other numbers. */
static void remember_names(struct state *state)
{
	const struct picture_row *selected = state_selected(state);

	forget_expanded(state);
	for (size_t i = 0; i < state->listing.count && state->expanded_count < STATE_EXPANDED_MAX; i++) {
		const struct listing_item *item = &state->listing.items[i];
		char *name = item->depth == 0 && item->row->is_expanded ? strdup(item->row->name ?: "") : NULL;
		if (name)
			state->expanded[state->expanded_count++] =
				(struct state_expanded){.number = item->row->number, .name = name};
	}
	free(state->selected_name);
	state->selected_name = selected && selected->name ? strdup(selected->name) : NULL;
}

static struct picture_row *find_by_name(const struct state *state, const char *name)
{
	size_t count;
	struct picture_row *const *rows = picture_rows(state->picture, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i]->name ?: "", name) == 0)
			return rows[i];
	return NULL;
}

/* All rows of the new connection are there. */
static void find_again(struct state *state)
{
	size_t count;
	struct picture_row *const *rows = picture_rows(state->picture, &count);

	for (size_t i = 0; i < count; i++)
		rows[i]->is_expanded = false;
	for (size_t i = 0; i < state->expanded_count; i++) {
		struct picture_row *row = find_by_name(state, state->expanded[i].name);
		if (row)
			state_expand(state, row, true);
	}
	forget_expanded(state);
	struct picture_row *selected = state->selected_name ? find_by_name(state, state->selected_name) : NULL;
	if (selected) {
		state->selected = selected->number;
		state->is_unlisted = true;
		state_settle_on_selected(state);
	}
	state->is_anew = false;
}

void state_lost(struct state *state)
{
	relist(state);
	remember_names(state);
	state->is_lost = true;
	state->lost_since = picture_head(state->picture)->now;
}

void state_found(struct state *state)
{
	state->is_lost = false;
	state->is_anew = true;
	picture_begin_anew(state->picture);
	if (!state->is_paused)
		state_subscribe(state, PICTURE_ALERTS);
}

static void take_error(struct state *state, const json_t *message)
{
	const json_t *error = json_object_get(message, "error");
	const json_t *id = json_object_get(message, "id");
	struct picture_row *row =
		json_is_integer(id) ? picture_find(state->picture, (uint64_t)json_integer_value(id)) : NULL;

	snprintf(state->message, sizeof(state->message), "%s",
		 json_string_value(json_object_get(error, "message")) ?: "the daemon could not answer");
	if (row)
		state_expand(state, row, false);
}

/* What a subscription brings, which is not wanted while the picture is stopped. */
static bool is_of_subscription(const json_t *message)
{
	return json_object_get(message, "head") || json_object_get(message, "rows") ||
	       json_object_get(message, "alert") || json_object_get(message, "alerts");
}

bool state_take(struct state *state, const json_t *message)
{
	const json_t *rows = json_object_get(message, "rows");

	if (json_object_get(message, "error"))
		take_error(state, message);
	if (state->is_paused && is_of_subscription(message))
		return false;
	picture_take(state->picture, message);
	if (json_object_get(message, "explain"))
		state_show_explanation(state);
	if (!rows)
		return !is_of_subscription(message);
	if (json_is_true(json_object_get(rows, "more")))
		return false;
	if (state->is_anew)
		find_again(state);
	return true;
}

static void ask_for_children(struct state *state)
{
	for (size_t i = state->top; i < state->listing.count && i < state->top + state->page; i++)
		if (state->listing.items[i].row->is_expanded)
			session_ask_children(&state->session, state->listing.items[i].row->number);
}

void state_ask_again(struct state *state)
{
	if (state->is_paused)
		return;
	relist(state);
	ask_for_children(state);
	if (state->focus == FOCUS_TEXT && state->text == TEXT_DETAIL && !(state->described & PICTURE_FLOW_BIT))
		session_ask_detail(&state->session, state->described);
}

/* ---- The alerts */

json_t *state_alert(const struct state *state, size_t *ret_place)
{
	const json_t *alerts = picture_alerts(state->picture);
	size_t count = json_array_size(alerts);

	*ret_place = 0;
	for (size_t i = 0; i < count && state->alert; i++) {
		if (json_array_get(alerts, count - 1 - i) != state->alert)
			continue;
		*ret_place = i;
		return state->alert;
	}
	return count ? json_array_get(alerts, count - 1) : NULL;
}
