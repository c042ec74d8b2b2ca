// SPDX-License-Identifier: GPL-2.0-only
#include "capture/dns.h"

#include "capture/blocklists.h"
#include "capture/span.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* RFC 1035 4.1.1 */
#define HEADER_SIZE 12
#define FLAG_RESPONSE 0x8000
#define MASK_OPCODE 0x7800 /* 0: a standard query */
#define MASK_RCODE 0x000f  /* 0: no error */

/* RFC 1035 3.2.2 and 3.2.4; AAAA: RFC 3596 2.1 */
#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_MX 15
#define TYPE_AAAA 28
#define CLASS_IN 1

/* RFC 1035 4.1.4: the two upper bits tell a length from a pointer. */
#define MASK_LABEL 0xc0
#define LABEL_POINTER 0xc0

/* 255 octets on the wire (RFC 1035 2.3.4), less the first length and the root. */
#define NAME_LENGTH_MAX 253

/* A name has at most 127 labels, and a server that compresses well points once: this is far beyond. */
#define POINTERS_MAX 32

/* Where in a message reading goes on. What lies behind `size` is never looked at. */
struct reader {
	const uint8_t *bytes;
	size_t size;
	size_t at;
};

/* A domain name as text. */
struct name {
	char text[NAME_SIZE];
	size_t length;
	bool is_unusable; /* it holds what no host name or mail domain does */
};

struct question {
	struct name name;
	uint16_t type;
	uint16_t class;
};

struct header {
	uint16_t flags;
	uint16_t questions;
	uint16_t answers;
	uint16_t authorities;
	uint16_t additionals;
};

/* A record, and where its data lie. */
struct resource {
	struct name owner;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	struct reader data; /* `size` is their end, because names in them point back into the message */
};

/* Tells an event, or judges it: the same walk does both. Returns false where the walk is to end. */
typedef bool (*visitor)(void *context, struct name_event *event);

struct telling {
	dns_taker take;
	void *context;
};

static int read_bytes(struct reader *reader, void *target, size_t count)
{
	if (count > reader->size - reader->at)
		return -EBADMSG;
	memcpy(target, reader->bytes + reader->at, count);
	reader->at += count;
	return 0;
}

static int read_16(struct reader *reader, uint16_t *ret_value)
{
	uint8_t bytes[2];
	if (read_bytes(reader, bytes, sizeof(bytes)) != 0)
		return -EBADMSG;
	*ret_value = read_be16(bytes);
	return 0;
}

static int read_32(struct reader *reader, uint32_t *ret_value)
{
	uint8_t bytes[4];
	if (read_bytes(reader, bytes, sizeof(bytes)) != 0)
		return -EBADMSG;
	*ret_value = read_be32(bytes);
	return 0;
}

/*
 * Letters, digits and hyphens (RFC 1123 2.1), and the underscore of service names (RFC 8552). With anything else, a dot
 * above all, the text could be read as another name than the one on the wire.
 */
static bool is_name_character(uint8_t byte)
{
	return (byte < 0x80 && isalnum(byte)) || byte == '-' || byte == '_';
}

static int append_label(struct reader *reader, struct name *name, size_t length)
{
	if (length > reader->size - reader->at)
		return -EBADMSG;
	if (name->length + (name->length > 0) + length > NAME_LENGTH_MAX)
		return -EBADMSG;
	if (name->length > 0)
		name->text[name->length++] = '.';
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = reader->bytes[reader->at + i];
		name->is_unusable |= !is_name_character(byte);
		name->text[name->length++] = (char)tolower(byte);
	}
	reader->at += length;
	return 0;
}

/* Goes where the pointer leads: only to before the place where this run of labels began, so that it ends. */
static int follow_pointer(struct reader *reader, uint8_t upper, size_t *start)
{
	uint8_t lower;
	if (read_bytes(reader, &lower, 1) != 0)
		return -EBADMSG;
	size_t target = (size_t)(upper & ~MASK_LABEL) << 8 | lower;
	if (target >= *start || target < HEADER_SIZE)
		return -EBADMSG;
	reader->at = target;
	*start = target;
	return 0;
}

