/* SPDX-License-Identifier: GPL-2.0-only */
/* What an observation comes to, and how rows take it in. */
#ifndef SMTPWATCH_LEDGER_NEWS_H
#define SMTPWATCH_LEDGER_NEWS_H

#include "ledger/books.h"
#include "ledger/subject.h"

#include <smtpwatch/dialogue.h>
#include <smtpwatch/ledger.h>
#include <stdbool.h>
#include <stdint.h>

struct news {
	uint64_t wall_ns;
	struct ledger_counts counts;
	int opened; /* connections; -1: one has ended */
	enum ledger_verdict verdict;
	const struct dialogue_event *said; /* a name in EHLO, or a refusal; NULL: neither */
	const char *domain;                /* of the destination; NULL: none is known */
	bool is_worth_a_row;               /* also if it counts nothing */
	bool is_described;                 /* more is known of the actor than before */
};

/* Whether rows change by it, whatever they have had so far. */
bool news_are_any(const struct news *news);

/* The rows of one observation: NULL where there is none. */
struct row_set {
	struct row_slot *by[LEDGER_BY_COUNT];
};

/* The rows that a subject belongs to, made at need; without a flow none of destination and receiver. They show its
 * actor from now on. */
void row_set_take(struct row_set *rows, struct books *books, const struct subject *subject, const struct news *news);

/* The same of those that are there. */
void row_set_look_up(struct row_set *rows, const struct books *books, const struct subject *subject);

/* The rows with these numbers that are not forgotten. */
void row_set_find(struct row_set *rows, const struct books *books, const uint64_t numbers[LEDGER_BY_COUNT]);

/* Another destination of those who sent, and another sender to it. */
void row_set_connect(const struct row_set *rows);

/* A connection of theirs is open no more, whenever that was. */
void row_set_close(const struct row_set *rows, struct books *books);

/* Each of the rows takes the news in, if they are any to it. */
void row_set_tell(const struct row_set *rows, struct books *books, const struct news *news);

#endif
