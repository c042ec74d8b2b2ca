// SPDX-License-Identifier: GPL-2.0-only
#include "identity/php.h"

#include "elf_image.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "support/files.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <gnu/lib-names.h>
#include <limits.h>
#include <link.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define GLOBALS 0x405678ULL
#define LIBRARY_ROOM (16UL << 20) /* more than the C library takes in memory */

#define OBJECT(name, value, size)                            \
	{                                                    \
		name, value, size, STT_OBJECT, STB_GLOBAL, 1 \
	}
#define FUNCTION(name)                                 \
	{                                              \
		name, 0x40, 8, STT_FUNC, STB_GLOBAL, 1 \
	}

static const struct {
	enum php_kind kind;
	struct image_symbol symbols[4];
} builds[] = {
	{PHP_KIND_NONE, {FUNCTION("main")}},
	{PHP_KIND_NONE, {{"sapi_globals", 0, 0, STT_OBJECT, STB_GLOBAL, SHN_UNDEF}}}, /* an extension */
	{PHP_KIND_REQUEST, {FUNCTION("sapi_read_post_block"), OBJECT("sapi_globals", GLOBALS, 600)}},
	{PHP_KIND_REQUEST, {FUNCTION("sapi_read_post_block"), OBJECT("sapi_globals", GLOBALS, 56)}},
	{PHP_KIND_OLD, {FUNCTION("php_module_startup"), OBJECT("sapi_globals", GLOBALS, 600)}},
	{PHP_KIND_THREADED, {FUNCTION("sapi_read_post_block"), OBJECT("sapi_globals_id", 0x50, 4)}},
	{PHP_KIND_THREADED, {FUNCTION("sapi_read_post_block"), OBJECT("sapi_globals_offset", 0x50, 8)}},
	{PHP_KIND_THREADED, {OBJECT("sapi_globals_id", 0x50, 4), OBJECT("sapi_globals", GLOBALS, 600)}},
	{PHP_KIND_UNKNOWN, {FUNCTION("php_module_startup"), OBJECT("sapi_globals", GLOBALS, 8)}},
	{PHP_KIND_UNKNOWN, {FUNCTION("zend_parse_parameters")}},
};

static size_t count_symbols(const struct image_symbol *symbols)
{
	size_t count = 0;

	while (count < ARRAY_SIZE(builds[0].symbols) && symbols[count].name)
		count++;
	return count;
}

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(builds); i++) {
		const struct image_symbol *symbols = builds[i].symbols;
		struct image image = image_make(IMAGE_GNU_HASH, symbols, count_symbols(symbols), i % 2);
		_cleanup_close_ int fd = image_open(&image, image.size);
		struct php_build build = {.globals = 1};

		assert_int_equal(php_examine(fd, &build), 0);
		assert_int_equal(build.kind, builds[i].kind);
		assert_int_equal(build.globals, build.kind == PHP_KIND_REQUEST ? GLOBALS - IMAGE_CODE : 0);
		assert_int_equal(build.has_library, i % 2);
	}
}

