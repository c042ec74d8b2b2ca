/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal: taken, asked for keys, and given back however the program ends. */
#ifndef SMTPWATCH_VIEW_TERMINAL_H
#define SMTPWATCH_VIEW_TERMINAL_H

#include "view/view.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>

/* Takes the terminal and the signals that end the program. 0, or -errno with the reason. */
int terminal_begin(const struct view_options *options, char reason[VIEW_REASON_SIZE]);
void terminal_end(void);

/* Whether a signal asked for the end. */
bool terminal_is_over(void);

/* As ppoll(2) with milliseconds; the signals that end the program, and those of another size, arrive only in here. */
int terminal_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

/* The next key that is there: a character, or a number of curses with KEY_IS_FUNCTION. Returns whether there was one.
 */
bool terminal_key(int *ret_code);

/* Leaves the screen with a text on the bare terminal, of which nothing is cut; terminal_return() undoes it. */
void terminal_show_bare(const char *text, bool is_ascii);
void terminal_return(void);

/* Whether a key was pressed on the bare terminal. */
bool terminal_bare_key(void);

#endif
