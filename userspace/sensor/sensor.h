/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel side from above: loads and attaches the programs, turns their records and counters into
 * observations. The only folder that knows BPF.
 */
#ifndef SMTPWATCH_SENSOR_SENSOR_H
#define SMTPWATCH_SENSOR_SENSOR_H

#include "lib/cleanup.h"
#include "model/scope.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fixed from the load on. */
struct sensor_options {
	uint64_t ring_bytes; /* a power of two, at least a page */
	uint32_t max_flows;
	uint32_t max_actors;
	uint64_t thin_burst; /* records that an actor may send at once */
	uint64_t thin_rate;  /* and how many more a second */
	bool syscall_tracepoints;
};

/* Why the sensor could not be had: one sentence for the administrator. */
struct sensor_error {
	char message[512];
};

/* Takes an observation; what it points to is borrowed. */
typedef void (*observation_taker)(void *context, const struct observation *observation);

struct sensor;

/* Whether a sensor can run here at all: root, a kernel that has what it needs. Cheap, and leaves nothing
 * behind. 0, or -errno with `ret_error` filled in. */
int sensor_probe(struct sensor_error *ret_error);

/* Whether the memory of maps is locked memory, whose limit only CAP_SYS_RESOURCE raises. */
bool sensor_probe_locked_maps(void);

/* Whether the kernel's file system of tracepoints is mounted; without it CAP_SYS_ADMIN is needed to see it. */
bool sensor_probe_tracefs(void);

/*
 * Loads and attaches, where sensor_probe() found nothing missing. From then on attempts to watched ports are recorded;
 * there are none before sensor_set_ports(). Returns 0, or -errno with `ret_error` filled in and nothing attached.
 */
int sensor_open(const struct sensor_options *options, observation_taker take, void *context, struct sensor **ret_sensor,
		struct sensor_error *ret_error);

enum sensor_attachment_state {
	SENSOR_ATTACHED,
	SENSOR_DETACHED, /* somebody else's doing: it was attached at the start */
	SENSOR_NOT_CONFIGURED,
	SENSOR_ATTACHMENT_STATE_COUNT,
};

/* What is watched by a program on a tracepoint. Texts are static. */
struct sensor_attachment {
	const char *name; /* for people: "connection attempts" */
	const char *tracepoint;
	bool is_vital;   /* without it no attempt is seen */
	bool is_classic; /* not a raw tracepoint */
	enum sensor_attachment_state state;
};

/* One row for each. Asks the kernel. Returns how many. */
#define SENSOR_ATTACHMENTS_MAX 8
size_t sensor_list_attachments(const struct sensor *sensor, struct sensor_attachment rows[SENSOR_ATTACHMENTS_MAX]);

/* Detaches: nothing is left in the kernel. */
void sensor_free(struct sensor *sensor);
DEFINE_CLEANUP(struct sensor, sensor_free)

/* Detaches the programs; what they recorded can still be read. */
void sensor_stop(struct sensor *sensor);

/* Watches these ports and no others; flows that are open on a dropped port are followed to their end.
 * 0, -ENOSPC when more than SW_PORT_SLOTS ports were watched since the start, or -errno. */
int sensor_set_ports(struct sensor *sensor, const uint16_t *ports, size_t count);

/* Where this process connects to test itself: its own attempts there are handed out like any others and counted
 * nowhere, neither in the totals nor in the books. 0: nowhere. -EADDRINUSE: it is or was watched; sensor_set_ports()
 * may watch it later all the same, and then it is a port like any other. 0 or -errno. */
int sensor_set_self_test_port(struct sensor *sensor, uint16_t port);

/* Tells the kernel where addresses lie. 0 or -errno. */
int sensor_set_scopes(struct sensor *sensor, const struct scopes *scopes);

/* Says what an executable is, or takes that back. The map is bounded: -E2BIG when it is full. 0 or -errno. */
int sensor_set_program(struct sensor *sensor, const struct sw_file_id *file, const struct sw_program *program);
int sensor_forget_program(struct sensor *sensor, const struct sw_file_id *file);

/* Says which flags a program of this name deserves a look for. The name is that of the file, cut to SW_COMM_SIZE - 1
 * bytes as the kernel does. 0 or -errno. */
int sensor_set_program_name(struct sensor *sensor, const char *name, uint32_t flags);

/* Says where PHP's request record lies in the processes of a tree, or takes that back. 0 or -errno. */
int sensor_set_php_tree(struct sensor *sensor, const struct sw_tree_key *tree, uint64_t address);
int sensor_forget_php_tree(struct sensor *sensor, const struct sw_tree_key *tree);

/* Does beforehand what the first probes to be attached need to load programs for. */
void sensor_learn_probes(const struct sensor *sensor);

/* Attaches to the probes of a PHP build, in whatever process runs this file; each of its requests then costs two traps.
 * `path` is read now and not needed later. -ENOENT: it has no such probes; or -errno. */
int sensor_attach_php_probes(struct sensor *sensor, const char *path);

/* Hands out an OBSERVATION_PROGRAM for what runs already under a known name, once for each execution. 0 or -errno. */
int sensor_list_programs(struct sensor *sensor);

/* Takes over the connections to watched ports that are open already: an observation of an attempt, marked `adopted`,
 * for each. 0 or -errno. */
int sensor_adopt_connections(struct sensor *sensor);

/* Processes that did not inherit the script which started them, because too many live that did. */
uint64_t sensor_scripts_refused(const struct sensor *sensor);

/* Readable (epoll) when there are attempts. Other records do not wake anyone, they are there to be consumed. */
int sensor_fd(const struct sensor *sensor);

/* Hands out the records that wait, at most some thousands at once. 0 or -errno. */
int sensor_consume(struct sensor *sensor);

/* Whether so many records came lately that the kernel wakes nobody for one: then sensor_consume() is to be called every
 * SENSOR_LOOK_NS, whatever sensor_fd() says. What it says changes in sensor_consume(). */
#define SENSOR_LOOK_NS 1000000
bool sensor_is_busy(const struct sensor *sensor);

/* Hands out what the counters know beyond the records, and which actors are gone. About once a second, and
 * before the totals are read for the last time; costs nothing when nothing happened. 0 or -errno. */
int sensor_read_counters(struct sensor *sensor);

/* Whether there are so many new actors that this should not wait for the second to end: those that are gone take the
 * room of others. Asks only memory. */
bool sensor_is_crowded(const struct sensor *sensor);

/* The books of all CPUs together, at one moment: they balance. 0 or -errno. */
int sensor_read_books(const struct sensor *sensor, struct sw_books *ret_books);

/* Whether each record that was due has a fate. Where it has not, smtpwatch has a fault. */
bool sensor_books_balance(const struct sw_books *books);

/* All users' counters added up, and how many users there are. 0 or -errno. */
int sensor_read_totals(const struct sensor *sensor, struct sw_counters *ret_totals, uint64_t *ret_users);

/* Records that arrived here and were not the self-test's, and calls of the programs that the kernel skipped because one
 * was running. */
uint64_t sensor_received(const struct sensor *sensor);
uint64_t sensor_missed(const struct sensor *sensor);

#endif
