// SPDX-License-Identifier: GPL-2.0-only
/* Lines of recorded observations: what is read is written as a line that says the same, and every text ends. */
#include "recorded/line.h"
#include "recorded/reader.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct recorded_reader *reader;
static struct recorded_reader *other;
static struct line_writer *writer;
static char line[RECORDED_LINE_MAX];
static char again[RECORDED_LINE_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	reader = recorded_reader_new();
	other = recorded_reader_new();
	writer = line_writer_new();
	return reader && other && writer ? 0 : -1;
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

static size_t write_question(const struct recorded_question *question, char *text)
{
	if (!question->change->actor)
		return 0;
	line_writer_set_host(writer, question->host_name);
	return line_write(writer, question->observation, question->change, text, RECORDED_LINE_MAX);
}

/* What the first reader made of times runs back no further than the second one allows. */
static void check_line(const char *text, size_t size)
{
	struct recorded_question question;

	if (recorded_read_line(reader, text, size, &question) != 0)
		return;
	size_t length = write_question(&question, line);
	if (length == 0)
		return;
	check(recorded_read_line(other, line, length, &question) == 0);
	check(write_question(&question, again) == length && memcmp(line, again, length) == 0);
	/* By what is kept of the actor, too. */
	check(recorded_read_line(other, line, length, &question) == 0);
	check(write_question(&question, again) == length && memcmp(line, again, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *end = at + size;

	recorded_reader_begin(reader, "fuzz");
	while (at < end) {
		const char *mark = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((mark ? mark : end) - at);
		char *exact = malloc(length ? length : 1); /* ends where the line does */
		if (!exact)
			break;
		memcpy(exact, at, length);
		check_line(exact, length);
		free(exact);
		at += length + (mark != NULL);
	}
	return 0;
}
