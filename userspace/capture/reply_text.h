/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of a reply in the one form in which it is compared, and the addresses that it quotes. */
#ifndef SMTPWATCH_CAPTURE_REPLY_TEXT_H
#define SMTPWATCH_CAPTURE_REPLY_TEXT_H

#include "capture/replies.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>

struct reply_text {
	char text[DIALOGUE_TEXT_SIZE];
	bool is_cut;        /* its end is missing */
	bool names_domains; /* it blames a list of domains, in which no address stands */
};

/* Writes `source` with ASCII letters in lower case and every run of blanks and control bytes as one space, none at the
 * ends. What does not fit is cut. Returns the length. `size` is at least 1. */
size_t reply_text_squeeze(char *target, size_t size, const char *source);

void reply_text_take(struct reply_text *text, const char *source);

/* False where it quotes addresses and none of them is ours. */
bool reply_text_may_mean_us(const struct reply_text *text, replies_is_ours is_ours, void *context);

#endif
