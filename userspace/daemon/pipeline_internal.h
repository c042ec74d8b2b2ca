/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the pipeline: what it holds. pipeline_parts.c makes and sets it, pipeline.c passes observations through. */
#ifndef SMTPWATCH_DAEMON_PIPELINE_INTERNAL_H
#define SMTPWATCH_DAEMON_PIPELINE_INTERNAL_H

#include "daemon/claims.h"
#include "daemon/held_attempts.h"
#include "daemon/pipeline.h"
#include "identity/host.h"
#include "identity/identity.h"
#include "identity/sockets.h"
#include "recorded/writer.h"
#include "rules/rules.h"

#include <stdbool.h>
#include <stdint.h>

struct pipeline {
	struct model *model;
	struct scopes *scopes;
	struct identity *identity;
	struct replies *replies;
	struct rules *rules;
	struct sockets *sockets;       /* NULL in a replay */
	struct claims *claims;         /* the same */
	struct smarthosts *smarthosts; /* the same, and in the time before they are set */
	struct held_attempts *held;    /* the same */
	struct ledger *ledger;         /* NULL: nobody looks on */
	struct recorder *recorder;     /* NULL: nothing is recorded */
	uint32_t network_namespace;
	struct sinks *sinks;
	struct pipeline_hooks hooks;
	struct flow *judged; /* the flow that the rules look at */
	char host_name[HOST_NAME_SIZE];
	unsigned int ticks;
	uint64_t followed; /* observations */
	bool is_replay;
	uint64_t lost_to_memory; /* observations */
	uint64_t told_lost;      /* of them, when the log was last told; and for how many ticks there was no other */
	unsigned int ticks_since_loss;
};

#endif
