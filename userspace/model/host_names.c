// SPDX-License-Identifier: GPL-2.0-only
#include "model/host_names.h"

#include "lib/clock.h"
#include "lib/table.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

/*
 * Bounds of how long an answer holds. A connection follows its look-up within seconds, but lasts, and names with a TTL
 * of 0 or 5 s are common in front of clouds: a minute lets attempt and dialogue find the name. A day is what resolvers
 * keep at most (unbound.conf(5): cache-max-ttl), so no forged answer is believed for longer.
 */
#define HOLDS_MIN_S 60U
#define HOLDS_MAX_S 86400U

/* Chains are one or two long; resolvers give up at 11 (unbound) or 16 (BIND). It also ends a circle. */
#define CHAIN_MAX 16

/* Compared as bytes: what is not used is zero. */
struct name_key {
	char text[NAME_SIZE];
};

/* One name leads to another. */
struct name_link {
	struct table_link link;
	struct name_key from;
	struct name_key to;
	uint64_t holds_until_ns;
	uint16_t preference;
};

struct pair_key {
	struct address address;
	struct name_key name;
};

/* One answer: this name has this address. */
struct pair {
	struct table_link link;
	struct pair_key key;
	uint64_t holds_until_ns;
};

/* The latest name that had this address as its answer. */
struct named_address {
	struct table_link link;
	struct address address;
	struct name_key name;
	uint64_t holds_until_ns;
};

struct host_names {
	struct table *pairs;
	struct table *addresses;
	struct table *aliases;    /* name -> what it is an alias of; there is one (RFC 1034 3.6.2) */
	struct table *owners;     /* name -> the latest alias of it */
	struct table *exchangers; /* mail exchanger -> the latest domain */
};

static_assert(sizeof(struct pair_key) == 16 + NAME_SIZE, "it is compared as bytes");

static struct table *new_links(size_t capacity)
{
	return table_new(capacity, offsetof(struct name_link, from), sizeof(struct name_key), free);
}

struct host_names *host_names_new(size_t capacity)
{
	_cleanup_(cleanup_host_names_free) struct host_names *names = calloc(1, sizeof(*names));
	if (!names)
		return NULL;
	names->pairs = table_new(capacity, offsetof(struct pair, key), sizeof(struct pair_key), free);
	names->addresses = table_new(capacity, offsetof(struct named_address, address), sizeof(struct address), free);
	names->aliases = new_links(capacity);
	names->owners = new_links(capacity);
	names->exchangers = new_links(capacity);
	if (!names->pairs || !names->addresses || !names->aliases || !names->owners || !names->exchangers)
		return NULL;
	return TAKE_PTR(names);
}

void host_names_free(struct host_names *names)
{
	if (!names)
		return;
	table_free(names->pairs);
	table_free(names->addresses);
	table_free(names->aliases);
	table_free(names->owners);
	table_free(names->exchangers);
	free(names);
}

/* In lower case and without the last dot, as names are compared (RFC 4343). False: it is empty or too long. */
static bool make_key(const char *name, struct name_key *ret_key)
{
	struct name_key key = {.text = ""};
	size_t length = name ? strnlen(name, NAME_SIZE) : 0;

	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length == 0 || length >= NAME_SIZE)
		return false;
	for (size_t i = 0; i < length; i++)
		key.text[i] = (char)tolower((unsigned char)name[i]);
	*ret_key = key;
	return true;
}

/* The entry with this key: the one that is there or a new one of `size` bytes, whose key is the caller's to write
 * before it goes into the table. NULL: no memory. */
static void *find_or_make(struct table *table, const void *key, size_t size, bool *ret_is_new)
{
	void *entry = table_find(table, key);

	*ret_is_new = !entry;
	return entry ? entry : calloc(1, size);
}

static void keep(struct table *table, void *entry, bool is_new)
{
	if (!is_new) {
		table_touch(table, entry);
		return;
	}
	table_push(table, entry);
}

static int take_link(struct table *table, const struct name_key *from, const struct name_key *to, uint16_t preference,
		     uint64_t holds_until_ns)
{
	bool is_new;
	struct name_link *link = find_or_make(table, from, sizeof(*link), &is_new);

	if (!link)
		return -ENOMEM;
	link->from = *from;
	link->to = *to;
	link->preference = preference;
	link->holds_until_ns = holds_until_ns;
	keep(table, link, is_new);
	return 0;
}

static int take_pair(struct host_names *names, const struct pair_key *key, uint64_t holds_until_ns)
{
	bool is_new;
	struct pair *pair = find_or_make(names->pairs, key, sizeof(*pair), &is_new);

	if (!pair)
		return -ENOMEM;
	pair->key = *key;
	pair->holds_until_ns = holds_until_ns;
	keep(names->pairs, pair, is_new);
	return 0;
}

