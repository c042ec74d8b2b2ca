// SPDX-License-Identifier: GPL-2.0-only
#include "sensor/sensor.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "sensor/internal.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define CONSUME_BATCH 4096
#define BATCH_IS_OVER 1000 /* not an errno */

/* A wake-up costs the process that connects some 2 us and the daemon as much. From BUSY_RATE records a second on it is
 * cheaper to look every SENSOR_LOOK_NS; below CALM_RATE it is not any more. */
#define BUSY_RATE 4000
#define CALM_RATE 2000
#define RATE_INTERVAL_NS (10 * NANOSECONDS_A_SECOND / 1000)

/* A verifier's log is one message of many lines. */
static int forward_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	_cleanup_free_ char *message = NULL;
	char *rest = NULL;

	if (level == LIBBPF_DEBUG || vasprintf(&message, format, arguments) < 0)
		return 0;
	for (char *line = strtok_r(message, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_debug("%s", line);
	return 0;
}

static size_t slot_of(const struct sensor *sensor, uint16_t port)
{
	size_t slot = 0;
	while (slot < sensor->slot_count && sensor->slot_ports[slot] != port)
		slot++;
	return slot;
}

/* Nobody else's connections to this port are told. */
static bool is_self_test(const struct sensor *sensor, const struct observation *observation)
{
	return sensor->self_test_port != 0 && observation->remote.port == sensor->self_test_port &&
	       slot_of(sensor, sensor->self_test_port) == sensor->slot_count;
}

static int take_record(void *context, void *bytes, size_t size)
{
	struct sensor *sensor = context;
	struct observation observation;

	sensor->received++;
	if (record_decode(bytes, size, &sensor->text, &observation) == 0) {
		sensor->self_tested += is_self_test(sensor, &observation);
		sensor->take(sensor->context, &observation);
	} else {
		log_error("a record of %zu bytes from the kernel cannot be read", size);
	}
	return --sensor->batch_left == 0 ? -BATCH_IS_OVER : 0;
}

static void apply_options(struct sensor *sensor, const struct sensor_options *options)
{
	struct smtpwatch *skeleton = sensor->skeleton;

	bpf_map__set_max_entries(skeleton->maps.ring, (uint32_t)options->ring_bytes);
	bpf_map__set_max_entries(skeleton->maps.flows, options->max_flows);
	bpf_map__set_max_entries(skeleton->maps.actors, options->max_actors);
	skeleton->rodata->thin_burst = options->thin_burst;
	skeleton->rodata->thin_interval_ns = NANOSECONDS_A_SECOND / options->thin_rate;
	skeleton->rodata->syscall_tracepoints = options->syscall_tracepoints;
	skeleton->rodata->daemon_pid = (uint32_t)getpid();
	bpf_program__set_autoload(skeleton->progs.watch_attempt, !sensor->preemptible);
	bpf_program__set_autoload(skeleton->progs.watch_flow, !sensor->preemptible);
	bpf_program__set_autoload(skeleton->progs.watch_states, sensor->preemptible);
	bpf_program__set_autoload(skeleton->progs.watch_call, options->syscall_tracepoints);
	bpf_program__set_autoload(skeleton->progs.watch_call_end, options->syscall_tracepoints);
	bool uprobes = sensor_probe_uprobes();
	bpf_program__set_autoload(skeleton->progs.php_request_begins, uprobes);
	bpf_program__set_autoload(skeleton->progs.php_request_ends, uprobes);
	if (!options->syscall_tracepoints)
		bpf_map__set_autocreate(skeleton->maps.connecting, false);
}

static int refuse(struct sensor_error *ret_error, int error, const char *what)
{
	snprintf(ret_error->message, sizeof(ret_error->message), "%s: %s; --debug shows what the kernel said", what,
		 strerror(-error));
	return error;
}

/* The raw tracepoints: those of every kernel, and of connections where they may be. */
static int attach_raw(struct sensor *sensor, struct sensor_error *ret_error)
{
	struct smtpwatch *skeleton = sensor->skeleton;
	const struct {
		struct bpf_program *program;
		struct bpf_link **link;
		const char *tracepoint;
	} programs[] = {
		{skeleton->progs.forget_script, &skeleton->links.forget_script, "sched_process_exit"},
		{skeleton->progs.inherit_script, &skeleton->links.inherit_script, "sched_process_fork"},
		{skeleton->progs.watch_exec, &skeleton->links.watch_exec, "sched_process_exec"},
		{skeleton->progs.watch_flow, &skeleton->links.watch_flow, "inet_sock_set_state"},
		{skeleton->progs.watch_attempt, &skeleton->links.watch_attempt, "inet_sock_set_state"},
	};
	char what[64];

	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		if (!bpf_program__autoload(programs[i].program))
			continue;
		*programs[i].link = bpf_program__attach(programs[i].program);
		snprintf(what, sizeof(what), "cannot attach to the raw tracepoint %s", programs[i].tracepoint);
		if (!*programs[i].link)
			return refuse(ret_error, -errno, what);
	}
	return 0;
}

