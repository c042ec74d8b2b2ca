// SPDX-License-Identifier: GPL-2.0-only
#include "identity/cgroup_path.h"

#include "lib/array.h"
#include "lib/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#define HEX_ID_LENGTH 64 /* a SHA-256, as docker, podman, containerd's CRI and CRI-O write it */

/* The rest of a component, between a pattern's prefix and suffix. */
enum id_form {
	ID_HEX,     /* 64 lower-case hexadecimal digits */
	ID_TOKEN,   /* letters and digits */
	ID_NAME,    /* anything */
	ID_ESCAPED, /* anything, escaped as systemd escapes unit names */
};

/* Components that give a meaning to all that lies below them: of this name, or of one that goes on with - or a dot. */
#define WITHIN_KUBEPODS (1U << 0)
#define WITHIN_ECS (1U << 1)

static const struct {
	const char *name;
	unsigned int within;
} surroundings[] = {
	/* Kubernetes, pkg/kubelet/cm/cgroup_manager_linux.go; kind sets --cgroup-root=/kubelet. */
	{"kubepods", WITHIN_KUBEPODS},
	{"kubelet-kubepods", WITHIN_KUBEPODS},
	/* Amazon ECS agent, agent/config: /ecs; on v2 ecstasks.slice, by its pull request 3127. */
	{"ecs", WITHIN_ECS},
	{"ecstasks", WITHIN_ECS},
};

struct pattern {
	unsigned int within; /* 0: anywhere */
	const char *parent;  /* the component above; NULL: any */
	const char *prefix;
	const char *suffix;
	enum id_form form;
	const char *runtime; /* NULL: no container, and what lies in it is its own */
};

/* The first that fits decides. */
static const struct pattern patterns[] = {
	/* CRI-O, internal/config/cgmgr: "crio-" and the id; conmon's scope is crio-conmon-<id>.scope. */
	{0, NULL, "crio-", ".scope", ID_HEX, "kubernetes"},
	{0, NULL, "crio-", "", ID_HEX, "kubernetes"},
	{0, NULL, "crio:", "", ID_HEX, "kubernetes"},
	/* containerd, internal/cri/server: getCgroupsPath(). With colons where runc was not told of systemd. */
	{0, NULL, "cri-containerd-", ".scope", ID_HEX, "kubernetes"},
	{0, NULL, "cri-containerd:", "", ID_HEX, "kubernetes"},
	/* dockershim, then cri-dockerd; and every runtime with the kubelet's cgroupfs driver. */
	{WITHIN_KUBEPODS, NULL, "docker-", ".scope", ID_HEX, "kubernetes"},
	{WITHIN_KUBEPODS, NULL, "", "", ID_HEX, "kubernetes"},
	/* moby, daemon/oci_linux.go: scopePrefix "docker", cgroup parent "/docker"; buildx, --driver-opt
	 * cgroup-parent, "/docker/buildx". */
	{0, NULL, "docker-", ".scope", ID_HEX, "docker"},
	{0, NULL, "docker:", "", ID_HEX, "docker"},
	{0, "docker", "", "", ID_HEX, "docker"},
	{0, "buildx", "", "", ID_HEX, "docker"},
	/* Amazon ECS agent: /ecs/<task>/<id>, of docker. */
	{WITHIN_ECS, NULL, "", "", ID_HEX, "docker"},
	/* BuildKit, executor/oci/spec_linux.go: "/buildkit" or below the daemon's cgroup parent, ids by
	 * identity.NewID(), base 36. */
	{0, "buildkit", "", "", ID_TOKEN, "buildkit"},
	/* podman, libpod/container.go: cGroupPath(); conmon's scope is libpod-conmon-<id>.scope. */
	{0, NULL, "libpod-", ".scope", ID_HEX, "podman"},
	{0, NULL, "libpod-payload-", "", ID_HEX, "podman"},
	{0, NULL, "libpod-", "", ID_HEX, "podman"},
	{0, NULL, "libpod:", "", ID_HEX, "podman"},
	/* nerdctl with systemd; without it, the namespace of containerd, which is "default" unless told. */
	{0, NULL, "nerdctl-", ".scope", ID_HEX, "containerd"},
	{0, "default", "", "", ID_HEX, "containerd"},
	/* LXC, src/lxc/cgroups/cgfsng.c: lxc.payload.%n since 4.0, lxc.payload/%n and lxc/%n before; Proxmox VE,
	 * PVE/LXC.pm: lxc.cgroup.dir.container = lxc/<vmid>. LXD and Incus run LXC. The monitor is no container. */
	{0, NULL, "lxc.payload.", "", ID_NAME, "lxc"},
	{0, "lxc.payload", "", "", ID_NAME, "lxc"},
	{0, "lxc", "", "", ID_NAME, "lxc"},
	/* libvirt, src/util/virsystemd.c: virSystemdMakeScopeName(), and src/util/vircgroup.c without systemd. */
	{0, "machine.slice", "machine-qemu", "", ID_NAME, NULL},
	{0, "machine.slice", "machine-lxc\\x2d", ".scope", ID_ESCAPED, "libvirt-lxc"},
	{0, "machine", "lxc-", ".libvirt-lxc", ID_NAME, "libvirt-lxc"},
	/* systemd-nspawn(1) --keep-unit with its template, and machined's scope for one started by hand. */
	{0, "machine.slice", "systemd-nspawn@", ".service", ID_ESCAPED, "nspawn"},
	{0, "machine.slice", "machine-", ".scope", ID_ESCAPED, "nspawn"},
	/* Some runtime of the OCI's with a cgroup parent of the administrator's: mostly docker --cgroup-parent. */
	{0, NULL, "", "", ID_HEX, "oci"},
};