static int take_address(struct host_names *names, const struct name_event *event, uint64_t holds_until_ns)
{
	struct pair_key key = {.address = event->address};
	bool is_new;

	if (!make_key(event->owner, &key.name))
		return 0;
	int error = take_pair(names, &key, holds_until_ns);
	if (error)
		return error;
	struct named_address *named = find_or_make(names->addresses, &key.address, sizeof(*named), &is_new);
	if (!named)
		return -ENOMEM;
	named->address = key.address;
	named->name = key.name;
	named->holds_until_ns = holds_until_ns;
	keep(names->addresses, named, is_new);
	return 0;
}

static int take_alias(struct host_names *names, const struct name_event *event, uint64_t holds_until_ns)
{
	struct name_key owner, target;

	if (!make_key(event->owner, &owner) || !make_key(event->target, &target))
		return 0;
	int error = take_link(names->aliases, &owner, &target, 0, holds_until_ns);
	return error ? error : take_link(names->owners, &target, &owner, 0, holds_until_ns);
}

static int take_exchanger(struct host_names *names, const struct name_event *event, uint64_t holds_until_ns)
{
	struct name_key domain, exchanger;

	if (!make_key(event->owner, &domain) || !make_key(event->target, &exchanger))
		return 0;
	return take_link(names->exchangers, &exchanger, &domain, event->preference, holds_until_ns);
}

static int take_nothing(struct host_names *names, const struct name_event *event, uint64_t holds_until_ns)
{
	(void)names;
	(void)event;
	(void)holds_until_ns;
	return 0;
}

static int (*const takers[NAME_EVENT_COUNT])(struct host_names *, const struct name_event *, uint64_t) = {
	[NAME_ADDRESS] = take_address,
	[NAME_ALIAS] = take_alias,
	[NAME_MX] = take_exchanger,
	[NAME_MX_QUERY] = take_nothing,
};

int host_names_take(struct host_names *names, const struct name_event *event, uint64_t time_ns)
{
	uint32_t holds_s = event->ttl;

	if (holds_s < HOLDS_MIN_S)
		holds_s = HOLDS_MIN_S;
	if (holds_s > HOLDS_MAX_S)
		holds_s = HOLDS_MAX_S;
	return takers[event->kind](names, event, time_ns + holds_s * NANOSECONDS_A_SECOND);
}

/* Where a name leads, if that still holds. */
static const struct name_link *find_link(const struct table *table, const struct name_key *from, uint64_t time_ns)
{
	const struct name_link *link = table_find(table, from);

	return link && link->holds_until_ns >= time_ns ? link : NULL;
}

/* Goes from a name that had the address as its answer back to the one that was asked for. On the way the last that is a
 * mail exchanger goes before the first of the chain: an MX that is an alias (RFC 2181 10.3 forbids it) is found too. */
static const struct name_key *find_asked(const struct host_names *names, const struct name_key *name, uint64_t time_ns,
					 const struct name_link **ret_exchanger)
{
	const struct name_key *asked = name;

	*ret_exchanger = NULL;
	for (unsigned int i = 0; i < CHAIN_MAX; i++) {
		const struct name_link *exchanger = find_link(names->exchangers, name, time_ns);
		if (exchanger) {
			*ret_exchanger = exchanger;
			asked = name;
		} else if (!*ret_exchanger) {
			asked = name;
		}
		const struct name_link *owner = find_link(names->owners, name, time_ns);
		if (!owner)
			break;
		name = &owner->to;
	}
	return asked;
}

bool host_names_find(struct host_names *names, const struct address *address, uint64_t time_ns,
		     struct host_name *ret_name)
{
	struct named_address *named = table_find(names->addresses, address);
	const struct name_link *exchanger;

	if (!named || named->holds_until_ns < time_ns)
		return false;
	table_touch(names->addresses, named);
	const struct name_key *asked = find_asked(names, &named->name, time_ns, &exchanger);
	*ret_name = (struct host_name){.mx_preference = exchanger ? exchanger->preference : 0};
	memcpy(ret_name->name, asked->text, sizeof(ret_name->name));
	if (exchanger)
		memcpy(ret_name->mx_domain, exchanger->to.text, sizeof(ret_name->mx_domain));
	return true;
}

bool host_names_has_address(struct host_names *names, const char *name, const struct address *address, uint64_t time_ns)
{
	struct pair_key key = {.address = *address};

	if (!make_key(name, &key.name))
		return false;
	for (unsigned int i = 0; i < CHAIN_MAX; i++) {
		const struct pair *pair = table_find(names->pairs, &key);
		if (pair && pair->holds_until_ns >= time_ns)
			return true;
		const struct name_link *alias = find_link(names->aliases, &key.name, time_ns);
		if (!alias)
			return false;
		key.name = alias->to;
	}
	return false;
}
