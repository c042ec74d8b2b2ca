// SPDX-License-Identifier: GPL-2.0-only
/* The counters: what is true of a flood of which not every record came. */
#include "lib/clock.h"
#include "sensor/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <smtpwatch/flow.h>
#include <string.h>

#define BATCH 128
#define READING_INTERVAL 10 /* calls after which actors that are gone make room in any case */
#define ACTORS_UNREAD 256   /* new actors after which they do so earlier */
#define CROWD_SHARE 4       /* so much of the room for actors being new, it is time */
#define GONE_MAX 4096       /* in one reading; the others follow in the next */
#define BOOK_READINGS 100   /* a writer is between two entries for some nanoseconds */

int sensor_counters_prepare(struct sensor *sensor)
{
	sensor->keys = calloc(BATCH, sizeof(*sensor->keys));
	sensor->entries = calloc(BATCH, sizeof(*sensor->entries));
	sensor->gone = calloc(GONE_MAX, sizeof(*sensor->gone));
	return sensor->keys && sensor->entries && sensor->gone ? 0 : -ENOMEM;
}

void sensor_counters_release(struct sensor *sensor)
{
	free(sensor->keys);
	free(sensor->entries);
	free(sensor->gone);
}

static uint64_t direct_untold(const struct sensor *sensor, const struct sw_actor_entry *entry)
{
	for (size_t slot = 0; slot < sensor->slot_count; slot++)
		if (sensor->slot_ports[slot] == FLOW_DIRECT_PORT)
			return entry->port_external_untold[slot];
	return 0;
}

static void hand_out(struct sensor *sensor, const struct sw_actor_key *key, const struct sw_actor_entry *entry)
{
	uint64_t untold = direct_untold(sensor, entry);
	if (untold == 0)
		return;
	struct sw_identity identity = {
		.key = *key,
		.euid = entry->euid,
		.mount_namespace = entry->mount_namespace,
		.loginuid = UINT32_MAX,
		.exe_links = 1,
	};
	struct observation observation = {
		.kind = OBSERVATION_COUNTERS,
		.time_ns = clock_boot_ns(),
		.wall_ns = clock_wall_ns(),
		.actor = *key,
		.identity = &identity,
		.direct_untold = untold,
	};
	memcpy(identity.comm, entry->comm, sizeof(identity.comm));
	sensor->take(sensor->context, &observation);
}

/*
 * An actor whose process has ended and whose flows have too will not be counted again, so its entry can
 * make room. A pid that was given to another process meanwhile keeps the old entry until that one ends.
 */
static bool is_gone(const struct sw_actor_key *key, const struct sw_actor_entry *entry)
{
	return entry->open_flows <= 0 && kill((pid_t)key->pid, 0) != 0 && errno == ESRCH;
}

static void take_batch(struct sensor *sensor, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		hand_out(sensor, &sensor->keys[i], &sensor->entries[i]);
		if (sensor->gone_count < GONE_MAX && is_gone(&sensor->keys[i], &sensor->entries[i]))
			sensor->gone[sensor->gone_count++] = sensor->keys[i];
	}
}

/* After the ring was emptied: whatever a process sent before it ended has then been handed out. */
static void let_go(struct sensor *sensor)
{
	int map = bpf_map__fd(sensor->skeleton->maps.actors);

	for (size_t i = 0; i < sensor->gone_count; i++) {
		struct observation observation = {
			.kind = OBSERVATION_ACTOR_GONE,
			.time_ns = clock_boot_ns(),
			.wall_ns = clock_wall_ns(),
			.actor = sensor->gone[i],
		};
		bpf_map_delete_elem(map, &sensor->gone[i]);
		sensor->take(sensor->context, &observation);
	}
}

/*
 * Whether a reading would find anything: an attempt that was not told, or actors that may be gone. It is not
 * only for speed: while one of the daemon's map calls is interrupted, the kernel skips classic tracepoints'
 * programs on that CPU (bpf_disable_instrumentation() in include/linux/bpf.h).
 */
static bool is_worth_reading(struct sensor *sensor)
{
	uint64_t untold = __atomic_load_n(&sensor->skeleton->bss->untold_attempts, __ATOMIC_RELAXED);
	uint64_t made = __atomic_load_n(&sensor->skeleton->bss->actors_made, __ATOMIC_RELAXED);
	bool old = ++sensor->passed >= READING_INTERVAL && made > 0;

	if (!old && untold == sensor->untold_read && made - sensor->actors_read < ACTORS_UNREAD)
		return false;
	sensor->untold_read = untold;
	sensor->actors_read = made;
	sensor->passed = 0;
	return true;
}

