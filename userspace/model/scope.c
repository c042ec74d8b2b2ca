// SPDX-License-Identifier: GPL-2.0-only
#include "model/scope.h"

#include "lib/array.h"

#include <errno.h>
#include <string.h>

struct scopes {
	struct scope_entry *entries;
	size_t count;
	size_t room;
};

#define IPV4_BITS(bits) (96 + (bits))
#define IPV4(a, b, c, d)                                                     \
	{                                                                    \
		{                                                            \
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d \
		}                                                            \
	}

static const struct prefix internal_networks[] = {
	{IPV4(0, 0, 0, 0), IPV4_BITS(8)},      /* this host: RFC 1122 3.2.1.3 */
	{IPV4(10, 0, 0, 0), IPV4_BITS(8)},     /* private: RFC 1918 */
	{IPV4(100, 64, 0, 0), IPV4_BITS(10)},  /* shared: RFC 6598 */
	{IPV4(127, 0, 0, 0), IPV4_BITS(8)},    /* loopback: RFC 1122 3.2.1.3 */
	{IPV4(169, 254, 0, 0), IPV4_BITS(16)}, /* link-local: RFC 3927 */
	{IPV4(172, 16, 0, 0), IPV4_BITS(12)},  /* private */
	{IPV4(192, 168, 0, 0), IPV4_BITS(16)}, /* private */
	{{{0}}, 128},                          /* unspecified: RFC 4291 2.5.2 */
	{{{[15] = 1}}, 128},                   /* loopback: RFC 4291 2.5.3 */
	{{{0xfe, 0x80}}, 10},                  /* link-local: RFC 4291 2.5.6 */
	{{{0xfc}}, 7},                         /* unique local: RFC 4193 */
};

bool scope_is_internal(const struct address *address)
{
	for (size_t i = 0; i < COUNT_OF(internal_networks); i++)
		if (prefix_contains(&internal_networks[i], address))
			return true;
	return false;
}

struct scopes *scopes_new(void)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = calloc(1, sizeof(*scopes));
	if (!scopes)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(internal_networks); i++)
		if (scopes_add(scopes, &internal_networks[i], SW_SCOPE_INTERNAL) != 0)
			return NULL;
	return TAKE_PTR(scopes);
}

void scopes_free(struct scopes *scopes)
{
	if (scopes)
		free(scopes->entries);
	free(scopes);
}

/* Where an entry with this prefix stands, or is to be put. */
static size_t find_place(const struct scopes *scopes, const struct prefix *prefix)
{
	size_t place = 0;
	while (place < scopes->count && scopes->entries[place].prefix.length > prefix->length)
		place++;
	while (place < scopes->count && scopes->entries[place].prefix.length == prefix->length &&
	       memcmp(&scopes->entries[place].prefix, prefix, sizeof(*prefix)) != 0)
		place++;
	return place;
}

static int make_room(struct scopes *scopes)
{
	if (scopes->count == SW_SCOPES_MAX)
		return -ENOSPC;
	if (scopes->count < scopes->room)
		return 0;
	size_t room = scopes->room ? 2 * scopes->room : 32;
	struct scope_entry *entries = reallocarray(scopes->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	scopes->entries = entries;
	scopes->room = room;
	return 0;
}

int scopes_add(struct scopes *scopes, const struct prefix *prefix, enum sw_scope scope)
{
	size_t place = find_place(scopes, prefix);
	if (place < scopes->count && memcmp(&scopes->entries[place].prefix, prefix, sizeof(*prefix)) == 0) {
		if (scope > scopes->entries[place].scope)
			scopes->entries[place].scope = scope;
		return 0;
	}
	int error = make_room(scopes);
	if (error)
		return error;
	memmove(&scopes->entries[place + 1], &scopes->entries[place],
		(scopes->count - place) * sizeof(*scopes->entries));
	scopes->entries[place] = (struct scope_entry){.prefix = *prefix, .scope = scope};
	scopes->count++;
	return 0;
}

enum sw_scope scopes_classify(const struct scopes *scopes, const struct address *address)
{
	for (size_t i = 0; i < scopes->count; i++)
		if (prefix_contains(&scopes->entries[i].prefix, address))
			return scopes->entries[i].scope;
	return SW_SCOPE_EXTERNAL;
}

const struct scope_entry *scopes_entries(const struct scopes *scopes, size_t *ret_count)
{
	*ret_count = scopes->count;
	return scopes->entries;
}