/* The classic tracepoints. Those whose program was not loaded are left out. */
static int attach_tracepoints(struct sensor *sensor, struct sensor_error *ret_error)
{
	const struct {
		struct bpf_program *program;
		const char *category;
		const char *name;
	} tracepoints[SENSOR_TRACEPOINTS] = {
		[SENSOR_TRACEPOINT_STATES] = {sensor->skeleton->progs.watch_states, "sock", "inet_sock_set_state"},
		[SENSOR_TRACEPOINT_CALL_END] = {sensor->skeleton->progs.watch_call_end, "syscalls", "sys_exit_connect"},
		[SENSOR_TRACEPOINT_CALL] = {sensor->skeleton->progs.watch_call, "syscalls", "sys_enter_connect"},
	};
	char what[64];

	for (size_t i = 0; i < SENSOR_TRACEPOINTS; i++) {
		if (!bpf_program__autoload(tracepoints[i].program))
			continue;
		int error = sensor_attach_tracepoint(tracepoints[i].program, tracepoints[i].category,
						     tracepoints[i].name, &sensor->tracepoint_links[i]);
		snprintf(what, sizeof(what), "cannot attach to the tracepoint %s", tracepoints[i].name);
		if (error)
			return refuse(ret_error, error, what);
	}
	return 0;
}

static int attach(struct sensor *sensor, struct sensor_error *ret_error)
{
	int error = attach_raw(sensor, ret_error);
	if (!error)
		error = attach_tracepoints(sensor, ret_error);
	return error;
}

static int load(struct sensor *sensor, const struct sensor_options *options, struct sensor_error *ret_error)
{
	sensor->skeleton = smtpwatch__open();
	if (!sensor->skeleton)
		return refuse(ret_error, -errno, "cannot read the BPF object in this program");
	sensor->preemptible = sensor_probe_preemptible();
	apply_options(sensor, options);
	int error = smtpwatch__load(sensor->skeleton);
	if (error)
		return refuse(ret_error, error, "the kernel refused the BPF programs");
	sensor->ring = ring_buffer__new(bpf_map__fd(sensor->skeleton->maps.ring), take_record, sensor, NULL);
	if (!sensor->ring)
		return refuse(ret_error, -errno, "cannot map the ring buffer");
	return 0;
}

int sensor_open(const struct sensor_options *options, observation_taker take, void *context, struct sensor **ret_sensor,
		struct sensor_error *ret_error)
{
	_cleanup_(cleanup_sensor_free) struct sensor *sensor = NULL;

	libbpf_set_print(forward_libbpf);
	sensor = calloc(1, sizeof(*sensor));
	if (!sensor)
		return refuse(ret_error, -ENOMEM, "cannot start");
	sensor->take = take;
	sensor->max_actors = options->max_actors;
	sensor->context = context;
	int error = sensor_counters_prepare(sensor);
	if (error)
		return refuse(ret_error, error, "cannot start");
	error = load(sensor, options, ret_error);
	if (!error)
		error = attach(sensor, ret_error);
	if (error)
		return error;
	*ret_sensor = TAKE_PTR(sensor);
	return 0;
}

void sensor_stop(struct sensor *sensor)
{
	for (size_t i = 0; i < SENSOR_TRACEPOINTS; i++) {
		bpf_link__destroy(sensor->tracepoint_links[i]);
		sensor->tracepoint_links[i] = NULL;
	}
	sensor_detach_php_probes(sensor);
	if (sensor->skeleton)
		smtpwatch__detach(sensor->skeleton);
}

void sensor_free(struct sensor *sensor)
{
	if (!sensor)
		return;
	sensor_stop(sensor);
	ring_buffer__free(sensor->ring);
	smtpwatch__destroy(sensor->skeleton);
	sensor_counters_release(sensor);
	free(sensor);
}

int sensor_set_ports(struct sensor *sensor, const uint16_t *ports, size_t count)
{
	_cleanup_free_ struct sw_ports *watched = calloc(1, sizeof(*watched));
	uint16_t slot_ports[SW_PORT_SLOTS];
	size_t slot_count = sensor->slot_count;
	uint32_t zero = 0;

	if (!watched)
		return -ENOMEM;
	memcpy(slot_ports, sensor->slot_ports, sizeof(slot_ports));
	for (size_t slot = 0; slot < slot_count; slot++)
		watched->slot[htons(slot_ports[slot])] = (uint8_t)((slot + 1) | SW_PORT_RETIRED);
	for (size_t i = 0; i < count; i++) {
		size_t slot = slot_of(sensor, ports[i]);
		if (slot == sensor->slot_count) {
			if (slot_count == SW_PORT_SLOTS)
				return -ENOSPC;
			slot = slot_count++;
			slot_ports[slot] = ports[i];
		}
		watched->slot[htons(ports[i])] = (uint8_t)(slot + 1);
	}
	if (sensor->self_test_port && watched->slot[htons(sensor->self_test_port)] == 0)
		watched->slot[htons(sensor->self_test_port)] = SW_PORT_SELF_TEST;
	if (bpf_map_update_elem(bpf_map__fd(sensor->skeleton->maps.ports), &zero, watched, BPF_ANY) != 0)
		return -errno;
	memcpy(sensor->slot_ports, slot_ports, sizeof(slot_ports));
	sensor->slot_count = slot_count;
	return 0;
}

