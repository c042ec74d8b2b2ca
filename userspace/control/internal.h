/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share: the server, and one of its clients. */
#ifndef SMTPWATCH_CONTROL_INTERNAL_H
#define SMTPWATCH_CONTROL_INTERNAL_H

#include "control/history.h"
#include "control/outgoing.h"
#include "control/peer.h"
#include "control/protocol.h"
#include "control/server.h"
#include "sinks/lines.h"

#include <jansson.h>
#include <sys/un.h>

/* A number, or a text of at most 64 bytes as JSON has it at its longest: each as \uNNNN, in quotes. */
#define ID_BYTES_MAX 64
#define ID_TEXT_SIZE (6 * ID_BYTES_MAX + 3)

/* Goes through the rows of a book in pages. */
struct row_walk {
	enum ledger_by by;
	uint64_t after; /* the revision up to which they were sent */
	uint64_t until; /* rows that have changed later are left for the next walk */
	size_t left;    /* rows that it may still send */
};

/* An answer that takes more than one message. */
struct long_answer {
	enum {
		LONG_ANSWER_NONE,
		LONG_ANSWER_SNAPSHOT,
		LONG_ANSWER_EXPLAIN,
	} kind;
	char id[ID_TEXT_SIZE];
	bool is_begun;
	struct row_walk walk;
	char incident[ALERT_INCIDENT_ID_SIZE];
	uint64_t seen; /* number of the last line that was sent */
};

/* Lines of one kind that a subscriber is told. */
struct following {
	bool is_on;
	uint64_t seen; /* number of the last line that was sent or is lost */
	uint64_t past; /* number of the last line of the past that was asked for */
	uint64_t lost; /* not told yet */
};

struct subscription {
	char id[ID_TEXT_SIZE];
	bool has_rows;
	bool head_is_due;
	bool rows_are_due;
	struct row_walk walk;
	double every;       /* ticks */
	double next;        /* the tick of the next walk */
	uint64_t walked_ns; /* CLOCK_BOOTTIME of the latest one that had something to tell */
	struct following alerts;
	struct following events;
};

struct client {
	struct control *control;
	struct client *next;
	struct client *previous;
	int fd;
	uid_t uid;
	uint32_t interest;   /* events of epoll that it is watched for */
	bool has_sent_all;   /* nothing more will come from it */
	bool is_closing;     /* once all that waits is written */
	uint64_t moved_tick; /* when it last read something, or had nothing to read */
	struct {
		char *bytes; /* owned; NULL where there are none */
		size_t size;
	} in;
	struct outgoing out;
	size_t answer_left;    /* bytes in `out` up to the end of the last answer */
	char id[ID_TEXT_SIZE]; /* of the request that is being answered */
	struct long_answer answer;
	struct subscription subscription;
};

/* The state of the server's sink. */
struct line_taker {
	struct lines lines;
	struct control *control;
	struct history *history; /* of the kind of line that is being made */
	const char *incident;
	unsigned events; /* that were formatted since the last tick */
};

struct control {
	struct sockaddr_un address;
	gid_t group;
	char *group_name;
	struct control_hooks hooks;
	const struct ledger *ledger;
	int listening;
	int epoll;
	bool accepting_paused; /* for want of descriptors, until the next tick */
	struct client *clients;
	size_t client_count;
	size_t max_clients;
	size_t low_mark; /* nothing is made for a client for whom more bytes wait */
	uint64_t ticks;
	uint64_t noticed_revision; /* of the ledger */
	struct history alerts;
	struct history events;
	struct line_taker taker;
};

/* client.c */

/* Takes the descriptor, greets and serves from now on. NULL: the descriptor is closed. */
struct client *client_new(struct control *control, int fd, uid_t uid);
void client_free(struct client *client);

/* Reads, answers and writes what there is to, up to a bound. May free the client. */
void client_serve(struct client *client, uint32_t events);

/* It may have something to be told. */
void client_wake(struct client *client);

/* May free the client. */
void client_tick(struct client *client);

/* Puts a message, made of what is returned by jansson, which it takes; NULL: no memory. */
void client_answer(struct client *client, json_t *message);
void client_refuse(struct client *client, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Ends the message that was put into `out`, as an answer to the request. */
void client_end_answer(struct client *client);

/* requests.c: answers a line, or begins to. */
void request_answer(struct client *client, const char *line, size_t size);

/* rows.c */

/* The newest `limit` rows, 0: all, as they are when they are sent. */
struct row_walk row_walk_begin(const struct ledger *ledger, enum ledger_by by, size_t limit);

/* Those that have changed since the walk before ended. */
void row_walk_go_on(struct row_walk *walk, const struct ledger *ledger);

/* Sends a page. Returns whether there are more. */
bool row_walk_send(struct row_walk *walk, struct client *client, const char *id);

void rows_send_head(struct client *client, const char *id);

/* long_answer.c: sends the next message. Returns what it cost, in rows; 0: there was none to send. */
size_t long_answer_go_on(struct client *client);

/* subscription.c */
size_t subscription_go_on(struct client *client);
bool subscription_has_work(const struct client *client);

/* Whether lines of the past are still to be sent. */
bool subscription_is_in_past(const struct client *client);

/* In place of the one before. `last`: so many lines of the past first. */
void subscription_follow(struct client *client, bool alerts, bool events, size_t last);
void subscription_walk(struct client *client, enum ledger_by by, double every);
void subscription_tick(struct client *client);
void subscription_notice(struct client *client, uint64_t boot_ns);
bool subscription_is_on(const struct subscription *subscription);

/* taker.c */
void line_taker_tick(struct line_taker *taker);

#endif
