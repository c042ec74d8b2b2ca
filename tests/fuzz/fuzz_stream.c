// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of a few connections from the input, 8 bytes each: a reader must be told nothing that contradicts itself.
 * Payload is a function of its place, or was sent differently once; the numbers are near each other, or nothing meets.
 */
#include "capture/stream.h"
#include "lib/clock.h"

#include <assert.h>
#include <netinet/tcp.h>
#include <string.h>

#define SESSIONS_MAX 64

struct session {
	uint64_t id; /* 0: free */
	uint64_t bytes[STREAM_SIDE_COUNT];
	bool is_opaque;
	bool answered;
};

struct check {
	struct session sessions[SESSIONS_MAX];
	uint64_t last_id;
	size_t open;
};

static void *open_session(void *context, const struct stream *stream, const struct packet *packet)
{
	struct check *check = (struct check *)context;
	(void)packet;
	assert(stream->id > check->last_id);
	check->last_id = stream->id;
	check->open++;
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (check->sessions[i].id == 0) {
			check->sessions[i] = (struct session){.id = stream->id, .answered = stream->answered};
			return &check->sessions[i];
		}
	}
	abort(); /* more connections than allowed */
}

static struct session *session_of(const struct stream *stream)
{
	struct session *session = (struct session *)stream->session;
	assert(session && session->id == stream->id);
	assert(stream->seen_ns >= stream->started_ns);
	return session;
}

static void alias_session(void *context, const struct stream *stream, const struct packet *packet)
{
	(void)context;
	assert(packet->flags & TH_SYN);
	session_of(stream);
}

static void answer_session(void *context, const struct stream *stream)
{
	struct session *session = session_of(stream);
	(void)context;
	assert(!session->answered && stream->has_syn);
	session->answered = true;
}

static struct stream_verdict count(const struct stream *stream, enum stream_side side, size_t size)
{
	struct session *session = session_of(stream);
	assert(size > 0 && !session->is_opaque);
	session->bytes[side] += size;
	assert(session->bytes[side] == stream->bytes[side]);
	session->is_opaque = session->bytes[side] % 23 == 22;
	return (struct stream_verdict){.is_opaque = session->is_opaque, .clear = size / 2};
}

static struct stream_verdict read_session(void *context, const struct stream *stream, enum stream_side side,
					  const uint8_t *bytes, size_t size)
{
	volatile uint8_t sum = 0;
	(void)context;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return count(stream, side, size);
}

static struct stream_verdict skip_session(void *context, const struct stream *stream, enum stream_side side,
					  size_t size)
{
	(void)context;
	return count(stream, side, size);
}

static void close_session(void *context, const struct stream *stream, enum dialogue_ending ending)
{
	struct check *check = (struct check *)context;
	struct session *session = session_of(stream);
	assert((unsigned int)ending < DIALOGUE_ENDING_COUNT);
	assert((ending == DIALOGUE_ENDING_REFUSED) <= !stream->answered);
	for (int side = 0; side < STREAM_SIDE_COUNT; side++)
		assert(session->is_opaque ? stream->bytes[side] >= session->bytes[side]
					  : stream->bytes[side] == session->bytes[side]);
	session->id = 0;
	check->open--;
}

static const struct stream_reader reader = {
	.open = open_session,
	.alias = alias_session,
	.answered = answer_session,
	.read = read_session,
	.skip = skip_session,
	.close = close_session,
};

static const uint32_t bases[] = {0, UINT32_MAX - 40, 0x7fffffe0, 0x80000000, 200, 32 << 20, 64 << 20, 0xc0000000};

static size_t cut_off(uint8_t byte)
{
	if (byte < 128)
		return 0;
	return byte < 250 ? byte : (size_t)byte << 15;
}

/* Bytes: who, flags, sequence and its base, acknowledgement, size, cut, time. */
static size_t take(struct streams *streams, const uint8_t *bytes, uint64_t *wall_ns)
{
	static uint8_t payload[256];
	bool from_client = bytes[0] & 1;
	struct endpoint client = {.port = (uint16_t)(40000 + (bytes[0] >> 1 & 3))};
	struct endpoint server = {.port = 25};
	client.address.bytes[15] = bytes[0] >> 3 & 3;
	server.address.bytes[15] = (uint8_t)(100 + (bytes[0] >> 5 & 1));
	*wall_ns += bytes[7] < 200 ? bytes[7] * 1000000ULL : (bytes[7] - 200ULL) * 20 * NANOSECONDS_A_SECOND;
	struct packet packet = {
		.wall_ns = bytes[7] == 255 ? *wall_ns / 2 : *wall_ns,
		.source = from_client ? client : server,
		.destination = from_client ? server : client,
		.interface = bytes[0] >> 6,
		.sequence = bases[bytes[6] & 7] + bytes[2],
		.acknowledgement = bases[bytes[6] >> 3 & 7] + bytes[3],
		.flags = bytes[1] & (TH_FIN | TH_SYN | TH_RST | TH_ACK),
		.payload = payload,
		.payload_size = bytes[4],
		.payload_length = bytes[4] + cut_off(bytes[5]),
	};
	size_t clear = streams_take(streams, &packet, from_client);
	assert(clear <= packet.payload_size / 2);
	if (bytes[7] >= 128)
		streams_tick(streams, *wall_ns);
	return clear;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct check check = {.open = 0};
	uint64_t wall_ns = 1000 * NANOSECONDS_A_SECOND;
	if (size < 1)
		return 0;
	const struct stream_options options = {
		.max_streams = 1 + (bytes[0] & 7),
		.buffer_per_side = (size_t)(bytes[0] >> 3 & 3) * 200,
		.buffer_total = (size_t)(bytes[0] >> 5 & 3) * 500,
		.is_live = bytes[0] >> 7,
	};
	struct streams *streams = streams_new(&options, &reader, &check);
	assert(streams);
	for (size_t at = 1; at + 8 <= size; at += 8) {
		take(streams, &bytes[at], &wall_ns);
		assert(streams_count(streams) == check.open && check.open <= options.max_streams);
	}
	streams_free(streams);
	assert(check.open == 0);
	return 0;
}
