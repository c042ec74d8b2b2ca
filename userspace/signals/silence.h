/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections to the world's port 25 that nobody answers any more, after some were answered. */
#ifndef SMTPWATCH_SIGNALS_SILENCE_H
#define SMTPWATCH_SIGNALS_SILENCE_H

#include "lib/cleanup.h"
#include "signals/signals.h"

#include <stdbool.h>
#include <stdint.h>

struct silence;

struct silence *silence_new(void);
void silence_free(struct silence *silence);
DEFINE_CLEANUP(struct silence, silence_free)

/* Takes in what the observation says of a flow to the world's port 25; others are ignored. */
void silence_take(struct silence *silence, const struct sighting *sighting);

/*
 * Whether the observation is the end of a connection that nobody answered, in a silence before which one was answered,
 * within a day before its first. A silence lasts until one is answered, or until for an hour none ended without.
 */
bool silence_has(const struct silence *silence, const struct sighting *sighting);

/* The silence that there is: told apart from others by the wall-clock second of the answer before it. */
uint64_t silence_number(const struct silence *silence);

/* "12 connections to port 25 unanswered since 03:12; last answered 03:05: has the provider closed port 25?" */
void silence_describe(const struct silence *silence, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE]);

#endif
