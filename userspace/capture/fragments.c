// SPDX-License-Identifier: GPL-2.0-only
#include "capture/fragments.h"

#include "lib/clock.h"
#include "lib/table.h"

#include <errno.h>
#include <string.h>

/* When there is no room, the datagram that began first is given up. */
#define DATAGRAMS_MAX 64
#define MEMORY_MAX ((size_t)1024 * 1024)
#define PIECES_MAX 128 /* of a datagram; 64 KiB in pieces of 576 bytes, the least that every link takes */
#define DATAGRAM_MAX UINT16_MAX
#define LIFETIME_NS (30 * NANOSECONDS_A_SECOND) /* Linux: net.ipv4.ipfrag_time */

struct piece {
	struct piece *next; /* at a higher offset */
	uint32_t offset;
	uint32_t length;
	size_t size; /* captured */
	uint8_t bytes[];
};

/* RFC 791 3.2 and RFC 8200 4.5: the protocol is part of it in IPv4 only. No padding: it is hashed as bytes. */
struct fragments_key {
	struct address source;
	struct address destination;
	uint32_t identification;
	uint32_t interface;
	uint32_t protocol;
};

struct waiting {
	struct table_link link;
	struct fragments_key key;
	uint64_t started_ns;
	struct piece *pieces;
	size_t piece_count;
	size_t memory;     /* of the pieces */
	uint32_t received; /* bytes on the wire */
	uint32_t total;    /* 0: the last fragment has not come */
	uint8_t protocol;  /* of the fragment at offset 0 */
	bool is_spoiled;   /* stays, without its pieces, so that what still comes of it is dropped */
};

struct fragments {
	struct table *waiting;
	size_t memory;
	uint8_t joined[DATAGRAM_MAX];
};

static void free_pieces(struct waiting *waiting)
{
	while (waiting->pieces) {
		struct piece *piece = waiting->pieces;
		waiting->pieces = piece->next;
		free(piece);
	}
}

static void free_waiting(void *entry)
{
	free_pieces(entry);
	free(entry);
}

struct fragments *fragments_new(void)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = malloc(sizeof(*fragments));

	if (!fragments)
		return NULL;
	fragments->memory = 0;
	fragments->waiting =
		table_new(DATAGRAMS_MAX, offsetof(struct waiting, key), sizeof(struct fragments_key), free_waiting);
	if (!fragments->waiting)
		return NULL;
	return TAKE_PTR(fragments);
}

void fragments_free(struct fragments *fragments)
{
	if (!fragments)
		return;
	table_free(fragments->waiting);
	free(fragments);
}

static void remove_waiting(struct fragments *fragments, struct waiting *waiting)
{
	fragments->memory -= waiting->memory;
	table_remove(fragments->waiting, waiting);
}

static int spoil(struct fragments *fragments, struct waiting *waiting)
{
	fragments->memory -= waiting->memory;
	waiting->memory = 0;
	waiting->is_spoiled = true;
	free_pieces(waiting);
	return -EBADMSG;
}

/* Times of a file can also go back. */
static bool is_over(const struct waiting *waiting, uint64_t wall_ns)
{
	uint64_t age = wall_ns > waiting->started_ns ? wall_ns - waiting->started_ns : waiting->started_ns - wall_ns;

	return age > LIFETIME_NS;
}

static struct waiting *begin(struct fragments *fragments, const struct fragments_key *key, uint64_t wall_ns)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (!waiting)
		return NULL;
	waiting->key = *key;
	waiting->started_ns = wall_ns;
	if (table_is_full(fragments->waiting))
		remove_waiting(fragments, table_oldest(fragments->waiting));
	table_insert(fragments->waiting, waiting);
	return waiting;
}

static struct waiting *find_or_begin(struct fragments *fragments, const struct fragments_key *key, uint64_t wall_ns)
{
	struct waiting *waiting;

	while ((waiting = table_oldest(fragments->waiting)) && is_over(waiting, wall_ns))
		remove_waiting(fragments, waiting);
	waiting = table_find(fragments->waiting, key);
	if (waiting && is_over(waiting, wall_ns)) {
		remove_waiting(fragments, waiting);
		waiting = NULL;
	}
	return waiting ? waiting : begin(fragments, key, wall_ns);
}

