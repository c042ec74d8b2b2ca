// SPDX-License-Identifier: GPL-2.0-only
/* Bytes of the kernel side's ring: what is taken for a record has texts that end, and a script can be looked for in
 * it. */
#include "sensor/record.h"

#include "files.h"
#include "identity/scripts.h"
#include "lib/path.h"

#include <limits.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct script_finder *finders[2];

static void end(void)
{
	script_finder_free(finders[0]);
	script_finder_free(finders[1]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char *const sites[] = {(char *)"/srv/{site}/web"};

	(void)argc;
	(void)argv;
	finders[0] = script_finder_new(NULL, 0, false);
	finders[1] = script_finder_new(sites, 1, true);
	EXPECT(finders[0] && finders[1]);
	return atexit(end);
}

static void check_text(const char *text, size_t size)
{
	EXPECT(!text || strnlen(text, size) < size);
}

static void check_script(struct script_finder *finder, const struct observation *observation)
{
	struct script script;

	if (!script_find(finder, observation, &script))
		return;
	EXPECT(script.source < SCRIPT_SOURCE_COUNT);
	check_text(script.path, PATH_MAX);
	check_text(script.url, PATH_MAX);
	check_text(script.site, PATH_MAX);
	check_text(script.pool, PATH_MAX);
}

/* In memory that ends where the record does. The process is none that exists: so one input is always one result. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct record_text text;
	struct observation observation;
	uint8_t *copy = malloc(size + 1);

	EXPECT(copy);
	if (size > 0)
		memcpy(copy + 1, bytes, size);
	if (record_decode(copy + 1, size, &text, &observation) == 0) {
		check_text(observation.executable, sizeof(text.path));
		check_text(observation.cwd, sizeof(text.cwd));
		EXPECT(observation.argv_size <= sizeof(text.argv));
		text.identity.key.pid = 0;
		text.script.pid = 0;
		observation.actor.pid = 0;
		check_script(finders[0], &observation);
		check_script(finders[1], &observation);
	}
	free(copy);
	return 0;
}
