/* SPDX-License-Identifier: GPL-2.0-only */
/* What the screen shows of the picture, and what the keys change: no drawing, no terminal. */
#ifndef SMTPWATCH_VIEW_STATE_H
#define SMTPWATCH_VIEW_STATE_H

#include "view/columns.h"
#include "view/keys.h"
#include "view/listing.h"
#include "view/picture.h"
#include "view/session.h"
#include "view/view.h"
#include "view/wrapped.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who gets the keys. */
enum state_focus {
	FOCUS_TABLE,
	FOCUS_ALERTS,
	FOCUS_TEXT,     /* a pane of lines that scroll */
	FOCUS_SORT,     /* the list of columns */
	FOCUS_FILTER,   /* a word is being typed */
	FOCUS_INTERVAL, /* the same, a number */
	FOCUS_COPY,     /* the screen is left: lines on the bare terminal */
};

enum state_text {
	TEXT_DETAIL,
	TEXT_EXPLANATION,
	TEXT_HELP,
};

/* Rows that were expanded when the connection was lost, to be expanded again. */
#define STATE_EXPANDED_MAX 64

#define STATE_INTERVAL_MAX 60 /* seconds; the daemon's */

struct state_expanded {
	uint64_t number;
	char *name; /* owned; the daemon that comes back may count anew */
};

struct state {
	struct view_options options; /* interval, grouping and sorting are where they are changed */
	struct session session;
	struct picture *picture;
	struct listing listing;
	uint64_t listed_version; /* of the picture that the listing was made of */
	bool is_unlisted;        /* something else changed that it is made of */

	enum state_focus focus;
	bool is_following;
	bool is_paused;
	bool is_over;
	unsigned int interval; /* seconds */

	uint64_t selected;   /* number of the row that was drawn under the cursor, 0: none */
	char *selected_name; /* owned; to be looked for when the connection is new */
	size_t cursor;       /* its place in the listing */
	size_t top;          /* place of the row that is drawn first */
	size_t page;         /* rows that the screen has room for */
	struct state_expanded expanded[STATE_EXPANDED_MAX];
	size_t expanded_count;

	json_t *alert;    /* a reference; the one under the cursor, NULL: the newest */
	size_t alert_top; /* counted from the newest, 0 */
	size_t alert_page;

	enum state_text text;
	enum state_focus text_from; /* where its end leads to */
	char text_title[256];
	char incident[16];  /* that is explained */
	uint64_t described; /* the row whose detail is shown */
	uint64_t described_version;
	struct wrapped wrapped;
	size_t text_top;
	size_t text_page;

	enum column shown[COLUMN_COUNT]; /* on the screen, from left to right */
	size_t shown_count;
	size_t sort_cursor;
	char typed[16]; /* the interval */
	char *copied;   /* owned; the lines for FOCUS_COPY */
	enum state_focus copied_from;
	bool is_damaged; /* the terminal has something else on it */

	char message[256]; /* until the next key; empty: none */
	bool is_lost;      /* no connection, since: */
	double lost_since; /* the daemon's clock */
	bool is_anew;      /* the rows of a new connection have not come yet */
};

/* 0 or -ENOMEM. Options are borrowed. */
int state_begin(struct state *state, const struct view_options *options);
void state_release(struct state *state);

/* Makes the listing anew where it is of another picture, and keeps cursor and page where they belong. To be called
 * before anything of the listing is used. */
void state_settle(struct state *state);

/* Row under the cursor, or NULL. */
struct picture_row *state_selected(const struct state *state);

/* Asks for the rows of the grouping from now on. */
void state_subscribe(struct state *state, unsigned int past_alerts);

/* Takes in a message. What it returns says whether the screen is to be drawn at once. */
bool state_take(struct state *state, const json_t *message);

/* Asks again for what a subscription does not tell: children of the rows on the screen, the detail that is shown. */
void state_ask_again(struct state *state);

/* There is none any more; there is one again. */
void state_lost(struct state *state);
void state_found(struct state *state);

/* The alert under the cursor and its place, counted from the newest. NULL: there is none. */
json_t *state_alert(const struct state *state, size_t *ret_place);

/* A key was pressed: what it does where the focus is. KEY_IS_FUNCTION marks one that is no character. */
void state_act(struct state *state, int code);

/* A click on a title, and on a row of the screen. */
void state_sort_by(struct state *state, enum column column);
void state_select(struct state *state, size_t place);
void state_move(struct state *state, long rows);

/* For the parts of this. */
void state_settle_on_selected(struct state *state);
void state_expand(struct state *state, struct picture_row *row, bool is_expanded);
void state_open_text(struct state *state, enum state_text text);
void state_close_text(struct state *state);
void state_describe(struct state *state);
void state_copy(struct state *state);
void state_explain(struct state *state, const char *incident);
void state_show_explanation(struct state *state);

#endif
