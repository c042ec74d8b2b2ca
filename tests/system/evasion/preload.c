// SPDX-License-Identifier: GPL-2.0-only
/* A library that delivers, to $RECEIVER, in whatever program it is loaded into, and ends it. No trick by itself. */
#include "trick.h"

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void deliver_in_its_name(void)
{
	deliver(setting("RECEIVER"));
	_exit(EXIT_SUCCESS);
}
