// SPDX-License-Identifier: GPL-2.0-only
/* JSON lines of a file, to be explained and to be learned from: what is printed is plain text. */
#include "explain/explain.h"

#include "explain/json_lines.h"
#include "explain/learn.h"
#include "files.h"

#include <jansson.h>

struct taken {
	json_t *lines;
	struct learn learn;
};

static int take(void *context, const json_t *line)
{
	struct taken *taken = context;
	struct learned_flow flow;

	json_array_append(taken->lines, (json_t *)(uintptr_t)line);
	return learned_flow_read(line, &flow) ? learn_take(&taken->learn, &flow) : 0;
}

/* A terminal does nothing but show it. */
static void check_page(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		EXPECT((unsigned char)text[i] >= ' ' || text[i] == '\n');
}

static void print(struct taken *taken, const struct json_lines *lines)
{
	const struct learn_source source = {.what = "fuzz", .lines = lines->lines, .bad_lines = lines->bad};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	EXPECT(out);
	explain_incident(taken->lines, out);
	learn_conclude(&taken->learn);
	learn_print(&taken->learn, &source, out);
	EXPECT(fclose(out) == 0);
	check_page(text, size);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct taken taken = {.lines = json_array()};
	struct json_lines lines = {0};
	FILE *stream = size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : NULL;

	EXPECT(taken.lines);
	if (stream && json_lines_read(&lines, stream, take, &taken) == 0)
		print(&taken, &lines);
	learn_clear(&taken.learn);
	json_decref(taken.lines);
	if (stream)
		fclose(stream);
	return 0;
}
