// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/daemon.h"

#include "daemon/allowance_state.h"
#include "daemon/background.h"
#include "daemon/instance.h"
#include "daemon/listener.h"
#include "daemon/losses.h"
#include "daemon/outputs.h"
#include "daemon/pipeline.h"
#include "daemon/relays.h"
#include "daemon/scout.h"
#include "daemon/settings.h"
#include "identity/host.h"
#include "identity/mta.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "sensor/sensor.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#define FETCH_MS 100 /* how long the end of a flow may wait to be told */
#define HELD_MS 20   /* and for how much longer than it has to an attempt is held */

struct daemon {
	const struct command_line *command;
	struct config *config;
	struct sinks *sinks;
	struct pipeline *pipeline;
	struct sensor *sensor;
	struct scout *scout;
	struct relays *relays;
	struct allowance_state *allowance_state;
	struct listener *listener; /* NULL: what is said is not listened to */
	size_t mta_count;
	uint64_t started_ns;
	struct losses losses;
	int epoll;
	int signals;
	int timer;
	int addresses;
	bool stopping;
};

static int watch_fd(struct daemon *daemon, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	return epoll_ctl(daemon->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

/* As the configuration says, with this host's addresses, and those that the names of smarthosts are known to have. */
static int make_scopes(const struct daemon *daemon, const struct config *config, struct scopes **ret_scopes)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;

	int error = settings_make_scopes(config, true, &scopes);
	if (!error)
		error = relays_add_scopes(daemon->relays, scopes);
	if (!error)
		*ret_scopes = TAKE_PTR(scopes);
	return error;
}

/* Makes the kernel's scopes those of the configuration that is in force. */
static void restore_scopes(struct daemon *daemon)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;

	if (make_scopes(daemon, daemon->config, &scopes) != 0 || sensor_set_scopes(daemon->sensor, scopes) != 0)
		log_warning("the kernel was told networks of the refused configuration");
}

/* Without it, all but what is said is seen. It may have something to say at once, which the pipeline has to be ready
 * for. */
static void open_listener(struct daemon *daemon)
{
	const struct config *config = daemon->config;

	if (!config->capture_enabled)
		return;
	int error = listener_new(config, pipeline_scopes(daemon->pipeline), daemon->pipeline, &daemon->listener);
	if (!error)
		error = watch_fd(daemon, listener_fd(daemon->listener));
	if (error)
		log_warning("cannot listen to what is said: %s", strerror(-error));
	if (error && daemon->listener)
		listener_free(TAKE_PTR(daemon->listener));
	if (daemon->listener)
		listener_await(daemon->listener);
}

/* Puts a configuration into force, or leaves all as it was. The ports go last: from then on it is watched. */
static int apply(struct daemon *daemon, const struct config *config)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = NULL;
	_cleanup_(cleanup_replies_free) struct replies *replies = NULL;
	_cleanup_(cleanup_rule_set_free) struct rule_set *rules = NULL;
	_cleanup_(cleanup_script_finder_free) struct script_finder *finder =
		script_finder_new(config->sites, config->site_count, config->url_query);
	struct ini_error problem = {.message = "out of memory"};

	if (!finder) {
		log_error("out of memory");
		return -ENOMEM;
	}
	int error = mta_list_load(config->mta_directory, &list, &problem);
	if (error) {
		log_error("%s", problem.message);
		return error;
	}
	error = settings_load_replies(config, &replies);
	if (!error)
		error = settings_load_rules(config, NULL, &rules);
	if (error)
		return error;
	error = make_scopes(daemon, config, &scopes);
	if (error) {
		log_error("cannot learn this host's addresses: %s", strerror(-error));
		return error;
	}
	error = sensor_set_scopes(daemon->sensor, scopes);
	if (error) {
		log_error("cannot tell the kernel which networks are not external: %s", strerror(-error));
		return error;
	}
	error = sensor_set_ports(daemon->sensor, config->ports, config->port_count);
	if (error == -ENOSPC)
		log_error("more than %d different ports since the start: restart smtpwatchd to change them further",
			  SW_PORT_SLOTS);
	else if (error)
		log_error("cannot set the watched ports: %s", strerror(-error));
	if (!error)
		error = pipeline_set_rules(daemon->pipeline, TAKE_PTR(rules));
	if (error) {
		restore_scopes(daemon);
		return error;
	}
	allowance_state_load(daemon->allowance_state, pipeline_allowances(daemon->pipeline), clock_wall_ns());
	daemon->mta_count = mta_list_present(list);
	pipeline_set_scopes(daemon->pipeline, TAKE_PTR(scopes));
	pipeline_set_mta_list(daemon->pipeline, TAKE_PTR(list));
	pipeline_set_replies(daemon->pipeline, TAKE_PTR(replies));
	pipeline_set_script_finder(daemon->pipeline, TAKE_PTR(finder));
	pipeline_set_options(daemon->pipeline, config);
	if (daemon->listener)
		listener_set_config(daemon->listener, config, pipeline_scopes(daemon->pipeline));
	relays_set_config(daemon->relays, config);
	return 0;
}

