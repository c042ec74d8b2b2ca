// SPDX-License-Identifier: GPL-2.0-only
#include "signals/receiver.h"

#include "lib/array.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define IPV4_NETWORK_BITS (96 + 24)
#define IPV6_NETWORK_BITS 48

/* Names of the table of replies that many receivers' replies have. */
static const char *const shared_names[] = {"any", "postfix", "spamhaus", "spamcop", "uceprotect", "abusix", "sorbs"};

/* Below countries' domains these are no one's own: example.co.uk. */
static const char *const shared_labels[] = {"ac",  "co", "com", "edu", "go", "gob", "gov",
					    "mil", "ne", "net", "nom", "or", "org"};

static bool is_one_of(const char *const *names, size_t count, const char *name, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* Where the label begins that ends at `end`. */
static const char *label_before(const char *domain, const char *end)
{
	while (end > domain && end[-1] != '.')
		end--;
	return end;
}

/* The part of a domain name that somebody registered, as it looks: "gmail.com", "example.co.uk". */
static const char *find_registered(const char *domain)
{
	const char *end = domain + strlen(domain);
	const char *top = label_before(domain, end);

	if (top == domain)
		return domain;
	const char *second = label_before(domain, top - 1);
	bool is_shared =
		end - top == 2 && is_one_of(shared_labels, COUNT_OF(shared_labels), second, (size_t)(top - 1 - second));
	return is_shared && second > domain ? label_before(domain, second - 1) : second;
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
	bool is_ipv4 = address_is_ipv4(address);
	const struct prefix prefix = prefix_of(address, is_ipv4 ? IPV4_NETWORK_BITS : IPV6_NETWORK_BITS);
	char text[ADDRESS_TEXT_SIZE];

	memset(target, 0, RECEIVER_NAME_SIZE);
	snprintf(target, RECEIVER_NAME_SIZE, "%s/%s", address_format(&prefix.address, text), is_ipv4 ? "24" : "48");
}

void receiver_find_name(const struct dialogue_event *event, const struct flow *flow, char ret_name[RECEIVER_NAME_SIZE])
{
	const char *name = event->receiver;
	const char *domain = flow->mx_domain[0] ? flow->mx_domain : flow->domain;

	if (name && !is_one_of(shared_names, COUNT_OF(shared_names), name, strlen(name)))
		write_name(ret_name, name);
	else if (domain[0])
		write_name(ret_name, find_registered(domain));
	else
		write_network(ret_name, &flow->remote.address);
}
