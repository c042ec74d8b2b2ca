// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name in EHLO is none by which a host could be found.
 *
 * RFC 5321 2.3.5 and 4.1.4 want a name that resolves, or an address in brackets; receivers and blocklists (XBL) take
 * what bots and misconfigured programs say instead for a sign of them. On submission ports "localhost" and
 * "[127.0.0.1]" are what honest libraries say.
 */
#include "lib/array.h"
#include "model/scope.h"
#include "signals/domain.h"

#include <string.h>

/* Names that the world's DNS does not have: RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and what routers and
 * installers make up. */
static const char *const nowhere[] = {
	"local", "localdomain", "localhost", "lan", "internal", "home.arpa", "invalid",
};

static bool is_empty(const struct scopes *internal, const char *name)
{
	(void)internal;
	return name[0] == '\0';
}

static bool is_bare_address(const struct scopes *internal, const char *name)
{
	struct address address;

	(void)internal;
	return address_parse(name, &address) == 0;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]": RFC 5321 4.1.3. */
static bool read_literal(const char *name, struct address *ret_address)
{
	static const char tag[] = "ipv6:";
	char text[ADDRESS_TEXT_SIZE] = "";
	size_t length = strlen(name);

	if (length < 2 || name[length - 1] != ']')
		return false;
	bool is_tagged = strncmp(name + 1, tag, strlen(tag)) == 0;
	const char *begin = name + 1 + (is_tagged ? strlen(tag) : 0);
	length = (size_t)(name + length - 1 - begin);
	if (length >= sizeof(text))
		return false;
	memcpy(text, begin, length);
	return address_parse(text, ret_address) == 0;
}

static bool is_internal_literal(const struct scopes *internal, const char *name)
{
	struct address address;

	return name[0] == '[' && read_literal(name, &address) &&
	       scopes_classify(internal, &address) != SW_SCOPE_EXTERNAL;
}

static bool is_no_literal(const struct scopes *internal, const char *name)
{
	struct address address;

	(void)internal;
	return name[0] == '[' && !read_literal(name, &address);
}

static bool is_nowhere(const struct scopes *internal, const char *name)
{
	(void)internal;
	for (size_t i = 0; i < COUNT_OF(nowhere); i++)
		if (domain_is_within(name, nowhere[i]))
			return true;
	return false;
}

static bool is_dotless(const struct scopes *internal, const char *name)
{
	(void)internal;
	return name[0] != '[' && !strchr(name, '.');
}

/* The first that holds is told. */
static const struct {
	bool (*holds)(const struct scopes *internal, const char *name);
	const char *fault;
} faults[] = {
	{is_empty, "empty"},
	{is_bare_address, "an address without brackets"},
	{is_internal_literal, "an internal address"},
	{is_no_literal, "no address in brackets"},
	{is_nowhere, "not in the world's DNS"},
	{is_dotless, "no dot in it"},
};

const char *helo_fault(const struct scopes *internal, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (faults[i].holds(internal, name))
			return faults[i].fault;
	return NULL;
}
