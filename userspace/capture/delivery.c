// SPDX-License-Identifier: GPL-2.0-only
#include "capture/delivery.h"

#include "lib/clock.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What the other side has acknowledged is not sent again: only packets that were seen out of order can still fill the
 * gap. Three later ones are what TCP itself takes for a loss (RFC 5681 3.2); time helps where nothing follows.
 */
#define LATER_RUNS 3
#define PATIENCE_NS (2 * NANOSECONDS_A_SECOND)
/* What was not acknowledged will be sent again, in some few of the doubling timeouts (RFC 6298 5.5). But
 * acknowledgements may take another way than this host. */
#define UNACKNOWLEDGED_PATIENCE_NS (30 * NANOSECONDS_A_SECOND)

/* A side that lacks bytes. */
struct waiting {
	struct waiting *earlier_due;
	struct waiting *later_due;
	struct connection *connection;
	uint64_t since_ns;
	uint64_t due_ns;
	uint32_t gap; /* the missing byte that it has waited for since then */
	enum stream_side side;
	struct segments segments;
};

static void append_due(struct delivery *delivery, struct waiting *waiting)
{
	waiting->due_ns = delivery->now_ns + PATIENCE_NS;
	waiting->later_due = NULL;
	waiting->earlier_due = delivery->last_due;
	if (delivery->last_due)
		delivery->last_due->later_due = waiting;
	else
		delivery->next_due = waiting;
	delivery->last_due = waiting;
}

static void detach_due(struct delivery *delivery, struct waiting *waiting)
{
	if (waiting->earlier_due)
		waiting->earlier_due->later_due = waiting->later_due;
	else
		delivery->next_due = waiting->later_due;
	if (waiting->later_due)
		waiting->later_due->earlier_due = waiting->earlier_due;
	else
		delivery->last_due = waiting->earlier_due;
}

/* 0, also where it waits already; -ENOSPC or -ENOMEM. */
static int begin_to_wait(struct delivery *delivery, struct connection *connection, enum stream_side side)
{
	struct half *half = &connection->halves[side];
	if (half->waiting)
		return 0;
	if (delivery->room.used + sizeof(struct waiting) > delivery->room.total)
		return -ENOSPC;
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	if (!waiting)
		return -ENOMEM;
	waiting->connection = connection;
	waiting->side = side;
	waiting->gap = half->next;
	waiting->since_ns = delivery->now_ns;
	append_due(delivery, waiting);
	delivery->room.used += sizeof(*waiting);
	half->waiting = waiting;
	return 0;
}

static void stop_waiting(struct delivery *delivery, struct half *half)
{
	if (!half->waiting)
		return;
	segments_clear(&half->waiting->segments, &delivery->room);
	detach_due(delivery, half->waiting);
	delivery->room.used -= sizeof(*half->waiting);
	free(half->waiting);
	half->waiting = NULL;
}

static const struct segment *first_waiting(const struct half *half)
{
	return half->waiting ? half->waiting->segments.first : NULL;
}

uint32_t delivery_seen_end(const struct half *half)
{
	return first_waiting(half) ? run_end(&half->waiting->segments.last->run) : half->next;
}

uint32_t delivery_missing(const struct half *half)
{
	const struct segment *first = first_waiting(half);
	if (first)
		return first->run.begin - half->next;
	if (half->has_fin)
		return half->fin - half->next;
	/* A single one is rather a FIN that was not seen. */
	int32_t told = sequence_distance(half->acknowledged, half->next);
	return told > 1 ? (uint32_t)told : 0;
}

static void advance(struct connection *connection, enum stream_side side, size_t count)
{
	struct half *half = &connection->halves[side];
	half->next += (uint32_t)count;
	connection->stream.bytes[side] += count;
	/* Where acknowledgements take another way, the latest one must not come to lie ahead once more. */
	if (sequence_distance(half->next, half->acknowledged) > DELIVERY_WINDOW)
		half->acknowledged = half->next - DELIVERY_WINDOW;
}

static void advance_to(struct connection *connection, enum stream_side side, uint32_t sequence)
{
	int32_t distance = sequence_distance(sequence, connection->halves[side].next);
	if (distance > 0)
		advance(connection, side, (size_t)distance);
}