/* The types of units that have a cgroup, but for slices: systemd.resource-control(5). */
static const char *const unit_suffixes[] = {".service", ".scope", ".socket", ".mount", ".swap"};

struct component {
	const char *text; /* not terminated */
	size_t length;
};

struct walk {
	struct cgroup_names *names;
	struct component parent;
	unsigned int within;
	bool left_slices;        /* something that is no slice was passed: what follows is not the system manager's */
	bool decided_containers; /* by a pattern */
};

static bool is_text(struct component component, const char *text)
{
	return strlen(text) == component.length && memcmp(component.text, text, component.length) == 0;
}

static bool has_prefix(struct component component, const char *prefix)
{
	size_t length = strlen(prefix);
	return component.length >= length && memcmp(component.text, prefix, length) == 0;
}

/* And something before it. */
static bool has_suffix(struct component component, const char *suffix)
{
	size_t length = strlen(suffix);
	return component.length > length && memcmp(component.text + component.length - length, suffix, length) == 0;
}

static bool are_all_of(struct component component, const char *allowed)
{
	for (size_t i = 0; i < component.length; i++)
		if (!strchr(allowed, component.text[i]))
			return false;
	return true;
}

static bool has_form(struct component id, enum id_form form)
{
	if (form == ID_HEX)
		return id.length == HEX_ID_LENGTH && are_all_of(id, "0123456789abcdef");
	if (form == ID_TOKEN)
		return id.length > 0 && are_all_of(id, "0123456789abcdefghijklmnopqrstuvwxyz");
	return id.length > 0;
}

/* A component is no longer than NAME_MAX, so that it fits. */
static void keep(char target[CGROUP_NAME_SIZE], struct component component)
{
	memcpy(target, component.text, component.length);
	memset(target + component.length, '\0', CGROUP_NAME_SIZE - component.length);
}

static int hex_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* Undoes \xNN (systemd.unit(5)), but for what would end the text, a component or a line. */
static void unescape(char text[CGROUP_NAME_SIZE])
{
	size_t length = 0;

	for (const char *at = text; *at; length++) {
		int high = at[0] == '\\' && at[1] == 'x' ? hex_value(at[2]) : -1;
		int low = high >= 0 ? hex_value(at[3]) : -1;
		char escaped = '\0';
		if (low >= 0)
			escaped = (char)(high << 4 | low);
		if (escaped == '/' || escaped == '\n')
			escaped = '\0';
		text[length] = escaped ? escaped : *at;
		at += escaped ? 4 : 1;
	}
	memset(text + length, '\0', CGROUP_NAME_SIZE - length);
}

/* Sets what lies between the pattern's ends, which is the id only where it fits. */
static bool fits(const struct walk *walk, const struct pattern *pattern, struct component component,
		 struct component *id)
{
	if (pattern->within && !(walk->within & pattern->within))
		return false;
	if (pattern->parent && !is_text(walk->parent, pattern->parent))
		return false;
	if (component.length < strlen(pattern->prefix) + strlen(pattern->suffix))
		return false;
	if (!has_prefix(component, pattern->prefix) || (*pattern->suffix && !has_suffix(component, pattern->suffix)))
		return false;
	*id = (struct component){component.text + strlen(pattern->prefix),
				 component.length - strlen(pattern->prefix) - strlen(pattern->suffix)};
	return has_form(*id, pattern->form);
}

/* What runc makes of "slice:prefix:id" where it was not told that systemd manages cgroups is one component. */
static struct component without_slice(struct component component)
{
	static const char mark[] = ".slice:";
	const char *at = memmem(component.text, component.length, mark, strlen(mark));
	if (!at)
		return component;
	at += strlen(mark);
	return (struct component){at, component.length - (size_t)(at - component.text)};
}

static void look_for_container(struct walk *walk, struct component component)
{
	struct component id;

	component = without_slice(component);
	for (size_t i = 0; i < COUNT_OF(patterns) && !walk->decided_containers; i++) {
		if (!fits(walk, &patterns[i], component, &id))
			continue;
		walk->decided_containers = true;
		if (!patterns[i].runtime)
			return;
		walk->names->container_runtime = patterns[i].runtime;
		keep(walk->names->container_id, id);
		if (patterns[i].form == ID_ESCAPED)
			unescape(walk->names->container_id);
	}
}

