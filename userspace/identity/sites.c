// SPDX-License-Identifier: GPL-2.0-only
#include "identity/sites.h"

#include "lib/array.h"
#include "lib/path_pattern.h"

#include <errno.h>
#include <string.h>

struct sites {
	char **added;
	size_t added_count;
};

/*
 * The first that matches counts, so one that is more special stands before one that is less. Hosts where each
 * site has a user, its home named after either, need nothing but the last ones: cPanel's /home/USER/public_html,
 * CyberPanel's /home/DOMAIN/public_html, Virtualmin's top-level servers.
 */
static const char *const shipped[] = {
	"/var/www/vhosts/system/{site}",    /* Plesk: logs and configuration of a domain */
	"/var/www/vhosts/{site}",           /* Plesk */
	"/var/www/clients/{site}/{site}",   /* ISPConfig: client1/web2 */
	"/var/customers/webs/{site}",       /* Froxlor */
	"/www/wwwroot/{site}",              /* aaPanel */
	"/home/*.cloudwaysapps.com/{site}", /* Cloudways: the home is the server's */
	"/home/forge/{site}",               /* Laravel Forge: one user has them all */
	"/home/ploi/{site}",                /* Ploi: likewise */
	"/home/*/web/{site}",               /* HestiaCP */
	"/home/*/domains/{site}",           /* DirectAdmin */
	"/home/*/webapps/{site}",           /* RunCloud */
	"/home/*/htdocs/{site}",            /* CloudPanel */
	"/home/{site}",                     /* cPanel */
	"/home[0-9]*/{site}",               /* cPanel's further homes */
	"/var/www/{site}",                  /* Debian, and who follows it; "html" is its default */
};

struct sites *sites_new(void)
{
	return calloc(1, sizeof(struct sites));
}

void sites_free(struct sites *sites)
{
	if (!sites)
		return;
	for (size_t i = 0; i < sites->added_count; i++)
		free(sites->added[i]);
	free(sites->added);
	free(sites);
}

int sites_add(struct sites *sites, const char *pattern, const char **ret_problem)
{
	const char *problem = path_pattern_check(pattern);

	if (problem) {
		*ret_problem = problem;
		return -EINVAL;
	}
	char **grown = reallocarray(sites->added, sites->added_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	sites->added = grown;
	char *copy = strdup(pattern);
	if (!copy)
		return -ENOMEM;
	grown[sites->added_count++] = copy;
	return 0;
}

bool sites_find(const struct sites *sites, const char *path, bool is_directory, char ret_site[SITE_SIZE])
{
	char site[SITE_SIZE];
	bool found = false;

	for (size_t i = 0; i < sites->added_count && !found; i++)
		found = path_pattern_match(sites->added[i], path, is_directory, site, sizeof(site));
	for (size_t i = 0; i < COUNT_OF(shipped) && !found; i++)
		found = path_pattern_match(shipped[i], path, is_directory, site, sizeof(site));
	if (found)
		memcpy(ret_site, site, strlen(site) + 1);
	return found;
}