static void make_opaque(struct delivery *delivery, struct connection *connection)
{
	connection->is_opaque = true;
	for (enum stream_side side = 0; side < STREAM_SIDE_COUNT; side++) {
		struct half *half = &connection->halves[side];
		if (!half->is_known)
			continue;
		advance_to(connection, side, delivery_seen_end(half));
		stop_waiting(delivery, half);
	}
}

static void skip(struct delivery *delivery, struct connection *connection, enum stream_side side, size_t count)
{
	advance(connection, side, count);
	struct stream_verdict verdict = delivery->reader->skip(delivery->context, &connection->stream, side, count);
	if (verdict.is_opaque)
		make_opaque(delivery, connection);
}

/* A run that begins with the next byte. Returns how many of its bytes are clear. */
static size_t hand_over(struct delivery *delivery, struct connection *connection, enum stream_side side,
			const struct run *run)
{
	struct stream_verdict verdict = {.is_opaque = false};
	if (run->size > 0) {
		advance(connection, side, run->size);
		verdict = delivery->reader->read(delivery->context, &connection->stream, side, run->bytes, run->size);
	}
	if (verdict.is_opaque) {
		make_opaque(delivery, connection);
		advance_to(connection, side, run_end(run));
	} else if (run->length > run->size) {
		skip(delivery, connection, side, run->length - run->size);
	}
	return verdict.clear < run->size ? verdict.clear : run->size;
}

/* What waits and is not missed any more. */
static void hand_over_waiting(struct delivery *delivery, struct connection *connection, enum stream_side side)
{
	const struct half *half = &connection->halves[side];
	while (first_waiting(half)) {
		int32_t known = sequence_distance(half->next, first_waiting(half)->run.begin);
		if (known < 0)
			return;
		_cleanup_free_ struct segment *segment = segments_take_first(&half->waiting->segments, &delivery->room);
		if ((size_t)known >= segment->run.length)
			continue;
		run_drop(&segment->run, (size_t)known);
		hand_over(delivery, connection, side, &segment->run);
	}
}

static int keep(struct delivery *delivery, struct connection *connection, enum stream_side side, const struct run *run)
{
	int error = begin_to_wait(delivery, connection, side);
	if (error)
		return error;
	return segments_add(&connection->halves[side].waiting->segments, &delivery->room, run);
}

/* Gives up what is missing before `sequence` or, if that is earlier, before what waits. */
static void crowd_out(struct delivery *delivery, struct connection *connection, enum stream_side side,
		      uint32_t sequence)
{
	const struct half *half = &connection->halves[side];
	const struct segment *first = first_waiting(half);
	uint32_t end = first && sequence_distance(first->run.begin, sequence) < 0 ? first->run.begin : sequence;
	uint32_t count = end - half->next;
	delivery->crowded_out += count;
	skip(delivery, connection, side, count);
	hand_over_waiting(delivery, connection, side);
}

/* The next bytes of a run, as far as none of them waits already: what came first counts. */
static size_t hand_over_part(struct delivery *delivery, struct connection *connection, enum stream_side side,
			     struct run *run)
{
	const struct segment *first = first_waiting(&connection->halves[side]);
	struct run part = *run;
	if (first && sequence_distance(first->run.begin, run_end(run)) < 0)
		run_cut(&part, first->run.begin - run->begin);
	size_t clear = hand_over(delivery, connection, side, &part);
	run_drop(run, part.length);
	hand_over_waiting(delivery, connection, side);
	return clear;
}

size_t delivery_take(struct delivery *delivery, struct connection *connection, enum stream_side side, struct run run)
{
	const struct half *half = &connection->halves[side];
	uint32_t end = run_end(&run);
	bool is_at_start = true;
	size_t clear = 0;

	while (run.length > 0 && !connection->is_opaque) {
		int32_t ahead = sequence_distance(run.begin, half->next);
		if (ahead > 0) {
			if (keep(delivery, connection, side, &run) == 0)
				break;
			crowd_out(delivery, connection, side, run.begin);
		} else if (ahead < 0) {
			size_t known = (size_t)-ahead;
			run_drop(&run, known < run.length ? known : run.length);
			is_at_start = false;
		} else {
			size_t part_clear = hand_over_part(delivery, connection, side, &run);
			if (is_at_start)
				clear = part_clear;
			is_at_start = false;
		}
	}
	if (connection->is_opaque)
		advance_to(connection, side, end);
	return clear;
}