/* Only a PHP of which the place of that byte is known says whether a request is under way. */
static void test_says_started(void **state)
{
	static const struct {
		struct image_symbol symbols[3];
		bool says_started;
	} cases[] = {
		{{FUNCTION("sapi_read_post_block"), FUNCTION("zend_hash_str_find"),
		  OBJECT("sapi_globals", GLOBALS, 600)},
		 true},
		{{FUNCTION("sapi_read_post_block"), FUNCTION("zend_hash_str_find"),
		  OBJECT("sapi_globals", GLOBALS, 436)},
		 false},
		{{FUNCTION("sapi_read_post_block"), FUNCTION("zend_hash_find"), OBJECT("sapi_globals", GLOBALS, 600)},
		 false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct image image = image_make(IMAGE_GNU_HASH, cases[i].symbols, 3, false);
		_cleanup_close_ int fd = image_open(&image, image.size);
		struct php_build build;

		assert_int_equal(php_examine(fd, &build), 0);
		assert_int_equal(build.kind, PHP_KIND_REQUEST);
		assert_int_equal(build.says_started, cases[i].says_started);
	}
}

static void test_no_elf(void **state)
{
	struct image image = image_make(IMAGE_HASH, builds[2].symbols, 2, true);
	struct php_build build = {.kind = PHP_KIND_UNKNOWN};
	_cleanup_close_ int broken = image_open(&image, image.size / 2);
	_cleanup_close_ int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(php_examine(broken, &build), 0);
	assert_int_equal(build.kind, PHP_KIND_NONE);
	build.kind = PHP_KIND_UNKNOWN;
	assert_int_equal(php_examine(directory, &build), 0);
	assert_int_equal(build.kind, PHP_KIND_NONE);
	image.bytes[EI_CLASS] = ELFCLASS32;
	_cleanup_close_ int small = image_open(&image, image.size);
	assert_int_equal(php_examine(small, &build), 0);
	assert_int_equal(build.kind, PHP_KIND_32BIT);
	assert_int_equal(php_examine(-1, &build), -EBADF);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(php_kind_name(PHP_KIND_REQUEST), "exported");
	assert_string_equal(php_kind_name(PHP_KIND_32BIT), "32-bit");
	for (int kind = 0; kind < PHP_KIND_COUNT; kind++)
		assert_non_null(php_kind_name((enum php_kind)kind));
}

/* Each PHP of this machine. */
static void test_real_php(void **state)
{
	glob_t found = {0};
	struct php_build build;

	(void)state;
	glob("/usr/bin/php[0-9]*", 0, NULL, &found);
	glob("/usr/sbin/php-fpm[0-9]*", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		_cleanup_close_ int fd = open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC);
		assert_int_equal(php_examine(fd, &build), 0);
		assert_int_equal(build.kind, PHP_KIND_REQUEST);
		assert_true(build.globals > 0x1000 && build.globals < 1U << 30);
		assert_int_equal(build.globals % 8, 0);
		assert_false(build.has_library);
	}
	size_t count = found.gl_pathc;
	globfree(&found);
	SKIP_UNLESS(count > 0, "there is no PHP");
}

