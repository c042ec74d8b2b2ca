// SPDX-License-Identifier: GPL-2.0-only
#include "identity/elf_file.h"

#include "elf_image.h"
#include "lib/cleanup.h"

#include <errno.h>
#include <fcntl.h>

#define WANTED "sapi_globals"

/* Before the wanted one stand those that must not be taken for it: the same name, but imported, a function, or local;
 * and longer names that start or end with it. */
static const struct image_symbol symbols[] = {
	{WANTED, 0x10, 8, STT_OBJECT, STB_GLOBAL, SHN_UNDEF}, {WANTED, 0x20, 8, STT_FUNC, STB_GLOBAL, 1},
	{WANTED, 0x30, 8, STT_OBJECT, STB_LOCAL, 1},          {WANTED "_id", 0x40, 8, STT_OBJECT, STB_GLOBAL, 1},
	{"no_" WANTED, 0x50, 8, STT_OBJECT, STB_GLOBAL, 1},   {"function", 0x60, 4, STT_FUNC, STB_WEAK, 1},
	{WANTED, 0x405678, 600, STT_OBJECT, STB_GLOBAL, 1},
};

static struct image make(enum image_index index)
{
	return image_make(index, symbols, ARRAY_SIZE(symbols), true);
}

static bool is_php(const char *name)
{
	return strcmp(name, "libphp8.so") == 0;
}

static bool is_other(const char *name)
{
	return strcmp(name, "libphp8.s") == 0;
}

/* Returns what opening or finding said. */
static int find(const struct image *image, size_t size, struct elf_symbol *ret_symbol)
{
	_cleanup_close_ int fd = image_open(image, size);
	struct elf_file file;
	int error = elf_file_open(fd, &file);

	if (error)
		return error;
	elf_file_needs(&file, is_php);
	return elf_file_find_symbol(&file, WANTED, STT_OBJECT, ret_symbol);
}

static void assert_fails(const struct image *image)
{
	struct elf_symbol symbol = {.value = 1};
	int error = find(image, image->size, &symbol);

	assert_true(error == -ENOEXEC || error == -ENOENT);
	assert_int_equal(symbol.value, 1);
}

static void test_finds_by_each_index(void **state)
{
	(void)state;
	for (int index = 0; index < IMAGE_INDEX_COUNT; index++) {
		struct image image = make((enum image_index)index);
		_cleanup_close_ int fd = image_open(&image, image.size);
		struct elf_file file;
		struct elf_symbol symbol;

		assert_int_equal(elf_file_open(fd, &file), 0);
		assert_int_equal(file.lowest_code, IMAGE_CODE);
		assert_int_equal(elf_file_find_symbol(&file, WANTED, STT_OBJECT, &symbol), 0);
		assert_int_equal(symbol.value, 0x405678);
		assert_int_equal(symbol.size, 600);
		assert_int_equal(elf_file_find_symbol(&file, "function", STT_FUNC, &symbol), 0);
		assert_int_equal(symbol.value, 0x60);
		assert_true(elf_file_needs(&file, is_php));
		assert_false(elf_file_needs(&file, is_other));
	}
}

