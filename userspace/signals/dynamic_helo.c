// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name in EHLO is one that a provider of lines gives to those who dial in.
 *
 * Such names carry the address that they are of, or say how it was given out (XBL's notices list them). A server has
 * one where nobody gave it a better: its own reverse name carries its own address, and its own host name, whatever it
 * is like, is no lie.
 */
#include "lib/array.h"
#include "signals/domain.h"
#include "signals/own_names.h"
#include "signals/signals.h"

#include <ctype.h>
#include <string.h>

#define OCTETS 4
#define OCTET_DIGITS 3
#define HEX_DIGITS 8
#define HEX_PREFIX 2 /* letters that are no digits before it: p5b0f2c3d, ip5f5ac1d2 */

/* Parts of a label. A common word is one only where a number stands in the name too: a site may be called so. */
static const struct {
	const char *text;
	bool is_common;
} words[] = {
	{"dsl", false},     {"adsl", false},      {"vdsl", false}, {"sdsl", false},  {"dhcp", false},
	{"dyn", false},     {"dynamic", false},   {"ppp", false},  {"pppoe", false}, {"dialup", false},
	{"dialin", false},  {"broadband", false}, {"pool", true},  {"cable", true},  {"cust", true},
	{"customer", true}, {"client", true},
};

static size_t read_octet(const char *text, uint8_t *ret_octet)
{
	unsigned int number = 0;
	size_t digits = 0;

	for (; isdigit((unsigned char)text[digits]); digits++)
		if (digits == OCTET_DIGITS || (number = number * 10 + (unsigned int)(text[digits] - '0')) > UINT8_MAX)
			return 0;
	*ret_octet = (uint8_t)number;
	return digits;
}

static bool read_octets(const char *text, uint8_t ret_octets[OCTETS])
{
	for (size_t i = 0; i < OCTETS; i++) {
		if (i > 0 && *text != '-' && *text != '.')
			return false;
		text += i > 0;
		size_t digits = read_octet(text, &ret_octets[i]);
		if (digits == 0)
			return false;
		text += digits;
	}
	return true;
}

static bool find_octets(const char *name, uint8_t ret_octets[OCTETS])
{
	for (const char *at = name; *at; at++) {
		bool begins = isdigit((unsigned char)*at) && (at == name || !isdigit((unsigned char)at[-1]));
		if (begins && read_octets(at, ret_octets))
			return true;
	}
	return false;
}

/* Eight digits with letters and numbers among them: a date has none of the former, a word few of the latter. A part of
 * a label is more often one of a UUID. */
static bool read_hex(const char *label, size_t length, uint8_t ret_octets[OCTETS])
{
	uint32_t number = 0;
	size_t letters = 0;

	for (size_t skipped = 0; skipped < HEX_PREFIX && length > HEX_DIGITS && *label > 'f'; skipped++, length--)
		label++;
	if (length != HEX_DIGITS)
		return false;
	for (size_t i = 0; i < HEX_DIGITS; i++) {
		if (!isxdigit((unsigned char)label[i]))
			return false;
		bool is_letter = !isdigit((unsigned char)label[i]);
		letters += is_letter;
		number = number << 4 | (uint32_t)(is_letter ? label[i] - 'a' + 10 : label[i] - '0');
	}
	for (size_t i = 0; i < OCTETS; i++)
		ret_octets[i] = (uint8_t)(number >> (24 - 8 * i));
	return letters > 0 && letters <= HEX_DIGITS - 2;
}

static bool find_hex(const char *name, const char *end, uint8_t ret_octets[OCTETS])
{
	while (name < end) {
		size_t length = strcspn(name, ".");
		if (read_hex(name, length, ret_octets))
			return true;
		name += length + 1;
	}
	return false;
}

static bool is_word(const char *part, size_t length, bool has_number)
{
	while (length > 0 && isdigit((unsigned char)part[length - 1]))
		length--;
	while (length > 0 && isdigit((unsigned char)*part))
		part++, length--;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strlen(words[i].text) == length && memcmp(words[i].text, part, length) == 0)
			return has_number || !words[i].is_common;
	return false;
}

static bool has_word(const char *name, const char *end)
{
	bool has_number = strcspn(name, "0123456789") < (size_t)(end - name);

	while (name < end) {
		size_t length = strcspn(name, ".-_");
		if (is_word(name, length, has_number))
			return true;
		name += length + 1;
	}
	return false;
}

/* Whether these are of the address that the flow comes from, in either order. */
static bool is_own_address(const struct flow *flow, const uint8_t octets[OCTETS])
{
	const uint8_t *own = flow->local.address.bytes + sizeof(flow->local.address.bytes) - OCTETS;
	bool forward = true, backward = true;

	for (size_t i = 0; i < OCTETS; i++) {
		forward = forward && octets[i] == own[i];
		backward = backward && octets[i] == own[OCTETS - 1 - i];
	}
	return address_is_ipv4(&flow->local.address) && (forward || backward);
}

/* What a provider registered, and below it what it made up. */
static const char *find_fault(const struct flow *flow, const char *name)
{
	const char *registrable = domain_registrable(name);
	uint8_t octets[OCTETS];

	if (find_octets(name, octets) || find_hex(name, registrable, octets))
		return is_own_address(flow, octets) ? NULL : "an address in it";
	return has_word(name, registrable) ? "a dial-up line's name" : NULL;
}

const char *helo_dynamic(const struct sighting *sighting, const char *name)
{
	const struct flow *flow = sighting->change->flow;
	struct address address;

	if (!flow || name[0] == '[' || address_parse(name, &address) == 0)
		return NULL;
	const char *fault = find_fault(flow, name);
	return fault && !is_host_itself(sighting, name) && !is_name_of_site(sighting, name) ? fault : NULL;
}
