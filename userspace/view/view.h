/* SPDX-License-Identifier: GPL-2.0-only */
/* The screen: `smtpwatch top` on a terminal. This folder is the only one that includes curses. */
#ifndef SMTPWATCH_VIEW_VIEW_H
#define SMTPWATCH_VIEW_VIEW_H

#include "view/columns.h"

#include <smtpwatch/ledger.h>
#include <stdbool.h>

struct view_options {
	const char *socket; /* path of the daemon's */
	double interval;    /* seconds between two pictures */
	enum ledger_by by;
	enum column sort;
	bool is_sorted;     /* `sort` was asked for; else the view's own */
	const char *filter; /* NULL: none */
	bool is_ascii;      /* no other characters, whatever the locale says */
	bool is_colourless; /* NO_COLOR, or asked for */
	bool has_mouse;
};

#define VIEW_REASON_SIZE 512

/* Runs until q. 0, or -errno with the reason why it could not begin; once it has begun, a daemon that goes away is
 * waited for. */
int view_run(const struct view_options *options, char reason[VIEW_REASON_SIZE]);

#endif
