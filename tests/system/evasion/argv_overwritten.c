// SPDX-License-Identifier: GPL-2.0-only
/* Writes a Postfix command line over its own argv. Hopes that whoever looks at arguments takes it for Postfix. */
#include "trick.h"

#include <string.h>

int main(int argc, char *argv[])
{
	static const char mask[] = "smtp\0-t\0unix\0-u";
	char address[16];

	strncpy(address, argc == 2 ? argv[1] : "", sizeof(address) - 1);
	address[sizeof(address) - 1] = '\0';
	size_t room = (size_t)(strchr(argv[argc - 1], '\0') - argv[0]);
	memset(argv[0], 0, room);
	memcpy(argv[0], mask, room < sizeof(mask) ? room : sizeof(mask));
	deliver(address);
	return 0;
}
