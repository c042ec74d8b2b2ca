/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: answers what clients ask, and tells subscribers what happens (man/smtpwatch-control.5). Nobody is
 * waited for: what a client does not read is kept up to a bound, then dropped, counted and told to it.
 */
#ifndef SMTPWATCH_CONTROL_SERVER_H
#define SMTPWATCH_CONTROL_SERVER_H

#include "ledger/ledger.h"
#include "lib/cleanup.h"
#include "lib/keep.h"
#include "sinks/sinks.h"

#include <smtpwatch/health.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the head of the view says beside the ledger. Texts are escaped, and borrowed for the call. */
struct control_head {
	const char *host;
	const char *version;
	const char *kernel;   /* its release */
	const char *attached; /* in a few words: "connect, exec, fork, 4 probes" */
	const char *capture;  /* "running", "off", "starting", "died 2 times" */
	enum health_state health;
	const char *health_text; /* of the worst check; empty where all is well */
	uint64_t daemon_pid;
	uint64_t started_wall_ns;
	const struct watch_gap *gap; /* before that; NULL: no earlier run is known */
	uint64_t lost_records;       /* the kernel side could not hand over; counts stay right */
	uint64_t lost_packets;       /* the capture was too slow for */
	uint64_t lost_lines;         /* of sinks */
	uint64_t thinned;            /* records of floods, counted and not told singly */
};

#define CONTROL_REASON_SIZE 512

/* What the server asks of the daemon. */
struct control_hooks {
	void (*get_head)(void *context, struct control_head *ret_head);
	void (*get_health)(void *context, struct health *ret_health);
	/* Reads the configuration anew. 0, or -errno with the reason, escaped. */
	int (*reload)(void *context, char reason[CONTROL_REASON_SIZE]);
	void *context;
};

struct control_options {
	const char *path; /* of the socket */
	gid_t group;      /* whose members may ask; (gid_t)-1: root alone */
	const char *group_name;
	size_t max_clients;
	size_t client_bytes;  /* that may wait for one client, beside the answer to one request */
	size_t history_bytes; /* of lines of the past, alerts and events each */
};

struct control;

/* `ledger` and what `hooks` points to are borrowed and must outlive it. 0, or -errno after saying why in the log. */
int control_new(const struct control_options *options, const struct control_hooks *hooks, const struct ledger *ledger,
		struct control **ret_control);
/* Closes all connections and removes the socket. */
void control_free(struct control *control);
DEFINE_CLEANUP(struct control, control_free)

/* What a reload changes. */
void control_set_group(struct control *control, gid_t group, const char *group_name);

/* Readable when control_serve() has something to do. */
int control_fd(const struct control *control);

/* Serves whoever is ready, for a bounded time. */
void control_serve(struct control *control);

/* `boot_ns`: CLOCK_BOOTTIME. Something may have happened: subscribers who had nothing to hear for as long as they would
 * wait hear of it at once. Costs next to nothing where there was nothing. */
void control_notice(struct control *control, uint64_t boot_ns);

/* Tells subscribers what has changed since. About once a second. */
void control_tick(struct control *control);

/* Makes alerts, flows, replies and submissions go to the history and to subscribers. The server must live for as long
 * as the sinks are told of them. 0 or -errno. */
int control_add_sink(struct control *control, struct sinks *sinks);

/* Lines of the past alerts, as lines that outlive the process (lib/keep.h), and back from one: 0, or -EINVAL. What has
 * no room in the history is forgotten as ever. */
#define CONTROL_KEEP_KIND "past_alert"
void control_keep(const struct control *control, FILE *stream);
int control_restore(struct control *control, struct keep_line *line);

#endif
