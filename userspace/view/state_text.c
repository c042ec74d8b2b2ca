// SPDX-License-Identifier: GPL-2.0-only
/* The panes of lines: detail, explanation, help; and lines to be copied. */
#include "explain/explain.h"
#include "view/details.h"
#include "view/state.h"

#include <string.h>

/* What a function writes, or NULL; the caller owns it. */
#define WRITTEN(out, statement)                             \
	({                                                  \
		char *text_ = NULL;                         \
		size_t size_;                               \
		FILE *out = open_memstream(&text_, &size_); \
		if (out) {                                  \
			statement;                          \
			if (fclose(out) != 0) {             \
				free(text_);                \
				text_ = NULL;               \
			}                                   \
		}                                           \
		text_;                                      \
	})

static void set_text(struct state *state, char *text)
{
	if (text)
		wrapped_set(&state->wrapped, text);
}

/* What the daemon said of this row, or NULL. */
static const json_t *detail_of(const struct state *state, uint64_t row)
{
	const json_t *detail = picture_detail(state->picture);
	const json_t *number = json_object_get(json_object_get(detail, "row"), "row");

	return json_is_integer(number) && (uint64_t)json_integer_value(number) == row ? detail : NULL;
}

static char *describe(const struct state *state, const struct picture_row *row)
{
	double now = picture_head(state->picture)->now;

	return WRITTEN(out, details_write(row, detail_of(state, row->number), now, out));
}

/* A row that is not there any more leaves its last text. */
void state_describe(struct state *state)
{
	size_t place = listing_find(&state->listing, state->described);

	if (place != SIZE_MAX)
		set_text(state, describe(state, state->listing.items[place].row));
}

void state_open_text(struct state *state, enum state_text text)
{
	if (state->focus != FOCUS_TEXT)
		state->text_from = state->focus;
	state->focus = FOCUS_TEXT;
	state->text = text;
	state->text_top = 0;
	if (text == TEXT_HELP) {
		snprintf(state->text_title, sizeof(state->text_title), "Help");
		set_text(state, WRITTEN(out, details_write_help(out)));
	}
}

void state_close_text(struct state *state)
{
	state->focus = state->text_from;
}

void state_explain(struct state *state, const char *incident)
{
	if (!incident || !incident[0]) {
		snprintf(state->message, sizeof(state->message), "it has no incident");
		return;
	}
	snprintf(state->incident, sizeof(state->incident), "%s", incident);
	snprintf(state->text_title, sizeof(state->text_title), "Incident %s", incident);
	state_open_text(state, TEXT_EXPLANATION);
	set_text(state, strdup("The daemon is asked for its lines.\n"));
	session_ask_explanation(&state->session, incident);
}

/* Where a line of it is missing still it waits. */
void state_show_explanation(struct state *state)
{
	const json_t *explanation = picture_explanation(state->picture);
	const char *incident = json_string_value(json_object_get(explanation, "incident"));

	if (state->focus != FOCUS_TEXT || state->text != TEXT_EXPLANATION || !incident ||
	    strcmp(incident, state->incident) != 0 || json_is_true(json_object_get(explanation, "more")))
		return;
	set_text(state, WRITTEN(out, explain_incident(json_object_get(explanation, "lines"), out)));
}

/* ---- To be copied */

void state_copy(struct state *state)
{
	const struct picture_row *row = state_selected(state);
	size_t place;
	const json_t *alert = state_alert(state, &place);
	char *text = NULL;

	if (state->focus == FOCUS_TEXT)
		text = state->wrapped.text ? strdup(state->wrapped.text) : NULL;
	else if (state->focus == FOCUS_ALERTS && alert)
		text = WRITTEN(out, details_write_alert(alert, out));
	else if (state->focus == FOCUS_TABLE && row)
		text = describe(state, row);
	if (!text)
		return;
	free(state->copied);
	state->copied = text;
	state->copied_from = state->focus;
	state->focus = FOCUS_COPY;
}
