/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMTP sessions as scripts, and what is told of them as text. A line of a script is a step:
 *   "C: TEXT" and "S: TEXT"   client and server send a line, with CRLF
 *   "C> TEXT" and "S> TEXT"   the same without a line end
 *   "C+ N" and "S+ N"         N bytes are missing
 *   "C* N"                    the client sends N letters
 * \r \n \t \0 \\ and \xNN in TEXT are those bytes.
 */
#ifndef SMTPWATCH_TESTS_CAPTURE_SMTP_SCRIPT_H
#define SMTPWATCH_TESTS_CAPTURE_SMTP_SCRIPT_H

#include "capture/smtp.h"
#include "support/test.h"

#include <stdlib.h>

#define SCRIPT_SIZE_MAX (1U << 20)
#define SCRIPT_STEPS_MAX 4096

struct smtp_case {
	const char *title;
	const char *script;
	const char *events; /* a line each */
	struct smtp_options options;
};

struct script_step {
	enum stream_side side;
	bool is_skip;
	size_t offset; /* in the script's bytes */
	size_t size;
};

/* Not on the heap: what of it is found there was copied by the code under test. */
struct script {
	uint8_t bytes[SCRIPT_SIZE_MAX];
	size_t size;
	struct script_step steps[SCRIPT_STEPS_MAX];
	size_t count;
};

/* Asked after each call; `told` is what was told so far. */
typedef void (*script_check)(const struct smtp *smtp, const char *told);

static inline void script_put(struct script *script, uint8_t byte)
{
	assert_true(script->size < SCRIPT_SIZE_MAX);
	script->bytes[script->size++] = byte;
}

static inline const char *script_put_escaped(struct script *script, const char *text)
{
	static const char names[] = "rnt0\\";
	static const char values[] = "\r\n\t\0\\";
	const char *name = strchr(names, text[1]);

	if (text[1] == 'x') {
		char digits[] = {text[2], text[3], '\0'};

		script_put(script, (uint8_t)strtoul(digits, NULL, 16));
		return text + 4;
	}
	assert_true(name && *name != '\0');
	script_put(script, (uint8_t)values[name - names]);
	return text + 2;
}

static inline void script_put_text(struct script *script, const char *text, const char *end)
{
	while (text < end) {
		if (*text == '\\')
			text = script_put_escaped(script, text);
		else
			script_put(script, (uint8_t)*text++);
	}
}

static inline void script_parse(struct script *script, const char *text)
{
	script->size = 0;
	script->count = 0;
	while (*text != '\0') {
		const char *end = strchrnul(text, '\n');
		struct script_step *step = &script->steps[script->count++];

		assert_true(script->count < SCRIPT_STEPS_MAX && end - text >= 3);
		*step = (struct script_step){.side = text[0] == 'C' ? STREAM_CLIENT : STREAM_SERVER,
					     .is_skip = text[1] == '+',
					     .offset = script->size};
		if (text[1] == ':' || text[1] == '>')
			script_put_text(script, text + 3, end);
		if (text[1] == ':')
			script_put_text(script, "\\r\\n", strchr("\\r\\n", '\0'));
		for (size_t i = text[1] == '*' ? strtoul(text + 3, NULL, 10) : 0; i > 0; i--)
			script_put(script, 'x');
		step->size = step->is_skip ? strtoul(text + 3, NULL, 10) : script->size - step->offset;
		text = *end == '\0' ? end : end + 1;
	}
}

/* Joins the steps that follow each other from one side. */
static inline void script_join(struct script *script)
{
	size_t count = 0;

	for (size_t i = 0; i < script->count; i++) {
		struct script_step *step = &script->steps[i];
		struct script_step *last = count > 0 ? &script->steps[count - 1] : NULL;

		if (last && last->side == step->side && !last->is_skip && !step->is_skip)
			last->size += step->size;
		else
			script->steps[count++] = *step;
	}
	script->count = count;
}

static inline void script_write_extensions(FILE *told, uint32_t extensions)
{
	for (enum dialogue_extension i = 0; i < DIALOGUE_EXTENSION_COUNT; i++) {
		if (extensions & 1U << i)
			fprintf(told, " %s", dialogue_extension_name(i));
	}
	assert_int_equal(extensions >> DIALOGUE_EXTENSION_COUNT, 0);
}

static inline void script_write_reply(FILE *told, const struct dialogue_event *event)
{
	fprintf(told, "REPLY %s %u ", dialogue_stage_name(event->stage), event->code);
	if (event->enhanced.class > 0)
		fprintf(told, "%u.%u.%u ", event->enhanced.class, event->enhanced.subject, event->enhanced.detail);
	fprintf(told, "%s", event->text);
}

