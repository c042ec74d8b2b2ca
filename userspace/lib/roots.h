/* SPDX-License-Identifier: GPL-2.0-only */
/* What only root can have made. */
#ifndef SMTPWATCH_LIB_ROOTS_H
#define SMTPWATCH_LIB_ROOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Whether a file of this owner and st_mode is root's, and writable by nobody else. */
static inline bool file_is_roots(uint32_t owner, uint32_t mode)
{
	return owner == 0 && (mode & (S_IWGRP | S_IWOTH)) == 0;
}

#endif
