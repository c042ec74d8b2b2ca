// SPDX-License-Identifier: GPL-2.0-only
#include "capture/dissector.h"

#include "capture/dns.h"
#include "capture/kept_packets.h"
#include "capture/off_port.h"
#include "capture/redact.h"
#include "capture/smtp.h"
#include "capture/span.h"
#include "capture/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define DNS_PORT 53
#define SUBMISSIONS_PORT 465 /* implicit TLS (RFC 8314 3.3) */
#define BUFFER_OF_SIDE (256 * 1024)
#define BUFFER_IN_ALL (16 * 1024 * 1024)
#define PORTS_COUNT 65536

/* What is kept of a connection as a stream's session. */
struct session {
	struct dissector *dissector;
	const struct stream *stream;
	struct smtp *smtp; /* NULL: no memory, or nothing more is to be read */
};

struct dissector {
	struct packet_decoder *decoder;
	struct streams *streams;
	struct kept_packets *kept;
	const struct dissector_taker *taker;
	void *context;
	struct dissector_scope scope;
	bool is_watched[PORTS_COUNT];
	uint64_t frames;
	uint64_t malformed;
};

/* Completes an event of a connection and hands it on. */
static void tell(struct dissector *dissector, const struct stream *stream, struct dialogue_event *event)
{
	event->wire_id = stream->id;
	event->wall_ns = stream->seen_ns;
	event->local = stream->client;
	event->remote = stream->server;
	dissector->taker->dialogue(dissector->context, event);
}

/* A banner cannot quote the envelope: an address in it is whom to write to. */
static void tell_said(void *context, struct dialogue_event *event)
{
	const struct session *session = context;
	char redacted[DIALOGUE_TEXT_SIZE];

	if (event->text && event->stage != DIALOGUE_STAGE_BANNER && !session->dissector->scope.keep_addresses) {
		redact_addresses(event->text, redacted);
		event->text = redacted;
	}
	tell(session->dissector, session->stream, event);
}

static struct wire_source source_of(const struct packet *packet)
{
	struct wire_source source = {
		.address = packet->source.address,
		.interface = packet->interface,
		.has_mac = packet->has_mac,
	};
	memcpy(source.mac, packet->mac, sizeof(source.mac));
	return source;
}

static bool is_sent_by(const struct packet *packet, const struct endpoint *endpoint)
{
	return memcmp(&packet->source, endpoint, sizeof(*endpoint)) == 0;
}

static void *open_stream(void *context, const struct stream *stream, const struct packet *packet)
{
	struct dissector *dissector = context;
	bool is_client = is_sent_by(packet, &stream->client);
	struct dialogue_event event = {
		.kind = DIALOGUE_OPENED,
		.source = is_client ? source_of(packet) : (struct wire_source){.address = stream->client.address},
		.incoming = is_client && packet->way == PACKET_WAY_INCOMING,
		.has_syn = stream->has_syn,
	};
	const struct smtp_options options = {
		.is_tls = stream->server.port == SUBMISSIONS_PORT,
		.from_middle = !stream->has_syn,
		.keep_addresses = dissector->scope.keep_addresses,
	};

	tell(dissector, stream, &event);
	struct session *session = calloc(1, sizeof(*session));
	if (!session)
		return NULL;
	session->dissector = dissector;
	session->stream = stream;
	session->smtp = smtp_new(&options, tell_said, session);
	return session;
}

static void add_alias(void *context, const struct stream *stream, const struct packet *packet)
{
	struct dialogue_event event = {
		.kind = DIALOGUE_ALIAS,
		.alias_local = packet->source,
		.alias_remote = packet->destination,
	};
	tell(context, stream, &event);
}

static void tell_answered(void *context, const struct stream *stream)
{
	struct dialogue_event event = {.kind = DIALOGUE_ANSWERED};
	tell(context, stream, &event);
}

/* Gives back the parser of a connection that says nothing more in clear. */
static struct stream_verdict conclude(struct session *session, struct stream_verdict verdict)
{
	if (verdict.is_opaque) {
		smtp_free(session->smtp);
		session->smtp = NULL;
	}
	return verdict;
}

static const struct stream_verdict nothing_to_read = {.is_opaque = true};

