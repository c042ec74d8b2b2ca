/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of addresses, as DNS answers that passed by give them. No query of its own; a name is believed as long as
 * its answer's TTL says, within bounds. Whoever can forge an answer can put a name here, so a name explains a line and
 * decides nothing that the address should decide.
 */
#ifndef SMTPWATCH_MODEL_HOST_NAMES_H
#define SMTPWATCH_MODEL_HOST_NAMES_H

#include "lib/cleanup.h"

#include <smtpwatch/name.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host_names;

struct host_name {
	char name[NAME_SIZE];      /* of the address: the first of the chain of aliases that led to it */
	char mx_domain[NAME_SIZE]; /* of which `name` is a mail exchanger; empty: of none that is known */
	uint16_t mx_preference;
};

/* `capacity`: of addresses, and of mail exchangers. A full table forgets what was quiet longest. NULL: no memory. */
struct host_names *host_names_new(size_t capacity);
void host_names_free(struct host_names *names);
DEFINE_CLEANUP(struct host_names, host_names_free)

/* Takes in an answer; `time_ns` is CLOCK_BOOTTIME. 0 or -ENOMEM. */
int host_names_take(struct host_names *names, const struct name_event *event, uint64_t time_ns);

/* What is known of an address at this time. */
bool host_names_find(struct host_names *names, const struct address *address, uint64_t time_ns,
		     struct host_name *ret_name);

/* Whether `name` was answered with this address, and the answer holds. */
bool host_names_has_address(struct host_names *names, const char *name, const struct address *address,
			    uint64_t time_ns);

#endif