/* The other side has the next bytes. */
static bool is_acknowledged(const struct half *half, uint32_t count)
{
	return sequence_distance(half->acknowledged, half->next + count) >= 0;
}

/* What the side lacks is not worth waiting for any more. */
static bool is_lost(const struct delivery *delivery, const struct half *half, uint32_t missing)
{
	const struct waiting *waiting = half->waiting;
	uint64_t waited_ns = delivery->now_ns - waiting->since_ns;

	if (!is_acknowledged(half, missing))
		return waited_ns >= UNACKNOWLEDGED_PATIENCE_NS;
	return waiting->segments.count >= LATER_RUNS || waited_ns >= PATIENCE_NS;
}

/* Whether the `missing` bytes are waited for. */
static bool wait_for(struct delivery *delivery, struct connection *connection, enum stream_side side, uint32_t missing)
{
	struct half *half = &connection->halves[side];
	if (begin_to_wait(delivery, connection, side) != 0) {
		delivery->crowded_out += missing;
		return false;
	}
	struct waiting *waiting = half->waiting;
	if (waiting->gap != half->next || waiting->since_ns > delivery->now_ns) {
		waiting->gap = half->next;
		waiting->since_ns = delivery->now_ns;
	}
	return !is_lost(delivery, half, missing);
}

/*
 * How the two sides interleave is as the capture shows it: where a host captures its own packets, a side has seen what
 * it answers. So what is missing then is lost. Holding the answer back until it comes, as it may in captures made
 * elsewhere, would need room for what an acknowledgement only claims.
 */
void delivery_give_up(struct delivery *delivery, struct connection *connection, enum stream_side side,
		      uint32_t acknowledged)
{
	const struct half *half = &connection->halves[side];

	while (half->is_known && !connection->is_opaque) {
		uint32_t missing = delivery_missing(half);
		if (missing == 0 || sequence_distance(acknowledged, half->next + missing) < 0)
			return;
		skip(delivery, connection, side, missing);
		hand_over_waiting(delivery, connection, side);
	}
}

void delivery_settle(struct delivery *delivery, struct connection *connection, enum stream_side side)
{
	struct half *half = &connection->halves[side];
	uint32_t missing = half->is_known ? delivery_missing(half) : 0;

	while (missing > 0 && !connection->is_opaque) {
		if (wait_for(delivery, connection, side, missing))
			return;
		bool was_acknowledged = is_acknowledged(half, missing);
		skip(delivery, connection, side, missing);
		hand_over_waiting(delivery, connection, side);
		/* A gap behind it that the other side has filled as well does not begin to wait anew. */
		if (half->waiting && was_acknowledged)
			half->waiting->gap = half->next;
		missing = delivery_missing(half);
	}
	stop_waiting(delivery, half);
	advance(connection, side, missing);
}

void delivery_flush(struct delivery *delivery, struct connection *connection)
{
	for (enum stream_side side = 0; side < STREAM_SIDE_COUNT; side++) {
		struct half *half = &connection->halves[side];
		uint32_t missing = half->is_known ? delivery_missing(half) : 0;
		while (missing > 0 && !connection->is_opaque) {
			skip(delivery, connection, side, missing);
			hand_over_waiting(delivery, connection, side);
			missing = delivery_missing(half);
		}
		stop_waiting(delivery, half);
		advance(connection, side, missing);
	}
}

struct connection *delivery_next_due(struct delivery *delivery)
{
	struct waiting *waiting = delivery->next_due;
	if (!waiting || (waiting->due_ns > delivery->now_ns && waiting->due_ns - delivery->now_ns <= PATIENCE_NS))
		return NULL;
	struct connection *connection = waiting->connection;
	detach_due(delivery, waiting);
	append_due(delivery, waiting);
	delivery_settle(delivery, connection, waiting->side);
	return connection;
}
