// SPDX-License-Identifier: GPL-2.0-only
#include "identity/php.h"

#include "identity/process.h"
#include "lib/array.h"
#include "lib/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RECORD_SIZE 56     /* what is read of sapi_globals: up to and with request_uri */
#define MAPPINGS_MAX 65536 /* lines of proc_pid_maps(5): vm.max_map_count as it is by default, 65530 */
#define LIBRARIES_MAX 8    /* files with PHP's name that are opened in one process */

/* Debian: libphp8.2.so, libphp.so; Red Hat: libphp.so, libphp5.so; others: mod_php.so. A mapped file that was deleted
 * has " (deleted)" after its name. */
static const char *const library_patterns[] = {"libphp*.so*", "mod_php*.so*", NULL};

static const char *const kind_names[] = {
	[PHP_KIND_NONE] = "none", [PHP_KIND_REQUEST] = "exported", [PHP_KIND_THREADED] = "threaded",
	[PHP_KIND_OLD] = "old",   [PHP_KIND_UNKNOWN] = "unknown",  [PHP_KIND_32BIT] = "32-bit",
};
static_assert(COUNT_OF(kind_names) == PHP_KIND_COUNT, "a name for each kind");

const char *php_kind_name(enum php_kind kind)
{
	return kind_names[kind];
}

/* Exported names, from PHP's main/SAPI.h, main/php_main.h and Zend/zend.h. */
static const struct mark {
	const char *name;
	unsigned int type;
} threaded_marks[] =
	{
		{"sapi_globals_offset", STT_OBJECT},
		{"sapi_globals_id", STT_OBJECT},
},
  new_layout_marks[] =
	  {
		  /* Came with the change that took the request's body out of the record, in 5.6. */
		  {"sapi_read_post_block", STT_FUNC},
},
  seven_marks[] =
	  {
		  /* Came with the hash tables of 7.0. */
		  {"zend_hash_str_find", STT_FUNC},
},
  php_marks[] = {
	  {"php_module_startup", STT_FUNC},
	  {"php_request_startup", STT_FUNC},
	  {"zend_parse_parameters", STT_FUNC},
};

static bool has_mark(struct elf_file *file, const struct mark *marks, size_t count)
{
	struct elf_symbol symbol;

	for (size_t i = 0; i < count; i++)
		if (elf_file_find_symbol(file, marks[i].name, marks[i].type, &symbol) == 0)
			return true;
	return false;
}

/* Old thread-safe builds for LiteSpeed export a mere pointer under the record's name: hence first things first, and
 * the size. */
static enum php_kind kind_of(struct elf_file *file, struct elf_symbol *ret_globals)
{
	if (has_mark(file, threaded_marks, COUNT_OF(threaded_marks)))
		return PHP_KIND_THREADED;
	if (elf_file_find_symbol(file, "sapi_globals", STT_OBJECT, ret_globals) == 0 &&
	    ret_globals->size >= RECORD_SIZE)
		return has_mark(file, new_layout_marks, COUNT_OF(new_layout_marks)) ? PHP_KIND_REQUEST : PHP_KIND_OLD;
	return has_mark(file, php_marks, COUNT_OF(php_marks)) ? PHP_KIND_UNKNOWN : PHP_KIND_NONE;
}

static bool matches(const char *const *patterns, const char *name)
{
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, name, 0) == 0)
			return true;
	return false;
}

static bool is_php_library(const char *name)
{
	return matches(library_patterns, name);
}

int php_examine(int fd, struct php_build *ret_build)
{
	struct php_build build = {.kind = PHP_KIND_NONE};
	struct elf_symbol globals;
	struct elf_file file;
	int error = elf_file_open(fd, &file);

	if (error && error != -ENOEXEC && error != -ELIBBAD)
		return error;
	if (error == -ELIBBAD)
		build.kind = PHP_KIND_32BIT;
	if (!error) {
		build.kind = kind_of(&file, &globals);
		build.has_library = elf_file_needs(&file, is_php_library);
	}
	if (build.kind == PHP_KIND_REQUEST) {
		build.globals = globals.value - file.lowest_code;
		build.says_started =
			globals.size > SW_PHP_STARTED_OFFSET && has_mark(&file, seven_marks, COUNT_OF(seven_marks));
	}
	*ret_build = build;
	return 0;
}

