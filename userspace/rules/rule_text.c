// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_text.h"

#include "rules/rule_words.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_SIZE 64

const char *const rule_text_values[TEXT_VALUE_COUNT] = {
	[TEXT_VALUE] = "value",   [TEXT_SECOND] = "second",   [TEXT_LIMIT] = "limit",
	[TEXT_WINDOW] = "window", [TEXT_REACHED] = "reached", [TEXT_COUNTED] = "counted",
	[TEXT_WHOLE] = "whole",   [TEXT_SAMPLES] = "samples", [TEXT_KEY] = "key",
};

char *rule_text_join(const struct rule_entry *entry)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < entry->line_count; i++) {
		const char *line = entry->lines[i].text;

		fprintf(stream, "%s%s", ftell(stream) > 0 && *line ? " " : "", line);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int add_piece(struct rule *rule, const struct text_piece *piece)
{
	struct text_piece *grown = reallocarray(rule->pieces, rule->piece_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	rule->pieces = grown;
	grown[rule->piece_count++] = *piece;
	return 0;
}

static int refuse_name(const struct ini_place *place, const char *name)
{
	struct nearest nearest = nearest_begin(name);
	char shown[INI_SHOWN_SIZE];
	char hint[RULE_HINT_SIZE];

	for (size_t i = 0; i < TEXT_VALUE_COUNT; i++)
		if (rule_text_values[i])
			nearest_offer(&nearest, rule_text_values[i]);
	rule_field_offer(&nearest, false);
	return ini_fail(place,
			"text: {%s} is no field, and none of {value}, {second}, {limit}, {window}, {reached}, "
			"{counted}, {whole}, {samples} and {key}%s",
			ini_show(shown, name, strlen(name)), rule_hint(hint, nearest.found));
}

static int find_value(const struct ini_place *place, const char *name, uint32_t events, struct text_piece *piece)
{
	for (size_t i = 0; i < TEXT_VALUE_COUNT; i++) {
		if (rule_text_values[i] && strcmp(rule_text_values[i], name) == 0) {
			piece->value = (enum text_value)i;
			return 0;
		}
	}
	piece->value = TEXT_FIELD;
	piece->field = field_find(name);
	if (piece->field == FIELD_COUNT)
		return refuse_name(place, name);
	return rule_field_check(place, piece->field, events, false);
}

/* Takes "name}" behind a brace. */
static int add_value(struct rule *rule, const struct ini_place *place, const char *text, size_t length)
{
	struct text_piece piece = {.field = FIELD_COUNT};
	char name[NAME_MAX_SIZE];

	if (text[length] != '}')
		return ini_fail(place, "text: a brace is not closed; \"{{\" writes one");
	if (length >= sizeof(name))
		return ini_fail(place, "text: no field has a name so long");
	memcpy(name, text, length);
	name[length] = '\0';
	int error = find_value(place, name, rule->listens, &piece);
	return error ? error : add_piece(rule, &piece);
}

static int cut(struct rule *rule, const struct ini_place *place)
{
	const char *at = rule->text;

	while (*at != '\0') {
		struct text_piece piece = {.literal = at, .field = FIELD_COUNT};
		int error;

		piece.length = strcspn(at, "{");
		bool is_brace = at[piece.length] == '{' && at[piece.length + 1] == '{';
		bool is_value = at[piece.length] == '{' && !is_brace;
		piece.length += is_brace;
		if (piece.length > 0 && (error = add_piece(rule, &piece)))
			return error;
		at += piece.length + is_brace;
		if (!is_value)
			continue;
		size_t length = strcspn(at + 1, "}");
		error = add_value(rule, place, at + 1, length);
		if (error)
			return error;
		at += 1 + length + 1;
	}
	return 0;
}

int rule_text_parse(const struct rule_entry *entry, struct ini_error *ret_error, struct rule *rule)
{
	const struct ini_place place = rule_line_place(&entry->lines[0], ret_error);

	rule->text = rule_text_join(entry);
	if (!rule->text)
		return -ENOMEM;
	if (strlen(rule->text) > RULE_TEXT_MAX)
		return ini_fail(&place, "a text has at most %d bytes", RULE_TEXT_MAX);
	return cut(rule, &place);
}
