// SPDX-License-Identifier: GPL-2.0-only
#include "capture/blocklists.h"

#include "lib/array.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define IPV4_LABELS 4
#define IPV6_LABELS 32

/* Lists that are asked for other things than addresses too; a few have customers' zones with a key in the name. */
static const char *const zones[] = {
	"dq.spamhaus.net",  /* NAME.KEY.dbl.dq.spamhaus.net: Spamhaus, Data Query Service */
	"mail.abusix.zone", /* NAME.KEY.dblack.mail.abusix.zone: abusix.com/docs/rspamd */
	"dnsbl.httpbl.org", /* KEY.4.3.2.1.dnsbl.httpbl.org: projecthoneypot.org/httpbl_api.php */
	"dbl.spamhaus.org", /* SpamAssassin, rules/25_uribl.cf; also the next two, of which all zones are lists */
	"uribl.com",        "surbl.org", "hostkarma.junkemailfilter.com", /* haraka-plugin-dns-list, README */
};

static bool lies_in(const char *name, const char *zone)
{
	size_t name_length = strlen(name);
	size_t zone_length = strlen(zone);

	if (name_length < zone_length || strcmp(name + name_length - zone_length, zone) != 0)
		return false;
	return name_length == zone_length || name[name_length - zone_length - 1] == '.';
}

/* 0 to 255, as an address has it. */
static bool is_octet(const char *label, size_t length)
{
	unsigned int number = 0;

	if (length == 0 || length > 3)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)label[i]))
			return false;
		number = 10 * number + (unsigned int)(label[i] - '0');
	}
	return number <= 255;
}

static bool is_nibble(const char *label, size_t length)
{
	return length == 1 && isxdigit((unsigned char)label[0]);
}

/* Anywhere in it, because a key may stand before. */
static bool has_reversed_address(const char *name)
{
	size_t octets = 0;
	size_t nibbles = 0;

	for (const char *label = name; *label; label += *label == '.') {
		size_t length = strcspn(label, ".");
		octets = is_octet(label, length) ? octets + 1 : 0;
		nibbles = is_nibble(label, length) ? nibbles + 1 : 0;
		if (octets >= IPV4_LABELS || nibbles >= IPV6_LABELS)
			return true;
		label += length;
	}
	return false;
}

bool blocklist_has_name(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(zones); i++)
		if (lies_in(name, zones[i]))
			return true;
	return has_reversed_address(name);
}

bool blocklist_gives_address(const char *name, const struct address *address)
{
	if (!address_is_ipv4(address) || !address_is_loopback(address))
		return false;
	/* RFC 6761 6.3; the second is what distributions put into /etc/hosts, and local resolvers answer. */
	return !lies_in(name, "localhost") && !lies_in(name, "localhost.localdomain");
}
