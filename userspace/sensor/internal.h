/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share. */
#ifndef SMTPWATCH_SENSOR_INTERNAL_H
#define SMTPWATCH_SENSOR_INTERNAL_H

#include "sensor/record.h"
#include "sensor/sensor.h"
#include "smtpwatch.skel.h"

#include <bpf/libbpf.h>

/* The classic ones. */
enum sensor_tracepoint {
	SENSOR_TRACEPOINT_STATES, /* attempts too, where they must */
	SENSOR_TRACEPOINT_CALL_END,
	SENSOR_TRACEPOINT_CALL,
	SENSOR_TRACEPOINTS,
};

#define SENSOR_PHP_PROBES 32 /* PHP builds without a request record that can be read: one or two, if any */

struct php_probes {
	struct bpf_link *begins;
	struct bpf_link *ends;
};

struct sensor {
	struct smtpwatch *skeleton;
	struct ring_buffer *ring;
	observation_taker take;
	void *context;
	struct record_text text;
	size_t batch_left; /* records until sensor_consume() pauses */
	uint64_t received;

	/* How much happens, and whether that is so much that nobody is woken. */
	uint64_t looked_ns; /* when it was asked last */
	uint64_t received_then;
	bool busy;

	uint16_t self_test_port;
	uint64_t self_tested; /* of `received`, the self-test's */

	uint16_t slot_ports[SW_PORT_SLOTS];
	size_t slot_count;

	/* Room for reading the counters, in batches. */
	struct sw_actor_key *keys;
	struct sw_actor_entry *entries;
	struct sw_actor_key *gone;
	size_t gone_count;

	/* What the last reading of the counters found in the kernel's own totals. */
	uint64_t untold_read;
	uint64_t actors_read;
	unsigned int passed; /* calls since then */
	uint32_t max_actors;

	bool preemptible; /* raw tracepoints are: the classic one is used */
	struct bpf_link *tracepoint_links[SENSOR_TRACEPOINTS];
	struct php_probes php_probes[SENSOR_PHP_PROBES];
	size_t php_probe_count;
};

/* sensor/probe.c: whether this kernel can preempt the program of a raw tracepoint. */
bool sensor_probe_preemptible(void);

/* sensor/tracepoint.c: attaches a program to a tracepoint, with tracefs mounted or not. 0 or -errno. */
int sensor_attach_tracepoint(struct bpf_program *program, const char *category, const char *name,
			     struct bpf_link **ret_link);

/* sensor/programs.c */
bool sensor_probe_uprobes(void);
void sensor_detach_php_probes(struct sensor *sensor);

/* sensor/counters.c */
int sensor_counters_prepare(struct sensor *sensor);
void sensor_counters_release(struct sensor *sensor);

#endif
