// SPDX-License-Identifier: GPL-2.0-only
#include "view/screen.h"

#include "lib/array.h"
#include "view/draw.h"
#include "view/plain.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#define WIDTH_MIN 40
#define HEIGHT_MIN 8
#define WHEEL_ROWS 3
#define PIECE_SEPARATOR "  " /* in lines of the head */

/* Lines of the screen, from above: head, groupings, table, alerts, one at the bottom. */
struct layout {
	int width;
	int height;
	int head;
	struct draw_area main;   /* table, or a pane in its place */
	struct draw_area alerts; /* height 0: there is none */
};

static int alert_lines(const struct state *state, int room)
{
	int lines = room < 26 ? 3 : room / 6;

	if (room < 12)
		lines = 0;
	if (state->focus == FOCUS_ALERTS && lines < room / 2)
		lines = room / 2;
	return lines;
}

static struct layout lay_out(const struct state *state, int head)
{
	struct layout layout = {.head = head};
	bool has_alerts = state->focus != FOCUS_TEXT && state->focus != FOCUS_SORT;

	getmaxyx(stdscr, layout.height, layout.width);
	if (layout.head > layout.height - 6)
		layout.head = layout.height - 6;
	int room = layout.height - layout.head - 2;
	int alerts = has_alerts ? alert_lines(state, room) : 0;
	int below = alerts ? alerts + 1 : 0;
	layout.main = (struct draw_area){.y = layout.head + 1, .height = room - below, .width = layout.width};
	layout.alerts = (struct draw_area){.y = layout.main.y + room - below, .height = below, .width = layout.width};
	return layout;
}

/* ---- Head */

/* What the line about health begins with where something is wrong (plain_format_head()). */
static bool is_alarming(const char *piece)
{
	static const char *const words[] = {"BLIND", "DEGRADED", "LOST"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strncmp(piece, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* The first pieces of a line, as long as they are not to be overlooked. */
static void stress(int y, int width, const char *line, bool is_ascii)
{
	char piece[PLAIN_LINE_SIZE];
	int x = 0;

	while (is_alarming(line)) {
		const char *end = strstr(line, PIECE_SEPARATOR) ?: line + strlen(line);
		snprintf(piece, sizeof(piece), "%.*s", (int)(end - line), line);
		x += draw_text(y, x, width - x, piece, style_of(STYLE_FAULT),
			       &(struct cells_form){.is_ascii = is_ascii});
		x += (int)strspn(end, " ");
		line = end + strspn(end, " ");
	}
}

static size_t format_head(const struct state *state, char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE])
{
	return plain_format_head(state->picture, (size_t)getmaxx(stdscr), state->options.is_ascii, lines);
}

static void draw_head(const struct state *state, int count, int width, char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE])
{
	const bool is_ascii = state->options.is_ascii;

	for (int i = 0; i < count; i++) {
		draw_text(i, 0, width, lines[i], style_of(STYLE_PLAIN), &(struct cells_form){.is_ascii = is_ascii});
		stress(i, width, lines[i], is_ascii);
	}
}

/* ---- Groupings, and what is easily forgotten */

static void describe_mode(const struct state *state, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s", state->is_paused ? " paused " : "", state->is_following ? " following " : "",
		 state->listing.filter[0] ? " filter: " : "", state->listing.filter);
}

static void draw_groupings(const struct state *state, int y, int width)
{
	const struct cells_form form = {.is_ascii = state->options.is_ascii};
	char text[192];
	int x = 0;

	for (int by = 0; by < LEDGER_BY_COUNT; by++) {
		bool is_shown = by == (int)picture_by(state->picture);
		snprintf(text, sizeof(text), is_shown ? "[%d %s]" : " %d %s ", by + 1,
			 ledger_by_name((enum ledger_by)by));
		x += draw_text(y, x, width - x, text, style_of(is_shown ? STYLE_STRONG : STYLE_PLAIN), &form);
	}
	describe_mode(state, text, sizeof(text));
	int mode_width = (int)cells_width(text, form.is_ascii);
	if (mode_width > width - x - 1)
		mode_width = width - x - 1;
	draw_text(y, width - mode_width, mode_width, text, style_of(STYLE_NOTE), &form);
}

/* ---- The line at the bottom */

#define HINTS_MAX 12

/* The keys that matter most where the focus is, in order: the last ones are left out where there is little room. */
static const enum action hints[][HINTS_MAX] = {
	[FOCUS_TABLE] = {ACTION_HELP, ACTION_OPEN, ACTION_EXPLAIN, ACTION_TOGGLE, ACTION_FILTER, ACTION_SORT,
			 ACTION_ALERTS, ACTION_QUIT, ACTION_COPY, ACTION_PAUSE, ACTION_NEXT_BY},
	[FOCUS_ALERTS] = {ACTION_HELP, ACTION_EXPLAIN, ACTION_COPY, ACTION_BACK, ACTION_QUIT},
	[FOCUS_TEXT] = {ACTION_BACK, ACTION_EXPLAIN, ACTION_COPY},
	[FOCUS_SORT] = {ACTION_CHOOSE, ACTION_BACK},
	[FOCUS_FILTER] = {ACTION_NONE},
	[FOCUS_INTERVAL] = {ACTION_NONE},
	[FOCUS_COPY] = {ACTION_NONE},
};

