/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 128 bits that stand for bytes of any length. They start from a secret that is drawn once a run (getrandom), so nobody
 * outside can find two texts with one fingerprint, and none may be kept beyond the run without the secret, which goes
 * only where nobody but root reads. Each half alone is a hash of 64 evenly spread bits.
 */
#ifndef SMTPWATCH_LIB_FINGERPRINT_H
#define SMTPWATCH_LIB_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Has no padding: it can be a key of a table. */
struct fingerprint {
	uint64_t low;
	uint64_t high;
};

/* From now on the start is no secret, but the same in every run: for what is recorded and judged again, where estimates
 * are to be the same each time. To be called before anything else here. */
void fingerprint_repeat(void);

/* The secret of an earlier run is that of this one, as fingerprint_begin() gave it then: what was kept of that run is
 * found again. False: there are fingerprints already, or it is none, and all stays as it is. */
bool fingerprint_resume(const struct fingerprint *secret);

/* Of nothing: to start from. */
struct fingerprint fingerprint_begin(void);

/* Goes on with `size` bytes. What was taken in one call is told apart from the same bytes in two. `bytes` may be NULL
 * where there are none. */
void fingerprint_add(struct fingerprint *fingerprint, const void *bytes, size_t size);

/* The same as its 8 bytes. */
void fingerprint_add_number(struct fingerprint *fingerprint, uint64_t number);

/* A text, without its NUL; NULL is not the empty text. */
void fingerprint_add_text(struct fingerprint *fingerprint, const char *text);

#endif
