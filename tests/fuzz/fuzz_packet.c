// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of one link type. The first byte picks that; each frame follows as two bytes of captured size, one byte of how
 * much more was on the wire (in units of 16), one of how many seconds later it came (signed), and its bytes, of which
 * the last frame may have fewer. What comes out must lie within the frame or be the decoder's, and is read.
 */
#include "capture/packet.h"
#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_HEADER 4
#define START_NS (1700000000 * NANOSECONDS_A_SECOND)

static const int link_types[] = {0, 1, 12, 108, 113, 228, 229, 276};

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct packet *packet, const struct frame *frame)
{
	volatile uint8_t sum = 0;

	demand(packet->payload_size <= packet->payload_length);
	demand(packet->payload_offset <= frame->size);
	demand(packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP);
	demand(memcmp(&packet->frame, frame, sizeof(*frame)) == 0);
	if (packet->payload_offset < frame->size) {
		demand(packet->payload == frame->bytes + packet->payload_offset);
		demand(packet->payload_size <= frame->size - packet->payload_offset);
	}
	for (size_t i = 0; i < packet->payload_size; i++)
		sum = (uint8_t)(sum + packet->payload[i]);
}

/* A copy of its own, so that a byte read behind it is noticed. */
static void decode(struct packet_decoder *decoder, const uint8_t *bytes, size_t size, size_t more, uint64_t wall_ns)
{
	_cleanup_free_ uint8_t *copy = malloc(size);
	const struct frame frame = {.wall_ns = wall_ns, .bytes = copy, .size = size, .length = size + more};
	struct packet packet;

	if (size > 0)
		memcpy(copy, bytes, size);
	if (packet_decode(decoder, &frame, &packet) == 0)
		check(&packet, &frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return 0;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder =
		packet_decoder_new(link_types[bytes[0] % (sizeof(link_types) / sizeof(link_types[0]))]);
	uint64_t wall_ns = START_NS;

	demand(decoder != NULL);
	bytes++;
	size--;
	while (size > FRAME_HEADER) {
		size_t frame_size = (size_t)(bytes[0] << 8 | bytes[1]);
		size_t more = (size_t)bytes[2] * 16;

		wall_ns += (uint64_t)(int64_t)(int8_t)bytes[3] * NANOSECONDS_A_SECOND;
		bytes += FRAME_HEADER;
		size -= FRAME_HEADER;
		if (frame_size > size)
			frame_size = size;
		decode(decoder, bytes, frame_size, more, wall_ns);
		bytes += frame_size;
		size -= frame_size;
	}
	return 0;
}
