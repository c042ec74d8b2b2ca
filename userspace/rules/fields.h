/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vocabulary of the rule language: what a rule can be asked of (events) and what it can look at (fields). A field
 * is read when the first condition asks for it, and once for each observation; its place among the values is its
 * number. A new field is a row of the table in fields.c, and an item in man/smtpwatch-rules.5.
 */
#ifndef SMTPWATCH_RULES_FIELDS_H
#define SMTPWATCH_RULES_FIELDS_H

#include "lib/address.h"
#include "lib/fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rule_question;

/* What happens, as bits. One observation can be several. */
enum rule_event {
	EVENT_ATTEMPT,     /* a connection is begun */
	EVENT_UNTOLD,      /* counters tell of attempts to port 25 of the world that no record told of: a flood */
	EVENT_ESTABLISHED, /* it was answered */
	EVENT_END,         /* it ended */
	EVENT_SUBMISSION,  /* mail is handed to the local mail server, each once */
	EVENT_MX_LOOKUP,   /* DNS is asked for a mail exchanger */
	EVENT_BANNER,      /* from here on, what is said */
	EVENT_HELO,
	EVENT_AUTH,
	EVENT_TLS,
	EVENT_MAIL,
	EVENT_RCPT,
	EVENT_REPLY, /* of 400 or above */
	EVENT_MESSAGE,
	EVENT_QUIT,
	EVENT_NOT_SMTP,
	EVENT_OFF_PORT,
	EVENT_COUNT,
};

#define EVENT_BIT(event) (1U << (event))

/* A name of `listens`: an event, or several. */
struct event_name {
	const char *name; /* "attempt", "mx-lookup"; "script": attempt and submission; "dialogue": all that is said */
	uint32_t events;  /* bits */
	const char *noun; /* of many: "connections"; NULL: of several events */
	const char *meaning;
};

extern const struct event_name event_names[];
extern const size_t event_name_count;

enum field_type {
	FIELD_TEXT,    /* compared as it is */
	FIELD_NAME,    /* of DNS: in lower case, as domain_plain() writes it */
	FIELD_WORD,    /* one of a few words */
	FIELD_FLAG,    /* "yes" or "no" */
	FIELD_NUMBER,  /* counts, codes, ports */
	FIELD_SECONDS, /* written as a duration: 90s, 5m, 2h, 1d */
	FIELD_ADDRESS, /* and networks of them */
	FIELD_TYPE_COUNT,
};

enum field_id {
	/* who */
	FIELD_ACTOR, /* user, executable, and what that was running: the usual key; no condition asks for it */
	FIELD_HOST,  /* this host: a key; no condition asks for it */
	FIELD_ORIGIN,
	FIELD_ROLE,
	FIELD_MTA,
	FIELD_USER,
	FIELD_EXECUTABLE,
	FIELD_COMM,
	FIELD_PROCESS,
	FIELD_KERNEL_THREAD,
	FIELD_SCRIPT,
	FIELD_URL,
	FIELD_SITE,
	FIELD_SITE_OR_SCRIPT,
	FIELD_DIRECTORY,
	FIELD_UNIT,
	FIELD_CONTAINER,
	FIELD_IMAGE,
	FIELD_SOURCE,
	FIELD_WEB_USER,
	FIELD_WEB,
	FIELD_ORPHAN,
	FIELD_ORPHAN_FINDING,
	FIELD_MASQUERADE,
	FIELD_MASQUERADE_FINDING,
	FIELD_HIDDEN,
	FIELD_HIDDEN_FINDING,
	FIELD_UPLOAD_FOLDER,
	FIELD_RESOLVER,
	/* where to */
	FIELD_DESTINATION,
	FIELD_PORT,
	FIELD_NETWORK,
	FIELD_DOMAIN,
	FIELD_MX_DOMAIN,
	FIELD_SUBMISSION_HOST,
	FIELD_SCOPE,
	FIELD_EXTERNAL,
	FIELD_DIRECT,
	/* what came of it */
	FIELD_OUTCOME,
	FIELD_DURATION,
	FIELD_BYTES_SENT,
	FIELD_SILENCE,
	FIELD_SILENCE_FINDING,
	/* what was said */
	FIELD_TLS,
	FIELD_HELO,
	FIELD_GREETING,
	FIELD_HELO_FAULT,
	FIELD_HELO_DYNAMIC,
	FIELD_HELO_IMPOSSIBLE,
	FIELD_HELO_FOREIGN,
	FIELD_MAIL_DOMAIN,
	FIELD_RCPT_DOMAIN,
	FIELD_RCPT_COUNT,
	FIELD_ACCEPTED,
	FIELD_REFUSED,
	FIELD_PROBE,
	FIELD_QUIT,
	FIELD_MISFIT,
	FIELD_REPLY_CODE,
	FIELD_REPLY_CLASS,
	FIELD_REPLY_STAGE,
	FIELD_RECEIVER,
	FIELD_BLOCKED_FINDING,
	FIELD_THROTTLED_FINDING,
	FIELD_UNKNOWN_RECIPIENT,
	FIELD_MX_QUERY,
	FIELD_COUNT,
};

/* Texts and addresses are borrowed for the time of the question. */
union field_value {
	const char *text; /* of TEXT and NAME */
	uint64_t number;  /* of WORD the index in `words`, of FLAG 0 or 1 */
	const struct address *address;
};

struct field {
	const char *name; /* "destination.network" */
	enum field_type type;
	const char *const *words; /* of FIELD_WORD, ended by NULL */
	const char *plural;       /* what different ones are called in a text: "networks" */
	uint32_t events;          /* bits of those that it can be known of */
	/* False: not known. */
	bool (*read)(struct rule_question *question, union field_value *ret_value);
	const char *meaning;
};

extern const struct field fields[FIELD_COUNT];

/* The field of this name. FIELD_COUNT: there is none. */
enum field_id field_find(const char *name);

/* The value, read at need. False: it is not known. */
bool field_read(struct rule_question *question, enum field_id id, union field_value *ret_value);

/* Whether it has a value. Of a network it is not made a text for that. */
bool field_is_known(struct rule_question *question, enum field_id id);

/* What stands for the value in a key: two of one field are alike only where the values are. Not known is a value too.
 */
const struct fingerprint *field_print(struct rule_question *question, enum field_id id);

/* As text, for evidence and keys: "25", "yes", "203.0.113.0/24". Cut to what fits. Empty where it is not known. */
size_t field_write(struct rule_question *question, enum field_id id, char *text, size_t size);

#endif
