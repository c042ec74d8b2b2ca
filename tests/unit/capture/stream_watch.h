/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streams with a reader that writes down what it is told: "+1 open of stream 1 ("+1m" from the middle), "!1" answered,
 * "=1" an alias, "C[text]" and "S[text]" what a side said, "C<5>" so many bytes of it missing, "-1 closed" the end.
 */
#ifndef SMTPWATCH_TESTS_STREAM_WATCH_H
#define SMTPWATCH_TESTS_STREAM_WATCH_H

#include "capture/stream.h"
#include "lib/clock.h"
#include "support/observations.h"
#include "support/test.h"

#include <netinet/tcp.h>

#define SECOND NANOSECONDS_A_SECOND
#define START_NS (1700000000 * SECOND)

struct watch {
	struct streams *streams;
	struct endpoint client;
	struct endpoint server;
	uint32_t interface;
	uint32_t first[STREAM_SIDE_COUNT]; /* sequence numbers of the SYNs: those below count from there */
	uint64_t now_ns;
	bool wants_opaque;                 /* the verdict of the next read */
	size_t opaque_size;                /* the same of what has this size */
	size_t clear;                      /* and of all */
	int sessions;                      /* open now */
	uint64_t bytes[STREAM_SIDE_COUNT]; /* of the stream told of last */
	uint64_t duration_ns;
	char log[8192];
};

static inline void watch_log(struct watch *watch, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void watch_log(struct watch *watch, const char *format, ...)
{
	size_t used = strlen(watch->log);
	va_list arguments;

	if (used > 0 && used + 1 < sizeof(watch->log))
		watch->log[used++] = ' ';
	va_start(arguments, format);
	vsnprintf(watch->log + used, sizeof(watch->log) - used, format, arguments);
	va_end(arguments);
}

static inline void *watch_open(void *context, const struct stream *stream, const struct packet *packet)
{
	struct watch *watch = (struct watch *)context;

	assert_int_equal(stream->seen_ns, packet->wall_ns);
	assert_int_equal(stream->answered, !stream->has_syn);
	watch->sessions++;
	watch_log(watch, "+%d%s", (int)stream->id, stream->has_syn ? "" : "m");
	return watch;
}

static inline void watch_alias(void *context, const struct stream *stream, const struct packet *packet)
{
	(void)packet;
	watch_log((struct watch *)context, "=%d", (int)stream->id);
}

static inline void watch_answered(void *context, const struct stream *stream)
{
	assert_true(stream->answered);
	watch_log((struct watch *)context, "!%d", (int)stream->id);
}

static inline struct stream_verdict watch_verdict(struct watch *watch, const struct stream *stream, size_t size)
{
	struct stream_verdict verdict = {.is_opaque = watch->wants_opaque || size == watch->opaque_size,
					 .clear = watch->clear};

	assert_ptr_equal(stream->session, watch);
	return verdict;
}

static inline struct stream_verdict watch_read(void *context, const struct stream *stream, enum stream_side side,
					       const uint8_t *bytes, size_t size)
{
	struct watch *watch = (struct watch *)context;

	assert_true(size > 0);
	watch_log(watch, "%c[%.*s]", "CS"[side], (int)size, (const char *)bytes);
	return watch_verdict(watch, stream, size);
}

static inline struct stream_verdict watch_skip(void *context, const struct stream *stream, enum stream_side side,
					       size_t size)
{
	struct watch *watch = (struct watch *)context;

	assert_true(size > 0);
	watch_log(watch, "%c<%zu>", "CS"[side], size);
	return watch_verdict(watch, stream, size);
}

static inline void watch_close(void *context, const struct stream *stream, enum dialogue_ending ending)
{
	static const char *const names[] = {"closed", "reset", "refused", "silent", "unseen"};
	struct watch *watch = (struct watch *)context;

	watch->sessions--;
	memcpy(watch->bytes, stream->bytes, sizeof(watch->bytes));
	watch->duration_ns = stream->seen_ns - stream->started_ns;
	watch_log(watch, "-%d %s", (int)stream->id, names[ending]);
}

static const struct stream_reader watch_reader = {
	.open = watch_open,
	.alias = watch_alias,
	.answered = watch_answered,
	.read = watch_read,
	.skip = watch_skip,
	.close = watch_close,
};

static const struct stream_options watch_options = {
	.max_streams = 100,
	.buffer_per_side = 65536,
	.buffer_total = 1 << 20,
};

static inline void watch_begin(struct watch *watch, const struct stream_options *options)
{
	*watch = (struct watch){
		.client = endpoint_at("192.0.2.1", 40000),
		.server = endpoint_at("198.51.100.7", 25),
		.interface = 2,
		.first = {1000, 5000},
		.now_ns = START_NS,
		.clear = SIZE_MAX,
	};
	watch->streams = streams_new(options, &watch_reader, watch);
	assert_non_null(watch->streams);
}

/* Nothing is left open. */
static inline void watch_end(struct watch *watch)
{
	streams_free(watch->streams);
	assert_int_equal(watch->sessions, 0);
}

/* A packet whose payload was cut by the capture behind `text`. */
static inline size_t say_cut(struct watch *watch, enum stream_side side, uint8_t flags, uint32_t sequence,
			     uint32_t acknowledgement, const char *text, size_t length)
{
	struct packet packet = {
		.wall_ns = watch->now_ns,
		.protocol = IPPROTO_TCP,
		.source = side == STREAM_CLIENT ? watch->client : watch->server,
		.destination = side == STREAM_CLIENT ? watch->server : watch->client,
		.interface = watch->interface,
		.sequence = watch->first[side] + sequence,
		.acknowledgement = flags & TH_ACK ? watch->first[!side] + acknowledgement : 0,
		.flags = flags,
		.payload = (const uint8_t *)text,
		.payload_size = strlen(text),
		.payload_length = length,
	};

	return streams_take(watch->streams, &packet, side == STREAM_CLIENT);
}

static inline size_t say(struct watch *watch, enum stream_side side, uint8_t flags, uint32_t sequence,
			 uint32_t acknowledgement, const char *text)
{
	return say_cut(watch, side, flags, sequence, acknowledgement, text, strlen(text));
}

#define CLIENT(watch, flags, sequence, acknowledgement, text) \
	say(watch, STREAM_CLIENT, flags, sequence, acknowledgement, text)
#define SERVER(watch, flags, sequence, acknowledgement, text) \
	say(watch, STREAM_SERVER, flags, sequence, acknowledgement, text)

/* What was told since the last time. */
#define ASSERT_TOLD(watch, text)                         \
	do {                                             \
		assert_string_equal((watch)->log, text); \
		(watch)->log[0] = '\0';                  \
	} while (0)

static inline void shake_hands(struct watch *watch)
{
	CLIENT(watch, TH_SYN, 0, 0, "");
	SERVER(watch, TH_SYN | TH_ACK, 0, 1, "");
	CLIENT(watch, TH_ACK, 1, 1, "");
	watch->log[0] = '\0';
}

/* Begins with an open connection, nothing said. */
static inline void watch_begin_open(struct watch *watch)
{
	watch_begin(watch, &watch_options);
	shake_hands(watch);
}

static inline void pass(struct watch *watch, uint64_t seconds)
{
	watch->now_ns += seconds * SECOND;
	streams_tick(watch->streams, watch->now_ns);
}

#endif
