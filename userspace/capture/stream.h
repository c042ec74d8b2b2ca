/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP connections out of packets: both directions in order, each byte once. What is missing is said, not waited for
 * for ever. Memory is bounded per connection and in all.
 */
#ifndef SMTPWATCH_CAPTURE_STREAM_H
#define SMTPWATCH_CAPTURE_STREAM_H

#include "capture/packet.h"
#include "lib/cleanup.h"

#include <smtpwatch/dialogue.h>

enum stream_side { STREAM_CLIENT, STREAM_SERVER, STREAM_SIDE_COUNT };

/* What the reader of a stream made of bytes. */
struct stream_verdict {
	bool is_opaque; /* nobody wants more bytes of this connection, of either side: they are only counted */
	size_t clear;   /* so many of them, from the first on, are neither credentials nor body nor TLS */
};

/* A connection. What is in here does not change but for the counts. */
struct stream {
	uint64_t id;            /* never 0, never given twice */
	struct endpoint client; /* as seen first */
	struct endpoint server;
	bool has_syn; /* else it was seen from the middle: the client is whose peer's port is watched */
	bool answered;
	uint64_t started_ns;               /* wall time of the first packet */
	uint64_t seen_ns;                  /* and of the latest */
	uint64_t bytes[STREAM_SIDE_COUNT]; /* payload sent by each side, each byte once, the missing ones too */
	void *session;                     /* the reader's, what its open() returned */
};

/* Who reads the streams. Times are those of the packet under way: stream->seen_ns. */
struct stream_reader {
	/* The first packet of a connection: of a SYN, or of one from the middle that has payload. Returns what is kept
	 * as session; NULL is allowed. */
	void *(*open)(void *context, const struct stream *stream, const struct packet *packet);
	/* The same connection under other addresses: a NAT between two interfaces. Its packets are dropped. */
	void (*alias)(void *context, const struct stream *stream, const struct packet *packet);
	/* The SYN was answered. */
	void (*answered)(void *context, const struct stream *stream);
	/* The next bytes of a side, at least one. */
	struct stream_verdict (*read)(void *context, const struct stream *stream, enum stream_side side,
				      const uint8_t *bytes, size_t size);
	/* The next `size` bytes of a side were sent and not seen: lost, or cut off by the capture. */
	struct stream_verdict (*skip)(void *context, const struct stream *stream, enum stream_side side, size_t size);
	/* The end; the session must be given back. */
	void (*close)(void *context, const struct stream *stream, enum dialogue_ending ending);
};

struct stream_options {
	size_t max_streams;     /* one more pushes out the one that was quiet longest (ending UNSEEN) */
	size_t buffer_per_side; /* bytes that wait for an earlier one */
	size_t buffer_total;
	bool is_live; /* NAT is looked for only where packets come from several interfaces of one host */
};

struct streams;

/* `reader` must outlive the streams. NULL: no memory. */
struct streams *streams_new(const struct stream_options *options, const struct stream_reader *reader, void *context);
/* Ends all that is open, with UNSEEN, or SILENT where a SYN was repeated in vain. */
void streams_free(struct streams *streams);
DEFINE_CLEANUP(struct streams, streams_free)

/*
 * Takes in a packet of a connection whose client and server are known: `from_client` says who sent it. Returns how many
 * bytes of its own payload, from the first on, the reader called clear: 0 of a packet that had to wait.
 */
size_t streams_take(struct streams *streams, const struct packet *packet, bool from_client);

/* Ends what has been quiet for too long, and gives up on bytes that will not come any more. About once a second. */
void streams_tick(struct streams *streams, uint64_t wall_ns);

/* The number of the connection between these two, whichever is the client; also of one that has ended shortly before.
 * 0: there is none. */
uint64_t streams_id(struct streams *streams, const struct endpoint *one, const struct endpoint *other);

size_t streams_count(const struct streams *streams);
/* Pushed out of the full table, and bytes that were skipped because there was no room to wait. */
uint64_t streams_pushed_out(const struct streams *streams);

#endif
