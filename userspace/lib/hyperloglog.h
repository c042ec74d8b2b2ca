/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An estimate of how many different values were seen, in fixed memory: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier
 * 2007), read by Ertl's estimator, which needs no corrections for small counts (Ertl 2017, "New cardinality estimation
 * algorithms for HyperLogLog sketches", algorithm 6). Its standard error is 1.04 / sqrt(256) = 6.5 %, and 4 to 5 % of
 * up to 200 values. It never goes down.
 *
 * Values are 64-bit hashes with bits that are evenly spread (lib/fingerprint.h).
 */
#ifndef SMTPWATCH_LIB_HYPERLOGLOG_H
#define SMTPWATCH_LIB_HYPERLOGLOG_H

#include <stdint.h>

#define HYPERLOGLOG_BITS 8 /* of a value choose the register; the zeros that begin the other 56 are what it counts */
#define HYPERLOGLOG_REGISTERS 256
#define HYPERLOGLOG_RANK_MAX 49 /* as many values as that takes never come, and the sum stays a whole number */

/* All zero: nothing was seen. */
struct hyperloglog {
	uint8_t registers[HYPERLOGLOG_REGISTERS];
	uint64_t sum;    /* of 2^-register over those that are not 0, in units of 2^-49 */
	uint32_t filled; /* registers that are not 0 */
};

/* The register that a value goes to. */
static inline unsigned int hyperloglog_place(uint64_t value)
{
	return (unsigned int)(value >> (64 - HYPERLOGLOG_BITS));
}

/* One more than the zeros: what that register is at least when the value was seen. */
static inline uint8_t hyperloglog_rank(uint64_t value)
{
	/* A bit that ends the counting, as zeros have no first bit. */
	uint64_t rest = value << HYPERLOGLOG_BITS | 1ULL << (64 - HYPERLOGLOG_RANK_MAX);
	return (uint8_t)(__builtin_clzll(rest) + 1);
}

/* Raises a register to a rank above the one that it has. */
void hyperloglog_lift(struct hyperloglog *hyperloglog, unsigned int place, uint8_t rank);

uint64_t hyperloglog_estimate(const struct hyperloglog *hyperloglog);

#endif
