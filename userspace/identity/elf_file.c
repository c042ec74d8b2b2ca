// SPDX-License-Identifier: GPL-2.0-only
#include "identity/elf_file.h"

#include "lib/array.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_SIZE 16384
#define PLACES_MAX 16 /* of one name in a string table: linkers keep a name once, and as the end of longer ones */
#define NEEDED_MAX 256

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_BYTE_ORDER ELFDATA2LSB
#else
#define HOST_BYTE_ORDER ELFDATA2MSB
#endif

static bool is_inside(uint64_t whole, uint64_t offset, uint64_t size)
{
	return offset <= whole && size <= whole - offset;
}

/* The one place that reads. A file that is shorter by now counts as broken. */
static int read_at(struct elf_file *file, uint64_t offset, void *buffer, size_t size)
{
	size_t done = 0;

	if (!is_inside(file->size, offset, size) || size > file->read_left)
		return -ENOEXEC;
	file->read_left -= size;
	while (done < size) {
		ssize_t part = pread(file->fd, (char *)buffer + done, size - done, (off_t)(offset + done));
		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part < 0 ? -errno : -ENOEXEC;
		done += (size_t)part;
	}
	return 0;
}

/* Reads a table entry by entry, from blocks. */
struct cursor {
	struct elf_file *file;
	uint64_t offset; /* of what is not in the block yet */
	uint64_t left;   /* bytes of the table from there on */
	size_t position;
	size_t filled;
	int error; /* -errno, when the table could not be read to its end */
	unsigned char block[BLOCK_SIZE];
};

static void cursor_start(struct cursor *cursor, struct elf_file *file, struct elf_table table)
{
	cursor->file = file;
	cursor->offset = table.offset;
	cursor->left = table.size;
	cursor->position = 0;
	cursor->filled = 0;
	cursor->error = 0;
}

static bool cursor_fill(struct cursor *cursor, size_t entry_size)
{
	size_t most = BLOCK_SIZE / entry_size * entry_size;
	size_t part = (size_t)(cursor->left < most ? cursor->left / entry_size * entry_size : most);

	if (part == 0)
		return false;
	cursor->error = read_at(cursor->file, cursor->offset, cursor->block, part);
	if (cursor->error)
		return false;
	cursor->offset += part;
	cursor->left -= part;
	cursor->position = 0;
	cursor->filled = part;
	return true;
}

/* All entries of one table have one size. False at the end of the table, or of what can be read of it. */
static bool cursor_next(struct cursor *cursor, void *entry, size_t size)
{
	if (cursor->position == cursor->filled && !cursor_fill(cursor, size))
		return false;
	memcpy(entry, cursor->block + cursor->position, size);
	cursor->position += size;
	return true;
}

static int check_header(const Elf64_Ehdr *header)
{
	if (header->e_version != EV_CURRENT || (header->e_type != ET_EXEC && header->e_type != ET_DYN))
		return -ENOEXEC;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum > ELF_FILE_HEADERS_MAX)
		return -ENOEXEC;
	return 0;
}

