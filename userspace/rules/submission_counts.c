// SPDX-License-Identifier: GPL-2.0-only
#include "rules/submission_counts.h"
#include "lib/path.h"

#include "lib/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COUNTERS_MAX 4096

/* Programs that were started and have not connected yet; most never do. */
#define EXPECTED_MAX 256

const uint64_t submission_windows_ns[SUBMISSION_WINDOW_COUNT] = {
	[SUBMISSION_SHORT] = 600 * NANOSECONDS_A_SECOND,
	[SUBMISSION_LONG] = 3600 * NANOSECONDS_A_SECOND,
};

static_assert(sizeof(struct submitter_key) == 8 + SUBMITTER_TEXT_SIZE, "it is compared as bytes");

struct submission_counts {
	struct table *table;
	uint64_t forgotten;
	struct sw_actor_key expected[EXPECTED_MAX]; /* a ring: pid 0 is nobody */
	size_t next;
};

static void __attribute__((format(printf, 2, 3))) write_text(struct submitter_key *key, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(key->text, sizeof(key->text), format, arguments);
	va_end(arguments);
}

static bool name_script(const struct actor *actor, struct submitter_key *key)
{
	const char *path = script_file_path(actor->script);

	if (path)
		write_text(key, "script %s", path);
	return path;
}

/* The root is where every daemon stands: it says nothing. */
static bool name_directory(const struct actor *actor, struct submitter_key *key)
{
	const char *path = script_file_path(actor->script);
	size_t length = path ? (size_t)(path_file_name(path) - path) : 0;

	if (length > 1)
		write_text(key, "directory %.*s", (int)length - 1, path);
	else if (actor->cwd && strcmp(actor->cwd, "/") != 0)
		write_text(key, "directory %s", actor->cwd);
	return key->text[0];
}

static bool name_unit(const struct actor *actor, struct submitter_key *key)
{
	const struct unit *unit = actor->unit;
	const char *container = unit && unit->container_name ? unit->container_name : unit ? unit->container_id : NULL;

	key->uid = UINT32_MAX;
	if (container)
		write_text(key, "container %s", container);
	else if (unit && unit->name)
		write_text(key, "unit %s", unit->name);
	return key->text[0];
}

static bool name_user(const struct actor *actor, struct submitter_key *key)
{
	if (actor->user_name[0])
		write_text(key, "user %s", actor->user_name);
	else
		write_text(key, "user %" PRIu32, actor->identity.key.uid);
	return true;
}

static bool (*const namers[SUBMITTER_LEVEL_COUNT])(const struct actor *, struct submitter_key *) = {
	[SUBMITTER_SCRIPT] = name_script,
	[SUBMITTER_DIRECTORY] = name_directory,
	[SUBMITTER_UNIT] = name_unit,
	[SUBMITTER_USER] = name_user,
};

bool submitter_of(const struct actor *actor, enum submitter_level level, struct submitter_key *ret_key)
{
	struct submitter_key key = {.level = level, .uid = actor->identity.key.uid};

	if (!namers[level](actor, &key))
		return false;
	*ret_key = key;
	return true;
}

struct submission_counts *submission_counts_new(void)
{
	_cleanup_(cleanup_submission_counts_free) struct submission_counts *counts = calloc(1, sizeof(*counts));
	if (!counts)
		return NULL;
	counts->table =
		table_new(COUNTERS_MAX, offsetof(struct submission_count, key), sizeof(struct submitter_key), free);
	return counts->table ? TAKE_PTR(counts) : NULL;
}

void submission_counts_free(struct submission_counts *counts)
{
	if (counts)
		table_free(counts->table);
	free(counts);
}

struct submission_count *submission_counts_find(const struct submission_counts *counts, const struct submitter_key *key)
{
	return table_find(counts->table, key);
}

static struct submission_count *add(struct submission_counts *counts, const struct submitter_key *key, uint32_t uid)
{
	struct submission_count *count = calloc(1, sizeof(*count));
	if (!count) {
		counts->forgotten++;
		return NULL;
	}
	count->key = *key;
	count->uid = uid;
	counts->forgotten += table_push(counts->table, count);
	return count;
}

struct submission_count *submission_counts_take(struct submission_counts *counts, const struct submitter_key *key,
						uint32_t uid)
{
	struct submission_count *count = table_find(counts->table, key);
	if (!count)
		return add(counts, key, uid);
	table_touch(counts->table, count);
	return count;
}

void submission_counts_expect_connection(struct submission_counts *counts, const struct sw_actor_key *actor)
{
	counts->expected[counts->next] = *actor;
	counts->next = (counts->next + 1) % EXPECTED_MAX;
}

bool submission_counts_was_expected(struct submission_counts *counts, const struct sw_actor_key *actor)
{
	for (size_t i = 0; i < EXPECTED_MAX; i++) {
		struct sw_actor_key *expected = &counts->expected[i];
		if (expected->pid == 0 || memcmp(expected, actor, sizeof(*actor)) != 0)
			continue;
		*expected = (struct sw_actor_key){.pid = 0};
		return true;
	}
	return false;
}

uint64_t submission_counts_forgotten(const struct submission_counts *counts)
{
	return counts->forgotten;
}
