/* SPDX-License-Identifier: GPL-2.0-only */
/* DNS messages, put together piece by piece. */
#ifndef SMTPWATCH_TESTS_CAPTURE_DNS_MESSAGE_H
#define SMTPWATCH_TESTS_CAPTURE_DNS_MESSAGE_H

#include "support/test.h"

#define RESPONSE 0x8180 /* with RD and RA, no error */
#define QUERY 0x0100

#define A 1
#define CNAME 5
#define SOA 6
#define MX 15
#define AAAA 28
#define OPT 41
#define CHAOS 3

#define IPV4 "\xcb\x00\x71\x19" /* 203.0.113.25 */

/* A message under construction. */
struct message {
	uint8_t bytes[65536];
	size_t size;
};

static inline void put(struct message *message, const void *bytes, size_t size)
{
	assert_true(message->size + size <= sizeof(message->bytes));
	memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

static inline void put_16(struct message *message, unsigned int value)
{
	const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
	put(message, bytes, sizeof(bytes));
}

static inline void put_pointer(struct message *message, size_t target)
{
	put_16(message, 0xc000U | (unsigned int)target);
}

static inline void put_labels(struct message *message, const char *name)
{
	while (*name) {
		size_t length = strcspn(name, ".");
		const uint8_t byte = (uint8_t)length;
		put(message, &byte, 1);
		put(message, name, length);
		name += length + (name[length] == '.');
	}
}

static inline void put_name(struct message *message, const char *name)
{
	put_labels(message, name);
	put(message, "", 1);
}

static inline struct message begin(unsigned int flags, unsigned int questions, unsigned int answers,
				   unsigned int authorities, unsigned int additionals)
{
	struct message message = {.size = 0};
	put_16(&message, 0x1234);
	put_16(&message, flags);
	put_16(&message, questions);
	put_16(&message, answers);
	put_16(&message, authorities);
	put_16(&message, additionals);
	return message;
}

static inline void put_question(struct message *message, const char *name, unsigned int type, unsigned int class)
{
	put_name(message, name);
	put_16(message, type);
	put_16(message, class);
}

/* What follows the owner. */
static inline void put_data(struct message *message, unsigned int type, unsigned int class, unsigned int ttl,
			    const void *data, size_t size)
{
	put_16(message, type);
	put_16(message, class);
	put_16(message, ttl >> 16);
	put_16(message, ttl & 0xffff);
	put_16(message, (unsigned int)size);
	put(message, data, size);
}

static inline void put_address(struct message *message, const char *owner)
{
	put_name(message, owner);
	put_data(message, A, 1, 300, IPV4, 4);
}

/* With a preference for an MX. */
static inline void put_target(struct message *message, const char *owner, unsigned int type, int preference,
			      const char *target)
{
	struct message data = {.size = 0};
	if (preference >= 0)
		put_16(&data, (unsigned int)preference);
	put_name(&data, target);
	put_name(message, owner);
	put_data(message, type, 1, 300, data.bytes, data.size);
}

#endif
