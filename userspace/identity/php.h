/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where PHP keeps the record of its request, sapi_globals (main/SAPI.h), which the kernel side reads at an attempt.
 * It is an exported object of php, php-fpm, php-cgi, lsphp and libphp.so, in stripped builds too, because extensions
 * need it.
 */
#ifndef SMTPWATCH_IDENTITY_PHP_H
#define SMTPWATCH_IDENTITY_PHP_H

#include "identity/elf_file.h"

#include <smtpwatch/abi.h>
#include <stdbool.h>
#include <stdint.h>

enum php_kind {
	PHP_KIND_NONE,     /* no PHP, or no ELF file */
	PHP_KIND_REQUEST,  /* the record lies at a known place: PHP 5.6 and later, without threads */
	PHP_KIND_THREADED, /* a thread-safe build (ZTS) keeps one for each thread */
	PHP_KIND_OLD,      /* before PHP 5.6 the record had another layout: what is the path now was the cookie */
	PHP_KIND_UNKNOWN,  /* PHP by what else it exports, without a record that is known */
	PHP_KIND_32BIT,    /* a 32-bit file, PHP or not: it is not looked into */
	PHP_KIND_COUNT,
};

struct php_build {
	enum php_kind kind;
	bool says_started; /* PHP 7 or newer: whether a request is under way lies at SW_PHP_STARTED_OFFSET */
	bool has_library;  /* it was linked against a library that is PHP by its name */
	uint64_t globals;  /* of PHP_KIND_REQUEST, else 0: address of sapi_globals less mm->start_code. An object below
			    * the code gives a number that wraps, and wraps back when it is added. */
};

/* "none", "exported", "threaded", "old", "unknown", "32-bit". */
const char *php_kind_name(enum php_kind kind);

/*
 * Looks at an executable or library. What is no ELF file, or a broken one, is PHP_KIND_NONE. Returns 0, or -errno
 * where the file could not be read. The reads are bounded (elf_file.h); a disk can still be slow.
 */
int php_examine(int fd, struct php_build *ret_build);

/*
 * Opens the executable of a process for reading, without waiting for anyone, if it is `file`, a regular file. The
 * caller guarantees that the file system which `file` lies in lets nobody wait (SW_PROGRAM_UNSAFE says when not); what
 * the process may run by now instead is not opened. The device is compared only where both sides have that of a disk:
 * Btrfs and overlay file systems give statx() other numbers than the kernel has itself.
 *
 * Returns 0 and a descriptor that the caller closes, -ESRCH when the process has ended, -ESTALE where it runs
 * another file, or -errno.
 */
int php_open_executable(uint32_t pid, uint64_t start_ns, const struct sw_file_id *file, int *ret_fd);

/*
 * The address of sapi_globals in a process that has loaded PHP as a library (Apache's mod_php, uWSGI, NGINX Unit): the
 * first of its libraries that has PHP's name and a record of a known layout. The same address holds for every process
 * that came from this one, or from the same ancestor, by fork alone.
 *
 * A process keeps its pid and start time when it executes another program: the address is that of the program which it
 * ran while its mappings were read.
 *
 * Only for processes of root that run an executable of root's: the list of mappings is read under a lock of the
 * process, and the libraries are opened, so a process of somebody else's could keep the reader waiting. Libraries are
 * opened through /proc/PID/map_files, which leads to the mapped file itself, whatever is at its path by now and in
 * whichever mount namespace the process lives; that needs CAP_SYS_ADMIN, or CAP_CHECKPOINT_RESTORE from Linux 5.9.
 *
 * Returns 0, -ESRCH when the process has ended, -ENOENT when it has no such library, -EOPNOTSUPP when it has one
 * without a record of a known layout (any kind but PHP_KIND_REQUEST), or -errno.
 */
int php_find_library(uint32_t pid, uint64_t start_ns, uint64_t *ret_address);

/* Which object of which library. */
struct php_object_search {
	const char *const *patterns; /* fnmatch(3) of the file's name, closed by NULL */
	/* 0 and the object's value in the file's symbol table, or -errno: the search goes on in other files. */
	int (*locate)(struct elf_file *library, uint64_t *ret_value);
};

/* What php_find_library() does, for any library. The object must lie in memory that the process may write to. */
int php_find_object(uint32_t pid, uint64_t start_ns, const struct php_object_search *search, uint64_t *ret_address);

#endif