static struct stream_verdict read_stream(void *context, const struct stream *stream, enum stream_side side,
					 const uint8_t *bytes, size_t size)
{
	struct session *session = stream->session;

	(void)context;
	if (!session || !session->smtp)
		return nothing_to_read;
	return conclude(session, smtp_read(session->smtp, side, bytes, size));
}

static struct stream_verdict skip_stream(void *context, const struct stream *stream, enum stream_side side, size_t size)
{
	struct session *session = stream->session;

	(void)context;
	if (!session || !session->smtp)
		return nothing_to_read;
	return conclude(session, smtp_skip(session->smtp, side, size));
}

static void close_stream(void *context, const struct stream *stream, enum dialogue_ending ending)
{
	struct dissector *dissector = context;
	struct session *session = stream->session;
	struct dialogue_event event = {
		.kind = DIALOGUE_ENDED,
		.ending = ending,
		.bytes_sent = stream->bytes[STREAM_CLIENT],
		.bytes_received = stream->bytes[STREAM_SERVER],
		.duration_ns = stream->seen_ns - stream->started_ns,
	};

	if (session && session->smtp)
		smtp_end(session->smtp);
	tell(dissector, stream, &event);
	kept_packets_close(dissector->kept, stream->id);
	if (session)
		smtp_free(session->smtp);
	free(session);
}

static const struct stream_reader reader = {
	.open = open_stream,
	.alias = add_alias,
	.answered = tell_answered,
	.read = read_stream,
	.skip = skip_stream,
	.close = close_stream,
};

static void hand_out(void *context, uint64_t wire_id, const struct frame *frame)
{
	struct dissector *dissector = context;
	dissector->taker->evidence(dissector->context, wire_id, frame);
}

struct dissector *dissector_new(int link_type, size_t max_streams, bool is_live, const struct dissector_taker *taker,
				void *context)
{
	const struct stream_options options = {
		.max_streams = max_streams,
		.buffer_per_side = BUFFER_OF_SIDE,
		.buffer_total = BUFFER_IN_ALL,
		.is_live = is_live,
	};
	_cleanup_(cleanup_dissector_free) struct dissector *dissector = calloc(1, sizeof(*dissector));
	if (!dissector)
		return NULL;
	dissector->taker = taker;
	dissector->context = context;
	dissector->decoder = packet_decoder_new(link_type);
	dissector->streams = streams_new(&options, &reader, dissector);
	dissector->kept = kept_packets_new(hand_out, dissector);
	return dissector->decoder && dissector->streams && dissector->kept ? TAKE_PTR(dissector) : NULL;
}

void dissector_free(struct dissector *dissector)
{
	if (!dissector)
		return;
	streams_free(dissector->streams);
	kept_packets_free(dissector->kept);
	packet_decoder_free(dissector->decoder);
	free(dissector);
}

static int compare_addresses(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct address));
}

void dissector_set_scope(struct dissector *dissector, const struct dissector_scope *scope)
{
	struct dissector_scope *own = &dissector->scope;

	*own = *scope;
	memset(dissector->is_watched, 0, sizeof(dissector->is_watched));
	for (size_t i = 0; i < own->port_count; i++)
		dissector->is_watched[own->ports[i]] = true;
	qsort(own->addresses, own->address_count, sizeof(own->addresses[0]), compare_addresses);
}

static bool is_ours(const struct dissector *dissector, const struct address *address)
{
	return address_is_loopback(address) ||
	       bsearch(address, dissector->scope.addresses, dissector->scope.address_count, sizeof(*address),
		       compare_addresses);
}

/* Whether the connection comes from elsewhere to this host: what its mail server receives is another's mail. */
static bool is_inbound(const struct dissector *dissector, const struct address *client, const struct address *server)
{
	return dissector->scope.address_count && is_ours(dissector, server) && !is_ours(dissector, client);
}

/* Who the client is of a connection that is not followed yet. Where both ports are watched, its first two packets say
 * it; without them the lower port is taken for the server's. */
static bool is_from_client(const struct dissector *dissector, const struct packet *packet)
{
	bool to_server = dissector->is_watched[packet->destination.port];

	if (!dissector->is_watched[packet->source.port] || !to_server)
		return to_server;
	if (packet->flags & TH_SYN)
		return !(packet->flags & TH_ACK);
	return packet->source.port > packet->destination.port;
}

