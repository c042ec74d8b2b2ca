/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded observations, read again: smtpwatch-observations(5) says what stands in a line. Lines are nobody's that can
 * be trusted: whatever they hold is bounded, and what is no observation is refused with a sentence.
 *
 * Lines as the writer makes them are read fast: each actor and each connection is taken apart once. Others, with their
 * keys in any order, are read alike.
 */
#ifndef SMTPWATCH_RECORDED_READER_H
#define SMTPWATCH_RECORDED_READER_H

#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stddef.h>
#include <stdint.h>

struct recorded_reader;

/* What the rules are to be asked. Borrowed until the next line is read. */
struct recorded_question {
	const struct observation *observation;
	const struct model_change *change;
	const char *host_name; /* of the host that it was; NULL: not known */
};

/* NULL: no memory. */
struct recorded_reader *recorded_reader_new(void);
void recorded_reader_free(struct recorded_reader *reader);
DEFINE_CLEANUP(struct recorded_reader, recorded_reader_free)

/* The lines that follow are those of a file of this name, from its first on. The name is copied. Time goes on. */
void recorded_reader_begin(struct recorded_reader *reader, const char *file);

/*
 * A line, with or without its end. 0; -ENODATA: it has only blanks; -EINVAL: it is no observation, and
 * recorded_reader_problem() says why; or -ENOMEM.
 *
 * Times never run back by more than TIMELINE_DISORDER_NS (recorded/timeline.h).
 */
int recorded_read_line(struct recorded_reader *reader, const char *line, size_t size,
		       struct recorded_question *ret_question);

/* "FILE:LINE:COLUMN: what is wrong", of the line that was read last, ready to be printed. */
const char *recorded_reader_problem(const struct recorded_reader *reader);

/* How many lines' actors, connections and greetings were known by their bytes. */
uint64_t recorded_reader_known_actors(const struct recorded_reader *reader);
uint64_t recorded_reader_known_connections(const struct recorded_reader *reader);
uint64_t recorded_reader_known_greetings(const struct recorded_reader *reader);

#endif
