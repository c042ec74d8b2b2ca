/* SPDX-License-Identifier: GPL-2.0-only */
/* A run of bytes of a packet of which the end may not have been captured. */
#ifndef SMTPWATCH_CAPTURE_SPAN_H
#define SMTPWATCH_CAPTURE_SPAN_H

#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *bytes;
	size_t size;   /* captured */
	size_t length; /* on the wire, at least `size` */
};

/* The rest behind the first `count` bytes, which are at most span.length. */
static inline struct span span_skip(struct span span, size_t count)
{
	size_t captured = count < span.size ? count : span.size;

	return (struct span){span.bytes + captured, span.size - captured, span.length - count};
}

/* The first `length` bytes, which are at most span.length: what follows is padding. */
static inline struct span span_cut(struct span span, size_t length)
{
	return (struct span){span.bytes, span.size < length ? span.size : length, length};
}

/* Numbers in network byte order. */
static inline uint16_t read_be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t read_be32(const uint8_t *bytes)
{
	return (uint32_t)read_be16(bytes) << 16 | read_be16(bytes + 2);
}

#endif