/* All but the last have whole units of 8 bytes, and none ends behind the largest datagram. */
static bool is_sound(const struct datagram *fragment)
{
	size_t length = fragment->payload.length;

	if (length == 0 || length > DATAGRAM_MAX - fragment->offset)
		return false;
	return !fragment->has_more || length % 8 == 0;
}

static bool is_same(const struct piece *piece, const struct datagram *fragment)
{
	return piece->offset == fragment->offset && piece->length == fragment->payload.length &&
	       piece->size == fragment->payload.size && memcmp(piece->bytes, fragment->payload.bytes, piece->size) == 0;
}

/* The link that is to point to the new piece; NULL: it overlaps. `ret_known`: it is there already, byte by byte. */
static struct piece **find_place(struct waiting *waiting, const struct datagram *fragment, bool *ret_known)
{
	struct piece **at = &waiting->pieces;

	*ret_known = false;
	while (*at && (*at)->offset + (*at)->length <= fragment->offset)
		at = &(*at)->next;
	if (!*at || fragment->offset + fragment->payload.length <= (*at)->offset)
		return at;
	*ret_known = is_same(*at, fragment);
	return NULL;
}

static bool fits_total(const struct waiting *waiting, const struct datagram *fragment)
{
	size_t end = fragment->offset + fragment->payload.length;

	if (fragment->has_more)
		return waiting->total == 0 || end < waiting->total;
	if (waiting->total > 0)
		return false;
	for (const struct piece *piece = waiting->pieces; piece; piece = piece->next)
		if (piece->offset + piece->length > end)
			return false;
	return true;
}

static int add_piece(struct fragments *fragments, struct waiting *waiting, struct piece **place,
		     const struct datagram *fragment)
{
	size_t memory = sizeof(struct piece) + fragment->payload.size;
	struct piece *piece = malloc(memory);

	if (!piece)
		return -ENOMEM;
	piece->offset = fragment->offset;
	piece->length = (uint32_t)fragment->payload.length;
	piece->size = fragment->payload.size;
	memcpy(piece->bytes, fragment->payload.bytes, piece->size);
	piece->next = *place;
	*place = piece;

	waiting->piece_count++;
	waiting->memory += memory;
	waiting->received += piece->length;
	if (piece->offset == 0)
		waiting->protocol = fragment->protocol;
	if (!fragment->has_more)
		waiting->total = piece->offset + piece->length;
	fragments->memory += memory;
	return 0;
}

/* One datagram alone never has too much. */
static void make_room(struct fragments *fragments, const struct waiting *spared)
{
	struct waiting *waiting = table_oldest(fragments->waiting);

	while (waiting && fragments->memory > MEMORY_MAX) {
		struct waiting *next = table_newer(waiting);
		if (waiting != spared)
			remove_waiting(fragments, waiting);
		waiting = next;
	}
}

static void join(struct fragments *fragments, const struct waiting *waiting, struct datagram *datagram)
{
	size_t captured = 0;

	for (const struct piece *piece = waiting->pieces; piece; piece = piece->next) {
		memcpy(fragments->joined + piece->offset, piece->bytes, piece->size);
		captured = piece->offset + piece->size;
		if (piece->size < piece->length)
			break;
	}
	datagram->payload = (struct span){fragments->joined, captured, waiting->total};
	datagram->protocol = waiting->protocol;
	datagram->is_fragment = false;
}

int fragments_take(struct fragments *fragments, uint64_t wall_ns, uint32_t interface, struct datagram *datagram)
{
	const struct fragments_key key = {
		.source = datagram->source,
		.destination = datagram->destination,
		.identification = datagram->identification,
		.interface = interface,
		.protocol = datagram->is_ipv6 ? 0 : datagram->protocol,
	};
	bool is_known;

	if (!is_sound(datagram))
		return -EBADMSG;
	struct waiting *waiting = find_or_begin(fragments, &key, wall_ns);
	if (!waiting || waiting->is_spoiled)
		return -EBADMSG;
	struct piece **place = find_place(waiting, datagram, &is_known);
	if (is_known)
		return -EAGAIN;
	if (!place || !fits_total(waiting, datagram) || waiting->piece_count >= PIECES_MAX ||
	    add_piece(fragments, waiting, place, datagram))
		return spoil(fragments, waiting);
	make_room(fragments, waiting);
	if (waiting->received != waiting->total)
		return -EAGAIN;
	join(fragments, waiting, datagram);
	remove_waiting(fragments, waiting);
	return 0;
}
