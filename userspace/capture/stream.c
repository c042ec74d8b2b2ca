// SPDX-License-Identifier: GPL-2.0-only
#include "capture/stream.h"

#include "capture/aliases.h"
#include "capture/delivery.h"
#include "lib/clock.h"

#include <netinet/tcp.h>
#include <string.h>

/* So many packets in a row with payload of somewhere else: the addresses have a new connection whose SYN was not seen,
 * or more was lost than DELIVERY_WINDOW. */
#define STRAYS_MAX 4
/* An RST may follow bytes that were not seen, as many as fit in a window without scaling (RFC 9293 3.1). */
#define RESET_WINDOW 65536

/*
 * How long each phase may be quiet. Linux repeats a SYN after 1, 2, 4 ... 32 and 64 seconds and gives up 64 later
 * (tcp_syn_retries), so that nothing is longer than 130. RFC 5321 4.5.3.2 asks for 10 minutes of patience at most; but
 * a connection that is kept is not over, and would later be one of which the beginning is not known: so two hours, and
 * a minute more for the probes that keep it alive (RFC 1122 4.2.3.6, tcp_keepalive_time). Half closed, Linux itself
 * waits one minute (tcp_fin_timeout) or as long as the other side sends. What is over is known for as long as a packet
 * may be repeated after it.
 */
static const uint64_t patience_ns[CONNECTION_PHASE_COUNT] = {
	[CONNECTION_UNANSWERED] = 130 * NANOSECONDS_A_SECOND,
	[CONNECTION_OPEN] = 7260 * NANOSECONDS_A_SECOND,
	[CONNECTION_HALF_CLOSED] = 300 * NANOSECONDS_A_SECOND,
	[CONNECTION_OVER] = 15 * NANOSECONDS_A_SECOND,
};

struct streams {
	struct connections connections;
	struct delivery delivery;
	struct aliases *aliases; /* NULL: NAT is not looked for */
	size_t max_streams;
	size_t open_count;
	uint64_t last_id;
	uint64_t pushed_out;
};

struct streams *streams_new(const struct stream_options *options, const struct stream_reader *reader, void *context)
{
	_cleanup_(cleanup_streams_free) struct streams *streams = calloc(1, sizeof(*streams));
	if (!streams)
		return NULL;
	streams->max_streams = options->max_streams > 0 ? options->max_streams : 1;
	streams->delivery.reader = reader;
	streams->delivery.context = context;
	streams->delivery.room.per_side = options->buffer_per_side;
	streams->delivery.room.total = options->buffer_total;
	if (connections_init(&streams->connections) != 0)
		return NULL;
	if (options->is_live) {
		streams->aliases = aliases_new(streams->max_streams);
		if (!streams->aliases)
			return NULL;
	}
	return TAKE_PTR(streams);
}

static void drop(struct streams *streams, struct connection *connection)
{
	if (streams->aliases)
		aliases_forget(streams->aliases, connection);
	connections_remove(&streams->connections, connection);
}

/* Tells what is left and that it is over. Late packets are still known as its own. */
static void end(struct streams *streams, struct connection *connection, enum dialogue_ending ending)
{
	struct delivery *delivery = &streams->delivery;
	delivery_flush(delivery, connection);
	delivery->reader->close(delivery->context, &connection->stream, ending);
	connection->stream.session = NULL;
	connections_set_phase(&streams->connections, connection, CONNECTION_OVER);
	streams->open_count--;
}

static bool has_both_fins(const struct connection *connection)
{
	return connection->halves[STREAM_CLIENT].has_fin && connection->halves[STREAM_SERVER].has_fin;
}

/* What it comes to where its last packets were not seen. */
static enum dialogue_ending due_ending(const struct connection *connection, enum dialogue_ending otherwise)
{
	return has_both_fins(connection) ? DIALOGUE_ENDING_CLOSED : otherwise;
}

static void end_and_drop(struct streams *streams, struct connection *connection, enum dialogue_ending ending)
{
	if (connection->phase != CONNECTION_OVER)
		end(streams, connection, ending);
	drop(streams, connection);
}

/* A SYN that was repeated was not answered in time; the first repetition comes after a second (RFC 6298 2.1). */
static bool was_asked_again(const struct connection *connection)
{
	const struct stream *stream = &connection->stream;
	return !stream->answered && stream->seen_ns >= stream->started_ns + NANOSECONDS_A_SECOND;
}

