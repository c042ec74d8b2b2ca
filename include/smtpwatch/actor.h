/* SPDX-License-Identifier: GPL-2.0-only */
/* Who did it. Text in here is as it was seen, not escaped. */
#ifndef SMTPWATCH_ACTOR_H
#define SMTPWATCH_ACTOR_H

#include <net/if.h>
#include <smtpwatch/abi.h>
#include <smtpwatch/dialogue.h>
#include <smtpwatch/script.h>
#include <smtpwatch/unit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum actor_role {
	ACTOR_ROLE_UNKNOWN,      /* not judged, or too little is known of it */
	ACTOR_ROLE_APPLICATION,  /* no mail program that this host trusts */
	ACTOR_ROLE_MTA,          /* may deliver anywhere */
	ACTOR_ROLE_RELAY_CLIENT, /* may deliver to a smarthost */
	ACTOR_ROLE_COUNT,
};

/* What is behind an actor. */
enum actor_origin {
	ACTOR_ORIGIN_PROCESS,
	ACTOR_ORIGIN_FORWARDED, /* a machine behind this one: only `source` is known */
	ACTOR_ORIGIN_NO_SOCKET, /* this host sent it, and no socket of its kernel did: only `source` */
	ACTOR_ORIGIN_WIRE,      /* nothing but packets is known (a replay, a record that was lost): only `source` */
	ACTOR_ORIGIN_COUNT,
};

/* "process", "forwarded", "no-socket", "wire". */
const char *actor_origin_name(enum actor_origin origin);

/* Whether only root can have made the executable: neither its owner and mode nor a user namespace, in which a process
 * can put on any, say otherwise. */
bool executable_is_roots(const struct sw_identity *identity);

const char *actor_role_name(enum actor_role role);

#define ACTOR_USER_NAME_SIZE 33 /* LOGIN_NAME_MAX is larger; useradd allows 32 characters */
#define ACTOR_MTA_NAME_SIZE 33

struct actor {
	enum actor_origin origin;
	struct wire_source source;        /* of all but PROCESS, whose identity is then only a key: pid 0, uid -1 */
	char interface_name[IF_NAMESIZE]; /* of the source, or empty */

	struct sw_identity identity;
	char *executable; /* absolute path, owned; NULL: not known, or a kernel thread has none */
	char *argv;       /* owned, NUL between arguments; NULL where argv_size is 0 */
	size_t argv_size;
	char *cwd;             /* the working directory, owned; NULL: not known */
	struct script *script; /* what it was running at the latest observation, a reference; NULL: nothing known */

	/* What identity/ adds. */
	struct unit *unit;  /* a reference; NULL: none, or not known */
	bool leads_unit;    /* the main process of a systemd unit */
	bool is_replaced;   /* its executable was deleted, and a file that only root can have put there has its
			     * path now: a package upgrade */
	bool has_host_path; /* `executable` leads to it in the host's own file system, not only in a mount namespace
			     * that anybody can have made */
	bool wears_mta;     /* its executable is a mail server's, and its user is none that the server has */
	enum actor_role role;
	char user_name[ACTOR_USER_NAME_SIZE];  /* of the real UID; empty: it has no name */
	char owner_name[ACTOR_USER_NAME_SIZE]; /* whose subordinate range (subuid(5)) the UID lies in, or empty */
	char mta_name[ACTOR_MTA_NAME_SIZE];    /* the entry of the MTA list that was recognised, or empty */

	/* Attempts to an external port 25: the records that arrived, and what the kernel's counters add to
	 * them: records that were thinned or lost. Neither goes back. */
	uint64_t direct_told;
	uint64_t direct_untold;
};

#endif
