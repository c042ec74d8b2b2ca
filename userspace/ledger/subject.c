// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/subject.h"

#include "lib/array.h"
#include "signals/domain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHORT_ID_LENGTH 12 /* as the container runtimes show their 64 digits */
#define NO_UNIT "(none)"

/* What a name is, so that a process cannot get into the row of another by calling itself like that. */
enum name_kind {
	NAME_OF_SCRIPT,
	NAME_OF_POOL,
	NAME_OF_EXECUTABLE,
	NAME_OF_THREAD, /* its comm */
	NAME_OF_SOURCE, /* no process: an address */
	NAME_OF_USER,
	NAME_OF_CONTAINER,
	NAME_OF_UNIT,
	NAME_OF_NOTHING,
	NAME_OF_DOMAIN,
	NAME_OF_NETWORK,
};

static struct fingerprint begin(enum name_kind kind)
{
	struct fingerprint key = fingerprint_begin();

	fingerprint_add_number(&key, kind);
	return key;
}

static struct fingerprint key_of_text(enum name_kind kind, const char *text)
{
	struct fingerprint key = begin(kind);

	fingerprint_add_text(&key, text);
	return key;
}

static bool is_process(const struct actor *actor)
{
	return actor->origin == ACTOR_ORIGIN_PROCESS;
}

/* The same address can be of several origins. */
static struct fingerprint key_of_source(const struct actor *actor)
{
	struct fingerprint key = begin(NAME_OF_SOURCE);

	fingerprint_add_number(&key, actor->origin);
	fingerprint_add(&key, &actor->source.address, sizeof(actor->source.address));
	return key;
}

static const char *name_of_source(const struct actor *actor, char room[SUBJECT_NAME_SIZE])
{
	char address[ADDRESS_TEXT_SIZE];

	snprintf(room, SUBJECT_NAME_SIZE, "%s from %s", actor_origin_name(actor->origin),
		 address_format(&actor->source.address, address));
	return room;
}

/* What stands in the place of the script, and its text. */
static enum name_kind script_kind(const struct subject *subject, const char **ret_text)
{
	const struct script *script = subject->script;

	*ret_text = script_file_path(script);
	if (*ret_text)
		return NAME_OF_SCRIPT;
	if (script && script->pool) {
		*ret_text = script->pool;
		return NAME_OF_POOL;
	}
	*ret_text = subject->actor->executable;
	if (*ret_text)
		return NAME_OF_EXECUTABLE;
	*ret_text = subject->actor->identity.comm;
	return is_process(subject->actor) ? NAME_OF_THREAD : NAME_OF_SOURCE;
}

static struct fingerprint script_key(const struct subject *subject)
{
	const char *text;
	enum name_kind kind = script_kind(subject, &text);

	return kind == NAME_OF_SOURCE ? key_of_source(subject->actor) : key_of_text(kind, text);
}

static const char *script_name(const struct subject *subject, char room[SUBJECT_NAME_SIZE])
{
	const char *text;
	enum name_kind kind = script_kind(subject, &text);

	if (kind == NAME_OF_SOURCE)
		return name_of_source(subject->actor, room);
	if (kind != NAME_OF_POOL)
		return text;
	snprintf(room, SUBJECT_NAME_SIZE, "pool %s", text);
	return room;
}

static struct fingerprint user_key(const struct subject *subject)
{
	struct fingerprint key = begin(NAME_OF_USER);

	if (!is_process(subject->actor))
		return key_of_source(subject->actor);
	fingerprint_add_number(&key, subject->actor->identity.euid);
	return key;
}

/* The actor has the name of its real user. */
static const char *user_name(const struct subject *subject, char room[SUBJECT_NAME_SIZE])
{
	const struct actor *actor = subject->actor;

	if (!is_process(actor))
		return name_of_source(actor, room);
	if (actor->identity.euid == actor->identity.key.uid && actor->user_name[0])
		return actor->user_name;
	snprintf(room, SUBJECT_NAME_SIZE, "%u", actor->identity.euid);
	return room;
}

/* A process that runs one script after the other is several rows. */
static struct fingerprint process_key(const struct subject *subject)
{
	struct fingerprint key = script_key(subject);