/* Nothing more of it will be seen, which says nothing of what it does. */
static void cut(struct streams *streams, struct connection *connection)
{
	enum dialogue_ending ending = was_asked_again(connection) ? DIALOGUE_ENDING_SILENT : DIALOGUE_ENDING_UNSEEN;
	end_and_drop(streams, connection, due_ending(connection, ending));
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	for (int phase = 0; phase < CONNECTION_PHASE_COUNT; phase++)
		while (streams->connections.orders[phase].oldest)
			cut(streams, streams->connections.orders[phase].oldest);
	connections_release(&streams->connections);
	aliases_free(streams->aliases);
	free(streams);
}

static void make_room(struct streams *streams)
{
	struct connections *connections = &streams->connections;
	while (connections->count >= streams->max_streams) {
		struct connection *over = connections->orders[CONNECTION_OVER].oldest;
		if (over) {
			drop(streams, over);
			continue;
		}
		streams->pushed_out++;
		cut(streams, connections_quietest(connections));
	}
}

static void learn(struct half *half, uint32_t next)
{
	half->is_known = true;
	half->next = next;
	half->acknowledged = next;
}

static bool is_syn_of_client(const struct packet *packet)
{
	return (packet->flags & (TH_SYN | TH_ACK)) == TH_SYN;
}

/* The sequence number of the first byte of payload, or where it would be: a SYN takes one (RFC 9293 3.4). */
static uint32_t payload_begin(const struct packet *packet)
{
	return packet->sequence + (packet->flags & TH_SYN ? 1 : 0);
}

static bool may_open(const struct packet *packet, bool from_client)
{
	if (packet->flags & TH_RST)
		return false;
	if (packet->flags & TH_SYN)
		return !(packet->flags & TH_FIN) && is_syn_of_client(packet) == from_client;
	return packet->payload_length > 0 && packet->flags & TH_ACK;
}

static struct connection *open_connection(struct streams *streams, const struct packet *packet, bool from_client)
{
	make_room(streams);
	const struct endpoint *client = from_client ? &packet->source : &packet->destination;
	const struct endpoint *server = from_client ? &packet->destination : &packet->source;
	struct connection *connection = connections_add(&streams->connections, client, server);
	if (!connection)
		return NULL;

	struct stream *stream = &connection->stream;
	stream->id = ++streams->last_id;
	stream->has_syn = packet->flags & TH_SYN;
	stream->answered = !stream->has_syn;
	stream->started_ns = packet->wall_ns;
	stream->seen_ns = packet->wall_ns;
	learn(&connection->halves[from_client ? STREAM_CLIENT : STREAM_SERVER], payload_begin(packet));
	if (packet->flags & TH_ACK)
		learn(&connection->halves[from_client ? STREAM_SERVER : STREAM_CLIENT], packet->acknowledgement);
	connection->first_sequence = connection->halves[STREAM_CLIENT].next - 1;
	if (!stream->answered)
		connections_set_phase(&streams->connections, connection, CONNECTION_UNANSWERED);
	streams->open_count++;
	if (streams->aliases && is_syn_of_client(packet))
		aliases_remember(streams->aliases, connection, packet);
	stream->session = streams->delivery.reader->open(streams->delivery.context, stream, packet);
	return connection;
}

/* Whether the packet is of a connection that is known under other addresses. */
static bool is_of_alias(struct streams *streams, const struct packet *packet, bool from_client)
{
	if (!streams->aliases)
		return false;
	const struct endpoint_pair pair = {
		.client = from_client ? packet->source : packet->destination,
		.server = from_client ? packet->destination : packet->source,
	};
	const struct alias *alias = aliases_find(streams->aliases, &pair);
	if (alias) {
		const struct connection *known =
			connections_find(&streams->connections, &alias->original.client, &alias->original.server);
		if (known && known->stream.id == alias->stream_id &&
		    (!is_syn_of_client(packet) || packet->sequence == known->first_sequence))
			return true;
		aliases_remove(streams->aliases, alias);
	}
	if (!is_syn_of_client(packet))
		return false;
	struct connection *connection = aliases_match(streams->aliases, packet);
	if (!connection)
		return false;
	connections_touch(&streams->connections, connection, packet->wall_ns);
	if (connection->phase != CONNECTION_OVER)
		streams->delivery.reader->alias(streams->delivery.context, &connection->stream, packet);
	return true;
}

static bool is_plausible(const struct half *half, const struct packet *packet)
{
	int32_t distance = sequence_distance(payload_begin(packet), half->next);
	return !half->is_known || (distance >= -DELIVERY_WINDOW && distance <= DELIVERY_WINDOW);
}