/* Field 22 of proc_pid_stat(5); the name of this program holds no blank. */
static uint64_t start_of(pid_t pid)
{
	char path[64];
	unsigned long long ticks = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	assert_int_equal(fscanf(stream,
				"%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
				"%llu",
				&ticks),
			 1);
	return ticks * (NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

static struct sw_file_id own_file(void)
{
	struct stat status;

	assert_int_equal(stat("/proc/self/exe", &status), 0);
	return (struct sw_file_id){
		.inode = status.st_ino,
		.device = major(status.st_dev) << 20 | minor(status.st_dev),
	};
}

static void test_opens_executable(void **state)
{
	struct sw_file_id file = own_file();
	struct stat status;
	_cleanup_close_ int fd = -1;

	(void)state;
	assert_int_equal(php_open_executable((uint32_t)getpid(), start_of(getpid()), &file, &fd), 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_ino, file.inode);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	/* Some file systems have numbers of which the kernel itself knows nothing: none of a disk. */
	file.device &= 0xfffff;
	int again = -1;
	assert_int_equal(php_open_executable((uint32_t)getpid(), start_of(getpid()), &file, &again), 0);
	close(again);
}

static void test_refuses_other_executables(void **state)
{
	const struct sw_file_id file = own_file();
	struct sw_file_id other = file;
	uint32_t pid = (uint32_t)getpid();
	uint64_t start_ns = start_of(getpid());
	int fd = -7;

	(void)state;
	assert_int_equal(php_open_executable(pid, start_ns + NANOSECONDS_A_SECOND, &file, &fd), -ESRCH);
	assert_int_equal(php_open_executable(INT_MAX, start_ns, &file, &fd), -ESRCH);
	other.inode++;
	assert_int_equal(php_open_executable(pid, start_ns, &other, &fd), -ESTALE);
	other = file;
	other.device ^= 1;
	if (file.device >> 20)
		assert_int_equal(php_open_executable(pid, start_ns, &other, &fd), -ESTALE);
	assert_int_equal(fd, -7);
}

static const char *wanted;

static int locate_wanted(struct elf_file *library, uint64_t *ret_value)
{
	struct elf_symbol symbol;
	int error = elf_file_find_symbol(library, wanted, STT_OBJECT, &symbol);

	if (!error)
		*ret_value = symbol.value;
	return error;
}

static int locate_function(struct elf_file *library, uint64_t *ret_value)
{
	struct elf_symbol symbol;
	int error = elf_file_find_symbol(library, "fopen", STT_FUNC, &symbol);

	if (!error)
		*ret_value = symbol.value;
	return error;
}

/* Finds it and refuses it. */
static int locate_nothing(struct elf_file *library, uint64_t *ret_value)
{
	locate_wanted(library, ret_value);
	return -EOPNOTSUPP;
}

static unsigned int located;

static int count_libraries(struct elf_file *library, uint64_t *ret_value)
{
	(void)library;
	(void)ret_value;
	located++;
	return -ENOENT;
}

static const char *const libc_patterns[] = {"nothing*", "libc.so.[0-9]", "libc-2.*.so", NULL};

static int find_in_libc(pid_t pid, int (*locate)(struct elf_file *, uint64_t *), uint64_t *ret_address)
{
	const struct php_object_search search = {.patterns = libc_patterns, .locate = locate};

	return php_find_object((uint32_t)pid, start_of(pid), &search, ret_address);
}

/* Opening mapped files takes a privilege. */
static bool may_open_mapped_files(void)
{
	uint64_t address;

	wanted = "stdout";
	return find_in_libc(getpid(), locate_wanted, &address) != -EPERM;
}

#define SKIP_WITHOUT_MAPPED_FILES() SKIP_UNLESS(may_open_mapped_files(), "mapped files cannot be opened")

/* The dynamic loader has the last word: of data that the file holds, and of data that it does not. */
static void assert_found_in_libc(pid_t pid)
{
	static const char *const names[] = {"stdout", "environ", "stderr", "_IO_2_1_stdout_"};
	void *libc = dlopen(LIBC_SO, RTLD_NOW | RTLD_NOLOAD);

	assert_non_null(libc);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t address = 0;
		wanted = names[i];
		assert_int_equal(find_in_libc(pid, locate_wanted, &address), 0);
		assert_ptr_equal((void *)(uintptr_t)address, dlsym(libc, names[i]));
	}
	dlclose(libc);
}

static void test_finds_object(void **state)
{
	(void)state;
	SKIP_WITHOUT_MAPPED_FILES();
	assert_found_in_libc(getpid());
}

/* What came by fork has the library at the same address. */
static void test_finds_object_in_child(void **state)
{
	int ends[2];
	char byte;

	(void)state;
	SKIP_WITHOUT_MAPPED_FILES();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_found_in_libc(pid);
	uint64_t start_ns = start_of(pid), address;
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(php_find_library((uint32_t)pid, start_ns, &address), -ESRCH);
}

static int find_path(struct dl_phdr_info *info, size_t size, void *path)
{
	(void)size;
	if (!strstr(info->dlpi_name, "/libc.so"))
		return 0;
	snprintf(path, PATH_MAX, "%s", info->dlpi_name);
	return 1;
}

/*
 * The file may also be mapped as mere data, below and above where it was loaded, with writable memory where its own
 * data would lie.
 */
static void test_other_mappings(void **state)
{
	char path[PATH_MAX] = "";
	char *const below = (char *)0x10000000; /* NOLINT(performance-no-int-to-ptr) */

	(void)state;
	SKIP_WITHOUT_MAPPED_FILES();
	assert_int_equal(dl_iterate_phdr(find_path, path), 1);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int writable = 0; writable <= 1; writable++) {
		int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
		void *low = mmap(below, LIBRARY_ROOM, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		assert_ptr_equal(low, below);
		assert_ptr_equal(mmap(low, 65536, protection, MAP_PRIVATE | MAP_FIXED, fd, 0), low);
		void *high = mmap(NULL, 65536, protection, MAP_PRIVATE, fd, 0);
		assert_ptr_not_equal(high, MAP_FAILED);
		assert_found_in_libc(getpid());
		munmap(low, LIBRARY_ROOM);
		munmap(high, 65536);
	}
}

static void test_does_not_find_object(void **state)
{
	static const char *const patterns[] = {"libnothing*", NULL};
	const struct php_object_search search = {.patterns = patterns, .locate = locate_wanted};
	uint64_t address = 1;

	(void)state;
	SKIP_WITHOUT_MAPPED_FILES();
	wanted = "stdout";
	assert_int_equal(php_find_object((uint32_t)getpid(), start_of(getpid()), &search, &address), -ENOENT);
	wanted = "nothing";
	assert_int_equal(find_in_libc(getpid(), locate_wanted, &address), -ENOENT);
	wanted = "stdout";
	assert_int_equal(find_in_libc(getpid(), locate_nothing, &address), -EOPNOTSUPP);
	/* Code is not where data is. */
	assert_int_equal(find_in_libc(getpid(), locate_function, &address), -ENOENT);
	assert_int_equal(php_find_object((uint32_t)getpid(), 1, &search, &address), -ESRCH);
	assert_int_equal(address, 1);
}

/* A process may have any number of files with the name that is looked for. */
static void test_many_libraries(void **state)
{
	static const char *const patterns[] = {"memfd:image*", NULL};
	const struct php_object_search search = {.patterns = patterns, .locate = count_libraries};
	struct image image = image_make(IMAGE_HASH, builds[2].symbols, 2, true);
	void *mappings[20];
	uint64_t address;

	(void)state;
	SKIP_WITHOUT_MAPPED_FILES();
	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++) {
		_cleanup_close_ int fd = image_open(&image, image.size);
		mappings[i] = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
		assert_ptr_not_equal(mappings[i], MAP_FAILED);
	}
	located = 0;
	assert_int_equal(php_find_object((uint32_t)getpid(), start_of(getpid()), &search, &address), -ENOENT);
	assert_int_equal(located, 8);
	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++)
		munmap(mappings[i], 4096);
}