static int read_header(struct elf_file *file, Elf64_Ehdr *ret_header)
{
	unsigned char kind[EI_NIDENT];
	int error = read_at(file, 0, kind, sizeof(kind));

	if (error)
		return error;
	if (memcmp(kind, ELFMAG, SELFMAG) != 0 || kind[EI_DATA] != HOST_BYTE_ORDER || kind[EI_VERSION] != EV_CURRENT)
		return -ENOEXEC;
	if (kind[EI_CLASS] == ELFCLASS32)
		return -ELIBBAD;
	if (kind[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	error = read_at(file, 0, ret_header, sizeof(*ret_header));
	return error ? error : check_header(ret_header);
}

static int take_segment(struct elf_file *file, const Elf64_Phdr *header)
{
	if (header->p_filesz > UINT64_MAX - header->p_vaddr || header->p_filesz > UINT64_MAX - header->p_offset)
		return -ENOEXEC;
	if ((header->p_flags & PF_X) && header->p_vaddr < file->lowest_code)
		file->lowest_code = header->p_vaddr;
	file->segments[file->segment_count++] = (struct elf_segment){
		.address = header->p_vaddr,
		.offset = header->p_offset,
		.file_size = header->p_filesz,
	};
	return 0;
}

static int read_segments(struct elf_file *file, const Elf64_Ehdr *header)
{
	Elf64_Phdr headers[ELF_FILE_HEADERS_MAX];
	int error = read_at(file, header->e_phoff, headers, header->e_phnum * sizeof(headers[0]));

	file->lowest_code = UINT64_MAX;
	for (size_t i = 0; !error && i < header->e_phnum; i++) {
		if (headers[i].p_type == PT_LOAD)
			error = take_segment(file, &headers[i]);
		else if (headers[i].p_type == PT_DYNAMIC)
			file->dynamic = (struct elf_table){.offset = headers[i].p_offset, .size = headers[i].p_filesz};
	}
	if (error)
		return error;
	return file->lowest_code == UINT64_MAX ? -ENOEXEC : 0;
}

static int set_tables(struct elf_file *file, struct elf_table symbols, struct elf_table strings)
{
	if (symbols.size / sizeof(Elf64_Sym) > ELF_FILE_SYMBOLS_MAX || strings.size > ELF_FILE_STRINGS_MAX)
		return -ENOEXEC;
	if (!is_inside(file->size, symbols.offset, symbols.size) ||
	    !is_inside(file->size, strings.offset, strings.size))
		return -ENOEXEC;
	file->symbols = symbols;
	file->strings = strings;
	return 0;
}

/* Returns 1 where the section headers told, 0 where they do not, or -errno. */
static int find_by_sections(struct elf_file *file, const Elf64_Ehdr *header)
{
	struct cursor cursor;
	struct elf_table table = {.offset = header->e_shoff, .size = header->e_shnum * sizeof(Elf64_Shdr)};
	Elf64_Shdr symbols, strings;
	bool found = false;

	if (header->e_shentsize != sizeof(Elf64_Shdr) || !is_inside(file->size, table.offset, table.size))
		return 0;
	cursor_start(&cursor, file, table);
	while (!found && cursor_next(&cursor, &symbols, sizeof(symbols)))
		found = symbols.sh_type == SHT_DYNSYM;
	if (!found)
		return cursor.error;
	if (symbols.sh_entsize != sizeof(Elf64_Sym) || symbols.sh_link >= header->e_shnum)
		return -ENOEXEC;
	int error = read_at(file, table.offset + symbols.sh_link * sizeof(strings), &strings, sizeof(strings));
	if (!error && strings.sh_type != SHT_STRTAB)
		error = -ENOEXEC;
	if (!error)
		error = set_tables(file, (struct elf_table){symbols.sh_offset, symbols.sh_size},
				   (struct elf_table){strings.sh_offset, strings.sh_size});
	return error ? error : 1;
}

/* What of the dynamic section is used, by tag; 0: it is not there. */
struct dynamic {
	uint64_t symbols;
	uint64_t symbol_size;
	uint64_t strings;
	uint64_t strings_size;
	uint64_t hash;
	uint64_t gnu_hash;
};

static int read_dynamic(struct elf_file *file, struct dynamic *ret_dynamic)
{
	static const struct {
		int64_t tag;
		size_t member;
	} tags[] = {
		{DT_SYMTAB, offsetof(struct dynamic, symbols)}, {DT_SYMENT, offsetof(struct dynamic, symbol_size)},
		{DT_STRTAB, offsetof(struct dynamic, strings)}, {DT_STRSZ, offsetof(struct dynamic, strings_size)},
		{DT_HASH, offsetof(struct dynamic, hash)},      {DT_GNU_HASH, offsetof(struct dynamic, gnu_hash)},
	};
	struct cursor cursor;
	Elf64_Dyn entry;

	*ret_dynamic = (struct dynamic){0};
	cursor_start(&cursor, file, file->dynamic);
	while (cursor_next(&cursor, &entry, sizeof(entry)) && entry.d_tag != DT_NULL)
		for (size_t i = 0; i < COUNT_OF(tags); i++)
			if (entry.d_tag == tags[i].tag)
				*(uint64_t *)((char *)ret_dynamic + tags[i].member) = entry.d_un.d_val;
	return cursor.error;
}

/* The dynamic section names its tables by address. */
static int offset_of(const struct elf_file *file, uint64_t address, uint64_t *ret_offset)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		const struct elf_segment *segment = &file->segments[i];
		if (address >= segment->address && address - segment->address < segment->file_size) {
			*ret_offset = segment->offset + (address - segment->address);
			return 0;
		}
	}
	return -ENOEXEC;
}

