// SPDX-License-Identifier: GPL-2.0-only
#include "explain/section.h"

#include "explain/moment.h"
#include "lib/text.h"

#include <string.h>

#define BLANKS " \t"
#define LIST_WIDTH 76
#define LINE_END_ROOM 2 /* a comma, and a blank */

void section_add(struct section *section, const char *key, const char *const *values, size_t value_count)
{
	if (value_count == 0 || !values[0] || section->field_count == SECTION_FIELDS_MAX)
		return;
	section->fields[section->field_count++] = (struct section_field){key, values, value_count};
}

static bool needs_quotes(const char *value)
{
	size_t length = strlen(value);

	return value[strcspn(value, BLANKS ",#;=")] || strncmp(value, "not", 3) == 0 || value[length - 1] == ' ';
}

/* Whether it would be written as it is: text_escape() leaves it alone. */
static bool is_plain(const char *value)
{
	char escaped[TEXT_ESCAPED_SIZE(SECTION_LINE_MAX)];
	size_t length = strlen(value);

	return text_escape(escaped, sizeof(escaped), value, length) == length && memcmp(escaped, value, length) == 0;
}

/* inih takes a blank and ";" for the beginning of a comment, quotes or not, and lib/ini_file.c refuses one and "#". */
static bool has_comment(const char *value)
{
	for (; *value; value++)
		if (strchr(BLANKS, value[0]) && value[1] && strchr(";#", value[1]))
			return true;
	return false;
}

static bool is_path_field(const char *key)
{
	return strcmp(key, "executable") == 0 || strcmp(key, "script") == 0;
}

/*
 * Why the value cannot be written into a section, as the end of a sentence whose subject it is; NULL: it can. Escaped
 * bytes are among the reasons: the line that would come out is not what was seen.
 */
static const char *section_refuse_value(const char *key, const char *value)
{
	if (!*value)
		return "is empty";
	if (strlen(key) + strlen(value) + sizeof(" = \"\"") + LINE_END_ROOM > SECTION_LINE_MAX)
		return "is longer than a line of a rule file may be";
	if (strchr(value, '\\') || !is_plain(value))
		return "has characters that a rule file cannot have";
	if (strchr(value, '"'))
		return "has a quotation mark";
	if (strchr(value, '*'))
		return "has a character that would stand for others";
	if (has_comment(value))
		return "has what would begin a comment";
	if (strncmp(value, "...", 3) == 0)
		return "is known by its end alone";
	if (is_path_field(key) && *value != '/')
		return "is known by no absolute path";
	return NULL;
}

const struct section_field *section_refuse(const struct section *section, const char **ret_reason)
{
	for (size_t i = 0; i < section->field_count; i++) {
		const struct section_field *field = &section->fields[i];
		for (size_t j = 0; j < field->value_count; j++) {
			const char *reason = section_refuse_value(field->key, field->values[j]);
			if (!reason)
				continue;
			*ret_reason = reason;
			return field;
		}
	}
	return NULL;
}

/* A list that is too long for a line goes on in indented ones. */
static void write_list(FILE *out, const char *key, const char *const *values, size_t count)
{
	size_t width = (size_t)fprintf(out, "%s =", key);

	for (size_t i = 0; i < count; i++) {
		const char *quote = needs_quotes(values[i]) ? "\"" : "";
		size_t length = strlen(values[i]) + 2 * strlen(quote) + LINE_END_ROOM;
		if (i > 0 && width + length > LIST_WIDTH)
			width = (size_t)fprintf(out, ",\n       ");
		else if (i > 0)
			width += (size_t)fprintf(out, ",");
		width += (size_t)fprintf(out, " %s%s%s", quote, values[i], quote);
	}
	fputc('\n', out);
}

void section_write(const struct section *section, FILE *out)
{
	fprintf(out, "[allow %s]\n", section->name);
	for (size_t i = 0; i < section->field_count; i++) {
		const struct section_field *field = &section->fields[i];
		write_list(out, field->key, field->values, field->value_count);
	}
	write_list(out, "rules", section->rules, section->rule_count);
	if (section->until_wall_ns)
		fprintf(out, "until = %s\n", MOMENT_DAY(section->until_wall_ns));
	fprintf(out, "reason = %s\n", section->reason);
}

bool section_is_rule_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return length > 0 && length <= SECTION_NAME_MAX && name[length] == '\0';
}
