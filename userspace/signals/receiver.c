// SPDX-License-Identifier: GPL-2.0-only
#include "signals/receiver.h"

#include "lib/array.h"
#include "signals/domain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Names of the table of replies that many receivers' replies have. */
static const char *const shared_names[] = {"any", "postfix", "spamhaus", "spamcop", "uceprotect", "abusix", "sorbs"};

static bool is_shared(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(shared_names); i++)
		if (strcmp(shared_names[i], name) == 0)
			return true;
	return false;
}

static void write_name(char target[RECEIVER_NAME_SIZE], const char *name)
{
	size_t length = strlen(name);
	size_t kept = length < RECEIVER_NAME_SIZE ? length : RECEIVER_NAME_SIZE - 1;

	memset(target, 0, RECEIVER_NAME_SIZE);
	memcpy(target, name + length - kept, kept);
}

static void write_network(char target[RECEIVER_NAME_SIZE], const struct address *address)
{
	char text[NETWORK_TEXT_SIZE];

	memset(target, 0, RECEIVER_NAME_SIZE);
	snprintf(target, RECEIVER_NAME_SIZE, "%s", address_format_network(address, text));
}

void receiver_find_name(const struct dialogue_event *event, const struct flow *flow, char ret_name[RECEIVER_NAME_SIZE])
{
	const char *name = event->receiver;
	const char *domain = flow->mx_domain[0] ? flow->mx_domain : flow->domain;

	if (name && !is_shared(name))
		write_name(ret_name, name);
	else if (domain[0])
		write_name(ret_name, domain_registrable(domain));
	else
		write_network(ret_name, &flow->remote.address);
}
