// SPDX-License-Identifier: GPL-2.0-only
#include "explain/json_path.h"
#include "view/alert_line.h"
#include "view/draw.h"

#include <string.h>

static enum style style_of_alert(const json_t *alert)
{
	const char *level = json_path_text(alert, "log.level");
	enum alert_severity severity;

	return level && alert_severity_parse(level, &severity) == 0 ? style_of_severity(severity) : STYLE_PLAIN;
}

static void draw_alert(const struct state *state, const json_t *alert, bool has_cursor, int y, int width)
{
	const struct alert_line_options options = {
		.width = (size_t)width,
		.now = picture_head(state->picture)->now,
		.is_ascii = state->options.is_ascii,
	};
	char line[ALERT_LINE_SIZE];
	const char *action = json_path_text(alert, "event.action");
	bool is_over = action && strcmp(action, alert_phase_name(ALERT_ENDED)) == 0;
	attr_t look = style_of(is_over ? STYLE_PLAIN : style_of_alert(alert)) | (has_cursor ? A_REVERSE : 0);

	alert_line_write(alert, &options, line);
	draw_text(y, 0, width, line, look,
		  &(struct cells_form){.is_ascii = state->options.is_ascii, .is_padded = has_cursor});
}

/* "1-13 of 345 rows, by conn/min". */
static void describe_rows(const struct state *state, char *text, size_t size)
{
	size_t first = state->listing.count ? state->top + 1 : 0;
	size_t last = state->top + state->page < state->listing.count ? state->top + state->page : state->listing.count;
	size_t length = (size_t)snprintf(text, size, " %zu-%zu of %zu rows", first, last, state->listing.count);

	if (state->listing.hidden && length < size)
		length += (size_t)snprintf(text + length, size - length, ", %zu hidden", state->listing.hidden);
	if (length < size)
		snprintf(text + length, size - length, ", %s by %s ", state->listing.is_ascending ? "up" : "down",
			 column_title(state->listing.sort, picture_by(state->picture)));
}

void alerts_pane_draw(struct state *state, const struct draw_area *area)
{
	const json_t *alerts = picture_alerts(state->picture);
	const size_t count = json_array_size(alerts);
	char rows[128];
	size_t cursor;

	describe_rows(state, rows, sizeof(rows));
	draw_ruler(area->y, area->width, " Alerts ", rows, state->options.is_ascii);
	state->alert_page = area->height > 1 ? (size_t)area->height - 1 : 1;
	state_alert(state, &cursor);
	if (state->focus != FOCUS_ALERTS)
		state->alert_top = 0;
	else if (cursor < state->alert_top)
		state->alert_top = cursor;
	else if (cursor >= state->alert_top + state->alert_page)
		state->alert_top = cursor - state->alert_page + 1;
	for (int line = 0; line < area->height - 1 && state->alert_top + (size_t)line < count; line++) {
		size_t place = state->alert_top + (size_t)line;
		draw_alert(state, json_array_get(alerts, count - 1 - place),
			   state->focus == FOCUS_ALERTS && place == cursor, area->y + 1 + line, area->width);
	}
	if (!count && area->height > 1)
		draw_text(area->y + 1, 0, area->width, "none", style_of(STYLE_PLAIN),
			  &(struct cells_form){.is_ascii = state->options.is_ascii});
}
