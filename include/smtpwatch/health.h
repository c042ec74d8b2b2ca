/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the watch sees what it is there to see: a list of checks, each with a word, a sentence and what to do. */
#ifndef SMTPWATCH_HEALTH_H
#define SMTPWATCH_HEALTH_H

#include <stddef.h>

/* In ascending order of weight. */
enum health_state {
	HEALTH_OK,
	HEALTH_OFF,      /* the configuration says so */
	HEALTH_DEGRADED, /* less is seen or told than could be */
	HEALTH_BLIND,    /* something that the alerts rest upon is not seen */
	HEALTH_STATE_COUNT,
};

/* "ok", "off", "degraded", "blind". */
const char *health_state_name(enum health_state state);
int health_state_parse(const char *name, enum health_state *ret_state);

#define HEALTH_NAME_SIZE 24
#define HEALTH_TEXT_SIZE 256

/* Text is escaped already, and in one line. */
struct health_check {
	enum health_state state;
	char name[HEALTH_NAME_SIZE];   /* "kernel", "capture", "php php-fpm8.2" */
	char text[HEALTH_TEXT_SIZE];   /* what is found */
	char advice[HEALTH_TEXT_SIZE]; /* what to do; empty where there is nothing to be done */
};

#define HEALTH_CHECKS_MAX 64

struct health {
	struct health_check checks[HEALTH_CHECKS_MAX];
	size_t count; /* further ones are left out */
};

/* The worst state of all checks, and in `text` what the first of this state says: "capture: ...". HEALTH_OK has no
 * text. */
enum health_state health_worst(const struct health *health, char text[HEALTH_TEXT_SIZE]);

#endif
