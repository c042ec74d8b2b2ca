// SPDX-License-Identifier: GPL-2.0-only
#include "view/keys.h"

#include "lib/array.h"

#include <curses.h>
#include <smtpwatch/ledger.h>

#define FUNCTION(code) ((code) | KEY_IS_FUNCTION)
#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE 0x1b

/* The keys are those of htop and top, where these have the action. */
const struct key_row keys[ACTION_COUNT] = {
	[ACTION_UP] = {"Up k", "the row above", .codes = {FUNCTION(KEY_UP), 'k', CONTROL('P')}},
	[ACTION_DOWN] = {"Down j", "the row below", .codes = {FUNCTION(KEY_DOWN), 'j', CONTROL('N')}},
	[ACTION_PAGE_UP] = {"PgUp", "a page up", .codes = {FUNCTION(KEY_PPAGE), CONTROL('B')}},
	[ACTION_PAGE_DOWN] = {"PgDn", "a page down", .codes = {FUNCTION(KEY_NPAGE), CONTROL('F')}},
	[ACTION_HOME] = {"Home g", "the first row", .codes = {FUNCTION(KEY_HOME), 'g'}},
	[ACTION_END] = {"End G", "the last row", .codes = {FUNCTION(KEY_END), 'G'}},
	[ACTION_NEXT_BY] = {"Tab b", "groups in the next way", "Tab", "Group", {'\t', 'b'}},
	[ACTION_PREVIOUS_BY] = {"S-Tab B", "groups in the way before", .codes = {FUNCTION(KEY_BTAB), 'B'}},
	[ACTION_BY] = {"1 to 6", "groups by script, user, process, unit, destination, receiver",
		       .codes = {'1'}}, /* and those that follow */
	[ACTION_TOGGLE] =
		{"Space", "shows or hides what is below the row: processes, then connections", "Spc", "Tree", {' '}},
	[ACTION_EXPAND] = {"Right +", "shows it", .codes = {FUNCTION(KEY_RIGHT), '+'}},
	[ACTION_COLLAPSE] = {"Left -", "hides it", .codes = {FUNCTION(KEY_LEFT), '-'}},
	[ACTION_OPEN] = {"Enter",
			 "all that is known of the row; of an alert, its incident",
			 "Enter",
			 "Detail",
			 {'\n', '\r', FUNCTION(KEY_ENTER)}},
	[ACTION_CHOOSE] = {NULL, NULL, "Enter", "Choose", {0}},
	[ACTION_EXPLAIN] = {"e", "explains the row's incident: what happened, what to do", "e", "Explain", {'e'}},
	[ACTION_ALERTS] = {"a", "goes to the alerts, and back", "a", "Alerts", {'a'}},
	[ACTION_COPY] = {"c y", "leaves whole lines on the terminal, to be copied", "c", "Copy", {'c', 'y'}},
	[ACTION_FILTER] = {"/ F4 \\",
			   "shows only rows with these words; Enter keeps, Esc clears",
			   "/",
			   "Filter",
			   {'/', FUNCTION(KEY_F(4)), '\\'}},
	[ACTION_SORT] = {"s F6", "chooses the column to sort by", "s", "Sort", {'s', FUNCTION(KEY_F(6))}},
	[ACTION_SORT_LEFT] = {"<", "sorts by the column to the left", .codes = {'<'}},
	[ACTION_SORT_RIGHT] = {">", "sorts by the column to the right", .codes = {'>'}},
	[ACTION_REVERSE] = {"r", "sorts the other way round", .codes = {'r', 'R', 'I'}},
	[ACTION_FOLLOW] = {"F", "the cursor stays with its row, wherever that goes", .codes = {'F'}},
	[ACTION_PAUSE] = {"p Z", "stops the picture, and lets it go on", "p", "Pause", {'p', 'Z'}},
	[ACTION_INTERVAL] = {"d", "how many seconds lie between two pictures", .codes = {'d'}},
	[ACTION_HELP] = {"F1 h ?", "this help", "F1", "Help", {FUNCTION(KEY_F(1)), 'h', '?'}},
	[ACTION_REDRAW] = {"Ctrl-L", "draws the screen anew", .codes = {CONTROL('L')}},
	[ACTION_BACK] = {"Esc",
			 "back: out of a pane, the alerts, a filter",
			 "Esc",
			 "Back",
			 {ESCAPE, FUNCTION(KEY_BACKSPACE), 0x7f, CONTROL('H')}},
	[ACTION_QUIT] = {"q F10", "ends; in a pane q leads back", "q", "Quit", {'q', FUNCTION(KEY_F(10))}},
};

enum action keys_find(int code)
{
	if (code >= '1' && code < '1' + LEDGER_BY_COUNT)
		return ACTION_BY;
	for (size_t action = 0; action < COUNT_OF(keys); action++)
		for (size_t i = 0; i < KEY_CODES_MAX && keys[action].codes[i]; i++)
			if (keys[action].codes[i] == code)
				return (enum action)action;
	return ACTION_NONE;
}