/* Leaves the reader behind the name, wherever the rest of that was read. */
static int read_name(struct reader *reader, struct name *ret_name)
{
	struct reader run = *reader;
	struct name name = {.length = 0};
	size_t start = reader->at;

	for (unsigned int pointers = 0; pointers <= POINTERS_MAX;) {
		uint8_t length;
		if (read_bytes(&run, &length, 1) != 0)
			return -EBADMSG;
		if ((length & MASK_LABEL) == LABEL_POINTER) {
			if (follow_pointer(&run, length, &start) != 0)
				return -EBADMSG;
			if (pointers++ == 0)
				reader->at += 2;
			continue;
		}
		if (length & MASK_LABEL)
			return -EBADMSG;
		if (pointers == 0)
			reader->at += 1U + length;
		if (length == 0) {
			name.text[name.length] = '\0';
			*ret_name = name;
			return 0;
		}
		if (append_label(&run, &name, length) != 0)
			return -EBADMSG;
	}
	return -EBADMSG;
}

/* The root is no name of anything here. */
static bool is_usable(const struct name *name)
{
	return name->length > 0 && !name->is_unusable;
}

static int read_header(struct reader *reader, struct header *ret_header)
{
	uint16_t id;
	if (read_16(reader, &id) != 0 || read_16(reader, &ret_header->flags) != 0 ||
	    read_16(reader, &ret_header->questions) != 0 || read_16(reader, &ret_header->answers) != 0 ||
	    read_16(reader, &ret_header->authorities) != 0 || read_16(reader, &ret_header->additionals) != 0)
		return -EBADMSG;
	return 0;
}

static int read_question(struct reader *reader, struct question *ret_question)
{
	if (read_name(reader, &ret_question->name) != 0 || read_16(reader, &ret_question->type) != 0 ||
	    read_16(reader, &ret_question->class) != 0)
		return -EBADMSG;
	return 0;
}

static int read_resource(struct reader *reader, struct resource *ret_resource)
{
	uint16_t size;
	if (read_name(reader, &ret_resource->owner) != 0 || read_16(reader, &ret_resource->type) != 0 ||
	    read_16(reader, &ret_resource->class) != 0 || read_32(reader, &ret_resource->ttl) != 0 ||
	    read_16(reader, &size) != 0 || size > reader->size - reader->at)
		return -EBADMSG;
	if (ret_resource->ttl & 0x80000000U) /* RFC 2181 8 */
		ret_resource->ttl = 0;
	ret_resource->data = (struct reader){reader->bytes, reader->at + size, reader->at};
	reader->at += size;
	return 0;
}

/* The name with which the data end. */
static int read_target(struct reader *data, struct name *target, struct name_event *event)
{
	if (read_name(data, target) != 0 || data->at != data->size)
		return -EBADMSG;
	event->target = is_usable(target) ? target->text : NULL;
	return 0;
}

static int read_ipv4(struct reader *data, struct name *target, struct name_event *event)
{
	uint8_t bytes[4];

	(void)target;
	event->kind = NAME_ADDRESS;
	if (data->size - data->at != sizeof(bytes) || read_bytes(data, bytes, sizeof(bytes)) != 0)
		return -EBADMSG;
	event->address = address_from_ipv4(bytes);
	return 0;
}

static int read_ipv6(struct reader *data, struct name *target, struct name_event *event)
{
	(void)target;
	event->kind = NAME_ADDRESS;
	if (data->size - data->at != sizeof(event->address.bytes))
		return -EBADMSG;
	return read_bytes(data, event->address.bytes, sizeof(event->address.bytes));
}

static int read_alias(struct reader *data, struct name *target, struct name_event *event)
{
	event->kind = NAME_ALIAS;
	return read_target(data, target, event);
}

