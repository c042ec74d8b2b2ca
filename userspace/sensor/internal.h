/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share. */
#ifndef SMTPWATCH_SENSOR_INTERNAL_H
#define SMTPWATCH_SENSOR_INTERNAL_H

#include "sensor/record.h"
#include "sensor/sensor.h"
#include "smtpwatch.skel.h"

#include <bpf/libbpf.h>

struct sensor {
	struct smtpwatch *skeleton;
	struct ring_buffer *ring;
	observation_taker take;
	void *context;
	struct record_text text;
	size_t batch_left; /* records until sensor_consume() pauses */
	uint64_t received;

	uint16_t slot_ports[SW_PORT_SLOTS];
	size_t slot_count;

	/* Room for reading the counters, in batches. */
	struct sw_actor_key *keys;
	struct sw_actor_entry *entries;
	struct sw_actor_key *gone;
	size_t gone_count;

	/* The perf events of the syscall tracepoints, whose links libbpf owns. */
	struct bpf_link *call_links[2];
};

/* sensor/probe.c: why a sensor cannot run here, before the load is tried. 0 or -errno. */
int sensor_probe(struct sensor_error *ret_error);

/* sensor/tracepoint.c: attaches a program to a tracepoint, with tracefs mounted or not. 0 or -errno. */
int sensor_attach_tracepoint(struct bpf_program *program, const char *category, const char *name,
			     struct bpf_link **ret_link);

/* sensor/counters.c */
int sensor_counters_prepare(struct sensor *sensor);
void sensor_counters_release(struct sensor *sensor);

#endif
