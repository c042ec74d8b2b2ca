/* SPDX-License-Identifier: GPL-2.0-only */
/* What hashes of the daemon are made of: a secret, because what is hashed comes from whoever attacks the host. */
#ifndef SMTPWATCH_LIB_HASH_H
#define SMTPWATCH_LIB_HASH_H

#include <stdint.h>

/* A secret from getrandom(), never 0; where the kernel has no randomness yet, of the clock and an address. */
uint64_t hash_seed(void);

/* All 128 bits of the product, folded to 64. */
static inline uint64_t hash_multiply_and_fold(uint64_t left, uint64_t right)
{
	unsigned __int128 product = (unsigned __int128)left * right;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
