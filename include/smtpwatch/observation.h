/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a source says that it saw. Whatever saw it - the kernel's records, its counters, a packet, a recorded
 * file - says it in this form, and one function (daemon/pipeline.h) takes it in.
 */
#ifndef SMTPWATCH_OBSERVATION_H
#define SMTPWATCH_OBSERVATION_H

#include "lib/address.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/dialogue.h>
#include <smtpwatch/name.h>
#include <smtpwatch/script.h>
#include <stddef.h>
#include <stdint.h>

enum observation_kind {
	OBSERVATION_ATTEMPT,     /* identity, executable, argv, cwd, script, network namespace, endpoints, error */
	OBSERVATION_ESTABLISHED, /* endpoints */
	OBSERVATION_END,         /* endpoints, outcome, error, duration, bytes */
	OBSERVATION_COUNTERS,    /* identity (key, euid, mount namespace and comm only), direct_untold */
	OBSERVATION_ACTOR_GONE,  /* actor: its process has ended, and so have its flows */
	OBSERVATION_SUBMISSION,  /* identity, executable, argv, cwd, script: a program that hands mail over was started
				  */
	OBSERVATION_PROGRAM,     /* program: a file with a known name, of which nothing is known, is executed */
	OBSERVATION_DIALOGUE, /* local, remote, dialogue; of OFF_PORT also identity and executable, where they are known
			       */
	OBSERVATION_NAME,     /* name; of MX_QUERY also identity and executable, where they are known */
	OBSERVATION_KIND_COUNT,
};

/* Pointers are borrowed for the time of the call. Fields that a kind does not name are zero. */
struct observation {
	enum observation_kind kind;
	uint64_t time_ns; /* CLOCK_BOOTTIME: windows and durations are made of this */
	uint64_t wall_ns; /* CLOCK_REALTIME: for people */
	uint64_t flow_id;
	struct endpoint local;
	struct endpoint remote;

	struct sw_actor_key actor;
	const struct sw_identity *identity;
	uint32_t network_namespace;
	const char *executable; /* NUL-terminated, or NULL */
	const char *argv;
	size_t argv_size;
	const char *cwd; /* NUL-terminated, or NULL */
	bool adopted;    /* of an attempt: the connection was open before the watch began */

	/* What the kernel side knows of a script; what identity/ makes of it and of argv. NULL: nothing. */
	const struct sw_script *kernel_script;
	const struct script *script;
	const struct sw_program_record *program;

	enum sw_outcome outcome;
	uint32_t error;
	uint64_t duration_ns;
	uint64_t bytes_sent;
	uint64_t bytes_received;

	const struct dialogue_event *dialogue;
	const struct name_event *name;

	uint64_t direct_untold; /* attempts to an external port 25 whose record was thinned or lost, so far */
};

#endif