static void look_for_surroundings(struct walk *walk, struct component component)
{
	for (size_t i = 0; i < COUNT_OF(surroundings); i++) {
		size_t length = strlen(surroundings[i].name);
		if (!has_prefix(component, surroundings[i].name))
			continue;
		if (component.length == length || component.text[length] == '-' || component.text[length] == '.')
			walk->within |= surroundings[i].within;
	}
}

static bool is_unit(struct component component)
{
	for (size_t i = 0; i < COUNT_OF(unit_suffixes); i++)
		if (has_suffix(component, unit_suffixes[i]))
			return true;
	return false;
}

/* systemd nests slices in slices only, and a unit lies in its slice: cg_path_get_unit(), src/basic/cgroup-util.c. */
static void look_for_unit(struct walk *walk, struct component component)
{
	walk->names->is_unit = false;
	if (walk->left_slices)
		return;
	/* Put before names that a controller's file might have: cg_escape(), as above. */
	if (component.text[0] == '_') {
		component.text++;
		component.length--;
	}
	if (has_suffix(component, ".slice")) {
		keep(walk->names->slice, component);
		return;
	}
	walk->left_slices = true;
	if (!is_unit(component))
		return;
	keep(walk->names->name, component);
	walk->names->is_unit = true;
}

static int take_component(struct walk *walk, struct component component)
{
	if (component.length > NAME_MAX)
		return -ENAMETOOLONG;
	if (is_text(component, ".."))
		return walk->parent.length > 0 ? -EINVAL : 0;
	look_for_unit(walk, component);
	look_for_container(walk, component);
	look_for_surroundings(walk, component);
	walk->parent = component;
	return 0;
}

int cgroup_parse(const char *path, struct cgroup_names *ret_names)
{
	struct cgroup_names names;
	struct walk walk = {.names = &names};

	memset(&names, 0, sizeof(names));
	if (path[0] != '/')
		return -EINVAL;
	while (*path) {
		struct component component = {path, strcspn(path, "/")};
		int error = component.length > 0 ? take_component(&walk, component) : 0;
		if (error)
			return error;
		path += component.length + (path[component.length] == '/');
	}
	memcpy(ret_names, &names, sizeof(names));
	return 0;
}

/* The next line, or NULL; the last one counts only where its end is there. */
static char *next_line(const char **text)
{
	size_t length = strcspn(*text, "\n");
	if ((*text)[length] == '\0')
		return NULL;
	char *line = strndup(*text, length);
	*text += length + 1;
	return line;
}

/* "hierarchy-id:controllers:path". Ends the controllers and returns the path, or NULL. */
static const char *split_line(char *line, const char **ret_controllers)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return NULL;
	*path = '\0';
	*ret_controllers = controllers + 1;
	return path + 1;
}

char *cgroup_path_in(const char *text, const char *hierarchy)
{
	for (char *line; (line = next_line(&text)) != NULL; free(line)) {
		const char *controllers;
		const char *path = split_line(line, &controllers);
		if (path && strcmp(controllers, hierarchy) == 0) {
			char *copy = strdup(path);
			free(line);
			return copy;
		}
	}
	return NULL;
}

bool cgroup_says_nothing(const struct cgroup_names *names)
{
	return !names->name[0] && !names->slice[0] && !names->container_runtime;
}

static bool parse_hierarchy(const char *text, const char *hierarchy, struct cgroup_names *ret_names)
{
	_cleanup_free_ char *path = cgroup_path_in(text, hierarchy);
	struct cgroup_names names;

	if (!path || cgroup_parse(path, &names) != 0 || cgroup_says_nothing(&names))
		return false;
	memcpy(ret_names, &names, sizeof(names));
	return true;
}

static void find_container(const char *text, struct cgroup_names *names)
{
	struct cgroup_names found;

	for (char *line; !names->container_runtime && (line = next_line(&text)) != NULL; free(line)) {
		const char *controllers;
		const char *path = split_line(line, &controllers);
		if (!path || cgroup_parse(path, &found) != 0 || !found.container_runtime)
			continue;
		names->container_runtime = found.container_runtime;
		memcpy(names->container_id, found.container_id, sizeof(names->container_id));
	}
}

int cgroup_parse_process(const char *text, struct cgroup_names *ret_names)
{
	struct cgroup_names names;

	memset(&names, 0, sizeof(names));
	if (!parse_hierarchy(text, "name=systemd", &names))
		parse_hierarchy(text, "", &names);
	find_container(text, &names);
	if (cgroup_says_nothing(&names))
		return -ENOENT;
	memcpy(ret_names, &names, sizeof(names));
	return 0;
}

bool cgroup_is_users(const struct cgroup_names *names)
{
	return strncmp(names->slice, "user-", strlen("user-")) == 0;
}
