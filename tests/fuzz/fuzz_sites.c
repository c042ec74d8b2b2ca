// SPDX-License-Identifier: GPL-2.0-only
/* Layouts of sites and paths, a line each: whose site is that? */
#include "identity/sites.h"

#include "files.h"
#include "lib/path.h"

#include <limits.h>

static void ask(struct sites *sites, const char *line)
{
	char path[PATH_MAX];
	char site[SITE_SIZE];

	if (!path_resolve("/var/www", line, strlen(line), path, sizeof(path)))
		return;
	EXPECT(path[0] == '/' && strnlen(path, sizeof(path)) < sizeof(path));
	for (int is_directory = 0; is_directory < 2; is_directory++)
		if (sites_find(sites, path, is_directory, site))
			EXPECT(site[0] && strnlen(site, sizeof(site)) < sizeof(site));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct sites *sites = sites_new();
	char *text = strndup(size ? (const char *)bytes : "", size);
	char *rest = text;
	const char *problem;

	EXPECT(sites && text);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (sites_add(sites, line, &problem) != 0)
			EXPECT(problem && *problem);
		ask(sites, line);
	}
	free(text);
	sites_free(sites);
	return 0;
}