/* Loads the mathematical library under PHP's name, and deletes the file. */
static void *load_as_php(void)
{
	char directory[] = "/tmp/smtpwatch unit.XXXXXX";
	char library[64], from[PATH_MAX] = "";
	void *math = dlopen(LIBM_SO, RTLD_NOW);

	assert_non_null(math);
	assert_int_equal(dlinfo(math, RTLD_DI_ORIGIN, from), 0);
	assert_true(strlen(from) + sizeof("/" LIBM_SO) < sizeof(from));
	strcat(from, "/" LIBM_SO);
	dlclose(math);
	assert_non_null(mkdtemp(directory));
	snprintf(library, sizeof(library), "%s/libphp8.9.so", directory);
	void *loaded = copy_file(from, library) ? dlopen(library, RTLD_NOW | RTLD_LOCAL) : NULL;
	unlink(library);
	rmdir(directory);
	return loaded;
}

/* Found by PHP's patterns, although the file is gone and its path holds a blank; but it is no PHP. */
static void test_deleted_library(void **state)
{
	static const char *const patterns[] = {"libphp*.so*", NULL};
	const struct php_object_search search = {.patterns = patterns, .locate = locate_wanted};
	uint32_t pid = (uint32_t)getpid();
	uint64_t address = 0;

	(void)state;
	SKIP_WITHOUT_MAPPED_FILES();
	assert_int_equal(php_find_library(pid, start_of(getpid()), &address), -ENOENT);
	void *library = load_as_php();
	SKIP_UNLESS(library, "no library can be loaded from /tmp");
	wanted = "signgam";
	assert_int_equal(php_find_object(pid, start_of(getpid()), &search, &address), 0);
	assert_ptr_equal((void *)(uintptr_t)address, dlsym(library, "signgam"));
	assert_int_equal(php_find_library(pid, start_of(getpid()), &address), -EOPNOTSUPP);
	dlclose(library);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_says_started),
		cmocka_unit_test(test_no_elf),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_real_php),
		cmocka_unit_test(test_opens_executable),
		cmocka_unit_test(test_refuses_other_executables),
		cmocka_unit_test(test_finds_object),
		cmocka_unit_test(test_finds_object_in_child),
		cmocka_unit_test(test_other_mappings),
		cmocka_unit_test(test_does_not_find_object),
		cmocka_unit_test(test_many_libraries),
		cmocka_unit_test(test_deleted_library),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("php", tests, NULL, NULL);
}
