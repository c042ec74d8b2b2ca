// SPDX-License-Identifier: GPL-2.0-only
#include "view/view.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "view/keys.h"
#include "view/screen.h"
#include "view/state.h"
#include "view/terminal.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#define MESSAGES_A_ROUND 512 /* then the keys get their turn */
#define NANOSECONDS_A_MILLISECOND (NANOSECONDS_A_SECOND / 1000)

struct view {
	struct state state;
	uint64_t drawn_ns; /* CLOCK_BOOTTIME: when all was drawn last */
	bool is_stale;     /* something came that is not drawn */
	bool is_due;       /* it is to be drawn at once */
	bool is_hung_up;   /* the terminal is gone */
	bool is_bare;      /* the screen is left */
};

static uint64_t interval_ns(const struct view *view)
{
	return view->state.interval * NANOSECONDS_A_SECOND;
}

/* ---- The daemon */

static void take_messages(struct view *view)
{
	bool was_open = view->state.session.link;
	json_t *message = NULL;

	for (int i = 0; i < MESSAGES_A_ROUND && session_receive(&view->state.session, &message); i++) {
		view->is_due |= state_take(&view->state, message);
		view->is_stale = true;
		json_decref(message);
	}
	if (was_open && !view->state.session.link)
		view->is_due = true;
}

/* A request may have found out as well. */
static void notice_loss(struct view *view)
{
	if (view->state.session.link || view->state.is_lost)
		return;
	state_lost(&view->state);
	view->is_due = true;
}

static void connect_again(struct view *view)
{
	if (!view->state.is_lost || !session_try(&view->state.session, clock_boot_ns()))
		return;
	state_found(&view->state);
	view->is_due = true;
}

/* ---- The terminal */

static void take_bare_keys(struct view *view)
{
	if (!terminal_bare_key())
		view->is_hung_up = true;
	terminal_return();
	view->is_bare = false;
	state_act(&view->state, 0);
	view->is_due = true;
}

static void take_key(struct view *view, int code)
{
	if (code == (KEY_IS_FUNCTION | KEY_MOUSE))
		screen_mouse(&view->state);
	else if (code != (KEY_IS_FUNCTION | KEY_RESIZE))
		state_act(&view->state, code);
	view->is_due = true;
}

static void take_keys(struct view *view)
{
	int code;

	while (!view->state.is_over && view->state.focus != FOCUS_COPY && terminal_key(&code))
		take_key(view, code);
	if (view->state.focus != FOCUS_COPY || view->is_bare)
		return;
	view->is_bare = true;
	terminal_show_bare(view->state.copied, view->state.options.is_ascii);
}

static void draw(struct view *view)
{
	if (!view->is_bare)
		screen_draw(&view->state);
	view->is_due = false;
	view->is_stale = false;
}

/* ---- The loop */

/* Until something is to be done that nobody wakes us for. */
static int timeout_ms(const struct view *view)
{
	uint64_t now = clock_boot_ns();
	uint64_t then = view->drawn_ns + interval_ns(view);

	if (!view->state.session.link && view->state.session.next_try_ns < then)
		then = view->state.session.next_try_ns;
	return then <= now ? 0 : (int)((then - now) / NANOSECONDS_A_MILLISECOND) + 1;
}

static void wait_for_something(struct view *view)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = session_fd(&view->state.session), .events = POLLIN},
	};

	if (terminal_poll(fds, COUNT_OF(fds), timeout_ms(view)) < 0)
		return;
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		view->is_hung_up = true;
	if (view->is_bare && (fds[0].revents & POLLIN))
		take_bare_keys(view);
	if (fds[1].revents)
		take_messages(view);
}

static void tick(struct view *view)
{
	if (clock_boot_ns() < view->drawn_ns + interval_ns(view))
		return;
	view->drawn_ns = clock_boot_ns();
	state_ask_again(&view->state);
	view->is_due |= view->is_stale;
}

static void go_round(struct view *view)
{
	while (!view->state.is_over && !view->is_hung_up && !terminal_is_over()) {
		if (view->is_due)
			draw(view);
		wait_for_something(view);
		take_keys(view);
		notice_loss(view);
		connect_again(view);
		tick(view);
	}
}

int view_run(const struct view_options *options, char reason[VIEW_REASON_SIZE])
{
	struct view view = {.is_due = true};

	setlocale(LC_ALL, "");
	int r = state_begin(&view.state, options);
	if (r < 0) {
		snprintf(reason, VIEW_REASON_SIZE, "there is no memory");
		return r;
	}
	view.state.options.is_ascii |= strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	r = session_open(&view.state.session, reason);
	if (r == 0)
		r = terminal_begin(&view.state.options, reason);
	if (r == 0) {
		state_subscribe(&view.state, PICTURE_ALERTS);
		go_round(&view);
		terminal_end();
	}
	state_release(&view.state);
	return r;
}
