// SPDX-License-Identifier: GPL-2.0-only
#include "lib/dns_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CHARACTERS LETTERS "0123456789-_" /* underscores are no host's by RFC 952, and are in use */

/* The length of a label that may stand in a host's name, or 0. */
static size_t label_length(const char *label)
{
	size_t length = strspn(label, CHARACTERS);

	if (length > LABEL_MAX || label[0] == '-' || (length > 0 && label[length - 1] == '-'))
		return 0;
	return length;
}

static bool is_valid(const char *name)
{
	const char *label = name;

	for (;;) {
		size_t length = label_length(label);
		if (length == 0)
			return false;
		if (label[length] == '\0')
			return strpbrk(label, LETTERS) != NULL;
		if (label[length] != '.')
			return false;
		label += length + 1;
	}
}

int dns_name_parse(const char *text, char ret_name[DNS_NAME_SIZE])
{
	char name[DNS_NAME_SIZE];
	size_t length = strnlen(text, DNS_NAME_SIZE + 1);

	if (length > 1 && length <= DNS_NAME_SIZE && text[length - 1] == '.')
		length--;
	if (length >= DNS_NAME_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		name[i] = (char)tolower((unsigned char)text[i]);
	name[length] = '\0';
	if (!is_valid(name))
		return -EINVAL;
	memcpy(ret_name, name, length + 1);
	return 0;
}

bool dns_pattern_is_wildcard(const char *pattern)
{
	return pattern[0] == '*';
}

int dns_pattern_parse(const char *text, char ret_pattern[DNS_NAME_SIZE])
{
	char name[DNS_NAME_SIZE];

	if (strncmp(text, "*.", 2) != 0)
		return dns_name_parse(text, ret_pattern);
	int error = dns_name_parse(text + 2, name);
	if (error)
		return error;
	if (!strchr(name, '.') || strlen(name) + 2 >= DNS_NAME_SIZE)
		return -EINVAL;
	snprintf(ret_pattern, DNS_NAME_SIZE, "*.%s", name);
	return 0;
}

bool dns_pattern_matches(const char *pattern, const char *name)
{
	if (!dns_pattern_is_wildcard(pattern))
		return strcmp(pattern, name) == 0;
	size_t tail = strlen(pattern + 1);
	size_t length = strlen(name);
	return length > tail && memcmp(name + length - tail, pattern + 1, tail) == 0;
}

bool dns_patterns_match(const char (*patterns)[DNS_NAME_SIZE], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (dns_pattern_matches(patterns[i], name))
			return true;
	return false;
}
