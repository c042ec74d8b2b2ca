/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was said on a connection, as the wire shows it: the single events, in the order in which they happened, and
 * what they come to. Bodies and credentials are in neither. Text is as it was seen, not escaped, but that a NUL in it
 * is written as SUB (0x1a, ASCII's character for a substitute), so that texts can end with NUL.
 */
#ifndef SMTPWATCH_DIALOGUE_H
#define SMTPWATCH_DIALOGUE_H

#include "lib/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes with NUL. What is longer loses its end. */
#define DIALOGUE_NAME_SIZE 256     /* a domain name has at most 253 characters (RFC 1035 2.3.4) */
#define DIALOGUE_ADDRESS_SIZE 384  /* a path has at most 256 octets (RFC 5321 4.5.3.1.3); international ones more */
#define DIALOGUE_TEXT_SIZE 512     /* of a reply, its lines joined; one line has at most 512 octets (4.5.3.1.5) */
#define DIALOGUE_MECHANISM_SIZE 21 /* 20 characters at most (RFC 4422 3.1) */

enum dialogue_event_kind {
	DIALOGUE_OPENED,     /* source, incoming, has_syn: the first packet of a connection */
	DIALOGUE_ALIAS,      /* alias_local, alias_remote: the same connection under other addresses (NAT) */
	DIALOGUE_ANSWERED,   /* the server answered the SYN */
	DIALOGUE_BANNER,     /* code, text: the server's first reply, whatever its code */
	DIALOGUE_HELO,       /* name, is_extended */
	DIALOGUE_EXTENSIONS, /* extensions: the answer to EHLO */
	DIALOGUE_AUTH,       /* name: the mechanism, in capitals; empty of one that is not known */
	DIALOGUE_TLS,        /* tls, name: the server name of the ClientHello, or empty. From here on all is opaque */
	DIALOGUE_MAIL,       /* name: domain of the sender, empty of <>; address, where it is to be kept */
	DIALOGUE_RCPT,       /* the same of a recipient */
	DIALOGUE_REPLY,      /* stage, code, enhanced, text: a reply of 400 or above; class, receiver. The text has
			      * neither code, and is empty where it may quote a secret: it answers no known command */
	DIALOGUE_MESSAGE,    /* code, bytes: the answer to the end of DATA or to the last BDAT, whatever its code */
	DIALOGUE_QUIT,       /* the client said QUIT */
	DIALOGUE_NOT_SMTP,   /* misfit: this is something else */
	DIALOGUE_LOST,       /* bytes are missing, or it was seen from the middle: what follows is not understood */
	DIALOGUE_ENDED,      /* ending, bytes_sent, bytes_received, duration_ns */
	DIALOGUE_OFF_PORT, /* name, is_extended: EHLO or HELO on a port that is not watched; nothing else is told of it
			    */
	DIALOGUE_EVENT_COUNT,
};

/* Where in a dialogue a reply came: what it answers. */
enum dialogue_stage {
	DIALOGUE_STAGE_BANNER,
	DIALOGUE_STAGE_HELO,
	DIALOGUE_STAGE_STARTTLS,
	DIALOGUE_STAGE_AUTH,
	DIALOGUE_STAGE_MAIL,
	DIALOGUE_STAGE_RCPT,
	DIALOGUE_STAGE_DATA,    /* the command */
	DIALOGUE_STAGE_MESSAGE, /* the end of the data, or the last BDAT */
	DIALOGUE_STAGE_OTHER,   /* QUIT, RSET, NOOP, unknown commands, or no command at all (421) */
	DIALOGUE_STAGE_COUNT,
};

/* "banner", "helo", "starttls", "auth", "mail", "rcpt", "data", "message", "other". */
const char *dialogue_stage_name(enum dialogue_stage stage);

/* How a connection became opaque. */
enum dialogue_tls {
	DIALOGUE_TLS_NONE,
	DIALOGUE_TLS_STARTTLS, /* RFC 3207 */
	DIALOGUE_TLS_IMPLICIT, /* RFC 8314 3 */
	DIALOGUE_TLS_COUNT,
};

/* "none", "starttls", "implicit". */
const char *dialogue_tls_name(enum dialogue_tls tls);

enum dialogue_misfit {
	DIALOGUE_MISFIT_NONE,
	DIALOGUE_MISFIT_CLIENT_FIRST,  /* the client spoke before the server's banner, and no TLS either */
	DIALOGUE_MISFIT_NO_REPLY_CODE, /* the server's first bytes are no reply (RFC 5321 4.2) */
	DIALOGUE_MISFIT_COUNT,
};

const char *dialogue_misfit_name(enum dialogue_misfit misfit);

enum dialogue_ending {
	DIALOGUE_ENDING_CLOSED, /* FIN of both sides */
	DIALOGUE_ENDING_RESET,
	DIALOGUE_ENDING_REFUSED, /* RST in answer to the SYN */
	DIALOGUE_ENDING_SILENT,  /* no packet for too long, answered or not */
	DIALOGUE_ENDING_UNSEEN,  /* the capture ended, the ports were used again, or there was no room to wait for it */
	DIALOGUE_ENDING_COUNT,
};

/* Service extensions of the answer to EHLO, as bits of `extensions`. */
enum dialogue_extension {
	DIALOGUE_EXTENSION_STARTTLS,            /* RFC 3207 */
	DIALOGUE_EXTENSION_AUTH,                /* RFC 4954 */
	DIALOGUE_EXTENSION_PIPELINING,          /* RFC 2920 */
	DIALOGUE_EXTENSION_CHUNKING,            /* RFC 3030 */
	DIALOGUE_EXTENSION_SIZE,                /* RFC 1870 */
	DIALOGUE_EXTENSION_8BITMIME,            /* RFC 6152 */
	DIALOGUE_EXTENSION_SMTPUTF8,            /* RFC 6531 */
	DIALOGUE_EXTENSION_DSN,                 /* RFC 3461 */
	DIALOGUE_EXTENSION_ENHANCEDSTATUSCODES, /* RFC 2034 */
	DIALOGUE_EXTENSION_COUNT,
};

/* The keyword, as it stands in the answer: "STARTTLS". */
const char *dialogue_extension_name(enum dialogue_extension extension);

/* What a refusal says of this host: the classes of the reply table (capture/replies.psv). */
enum reply_class {
	REPLY_CLASS_NONE,     /* no row of the table matches */
	REPLY_CLASS_BLOCK,    /* this host's address is blocked by the receiver */
	REPLY_CLASS_DNSBL,    /* it is on a public list */
	REPLY_CLASS_TEMP,     /* it is slowed down */
	REPLY_CLASS_PTR,      /* its reverse name is missing or bad */
	REPLY_CLASS_AUTH,     /* SPF, DKIM or DMARC is missing */
	REPLY_CLASS_HELO,     /* the name in EHLO is not liked */
	REPLY_CLASS_POLICY,   /* content or rate of a sender, not the address */
	REPLY_CLASS_RECEIVER, /* the receiver's own fault: it refuses everyone */
	REPLY_CLASS_IGNORE,   /* known, and says nothing */
	REPLY_CLASS_COUNT,
};

/* "BLOCK" and so on, as in the table; "NONE". */
const char *reply_class_name(enum reply_class class);

/* Where packets that are of no socket here came from. */
struct wire_source {
	struct address address;
	uint32_t interface; /* index, 0: not known */
	uint8_t mac[6];     /* the sender's */
	bool has_mac;
};

/* RFC 3463: class.subject.detail; class 0: there is none. */
struct enhanced_code {
	uint8_t class;
	uint16_t subject;
	uint16_t detail;
};

/* Texts are borrowed for the time of the call and never NULL in an event that names them. What a kind does not name is
 * zero. */
struct dialogue_event {
	enum dialogue_event_kind kind;
	uint64_t wire_id; /* of the connection, never 0, unique in one life of the capture process; 0 of OFF_PORT */
	uint64_t wall_ns; /* the packet's time */
	struct endpoint local;  /* the client, as it was seen first */
	struct endpoint remote; /* the server */

	const char *name;
	const char *text;
	const char *address; /* NULL where addresses are not kept */
	uint16_t code;
	struct enhanced_code enhanced;
	enum dialogue_stage stage;
	uint32_t extensions;
	bool is_extended; /* EHLO, not HELO */
	enum dialogue_tls tls;
	enum dialogue_misfit misfit;
	uint64_t bytes; /* of a message: what was sent as data, without its end mark */

	struct wire_source source;
	bool incoming; /* the first packet entered this host; else it left it, or that is not known */
	bool has_syn;  /* else it was seen from the middle */
	struct endpoint alias_local;
	struct endpoint alias_remote;

	enum dialogue_ending ending;
	uint64_t bytes_sent; /* payload, each byte once */
	uint64_t bytes_received;
	uint64_t duration_ns;

	/* What the table of replies says of a REPLY; filled in on the way to the model. */
	enum reply_class class;
	const char *receiver; /* "gmail"; NULL: no row matches */
};

/* A reply that is kept. */
struct dialogue_reply {
	enum dialogue_stage stage;
	uint16_t code;
	struct enhanced_code enhanced;
	enum reply_class class;
	char *text;     /* owned */
	char *receiver; /* owned, or NULL */
};

/* What the events of one connection come to. Texts are owned; NULL: not said. */
struct dialogue {
	bool from_middle;
	bool lost; /* something is missing, the counts are of what was understood */
	bool quit;
	uint16_t banner_code; /* 0: no banner */
	char *banner;
	char *helo;
	bool is_extended;
	uint32_t helo_count;
	uint32_t extensions;
	enum dialogue_tls tls;
	char *server_name; /* of the TLS ClientHello */
	char *mechanism;   /* of AUTH */
	enum dialogue_misfit misfit;
	char *mail_domain;  /* of the latest sender, empty of <> */
	char *mail_address; /* only where addresses are kept */
	char *rcpt_domain;  /* of the latest recipient */
	uint32_t mail_count;
	uint32_t rcpt_count;
	uint32_t accepted; /* messages */
	uint32_t refused;  /* messages, and sessions that came to none because a reply of 400 or above said no */
	uint32_t refusals; /* replies of 400 or above */
	uint32_t unknown_recipients; /* of them those that say 5.1.1 to RCPT */
	uint64_t message_bytes;
	/* The latest of 400 or above; code 0: there was none. One of no class does not take the place of one that has a
	 * class, nor "no valid recipients" in answer to DATA that of a recipient's; but 421 does. */
	struct dialogue_reply reply;
};

#endif