static inline void script_write_path(FILE *told, const char *kind, const struct dialogue_event *event)
{
	fprintf(told, "%s [%s]", kind, event->name);
	if (event->address)
		fprintf(told, " <%s>", event->address);
}

/* An smtp_taker. */
static inline void script_take(void *context, struct dialogue_event *event)
{
	FILE *told = context;

	switch (event->kind) {
	case DIALOGUE_BANNER:
		fprintf(told, "BANNER %u %s", event->code, event->text);
		break;
	case DIALOGUE_HELO:
		fprintf(told, "%s [%s]", event->is_extended ? "EHLO" : "HELO", event->name);
		break;
	case DIALOGUE_EXTENSIONS:
		fprintf(told, "EXTENSIONS");
		script_write_extensions(told, event->extensions);
		break;
	case DIALOGUE_AUTH:
		fprintf(told, "AUTH [%s]", event->name);
		break;
	case DIALOGUE_TLS:
		fprintf(told, "TLS %s [%s]", dialogue_tls_name(event->tls), event->name);
		break;
	case DIALOGUE_MAIL:
		script_write_path(told, "MAIL", event);
		break;
	case DIALOGUE_RCPT:
		script_write_path(told, "RCPT", event);
		break;
	case DIALOGUE_REPLY:
		script_write_reply(told, event);
		break;
	case DIALOGUE_MESSAGE:
		fprintf(told, "MESSAGE %u %llu", event->code, (unsigned long long)event->bytes);
		break;
	case DIALOGUE_QUIT:
		fprintf(told, "QUIT");
		break;
	case DIALOGUE_NOT_SMTP:
		fprintf(told, "NOT_SMTP %s", dialogue_misfit_name(event->misfit));
		break;
	case DIALOGUE_LOST:
		fprintf(told, "LOST");
		break;
	default:
		fail_msg("event %d", event->kind);
	}
	fprintf(told, "\n");
}

/* Feeds a step in pieces of `piece` bytes. Returns how many were clear up to the first piece that has other bytes. */
static inline size_t script_feed(struct smtp *smtp, const struct script *script, const struct script_step *step,
				 size_t piece, FILE *told, script_check check, char **text)
{
	static bool was_opaque;
	size_t clear = 0;
	bool is_clear = true;

	if (step == script->steps)
		was_opaque = false;
	for (size_t done = 0; done < step->size;) {
		size_t size = step->size - done < piece ? step->size - done : piece;
		struct stream_verdict verdict =
			step->is_skip ? smtp_skip(smtp, step->side, size)
				      : smtp_read(smtp, step->side, script->bytes + step->offset + done, size);

		assert_in_range(verdict.clear, 0, step->is_skip ? 0 : size);
		clear += is_clear ? verdict.clear : 0;
		is_clear = is_clear && verdict.clear == size;
		done += size;
		if (verdict.is_opaque && !was_opaque)
			fprintf(told, "OPAQUE\n");
		assert_true(verdict.is_opaque || !was_opaque);
		was_opaque = verdict.is_opaque;
		fflush(told);
		if (check)
			check(smtp, *text);
	}
	return clear;
}

/* Returns what was told; free() it. */
static inline char *script_run(const struct smtp_case *row, struct script *script, size_t piece, script_check check)
{
	char *text = NULL;
	size_t size = 0;
	FILE *told = open_memstream(&text, &size);
	struct smtp *smtp = smtp_new(&row->options, script_take, told);

	assert_non_null(told);
	assert_non_null(smtp);
	for (size_t i = 0; i < script->count; i++)
		script_feed(smtp, script, &script->steps[i], piece, told, check, &text);
	smtp_end(smtp);
	smtp_free(smtp);
	fclose(told);
	return text;
}

/* However the bytes are cut, the same is told. */
static inline void script_check_case(const struct smtp_case *row, script_check check)
{
	static struct script script;
	static const size_t pieces[] = {1, 2, 3, 7, 64, SIZE_MAX};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(pieces); i++) {
		size_t piece = pieces[i / 2];
		char *told;

		script_parse(&script, row->script);
		if (i % 2 == 1)
			script_join(&script);
		told = script_run(row, &script, piece, check);
		if (strcmp(told, row->events) != 0)
			fail_msg("%s, in pieces of %zd:\n%s-- expected:\n%s", row->title, (ssize_t)piece, told,
				 row->events);
		free(told);
	}
}

static inline void script_check_cases(const struct smtp_case *rows, size_t count, script_check check)
{
	for (size_t i = 0; i < count; i++)
		script_check_case(&rows[i], check);
}

#endif
