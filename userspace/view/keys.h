/* SPDX-License-Identifier: GPL-2.0-only */
/* What the keys of the screen do: one const table gives the keys, the actions and the words of the help screen. */
#ifndef SMTPWATCH_VIEW_KEYS_H
#define SMTPWATCH_VIEW_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HOME,
	ACTION_END,
	ACTION_NEXT_BY,
	ACTION_PREVIOUS_BY,
	ACTION_BY, /* the number of the grouping is that of the key */
	ACTION_TOGGLE,
	ACTION_EXPAND,
	ACTION_COLLAPSE,
	ACTION_OPEN,
	ACTION_CHOOSE, /* the same key, in a list */
	ACTION_EXPLAIN,
	ACTION_ALERTS,
	ACTION_COPY,
	ACTION_FILTER,
	ACTION_SORT,
	ACTION_SORT_LEFT,
	ACTION_SORT_RIGHT,
	ACTION_REVERSE,
	ACTION_FOLLOW,
	ACTION_PAUSE,
	ACTION_INTERVAL,
	ACTION_HELP,
	ACTION_REDRAW,
	ACTION_BACK,
	ACTION_QUIT,
	ACTION_COUNT,
};

/* A key as curses gives it: a character, or with this bit one that has no character. */
#define KEY_IS_FUNCTION 0x40000000
#define KEY_CODES_MAX 5

struct key_row {
	const char *keys;     /* "Up k" */
	const char *help;     /* what it does, in one line; NULL: it is told of elsewhere */
	const char *hint_key; /* for the line of hints at the bottom; NULL: it is not there */
	const char *hint;
	int codes[KEY_CODES_MAX]; /* 0: no more */
};

extern const struct key_row keys[ACTION_COUNT];

enum action keys_find(int code);

#endif