/* nbucket, nchain: each symbol has one link of a chain. */
static int count_by_hash(struct elf_file *file, uint64_t address, uint64_t *ret_count)
{
	uint32_t header[2];
	uint64_t offset;
	int error = offset_of(file, address, &offset);

	if (!error)
		error = read_at(file, offset, header, sizeof(header));
	if (!error)
		*ret_count = header[1];
	return error;
}

/* The chains lie one after the other and end with the last symbol's, which has its lowest bit set. */
static int count_to_chain_end(struct elf_file *file, uint64_t chains, uint32_t first, uint32_t last,
			      uint64_t *ret_count)
{
	struct cursor cursor;
	uint64_t offset = chains + (uint64_t)(last - first) * sizeof(uint32_t);
	uint32_t link;

	if (offset > file->size)
		return -ENOEXEC;
	cursor_start(&cursor, file, (struct elf_table){.offset = offset, .size = file->size - offset});
	for (uint64_t count = last; count < ELF_FILE_SYMBOLS_MAX && cursor_next(&cursor, &link, sizeof(link));
	     count++) {
		if (link & 1) {
			*ret_count = count + 1;
			return 0;
		}
	}
	return cursor.error ? cursor.error : -ENOEXEC;
}

/* nbuckets, first hashed symbol, words of the Bloom filter, its shift; the filter; the buckets; the chains. */
static int count_by_gnu_hash(struct elf_file *file, uint64_t address, uint64_t *ret_count)
{
	struct cursor cursor;
	uint32_t header[4];
	uint64_t offset;
	uint32_t bucket, last = 0;
	int error = offset_of(file, address, &offset);

	if (!error)
		error = read_at(file, offset, header, sizeof(header));
	if (error)
		return error;
	struct elf_table buckets = {.offset = offset + sizeof(header) + (uint64_t)header[2] * sizeof(uint64_t),
				    .size = (uint64_t)header[0] * sizeof(uint32_t)};
	if (header[0] > ELF_FILE_SYMBOLS_MAX || !is_inside(file->size, buckets.offset, buckets.size))
		return -ENOEXEC;
	cursor_start(&cursor, file, buckets);
	while (cursor_next(&cursor, &bucket, sizeof(bucket)))
		if (bucket > last)
			last = bucket;
	if (cursor.error)
		return cursor.error;
	if (last < header[1]) {
		*ret_count = header[1];
		return 0;
	}
	return count_to_chain_end(file, buckets.offset + buckets.size, header[1], last, ret_count);
}

static int find_by_dynamic(struct elf_file *file)
{
	struct dynamic dynamic;
	struct elf_table symbols, strings;
	uint64_t count;
	int error = read_dynamic(file, &dynamic);

	if (error || !dynamic.symbols || !dynamic.strings)
		return error;
	if (dynamic.symbol_size != sizeof(Elf64_Sym))
		return -ENOEXEC;
	if (dynamic.hash)
		error = count_by_hash(file, dynamic.hash, &count);
	else if (dynamic.gnu_hash)
		error = count_by_gnu_hash(file, dynamic.gnu_hash, &count);
	else
		return 0;
	if (!error)
		error = offset_of(file, dynamic.symbols, &symbols.offset);
	if (!error)
		error = offset_of(file, dynamic.strings, &strings.offset);
	if (error)
		return error;
	symbols.size = count * sizeof(Elf64_Sym);
	strings.size = dynamic.strings_size;
	return set_tables(file, symbols, strings);
}

int elf_file_open(int fd, struct elf_file *ret_file)
{
	struct elf_file file = {.fd = fd, .read_left = ELF_FILE_READ_MAX};
	struct stat status;
	Elf64_Ehdr header;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -ENOEXEC;
	file.size = (uint64_t)status.st_size;
	int error = read_header(&file, &header);
	if (!error)
		error = read_segments(&file, &header);
	if (error)
		return error;
	int found = find_by_sections(&file, &header);
	if (found == 0)
		found = find_by_dynamic(&file);
	if (found < 0)
		return found;
	*ret_file = file;
	return 0;
}

