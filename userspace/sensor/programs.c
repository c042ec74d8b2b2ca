// SPDX-License-Identifier: GPL-2.0-only
/* What userspace tells the kernel side of programs, and the probes of those PHP builds that need them. */
#include "sensor/internal.h"

#include "lib/cleanup.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int set(const struct bpf_map *map, const void *key, const void *value)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) == 0 ? 0 : -errno;
}

static int forget(const struct bpf_map *map, const void *key)
{
	return bpf_map_delete_elem(bpf_map__fd(map), key) == 0 ? 0 : -errno;
}

int sensor_set_program(struct sensor *sensor, const struct sw_file_id *file, const struct sw_program *program)
{
	return set(sensor->skeleton->maps.programs, file, program);
}

int sensor_forget_program(struct sensor *sensor, const struct sw_file_id *file)
{
	return forget(sensor->skeleton->maps.programs, file);
}

int sensor_set_program_name(struct sensor *sensor, const char *name, uint32_t flags)
{
	char key[SW_COMM_SIZE] = "";

	memcpy(key, name, strnlen(name, sizeof(key) - 1));
	return set(sensor->skeleton->maps.program_names, key, &flags);
}

int sensor_set_php_tree(struct sensor *sensor, const struct sw_tree_key *tree, uint64_t address)
{
	return set(sensor->skeleton->maps.php_trees, tree, &address);
}

int sensor_forget_php_tree(struct sensor *sensor, const struct sw_tree_key *tree)
{
	return forget(sensor->skeleton->maps.php_trees, tree);
}

/* Whether the kernel has what probes need; asked before the load, because a program that it refuses would take
 * all others with it. */
bool sensor_probe_uprobes(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, NULL) == 1;
}

static int attach_probe(struct bpf_program *program, const char *path, const char *name, struct bpf_link **ret_link)
{
	if (!bpf_program__autoload(program))
		return -EOPNOTSUPP;
	struct bpf_link *link = bpf_program__attach_usdt(program, -1, path, "php", name, NULL);
	if (!link)
		return -errno;
	*ret_link = link;
	return 0;
}

/* libbpf finds out what the kernel can do when it attaches the first probe, by loading programs for it. Nothing is
 * attached here: this program has no such probe, and /dev/null is no event. */
void sensor_learn_probes(const struct sensor *sensor)
{
	const struct bpf_program *program = sensor->skeleton->progs.php_request_ends;
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (!bpf_program__autoload(program))
		return;
	bpf_link__destroy(bpf_program__attach_usdt(program, -1, "/proc/self/exe", "smtpwatch", "none", NULL));
	if (null >= 0)
		bpf_link__destroy(bpf_program__attach_perf_event(program, null));
}

int sensor_attach_php_probes(struct sensor *sensor, const char *path)
{
	struct php_probes *probes = &sensor->php_probes[sensor->php_probe_count];

	if (sensor->php_probe_count == SENSOR_PHP_PROBES)
		return -ENOSPC;
	/* The end first: a request of which only the begin is seen would leave its script behind. */
	int error = attach_probe(sensor->skeleton->progs.php_request_ends, path, "request__shutdown", &probes->ends);
	if (error)
		return error;
	error = attach_probe(sensor->skeleton->progs.php_request_begins, path, "request__startup", &probes->begins);
	if (error) {
		bpf_link__destroy(probes->ends);
		probes->ends = NULL;
		return error;
	}
	sensor->php_probe_count++;
	return 0;
}

void sensor_detach_php_probes(struct sensor *sensor)
{
	for (size_t i = 0; i < sensor->php_probe_count; i++) {
		bpf_link__destroy(sensor->php_probes[i].begins);
		bpf_link__destroy(sensor->php_probes[i].ends);
	}
	sensor->php_probe_count = 0;
}

uint64_t sensor_scripts_refused(const struct sensor *sensor)
{
	return __atomic_load_n(&sensor->skeleton->bss->scripts_refused, __ATOMIC_RELAXED);
}
