// SPDX-License-Identifier: GPL-2.0-only
/* What the keys do, by where the focus is. */
#include "lib/array.h"
#include "lib/text.h"
#include "view/state.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ESCAPE 0x1b

/* ---- A line that is typed */

static void append_character(char *text, size_t size, int code)
{
	char bytes[MB_LEN_MAX];
	mbstate_t shift = {0};
	size_t length = strlen(text);
	size_t more = code >= ' ' && !(code & KEY_IS_FUNCTION) ? wcrtomb(bytes, (wchar_t)code, &shift) : (size_t)-1;

	if (more == (size_t)-1 || length + more >= size)
		return;
	memcpy(text + length, bytes, more);
	text[length + more] = '\0';
}

static void remove_character(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
		;
	text[length] = '\0';
}

static bool is_erasing(int code)
{
	return keys_find(code) == ACTION_BACK && code != ESCAPE;
}

static void type(char *text, size_t size, int code)
{
	if (is_erasing(code))
		remove_character(text);
	else
		append_character(text, size, code);
}

static void type_filter(struct state *state, int code)
{
	if (keys_find(code) == ACTION_OPEN) {
		state->focus = FOCUS_TABLE;
		return;
	}
	if (code == ESCAPE) {
		state->listing.filter[0] = '\0';
		state->focus = FOCUS_TABLE;
	} else {
		type(state->listing.filter, sizeof(state->listing.filter), code);
	}
	state->is_unlisted = true;
	state->cursor = 0;
}

static void type_interval(struct state *state, int code)
{
	uint64_t seconds;

	if (code != ESCAPE && keys_find(code) != ACTION_OPEN) {
		type(state->typed, sizeof(state->typed), code);
		return;
	}
	state->focus = FOCUS_TABLE;
	if (code == ESCAPE || !state->typed[0])
		return;
	if (text_parse_number(state->typed, 1, STATE_INTERVAL_MAX, &seconds) < 0) {
		snprintf(state->message, sizeof(state->message), "the interval is a number of seconds from 1 to %d",
			 STATE_INTERVAL_MAX);
		return;
	}
	state->interval = (unsigned int)seconds;
	state_subscribe(state, 0);
}

/* ---- The table */

/* How many rows an action moves, where there are so many on a page. */
static long distance(enum action action, size_t page)
{
	const long far = 1L << 30;
	const long ways[ACTION_COUNT] = {
		[ACTION_UP] = -1,
		[ACTION_DOWN] = 1,
		[ACTION_PAGE_UP] = -(long)page,
		[ACTION_PAGE_DOWN] = (long)page,
		[ACTION_HOME] = -far,
		[ACTION_END] = far,
	};
	return ways[action];
}

static void group_by(struct state *state, enum ledger_by by)
{
	if (by == picture_by(state->picture))
		return;
	picture_set_by(state->picture, by);
	state->is_unlisted = true;
	state->cursor = 0;
	state->top = 0;
	state->selected = 0;
	state->is_paused = false;
	state_subscribe(state, 0);
}

static void act_group(struct state *state, enum action action)
{
	int by = (int)picture_by(state->picture) + (action == ACTION_NEXT_BY ? 1 : LEDGER_BY_COUNT - 1);

	group_by(state, (enum ledger_by)(by % LEDGER_BY_COUNT));
}

static void act_toggle(struct state *state, enum action action)
{
	struct picture_row *row = state_selected(state);

	(void)action;
	if (row)
		state_expand(state, row, !row->is_expanded);
}

static void act_expand(struct state *state, enum action action)
{
	struct picture_row *row = state_selected(state);

	(void)action;
	if (row && !row->is_expanded)
		state_expand(state, row, true);
}

/* Of what is itself below a row, that row is hidden with all its like. */
static void act_collapse(struct state *state, enum action action)
{
	const struct listing_item *items = state->listing.items;
	struct picture_row *row = state_selected(state);
	size_t place = state->cursor;

	(void)action;
	if (!row)
		return;
	if (!row->is_expanded)
		while (place > 0 && items[place].depth >= items[state->cursor].depth)
			place--;
	if (!items[place].row->is_expanded)
		return;
	state_select(state, place);
	state_expand(state, state_selected(state), false);
}

