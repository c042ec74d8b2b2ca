/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: runs of bytes that many lines have in common. A run begins with a field of its own and goes on
 * until the first that is of none of its sections. What it says is known where the same bytes stood in another line,
 * and where nothing that it could change was said before it.
 */
#ifndef SMTPWATCH_RECORDED_RUNS_H
#define SMTPWATCH_RECORDED_RUNS_H

#include "recorded/reader_state.h"

#define RUNS_BEGIN (1ULL << SECTION_START | 1ULL << SECTION_TALK | 1ULL << SECTION_ACTOR)

/* Whether a run may begin or end with a field. Most are in none. */
static inline bool runs_concern(const struct recorded_reader *reader, const struct field *field)
{
	return reader->run != RUN_NONE || (RUNS_BEGIN >> field->section & 1);
}

/*
 * Before such a field is read: ends the run that it is not a part of. Returns whether it begins a run that is known.
 * Then what that says is as if it were read, and the lexer is behind it, on its comma, or at the end of the line. Else
 * what is read from now on may become one.
 */
bool runs_take(struct recorded_reader *reader, const char *key, const struct field *field);

/* The actor of a line that was taken apart is kept with the run that he was read from, if there was one; or else until
 * the next one. Takes ownership. 0 or -ENOMEM. */
int runs_keep_actor(struct recorded_reader *reader, struct kept_actor *kept);

#endif
