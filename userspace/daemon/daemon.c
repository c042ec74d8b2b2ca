// SPDX-License-Identifier: GPL-2.0-only
/* The event loop: what happens when something is ready, each second, and at the end. */
#include "daemon/daemon.h"

#include "daemon/background.h"
#include "daemon/instance.h"
#include "daemon/internal.h"
#include "daemon/service.h"
#include "identity/host.h"
#include "identity/mta.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

#define FETCH_MS 100      /* how long the end of a flow may wait to be told */
#define HELD_MS 20        /* and for how much longer than it has to an attempt is held */
#define TRIM_TICKS 60     /* how often memory that a flood took is looked for */
#define TRIM_RECORDS 1000 /* where so many records came */

static struct kept_parts kept_parts_of(const struct daemon *daemon)
{
	return (struct kept_parts){
		.rules = pipeline_rules(daemon->pipeline),
		.ledger = daemon->desk ? desk_ledger(daemon->desk) : NULL,
		.control = daemon->desk ? desk_control(daemon->desk) : NULL,
		.changes = pipeline_changes(daemon->pipeline),
	};
}

static void take_addresses(struct daemon *daemon)
{
	host_drain_watch(daemon->addresses);
	daemon_renew_scopes(daemon);
	if (daemon->listener)
		listener_set_scopes(daemon->listener, daemon->config, pipeline_scopes(daemon->pipeline));
}

static void serve_relays(struct daemon *daemon)
{
	if (relays_serve(daemon->relays, clock_boot_ns()))
		daemon_renew_scopes(daemon);
	pipeline_release(daemon->pipeline);
}

static void reload(struct daemon *daemon)
{
	service_reloading();
	daemon_reload(daemon);
	service_ready();
}

static void take_signal(struct daemon *daemon)
{
	struct signalfd_siginfo signal;
	while (read(daemon->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGHUP)
			reload(daemon);
		else if (signal.ssi_signo == SIGUSR1)
			sinks_reopen(daemon->sinks);
		else
			daemon->stopping = true;
	}
}

/* What a flood took is free after it, in pieces between what stays, and free() alone keeps those. */
static void give_memory_back(struct daemon *daemon)
{
	const uint64_t received = sensor_received(daemon->sensor);

	if (++daemon->ticks % TRIM_TICKS != 0 || received - daemon->received_at_trim < TRIM_RECORDS)
		return;
	malloc_trim(0);
	daemon->received_at_trim = received;
}

static void read_counters(struct daemon *daemon)
{
	int error = sensor_read_counters(daemon->sensor);
	if (error)
		log_warning("cannot read the kernel's counters: %s", strerror(-error));
}

static void take_tick(struct daemon *daemon)
{
	uint64_t expirations;
	if (read(daemon->timer, &expirations, sizeof(expirations)) != sizeof(expirations))
		return;
	sensor_consume(daemon->sensor); /* costs no system call; bpf/send.bpf.h says what may wait here */
	read_counters(daemon);
	losses_mention(&daemon->losses, daemon->sensor);
	scout_tick(daemon->scout);
	if (daemon->listener)
		listener_tick(daemon->listener);
	uint64_t boot_ns = clock_boot_ns();
	uint64_t wall_ns = clock_wall_ns();
	pipeline_tick(daemon->pipeline, wall_ns);
	allowance_state_tick(daemon->allowance_state, pipeline_allowances(daemon->pipeline), boot_ns);
	const struct kept_parts kept = kept_parts_of(daemon);
	kept_state_tick(daemon->kept_state, &kept, boot_ns);
	self_test_tick(daemon->self_test, boot_ns);
	sight_tick(daemon->sight, boot_ns, wall_ns);
	if (daemon->desk)
		desk_tick(daemon->desk, wall_ns);
	give_memory_back(daemon);
}

static void dispatch(struct daemon *daemon, int fd)
{
	if (fd == daemon->signals)
		take_signal(daemon);
	else if (fd == daemon->timer)
		take_tick(daemon);
	else if (fd == daemon->addresses)
		take_addresses(daemon);
	else if (fd == sinks_fd(daemon->sinks))
		sinks_serve(daemon->sinks);
	else if (daemon->desk && fd == desk_fd(daemon->desk))
		desk_serve(daemon->desk);
	else
		sensor_consume(daemon->sensor);
	/* Whose connection it is was known to the kernel before anything was said on it. */
	if (daemon->listener && fd == listener_fd(daemon->listener))
		listener_read(daemon->listener);
}