static void test_does_not_find(void **state)
{
	static const char *const names[] = {"sapi_global", "api_globalsX", "sapi_globals_", "nothing", "libphp8.so"};
	char too_long[ELF_FILE_NAME_MAX + 2];
	struct image image = make(IMAGE_SECTIONS);
	_cleanup_close_ int fd = image_open(&image, image.size);
	struct elf_file file;
	struct elf_symbol symbol;

	(void)state;
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	assert_int_equal(elf_file_open(fd, &file), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(elf_file_find_symbol(&file, names[i], STT_OBJECT, &symbol), -ENOENT);
	assert_int_equal(elf_file_find_symbol(&file, "", STT_OBJECT, &symbol), -EINVAL);
	assert_int_equal(elf_file_find_symbol(&file, too_long, STT_OBJECT, &symbol), -EINVAL);
}

/* Linkers keep one text for a name and for what it ends with. */
static void test_shared_ends(void **state)
{
	struct image image = make(IMAGE_HASH);
	struct elf_symbol symbol;
	size_t last = image.symbols + 7 * sizeof(Elf64_Sym);
	Elf64_Sym longer;

	(void)state;
	memcpy(&longer, image.bytes + image.symbols + 5 * sizeof(Elf64_Sym), sizeof(longer));
	IMAGE_PUT(&image, last, Elf64_Sym, st_name, longer.st_name + strlen("no_"));
	assert_int_equal(find(&image, image.size, &symbol), 0);
	assert_int_equal(symbol.value, 0x405678);
}

/* Names in a large table lie across the blocks in which it is read. */
static void test_large_table(void **state)
{
	const size_t room = 80000;
	struct image image = make(IMAGE_SECTIONS);
	size_t strings = image.sections + 3 * sizeof(Elf64_Shdr);
	char *names = calloc(1, room);

	(void)state;
	assert_non_null(names);
	for (size_t place = 16384 - 20; place < 16384 + 20; place++) {
		struct elf_symbol symbol;
		struct elf_file file;
		_cleanup_close_ int fd = -1;

		memset(names, 'x', room);
		memcpy(names + place, WANTED, sizeof(WANTED));
		IMAGE_PUT(&image, strings, Elf64_Shdr, sh_offset, image.size);
		IMAGE_PUT(&image, strings, Elf64_Shdr, sh_size, room);
		IMAGE_PUT(&image, image.symbols + 7 * sizeof(Elf64_Sym), Elf64_Sym, st_name, place);
		fd = image_open(&image, image.size);
		assert_int_equal(write(fd, names, room), room);
		assert_int_equal(elf_file_open(fd, &file), 0);
		assert_int_equal(elf_file_find_symbol(&file, WANTED, STT_OBJECT, &symbol), 0);
		assert_int_equal(symbol.value, 0x405678);
	}
	free(names);
}

static void test_kinds_of_file(void **state)
{
	static const struct {
		size_t offset;
		unsigned char byte;
		int error;
	} cases[] = {
		{EI_MAG0, 'E', -ENOEXEC},
		{EI_CLASS, ELFCLASS32, -ELIBBAD},
		{EI_CLASS, 3, -ENOEXEC},
		{EI_DATA, IMAGE_OTHER_BYTE_ORDER, -ENOEXEC},
		{EI_VERSION, 2, -ENOEXEC},
		{offsetof(Elf64_Ehdr, e_type), ET_REL, -ENOEXEC},
		{offsetof(Elf64_Ehdr, e_type), ET_CORE, -ENOEXEC},
		{offsetof(Elf64_Ehdr, e_type), ET_EXEC, 0},
		{offsetof(Elf64_Ehdr, e_version), 0, -ENOEXEC},
		{offsetof(Elf64_Ehdr, e_phentsize), 0, -ENOEXEC},
		{offsetof(Elf64_Ehdr, e_phnum), 0, -ENOEXEC},
		{offsetof(Elf64_Ehdr, e_phnum), ELF_FILE_HEADERS_MAX + 1, -ENOEXEC},
	};
	struct elf_symbol symbol;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct image image = make(IMAGE_SECTIONS);
		image.bytes[cases[i].offset] = cases[i].byte;
		assert_int_equal(find(&image, image.size, &symbol), cases[i].error);
	}
}

/* Sparse: the file is large enough for whatever it claims to hold. */
static int open_large(const struct image *image)
{
	_cleanup_close_ int fd = image_open(image, image->size);
	struct elf_file file;

	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	return elf_file_open(fd, &file);
}

static void test_bounds(void **state)
{
	struct image image = make(IMAGE_SECTIONS);
	const size_t symbols_at = image.sections + 2 * sizeof(Elf64_Shdr);
	const size_t strings_at = image.sections + 3 * sizeof(Elf64_Shdr);

	(void)state;
	IMAGE_PUT(&image, 0, Elf64_Ehdr, e_phnum, ELF_FILE_HEADERS_MAX);
	assert_int_equal(open_large(&image), 0);
	IMAGE_PUT(&image, 0, Elf64_Ehdr, e_phnum, ELF_FILE_HEADERS_MAX + 1);
	assert_int_equal(open_large(&image), -ENOEXEC);
	IMAGE_PUT(&image, 0, Elf64_Ehdr, e_phnum, 0xffff);
	assert_int_equal(open_large(&image), -ENOEXEC);

	image = make(IMAGE_SECTIONS);
	IMAGE_PUT(&image, symbols_at, Elf64_Shdr, sh_size, ELF_FILE_SYMBOLS_MAX * sizeof(Elf64_Sym));
	assert_int_equal(open_large(&image), 0);
	IMAGE_PUT(&image, symbols_at, Elf64_Shdr, sh_size, (ELF_FILE_SYMBOLS_MAX + 1) * sizeof(Elf64_Sym));
	assert_int_equal(open_large(&image), -ENOEXEC);

	image = make(IMAGE_SECTIONS);
	IMAGE_PUT(&image, strings_at, Elf64_Shdr, sh_size, ELF_FILE_STRINGS_MAX);
	assert_int_equal(open_large(&image), 0);
	IMAGE_PUT(&image, strings_at, Elf64_Shdr, sh_size, ELF_FILE_STRINGS_MAX + 1);
	assert_int_equal(open_large(&image), -ENOEXEC);
}

