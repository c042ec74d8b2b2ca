// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/claims.h"

#include "daemon/owner.h"
#include "lib/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define CLAIMS_A_ROUND 50 /* a flood that was thinned must not come in by this door */
#define LOOKS_A_ROUND 64  /* at connections that have just begun. A proposal: one costs some microseconds */
#define CLOCKS_DIFFER_NS (10 * NANOSECONDS_A_SECOND / 1000) /* packets have the wall's time, and that is converted */

struct claims {
	struct model *model;
	struct sockets *sockets;
	uint64_t wire_ids[CLAIMS_A_ROUND]; /* of this round */
	size_t count;
	size_t next;
	uint64_t untold;
	uint64_t untold_ns; /* when it had last grown; 0: never */
	uint64_t time_ns;
	unsigned int looks;        /* that are left of this round */
	struct socket_owner owner; /* of the latest that was a process's */
};

struct claims *claims_new(struct model *model, struct sockets *sockets)
{
	struct claims *claims = calloc(1, sizeof(*claims));
	if (!claims)
		return NULL;
	claims->model = model;
	claims->sockets = sockets;
	claims->looks = LOOKS_A_ROUND;
	return claims;
}

void claims_free(struct claims *claims)
{
	free(claims);
}

/* Takes down what this round looks at. What has ended by then and finds no room any more is forgotten. */
static void collect(struct claims *claims)
{
	struct wire *next;

	claims->count = claims->next = 0;
	for (struct wire *wire = model_next_unclaimed(claims->model, NULL, claims->time_ns); wire; wire = next) {
		next = model_next_unclaimed(claims->model, wire, claims->time_ns);
		if (claims->count < CLAIMS_A_ROUND)
			claims->wire_ids[claims->count++] = wire->id;
		else if (wire->ended)
			model_drop_wire(claims->model, wire);
	}
}

void claims_begin(struct claims *claims, uint64_t time_ns, uint64_t untold)
{
	claims->time_ns = time_ns;
	if (untold > claims->untold)
		claims->untold_ns = time_ns;
	claims->untold = untold;
	claims->looks = LOOKS_A_ROUND;
	collect(claims);
}

/* Whether the record of the attempt can have been lost. The packet may be read much later than it was sent. */
static bool may_be_untold(const struct claims *claims, const struct wire *wire)
{
	return claims->untold_ns && wire->seen_ns <= claims->untold_ns + CLOCKS_DIFFER_NS;
}

/* The ends that its socket has. Whether NAT on this host made others of them. */
static bool undo_nat(const struct claims *claims, const struct wire *wire, struct owned *ret_ends)
{
	struct owned ends = {IPPROTO_TCP, wire->local, wire->remote};

	if (claims->sockets)
		sockets_find_original(claims->sockets, &wire->local, &wire->remote, &ends.local, &ends.remote);
	*ret_ends = ends;
	return memcmp(&wire->local, &ends.local, sizeof(ends.local)) != 0 ||
	       memcmp(&wire->remote, &ends.remote, sizeof(ends.remote)) != 0;
}

/*
 * A process whose connection is hidden by NAT: toward a port that is not watched, so that the kernel's side does not
 * tell of it, or with a record that tells of other ends. 0: it is its flow now; -EALREADY: its flow is known, or about
 * to be; or another -errno: whose it is, is not known by that. `ret_ends` is set in any case.
 */
static int claim_hidden(struct claims *claims, const struct scopes *scopes, struct wire *wire,
			struct observation *observation, struct model_change *ret_change, struct owned *ret_ends)
{
	const struct wire_claim process = {.origin = ACTOR_ORIGIN_PROCESS, .process = observation};

	if (!undo_nat(claims, wire, ret_ends))
		return -ENOENT;
	if (model_rename_wire(claims->model, wire, &ret_ends->local, &ret_ends->remote))
		return -EALREADY;
	/* What the kernel's side has counted must not count twice. */
	if (may_be_untold(claims, wire) ||
	    !owner_find(claims->sockets, claims->model, ret_ends, &claims->owner, observation))
		return -ENOENT;
	return model_claim(claims->model, scopes, wire, &process, ret_change);
}

static bool is_from_here(const struct scopes *scopes, const struct owned *ends)
{
	return scopes_classify(scopes, &ends->local.address) == SW_SCOPE_HOST ||
	       address_is_loopback(&ends->local.address);
}

static enum actor_origin origin_of(const struct claims *claims, const struct scopes *scopes, const struct wire *wire,
				   const struct owned *ends)
{
	if (!wire->has_syn || may_be_untold(claims, wire))
		return ACTOR_ORIGIN_WIRE;
	if (wire->incoming && !is_from_here(scopes, ends))
		return ACTOR_ORIGIN_FORWARDED;
	if (claims->sockets && sockets_find(claims->sockets, IPPROTO_TCP, &ends->local, &ends->remote) == -ENOENT)
		return ACTOR_ORIGIN_NO_SOCKET;
	return ACTOR_ORIGIN_WIRE;
}

static struct observation observation_of(const struct wire *wire)
{
	return (struct observation){
		.kind = OBSERVATION_DIALOGUE,
		.time_ns = wire->seen_ns,
		.wall_ns = wire->wall_ns,
		.local = wire->local,
		.remote = wire->remote,
	};
}

bool claims_take(struct claims *claims, const struct scopes *scopes, uint64_t wire_id,
		 struct observation *ret_observation, struct model_change *ret_change)
{
	struct wire *wire = model_find_wire(claims->model, wire_id);
	struct owned ends;

	if (!wire || wire->flow_id || wire->incoming || !wire->has_syn || claims->looks == 0 ||
	    model_expects_wire(claims->model, wire))
		return false;
	claims->looks--;
	*ret_observation = observation_of(wire);
	return claim_hidden(claims, scopes, wire, ret_observation, ret_change, &ends) == 0;
}

/* Whether it became a flow. */
static bool claim(struct claims *claims, const struct scopes *scopes, struct wire *wire,
		  struct observation *observation, struct model_change *ret_change)
{
	struct wire_claim source = {0};
	struct owned ends;

	int error = claim_hidden(claims, scopes, wire, observation, ret_change, &ends);
	if (error == 0 || error == -EALREADY)
		return error == 0;
	source.origin = origin_of(claims, scopes, wire, &ends);
	/* A machine behind this one has connections that the kernel's side does not count. */
	source.is_counted = wire->has_syn && may_be_untold(claims, wire) && is_from_here(scopes, &ends);
	return model_claim(claims->model, scopes, wire, &source, ret_change) == 0;
}

bool claims_next(struct claims *claims, const struct scopes *scopes, struct observation *ret_observation,
		 struct model_change *ret_change)
{
	while (claims->next < claims->count) {
		struct wire *wire = model_find_wire(claims->model, claims->wire_ids[claims->next++]);
		if (!wire || wire->flow_id)
			continue;
		*ret_observation = observation_of(wire);
		if (claim(claims, scopes, wire, ret_observation, ret_change))
			return true;
	}
	return false;
}
