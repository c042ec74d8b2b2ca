// SPDX-License-Identifier: GPL-2.0-only
/* smtpwatch: asks the daemon. */
#include <stdio.h>

int main(void)
{
	printf("smtpwatch %s\n", SMTPWATCH_VERSION);
	return 0;
}