static void act_open(struct state *state, enum action action)
{
	const struct picture_row *row = state_selected(state);

	(void)action;
	if (!row)
		return;
	state->described = row->number;
	snprintf(state->text_title, sizeof(state->text_title), "%s", row->name ?: "");
	state_open_text(state, TEXT_DETAIL);
	state_describe(state);
	if (!(row->number & PICTURE_FLOW_BIT))
		session_ask_detail(&state->session, row->number);
}

static void act_explain(struct state *state, enum action action)
{
	const struct picture_row *row = state_selected(state);

	(void)action;
	if (row)
		state_explain(state, row->incident);
}

static void select_alert(struct state *state, size_t place)
{
	const json_t *alerts = picture_alerts(state->picture);
	size_t count = json_array_size(alerts);

	json_decref(state->alert);
	state->alert = place < count ? json_incref(json_array_get(alerts, count - 1 - place)) : NULL;
}

static void act_alerts(struct state *state, enum action action)
{
	(void)action;
	state->focus = FOCUS_ALERTS;
	state->alert_top = 0;
	select_alert(state, 0);
}

static void act_copy(struct state *state, enum action action)
{
	(void)action;
	state_copy(state);
}

static void act_filter(struct state *state, enum action action)
{
	(void)action;
	state->focus = FOCUS_FILTER;
}

static void act_sort(struct state *state, enum action action)
{
	(void)action;
	state->focus = FOCUS_SORT;
	state->sort_cursor = state->listing.sort;
}

/* Among the columns that are on the screen. */
static void act_sort_beside(struct state *state, enum action action)
{
	for (size_t i = 0; i < state->shown_count; i++) {
		if (state->shown[i] != state->listing.sort)
			continue;
		if (action == ACTION_SORT_LEFT ? i > 0 : i + 1 < state->shown_count)
			state_sort_by(state, state->shown[action == ACTION_SORT_LEFT ? i - 1 : i + 1]);
		return;
	}
	if (state->shown_count)
		state_sort_by(state, state->shown[0]);
}

static void act_reverse(struct state *state, enum action action)
{
	(void)action;
	state_sort_by(state, state->listing.sort);
}

static void act_follow(struct state *state, enum action action)
{
	(void)action;
	state->is_following = !state->is_following;
}

static void act_pause(struct state *state, enum action action)
{
	(void)action;
	state->is_paused = !state->is_paused;
	if (state->is_paused) {
		session_unsubscribe(&state->session);
		return;
	}
	picture_begin_anew(state->picture);
	state_subscribe(state, PICTURE_ALERTS);
}

static void act_interval(struct state *state, enum action action)
{
	(void)action;
	state->typed[0] = '\0';
	state->focus = FOCUS_INTERVAL;
}

static void act_help(struct state *state, enum action action)
{
	(void)action;
	state_open_text(state, TEXT_HELP);
}

static void act_redraw(struct state *state, enum action action)
{
	(void)action;
	state->is_damaged = true;
}

/* From the top of what can be left: the filter. */
static void act_back(struct state *state, enum action action)
{
	(void)action;
	state->listing.filter[0] = '\0';
	state->is_unlisted = true;
}

static void act_quit(struct state *state, enum action action)
{
	(void)action;
	state->is_over = true;
}

static void (*const table_acts[])(struct state *state, enum action action) = {
	[ACTION_NEXT_BY] = act_group,
	[ACTION_PREVIOUS_BY] = act_group,
	[ACTION_TOGGLE] = act_toggle,
	[ACTION_EXPAND] = act_expand,
	[ACTION_COLLAPSE] = act_collapse,
	[ACTION_OPEN] = act_open,
	[ACTION_EXPLAIN] = act_explain,
	[ACTION_ALERTS] = act_alerts,
	[ACTION_COPY] = act_copy,
	[ACTION_FILTER] = act_filter,
	[ACTION_SORT] = act_sort,
	[ACTION_SORT_LEFT] = act_sort_beside,
	[ACTION_SORT_RIGHT] = act_sort_beside,
	[ACTION_REVERSE] = act_reverse,
	[ACTION_FOLLOW] = act_follow,
	[ACTION_PAUSE] = act_pause,
	[ACTION_INTERVAL] = act_interval,
	[ACTION_HELP] = act_help,
	[ACTION_REDRAW] = act_redraw,
	[ACTION_BACK] = act_back,
	[ACTION_QUIT] = act_quit,
};
static_assert(COUNT_OF(table_acts) == ACTION_COUNT, "what each key does in the table");

