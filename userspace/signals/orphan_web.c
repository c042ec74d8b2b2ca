// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process of the web server's, whose parent is gone, speaks SMTP.
 *
 * A web server's children end with it or are its children still. What was started by a request and put itself under
 * pid 1 wants to outlive it. One that is young may be a command in the background, about to end; the main process of a
 * unit has pid 1 for a parent because it should.
 */
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/path.h"
#include "signals/signals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Users that distributions' web servers and PHP run as. */
static const char *const web_users[] = {
	"www-data", "apache",   "apache2", "nginx", "httpd", "http",      "www",     "_www",
	"wwwrun",   "lighttpd", "caddy",   "lsadm", "web",   "litespeed", "webapps", "nobody",
};

bool is_web_user(const struct actor *actor)
{
	for (size_t i = 0; i < COUNT_OF(web_users); i++)
		if (strcmp(actor->user_name, web_users[i]) == 0)
			return true;
	return false;
}

static bool is_of_a_request(const struct script *script)
{
	return script && script->inherited && script->url &&
	       (script->source == SCRIPT_SOURCE_PHP_REQUEST || script->source == SCRIPT_SOURCE_PHP_PROBE);
}

static void format_age(uint64_t age_ns, char *text, size_t size)
{
	uint64_t minutes = age_ns / (60 * NANOSECONDS_A_SECOND);

	if (minutes < 60)
		snprintf(text, size, "%" PRIu64 " min", minutes);
	else
		snprintf(text, size, "%" PRIu64 " h %" PRIu64 " min", minutes / 60, minutes % 60);
}

static void write_finding(const struct script *script, uint64_t age_ns, char finding[SIGNAL_TEXT_SIZE])
{
	const char *path = script && script->inherited ? script_file_path(script) : NULL;
	char age[48];

	format_age(age_ns, age, sizeof(age));
	snprintf(finding, SIGNAL_TEXT_SIZE, "parent is pid 1, running for %s%s%s", age, path ? ", started by " : "",
		 path ? path : "");
}

bool orphan_find(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE])
{
	const struct actor *actor = sighting->actor;
	uint64_t started_ns = actor->identity.key.start_ns;
	uint64_t time_ns = sighting->observation->time_ns;

	if (actor->identity.ancestors[0].pid != 1 || actor->leads_unit)
		return false;
	if (time_ns < started_ns || time_ns - started_ns < sighting->orphan_age_ns)
		return false;
	if (!is_web_user(actor) && !is_of_a_request(actor->script))
		return false;
	write_finding(actor->script, time_ns - started_ns, finding);
	return true;
}
