// SPDX-License-Identifier: GPL-2.0-only
#include "signals/own_names.h"

#include "signals/descriptions.h"
#include "signals/domain.h"

#include <string.h>

#define LABEL_MINIMUM 3 /* a shorter name of a site is like too much */

/* Whether both are of one owner: one lies within what was registered for the other. */
static bool is_relative(const char *name, const char *own)
{
	const char *registrable = domain_registrable(own);

	return strchr(registrable, '.') && domain_is_within(name, registrable);
}

static const char *host_of(const struct sighting *sighting, char text[NAME_SIZE])
{
	return domain_plain(sighting->host_name ? sighting->host_name : "", text);
}

bool is_host_itself(const struct sighting *sighting, const char *name)
{
	char host[NAME_SIZE];
	size_t length = strlen(host_of(sighting, host));

	if (strchr(host, '.'))
		return domain_is_within(name, host);
	return length > 0 && strncmp(name, host, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

bool is_name_of_host(const struct sighting *sighting, const char *name)
{
	char host[NAME_SIZE];

	return is_host_itself(sighting, name) || is_relative(name, host_of(sighting, host));
}

/*
 * Whether one of the components of a path names what `name` is of. One that has a dot is a domain; another, which
 * panels make of a user's or a domain's name, is a label of it where `labels_count` says so.
 */
static bool has_component_of(const char *path, size_t size, const char *name, bool labels_count)
{
	const char *end = path + size;

	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t length = (size_t)((slash ? slash : end) - path);
		char component[NAME_SIZE] = "";

		if (length < sizeof(component))
			memcpy(component, path, length);
		domain_plain(component, component);
		if (strchr(component, '.')
			    ? is_relative(name, component)
			    : labels_count && strlen(component) >= LABEL_MINIMUM && domain_has_label(name, component))
			return true;
		path += length + 1;
	}
	return false;
}

bool is_name_of_site(const struct sighting *sighting, const char *name)
{
	const struct script *script = script_of_flow(sighting);

	if (!script || script->claimed)
		return false;
	if (script->site && has_component_of(script->site, strlen(script->site), name, true))
		return true;
	if (!script->path)
		return false;
	const char *file = strrchr(script->path, '/');
	size_t size =
		script->source == SCRIPT_SOURCE_CWD || !file ? strlen(script->path) : (size_t)(file - script->path);
	return (file || script->source == SCRIPT_SOURCE_CWD) && has_component_of(script->path, size, name, false);
}