static void act_in_table(struct state *state, int code)
{
	enum action action = keys_find(code);

	if (action == ACTION_BY)
		group_by(state, (enum ledger_by)(code - '1'));
	else if (table_acts[action])
		table_acts[action](state, action);
	else
		state_move(state, distance(action, state->page));
}

/* ---- Elsewhere */

/* A place among `count`, so many rows on. */
static size_t moved(size_t place, long rows, size_t count)
{
	if (rows < 0)
		return (size_t)-rows > place ? 0 : place - (size_t)-rows;
	return place + (size_t)rows >= count ? (count ? count - 1 : 0) : place + (size_t)rows;
}

static void act_in_alerts(struct state *state, int code)
{
	enum action action = keys_find(code);
	size_t place;
	const json_t *alert = state_alert(state, &place);
	const json_t *incident = json_object_get(json_object_get(alert, "smtpwatch"), "incident");
	size_t count = json_array_size(picture_alerts(state->picture));

	if (action == ACTION_ALERTS || action == ACTION_BACK)
		state->focus = FOCUS_TABLE;
	else if ((action == ACTION_OPEN || action == ACTION_EXPLAIN) && alert)
		state_explain(state, json_string_value(incident));
	else if (action == ACTION_COPY || action == ACTION_HELP || action == ACTION_PAUSE || action == ACTION_REDRAW ||
		 action == ACTION_QUIT)
		table_acts[action](state, action);
	else
		select_alert(state, moved(place, distance(action, state->alert_page), count));
}

static void act_in_text(struct state *state, int code)
{
	enum action action = keys_find(code);
	const struct picture_row *row;

	if (action == ACTION_TOGGLE)
		action = ACTION_PAGE_DOWN; /* as in every pager */
	if (action == ACTION_BACK || code == 'q' || (action == ACTION_OPEN && state->text != TEXT_HELP) ||
	    (action == ACTION_COLLAPSE && code != '-'))
		state_close_text(state);
	else if (action == ACTION_EXPLAIN && state->text == TEXT_DETAIL &&
		 (row = picture_find(state->picture, state->described)))
		state_explain(state, row->incident);
	else if (action == ACTION_COPY || action == ACTION_REDRAW || action == ACTION_QUIT)
		table_acts[action](state, action);
	else
		state->text_top = moved(
			state->text_top, distance(action, state->text_page),
			state->wrapped.count > state->text_page ? state->wrapped.count - state->text_page + 1 : 1);
}

static void act_in_sort(struct state *state, int code)
{
	enum action action = keys_find(code);

	if (action == ACTION_OPEN || action == ACTION_BACK || action == ACTION_SORT || action == ACTION_QUIT) {
		state->focus = FOCUS_TABLE;
		if (action == ACTION_OPEN && state->sort_cursor != state->listing.sort)
			state_sort_by(state, (enum column)state->sort_cursor);
		return;
	}
	state->sort_cursor = moved(state->sort_cursor, distance(action, state->page), COLUMN_COUNT);
}

static void end_copy(struct state *state, int code)
{
	(void)code;
	state->focus = state->copied_from;
	state->is_damaged = true;
}

static void (*const focus_acts[])(struct state *state, int code) = {
	[FOCUS_TABLE] = act_in_table, [FOCUS_ALERTS] = act_in_alerts, [FOCUS_TEXT] = act_in_text,
	[FOCUS_SORT] = act_in_sort,   [FOCUS_FILTER] = type_filter,   [FOCUS_INTERVAL] = type_interval,
	[FOCUS_COPY] = end_copy,
};

void state_act(struct state *state, int code)
{
	state->message[0] = '\0';
	state_settle_on_selected(state);
	focus_acts[state->focus](state, code);
}