static void test_lowest_code(void **state)
{
	static const uint64_t others[] = {IMAGE_CODE + 0x1000, IMAGE_CODE - 8};
	const size_t segment = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct image image = make(IMAGE_SECTIONS);
		struct elf_file file;
		IMAGE_PUT(&image, segment, Elf64_Phdr, p_type, PT_LOAD);
		IMAGE_PUT(&image, segment, Elf64_Phdr, p_flags, PF_X);
		IMAGE_PUT(&image, segment, Elf64_Phdr, p_vaddr, others[i]);
		_cleanup_close_ int fd = image_open(&image, image.size);
		assert_int_equal(elf_file_open(fd, &file), 0);
		assert_int_equal(file.lowest_code, others[i] < IMAGE_CODE ? others[i] : IMAGE_CODE);
	}
}

/* Tables that are there, but not where the file says that there are tables. */
static void test_tables_elsewhere(void **state)
{
	struct image image = make(IMAGE_SECTIONS);
	const size_t strings_at = image.sections + 3 * sizeof(Elf64_Shdr);

	(void)state;
	IMAGE_PUT(&image, strings_at, Elf64_Shdr, sh_type, SHT_PROGBITS);
	assert_fails(&image);
	image = make(IMAGE_SECTIONS); /* a fifth section header, where four are announced */
	memcpy(image.bytes + image.size, image.bytes + strings_at, sizeof(Elf64_Shdr));
	image.size += sizeof(Elf64_Shdr);
	IMAGE_PUT(&image, image.sections + 2 * sizeof(Elf64_Shdr), Elf64_Shdr, sh_link, 4);
	assert_fails(&image);
	image = make(IMAGE_HASH); /* behind what is loaded */
	IMAGE_PUT(&image, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), Elf64_Phdr, p_filesz, image.symbols);
	assert_fails(&image);
}

static void test_no_symbols_at_all(void **state)
{
	struct image image = make(IMAGE_SECTIONS);
	struct elf_symbol symbol;

	(void)state;
	IMAGE_PUT(&image, 0, Elf64_Ehdr, e_shnum, 0);
	assert_int_equal(find(&image, image.size, &symbol), -ENOENT);
	image = make(IMAGE_HASH);
	IMAGE_PUT(&image, sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr), Elf64_Phdr, p_type, PT_NOTE);
	assert_int_equal(find(&image, image.size, &symbol), -ENOENT);
	image = make(IMAGE_HASH);
	IMAGE_PUT(&image, sizeof(Elf64_Ehdr), Elf64_Phdr, p_flags, PF_R);
	assert_int_equal(find(&image, image.size, &symbol), -ENOEXEC);
}

/* Symbols and names end where the file ends: none of the shorter files has what the whole has. */
static void test_truncated_at_every_length(void **state)
{
	(void)state;
	for (int index = 0; index < IMAGE_INDEX_COUNT; index++) {
		struct image image = make((enum image_index)index);
		for (size_t size = 0; size < image.size; size++) {
			struct elf_symbol symbol = {.value = 1};
			int error = find(&image, size, &symbol);

			assert_true(error == -ENOEXEC || error == -ENOENT);
		}
	}
}

static const uint64_t extremes[] = {0,          1,          7,          0xfff,           0x7fffffff,     0xffffffff,
				    1ULL << 32, 1ULL << 62, 1ULL << 63, UINT64_MAX - 63, UINT64_MAX - 7, UINT64_MAX};

/* Puts each of the larger extremes where a valid file has an offset, an address or a size of 64 bits. */
static void assert_fails_with_extremes(enum image_index index, size_t offset)
{
	for (size_t i = 4; i < ARRAY_SIZE(extremes); i++) {
		struct image image = make(index);
		memcpy(image.bytes + offset, &extremes[i], sizeof(extremes[i]));
		assert_fails(&image);
	}
}

