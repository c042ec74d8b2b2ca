// SPDX-License-Identifier: GPL-2.0-only
#include "identity/cgroups.h"

#include "identity/cgroup_path.h"
#include "identity/cgroup_tree.h"
#include "identity/containers.h"
#include "identity/process.h"
#include "lib/clock.h"
#include "lib/table.h"

#include <errno.h>
#include <string.h>

#define UNITS_REMEMBERED 1024
#define REMEMBER_NS (300 * NANOSECONDS_A_SECOND) /* a container can be given another name */
#define PROCESS_TEXT_SIZE (64 * 1024)            /* 14 hierarchies and paths of 4096 bytes */
#define MEMBERS_MAX 256

/* Either the id of a v2 cgroup, or, where that does not decide, 0 and what /proc/PID/cgroup said. */
struct unit_key {
	uint64_t cgroup;
	struct cgroup_names names;
};

struct remembered_unit {
	struct table_link link;
	uint64_t known_ns;
	struct unit *unit; /* a reference */
	struct unit_key key;
};

struct cgroups {
	struct cgroup_tree tree;
	struct table *units;
};

static void free_remembered(void *entry)
{
	struct remembered_unit *remembered = entry;
	unit_unref(remembered->unit);
	free(remembered);
}

struct cgroups *cgroups_new(void)
{
	struct cgroups *cgroups = calloc(1, sizeof(*cgroups));
	if (!cgroups)
		return NULL;
	cgroups->units = table_new(UNITS_REMEMBERED, offsetof(struct remembered_unit, key), sizeof(struct unit_key),
				   free_remembered);
	if (!cgroups->units) {
		free(cgroups);
		return NULL;
	}
	cgroups->tree = cgroup_tree_open();
	return cgroups;
}

void cgroups_free(struct cgroups *cgroups)
{
	if (!cgroups)
		return;
	table_free(cgroups->units);
	cgroup_tree_close(&cgroups->tree);
	free(cgroups);
}

/* NULL for an empty text. The cast is what struct unit asks for; unit_new() copies. */
static char *text_or_null(const char *text)
{
	return *text ? (char *)(uintptr_t)text : NULL;
}

static struct unit *make_unit(const struct cgroup_names *names)
{
	char container_name[CONTAINER_NAME_SIZE] = "";
	char container_image[CONTAINER_IMAGE_SIZE] = "";

	/* A user may call his cgroup like a container of root's: its name and image are not lent to him. */
	if (names->container_runtime && !cgroup_is_users(names)) {
		containers_name("", names->container_runtime, names->container_id, container_name);
		containers_image("", names->container_runtime, names->container_id, container_image);
	}
	const struct unit unit = {
		.name = text_or_null(names->name),
		.slice = text_or_null(names->slice),
		.container_runtime = (char *)(uintptr_t)names->container_runtime,
		.container_id = text_or_null(names->container_id),
		.container_name = text_or_null(container_name),
		.container_image = text_or_null(container_image),
	};
	return unit_new(&unit);
}

static struct unit *recall(const struct cgroups *cgroups, const struct unit_key *key)
{
	struct remembered_unit *remembered = table_find(cgroups->units, key);

	if (!remembered)
		return NULL;
	if (clock_boot_ns() - remembered->known_ns >= REMEMBER_NS) {
		table_remove(cgroups->units, remembered);
		return NULL;
	}
	table_touch(cgroups->units, remembered);
	return remembered->unit;
}

/* The unit is the table's. */
static struct unit *remember(struct cgroups *cgroups, const struct unit_key *key, const struct cgroup_names *names)
{
	struct remembered_unit *remembered = calloc(1, sizeof(*remembered));
	if (!remembered)
		return NULL;
	remembered->unit = make_unit(names);
	if (!remembered->unit) {
		free(remembered);
		return NULL;
	}
	memcpy(&remembered->key, key, sizeof(*key));
	remembered->known_ns = clock_boot_ns();
	table_push(cgroups->units, remembered);
	return remembered->unit;
}

/* The text of /proc/PID/cgroup, to be freed; NULL: not known. A process that still has the pid afterwards had it
 * all the time. */