/* Where in the string table a name stands, also as the end of a longer one. */
struct places {
	uint64_t at[PLACES_MAX];
	size_t count;
};

static int find_places(struct elf_file *file, const char *name, struct places *places)
{
	char block[BLOCK_SIZE];
	size_t length = strlen(name) + 1; /* with its NUL */
	uint64_t done = 0;

	places->count = 0;
	while (file->strings.size - done >= length) {
		uint64_t left = file->strings.size - done;
		size_t part = left < sizeof(block) ? (size_t)left : sizeof(block);
		int error = read_at(file, file->strings.offset + done, block, part);
		if (error)
			return error;
		const char *found = block;
		while ((found = memmem(found, part - (size_t)(found - block), name, length))) {
			if (places->count == PLACES_MAX)
				return 0;
			places->at[places->count++] = done + (size_t)(found - block);
			found++;
		}
		done += part - (length - 1); /* a name may lie across two blocks */
	}
	return 0;
}

static bool is_place(const struct places *places, uint64_t offset)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->at[i] == offset)
			return true;
	return false;
}

static bool is_exported(const Elf64_Sym *symbol, unsigned int type)
{
	unsigned int binding = ELF64_ST_BIND(symbol->st_info);

	return ELF64_ST_TYPE(symbol->st_info) == type && (binding == STB_GLOBAL || binding == STB_WEAK) &&
	       symbol->st_shndx != SHN_UNDEF;
}

int elf_file_find_symbol(struct elf_file *file, const char *name, unsigned int type, struct elf_symbol *ret_symbol)
{
	struct places places;
	struct cursor cursor;
	Elf64_Sym symbol;

	if (name[0] == '\0' || strlen(name) > ELF_FILE_NAME_MAX)
		return -EINVAL;
	int error = find_places(file, name, &places);
	if (error)
		return error;
	if (places.count == 0)
		return -ENOENT;
	cursor_start(&cursor, file, file->symbols);
	while (cursor_next(&cursor, &symbol, sizeof(symbol))) {
		if (is_exported(&symbol, type) && is_place(&places, symbol.st_name)) {
			*ret_symbol = (struct elf_symbol){.value = symbol.st_value, .size = symbol.st_size};
			return 0;
		}
	}
	return cursor.error ? cursor.error : -ENOENT;
}

static bool is_needed(struct elf_file *file, uint64_t offset, bool (*is_wanted)(const char *name))
{
	char name[ELF_FILE_NAME_MAX + 1];

	if (offset >= file->strings.size)
		return false;
	uint64_t left = file->strings.size - offset;
	size_t size = left < sizeof(name) ? (size_t)left : sizeof(name);
	return read_at(file, file->strings.offset + offset, name, size) == 0 && memchr(name, '\0', size) &&
	       is_wanted(name);
}

bool elf_file_needs(struct elf_file *file, bool (*is_wanted)(const char *name))
{
	struct cursor cursor;
	Elf64_Dyn entry;
	unsigned int count = 0;

	cursor_start(&cursor, file, file->dynamic);
	while (cursor_next(&cursor, &entry, sizeof(entry)) && entry.d_tag != DT_NULL && count < NEEDED_MAX) {
		if (entry.d_tag != DT_NEEDED)
			continue;
		if (is_needed(file, entry.d_un.d_val, is_wanted))
			return true;
		count++;
	}
	return false;
}

/* As a loader does it: whole pages are mapped, the first with what lies before the segment in its page. */
int elf_file_bias(const struct elf_file *file, uint64_t address, uint64_t offset, uint64_t *ret_bias)
{
	const struct elf_segment *lowest = &file->segments[0];
	uint64_t in_page = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	for (size_t i = 1; i < file->segment_count; i++)
		if (file->segments[i].address < lowest->address)
			lowest = &file->segments[i];
	if (offset != (lowest->offset & ~in_page) || address < (lowest->address & ~in_page))
		return -ENOENT;
	*ret_bias = address - (lowest->address & ~in_page);
	return 0;
}
