// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/listener.h"

#include "capture/evidence.h"
#include "capture/launch.h"
#include "daemon/settings.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#define START_NS (3 * NANOSECONDS_A_SECOND)
#define START_POLL_MS 100

struct listener {
	struct capture *capture;
	struct evidence *evidence; /* NULL: none is kept */
	struct pipeline *pipeline;
	struct self_test *self_test;
	uint64_t told_dropped; /* packets that the log has spoken of */
};

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	const struct listener *listener = context;
	if (!self_test_take_dialogue(listener->self_test, event))
		pipeline_take_dialogue(listener->pipeline, event);
}

static void take_name(void *context, const struct name_event *event)
{
	const struct listener *listener = context;
	pipeline_take_name(listener->pipeline, event);
}

static void take_evidence(void *context, uint64_t wire_id, int link_type, const struct frame *frame)
{
	const struct listener *listener = context;
	if (listener->evidence)
		evidence_write(listener->evidence, wire_id, link_type, frame);
}

static void take_restart(void *context)
{
	const struct listener *listener = context;

	pipeline_forget_wires(listener->pipeline);
	if (listener->evidence)
		evidence_forget(listener->evidence);
}

static struct capture_options options_of(const struct config *config)
{
	return (struct capture_options){
		.sizes = {.buffer_bytes = config->capture_bytes, .max_streams = config->max_connections},
		.socket_path = launch_capture_socket(),
	};
}

static const struct capture_taker taker = {
	.dialogue = take_dialogue,
	.name = take_name,
	.evidence = take_evidence,
	.restarted = take_restart,
};

static struct capture_order *order_of(const struct config *config, const struct scopes *scopes, uint16_t self_test_port)
{
	struct capture_order *order = calloc(1, sizeof(*order));
	if (!order)
		return NULL;
	order->kind = CAPTURE_ORDER_SCOPE;
	order->off_port = config->off_port;
	order->names = config->names;
	settings_fill_scope(config, scopes, &order->scope);
	if (self_test_port)
		order->scope.ports[order->scope.port_count++] = self_test_port;
	return order;
}

static void open_evidence(struct listener *listener, const struct config *config)
{
	const struct evidence_options options = {
		.directory = config->evidence_directory,
		.max_files = config->evidence_files,
		.max_bytes = config->evidence_bytes,
	};

	evidence_free(TAKE_PTR(listener->evidence));
	if (config->evidence && evidence_new(&options, &listener->evidence) != 0)
		listener->evidence = NULL; /* the log has it, and all else goes on */
}

int listener_new(const struct config *config, const struct scopes *scopes, struct pipeline *pipeline,
		 struct self_test *self_test, struct listener **ret_listener)
{
	const struct capture_options options = options_of(config);
	_cleanup_free_ struct capture_order *order = order_of(config, scopes, self_test_port(self_test));
	_cleanup_(cleanup_listener_free) struct listener *listener = calloc(1, sizeof(*listener));

	if (!order || !listener)
		return -ENOMEM;
	listener->pipeline = pipeline;
	listener->self_test = self_test;
	open_evidence(listener, config);
	int error = capture_new(&options, order, &taker, listener, &listener->capture);
	if (error)
		return error;
	*ret_listener = TAKE_PTR(listener);
	return 0;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	capture_free(listener->capture);
	evidence_free(listener->evidence);
	free(listener);
}

int listener_fd(const struct listener *listener)
{
	return capture_fd(listener->capture);
}

void listener_read(struct listener *listener)
{
	capture_read(listener->capture);
}

static void note_state(struct listener *listener)
{
	pipeline_set_captured(listener->pipeline, listener_status(listener).state == CAPTURE_RUNNING);
}

void listener_tick(struct listener *listener)
{
	capture_tick(listener->capture);
	note_state(listener);
	if (listener->evidence)
		evidence_tick(listener->evidence, clock_boot_ns());
	uint64_t dropped = capture_status(listener->capture).counts.dropped;
	if (dropped > listener->told_dropped)
		log_warning("%" PRIu64
			    " packets were dropped because they came faster than they could be read: what was "
			    "said is missing in places; a larger buffer ([capture] buffer) helps against bursts",
			    dropped);
	listener->told_dropped = dropped;
}

void listener_set_scopes(struct listener *listener, const struct config *config, const struct scopes *scopes)
{
	_cleanup_free_ struct capture_order *order = order_of(config, scopes, self_test_port(listener->self_test));

	if (!order) {
		log_error("out of memory: the capture goes on as it did");
		return;
	}
	capture_set_scope(listener->capture, order);
}

void listener_set_config(struct listener *listener, const struct config *config, const struct scopes *scopes)
{
	open_evidence(listener, config);
	listener_set_scopes(listener, config, scopes);
}

void listener_want_evidence(struct listener *listener, uint64_t wire_id, const char *rule)
{
	if (!listener->evidence)
		return;
	evidence_begin(listener->evidence, wire_id, rule);
	capture_want_evidence(listener->capture, wire_id);
}

void listener_await(struct listener *listener)
{
	struct pollfd socket = {.fd = capture_fd(listener->capture), .events = POLLIN};
	uint64_t deadline_ns = clock_boot_ns() + START_NS;

	while (listener_status(listener).state == CAPTURE_STARTING && clock_boot_ns() < deadline_ns)
		if (poll(&socket, 1, START_POLL_MS) > 0)
			capture_read(listener->capture);
	note_state(listener);
}

struct capture_status listener_status(const struct listener *listener)
{
	return capture_status(listener->capture);
}
