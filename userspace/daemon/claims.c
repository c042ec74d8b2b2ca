// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/claims.h"

#include "lib/clock.h"

#include <errno.h>
#include <netinet/in.h>

#define CLAIMS_A_ROUND 50                            /* a flood that was thinned must not come in by this door */
#define UNTOLD_MATTERS_NS (3 * NANOSECONDS_A_SECOND) /* a packet is judged a second or two after it was seen */

struct claims {
	struct model *model;
	struct sockets *sockets;
	uint64_t wire_ids[CLAIMS_A_ROUND]; /* of this round */
	size_t count;
	size_t next;
	uint64_t untold;
	uint64_t untold_ns; /* when it last grew; 0: never */
	uint64_t time_ns;
};

struct claims *claims_new(struct model *model, struct sockets *sockets)
{
	struct claims *claims = calloc(1, sizeof(*claims));
	if (!claims)
		return NULL;
	claims->model = model;
	claims->sockets = sockets;
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
	collect(claims);
}

/* Whether the record of an attempt can have been lost. */
static bool may_be_untold(const struct claims *claims)
{
	return claims->untold_ns && claims->time_ns < claims->untold_ns + UNTOLD_MATTERS_NS;
}

static enum actor_origin origin_of(const struct claims *claims, const struct scopes *scopes, const struct wire *wire)
{
	bool is_ours = scopes_classify(scopes, &wire->local.address) == SW_SCOPE_HOST ||
		       address_is_loopback(&wire->local.address);

	if (!wire->has_syn || may_be_untold(claims))
		return ACTOR_ORIGIN_WIRE;
	if (wire->incoming && !is_ours)
		return ACTOR_ORIGIN_FORWARDED;
	if (claims->sockets && sockets_find(claims->sockets, IPPROTO_TCP, &wire->local, &wire->remote) == -ENOENT)
		return ACTOR_ORIGIN_NO_SOCKET;
	return ACTOR_ORIGIN_WIRE;
}

bool claims_next(struct claims *claims, const struct scopes *scopes, struct observation *ret_observation,
		 struct model_change *ret_change)
{
	while (claims->next < claims->count) {
		struct wire *wire = model_find_wire(claims->model, claims->wire_ids[claims->next++]);
		if (!wire || wire->flow_id)
			continue;
		enum actor_origin origin = origin_of(claims, scopes, wire);
		*ret_observation = (struct observation){
			.kind = OBSERVATION_DIALOGUE,
			.time_ns = wire->seen_ns,
			.wall_ns = wire->wall_ns,
			.local = wire->local,
			.remote = wire->remote,
		};
		if (model_claim(claims->model, scopes, wire, origin, ret_change) == 0)
			return true;
	}
	return false;
}
