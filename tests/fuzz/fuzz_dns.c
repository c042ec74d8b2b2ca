// SPDX-License-Identifier: GPL-2.0-only
/* Whatever the message, what is told are names, and not too many. */
#include "capture/dns.h"

#include <stdlib.h>
#include <string.h>

static void check_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > 253 || name[0] == '.' || name[length - 1] == '.' || strstr(name, ".."))
		abort();
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != length)
		abort();
}

static void take(void *context, struct name_event *event)
{
	size_t *count = context;

	if (++*count > DNS_ANSWERS_MAX || event->kind >= NAME_EVENT_COUNT)
		abort();
	check_name(event->owner);
	if ((event->kind == NAME_MX || event->kind == NAME_ALIAS) != (event->target != NULL))
		abort();
	if (event->target)
		check_name(event->target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;

	dns_read(data, size, take, &count);
	return 0;
}
