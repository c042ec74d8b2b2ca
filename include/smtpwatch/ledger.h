/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sends how much, as people look at it: rows of a table that can be grouped in several ways. Text in here is as it
 * was seen, not escaped.
 */
#ifndef SMTPWATCH_LEDGER_H
#define SMTPWATCH_LEDGER_H

#include "lib/address.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a row is of. */
enum ledger_by {
	LEDGER_BY_SCRIPT,      /* a script, or the executable where there is none */
	LEDGER_BY_USER,        /* the effective user */
	LEDGER_BY_PROCESS,     /* a process, while it ran one script */
	LEDGER_BY_UNIT,        /* a systemd unit or a container */
	LEDGER_BY_DESTINATION, /* an address */
	LEDGER_BY_RECEIVER,    /* who runs the receiving server: the registrable end of its name, or its network */
	LEDGER_BY_COUNT,
};

/* "script", "user", "process", "unit", "destination", "receiver". */
const char *ledger_by_name(enum ledger_by by);

/* 0 or -EINVAL. */
int ledger_by_parse(const char *name, enum ledger_by *ret_by);

/* What is to be thought of it; a row has the worst of what happened under it. In ascending order. */
enum ledger_verdict {
	LEDGER_VERDICT_MTA,         /* a mail server of this host, whatever rules say of what receivers think of it */
	LEDGER_VERDICT_RELAY,       /* a program that only hands mail on, and did so */
	LEDGER_VERDICT_APPLICATION, /* any other program, and no rule of weight minded */
	LEDGER_VERDICT_ALLOWED,     /* a rule would have minded, and the administrator allows it */
	LEDGER_VERDICT_SUSPICIOUS,  /* a rule of severity warning or above fired */
	LEDGER_VERDICT_DIRECT,      /* the same, and it delivered straight to a receiver */
	LEDGER_VERDICT_COUNT,
};

/* "mta", "relay", "application", "allowed", "suspicious", "direct-to-mx". */
const char *ledger_verdict_name(enum ledger_verdict verdict);
int ledger_verdict_parse(const char *name, enum ledger_verdict *ret_verdict);

/* Connections are counted by these ports. */
enum ledger_port {
	LEDGER_PORT_SMTP,        /* 25 */
	LEDGER_PORT_SUBMISSIONS, /* 465 */
	LEDGER_PORT_SUBMISSION,  /* 587 */
	LEDGER_PORT_OTHER,
	LEDGER_PORT_COUNT,
};

/* "25", "465", "587", "other". */
const char *ledger_port_name(enum ledger_port port);

struct ledger_counts {
	uint64_t attempts; /* connections that were tried, those included of which only the kernel's counters tell */
	uint64_t ports[LEDGER_PORT_COUNT]; /* they add up to `attempts` */
	uint64_t failed;                   /* ended and never established */
	uint64_t accepted;                 /* messages; as far as the dialogue is known, here and below */
	uint64_t refused;                  /* messages, and sessions that came to none */
	uint64_t refusals;                 /* replies of 400 or above */
	uint64_t submissions;              /* mail handed to the local mail server */
};

/* Attempts in stretches of time that begin at multiples of LEDGER_STRETCH_SECONDS since 1970. */
#define LEDGER_STRETCH_SECONDS 10
#define LEDGER_RECENT 7  /* of a row: the last full minute lies within */
#define LEDGER_SERIES 90 /* of all: the last quarter of an hour */

#define LEDGER_HELO_MAX 4
#define LEDGER_REPLIES_MAX 3

/* One of the latest refusals. Texts are borrowed from the row. */
struct ledger_reply {
	uint64_t wall_ns;
	uint16_t code;
	struct enhanced_code enhanced;
	enum reply_class class;
	const char *receiver; /* NULL: no row of the table of replies matches */
	const char *text;
};

/* A row. Everything is the ledger's, and valid until it takes in something. */
struct ledger_row {
	uint64_t number;   /* names the row, is never used again; 0 is none */
	uint64_t revision; /* grows whenever the row changes; no two rows have the same */
	enum ledger_by by;
	enum ledger_verdict verdict;
	const char *name;          /* what it is of: a path, a user's name or number, "php-fpm8.2[2391]", an address */
	const struct actor *actor; /* the latest under it; a copy. NULL: none is known */
	uint64_t user;             /* number of the row of the latest user; 0: none. That may be forgotten by now: see
				    * ledger_find(). The same of the next two */
	uint64_t script;
	uint64_t unit;
	struct ledger_counts counts;
	uint32_t open;         /* connections */
	uint64_t destinations; /* distinct addresses; of a destination or receiver, distinct users */
	bool destinations_estimated;
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
	uint64_t newest_stretch; /* number of the newest one of `recent`: seconds since 1970 / LEDGER_STRETCH_SECONDS */
	uint32_t recent[LEDGER_RECENT]; /* attempts, the newest stretch first */
	const char *domain;             /* of a destination: its name, or NULL */

	const char *rule;                      /* of the latest alert; NULL: none. Lives as long as the program */
	enum alert_severity severity;          /* the heaviest of an alert that has not ended, else of the latest */
	bool is_alerting;                      /* one has not ended */
	char incident[ALERT_INCIDENT_ID_SIZE]; /* of the latest */
	const char *helo[LEDGER_HELO_MAX];     /* names in EHLO, the latest first; NULL: no more */
	struct ledger_reply replies[LEDGER_REPLIES_MAX]; /* the latest first; code 0: no more */
};

/* A flow, as it is shown below a process or destination. The same holds of its life. */
struct ledger_flow {
	uint64_t number;
	uint64_t process;     /* number of its row, which may be forgotten by now; 0: there was none */
	uint64_t destination; /* the same */
	struct endpoint local;
	struct endpoint remote;
	const char *domain; /* NULL: not known */
	uint64_t started_wall_ns;
	uint64_t duration_ns; /* 0: it is open */
	bool is_open;
	enum sw_outcome outcome; /* of one that is not */
	uint32_t error;
	uint64_t bytes_sent;
	uint64_t bytes_received;
	uint32_t accepted;
	uint32_t refused;
	uint16_t reply_code; /* the latest of 400 or above; 0: none */
	enum dialogue_tls tls;
	const char *helo; /* NULL: not said, or not seen */
};

/* Of all, without regard to rows. */
struct ledger_totals {
	uint64_t since_wall_ns; /* when the ledger began */
	struct ledger_counts all;
	struct ledger_counts today;  /* since local midnight, or since it began */
	uint64_t destinations_today; /* distinct addresses; an estimate above 32, here and below */
	uint64_t receivers_today;    /* distinct receivers */
	uint64_t newest_stretch;
	uint32_t series[LEDGER_SERIES]; /* attempts, the newest stretch first */
	size_t open;
	size_t rows[LEDGER_BY_COUNT];
	uint64_t rows_forgotten[LEDGER_BY_COUNT]; /* given up for want of room; their counts are in `all` */
};

#endif
