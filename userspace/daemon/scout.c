// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/scout.h"
#include "lib/roots.h"

#include "identity/file_id.h"
#include "identity/php.h"
#include "identity/process.h"
#include "identity/programs.h"
#include "lib/log.h"
#include "lib/table.h"
#include "lib/text.h"

#include <errno.h>
#include <string.h>

#define FIND_TICKS 60     /* how often installed programs are looked up anew: a package may have brought some */
#define TREE_NEW_TICKS 30 /* so long after its start a server is looked at each time: it has not loaded all yet */
#define TREE_TICKS 5      /* how often a server that may load PHP as a library is looked at: Apache may load it anew */

/* Programs that others than root can have made: so many are remembered, and the oldest leaves. Of root's there may be
 * as many as the kernel side has room for: nobody else can push one out. */
#define OTHERS_MAX 1024
#define OTHERS_NOTICES 16

/* So many of them are looked into within a second: an ELF file that was made for it costs its reader some 40 ms. */
#define OTHERS_A_SECOND 4

#define UNSAFE "in a file system that others control"
#define PROBES_REFUSED                                                                                                 \
	"this kernel lets nobody use its probes without CAP_SYS_ADMIN: \"CapabilityBoundingSet=CAP_SYS_ADMIN\" below " \
	"[Service] by \"systemctl edit smtpwatchd\", and a restart"
#define NEXT_BEST "its scripts are known from pool, arguments or working directory only"

struct learned {
	struct table_link link;
	struct sw_file_id file;
};

/* Processes that came by fork from one execution of a server that may load PHP. */
struct tree {
	struct table_link link;
	struct sw_tree_key key;
	uint32_t pid; /* of the first of them that was seen */
	uint64_t start_ns;
	uint64_t address; /* 0: it has no PHP, or not yet */
	unsigned int looks;
};

struct scout {
	struct sensor *sensor;
	struct table *others;
	struct table *trees;
	struct php_builds builds;
	unsigned int ticks;
	unsigned int notices;
	unsigned int others_left; /* to be looked into in this second */
	bool php_probes;
	bool is_full_told;
};

struct scout *scout_new(bool php_probes)
{
	_cleanup_(cleanup_scout_free) struct scout *scout = calloc(1, sizeof(*scout));
	if (!scout)
		return NULL;
	scout->php_probes = php_probes;
	scout->others = table_new(OTHERS_MAX, offsetof(struct learned, file), sizeof(struct sw_file_id), free);
	scout->trees = table_new(SW_PHP_TREES_MAX, offsetof(struct tree, key), sizeof(struct sw_tree_key), free);
	return scout->others && scout->trees ? TAKE_PTR(scout) : NULL;
}

void scout_free(struct scout *scout)
{
	if (!scout)
		return;
	table_free(scout->others);
	table_free(scout->trees);
	free(scout);
}

static int tell(struct scout *scout, const struct sw_file_id *file, const struct sw_program *program)
{
	int error = sensor_set_program(scout->sensor, file, program);
	if (error && !scout->is_full_told)
		log_warning("more programs than can be remembered: of further ones the script is not known");
	scout->is_full_told |= error != 0;
	return error;
}

static int tell_installed(void *context, const struct sw_file_id *file, uint32_t flags)
{
	const struct sw_program program = {.flags = flags};
	return tell(context, file, &program);
}

static void forget_tree(struct scout *scout, struct tree *tree)
{
	if (tree->address)
		sensor_forget_php_tree(scout->sensor, &tree->key);
	table_remove(scout->trees, tree);
}

/* Whether the process has not become another program, whose memory was looked into instead. */
static bool runs_still(const struct tree *tree)
{
	_cleanup_close_ int fd = -1;
	return php_open_executable(tree->pid, tree->start_ns, &tree->key.file, &fd) == 0;
}

/* Looks for PHP in a server's memory, and again while it lives: what was loaded can be unloaded or lie elsewhere. */
static void look_at_tree(struct scout *scout, struct tree *tree)
{
	uint64_t address = 0;

	tree->looks++;
	int error = php_find_library(tree->pid, tree->start_ns, &address);
	if (error == -ESRCH || !runs_still(tree)) {
		forget_tree(scout, tree);
		return;
	}
	if (error == -EOPNOTSUPP)
		php_builds_note(&scout->builds, tree->pid, PHP_READING_NONE,
				"a library without a record of a known layout");
	if (address == tree->address)
		return;
	if (address) {
		sensor_set_php_tree(scout->sensor, &tree->key, address);
		php_builds_note(&scout->builds, tree->pid, PHP_READING_REQUEST, NULL);
	} else {
		sensor_forget_php_tree(scout->sensor, &tree->key);
	}
	tree->address = address;
}

static void take_tree(struct scout *scout, const struct sw_program_record *record)
{
	struct sw_tree_key key = {
		.file = record->file, .start_code = record->start_code, .start_stack = record->start_stack};

	/* php_find_library() may wait for any other process. */
	if (record->uid != 0 || !file_is_roots(record->exe_owner, record->exe_mode) || table_find(scout->trees, &key))
		return;
	if (table_is_full(scout->trees))
		forget_tree(scout, table_oldest(scout->trees));
	struct tree *tree = calloc(1, sizeof(*tree));
	if (!tree)
		return;
	tree->key = key;
	tree->pid = record->pid;
	tree->start_ns = record->start_ns;
	table_insert(scout->trees, tree);
	look_at_tree(scout, tree);
}

