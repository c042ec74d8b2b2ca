/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the capture process and the daemon say to each other, over a connection of SOCK_SEQPACKET. The daemon does not
 * trust the other side: it may have been taken over by a packet. Both are the same program, so this is no stable
 * format; numbers are in host byte order.
 *
 * A message to the daemon holds several reports, one behind the other, each with a header and padded to 8 bytes. A
 * message to the capture process is one struct capture_order.
 */
#ifndef SMTPWATCH_CAPTURE_REPORT_H
#define SMTPWATCH_CAPTURE_REPORT_H

#include "capture/dissector.h"

#include <smtpwatch/dialogue.h>
#include <smtpwatch/name.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_MESSAGE_SIZE 65536 /* the most that one message has */
#define REPORT_SIZE 8192          /* the most that one report has */
#define REPORT_FRAME_SIZE 4096    /* of a packet of evidence; the rest of it is cut */

enum report_kind {
	REPORT_READY = 1, /* the capture runs, in its sandbox */
	REPORT_DIALOGUE,
	REPORT_NAME,
	REPORT_EVIDENCE,
	REPORT_COUNTS,
	REPORT_FAILED, /* text: a sentence; the process ends */
	REPORT_KIND_COUNT,
};

/* Counted since the process began. */
struct report_counts {
	struct dissector_counts dissector;
	uint64_t received;
	uint64_t dropped;
	uint64_t cpu_ns;
};

/* A decoded report; what it points to lies in the report or in itself. */
struct report {
	enum report_kind kind;
	struct dialogue_event dialogue;
	struct name_event name;
	struct report_counts counts;
	uint64_t wire_id;   /* of EVIDENCE */
	int link_type;      /* of EVIDENCE and READY */
	struct frame frame; /* of EVIDENCE */
	const char *text;   /* of FAILED */
};

/* Appends a report to a message of REPORT_MESSAGE_SIZE bytes. 0, or -ENOSPC: no room, nothing was written. */
int report_encode(const struct report *report, uint8_t *message, size_t *used);

/* Decodes the report at the start of `bytes`, which is aligned to 8 bytes. 0 with its size, or -EBADMSG: every length,
 * enum, text end and flag is checked, and so are texts for their sizes. */
int report_decode(const uint8_t *bytes, size_t size, struct report *ret_report, size_t *ret_size);

enum capture_order_kind {
	CAPTURE_ORDER_SCOPE = 1, /* scope: what to look for */
	CAPTURE_ORDER_EVIDENCE,  /* wire_id */
	CAPTURE_ORDER_KIND_COUNT,
};

/* What the capture is begun with. */
struct capture_sizes {
	size_t buffer_bytes;
	size_t max_streams;
};

/* To the capture process; trusted. The first one is of SCOPE. */
struct capture_order {
	enum capture_order_kind kind;
	uint64_t wire_id;
	struct capture_sizes sizes; /* of the first one; they stay */
	bool off_port;
	bool names;
	struct dissector_scope scope;
};

#endif
