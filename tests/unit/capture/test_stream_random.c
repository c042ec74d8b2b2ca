// SPDX-License-Identifier: GPL-2.0-only
/* Known bytes in every disorder: what is delivered is exactly what was seen of them, and what is not is exactly named.
 */
#include "capture/stream.h"

#include "lib/clock.h"
#include "support/observations.h"
#include "support/test.h"

#include <netinet/tcp.h>

#define LENGTH_MAX 3000
#define PACKETS_MAX 200
#define MISSING (-1) /* lost, or cut off by the capture */
#define UNSEEN (-2)

struct side {
	uint32_t first; /* sequence number of the first byte */
	size_t length;
	int expected[LENGTH_MAX]; /* a byte, or MISSING */
	size_t position;          /* up to where it was delivered */
	bool is_exact;            /* nothing is given up that may still come */
};

struct run_of_packets {
	struct side sides[STREAM_SIDE_COUNT];
	unsigned int seed;
	int closed;
};

static size_t below(struct run_of_packets *run, size_t limit)
{
	return (size_t)rand_r(&run->seed) % limit;
}

static void *open_stream(void *context, const struct stream *stream, const struct packet *packet)
{
	(void)stream;
	(void)packet;
	return context;
}

static void ignore(void *context, const struct stream *stream)
{
	(void)context;
	(void)stream;
}

static struct stream_verdict read_bytes(void *context, const struct stream *stream, enum stream_side side,
					const uint8_t *bytes, size_t size)
{
	struct run_of_packets *run = (struct run_of_packets *)context;
	struct side *at = &run->sides[side];

	assert_true(size > 0 && at->position + size <= at->length);
	for (size_t i = 0; i < size; i++, at->position++)
		assert_int_equal(bytes[i], at->expected[at->position]);
	assert_int_equal(stream->bytes[side], at->position);
	return (struct stream_verdict){.clear = size};
}

static struct stream_verdict skip_bytes(void *context, const struct stream *stream, enum stream_side side, size_t size)
{
	struct run_of_packets *run = (struct run_of_packets *)context;
	struct side *at = &run->sides[side];

	(void)stream;
	assert_true(size > 0 && at->position + size <= at->length);
	for (size_t i = 0; i < size; i++, at->position++)
		assert_true(at->expected[at->position] == MISSING || !at->is_exact);
	return (struct stream_verdict){.clear = 0};
}

static void close_stream(void *context, const struct stream *stream, enum dialogue_ending ending)
{
	struct run_of_packets *run = (struct run_of_packets *)context;

	assert_int_equal(ending, DIALOGUE_ENDING_CLOSED);
	for (int side = 0; side < STREAM_SIDE_COUNT; side++)
		assert_int_equal(stream->bytes[side], run->sides[side].length);
	run->closed++;
}

static const struct stream_reader reader = {
	.open = open_stream,
	.answered = ignore,
	.read = read_bytes,
	.skip = skip_bytes,
	.close = close_stream,
};

struct planned {
	enum stream_side side;
	size_t begin;
	size_t length;
	size_t size;
	uint8_t bytes[LENGTH_MAX];
};

/* Any part of a side; each sending has bytes of its own, so that it shows whose were taken. */
static void plan(struct run_of_packets *run, struct planned *packet, size_t begin, size_t length)
{
	packet->begin = begin;
	packet->length = length;
	packet->size = below(run, 6) == 0 ? below(run, length + 1) : length;
	for (size_t i = 0; i < packet->size; i++)
		packet->bytes[i] = (uint8_t)rand_r(&run->seed);
}

static size_t plan_side(struct run_of_packets *run, enum stream_side side, struct planned *packets, size_t limit)
{
	size_t length = run->sides[side].length;
	size_t count = 0;

	for (size_t begin = 0; begin < length && count < limit / 2;) {
		size_t part = 1 + below(run, length - begin < 100 ? length - begin : 100);
		packets[count].side = side;
		if (below(run, 10) != 0) /* else it is lost */
			plan(run, &packets[count++], begin, part);
		begin += part;
	}
	for (size_t i = below(run, limit / 2); i > 0 && length > 0; i--) {
		size_t begin = below(run, length);
		packets[count].side = side;
		plan(run, &packets[count++], begin, 1 + below(run, length - begin));
	}
	return count;
}

static void swap(struct planned *left, struct planned *right)
{
	struct planned third = *left;
	*left = *right;
	*right = third;
}

static void disorder(struct run_of_packets *run, struct planned *packets, size_t count)
{
	size_t reach = 1 + below(run, count);

	for (size_t i = 0; i < count; i++)
		swap(&packets[i], &packets[i + below(run, reach < count - i ? reach : count - i)]);
}

/* The bytes that are seen first count. */
static void expect(struct side *side, const struct planned *packet)
{
	for (size_t i = 0; i < packet->length; i++)
		if (side->expected[packet->begin + i] == UNSEEN && packet->begin + i >= side->position)
			side->expected[packet->begin + i] = i < packet->size ? packet->bytes[i] : MISSING;
}

