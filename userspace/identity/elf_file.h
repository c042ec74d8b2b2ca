/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an ELF file exports, read from its dynamic symbol table (elf(5)).
 *
 * Any user of the host can make the file that is read, and the reader runs as root. So the file is never mapped (one
 * that shrinks would kill the daemon by SIGBUS), every offset, size and count is checked against the file and against
 * the bounds below, and nothing is allocated. Only the file header and four tables are looked at, which is why this is
 * no use of libelf: it would read far more of a hostile file than is needed.
 *
 * Only files of this machine's byte order, of 64 bits, executables and shared libraries.
 */
#ifndef SMTPWATCH_IDENTITY_ELF_FILE_H
#define SMTPWATCH_IDENTITY_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds, each far above what PHP needs (8.2: 13 headers, 7000 symbols, 150 KiB of names). */
#define ELF_FILE_HEADERS_MAX 64
#define ELF_FILE_SYMBOLS_MAX (1U << 18)
#define ELF_FILE_STRINGS_MAX (8U << 20)
#define ELF_FILE_READ_MAX (32U << 20) /* bytes read of one file, over all calls */
#define ELF_FILE_NAME_MAX 255

/* A part of the file that is loaded: PT_LOAD. */
struct elf_segment {
	uint64_t address; /* p_vaddr */
	uint64_t offset;
	uint64_t file_size;
};

/* A table in the file, in bytes. */
struct elf_table {
	uint64_t offset;
	uint64_t size; /* 0: there is none */
};

struct elf_file {
	int fd; /* the caller's, who closes it */
	uint64_t size;
	uint64_t read_left;   /* of ELF_FILE_READ_MAX */
	uint64_t lowest_code; /* p_vaddr of the lowest executable segment: mm->start_code less the load bias */
	struct elf_segment segments[ELF_FILE_HEADERS_MAX];
	size_t segment_count;
	struct elf_table dynamic;
	struct elf_table symbols;
	struct elf_table strings;
};

struct elf_symbol {
	uint64_t value; /* an address, before the load bias is added */
	uint64_t size;
};

/*
 * Reads where the tables lie. `fd` is open for reading and must stay so while `ret_file` is used. A file without
 * dynamic symbols is valid. Returns 0, -ENOEXEC for what is no such ELF file, is broken or needs more than the bounds
 * above, -ELIBBAD for a 32-bit one, or what pread() said.
 */
int elf_file_open(int fd, struct elf_file *ret_file);

/*
 * The symbol of this name and type (STT_OBJECT, STT_FUNC) that the file defines and exports. Returns 0, -ENOENT where
 * there is none, -EINVAL for a name that is empty or longer than ELF_FILE_NAME_MAX, or an error as above.
 */
int elf_file_find_symbol(struct elf_file *file, const char *name, unsigned int type, struct elf_symbol *ret_symbol);

/* Whether one of the libraries that the file was linked against (DT_NEEDED) has a name that `is_wanted`. */
bool elf_file_needs(struct elf_file *file, bool (*is_wanted)(const char *name));

/*
 * The load bias of a library, from the address at which the file is mapped and the offset in the file that is mapped
 * there. Returns 0, or -ENOENT where that is not the mapping of its lowest segment. Reads nothing.
 */
int elf_file_bias(const struct elf_file *file, uint64_t address, uint64_t offset, uint64_t *ret_bias);

#endif