/* Of files that anybody can make there is a last notice, or the log would be anybody's to fill. */
static void say_blind(struct scout *scout, const struct sw_program_record *record, const char *kind, const char *remedy)
{
	char name[TEXT_ESCAPED_SIZE(SW_COMM_SIZE)];

	if (!file_is_roots(record->exe_owner, record->exe_mode) && ++scout->notices > OTHERS_NOTICES)
		return;
	text_escape(name, sizeof(name), record->name, strnlen(record->name, sizeof(record->name)));
	log_notice("%s[%u] is a PHP whose request cannot be read (%s): %s", name, record->pid, kind, remedy);
}

static void note(struct scout *scout, const struct sw_program_record *record, enum php_reading reading, const char *why)
{
	if (file_is_roots(record->exe_owner, record->exe_mode))
		php_builds_note(&scout->builds, record->pid, reading, why);
}

/* A build without a record that can be read. Probes cost its requests something, and libbpf reads the file. */
static void take_unreadable(struct scout *scout, const struct sw_program_record *record, enum php_kind kind, int fd)
{
	char path[sizeof("/proc/self/fd/2147483647")];
	int error = -ECANCELED;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (scout->php_probes && file_is_roots(record->exe_owner, record->exe_mode))
		error = sensor_attach_php_probes(scout->sensor, path);
	const char *why = error == -EACCES || error == -EPERM ? PROBES_REFUSED : php_kind_name(kind);
	note(scout, record, error ? PHP_READING_NONE : PHP_READING_PROBES, error ? why : NULL);
	say_blind(scout, record, error ? why : php_kind_name(kind),
		  error ? NEXT_BEST : "its probes are used, which costs each of its requests about 2 us (php_probes)");
}

static bool may_look_into(struct scout *scout, const struct sw_program_record *record)
{
	if (file_is_roots(record->exe_owner, record->exe_mode))
		return true;
	if (scout->others_left == 0)
		return false;
	scout->others_left--;
	return true;
}

/* Returns whether it is known now what the file is. */
static bool take_php(struct scout *scout, const struct sw_program_record *record, struct sw_program *program)
{
	_cleanup_close_ int fd = -1;
	struct php_build build = {0};

	if (record->flags & SW_PROGRAM_UNSAFE) {
		note(scout, record, PHP_READING_NONE, UNSAFE);
		say_blind(scout, record, UNSAFE, NEXT_BEST);
		return true;
	}
	if (!may_look_into(scout, record))
		return false;
	if (php_open_executable(record->pid, record->start_ns, &record->file, &fd) != 0 || php_examine(fd, &build) != 0)
		return false;
	if (build.kind == PHP_KIND_REQUEST) {
		program->flags |= SW_PROGRAM_PHP | (build.says_started ? SW_PROGRAM_PHP_STARTED : 0);
		program->globals = build.globals;
		note(scout, record, PHP_READING_REQUEST, NULL);
	} else if (build.kind == PHP_KIND_NONE && build.has_library) {
		program->flags |= SW_PROGRAM_PHP_HOST;
		take_tree(scout, record);
	} else if (build.kind != PHP_KIND_NONE) {
		take_unreadable(scout, record, build.kind, fd);
	}
	return true;
}

/* Remembers a file that is not root's, so that there are never too many of them. */
static bool remember_other(struct scout *scout, const struct sw_file_id *file)
{
	struct learned *known = table_find(scout->others, file);
	if (known) {
		table_touch(scout->others, known);
		return true;
	}
	if (table_is_full(scout->others)) {
		struct learned *oldest = table_oldest(scout->others);
		sensor_forget_program(scout->sensor, &oldest->file);
		table_remove(scout->others, oldest);
	}
	known = calloc(1, sizeof(*known));
	if (!known)
		return false;
	known->file = *file;
	table_insert(scout->others, known);
	return true;
}

void scout_take(struct scout *scout, const struct observation *observation)
{
	const struct sw_program_record *record = observation->program;
	struct sw_program program = {.flags = record->flags & ~(SW_PROGRAM_MAY_BE_PHP | SW_PROGRAM_UNSAFE)};

	if (record->flags & SW_PROGRAM_PHP_HOST)
		take_tree(scout, record);
	if (record->flags & SW_PROGRAM_MAY_BE_PHP && !take_php(scout, record, &program))
		return; /* it ended too soon: its next start will tell */
	if (file_is_roots(record->exe_owner, record->exe_mode) || remember_other(scout, &record->file))
		tell(scout, &record->file, &program);
}

void scout_begin(struct scout *scout, struct sensor *sensor)
{
	size_t count;
	const struct known_program *known = programs_known(&count);
	int error = 0;

	scout->sensor = sensor;
	if (scout->php_probes)
		sensor_learn_probes(sensor);
	scout->others_left = OTHERS_MAX; /* what runs already is looked into once */
	for (size_t i = 0; !error && i < count; i++)
		error = sensor_set_program_name(sensor, known[i].name, known[i].flags);
	if (!error)
		error = programs_find(tell_installed, scout);
	if (!error)
		error = sensor_list_programs(sensor);
	if (error)
		log_warning("cannot look at the programs that run: %s; scripts are known from arguments only",
			    strerror(-error));
}

void scout_tick(struct scout *scout)
{
	struct tree *next;

	scout->ticks++;
	scout->others_left = OTHERS_A_SECOND;
	if (scout->ticks % FIND_TICKS == 0)
		programs_find(tell_installed, scout);
	for (struct tree *tree = table_oldest(scout->trees); tree; tree = next) {
		next = table_newer(tree);
		if (tree->looks < TREE_NEW_TICKS || scout->ticks % TREE_TICKS == 0)
			look_at_tree(scout, tree);
	}
}

const struct php_builds *scout_php_builds(const struct scout *scout)
{
	return &scout->builds;
}