static void draw_hints(const struct state *state, int y, int width)
{
	const struct cells_form form = {.is_ascii = state->options.is_ascii};
	const bool explains = state->focus != FOCUS_TEXT || state->text == TEXT_DETAIL;
	int x = 0;

	for (size_t i = 0; i < HINTS_MAX && hints[state->focus][i]; i++) {
		const struct key_row *key = &keys[hints[state->focus][i]];
		int taken = (int)(strlen(key->hint_key) + 1 + strlen(key->hint));
		if (x + taken > width)
			return;
		if (hints[state->focus][i] == ACTION_EXPLAIN && !explains)
			continue;
		x += draw_text(y, x, width - x, key->hint_key, style_of(STYLE_STRONG), &form) + 1;
		x += draw_text(y, x, width - x, key->hint, style_of(STYLE_PLAIN), &form) + 2;
	}
}

static void draw_prompt(const struct state *state, int y, int width, const char *name, const char *typed)
{
	const struct cells_form form = {.is_ascii = state->options.is_ascii, .cut = CELLS_CUT_START};
	int x = draw_text(y, 0, width, name, style_of(STYLE_STRONG), &form);

	x += draw_text(y, x, width - x - 1, typed, style_of(STYLE_PLAIN), &form);
	draw_text(y, x, 1, "_", style_of(STYLE_STRONG), &form);
}

static void draw_loss(const struct state *state, int y, int width)
{
	char text[96];
	char time[sizeof("03:12:04")] = "";
	time_t seconds = (time_t)state->lost_since;
	struct tm parts;

	if (localtime_r(&seconds, &parts))
		strftime(time, sizeof(time), "%H:%M:%S", &parts);
	snprintf(text, sizeof(text), " connection lost since %s, trying again ", time);
	draw_bar(y, width, text, NULL, style_of(STYLE_FAULT), state->options.is_ascii);
}

static void draw_bottom(const struct state *state, int y, int width)
{
	char interval[64];

	if (state->focus == FOCUS_FILTER) {
		draw_prompt(state, y, width, "filter: ", state->listing.filter);
	} else if (state->focus == FOCUS_INTERVAL) {
		snprintf(interval, sizeof(interval), "seconds between two pictures (now %u): ", state->interval);
		draw_prompt(state, y, width, interval, state->typed);
	} else if (state->message[0]) {
		draw_bar(y, width, state->message, NULL, style_of(STYLE_NOTE), state->options.is_ascii);
	} else if (state->is_lost) {
		draw_loss(state, y, width);
	} else {
		draw_hints(state, y, width);
	}
}

/* ---- All */

static void draw_main(struct state *state, const struct layout *layout)
{
	if (state->focus == FOCUS_TEXT)
		text_pane_draw(state, &layout->main);
	else if (state->focus == FOCUS_SORT)
		sort_pane_draw(state, &layout->main);
	else
		table_pane_draw(state, &layout->main);
	if (layout->alerts.height)
		alerts_pane_draw(state, &layout->alerts);
}

static void draw_parts(struct state *state)
{
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];
	struct layout layout = lay_out(state, (int)format_head(state, lines));

	state->page = layout.main.height > 2 ? (size_t)layout.main.height - 1 : 1;
	state_settle(state);
	draw_head(state, layout.head, layout.width, lines);
	draw_groupings(state, layout.head, layout.width);
	draw_main(state, &layout);
	draw_bottom(state, layout.height - 1, layout.width);
}

void screen_draw(struct state *state)
{
	int height;
	int width;

	getmaxyx(stdscr, height, width);
	erase();
	if (state->is_damaged)
		clearok(curscr, TRUE);
	state->is_damaged = false;
	if (height < HEIGHT_MIN || width < WIDTH_MIN)
		draw_text(0, 0, width, "too small", style_of(STYLE_PLAIN), &(struct cells_form){.is_ascii = true});
	else
		draw_parts(state);
	wnoutrefresh(stdscr);
	doupdate();
}

static void click(struct state *state, int y, int x)
{
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];
	struct layout layout = lay_out(state, (int)format_head(state, lines));
	int line = y - layout.main.y;
	enum column column;

	state_settle(state);
	if (state->focus != FOCUS_TABLE || line < 0 || line >= layout.main.height)
		return;
	if (line > 0)
		state_select(state, state->top + (size_t)line - 1);
	else if (table_pane_column(state, layout.width, x, &column))
		state_sort_by(state, column);
}

void screen_mouse(struct state *state)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return;
	if (event.bstate & BUTTON1_PRESSED)
		click(state, event.y, event.x);
	else if (event.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED))
		for (int i = 0; i < WHEEL_ROWS; i++)
			state_act(state, KEY_IS_FUNCTION | (event.bstate & BUTTON4_PRESSED ? KEY_UP : KEY_DOWN));
}