/* Bytes behind the end, of the side that ended it: its RST was not its own, or not taken. */
static bool goes_on(const struct half *half, const struct packet *packet)
{
	if (!half->is_known)
		return true;
	return half->has_reset && sequence_distance(payload_begin(packet), half->next) >= 0;
}

/* Whether the packet is the first of another connection between the same endpoints. */
static bool begins_another(struct connection *connection, enum stream_side side, const struct packet *packet,
			   bool from_client)
{
	if (!may_open(packet, from_client))
		return false;
	if (is_syn_of_client(packet))
		return side != STREAM_CLIENT || packet->sequence != connection->first_sequence;
	const struct half *half = &connection->halves[side];
	if (packet->payload_length == 0)
		return false;
	if (!is_plausible(half, packet))
		return ++connection->strays >= STRAYS_MAX;
	connection->strays = 0;
	return connection->phase == CONNECTION_OVER && goes_on(half, packet);
}

/* An answer to a SYN acknowledges it, and what may have been sent with it (RFC 9293 3.10.7.3, RFC 7413). */
static bool answers_syn(const struct connection *connection, const struct packet *packet)
{
	const struct half *client = &connection->halves[STREAM_CLIENT];
	uint32_t first = connection->first_sequence + 1;
	return packet->flags & TH_ACK && packet->acknowledgement - first <= client->next - first;
}

/* What a receiver would believe (RFC 5961 3.2), as far as a bystander can know what that has received. */
static bool is_reset(const struct half *half, uint32_t sequence)
{
	return half->is_known && sequence_distance(sequence, half->acknowledged) >= 0 &&
	       sequence_distance(sequence, delivery_seen_end(half)) <= RESET_WINDOW;
}

static void take_reset(struct streams *streams, struct connection *connection, enum stream_side side,
		       const struct packet *packet)
{
	struct half *half = &connection->halves[side];
	if (!connection->stream.answered && side == STREAM_SERVER) {
		if (answers_syn(connection, packet))
			end(streams, connection, DIALOGUE_ENDING_REFUSED);
		return;
	}
	if (!is_reset(half, packet->sequence))
		return;
	end(streams, connection, due_ending(connection, DIALOGUE_ENDING_RESET));
	half->has_reset = true;
	if (sequence_distance(packet->sequence, half->next) > 0)
		half->next = packet->sequence;
}

/* Any packet of the server's answers, and one of the client's that acknowledges an answer which was not seen. */
static void take_answer(struct streams *streams, struct connection *connection, enum stream_side side,
			const struct packet *packet)
{
	if (connection->stream.answered || (side == STREAM_CLIENT && (packet->flags & (TH_SYN | TH_ACK)) != TH_ACK))
		return;
	connection->stream.answered = true;
	connections_set_phase(&streams->connections, connection, CONNECTION_OPEN);
	streams->delivery.reader->answered(streams->delivery.context, &connection->stream);
}

static bool is_fin_acknowledged(const struct half *half)
{
	return half->has_fin && sequence_distance(half->acknowledged, half->fin) > 0;
}

static size_t take_payload(struct streams *streams, struct connection *connection, enum stream_side side,
			   const struct packet *packet)
{
	struct half *half = &connection->halves[side];
	struct run run = {
		.begin = payload_begin(packet),
		.length = packet->payload_length,
		.size = packet->payload_size,
		.bytes = packet->payload,
	};
	if (half->has_fin && sequence_distance(run_end(&run), half->fin) > 0) {
		if (is_fin_acknowledged(half))
			return 0;
		half->has_fin = false; /* what sends more has not ended */
	}
	return delivery_take(&streams->delivery, connection, side, run);
}

static void take_fin(struct half *half, uint32_t sequence)
{
	if (half->has_fin || sequence_distance(sequence, delivery_seen_end(half)) < 0)
		return;
	half->has_fin = true;
	half->fin = sequence;
}

static void take_acknowledgement(struct half *half, uint32_t sequence)
{
	if (!half->is_known)
		learn(half, sequence);
	if (sequence_distance(sequence, half->acknowledged) > 0 &&
	    sequence_distance(sequence, half->next) <= DELIVERY_WINDOW)
		half->acknowledged = sequence;
}

static void end_if_closed(struct streams *streams, struct connection *connection)
{
	for (int side = 0; side < STREAM_SIDE_COUNT; side++) {
		const struct half *half = &connection->halves[side];
		if (!is_fin_acknowledged(half) || half->next != half->fin)
			return;
	}
	end(streams, connection, DIALOGUE_ENDING_CLOSED);
}