static void say_watching(const struct daemon *daemon)
{
	char ports[SW_PORT_SLOTS * sizeof(" 65535")] = "";
	size_t used = 0;

	for (size_t i = 0; i < daemon->config->port_count; i++)
		used += (size_t)snprintf(ports + used, sizeof(ports) - used, " %u", daemon->config->ports[i]);
	log_notice("watching ports%s; known mail servers on this host: %zu", ports, mta_list_present(daemon->mta_list));
}

static void write_summary(struct daemon *daemon)
{
	struct summary summary = {.duration_ns = clock_boot_ns() - daemon->started_ns};
	struct sw_counters totals = {0};

	sensor_read_totals(daemon->sensor, &totals, &summary.users);
	sensor_read_books(daemon->sensor, &summary.books);
	summary.attempts = totals.attempts;
	summary.established = totals.established;
	static_assert(sizeof(summary.outcomes) == sizeof(totals.outcomes), "one number for each outcome");
	memcpy(summary.outcomes, totals.outcomes, sizeof(summary.outcomes));
	summary.alert_lines = pipeline_alert_lines(daemon->pipeline) + sight_alert_lines(daemon->sight);
	summary.received = sensor_received(daemon->sensor);
	summary.missed = sensor_missed(daemon->sensor);
	if (daemon->listener) {
		const struct capture_status status = listener_status(daemon->listener);
		/* The kernel counts what it drops among what it received (packet_getsockopt() in
		 * net/packet/af_packet.c). */
		summary.packets_dropped = status.counts.dropped;
		summary.packets = status.counts.received - status.counts.dropped;
	}
	sinks_write_summary(daemon->sinks, &summary);
}

/* What cannot be kept ends here. */
static void keep_or_finish(struct daemon *daemon)
{
	const struct kept_parts parts = kept_parts_of(daemon);

	pipeline_set_ledger(daemon->pipeline, NULL); /* whose rows go on as they are */
	if (kept_state_is_on(daemon->kept_state))
		rules_pause(parts.rules);
	if (kept_state_save(daemon->kept_state, &parts) != 0)
		pipeline_finish(daemon->pipeline);
}

/* Stops watching, hands out all that waits, and says what was not yet said. */
static void finish(struct daemon *daemon)
{
	sensor_stop(daemon->sensor);
	kept_state_end(daemon->kept_state);
	uint64_t received;
	do {
		received = sensor_received(daemon->sensor);
		sensor_consume(daemon->sensor);
	} while (sensor_received(daemon->sensor) != received);
	sensor_read_counters(daemon->sensor);
	if (daemon->listener)
		listener_read(daemon->listener);
	pipeline_settle(daemon->pipeline);
	keep_or_finish(daemon);
	sight_finish(daemon->sight, clock_wall_ns());
	allowance_state_save(daemon->allowance_state, pipeline_allowances(daemon->pipeline));
	write_summary(daemon);
}

/* How long to wait for events, in milliseconds. */
static int patience_of(const struct daemon *daemon)
{
	if (sensor_is_busy(daemon->sensor))
		return 0;
	if (pipeline_holds_attempts(daemon->pipeline))
		return HELD_MS;
	return pipeline_has_open_flows(daemon->pipeline) ? FETCH_MS : -1;
}

/* Many records at once cost less than one by one. */
static void let_records_gather(const struct daemon *daemon)
{
	const struct timespec pause = {.tv_nsec = SENSOR_LOOK_NS};

	if (sensor_is_busy(daemon->sensor))
		nanosleep(&pause, NULL);
}

int daemon_run(struct daemon *daemon)
{
	struct epoll_event events[8];

	instance_write_pid();
	log_never_wait();
	say_watching(daemon);
	background_ready();
	service_ready();
	while (!daemon->stopping) {
		serve_relays(daemon);
		let_records_gather(daemon);
		int count = epoll_wait(daemon->epoll, events, COUNT_OF(events), patience_of(daemon));
		if (count < 0 && errno != EINTR) {
			int error = -errno;
			log_error("cannot wait for events: %s", strerror(-error));
			return error;
		}
		for (int i = 0; i < count; i++)
			dispatch(daemon, events[i].data.fd);
		if (count == 0 || sensor_is_busy(daemon->sensor))
			sensor_consume(daemon->sensor);
		if (sensor_is_crowded(daemon->sensor))
			read_counters(daemon);
		if (daemon->desk)
			desk_notice(daemon->desk);
		if (sinks_reader_is_gone(daemon->sinks)) {
			log_error("nobody reads stdout any more: the watch ends");
			finish(daemon);
			return -EPIPE;
		}
	}
	service_stopping();
	finish(daemon);
	return 0;
}
