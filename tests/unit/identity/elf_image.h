/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF files made byte by byte, with an answer to where their dynamic symbols lie. */
#ifndef SMTPWATCH_TESTS_IDENTITY_ELF_IMAGE_H
#define SMTPWATCH_TESTS_IDENTITY_ELF_IMAGE_H

#include "support/test.h"

#include <elf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define IMAGE_ADDRESS 0x400000ULL
#define IMAGE_CODE (IMAGE_ADDRESS + 0x1230) /* p_vaddr of the executable segment: in the middle of a page */
#define IMAGE_SYMBOLS_MAX 8

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define IMAGE_BYTE_ORDER ELFDATA2LSB
#define IMAGE_OTHER_BYTE_ORDER ELFDATA2MSB
#else
#define IMAGE_BYTE_ORDER ELFDATA2MSB
#define IMAGE_OTHER_BYTE_ORDER ELFDATA2LSB
#endif

/* What tells a reader of the file where the symbols are. */
enum image_index { IMAGE_SECTIONS, IMAGE_HASH, IMAGE_GNU_HASH, IMAGE_INDEX_COUNT };

struct image_symbol {
	const char *name;
	uint64_t value;
	uint64_t size;
	unsigned char type;
	unsigned char binding;
	uint16_t section; /* SHN_UNDEF: not defined here */
};

/* All tables lie in `bytes`, at places that tests may spoil. */
struct image {
	unsigned char bytes[4096];
	size_t size;
	size_t dynamic, hash, symbols, strings, sections; /* offsets; 0: there is none */
	size_t strings_size;
	size_t symbol_count; /* with the first, which is empty */
};

static inline size_t image_add(struct image *image, const void *bytes, size_t size)
{
	size_t at = (image->size + 7) / 8 * 8;

	assert_true(at + size <= sizeof(image->bytes));
	memcpy(image->bytes + at, bytes, size);
	image->size = at + size;
	return at;
}

/* The names are written into a table that starts with "" and "libphp8.so". */
static inline void image_add_symbols(struct image *image, const struct image_symbol *symbols, size_t count)
{
	char strings[512] = "\0libphp8.so";
	Elf64_Sym table[IMAGE_SYMBOLS_MAX + 1] = {0};
	size_t size = 1 + sizeof("libphp8.so");

	for (size_t i = 0; i < count; i++) {
		table[i + 1] = (Elf64_Sym){
			.st_name = (uint32_t)size,
			.st_info = (unsigned char)(ELF64_ST_INFO(symbols[i].binding, symbols[i].type)),
			.st_shndx = symbols[i].section,
			.st_value = symbols[i].value,
			.st_size = symbols[i].size,
		};
		memcpy(strings + size, symbols[i].name, strlen(symbols[i].name) + 1);
		size += strlen(symbols[i].name) + 1;
	}
	image->symbol_count = count + 1;
	image->symbols = image_add(image, table, (count + 1) * sizeof(table[0]));
	image->strings = image_add(image, strings, size);
	image->strings_size = size;
}

/* One bucket with all symbols but the first. */
static inline void image_add_hash(struct image *image, enum image_index index)
{
	uint32_t count = (uint32_t)image->symbol_count;
	uint32_t hash[3 + IMAGE_SYMBOLS_MAX + 1] = {1, count, count > 1};
	uint32_t gnu_hash[4 + 2 + 1 + IMAGE_SYMBOLS_MAX] = {1, 1, 1, 6, 0xffffffff, 0xffffffff, count > 1};

	for (uint32_t i = 1; i + 1 < count; i++)
		hash[3 + i] = i + 1;
	for (uint32_t i = 1; i < count; i++)
		gnu_hash[7 + i - 1] = i << 1 | (i + 1 == count);
	if (index == IMAGE_HASH)
		image->hash = image_add(image, hash, (3 + count) * sizeof(hash[0]));
	else if (index == IMAGE_GNU_HASH)
		image->hash = image_add(image, gnu_hash, (7 + count - 1) * sizeof(gnu_hash[0]));
}

static inline void image_add_dynamic(struct image *image, enum image_index index, bool has_library)
{
	Elf64_Dyn dynamic[] = {
		{has_library ? DT_NEEDED : DT_DEBUG, {1}},
		{DT_SYMTAB, {IMAGE_ADDRESS + image->symbols}},
		{DT_SYMENT, {sizeof(Elf64_Sym)}},
		{DT_STRTAB, {IMAGE_ADDRESS + image->strings}},
		{DT_STRSZ, {image->strings_size}},
		{index == IMAGE_HASH ? DT_HASH : DT_GNU_HASH, {IMAGE_ADDRESS + image->hash}},
		{DT_NULL, {0}},
	};

	if (index == IMAGE_SECTIONS)
		dynamic[5].d_tag = DT_DEBUG;
	image->dynamic = image_add(image, dynamic, sizeof(dynamic));
}

static inline void image_add_sections(struct image *image)
{
	Elf64_Shdr sections[] = {
		{.sh_type = SHT_NULL},
		{.sh_type = SHT_PROGBITS, .sh_offset = 64, .sh_size = 8},
		{.sh_type = SHT_DYNSYM, .sh_offset = image->symbols, .sh_link = 3, .sh_entsize = sizeof(Elf64_Sym)},
		{.sh_type = SHT_STRTAB, .sh_offset = image->strings, .sh_size = image->strings_size},
	};

	sections[2].sh_size = image->symbol_count * sizeof(Elf64_Sym);
	image->sections = image_add(image, sections, sizeof(sections));
}

/* An executable whose code lies at IMAGE_CODE and whose symbols are found by `index` alone. */
static inline struct image image_make(enum image_index index, const struct image_symbol *symbols, size_t count,
				      bool has_library)
{
	struct image image = {.size = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr)};
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, IMAGE_BYTE_ORDER, EV_CURRENT},
		.e_type = ET_DYN,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
	};

	image_add_symbols(&image, symbols, count);
	image_add_hash(&image, index);
	image_add_dynamic(&image, index, has_library);
	if (index == IMAGE_SECTIONS) {
		image_add_sections(&image);
		header.e_shoff = image.sections;
		header.e_shnum = 4;
		header.e_shentsize = sizeof(Elf64_Shdr);
	}
	Elf64_Phdr segments[] = {
		{.p_type = PT_LOAD, .p_flags = PF_X | PF_R, .p_offset = 0x1230, .p_vaddr = IMAGE_CODE},
		{.p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = IMAGE_ADDRESS, .p_filesz = image.size},
		{.p_type = PT_DYNAMIC, .p_offset = image.dynamic, .p_filesz = 7 * sizeof(Elf64_Dyn)},
	};
	memcpy(image.bytes, &header, sizeof(header));
	memcpy(image.bytes + sizeof(header), segments, sizeof(segments));
	return image;
}

/* A file with the first `size` bytes of the image. */
static inline int image_open(const struct image *image, size_t size)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, image->bytes, size), size);
	return fd;
}

#define IMAGE_PUT(image, offset, type, member, number)                                           \
	do {                                                                                     \
		__typeof__(((type *)NULL)->member) put_ = (__typeof__(put_))(number);            \
		memcpy((image)->bytes + (offset) + offsetof(type, member), &put_, sizeof(put_)); \
	} while (0)

#endif
