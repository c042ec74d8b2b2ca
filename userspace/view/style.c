// SPDX-License-Identifier: GPL-2.0-only
#include "view/style.h"

#include "lib/array.h"

#include <assert.h>

#define COLOUR_OWN (-1) /* the terminal's foreground or background, whatever these are */

struct style_row {
	short colour;
	attr_t attributes;
	attr_t colourless; /* where there are no colours */
};

/* Only colours that can be read on a dark and on a light background. */
static const struct style_row rows[] = {
	[STYLE_PLAIN] = {COLOUR_OWN, A_NORMAL, A_NORMAL},
	[STYLE_STRONG] = {COLOUR_OWN, A_BOLD, A_BOLD},
	[STYLE_TITLES] = {COLOUR_OWN, A_REVERSE, A_REVERSE},
	[STYLE_TITLE_SORTED] = {COLOUR_OWN, A_REVERSE | A_BOLD | A_UNDERLINE, A_REVERSE | A_BOLD | A_UNDERLINE},
	[STYLE_RULER] = {COLOR_BLUE, A_BOLD, A_NORMAL},
	[STYLE_FAULT] = {COLOR_RED, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
	[STYLE_NOTE] = {COLOUR_OWN, A_REVERSE, A_REVERSE},
	[STYLE_MTA] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
	[STYLE_RELAY] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
	[STYLE_APPLICATION] = {COLOUR_OWN, A_NORMAL, A_NORMAL},
	[STYLE_ALLOWED] = {COLOR_CYAN, A_NORMAL, A_NORMAL},
	[STYLE_SUSPICIOUS] = {COLOR_MAGENTA, A_BOLD, A_BOLD},
	[STYLE_DIRECT] = {COLOR_RED, A_BOLD, A_BOLD | A_UNDERLINE},
};
static_assert(COUNT_OF(rows) == STYLE_COUNT, "a row for each style");

static bool has_colour;

void style_begin(bool is_colourless)
{
	has_colour = !is_colourless && has_colors() && start_color() == OK && use_default_colors() == OK;
	if (!has_colour)
		return;
	for (short colour = COLOR_RED; colour <= COLOR_WHITE; colour++)
		init_pair(colour, colour, COLOUR_OWN); /* pair 0 is the terminal's own */
}

attr_t style_of(enum style style)
{
	const struct style_row *row = &rows[style];

	if (!has_colour)
		return row->colourless;
	return row->attributes | (row->colour == COLOUR_OWN ? 0 : (attr_t)COLOR_PAIR(row->colour));
}

static const enum style verdicts[] = {
	[LEDGER_VERDICT_MTA] = STYLE_MTA,
	[LEDGER_VERDICT_RELAY] = STYLE_RELAY,
	[LEDGER_VERDICT_APPLICATION] = STYLE_APPLICATION,
	[LEDGER_VERDICT_ALLOWED] = STYLE_ALLOWED,
	[LEDGER_VERDICT_SUSPICIOUS] = STYLE_SUSPICIOUS,
	[LEDGER_VERDICT_DIRECT] = STYLE_DIRECT,
};
static_assert(COUNT_OF(verdicts) == LEDGER_VERDICT_COUNT, "a style for each verdict");

enum style style_of_verdict(enum ledger_verdict verdict)
{
	return verdicts[verdict];
}

static const enum style severities[] = {
	[ALERT_SEVERITY_INFO] = STYLE_PLAIN,         [ALERT_SEVERITY_NOTICE] = STYLE_PLAIN,
	[ALERT_SEVERITY_WARNING] = STYLE_SUSPICIOUS, [ALERT_SEVERITY_HIGH] = STYLE_DIRECT,
	[ALERT_SEVERITY_CRITICAL] = STYLE_DIRECT,
};
static_assert(COUNT_OF(severities) == ALERT_SEVERITY_COUNT, "a style for each severity");

enum style style_of_severity(enum alert_severity severity)
{
	return severities[severity];
}