/* Every source hands its observations in here. */
static void take_observation(void *context, const struct observation *observation)
{
	struct daemon *daemon = context;

	if (observation->kind == OBSERVATION_PROGRAM)
		scout_take(daemon->scout, observation);
	else
		pipeline_take(daemon->pipeline, observation);
}

static int open_sensor(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct sensor_options options = {
		.ring_bytes = config->ring_bytes,
		.max_flows = (uint32_t)config->max_flows,
		.max_actors = (uint32_t)config->max_actors,
		.thin_burst = config->thin_burst,
		.thin_rate = config->thin_rate,
		.syscall_tracepoints = config->syscall_tracepoints,
	};
	struct sensor_error problem = {.message = "out of memory"};

	int error = sensor_open(&options, take_observation, daemon, &daemon->sensor, &problem);
	if (error)
		log_error("%s", problem.message);
	/* libbpf has read the kernel's whole BTF, megabytes of it, and is done with it. */
	malloc_trim(0);
	return error == -EINVAL ? -EIO : error; /* the kernel's word, and no fault of the administrator's */
}

static int open_events(struct daemon *daemon)
{
	const struct itimerspec every_second = {.it_value.tv_sec = 1, .it_interval.tv_sec = 1};
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return -errno;
	daemon->epoll = epoll_create1(EPOLL_CLOEXEC);
	daemon->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	daemon->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (daemon->epoll < 0 || daemon->signals < 0 || daemon->timer < 0 ||
	    timerfd_settime(daemon->timer, 0, &every_second, NULL) != 0)
		return -errno;
	daemon->addresses = host_watch_addresses();
	if (daemon->addresses < 0)
		return daemon->addresses;
	int error = watch_fd(daemon, daemon->signals);
	if (!error)
		error = watch_fd(daemon, daemon->timer);
	if (!error)
		error = watch_fd(daemon, daemon->addresses);
	return error;
}

/* What was open before is a loss that the administrator can live with. */
static void adopt_connections(struct daemon *daemon)
{
	int error = sensor_adopt_connections(daemon->sensor);
	if (error)
		log_warning("connections that are open already are not watched: %s", strerror(-error));
}

static void want_evidence(void *context, uint64_t wire_id, const char *rule)
{
	const struct daemon *daemon = context;
	if (daemon->listener)
		listener_want_evidence(daemon->listener, wire_id, rule);
}

static uint64_t count_untold(void *context)
{
	const struct daemon *daemon = context;
	struct sw_books books;

	if (sensor_read_books(daemon->sensor, &books) != 0)
		return 0;
	return books.entries[SW_BOOK_THINNED] + books.entries[SW_BOOK_LOST_RING] + books.entries[SW_BOOK_LOST_FLOWS];
}

static void catch_up(void *context)
{
	const struct daemon *daemon = context;
	sensor_consume(daemon->sensor);
}

static int open_pipeline(struct daemon *daemon)
{
	const struct pipeline_hooks hooks = {
		.want_evidence = want_evidence,
		.count_untold = count_untold,
		.catch_up = catch_up,
		.context = daemon,
	};

	int error = pipeline_new(daemon->config, daemon->sinks, false, &daemon->pipeline);
	if (!error)
		pipeline_set_hooks(daemon->pipeline, &hooks);
	return error;
}

int daemon_new(struct config *config, const struct command_line *command, struct daemon **ret_daemon)
{
	_cleanup_(cleanup_daemon_free) struct daemon *daemon = calloc(1, sizeof(*daemon));
	if (!daemon) {
		config_free(config);
		return -ENOMEM;
	}
	daemon->config = config;
	daemon->command = command;
	daemon->started_ns = clock_boot_ns();
	daemon->epoll = daemon->signals = daemon->timer = daemon->addresses = -1;
	int error = open_events(daemon);
	if (!error)
		error = outputs_open(config, command, &daemon->sinks);
	if (!error)
		error = open_pipeline(daemon);
	if (!error)
		error = relays_new(&daemon->relays);
	if (!error)
		error = pipeline_set_smarthosts(daemon->pipeline, relays_smarthosts(daemon->relays));
	if (!error && (!(daemon->scout = scout_new(config->php_probes)) ||
		       !(daemon->allowance_state = allowance_state_new(config->rules_state))))
		error = -ENOMEM;
	if (error) {
		log_error("cannot start: %s", strerror(-error));
		return error;
	}
	error = open_sensor(daemon);
	if (error)
		return error;
	scout_begin(daemon->scout, daemon->sensor);
	error = apply(daemon, config);
	if (error)
		return error;
	open_listener(daemon);
	adopt_connections(daemon);
	error = watch_fd(daemon, sensor_fd(daemon->sensor));
	if (!error)
		error = watch_fd(daemon, relays_fd(daemon->relays));
	if (!error)
		error = watch_fd(daemon, sinks_fd(daemon->sinks));
	if (!error)
		*ret_daemon = TAKE_PTR(daemon);
	return error;
}

