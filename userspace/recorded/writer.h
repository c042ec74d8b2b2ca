/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records what the rules are asked, a line of JSON each, so that other rules can be asked the same later. How a line
 * looks: smtpwatch-observations(5). Lines wait in a buffer until the next tick, or until there are many of them; what
 * cannot be written is dropped, counted and told, and holds nothing up.
 */
#ifndef SMTPWATCH_RECORDED_WRITER_H
#define SMTPWATCH_RECORDED_WRITER_H

#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stdint.h>

struct recorder;

struct recorder_options {
	const char *path;      /* copied */
	const char *host_name; /* this host's own, as the rules know it, or NULL: not known. Copied */
	uint64_t max_bytes;    /* of a file */
	uint64_t files;        /* at most, with those that are full: PATH, PATH.1 and so on; at least 1 */
};

/* 0, or -errno, which the log has told. */
int recorder_new(const struct recorder_options *options, struct recorder **ret_recorder);
/* Writes what waits. */
void recorder_free(struct recorder *recorder);
DEFINE_CLEANUP(struct recorder, recorder_free)

/* What is given to rules_judge(). What no rule could listen to is passed over. */
void recorder_take(struct recorder *recorder, const struct observation *observation, const struct model_change *change);

/* Writes what waits. About once a second. */
void recorder_tick(struct recorder *recorder);

/* Lines that were dropped so far. */
uint64_t recorder_dropped(const struct recorder *recorder);

#endif