/* The folder of a process in /proc. It stays that process's: when it has ended, all that is opened in it fails. */
static int open_process(uint32_t pid, uint64_t start_ns, int *ret_fd)
{
	struct sw_actor_key key = {.pid = pid, .start_ns = start_ns};
	char path[32];

	snprintf(path, sizeof(path), "/proc/%" PRIu32, pid);
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	if (!process_is_alive(&key))
		return -ESRCH;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static uint32_t kernel_device(uint32_t major, uint32_t minor)
{
	return major << 20 | minor; /* MKDEV, linux/kdev_t.h */
}

static bool is_disk(uint32_t device)
{
	return device >> 20 != 0;
}

static bool is_same_file(const struct statx *status, const struct sw_file_id *file)
{
	uint32_t device = kernel_device(status->stx_dev_major, status->stx_dev_minor);

	return S_ISREG(status->stx_mode) && status->stx_ino == file->inode &&
	       (device == file->device || !is_disk(device) || !is_disk(file->device));
}

/*
 * Opens what a link of /proc leads to, if it is this file. Looked at before it is opened, as what the process has
 * there by now could lie in a file system of its own, whose server need not answer.
 */
static int open_link(int process, const char *name, const struct sw_file_id *file, int *ret_fd)
{
	_cleanup_close_ int path_fd = openat(process, name, O_PATH | O_CLOEXEC);
	struct statx status;
	char path[32];

	if (path_fd < 0)
		return -errno;
	if (statx(path_fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &status) != 0)
		return -errno;
	if (!is_same_file(&status, file))
		return -ESTALE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int php_open_executable(uint32_t pid, uint64_t start_ns, const struct sw_file_id *file, int *ret_fd)
{
	_cleanup_close_ int process = -1;
	int error = open_process(pid, start_ns, &process);

	if (!error)
		error = open_link(process, "exe", file, ret_fd);
	return error == -ENOENT ? -ESRCH : error; /* it has ended, or is a kernel thread */
}

/* A line of proc_pid_maps(5). */
struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	struct sw_file_id file;
	bool is_writable;
	const char *name; /* of the file, without its folders; "" where there is none */
};

static bool parse_mapping(char *line, struct mapping *ret_mapping)
{
	struct mapping mapping = {.name = ""};
	char permissions[5];
	unsigned int major, minor;
	uint64_t inode;
	int length = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &mapping.start, &mapping.end,
		   permissions, &mapping.offset, &major, &minor, &inode, &length) != 7 ||
	    length == 0)
		return false;
	line[strcspn(line, "\n")] = '\0';
	const char *slash = strrchr(line, '/');
	if (slash && slash >= line + length)
		mapping.name = slash + 1;
	mapping.file = (struct sw_file_id){.inode = inode, .device = kernel_device(major, minor)};
	mapping.is_writable = permissions[1] == 'w';
	*ret_mapping = mapping;
	return true;
}

/* A search under way. */
struct hunt {
	const struct php_object_search *search;
	int process;
	int error;               /* why the latest library was not it */
	unsigned int libraries;  /* opened so far */
	struct sw_file_id file;  /* the latest */
	struct elf_file library; /* its tables; usable while `error` is 0 */
	uint64_t value;          /* of the object in it */
	uint64_t address;        /* of the object in the process, while the library's own mappings follow; or 0 */
	uint64_t end;            /* of the mapping before */
	bool has_data;           /* the library's mappings so far hold one of its data */
};

static int locate_in_library(struct hunt *hunt, const struct mapping *mapping)
{
	_cleanup_close_ int fd = -1;
	char name[64];

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, mapping->start, mapping->end);
	int error = open_link(hunt->process, name, &mapping->file, &fd);
	if (!error)
		error = elf_file_open(fd, &hunt->library);
	if (!error)
		error = hunt->search->locate(&hunt->library, &hunt->value);
	hunt->library.fd = -1;
	return error;
}

static bool is_latest(const struct hunt *hunt, const struct sw_file_id *file)
{
	return hunt->libraries && hunt->file.inode == file->inode && hunt->file.device == file->device;
}

/*
 * Whether this mapping is one more of the library that the mappings before began. A loader lays a library into one
 * piece of memory without holes: the file's own parts, behind its data the memory that starts as zeros. What else maps
 * the file has no such part behind it.
 */
static bool is_of_library(struct hunt *hunt, const struct mapping *mapping)
{
	if (mapping->start != hunt->end)
		return false;
	if (!is_latest(hunt, &mapping->file))
		return hunt->has_data && mapping->file.inode == 0;
	hunt->has_data |= mapping->is_writable;
	return true;
}

/* Takes the mappings in the order of their addresses. Returns whether the object lies in this one. */
static bool hunt_step(struct hunt *hunt, const struct mapping *mapping)
{
	uint64_t bias;

	if (hunt->address && !is_of_library(hunt, mapping))
		hunt->address = 0;
	hunt->end = mapping->end;
	if (hunt->address >= mapping->start && hunt->address < mapping->end && mapping->is_writable)
		return true;
	if (!matches(hunt->search->patterns, mapping->name))
		return false;
	if (!is_latest(hunt, &mapping->file)) {
		if (hunt->libraries == LIBRARIES_MAX)
			return false;
		hunt->libraries++;
		hunt->file = mapping->file;
		hunt->error = locate_in_library(hunt, mapping);
	}
	if (hunt->error || elf_file_bias(&hunt->library, mapping->start, mapping->offset, &bias) != 0)
		return false;
	hunt->address = bias + hunt->value;
	hunt->has_data = false;
	return false;
}

int php_find_object(uint32_t pid, uint64_t start_ns, const struct php_object_search *search, uint64_t *ret_address)
{
	_cleanup_close_ int process = -1;
	_cleanup_fclose_ FILE *maps = NULL;
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	struct hunt hunt = {.search = search};
	struct mapping mapping;

	int error = open_process(pid, start_ns, &process);
	if (error)
		return error;
	int fd = openat(process, "maps", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	maps = fdopen(fd, "r");
	if (!maps) {
		close(fd);
		return -ENOMEM;
	}
	hunt.process = process;
	for (unsigned int lines = 0; lines < MAPPINGS_MAX && getline(&line, &room, maps) > 0; lines++) {
		if (parse_mapping(line, &mapping) && hunt_step(&hunt, &mapping)) {
			*ret_address = hunt.address;
			return 0;
		}
	}
	return hunt.error ? hunt.error : -ENOENT;
}

static int locate_globals(struct elf_file *library, uint64_t *ret_value)
{
	struct elf_symbol globals;

	if (kind_of(library, &globals) != PHP_KIND_REQUEST)
		return -EOPNOTSUPP;
	*ret_value = globals.value;
	return 0;
}

int php_find_library(uint32_t pid, uint64_t start_ns, uint64_t *ret_address)
{
	static const struct php_object_search search = {.patterns = library_patterns, .locate = locate_globals};

	return php_find_object(pid, start_ns, &search, ret_address);
}
