/* SPDX-License-Identifier: GPL-2.0-only */
/* Where frames come from: all interfaces of this host, or a file. All that libpcap is used for. */
#ifndef SMTPWATCH_CAPTURE_SOURCE_H
#define SMTPWATCH_CAPTURE_SOURCE_H

#include "capture/packet.h"
#include "lib/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_error {
	char message[512]; /* a sentence that says what to do, ready to print */
};

/* What the kernel is to let through. */
struct source_filter {
	const uint16_t *ports; /* of servers */
	size_t port_count;
	bool names;    /* also DNS */
	bool off_port; /* also segments of any port that begin with EHLO or HELO */
};

struct source_counts {
	uint64_t received; /* passed the filter */
	uint64_t dropped;  /* by the kernel, for want of room */
};

typedef void (*frame_taker)(void *context, const struct frame *frame);

struct source;

/* All interfaces of the network namespace of the caller, in immediate mode. 0 or -errno with `ret_error`. */
int source_open_live(size_t buffer_bytes, const struct source_filter *filter, struct source **ret_source,
		     struct source_error *ret_error);
/* A pcap or pcapng file; "-" is stdin. 0 or -errno (-EINVAL: no capture, or a link type that is not known). */
int source_open_file(const char *path, struct source **ret_source, struct source_error *ret_error);
void source_close(struct source *source);
DEFINE_CLEANUP(struct source, source_close)

/* Replaces the filter of a live source. Needs only setsockopt(SO_ATTACH_FILTER), and what empties the socket. 0 or
 * -errno: the old one stays. */
int source_set_filter(struct source *source, const struct source_filter *filter);

/* DLT_* */
int source_link_type(const struct source *source);
/* To poll; live only. */
int source_fd(const struct source *source);

/* Hands out what is there, at most `limit` frames. Returns how many; 0 of a file: its end; -errno with `ret_error`. */
int source_read(struct source *source, int limit, frame_taker take, void *context, struct source_error *ret_error);

/* 0 or -errno. */
int source_read_counts(struct source *source, struct source_counts *ret_counts);

/* The text of the filter, as pcap-filter(7) has it. 0, or -ENOSPC. */
int source_filter_text(const struct source_filter *filter, char *text, size_t size);

#endif