/* The null MX (RFC 7505) has the root as its target, and so none. */
static int read_mx(struct reader *data, struct name *target, struct name_event *event)
{
	event->kind = NAME_MX;
	return read_16(data, &event->preference) != 0 ? -EBADMSG : read_target(data, target, event);
}

/* The types that are told; EDNS's OPT (RFC 6891) is none of them. */
static const struct {
	uint16_t type;
	int (*read)(struct reader *data, struct name *target, struct name_event *event);
} types[] = {
	{TYPE_A, read_ipv4},
	{TYPE_AAAA, read_ipv6},
	{TYPE_CNAME, read_alias},
	{TYPE_MX, read_mx},
};

static bool is_complete(const struct name_event *event)
{
	return event->owner && (event->kind == NAME_ADDRESS || event->target);
}

/* Hands a record to the visitor. 0, -EBADMSG, or -ECANCELED where the visitor has enough. */
static int visit_resource(struct resource *resource, visitor visit, void *context)
{
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct name target;
		struct name_event event = {.ttl = resource->ttl};
		if (resource->class != CLASS_IN || resource->type != types[i].type)
			continue;
		event.owner = is_usable(&resource->owner) ? resource->owner.text : NULL;
		if (types[i].read(&resource->data, &target, &event) != 0)
			return -EBADMSG;
		if (is_complete(&event) && !visit(context, &event))
			return -ECANCELED;
	}
	return 0;
}

/* The records of the answer and additional sections; those of the authority section are only gone over. */
static int visit_resources(struct reader reader, const struct header *header, visitor visit, void *context)
{
	const uint32_t authorities = header->answers;
	const uint32_t additionals = authorities + header->authorities;
	const uint32_t end = additionals + header->additionals;

	for (uint32_t i = 0; i < end && i < DNS_ANSWERS_MAX; i++) {
		struct resource resource;
		int error = read_resource(&reader, &resource);
		if (!error && (i < authorities || i >= additionals))
			error = visit_resource(&resource, visit, context);
		if (error)
			return error;
	}
	return 0;
}

static bool is_no_lookup(void *context, struct name_event *event)
{
	(void)context;
	return !blocklist_has_name(event->owner) && !(event->target && blocklist_has_name(event->target)) &&
	       !(event->kind == NAME_ADDRESS && blocklist_gives_address(event->owner, &event->address));
}

static bool tell(void *context, struct name_event *event)
{
	const struct telling *telling = context;
	telling->take(telling->context, event);
	return true;
}

static int read_response(const struct reader *reader, const struct header *header, struct telling *telling)
{
	if (header->flags & MASK_RCODE)
		return 0;
	/* One record that shows a blocklist's work gives the others away too: aliases lead to it. */
	if (visit_resources(*reader, header, is_no_lookup, NULL) == -ECANCELED)
		return 0;
	return visit_resources(*reader, header, tell, telling);
}

static void read_query(const struct question *question, struct telling *telling)
{
	struct name_event event = {.kind = NAME_MX_QUERY, .owner = question->name.text};

	if (question->type == TYPE_MX && question->class == CLASS_IN && is_usable(&question->name))
		tell(telling, &event);
}

int dns_read(const uint8_t *message, size_t size, dns_taker take, void *context)
{
	struct reader reader = {message, size, 0};
	struct telling telling = {take, context};
	struct question question = {.type = 0};
	struct header header;

	if (read_header(&reader, &header) != 0)
		return -EBADMSG;
	if (header.flags & MASK_OPCODE)
		return 0;
	/* Never more than one (RFC 9619); a response can do without. */
	if (header.questions > 1 || (header.questions == 1 && read_question(&reader, &question) != 0))
		return -EBADMSG;
	if (blocklist_has_name(question.name.text))
		return 0;
	if (header.flags & FLAG_RESPONSE)
		return read_response(&reader, &header, &telling);
	read_query(&question, &telling);
	return 0;
}
