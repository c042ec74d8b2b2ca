/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of an alert's connection as a pcap file, for root alone: TIME-RULE-NUMBER.pcap in a directory that is bounded
 * by number and size. They come cut before credentials, bodies and TLS. The daemon writes them: the capture process has
 * no file system.
 */
#ifndef SMTPWATCH_CAPTURE_EVIDENCE_H
#define SMTPWATCH_CAPTURE_EVIDENCE_H

#include "capture/packet.h"
#include "lib/cleanup.h"

#include <stddef.h>
#include <stdint.h>

struct evidence_options {
	const char *directory; /* made with mode 0700 where it is not there; borrowed until evidence_new() returns */
	size_t max_files;      /* the oldest is removed */
	size_t max_bytes;      /* of one file; what comes later is left out */
};

struct evidence;

/* 0, or -errno with a sentence in the log. */
int evidence_new(const struct evidence_options *options, struct evidence **ret_evidence);
/* Closes what is open. */
void evidence_free(struct evidence *evidence);
DEFINE_CLEANUP(struct evidence, evidence_free)

/* Packets of this connection are to be written. The file is made with the first one. */
void evidence_begin(struct evidence *evidence, uint64_t wire_id, const char *rule);

/* Writes one. A full disk is said in the log once, and ends the file. */
void evidence_write(struct evidence *evidence, uint64_t wire_id, int link_type, const struct frame *frame);

/* Closes files that have got nothing for a while. About once a second. `time_ns`: CLOCK_BOOTTIME. */
void evidence_tick(struct evidence *evidence, uint64_t time_ns);

/* The numbers of connections mean others from now on: closes all. */
void evidence_forget(struct evidence *evidence);

#endif
