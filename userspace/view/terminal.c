// SPDX-License-Identifier: GPL-2.0-only
#include "view/terminal.h"

#include "lib/array.h"
#include "view/cells.h"
#include "view/keys.h"
#include "view/style.h"

#include <curses.h>
#include <errno.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_DELAY_MS 100 /* the bytes of one key may come apart over a slow line */

static volatile sig_atomic_t is_over;
static SCREEN *screen;
static WINDOW *input; /* beside the screen: reading from that would draw it */
static sigset_t mask_before;
static struct termios termios_before;
static char farewell[256]; /* what makes the terminal a usual one again; not ended with NUL */
static size_t farewell_length;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static struct sigaction before_crash[COUNT_OF(crashes)];

static void on_end(int signal)
{
	(void)signal;
	is_over = 1;
}

/* Calls nothing that is not async-signal-safe. Then it goes on as it would have: to death, or a sanitizer's report. */
static void on_crash(int signal)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &termios_before);
	if (write(STDOUT_FILENO, farewell, farewell_length) < 0)
		_exit(128 + signal);
	for (size_t i = 0; i < COUNT_OF(crashes); i++)
		if (crashes[i] == signal)
			sigaction(signal, &before_crash[i], NULL);
	raise(signal);
}

static void prepare_farewell(void)
{
	static const char *const capabilities[] = {"sgr0", "rmkx", "cnorm", "rmcup"};

	for (size_t i = 0; i < COUNT_OF(capabilities); i++) {
		const char *text = tigetstr(capabilities[i]);
		size_t length = text && text != (const char *)-1 ? strlen(text) : 0;
		if (farewell_length + length > sizeof(farewell))
			continue;
		memcpy(farewell + farewell_length, length ? text : "", length);
		farewell_length += length;
	}
}

static void take_signals(void)
{
	static const int ends[] = {SIGTERM, SIGHUP, SIGINT};
	const struct sigaction end = {.sa_handler = on_end};
	const struct sigaction crash = {.sa_handler = on_crash};
	struct sigaction before;
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		/* Who started it under nohup has a say too. */
		if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(ends[i], &end, NULL);
		sigaddset(&mask, ends[i]);
	}
	for (size_t i = 0; i < COUNT_OF(crashes); i++)
		sigaction(crashes[i], &crash, &before_crash[i]);
	sigprocmask(SIG_BLOCK, &mask, &mask_before);
}

static int fail(char reason[VIEW_REASON_SIZE], int error, const char *sentence)
{
	char form[64];

	cells_fit(form, sizeof(form), getenv("TERM"), 30, &(struct cells_form){.is_ascii = true});
	snprintf(reason, VIEW_REASON_SIZE, sentence, form);
	return error;
}

/* One that only goes on line by line shows no screen. Of one that is not known newterm() tells. */
static bool can_place_text(void)
{
	int error;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return true;
	const char *move = tigetstr("cup");
	bool can_move = move && move != (const char *)-1;
	del_curterm(cur_term);
	return can_move;
}

int terminal_begin(const struct view_options *options, char reason[VIEW_REASON_SIZE])
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail(reason, -ENOTTY, "the screen needs a terminal; for text there is smtpwatch top -b%.0s");
	if (!can_place_text())
		return fail(reason, -ENODEV,
			    "a terminal \"%s\" shows no screen; for text there is smtpwatch top -b, else set TERM to "
			    "another");
	tcgetattr(STDIN_FILENO, &termios_before);
	take_signals(); /* before curses does */
	set_escdelay(ESCAPE_DELAY_MS);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return fail(reason, -ENODEV, "nothing is known of a terminal \"%s\"; set TERM to another");
	prepare_farewell();
	atexit(terminal_end);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	style_begin(options->is_colourless);
	input = newpad(1, 1);
	keypad(input, TRUE);
	nodelay(input, TRUE);
	if (options->has_mouse) {
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
		mouseinterval(0);
	}
	return 0;
}

void terminal_end(void)
{
	if (screen && !isendwin())
		endwin();
	if (!screen)
		return;
	delwin(input);
	delscreen(screen);
	screen = NULL;
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

bool terminal_is_over(void)
{
	return is_over;
}

int terminal_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};

	return ppoll(fds, count, &timeout, &mask_before);
}

bool terminal_key(int *ret_code)
{
	wint_t code;
	int kind = wget_wch(input, &code);

	if (kind == ERR)
		return false;
	*ret_code = (int)code | (kind == KEY_CODE_YES ? KEY_IS_FUNCTION : 0);
	return true;
}

static void print_line(const char *line, size_t length, bool is_ascii)
{
	_cleanup_free_ char *copy = strndup(line, length);
	size_t width = copy ? cells_width(copy, is_ascii) : 0;
	_cleanup_free_ char *fit = malloc(CELLS_SIZE(width));

	if (!fit || !copy)
		return;
	cells_fit(fit, CELLS_SIZE(width), copy, width, &(struct cells_form){.is_ascii = is_ascii});
	puts(fit);
}

/* With the modes of the screen: a key counts without Enter, and is not shown. */
void terminal_show_bare(const char *text, bool is_ascii)
{
	endwin();
	while (*text) {
		size_t length = strcspn(text, "\n");
		print_line(text, length, is_ascii);
		text += length + (text[length] == '\n');
	}
	fputs("\nany key leads back", stdout);
	fflush(stdout);
	reset_prog_mode();
}

bool terminal_bare_key(void)
{
	char bytes[64];

	return read(STDIN_FILENO, bytes, sizeof(bytes)) > 0;
}

void terminal_return(void)
{
	fputs("\n", stdout);
	fflush(stdout);
	clearok(curscr, TRUE);
	curs_set(0);
}
