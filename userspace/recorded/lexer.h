/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: a line of JSON from its beginning to its end, token by token. What is wrong is said in `problem`,
 * and `at` is where. Nothing is allocated: texts go to a room that is as large as any line.
 */
#ifndef SMTPWATCH_RECORDED_LEXER_H
#define SMTPWATCH_RECORDED_LEXER_H

#include "recorded/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define LEXER_MINUTE_SIZE (sizeof("2026-11-22T03:12:") - 1)

struct lexer {
	const char *start;
	const char *at;
	const char *end;
	const char *problem; /* NULL: none. A static string: "is ..." or "... is missing" */
	char *room;          /* RECORDED_LINE_MAX bytes */
	size_t used;
	char minute[LEXER_MINUTE_SIZE]; /* the latest that was read, and when it began */
	time_t minute_begin;
};

/* A text of the line as it stands there, or decoded in the room. Not ended by NUL. */
struct lexed_text {
	const char *text;
	size_t size;
	bool has_nul;
};

void lexer_begin(struct lexer *lexer, const char *line, size_t size);

/* -EINVAL with this problem, of which the first one stays. */
int lexer_refuse(struct lexer *lexer, const char *problem);

/* Whether it is one of these; NUL is none. */
static inline bool lexer_is_one_of(char character, const char *set)
{
	return character != '\0' && strchr(set, character);
}

static inline bool lexer_is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* The next character behind blanks, which is not taken; NUL at the end of the line. */
static inline char lexer_peek(struct lexer *lexer)
{
	if (lexer->at < lexer->end && (uint8_t)*lexer->at > ' ') /* as the writer leaves it */
		return *lexer->at;
	while (lexer->at < lexer->end && lexer_is_blank(*lexer->at))
		lexer->at++;
	return lexer->at < lexer->end ? *lexer->at : '\0';
}

/* Takes this character, behind blanks; or refuses, with the problem. */
static inline int lexer_expect(struct lexer *lexer, char character, const char *problem)
{
	if (lexer_peek(lexer) != character || lexer->at == lexer->end)
		return lexer_refuse(lexer, problem);
	lexer->at++;
	return 0;
}

/* Takes null, where it is that. */
bool lexer_take_null(struct lexer *lexer);

/* 0 or -EINVAL, all of them. */
int lexer_read_text(struct lexer *lexer, struct lexed_text *ret_text);
/* A whole number from 0 to `maximum`, also in quotes. */
int lexer_read_number(struct lexer *lexer, uint64_t maximum, uint64_t *ret_number);
int lexer_read_bool(struct lexer *lexer, bool *ret_value);
/* RFC 3339 in UTC, with up to nine digits behind the second; from 1970 to 2500. */
int lexer_read_time(struct lexer *lexer, uint64_t *ret_wall_ns);
/* Whatever it is, at most 32 lists and objects deep. */
int lexer_skip_value(struct lexer *lexer);

/* The text with a NUL behind it, in the room. NULL: refused. */
char *lexer_keep_bytes(struct lexer *lexer, const struct lexed_text *text);
/* The same; one that has a NUL within is refused. */
char *lexer_keep_text(struct lexer *lexer, const struct lexed_text *text);

#endif
