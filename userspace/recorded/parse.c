// SPDX-License-Identifier: GPL-2.0-only
/* The way through a line: no recursion, and no deeper than the table of fields is. */
#include "recorded/reader_state.h"
#include "recorded/runs.h"

#include "recorded/field_read.h"

#include <errno.h>
#include <string.h>

#define ACTOR_SECTIONS (1ULL << SECTION_ACTOR | 1ULL << SECTION_PERSON)

static void begin_actor(struct recorded_reader *reader)
{
	reader->actor_seen = true;
	reader->actor = reader->preset;
	memset(&reader->actor_script, 0, sizeof(reader->actor_script));
	memset(&reader->unit, 0, sizeof(reader->unit));
	reader->host.name[0] = '\0';
}

static int push(struct recorded_reader *reader, const struct frame *frame)
{
	if (lexer_expect(&reader->lexer, '{', "is no object"))
		return -EINVAL;
	if (reader->depth == FRAMES_MAX)
		return lexer_refuse(&reader->lexer, "is too deep");
	reader->frames[reader->depth++] = *frame;
	reader->is_first = true;
	return 0;
}

static int push_ancestor(struct recorded_reader *reader, char *first, int number)
{
	const struct frame frame = {
		.object = SECTION_ANCESTOR,
		.base = number < SW_ANCESTOR_COUNT - 1 ? first + (size_t)(number + 1) * sizeof(struct sw_ancestor)
						       : (char *)&reader->spare,
		.is_actor = true,
		.list_number = number,
	};
	return push(reader, &frame);
}

/* The ancestors' list: its first element is entered. An empty one is passed. */
static int enter_list(struct recorded_reader *reader, char *first)
{
	if (lexer_expect(&reader->lexer, '[', "is no list"))
		return -EINVAL;
	if (lexer_peek(&reader->lexer) == ']') {
		reader->lexer.at++;
		return 0;
	}
	return push_ancestor(reader, first, 0);
}

/* Behind an element: the next one is entered, or the list is left. */
static int go_on_list(struct recorded_reader *reader, int number)
{
	if (lexer_peek(&reader->lexer) != ',')
		return lexer_expect(&reader->lexer, ']', "is no end of a list");
	reader->lexer.at++;
	return push_ancestor(reader, (char *)reader->actor.identity.ancestors, number + 1);
}

static int enter_object(struct recorded_reader *reader, const struct frame *around, const struct field *field,
			bool is_actor)
{
	const struct frame frame = {
		.object = section_object((enum section)field->argument),
		.base = field->part == PART_NONE   ? around->base
			: field->part == PART_BASE ? around->base + field->offset
						   : reader->parts[field->part] + field->offset,
		.is_actor = is_actor,
		.list_number = -1,
	};
	return push(reader, &frame);
}

/* What stands there may be blanks and null; a word, a number and a text are neither. */
static bool may_be_null(const struct lexer *lexer)
{
	return lexer->at < lexer->end && ((uint8_t)*lexer->at <= ' ' || *lexer->at == 'n');
}

/* A field that has a row, from behind its colon. */
static int read_field(struct recorded_reader *reader, const struct frame *frame, const struct field *field)
{
	bool is_actor = frame->is_actor | (ACTOR_SECTIONS >> field->section & 1);

	if (is_actor && !reader->actor_seen)
		begin_actor(reader);
	if (!is_actor)
		reader->actor_run = NULL; /* what is kept would not have it */
	if (may_be_null(&reader->lexer) && lexer_take_null(&reader->lexer))
		return 0;
	reader->parts_seen |= 1U << field->part;
	if (field->kind == FIELD_OBJECT)
		return enter_object(reader, frame, field, is_actor);
	char *target = (field->part == PART_BASE ? frame->base : reader->parts[field->part]) + field->offset;
	if (field->kind == FIELD_ANCESTORS)
		return enter_list(reader, target);
	return recorded_field_read(&reader->lexer, reader->words, field, target);
}

