// SPDX-License-Identifier: GPL-2.0-only
/* What the daemon is made of, in the order in which it is brought up; and how all of it is let go of. */
#include "daemon/daemon.h"

#include "capture/launch.h"
#include "daemon/internal.h"
#include "daemon/outputs.h"
#include "daemon/privileges.h"
#include "daemon/settings.h"
#include "identity/host.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/launcher.h"
#include "lib/log.h"
#include "sinks/command_run.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int watch_fd(struct daemon *daemon, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	return epoll_ctl(daemon->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static void limit_launcher(void *config)
{
	privileges_limit_launcher(config);
}

/* What is begun later with more than the daemon keeps. */
static int start_launcher(struct config *config)
{
	struct launcher_task tasks[2];
	size_t count = 0;

	if (config->capture_enabled && !launch_capture_socket())
		tasks[count++] = launch_capture_task();
	if (config->command)
		tasks[count++] = command_task(config->command);
	return count > 0 ? launcher_start(tasks, count, limit_launcher, config) : 0;
}

/* Without it, all but what is said is seen. It may have something to say at once, which the pipeline has to be ready
 * for. */
static void open_listener(struct daemon *daemon)
{
	const struct config *config = daemon->config;

	if (!config->capture_enabled)
		return;
	int error = listener_new(config, pipeline_scopes(daemon->pipeline), daemon->pipeline, daemon->self_test,
				 &daemon->listener);
	if (!error)
		error = watch_fd(daemon, listener_fd(daemon->listener));
	if (error)
		log_warning("cannot listen to what is said: %s", strerror(-error));
	if (error && daemon->listener)
		listener_free(TAKE_PTR(daemon->listener));
	if (daemon->listener)
		listener_await(daemon->listener);
}

/* Without it nobody can look on, and all else goes on. */
static void open_desk(struct daemon *daemon)
{
	if (!daemon->config->control_enabled)
		return;
	int error = desk_new(daemon, &daemon->desk);
	if (!error)
		error = watch_fd(daemon, desk_fd(daemon->desk));
	if (error)
		log_warning("smtpwatch is not answered: %s", strerror(-error));
}

static int set_self_test_port(void *context, uint16_t port)
{
	const struct daemon *daemon = context;

	int error = sensor_set_self_test_port(daemon->sensor, port);
	if (!error && daemon->listener)
		listener_set_scopes(daemon->listener, daemon->config, pipeline_scopes(daemon->pipeline));
	return error;
}

static int make_self_test(struct daemon *daemon)
{
	const struct self_test_options options = {
		.period_ns = daemon->config->self_test_seconds * NANOSECONDS_A_SECOND,
		.set_port = set_self_test_port,
		.context = daemon,
	};

	daemon->self_test = self_test_new(&options);
	return daemon->self_test ? 0 : -ENOMEM;
}

/* Every source hands its observations in here. */
static void take_observation(void *context, const struct observation *observation)
{
	struct daemon *daemon = context;

	if (self_test_take(daemon->self_test, observation))
		return;
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

/* What rules, ledger and clients are to know of an earlier run, in that order, and that nobody watched in between. */
static void resume(struct daemon *daemon)
{
	kept_state_restore_rest(daemon->kept_state, daemon->desk ? desk_ledger(daemon->desk) : NULL,
				daemon->desk ? desk_control(daemon->desk) : NULL);
	const struct watch_gap *gap = kept_state_gap(daemon->kept_state);
	char text[GAP_TEXT_SIZE];

	if (!gap)
		return;
	log_notice("%s", gap_describe(gap, text, sizeof(text)));
	sinks_write_gap(daemon->sinks, gap);
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
	privileges_mention_missing(config);
	daemon->kept_state = kept_state_new(config->state_enabled ? config->state_file : NULL);
	int error = daemon->kept_state ? start_launcher(config) : -ENOMEM;
	if (!error)
		error = open_events(daemon);
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
	if (!error)
		error = make_self_test(daemon);
	if (error) {
		log_error("cannot start: %s", strerror(-error));
		return error;
	}
	error = open_sensor(daemon);
	if (error)
		return error;
	scout_begin(daemon->scout, daemon->sensor);
	error = daemon_apply(daemon, config);
	if (error)
		return error;
	self_test_open(daemon->self_test); /* where that fails, the first test says why */
	self_test_expect_words(daemon->self_test, config->capture_enabled);
	kept_state_begin(daemon->kept_state);
	kept_state_restore_rules(daemon->kept_state, pipeline_rules(daemon->pipeline));
	open_listener(daemon);
	error = sight_new(daemon, &daemon->sight);
	if (error)
		return error;
	open_desk(daemon);
	resume(daemon);
	adopt_connections(daemon);
	error = watch_fd(daemon, sensor_fd(daemon->sensor));
	if (!error)
		error = watch_fd(daemon, relays_fd(daemon->relays));
	if (!error)
		error = watch_fd(daemon, sinks_fd(daemon->sinks));
	if (!error)
		error = privileges_drop(config);
	if (!error)
		*ret_daemon = TAKE_PTR(daemon);
	return error;
}

void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	desk_free(daemon->desk);
	sight_free(daemon->sight);
	listener_free(daemon->listener);
	self_test_free(daemon->self_test);
	sensor_free(daemon->sensor);
	scout_free(daemon->scout);
	pipeline_free(daemon->pipeline);
	relays_free(daemon->relays);
	allowance_state_free(daemon->allowance_state);
	kept_state_free(daemon->kept_state);
	sinks_free(daemon->sinks);
	config_free(daemon->config);
	const int fds[] = {daemon->addresses, daemon->timer, daemon->signals, daemon->epoll};
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		cleanup_close(&fds[i]);
	launcher_stop();
	free(daemon);
}