static size_t take_segment(struct streams *streams, struct connection *connection, enum stream_side side,
			   const struct packet *packet)
{
	struct half *half = &connection->halves[side];
	struct half *other = &connection->halves[!side];
	size_t clear = 0;

	if (!half->is_known)
		learn(half, payload_begin(packet));
	take_answer(streams, connection, side, packet);
	if (packet->flags & TH_ACK)
		take_acknowledgement(other, packet->acknowledgement);
	if (packet->flags & TH_ACK && packet->payload_length > 0)
		delivery_give_up(&streams->delivery, connection, !side, packet->acknowledgement);
	if (packet->payload_length > 0)
		clear = take_payload(streams, connection, side, packet);
	if ((packet->flags & (TH_FIN | TH_SYN)) == TH_FIN)
		take_fin(half, payload_begin(packet) + (uint32_t)packet->payload_length);
	delivery_settle(&streams->delivery, connection, side);
	delivery_settle(&streams->delivery, connection, !side);
	if (half->has_fin || other->has_fin) {
		connections_set_phase(&streams->connections, connection, CONNECTION_HALF_CLOSED);
		end_if_closed(streams, connection);
	}
	return clear;
}

/* A packet that is not what its flags and numbers claim, or of no use. */
static bool is_stray(const struct connection *connection, enum stream_side side, const struct packet *packet)
{
	if (!is_plausible(&connection->halves[side], packet))
		return true;
	if (packet->flags & TH_SYN && is_syn_of_client(packet) != (side == STREAM_CLIENT))
		return true;
	return !connection->stream.answered && side == STREAM_SERVER && !answers_syn(connection, packet);
}

static enum stream_side side_of(const struct connection *connection, const struct packet *packet)
{
	bool is_client = memcmp(&packet->source, &connection->stream.client, sizeof(packet->source)) == 0;
	return is_client ? STREAM_CLIENT : STREAM_SERVER;
}

/* The connection that the packet belongs to, opened where it may be; NULL where there is none. */
static struct connection *find_or_open(struct streams *streams, const struct packet *packet, bool from_client)
{
	struct connection *connection = connections_find(&streams->connections, &packet->source, &packet->destination);
	if (connection) {
		if (!begins_another(connection, side_of(connection, packet), packet, from_client))
			return connection;
		cut(streams, connection);
	}
	if (!may_open(packet, from_client) || is_of_alias(streams, packet, from_client))
		return NULL;
	return open_connection(streams, packet, from_client);
}

size_t streams_take(struct streams *streams, const struct packet *packet, bool from_client)
{
	if (packet->payload_length > DELIVERY_WINDOW || packet->payload_size > packet->payload_length)
		return 0;
	streams->delivery.now_ns = packet->wall_ns;
	struct connection *connection = find_or_open(streams, packet, from_client);
	if (!connection)
		return 0;
	enum stream_side side = side_of(connection, packet);
	if (is_stray(connection, side, packet))
		return 0;
	connections_touch(&streams->connections, connection, packet->wall_ns);
	if (connection->phase == CONNECTION_OVER)
		return 0;
	if (packet->flags & TH_RST) {
		take_reset(streams, connection, side, packet);
		return 0;
	}
	return take_segment(streams, connection, side, packet);
}

static bool is_too_quiet(const struct streams *streams, const struct connection *connection)
{
	uint64_t now_ns = streams->delivery.now_ns;
	uint64_t seen_ns = connection->stream.seen_ns;
	return now_ns > seen_ns && now_ns - seen_ns >= patience_ns[connection->phase];
}

void streams_tick(struct streams *streams, uint64_t wall_ns)
{
	struct connection *connection;

	streams->delivery.now_ns = wall_ns;
	while ((connection = delivery_next_due(&streams->delivery)) != NULL)
		end_if_closed(streams, connection);
	for (int phase = 0; phase < CONNECTION_PHASE_COUNT; phase++) {
		const struct connection_order *order = &streams->connections.orders[phase];
		while (order->oldest && is_too_quiet(streams, order->oldest))
			end_and_drop(streams, order->oldest, due_ending(order->oldest, DIALOGUE_ENDING_SILENT));
	}
}

size_t streams_count(const struct streams *streams)
{
	return streams->open_count;
}

uint64_t streams_pushed_out(const struct streams *streams)
{
	return streams->pushed_out + streams->delivery.crowded_out;
}

uint64_t streams_id(struct streams *streams, const struct endpoint *one, const struct endpoint *other)
{
	const struct connection *connection = connections_find(&streams->connections, one, other);
	return connection ? connection->stream.id : 0;
}
