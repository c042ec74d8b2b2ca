// SPDX-License-Identifier: GPL-2.0-only
/* Executables and libraries, which any user can make: what they export, and whether they are a PHP. */
#include "files.h"
#include "identity/php.h"

#include <errno.h>

static bool is_wanted(const char *name)
{
	EXPECT(strlen(name) <= ELF_FILE_NAME_MAX);
	return name[0] == 'x';
}

static bool is_expected(int error)
{
	return error == 0 || error == -ENOEXEC || error == -ELIBBAD || error == -ENOENT;
}

static void check_file(int fd)
{
	static const char *const wanted[] = {"sapi_globals", "php_request_startup", "x"};
	struct elf_symbol symbol;
	struct elf_file file;
	uint64_t bias;

	int error = elf_file_open(fd, &file);
	EXPECT(is_expected(error));
	if (error)
		return;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		EXPECT(is_expected(elf_file_find_symbol(&file, wanted[i], STT_OBJECT, &symbol)));
		EXPECT(is_expected(elf_file_find_symbol(&file, wanted[i], STT_FUNC, &symbol)));
	}
	(void)elf_file_needs(&file, is_wanted);
	(void)elf_file_bias(&file, 0x7f0000000000, 0, &bias);
	EXPECT(file.read_left <= ELF_FILE_READ_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = part_open((struct part){bytes, size});
	struct php_build build;

	check_file(fd);
	EXPECT(php_examine(fd, &build) == 0 && build.kind < PHP_KIND_COUNT);
	close(fd);
	return 0;
}
