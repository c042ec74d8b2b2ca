// SPDX-License-Identifier: GPL-2.0-only
/* The command line of an interpreter, as it lies in the process: the first word is the executable. The first byte says
 * whether the end is missing. */
#include "identity/interpreters.h"

#include "files.h"

static void check_script(const struct interpreter_script *script, const char *argv, size_t size)
{
	EXPECT(script->size > 0 && script->text >= argv && script->text + script->size <= argv + size);
	EXPECT(!memchr(script->text, '\0', script->size));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct interpreter_script script;

	if (size == 0)
		return 0;
	struct part rest = {bytes + 1, size - 1};
	struct part name = part_take(&rest);
	char *executable = strndup(name.size ? (const char *)name.bytes : "", name.size);
	char *argv = malloc(rest.size ? rest.size : 1); /* ends where the last word does */
	EXPECT(executable && argv);
	if (rest.size > 0)
		memcpy(argv, rest.bytes, rest.size);
	(void)interpreter_is_php(executable);
	(void)interpreter_is_shell(executable);
	if (interpreter_read_argv(executable, argv, rest.size, bytes[0] & 1, &script))
		check_script(&script, argv, rest.size);
	free(executable);
	free(argv);
	return 0;
}