/* Lines that say the same action are alike. */
static struct expectation *expectation_of(const struct recorded_reader *reader)
{
	const uint32_t action = reader->scratch.marks.action + 1; /* 0: not read */
	return &reader->expected[action * EXPECTED_ROWS + (uint32_t)reader->latest];
}

/* The row of the name that the lexer is at, if it is what is expected there; then the name and its colon are taken. */
static int take_expected(struct recorded_reader *reader, enum section object)
{
	struct lexer *lexer = &reader->lexer;
	const struct expectation *expected = expectation_of(reader);
	uint64_t words[NAME_WORDS];

	if ((size_t)(lexer->end - lexer->at) < sizeof(words))
		return -1;
	memcpy(words, lexer->at, sizeof(words));
	if (expected->size == 0 || expected->object != object ||
	    (((words[0] ^ expected->words[0]) & expected->masks[0]) |
	     ((words[1] ^ expected->words[1]) & expected->masks[1])))
		return -1;
	lexer->at += expected->size;
	return expected->row;
}

static void expect_again(struct recorded_reader *reader, enum section object, const char *key, int row)
{
	struct expectation *expected = expectation_of(reader);
	size_t size = (size_t)(reader->lexer.at - key);

	memset(expected, 0, sizeof(*expected));
	if (size > sizeof(expected->words))
		return;
	memcpy(expected->words, key, size);
	memset(expected->masks, 0xff, size);
	expected->size = size;
	expected->object = object;
	expected->row = row;
}

/* A name and its colon. -1: it has no row. */
static int read_name(struct recorded_reader *reader, enum section object, int *ret_row)
{
	struct lexer *lexer = &reader->lexer;
	const char *key = lexer->at;
	struct lexed_text name;

	if (lexer_read_text(lexer, &name) || lexer_expect(lexer, ':', "is no colon behind a name"))
		return -EINVAL;
	int row = words_find(reader->words, object, name.text, name.size);
	if (row >= 0)
		expect_again(reader, object, key, row);
	*ret_row = row;
	return 0;
}

static int read_member(struct recorded_reader *reader)
{
	struct lexer *lexer = &reader->lexer;
	const struct frame *frame = &reader->frames[reader->depth - 1];
	const char *key = lexer->at;
	int row = take_expected(reader, frame->object);

	if (row < 0) {
		lexer_peek(lexer);
		key = lexer->at;
		if (read_name(reader, frame->object, &row))
			return -EINVAL;
		if (row < 0)
			return lexer_skip_value(lexer);
	}
	reader->latest = row;
	const struct field *field = &recorded_fields[row];
	if (runs_concern(reader, field) && runs_take(reader, key, field))
		return 0;
	return read_field(reader, frame, field);
}

/* Leaves the object. Where an element of a list is left, the next one may be entered. */
static int leave(struct recorded_reader *reader)
{
	int number = reader->frames[--reader->depth].list_number;

	reader->lexer.at++;
	reader->is_first = false;
	return number >= 0 ? go_on_list(reader, number) : 0;
}

/* The comma before a member that is not the first. */
static int take_comma(struct recorded_reader *reader, char next)
{
	struct lexer *lexer = &reader->lexer;

	reader->comma = NULL;
	if (reader->is_first) {
		reader->is_first = false;
		return 0;
	}
	if (next != ',')
		return lexer_refuse(lexer, "is neither a comma nor the end of an object");
	reader->comma = lexer->at++;
	return 0;
}

int reader_parse(struct recorded_reader *reader)
{
	static const struct frame root = {.object = SECTION_ROOT, .list_number = -1};
	struct lexer *lexer = &reader->lexer;
	int error = push(reader, &root);

	while (!error && reader->depth > 0) {
		char next = lexer_peek(lexer);
		if (next == '}') {
			error = leave(reader);
			continue;
		}
		error = take_comma(reader, next);
		if (!error)
			error = read_member(reader);
	}
	if (!error && (lexer_peek(lexer) || lexer->at < lexer->end))
		error = lexer_refuse(lexer, "is behind the object");
	return error;
}
