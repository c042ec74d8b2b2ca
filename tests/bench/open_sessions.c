// SPDX-License-Identifier: GPL-2.0-only
/*
 * open_sessions FILE SESSIONS: what connections that stay open cost the capture process in memory. Hands a capture of
 * so many beginnings (make_dialogues) to a dissector.
 */
#include "capture/dissector.h"
#include "capture/source.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAMES_AT_ONCE 4096

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	(void)context;
	(void)event;
}

static void take_name(void *context, const struct name_event *event)
{
	(void)context;
	(void)event;
}

static void take_evidence(void *context, uint64_t wire_id, const struct frame *frame)
{
	(void)context;
	(void)wire_id;
	(void)frame;
}

static const struct dissector_taker taker = {.dialogue = take_dialogue, .name = take_name, .evidence = take_evidence};

static void take_frame(void *context, const struct frame *frame)
{
	dissector_take(context, frame);
}

static size_t used_bytes(void)
{
	struct mallinfo2 memory = mallinfo2();
	return memory.uordblks + memory.hblkhd;
}

int main(int argc, char *argv[])
{
	static struct dissector_scope scope = {.ports = {25}, .port_count = 1};
	struct source_error problem = {.message = "usage: open_sessions FILE SESSIONS"};
	struct source *source = NULL;
	size_t sessions = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (sessions == 0 || source_open_file(argv[1], &source, &problem) != 0) {
		fprintf(stderr, "%s\n", problem.message);
		return 2;
	}
	size_t before = used_bytes();
	struct dissector *dissector = dissector_new(source_link_type(source), sessions, true, &taker, NULL);
	size_t empty = used_bytes();
	if (!dissector)
		return 1;
	dissector_set_scope(dissector, &scope);
	while (source_read(source, FRAMES_AT_ONCE, take_frame, dissector, &problem) > 0)
		;
	uint64_t open = dissector_counts(dissector).streams;
	printf("capture: %zu KiB without sessions, %zu bytes a session with %zu of %zu open\n", (empty - before) / 1024,
	       open ? (used_bytes() - empty) / open : 0, (size_t)open, sessions);
	dissector_free(dissector);
	source_close(source);
	return 0;
}