static int read_actors(struct sensor *sensor)
{
	int map = bpf_map__fd(sensor->skeleton->maps.actors);
	uint64_t place = 0;
	bool first = true;
	bool last = false;

	while (!last) {
		uint32_t count = BATCH;
		last = bpf_map_lookup_batch(map, first ? NULL : &place, &place, sensor->keys, sensor->entries, &count,
					    NULL) != 0;
		if (last && errno != ENOENT)
			return -errno;
		take_batch(sensor, count);
		first = false;
	}
	return 0;
}

bool sensor_is_crowded(const struct sensor *sensor)
{
	uint64_t made = __atomic_load_n(&sensor->skeleton->bss->actors_made, __ATOMIC_RELAXED);
	return made - sensor->actors_read > sensor->max_actors / CROWD_SHARE;
}

int sensor_read_counters(struct sensor *sensor)
{
	if (!is_worth_reading(sensor))
		return 0;
	sensor->gone_count = 0;
	int error = sensor_consume(sensor);
	if (!error)
		error = read_actors(sensor);
	if (!error)
		error = sensor_consume(sensor);
	if (!error)
		let_go(sensor);
	else
		sensor->passed = READING_INTERVAL; /* it is done again, whatever happens until then */
	return error;
}

bool sensor_books_balance(const struct sw_books *books)
{
	const __u64 *entries = books->entries;
	return entries[SW_BOOK_SEEN] == entries[SW_BOOK_DELIVERED] + entries[SW_BOOK_THINNED] +
						entries[SW_BOOK_LOST_RING] + entries[SW_BOOK_LOST_FLOWS];
}

/* Adds up what the CPUs have, without what the self-test got. One that is just writing may show a record without its
 * fate. */
static int add_up_books(const struct sensor *sensor, struct sw_books *each, int cpus, struct sw_books *ret_books)
{
	int map = bpf_map__fd(sensor->skeleton->maps.books);
	struct sw_books sum = {0};
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(map, &zero, each) != 0)
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int book = 0; book < SW_BOOK_COUNT; book++)
			sum.entries[book] += each[cpu].entries[book];
	sum.entries[SW_BOOK_SEEN] -= sensor->self_tested;
	sum.entries[SW_BOOK_DELIVERED] -= sensor->self_tested;
	*ret_books = sum;
	return 0;
}

int sensor_read_books(const struct sensor *sensor, struct sw_books *ret_books)
{
	int cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	_cleanup_free_ struct sw_books *each = calloc((size_t)cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	int error = add_up_books(sensor, each, cpus, ret_books);
	for (int retry = 0; !error && !sensor_books_balance(ret_books) && retry < BOOK_READINGS; retry++)
		error = add_up_books(sensor, each, cpus, ret_books);
	return error;
}

static void add_counters(struct sw_counters *total, const struct sw_counters *counters)
{
	total->attempts += counters->attempts;
	total->established += counters->established;
	total->bytes_sent += counters->bytes_sent;
	total->bytes_received += counters->bytes_received;
	total->untold += counters->untold;
	for (int outcome = 0; outcome < SW_OUTCOME_COUNT; outcome++)
		total->outcomes[outcome] += counters->outcomes[outcome];
	for (int slot = 0; slot < SW_PORT_SLOTS; slot++) {
		total->port_attempts[slot] += counters->port_attempts[slot];
		total->port_external[slot] += counters->port_external[slot];
	}
}

int sensor_read_totals(const struct sensor *sensor, struct sw_counters *ret_totals, uint64_t *ret_users)
{
	int map = bpf_map__fd(sensor->skeleton->maps.users);
	struct sw_counters totals = {0};
	struct sw_counters counters;
	const uint32_t *previous = NULL;
	uint64_t users = 0;
	uint32_t uid;

	while (bpf_map_get_next_key(map, previous, &uid) == 0) {
		if (bpf_map_lookup_elem(map, &uid, &counters) == 0) {
			add_counters(&totals, &counters);
			users++;
		}
		previous = &uid;
	}
	*ret_totals = totals;
	*ret_users = users;
	return 0;
}

static uint64_t missed_by(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_program__fd(program);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
		return 0;
	return info.recursion_misses;
}

uint64_t sensor_missed(const struct sensor *sensor)
{
	struct bpf_program *program;
	uint64_t missed = 0;

	bpf_object__for_each_program(program, sensor->skeleton->obj) missed += missed_by(program);
	return missed;
}
