/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole screen: where its parts are, and drawing them. */
#ifndef SMTPWATCH_VIEW_SCREEN_H
#define SMTPWATCH_VIEW_SCREEN_H

#include "view/state.h"

/* Draws all of it anew; curses sends what differs. */
void screen_draw(struct state *state);

/* What curses told of the mouse. */
void screen_mouse(struct state *state);

#endif
