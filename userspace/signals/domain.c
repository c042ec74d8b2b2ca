// SPDX-License-Identifier: GPL-2.0-only
#include "signals/domain.h"

#include "lib/array.h"

#include <ctype.h>
#include <string.h>

/* What registries of countries put before their own label. */
static const char *const second_levels[] = {
	"ac", "asn", "co", "com", "edu", "gen", "go",  "gob", "gouv", "gov", "govt", "id",
	"in", "ltd", "me", "mil", "ne",  "net", "nom", "or",  "org",  "plc", "sch",  "web",
};

const char *domain_plain(const char *name, char text[NAME_SIZE])
{
	size_t length = strnlen(name, NAME_SIZE - 1);

	for (size_t i = 0; i < length; i++)
		text[i] = (char)tolower((unsigned char)name[i]);
	if (length > 0 && text[length - 1] == '.')
		length--;
	text[length] = '\0';
	return text;
}

bool domain_is_within(const char *name, const char *domain)
{
	size_t name_length = strlen(name);
	size_t domain_length = strlen(domain);

	if (domain_length == 0 || name_length < domain_length)
		return false;
	const char *tail = name + name_length - domain_length;
	return strcmp(tail, domain) == 0 && (tail == name || tail[-1] == '.');
}

/* The beginning of the label that ends before `end`. */
static const char *label_before(const char *name, const char *end)
{
	while (end > name && end[-1] != '.')
		end--;
	return end;
}

static bool is_second_level(const char *label, size_t length)
{
	for (size_t i = 0; i < COUNT_OF(second_levels); i++)
		if (strlen(second_levels[i]) == length && memcmp(second_levels[i], label, length) == 0)
			return true;
	return false;
}

const char *domain_registrable(const char *name)
{
	const char *end = name + strlen(name);
	const char *top = label_before(name, end);
	if (top == name)
		return name;
	const char *second = label_before(name, top - 1);
	if (second == name || end - top != 2 || !is_second_level(second, (size_t)(top - 1 - second)))
		return second;
	return label_before(name, second - 1);
}

bool domain_has_label(const char *name, const char *label)
{
	size_t length = strlen(label);
	const char *dot;

	for (; (dot = strchr(name, '.')); name = dot + 1)
		if ((size_t)(dot - name) == length && memcmp(name, label, length) == 0)
			return true;
	return false;
}
