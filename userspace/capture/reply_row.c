// SPDX-License-Identifier: GPL-2.0-only
#include "capture/reply_row.h"

#include "lib/array.h"
#include "lib/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS "receiver|stage|code|enhanced|substrings|class"
#define ANY_STAGE ((1U << DIALOGUE_STAGE_COUNT) - 1)

#define CODE_MIN 400
#define CODE_MAX 599
#define ENHANCED_NUMBER_MAX 999 /* RFC 3463 2: up to three digits */

#define SUBSTRING_LENGTH_MIN 4 /* what is shorter stands in half of all sentences */
#define NOT_MARK "(not:"
#define LIKENESS_MAX 2 /* so many letters off, a name may be meant */

/* One column of the line being read, without the blanks around it. */
struct cell {
	const struct ini_place *place;
	const char *name;
	int number;
	char *text;
};

static int __attribute__((format(printf, 2, 3))) refuse(const struct cell *cell, const char *format, ...)
{
	char reason[INI_MESSAGE_SIZE / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return ini_fail(cell->place, "column %d (%s): %s", cell->number, cell->name, reason);
}

static char *trim(char *text)
{
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t", text[length - 1]))
		text[--length] = '\0';
	return text;
}

static int take_receiver(const struct cell *cell, struct reply_row *row)
{
	size_t length = strspn(cell->text, "abcdefghijklmnopqrstuvwxyz0123456789.-");

	if (length == 0 || cell->text[length] != '\0' || length >= sizeof(row->receiver))
		return refuse(cell, "a name has 1 to %zu characters: small letters, digits, \".\" and \"-\"",
			      sizeof(row->receiver) - 1);
	memcpy(row->receiver, cell->text, length + 1);
	return 0;
}

/* What pipelining (RFC 2920) blurs is taken as one: the answer to DATA and that to its end. */
static const struct {
	char letter;
	uint32_t stages;
} stage_letters[] = {
	{'b', 1U << DIALOGUE_STAGE_BANNER},
	{'E', 1U << DIALOGUE_STAGE_HELO},
	{'M', 1U << DIALOGUE_STAGE_MAIL},
	{'R', 1U << DIALOGUE_STAGE_RCPT},
	{'D', 1U << DIALOGUE_STAGE_DATA | 1U << DIALOGUE_STAGE_MESSAGE},
	{'?', ANY_STAGE},
};

static uint32_t stages_of(char letter)
{
	for (size_t i = 0; i < COUNT_OF(stage_letters); i++)
		if (stage_letters[i].letter == letter)
			return stage_letters[i].stages;
	return 0;
}

static int take_stage(const struct cell *cell, struct reply_row *row)
{
	char shown[INI_SHOWN_SIZE];
	bool is_any = strcmp(cell->text, "any") == 0;
	bool is_known = is_any || cell->text[0] != '\0';

	row->stages = is_any ? ANY_STAGE : 0;
	for (const char *letter = cell->text; !is_any && is_known && *letter != '\0'; letter++) {
		is_known = stages_of(*letter) != 0;
		row->stages |= stages_of(*letter);
	}
	if (!is_known)
		return refuse(cell,
			      "\"%s\" is no stage: valid are b (banner), E (EHLO), M (MAIL), R (RCPT), D (DATA), "
			      "several of them, with ? where that is not sure, or any",
			      ini_show(shown, cell->text, strlen(cell->text)));
	return 0;
}

/* "5xx" or "550". */
static bool parse_code(const char *text, struct reply_range *ret_range)
{
	uint64_t number;

	if ((text[0] == '4' || text[0] == '5') && strcmp(text + 1, "xx") == 0) {
		ret_range->first = (uint16_t)((text[0] - '0') * 100);
		ret_range->last = (uint16_t)(ret_range->first + 99);
		return true;
	}
	if (strlen(text) != 3 || text_parse_number(text, CODE_MIN, CODE_MAX, &number))
		return false;
	*ret_range = (struct reply_range){(uint16_t)number, (uint16_t)number};
	return true;
}

static int take_code(const struct cell *cell, struct reply_row *row)
{
	char *rest = cell->text;
	char shown[INI_SHOWN_SIZE];

	while (rest) {
		const char *item = trim(strsep(&rest, ","));
		if (row->code_count == REPLY_CODES_MAX)
			return refuse(cell, "a row has at most %d codes", REPLY_CODES_MAX);
		if (!parse_code(item, &row->codes[row->code_count++]))
			return refuse(cell,
				      "\"%s\" is no code: valid are %d to %d, 4xx, 5xx, and lists of them like 421,5xx",
				      ini_show(shown, item, strlen(item)), CODE_MIN, CODE_MAX);
	}
	return 0;
}

/* "x", "7", or "606-649". */
static bool parse_range(char *text, uint64_t minimum, uint64_t maximum, struct reply_range *ret_range)
{
	char *last_text = text;
	const char *first_text = strsep(&last_text, "-");
	uint64_t first;
	uint64_t last;

	if (strcmp(first_text, "x") == 0 && !last_text) {
		*ret_range = (struct reply_range){(uint16_t)minimum, (uint16_t)maximum};
		return true;
	}
	if (text_parse_number(first_text, minimum, maximum, &first))
		return false;
	last = first;
	if (last_text && text_parse_number(last_text, first, maximum, &last))
		return false;
	*ret_range = (struct reply_range){(uint16_t)first, (uint16_t)last};
	return true;
}

static bool parse_enhanced(char *text, struct reply_enhanced *ret_enhanced)
{
	char *rest = text;
	char *class = strsep(&rest, ".");
	char *subject = strsep(&rest, ".");
	char *detail = strsep(&rest, ".");

	if (!detail || rest || strchr(class, '-') || strchr(subject, '-'))
		return false;
	return parse_range(class, 4, 5, &ret_enhanced->class) &&
	       parse_range(subject, 0, ENHANCED_NUMBER_MAX, &ret_enhanced->subject) &&
	       parse_range(detail, 0, ENHANCED_NUMBER_MAX, &ret_enhanced->detail);
}

static int take_enhanced(const struct cell *cell, struct reply_row *row)
{
	char *rest = cell->text[0] ? cell->text : NULL;
	char shown[INI_SHOWN_SIZE];

	while (rest) {
		char *item = trim(strsep(&rest, ","));
		ini_show(shown, item, strlen(item));
		if (row->enhanced_count == REPLY_ENHANCED_MAX)
			return refuse(cell, "a row has at most %d of them", REPLY_ENHANCED_MAX);
		if (!parse_enhanced(item, &row->enhanced[row->enhanced_count++]))
			return refuse(
				cell,
				"\"%s\" is no enhanced code: valid are 5.7.1, 5.7.606-649, x.7.1 for both 4.7.1 and "
				"5.7.1, lists of them, or nothing",
				shown);
	}
	return 0;
}

/* Adds a text with its mark behind those that are there. Returns the new end. */
static char *add_text(char *end, char mark, const char *text)
{
	*end++ = mark;
	end = stpcpy(end, text) + 1;
	*end = '\0';
	return end;
}

/* Takes "a, b)", what stands behind the mark. */
static int take_unwanted(const struct cell *cell, char *list, char **end)
{
	char *close = strchr(list, ')');

	if (!close || *trim(close + 1) != '\0')
		return refuse(cell, "\"" NOT_MARK " a, b)\" ends an alternative, with a \")\"");
	*close = '\0';
	while (list) {
		const char *item = trim(strsep(&list, ","));
		if (*item == '\0')
			return refuse(cell, "\"" NOT_MARK " a, b)\" has nothing between two commas");
		*end = add_text(*end, '-', item);
	}
	return 0;
}

static int take_alternative(const struct cell *cell, char *text, char **end)
{
	char *unwanted = strstr(text, NOT_MARK);

	if (unwanted)
		*unwanted = '\0';
	const char *wanted = trim(text);
	if (strlen(wanted) < SUBSTRING_LENGTH_MIN)
		return refuse(cell, "a substring has at least %d characters; alternatives are separated by \" / \"",
			      SUBSTRING_LENGTH_MIN);
	*end = add_text(*end, '+', wanted);
	return unwanted ? take_unwanted(cell, unwanted + strlen(NOT_MARK), end) : 0;
}

static int take_substrings(const struct cell *cell, struct reply_row *row)
{
	char text[REPLY_ROW_SIZE + 3] = " "; /* with one at each end, a slash there is a separator too */
	size_t length = 1 + reply_text_squeeze(text + 1, sizeof(text) - 2, cell->text);
	char *end = malloc(2 * length + 4); /* each text has at least one byte, and mark and NUL beside it */

	if (!end)
		return -ENOMEM;
	row->texts = end;
	memcpy(text + length, " ", sizeof(" "));
	for (char *rest = text; rest;) {
		char *alternative = rest;
		rest = strstr(rest, " / ");
		if (rest) {
			*rest = '\0';
			rest += strlen(" /");
		}
		int error = take_alternative(cell, alternative, &end);
		if (error)
			return error;
	}
	return 0;
}

static const char *find_like(const char *name)
{
	const char *best = NULL;
	size_t best_distance = LIKENESS_MAX + 1;

	for (enum reply_class class = REPLY_CLASS_NONE + 1; class < REPLY_CLASS_COUNT; class ++) {
		size_t distance = text_distance(name, reply_class_name(class));
		if (distance < best_distance) {
			best_distance = distance;
			best = reply_class_name(class);
		}
	}
	return best;
}

static int refuse_class(const struct cell *cell)
{
	const char *like = find_like(cell->text);
	char shown[INI_SHOWN_SIZE];
	char names[128] = "";
	size_t length = 0;

	for (enum reply_class class = REPLY_CLASS_NONE + 1; class < REPLY_CLASS_COUNT; class ++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", length ? ", " : "",
					   reply_class_name(class));
	return refuse(cell, "\"%s\" is no class%s%s%s: valid are %s", ini_show(shown, cell->text, strlen(cell->text)),
		      like ? "; did you mean \"" : "", like ? like : "", like ? "\"" : "", names);
}

static int take_class(const struct cell *cell, struct reply_row *row)
{
	for (enum reply_class class = REPLY_CLASS_NONE + 1; class < REPLY_CLASS_COUNT; class ++) {
		if (strcmp(cell->text, reply_class_name(class)) == 0) {
			row->class = class;
			return 0;
		}
	}
	return refuse_class(cell);
}

/* As in COLUMNS. */
static const struct {
	const char *name;
	int (*take)(const struct cell *cell, struct reply_row *row);
} columns[] = {
	{"receiver", take_receiver}, {"stage", take_stage},           {"code", take_code},
	{"enhanced", take_enhanced}, {"substrings", take_substrings}, {"class", take_class},
};

static size_t count_columns(const char *line)
{
	size_t count = 1;
	for (; *line != '\0'; line++)
		count += *line == '|';
	return count;
}

int reply_row_parse(const struct ini_place *place, char *line, struct reply_row *ret_row)
{
	struct reply_row row = {.texts = NULL};
	size_t count = count_columns(line);
	int error = 0;

	if (count != COUNT_OF(columns))
		return ini_fail(place, "a row has %zu columns, this one %zu: " COLUMNS, COUNT_OF(columns), count);
	for (size_t i = 0; i < COUNT_OF(columns) && !error; i++) {
		const struct cell cell = {place, columns[i].name, (int)i + 1, trim(strsep(&line, "|"))};
		error = columns[i].take(&cell, &row);
	}
	if (error)
		reply_row_clear(&row);
	else
		*ret_row = row;
	return error;
}

void reply_row_clear(struct reply_row *row)
{
	free(row->texts);
	*row = (struct reply_row){.texts = NULL};
}

static bool contains(const struct reply_range *range, uint16_t number)
{
	return range->first <= number && number <= range->last;
}

static bool has_code(const struct reply_row *row, uint16_t code)
{
	for (size_t i = 0; i < row->code_count; i++)
		if (contains(&row->codes[i], code))
			return true;
	return false;
}

static bool has_enhanced(const struct reply_row *row, const struct enhanced_code *code)
{
	for (size_t i = 0; i < row->enhanced_count; i++) {
		const struct reply_enhanced *enhanced = &row->enhanced[i];
		if (contains(&enhanced->class, code->class) && contains(&enhanced->subject, code->subject) &&
		    contains(&enhanced->detail, code->detail))
			return true;
	}
	return row->enhanced_count == 0;
}

/* Whether an alternative has its text in the reply and none of those that it must not have. */
static bool has_text(const struct reply_row *row, const char *text)
{
	bool holds = false;

	for (const char *mark = row->texts; *mark != '\0'; mark += strlen(mark) + 1) {
		if (*mark == '+' && holds)
			return true;
		if (*mark == '+')
			holds = strstr(text, mark + 1);
		else if (holds)
			holds = !strstr(text, mark + 1);
	}
	return holds;
}

bool reply_row_matches(const struct reply_row *row, const struct reply *reply)
{
	return row->stages >> reply->stage & 1 && has_code(row, reply->code) && has_enhanced(row, &reply->enhanced) &&
	       !(row->class == REPLY_CLASS_DNSBL && reply->text.names_domains) && has_text(row, reply->text.text);
}

/* Reads a number of one to three digits. Returns what stands behind it; NULL: there is none. */
static const char *take_number(const char *text, uint16_t *ret_number)
{
	size_t digits = strspn(text, "0123456789");
	uint16_t number = 0;

	if (digits < 1 || digits > 3)
		return NULL;
	for (size_t i = 0; i < digits; i++)
		number = (uint16_t)(number * 10 + (text[i] - '0'));
	*ret_number = number;
	return text + digits;
}

struct enhanced_code reply_enhanced_of(const char *text)
{
	const struct enhanced_code none = {.class = 0};
	struct enhanced_code code = none;

	if ((text[0] != '4' && text[0] != '5') || text[1] != '.')
		return none;
	code.class = (uint8_t)(text[0] - '0');
	const char *end = take_number(text + 2, &code.subject);
	if (!end || *end != '.')
		return none;
	end = take_number(end + 1, &code.detail);
	return end && (*end == '\0' || *end == ' ') ? code : none;
}