static char *read_process(const struct sw_actor_key *key)
{
	_cleanup_free_ char *text = malloc(PROCESS_TEXT_SIZE);

	if (!text || process_read_file(key->pid, "cgroup", text, PROCESS_TEXT_SIZE) <= 0 || !process_is_alive(key))
		return NULL;
	return TAKE_PTR(text);
}

static struct unit *unit_by_process(struct cgroups *cgroups, const struct sw_actor_key *actor_key)
{
	_cleanup_free_ char *text = read_process(actor_key);
	struct unit_key key;

	memset(&key, 0, sizeof(key));
	if (!text || cgroup_parse_process(text, &key.names) != 0)
		return NULL;
	struct unit *unit = recall(cgroups, &key);
	return unit ? unit : remember(cgroups, &key, &key.names);
}

/* What the v2 path says: nothing where it is "/", which stands for all that this hierarchy does not sort. */
static int names_of_id(const struct cgroups *cgroups, uint64_t id, struct cgroup_names *ret_names)
{
	char path[CGROUP_PATH_SIZE];

	_cleanup_close_ int folder = cgroup_tree_open_id(&cgroups->tree, id);
	if (folder < 0)
		return folder;
	int error = cgroup_tree_path(&cgroups->tree, folder, path);
	if (error)
		return error;
	return cgroup_parse(path, ret_names);
}

static struct unit *unit_by_id(struct cgroups *cgroups, uint64_t id)
{
	struct cgroup_names names;
	struct unit_key key;

	memset(&key, 0, sizeof(key));
	key.cgroup = id;
	struct unit *unit = recall(cgroups, &key);
	if (unit || names_of_id(cgroups, id, &names) != 0 || cgroup_says_nothing(&names))
		return unit;
	return remember(cgroups, &key, &names);
}

struct unit *cgroups_unit_of(struct cgroups *cgroups, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	struct unit *unit = NULL;

	if (cgroups->tree.has_older)
		unit = unit_by_process(cgroups, &identity->key);
	if (!unit && identity->cgroup)
		unit = unit_by_id(cgroups, identity->cgroup);
	if (!unit && !cgroups->tree.has_older)
		unit = unit_by_process(cgroups, &identity->key);
	return unit;
}

static bool is_service(const struct cgroup_names *names)
{
	size_t length = strlen(names->name);
	size_t suffix = strlen(".service");

	return names->is_unit && length > suffix && strcmp(names->name + length - suffix, ".service") == 0;
}

/* The folder of the service that the actor lies in, itself and not below it; -errno where there is none. */
static int open_service(const struct cgroups *cgroups, const struct sw_identity *identity)
{
	struct cgroup_names names;

	int error = names_of_id(cgroups, identity->cgroup, &names);
	if (!error && is_service(&names))
		return cgroup_tree_open_id(&cgroups->tree, identity->cgroup);
	if (cgroups->tree.systemd < 0)
		return error ? error : -ENOENT;
	_cleanup_free_ char *text = read_process(&identity->key);
	_cleanup_free_ char *path = text ? cgroup_path_in(text, "name=systemd") : NULL;
	if (!path || cgroup_parse(path, &names) != 0 || !is_service(&names))
		return -ENOENT;
	return cgroup_tree_open_path(&cgroups->tree, path);
}

/* 0: there is none. */
static uint32_t first_child_of_init(const uint32_t *pids, size_t count)
{
	uint64_t first_ticks = UINT64_MAX;
	uint32_t first = 0;

	for (size_t i = 0; i < count; i++) {
		struct process_stat process;
		if (process_read_stat(pids[i], &process) != 0 || process.parent != 1)
			continue;
		/* Within a tick the smaller pid is the older one, but where they have just come round. */
		if (process.start_ticks < first_ticks || (process.start_ticks == first_ticks && pids[i] < first)) {
			first_ticks = process.start_ticks;
			first = pids[i];
		}
	}
	return first;
}

bool cgroups_leads_unit(const struct cgroups *cgroups, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;
	uint32_t members[MEMBERS_MAX];

	_cleanup_close_ int folder = open_service(cgroups, identity);
	int count = folder >= 0 ? cgroup_tree_processes(folder, members, MEMBERS_MAX) : 0;

	return count > 0 && first_child_of_init(members, (size_t)count) == identity->key.pid &&
	       process_is_alive(&identity->key);
}
