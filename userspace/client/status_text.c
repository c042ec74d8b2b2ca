// SPDX-License-Identifier: GPL-2.0-only
#include "client/status_text.h"

#include "explain/json_path.h"
#include "lib/array.h"
#include "view/cells.h"

#include <assert.h>
#include <smtpwatch/health.h>
#include <string.h>

#define STATE_WIDTH 8
#define NAME_WIDTH_MAX 32

static const enum colour colours[] = {
	[HEALTH_OK] = COLOUR_GOOD,
	[HEALTH_OFF] = COLOUR_FAINT,
	[HEALTH_DEGRADED] = COLOUR_WARNING,
	[HEALTH_BLIND] = COLOUR_WORST,
};
static_assert(COUNT_OF(colours) == HEALTH_STATE_COUNT, "a colour for each");

static const json_t *checks_of(const json_t *status)
{
	return json_object_get(status, "checks");
}

static bool is_in(const json_t *object, const char *name, enum health_state state)
{
	const char *text = json_path_text(object, name);
	return text && strcmp(text, health_state_name(state)) == 0;
}

static size_t count_in(const json_t *status, enum health_state state)
{
	size_t count = 0;
	size_t i;
	json_t *check;

	json_array_foreach(checks_of(status), i, check) count += is_in(check, "state", state);
	return count;
}

/* "blind: 1, degraded: 2" */
static void print_sum(const struct print_style *style, const json_t *status, FILE *out)
{
	static const enum health_state bad[] = {HEALTH_BLIND, HEALTH_DEGRADED};
	bool is_first = true;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		enum colour colour = colours[bad[i]];
		size_t count = count_in(status, bad[i]);
		if (!count)
			continue;
		fprintf(out, "%s%s%s: %zu%s", is_first ? "" : ", ", print_begin(style, colour),
			health_state_name(bad[i]), count, print_end(style, colour));
		is_first = false;
	}
	if (is_first)
		fprintf(out, "%sall is seen%s", print_begin(style, COLOUR_GOOD), print_end(style, COLOUR_GOOD));
}

static size_t name_width(const struct print_style *style, const json_t *status)
{
	char shown[PRINT_TEXT_SIZE];
	size_t width = 0;
	size_t i;
	json_t *check;

	json_array_foreach(checks_of(status), i, check)
	{
		size_t cells = cells_width(print_show(style, json_path_text(check, "name"), shown), style->is_ascii);
		if (cells > width)
			width = cells;
	}
	return width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

static void print_field(const struct print_style *style, const char *text, size_t width, enum colour colour, FILE *out)
{
	const struct cells_form form = {.is_ascii = style->is_ascii, .is_padded = true};
	char shown[PRINT_TEXT_SIZE];
	char cells[CELLS_SIZE(NAME_WIDTH_MAX)];

	cells_fit(cells, sizeof(cells), print_show(style, text, shown), width, &form);
	fprintf(out, "%s%s%s  ", print_begin(style, colour), cells, print_end(style, colour));
}

static enum colour colour_of_check(const json_t *check)
{
	const char *state = json_path_text(check, "state");
	enum health_state parsed;

	return state && health_state_parse(state, &parsed) == 0 ? colours[parsed] : COLOUR_PLAIN;
}

static void print_check(const struct print_style *style, const json_t *check, size_t width, FILE *out)
{
	const char *advice = json_path_text(check, "advice");
	char shown[PRINT_TEXT_SIZE];

	print_field(style, json_path_text(check, "name"), width, COLOUR_PLAIN, out);
	print_field(style, json_path_text(check, "state"), STATE_WIDTH, colour_of_check(check), out);
	fprintf(out, "%s\n", print_show(style, json_path_text(check, "text"), shown));
	if (advice)
		fprintf(out, "%*s%s\n", (int)(width + STATE_WIDTH + 4), "", print_show(style, advice, shown));
}

void status_text_print(const struct print_style *style, const char *host, const json_t *status, FILE *out)
{
	const char *version = json_path_text(status, "version");
	char shown[PRINT_TEXT_SIZE];
	size_t width = name_width(style, status);
	size_t i;
	json_t *check;

	fprintf(out, "smtpwatch %s", print_show(style, version, shown));
	if (host)
		fprintf(out, " on %s", print_show(style, host, shown));
	fputs(": ", out);
	print_sum(style, status, out);
	fputc('\n', out);
	json_array_foreach(checks_of(status), i, check) print_check(style, check, width, out);
}

enum client_exit status_exit(const json_t *status)
{
	return is_in(status, "health", HEALTH_BLIND) || count_in(status, HEALTH_BLIND) ? EXIT_BAD_ANSWER : EXIT_DONE;
}