static void test_extreme_segments(void **state)
{
	const size_t segment = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);

	(void)state;
	assert_fails_with_extremes(IMAGE_GNU_HASH, offsetof(Elf64_Ehdr, e_phoff));
	assert_fails_with_extremes(IMAGE_GNU_HASH, segment + offsetof(Elf64_Phdr, p_offset));
	assert_fails_with_extremes(IMAGE_GNU_HASH, segment + offsetof(Elf64_Phdr, p_vaddr));
	assert_fails_with_extremes(IMAGE_GNU_HASH, segment + sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_offset));
}

static void test_extreme_sections(void **state)
{
	const size_t sections = make(IMAGE_SECTIONS).sections;

	(void)state;
	assert_fails_with_extremes(IMAGE_SECTIONS, offsetof(Elf64_Ehdr, e_shoff));
	for (size_t section = 2; section <= 3; section++) {
		const size_t at = sections + section * sizeof(Elf64_Shdr);
		assert_fails_with_extremes(IMAGE_SECTIONS, at + offsetof(Elf64_Shdr, sh_offset));
		assert_fails_with_extremes(IMAGE_SECTIONS, at + offsetof(Elf64_Shdr, sh_size));
	}
}

static void test_extreme_dynamic(void **state)
{
	(void)state;
	for (int index = IMAGE_HASH; index <= IMAGE_GNU_HASH; index++) {
		const size_t dynamic = make((enum image_index)index).dynamic;
		for (size_t entry = 1; entry <= 5; entry++)
			assert_fails_with_extremes((enum image_index)index,
						   dynamic + entry * sizeof(Elf64_Dyn) + offsetof(Elf64_Dyn, d_un));
	}
}

/* Entries of no size, tables without an end, counts that cannot be. */
static void test_impossible_tables(void **state)
{
	const uint32_t counts[] = {ELF_FILE_SYMBOLS_MAX, ELF_FILE_SYMBOLS_MAX + 1, 0x7fffffff, 0xffffffff};
	struct image image;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		image = make(IMAGE_HASH);
		memcpy(image.bytes + image.hash + 4, &counts[i], 4);
		assert_fails(&image);
		for (size_t word = 0; word < 7; word++) {
			image = make(IMAGE_GNU_HASH);
			memcpy(image.bytes + image.hash + 4 * word, &counts[i], 4);
			if (word != 3 && word != 4 && word != 5 && !(word == 1 && i < 2))
				assert_fails(&image);
		}
	}
	image = make(IMAGE_SECTIONS);
	IMAGE_PUT(&image, image.sections + 2 * sizeof(Elf64_Shdr), Elf64_Shdr, sh_entsize, 0);
	assert_fails(&image);
	image = make(IMAGE_HASH);
	IMAGE_PUT(&image, image.dynamic + 2 * sizeof(Elf64_Dyn), Elf64_Dyn, d_un.d_val, 0);
	assert_fails(&image);
	image = make(IMAGE_SECTIONS); /* names without a NUL at the end */
	memset(image.bytes + image.strings, 'x', image.strings_size);
	assert_fails(&image);
	image = make(IMAGE_SECTIONS); /* the symbols are their own names */
	IMAGE_PUT(&image, image.sections + 3 * sizeof(Elf64_Shdr), Elf64_Shdr, sh_offset, image.symbols);
	assert_fails(&image);
}

/* A chain that never says that it ends is left at the end of the file, however long that is. */
static void test_endless_chain(void **state)
{
	struct image image = make(IMAGE_GNU_HASH);
	uint32_t last = 1;

	(void)state;
	IMAGE_PUT(&image, image.dynamic + 5 * sizeof(Elf64_Dyn), Elf64_Dyn, d_un.d_val, IMAGE_ADDRESS + image.size);
	const uint32_t hash[] = {1, 1, 0, 0, last};
	memcpy(image.bytes + image.size, hash, sizeof(hash));
	image.size += sizeof(hash);
	IMAGE_PUT(&image, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), Elf64_Phdr, p_filesz, image.size);
	assert_fails(&image);
	for (int power = 12; power <= 40; power += 7) {
		_cleanup_close_ int fd = image_open(&image, image.size);
		struct elf_file file;
		assert_int_equal(ftruncate(fd, (off_t)1 << power), 0);
		assert_int_equal(elf_file_open(fd, &file), -ENOEXEC);
	}
}