static void keep(struct dissector *dissector, uint64_t wire_id, const struct packet *packet, size_t clear)
{
	struct frame frame = packet->frame;

	if (packet->payload_offset < frame.size)
		frame.size = packet->payload_offset + clear;
	if (frame.size > packet->frame.size)
		frame.size = packet->frame.size;
	kept_packets_add(dissector->kept, wire_id, &frame);
}

static void take_smtp(struct dissector *dissector, const struct packet *packet)
{
	bool from_client = is_from_client(dissector, packet);
	const struct endpoint *client = from_client ? &packet->source : &packet->destination;
	const struct endpoint *server = from_client ? &packet->destination : &packet->source;

	if (is_inbound(dissector, &client->address, &server->address) &&
	    !streams_id(dissector->streams, client, server))
		return;
	size_t clear = streams_take(dissector->streams, packet, from_client);
	uint64_t wire_id = dissector->scope.keep_packets ? streams_id(dissector->streams, client, server) : 0;
	if (wire_id)
		keep(dissector, wire_id, packet, clear);
}

struct name_context {
	struct dissector *dissector;
	const struct packet *packet;
};

static void tell_name(void *context, struct name_event *event)
{
	const struct name_context *own = context;

	event->wall_ns = own->packet->wall_ns;
	event->protocol = own->packet->protocol;
	event->asker = own->packet->source;
	event->server = own->packet->destination;
	own->dissector->taker->name(own->dissector->context, event);
}

/* Of TCP, one message that lies whole in a segment, behind its length (RFC 1035 4.2.2); larger ones are let go. */
static void take_names(struct dissector *dissector, const struct packet *packet)
{
	struct name_context context = {.dissector = dissector, .packet = packet};
	const uint8_t *message = packet->payload;
	size_t size = packet->payload_size;

	if (packet->protocol == IPPROTO_TCP) {
		if (size < 2 || read_be16(message) > size - 2)
			return;
		size = read_be16(message);
		message += 2;
	}
	if (size > 0 && dns_read(message, size, tell_name, &context) != 0)
		dissector->malformed++;
}

static void take_off_port(struct dissector *dissector, const struct packet *packet)
{
	struct dialogue_event event = {
		.kind = DIALOGUE_OFF_PORT,
		.wall_ns = packet->wall_ns,
		.local = packet->source,
		.remote = packet->destination,
	};
	char name[DIALOGUE_NAME_SIZE];

	if (packet->way == PACKET_WAY_INCOMING && is_ours(dissector, &packet->destination.address))
		return;
	if (!off_port_read(packet->payload, packet->payload_size, name, &event.is_extended))
		return;
	event.name = name;
	dissector->taker->dialogue(dissector->context, &event);
}

void dissector_take(struct dissector *dissector, const struct frame *frame)
{
	struct packet packet;

	dissector->frames++;
	int error = packet_decode(dissector->decoder, frame, &packet);
	if (error) {
		dissector->malformed += error == -EBADMSG;
		return;
	}
	bool is_name = packet.source.port == DNS_PORT || packet.destination.port == DNS_PORT;
	if (packet.protocol == IPPROTO_TCP &&
	    (dissector->is_watched[packet.source.port] || dissector->is_watched[packet.destination.port]))
		take_smtp(dissector, &packet);
	else if (is_name)
		take_names(dissector, &packet);
	else if (packet.protocol == IPPROTO_TCP && packet.payload_size > 0)
		take_off_port(dissector, &packet);
}

void dissector_tick(struct dissector *dissector, uint64_t wall_ns)
{
	streams_tick(dissector->streams, wall_ns);
	kept_packets_tick(dissector->kept, wall_ns);
}

void dissector_want_evidence(struct dissector *dissector, uint64_t wire_id)
{
	kept_packets_want(dissector->kept, wire_id);
}

struct dissector_counts dissector_counts(const struct dissector *dissector)
{
	return (struct dissector_counts){
		.frames = dissector->frames,
		.malformed = dissector->malformed,
		.streams = streams_count(dissector->streams),
		.pushed_out = streams_pushed_out(dissector->streams),
	};
}