int sensor_set_self_test_port(struct sensor *sensor, uint16_t port)
{
	_cleanup_free_ struct sw_ports *watched = calloc(1, sizeof(*watched));
	int map = bpf_map__fd(sensor->skeleton->maps.ports);
	uint32_t zero = 0;

	if (!watched)
		return -ENOMEM;
	if (bpf_map_lookup_elem(map, &zero, watched) != 0)
		return -errno;
	uint8_t *old = &watched->slot[htons(sensor->self_test_port)];
	if (*old == SW_PORT_SELF_TEST)
		*old = 0;
	uint8_t *new = &watched->slot[htons(port)];
	if (port && *new)
		return -EADDRINUSE;
	if (port)
		*new = SW_PORT_SELF_TEST;
	if (bpf_map_update_elem(map, &zero, watched, BPF_ANY) != 0)
		return -errno;
	sensor->self_test_port = port;
	return 0;
}

static struct sw_scope_key scope_key_of(const struct prefix *prefix)
{
	struct sw_scope_key key = {.prefix_length = prefix->length};
	memcpy(key.address, prefix->address.bytes, sizeof(key.address));
	return key;
}

static bool is_among(const struct scope_entry *entries, size_t count, const struct sw_scope_key *key)
{
	for (size_t i = 0; i < count; i++) {
		struct sw_scope_key other = scope_key_of(&entries[i].prefix);
		if (memcmp(&other, key, sizeof(other)) == 0)
			return true;
	}
	return false;
}

/* Removes the entries that are not wanted any more. */
static void remove_stale_scopes(int map, const struct scope_entry *entries, size_t count)
{
	struct sw_scope_key key, next;
	bool more = bpf_map_get_next_key(map, NULL, &key) == 0;

	while (more) {
		more = bpf_map_get_next_key(map, &key, &next) == 0;
		if (!is_among(entries, count, &key))
			bpf_map_delete_elem(map, &key);
		key = next;
	}
}

int sensor_set_scopes(struct sensor *sensor, const struct scopes *scopes)
{
	int map = bpf_map__fd(sensor->skeleton->maps.scope);
	size_t count;
	const struct scope_entry *entries = scopes_entries(scopes, &count);

	remove_stale_scopes(map, entries, count);
	for (size_t i = 0; i < count; i++) {
		struct sw_scope_key key = scope_key_of(&entries[i].prefix);
		uint32_t scope = entries[i].scope;
		if (bpf_map_update_elem(map, &key, &scope, BPF_ANY) != 0)
			return -errno;
	}
	return 0;
}

int sensor_fd(const struct sensor *sensor)
{
	return ring_buffer__epoll_fd(sensor->ring);
}

static void judge_traffic(struct sensor *sensor)
{
	uint64_t now_ns = clock_boot_ns();
	uint64_t passed_ns = now_ns - sensor->looked_ns;

	if (passed_ns < RATE_INTERVAL_NS)
		return;
	uint64_t limit = sensor->busy ? CALM_RATE : BUSY_RATE;
	sensor->busy = (sensor->received - sensor->received_then) * NANOSECONDS_A_SECOND / passed_ns > limit;
	sensor->looked_ns = now_ns;
	sensor->received_then = sensor->received;
}

int sensor_consume(struct sensor *sensor)
{
	int result;

	judge_traffic(sensor);
	const uint32_t wake = sensor->busy ? SW_WAKE_UNWANTED : SW_WAKE_DUE;
	sensor->batch_left = CONSUME_BATCH;
	/* Until a reading that began with the wake-up due finds nothing: one for a record that was read already would
	 * leave it done, and nobody would be woken again. */
	do {
		__atomic_store_n(&sensor->skeleton->bss->wake_state, wake, __ATOMIC_SEQ_CST);
		result = ring_buffer__consume(sensor->ring);
	} while (result > 0 && !sensor->busy);
	return result < 0 && result != -BATCH_IS_OVER ? result : 0;
}

bool sensor_is_busy(const struct sensor *sensor)
{
	return sensor->busy;
}

uint64_t sensor_received(const struct sensor *sensor)
{
	return sensor->received - sensor->self_tested;
}