/* However large the tables are, there is an end of what is read. */
static void test_reads_are_bounded(void **state)
{
	struct image image = make(IMAGE_SECTIONS);
	struct elf_file file;
	struct elf_symbol symbol;
	int found = 0, error;

	(void)state;
	IMAGE_PUT(&image, image.sections + 3 * sizeof(Elf64_Shdr), Elf64_Shdr, sh_size, ELF_FILE_STRINGS_MAX);
	_cleanup_close_ int fd = image_open(&image, image.size);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	assert_int_equal(elf_file_open(fd, &file), 0);
	while ((error = elf_file_find_symbol(&file, WANTED, STT_OBJECT, &symbol)) == 0)
		found++;
	assert_int_equal(error, -ENOEXEC);
	assert_int_equal(found, ELF_FILE_READ_MAX / ELF_FILE_STRINGS_MAX - 1);
}

static void test_file_that_shrinks(void **state)
{
	struct image image = make(IMAGE_SECTIONS);
	_cleanup_close_ int fd = image_open(&image, image.size);
	struct elf_file file;
	struct elf_symbol symbol;

	(void)state;
	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(elf_file_find_symbol(&file, WANTED, STT_OBJECT, &symbol), -ENOEXEC);
}

static void test_no_regular_file(void **state)
{
	_cleanup_close_ int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct image image = make(IMAGE_SECTIONS);
	struct elf_file file;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], image.bytes, image.size), image.size);
	assert_int_equal(elf_file_open(ends[0], &file), -ENOEXEC);
	assert_int_equal(elf_file_open(directory, &file), -ENOEXEC);
	assert_int_equal(elf_file_open(zero, &file), -ENOEXEC);
	assert_int_equal(elf_file_open(-1, &file), -EBADF);
	close(ends[0]);
	close(ends[1]);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Nothing is said of what comes out, but that something comes out. */
static void test_mutations(void **state)
{
	uint64_t random = 0x9e3779b97f4a7c15;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct image image = make((enum image_index)(round % IMAGE_INDEX_COUNT));
		uint64_t changes = 1 + next_random(&random) % 8;
		struct elf_symbol symbol;

		for (uint64_t i = 0; i < changes; i++) {
			size_t at = next_random(&random) % image.size;
			uint64_t extreme = extremes[next_random(&random) % ARRAY_SIZE(extremes)];
			if (next_random(&random) % 2)
				image.bytes[at] = (unsigned char)next_random(&random);
			else if (at / 8 * 8 + 8 <= image.size)
				memcpy(image.bytes + at / 8 * 8, &extreme, sizeof(extreme));
		}
		assert_true(find(&image, image.size, &symbol) <= 0);
	}
}

static void test_bias(void **state)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct elf_file file = {
		.segments = {{.address = 9 * page, .offset = 5 * page}, {.address = 3 * page + 7, .offset = page + 7}},
		.segment_count = 2,
	};
	uint64_t bias = 1;

	(void)state;
	assert_int_equal(elf_file_bias(&file, 10 * page, page, &bias), 0);
	assert_int_equal(bias, 7 * page);
	assert_int_equal(elf_file_bias(&file, 3 * page, page, &bias), 0);
	assert_int_equal(bias, 0);
	bias = 1;
	assert_int_equal(elf_file_bias(&file, 2 * page, page, &bias), -ENOENT);
	assert_int_equal(elf_file_bias(&file, 10 * page, 5 * page, &bias), -ENOENT);
	assert_int_equal(elf_file_bias(&file, 10 * page, 0, &bias), -ENOENT);
	assert_int_equal(bias, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_by_each_index), cmocka_unit_test(test_does_not_find),
		cmocka_unit_test(test_shared_ends),         cmocka_unit_test(test_large_table),
		cmocka_unit_test(test_kinds_of_file),       cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_lowest_code),         cmocka_unit_test(test_tables_elsewhere),
		cmocka_unit_test(test_no_symbols_at_all),   cmocka_unit_test(test_truncated_at_every_length),
		cmocka_unit_test(test_extreme_segments),    cmocka_unit_test(test_extreme_sections),
		cmocka_unit_test(test_extreme_dynamic),     cmocka_unit_test(test_impossible_tables),
		cmocka_unit_test(test_endless_chain),       cmocka_unit_test(test_reads_are_bounded),
		cmocka_unit_test(test_file_that_shrinks),   cmocka_unit_test(test_no_regular_file),
		cmocka_unit_test(test_mutations),           cmocka_unit_test(test_bias),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("elf_file", tests, NULL, NULL);
}
