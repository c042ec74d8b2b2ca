// SPDX-License-Identifier: GPL-2.0-only
#include "lib/hash.h"

#include <sys/random.h>
#include <time.h>

uint64_t hash_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)clock() ^ (uint64_t)(uintptr_t)&seed;
	return seed | 1;
}