static size_t transmit(struct streams *streams, const struct run_of_packets *run, uint64_t wall_ns, uint8_t flags,
		       const struct planned *packet, size_t acknowledged)
{
	const struct side *other = &run->sides[!packet->side];
	struct endpoint ends[] = {endpoint_at("2001:db8::1", 40000), endpoint_at("2001:db8::2", 25)};
	struct packet sent = {
		.wall_ns = wall_ns,
		.protocol = IPPROTO_TCP,
		.source = ends[packet->side],
		.destination = ends[!packet->side],
		.sequence = run->sides[packet->side].first + (uint32_t)packet->begin,
		.acknowledgement = other->first + (uint32_t)acknowledged,
		.flags = flags,
		.payload = packet->bytes,
		.payload_size = packet->size,
		.payload_length = packet->length,
	};

	return streams_take(streams, &sent, packet->side == STREAM_CLIENT);
}

static void shake_hands(struct streams *streams, const struct run_of_packets *run)
{
	static const struct planned client = {.side = STREAM_CLIENT, .begin = SIZE_MAX};
	static const struct planned server = {.side = STREAM_SERVER, .begin = SIZE_MAX};

	transmit(streams, run, NANOSECONDS_A_SECOND, TH_SYN, &client, 0);
	transmit(streams, run, NANOSECONDS_A_SECOND, TH_SYN | TH_ACK, &server, 0);
}

/* All was sent and taken on both sides; what was not seen is lost. */
static void say_goodbye(struct streams *streams, struct run_of_packets *run)
{
	for (int side = 0; side < STREAM_SIDE_COUNT; side++)
		for (size_t i = 0; i < run->sides[side].length; i++)
			if (run->sides[side].expected[i] == UNSEEN)
				run->sides[side].expected[i] = MISSING;
	for (enum stream_side side = 0; side < STREAM_SIDE_COUNT; side++) {
		struct planned fin = {.side = side, .begin = run->sides[side].length};
		struct planned last = {.side = !side, .begin = run->sides[!side].length};
		transmit(streams, run, 3 * NANOSECONDS_A_SECOND, TH_ACK | TH_FIN, &fin, 0);
		transmit(streams, run, 3 * NANOSECONDS_A_SECOND, TH_ACK, &last, fin.begin + 1);
	}
	streams_tick(streams, 6 * NANOSECONDS_A_SECOND);
	assert_int_equal(run->closed, 1);
	for (int side = 0; side < STREAM_SIDE_COUNT; side++)
		assert_int_equal(run->sides[side].position, run->sides[side].length);
	assert_int_equal(streams_count(streams), 0);
}

static void prepare(struct run_of_packets *run, unsigned int seed, bool is_exact)
{
	*run = (struct run_of_packets){.seed = seed};
	for (int i = 0; i < STREAM_SIDE_COUNT; i++) {
		struct side *side = &run->sides[i];
		/* Often close to where the numbers begin anew. */
		side->first = (uint32_t)rand_r(&run->seed) * 3U;
		if (below(run, 2))
			side->first = (uint32_t)-below(run, LENGTH_MAX);
		side->length = below(run, LENGTH_MAX);
		side->is_exact = is_exact;
		for (size_t byte = 0; byte < side->length; byte++)
			side->expected[byte] = UNSEEN;
	}
}

static void run_one(unsigned int seed, const struct stream_options *options, bool is_exact)
{
	static struct planned packets[PACKETS_MAX];
	struct run_of_packets run;
	size_t count;

	prepare(&run, seed, is_exact);
	_cleanup_(cleanup_streams_free) struct streams *streams = streams_new(options, &reader, &run);
	assert_non_null(streams);
	count = plan_side(&run, STREAM_CLIENT, packets, PACKETS_MAX / 2);
	count += plan_side(&run, STREAM_SERVER, &packets[count], PACKETS_MAX / 2);
	disorder(&run, packets, count);
	shake_hands(streams, &run);
	for (size_t i = 0; i < count; i++) {
		struct side *side = &run.sides[packets[i].side];
		size_t acknowledged = is_exact ? 0 : below(&run, run.sides[!packets[i].side].length + 1);
		size_t before = side->position;
		expect(side, &packets[i]);
		size_t clear = transmit(streams, &run, 2 * NANOSECONDS_A_SECOND, TH_ACK, &packets[i], acknowledged);
		assert_true(clear <= packets[i].size);
		if (clear > 0)
			assert_true(packets[i].begin >= before && packets[i].begin + clear <= side->position);
		if (is_exact && packets[i].begin != before)
			assert_int_equal(clear, 0);
	}
	say_goodbye(streams, &run);
}

static void test_exact(void **state)
{
	static const struct stream_options options = {
		.max_streams = 5,
		.buffer_per_side = 1 << 20,
		.buffer_total = 1 << 21,
	};

	(void)state;
	for (unsigned int seed = 1; seed <= 2000; seed++)
		run_one(seed, &options, true);
}

/* With little room and acknowledgements from anywhere less is delivered, but never anything wrong. */
static void test_crowded(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 2000; seed++) {
		const struct stream_options options = {
			.max_streams = 1,
			.buffer_per_side = seed % 64 * 32,
			.buffer_total = seed % 32 * 128,
		};
		run_one(seed, &options, false);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_crowded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stream_random", tests, NULL, NULL);
}
