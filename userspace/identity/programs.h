/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that the kernel side is told to look at: PHP, other interpreters, and those that hand over mail. */
#ifndef SMTPWATCH_IDENTITY_PROGRAMS_H
#define SMTPWATCH_IDENTITY_PROGRAMS_H

#include <smtpwatch/abi.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct known_program {
	const char *name; /* of the file itself, where links lead */
	uint32_t flags;   /* SW_PROGRAM_* */
};

/* The table. A program that is not on this host costs nothing. */
const struct known_program *programs_known(size_t *ret_count);

/* Calls `take` for each file of the table that is found where programs are installed and that only root can have put
 * there. A failure of `take` (not 0) ends the search and is returned. */
typedef int (*program_taker)(void *context, const struct sw_file_id *file, uint32_t flags);
int programs_find(program_taker take, void *context);

/*
 * Whether the start of a submission program, as its arguments say, is that of a message: the same file lists the
 * queue, works it off and serves as the daemon. What the arguments say is what the program does.
 */
bool programs_hands_over_message(const struct observation *submission);

#endif
