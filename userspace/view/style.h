/* SPDX-License-Identifier: GPL-2.0-only */
/* How things look: the terminal's own colours where it has some, bold and reverse where not. */
#ifndef SMTPWATCH_VIEW_STYLE_H
#define SMTPWATCH_VIEW_STYLE_H

#include <curses.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/ledger.h>
#include <stdbool.h>

enum style {
	STYLE_PLAIN,
	STYLE_STRONG, /* a key of the bottom line, the grouping that is shown */
	STYLE_TITLES, /* of the table and of panes */
	STYLE_TITLE_SORTED,
	STYLE_RULER,
	STYLE_FAULT, /* the watch is blind, something was lost, the connection is gone */
	STYLE_NOTE,  /* a state that is easily forgotten: paused, filtered */
	STYLE_MTA,
	STYLE_RELAY,
	STYLE_APPLICATION,
	STYLE_ALLOWED,
	STYLE_SUSPICIOUS,
	STYLE_DIRECT,
	STYLE_COUNT,
};

/* After initscr(). */
void style_begin(bool is_colourless);

attr_t style_of(enum style style);
enum style style_of_verdict(enum ledger_verdict verdict);
enum style style_of_severity(enum alert_severity severity);

#endif