void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	listener_free(daemon->listener);
	sensor_free(daemon->sensor);
	scout_free(daemon->scout);
	pipeline_free(daemon->pipeline);
	relays_free(daemon->relays);
	allowance_state_free(daemon->allowance_state);
	sinks_free(daemon->sinks);
	config_free(daemon->config);
	const int fds[] = {daemon->addresses, daemon->timer, daemon->signals, daemon->epoll};
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		cleanup_close(&fds[i]);
	free(daemon);
}

static void reload(struct daemon *daemon)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;

	if (settings_load_config(daemon->command, &config) != 0 || apply(daemon, config) != 0) {
		log_error("the old configuration stays in force");
		return;
	}
	settings_mention_fixed_keys(daemon->config, config);
	config_free(daemon->config);
	daemon->config = TAKE_PTR(config);
	log_notice("the configuration was read anew");
}

/* Where addresses lie is made out anew. */
static void renew_scopes(struct daemon *daemon)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = NULL;

	if (make_scopes(daemon, daemon->config, &scopes) != 0 || sensor_set_scopes(daemon->sensor, scopes) != 0)
		log_warning("addresses of this host or of smarthosts changed and could not be taken over");
	if (scopes)
		pipeline_set_scopes(daemon->pipeline, TAKE_PTR(scopes));
}

static void take_addresses(struct daemon *daemon)
{
	host_drain_watch(daemon->addresses);
	renew_scopes(daemon);
	if (daemon->listener)
		listener_set_scopes(daemon->listener, daemon->config, pipeline_scopes(daemon->pipeline));
}

static void serve_relays(struct daemon *daemon)
{
	if (relays_serve(daemon->relays, clock_boot_ns()))
		renew_scopes(daemon);
	pipeline_release(daemon->pipeline);
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

static void take_tick(struct daemon *daemon)
{
	uint64_t expirations;
	if (read(daemon->timer, &expirations, sizeof(expirations)) != sizeof(expirations))
		return;
	sensor_consume(daemon->sensor); /* costs no system call; bpf/send.bpf.h says what may wait here */
	int error = sensor_read_counters(daemon->sensor);
	if (error)
		log_warning("cannot read the kernel's counters: %s", strerror(-error));
	losses_mention(&daemon->losses, daemon->sensor);
	scout_tick(daemon->scout);
	if (daemon->listener)
		listener_tick(daemon->listener);
	pipeline_tick(daemon->pipeline, clock_wall_ns());
	allowance_state_tick(daemon->allowance_state, pipeline_allowances(daemon->pipeline), clock_boot_ns());
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
	log_notice("watching ports%s; known mail servers on this host: %zu", ports, daemon->mta_count);
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
	summary.alert_lines = pipeline_alert_lines(daemon->pipeline);
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

/* Stops watching, hands out all that waits, and says what was not yet said. */
static void finish(struct daemon *daemon)
{
	sensor_stop(daemon->sensor);
	uint64_t received;
	do {
		received = sensor_received(daemon->sensor);
		sensor_consume(daemon->sensor);
	} while (sensor_received(daemon->sensor) != received);
	sensor_read_counters(daemon->sensor);
	if (daemon->listener)
		listener_read(daemon->listener);
	pipeline_finish(daemon->pipeline);
	allowance_state_save(daemon->allowance_state, pipeline_allowances(daemon->pipeline));
	write_summary(daemon);
}

int daemon_run(struct daemon *daemon)
{
	struct epoll_event events[8];

	instance_write_pid();
	log_never_wait();
	say_watching(daemon);
	background_ready();
	while (!daemon->stopping) {
		serve_relays(daemon);
		int patience = pipeline_has_open_flows(daemon->pipeline) ? FETCH_MS : -1;
		patience = pipeline_holds_attempts(daemon->pipeline) ? HELD_MS : patience;
		int count = epoll_wait(daemon->epoll, events, COUNT_OF(events), patience);
		if (count < 0 && errno != EINTR) {
			int error = -errno;
			log_error("cannot wait for events: %s", strerror(-error));
			return error;
		}
		for (int i = 0; i < count; i++)
			dispatch(daemon, events[i].data.fd);
		if (count == 0)
			sensor_consume(daemon->sensor);
		if (sinks_reader_is_gone(daemon->sinks)) {
			log_error("nobody reads stdout any more: the watch ends");
			finish(daemon);
			return -EPIPE;
		}
	}
	finish(daemon);
	return 0;
}