	fingerprint_add(&key, &subject->actor->identity.key, sizeof(subject->actor->identity.key));
	return key;
}

/* The executable's name rather than the thread's, which is its own word. */
static const char *process_name(const struct subject *subject, char room[SUBJECT_NAME_SIZE])
{
	const struct actor *actor = subject->actor;

	if (!is_process(actor))
		return name_of_source(actor, room);
	snprintf(room, SUBJECT_NAME_SIZE, "%s[%u]",
		 actor->executable ? basename(actor->executable) : actor->identity.comm, actor->identity.key.pid);
	return room;
}

static enum name_kind unit_kind(const struct unit *unit, const char **ret_text)
{
	*ret_text = unit ? unit->container_name : NULL;
	if (unit && !*ret_text)
		*ret_text = unit->container_id;
	if (*ret_text)
		return NAME_OF_CONTAINER;
	*ret_text = unit ? unit->name : NULL;
	return *ret_text ? NAME_OF_UNIT : NAME_OF_NOTHING;
}

static struct fingerprint unit_key(const struct subject *subject)
{
	const char *text;
	enum name_kind kind = unit_kind(subject->actor->unit, &text);

	return key_of_text(kind, text);
}

static const char *unit_name(const struct subject *subject, char room[SUBJECT_NAME_SIZE])
{
	const struct unit *unit = subject->actor->unit;
	const char *text;

	if (unit_kind(unit, &text) == NAME_OF_NOTHING)
		return NO_UNIT;
	if (text != unit->container_id)
		return text;
	snprintf(room, SUBJECT_NAME_SIZE, "%.*s", SHORT_ID_LENGTH, text);
	return room;
}

static struct fingerprint destination_key(const struct subject *subject)
{
	struct fingerprint key = fingerprint_begin();

	fingerprint_add(&key, &subject->flow->remote.address, sizeof(subject->flow->remote.address));
	return key;
}

static const char *destination_name(const struct subject *subject, char room[SUBJECT_NAME_SIZE])
{
	return address_format(&subject->flow->remote.address, room);
}

/* Who runs a mail exchanger is in its own name; the domain whose mail it takes is second best. */
static const char *receiver_domain(const struct flow *flow)
{
	if (flow->domain[0])
		return domain_registrable(flow->domain);
	return flow->mx_domain[0] ? domain_registrable(flow->mx_domain) : NULL;
}

static struct fingerprint receiver_key(const struct subject *subject)
{
	const char *domain = receiver_domain(subject->flow);
	struct fingerprint key = begin(NAME_OF_NETWORK);

	if (domain)
		return key_of_text(NAME_OF_DOMAIN, domain);
	const struct prefix network = address_network(&subject->flow->remote.address);
	fingerprint_add(&key, &network.address, sizeof(network.address));
	return key;
}

static const char *receiver_name(const struct subject *subject, char room[SUBJECT_NAME_SIZE])
{
	const char *domain = receiver_domain(subject->flow);

	return domain ? domain : address_format_network(&subject->flow->remote.address, room);
}

static const struct {
	struct fingerprint (*key)(const struct subject *subject);
	const char *(*name)(const struct subject *subject, char room[SUBJECT_NAME_SIZE]);
} groupings[] = {
	[LEDGER_BY_SCRIPT] = {script_key, script_name},
	[LEDGER_BY_USER] = {user_key, user_name},
	[LEDGER_BY_PROCESS] = {process_key, process_name},
	[LEDGER_BY_UNIT] = {unit_key, unit_name},
	[LEDGER_BY_DESTINATION] = {destination_key, destination_name},
	[LEDGER_BY_RECEIVER] = {receiver_key, receiver_name},
};
static_assert(COUNT_OF(groupings) == LEDGER_BY_COUNT, "each way to group");

struct fingerprint subject_key(const struct subject *subject, enum ledger_by by)
{
	return groupings[by].key(subject);
}

const char *subject_name(const struct subject *subject, enum ledger_by by, char room[SUBJECT_NAME_SIZE])
{
	return groupings[by].name(subject, room);
}
