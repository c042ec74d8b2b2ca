// SPDX-License-Identifier: GPL-2.0-only
#include "identity/containers.h"
#include "lib/roots.h"

#include "identity/file_id.h"
#include "lib/array.h"
#include "lib/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX (1024 * 1024)
#define LOG_LINKS_MAX 16384 /* looked through; the kubelet runs 110 pods unless told otherwise */
#define HEX_ID_LENGTH 64
#define LOG_SUFFIX ".log"

DEFINE_CLEANUP(json_t, json_decref);
DEFINE_CLEANUP(DIR, closedir);

/* Opens only what root alone can have put there, and never waits for it. */
static int open_roots(const char *path, int flags, mode_t type, struct stat *ret_status)
{
	_cleanup_close_ int fd = open(path, flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, ret_status) != 0)
		return -errno;
	if ((ret_status->st_mode & S_IFMT) != type || !file_is_roots(ret_status->st_uid, ret_status->st_mode))
		return -EPERM;
	return TAKE_FD(fd);
}

static int read_json(const char *path, json_t **ret_value)
{
	struct stat status = {.st_size = 0};
	size_t size = 0;

	_cleanup_close_ int fd = open_roots(path, 0, S_IFREG, &status);
	if (fd < 0)
		return fd;
	if (status.st_size > FILE_SIZE_MAX)
		return -EFBIG;
	_cleanup_free_ char *text = malloc(FILE_SIZE_MAX);
	if (!text)
		return -ENOMEM;
	for (ssize_t part = 1; part > 0 && size < FILE_SIZE_MAX; size += (size_t)part) {
		part = read(fd, text + size, FILE_SIZE_MAX - size);
		if (part < 0)
			return -errno;
	}
	*ret_value = json_loadb(text, size, 0, NULL);
	return *ret_value ? 0 : -EBADMSG;
}

static int take_text(const char *text, char *ret_text, size_t size)
{
	if (!text || !*text)
		return -ENOENT;
	if (strlen(text) >= size)
		return -ENAMETOOLONG;
	memcpy(ret_text, text, strlen(text) + 1);
	return 0;
}

static int take_name(const char *name, char ret_name[CONTAINER_NAME_SIZE])
{
	return take_text(name, ret_name, CONTAINER_NAME_SIZE);
}

/* What is looked for in a runtime's description of a container: its name, or its image. 0 or -errno. */
typedef int container_reader(const json_t *container, char *ret_text);

/* dockerd(8): data-root, called graph before 17.05. */
static int configured_docker_root(const char *root, char ret_path[PATH_MAX])
{
	static const char *const keys[] = {"data-root", "graph"};
	_cleanup_(cleanup_json_decref) json_t *settings = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/etc/docker/daemon.json", root);
	int error = read_json(path, &settings);
	for (size_t i = 0; i < COUNT_OF(keys) && !error; i++) {
		const char *value = json_string_value(json_object_get(settings, keys[i]));
		if (value && value[0] == '/' && strlen(value) < PATH_MAX) {
			memcpy(ret_path, value, strlen(value) + 1);
			return 0;
		}
	}
	return error ? error : -ENOENT;
}

static int read_docker_name(const json_t *container, char *ret_name)
{
	const char *name = json_string_value(json_object_get(container, "Name"));
	return take_name(name && name[0] == '/' ? name + 1 : name, ret_name);
}

/* As it was written when the container was made. "Image" beside it is the digest. */
static int read_docker_image(const json_t *container, char *ret_image)
{
	const json_t *config = json_object_get(container, "Config");
	return take_text(json_string_value(json_object_get(config, "Image")), ret_image, CONTAINER_IMAGE_SIZE);
}

static int read_docker_below(const char *root, const char *data_root, const char *id, container_reader *read,
			     char *ret_text)
{
	_cleanup_(cleanup_json_decref) json_t *container = NULL;
	char path[2 * PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s/containers/%s/config.v2.json", root, data_root, id) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int error = read_json(path, &container);
	return error ? error : read(container, ret_text);
}

static int read_docker(const char *root, const char *id, container_reader *read, char *ret_text)
{
	/* The default of dockerd(8), and of Ubuntu's snap of it. */
	static const char *const data_roots[] = {"/var/lib/docker", "/var/snap/docker/common/var-lib-docker"};
	char configured[PATH_MAX];

	int error = configured_docker_root(root, configured);
	if (!error)
		return read_docker_below(root, configured, id, read, ret_text);
	for (size_t i = 0; i < COUNT_OF(data_roots); i++) {
		error = read_docker_below(root, data_roots[i], id, read, ret_text);
		if (error != -ENOENT)
			return error;
	}
	return error;
}

static int docker_name(const char *root, const char *id, char *ret_name)
{
	return read_docker(root, id, read_docker_name, ret_name);
}

static int docker_image(const char *root, const char *id, char *ret_image)
{
	return read_docker(root, id, read_docker_image, ret_image);
}

static int read_podman_name(const json_t *container, char *ret_name)
{
	return take_name(json_string_value(json_array_get(json_object_get(container, "names"), 0)), ret_name);
}

/* In JSON within the JSON: RuntimeContainerMetadata of containers/podman, libpod/storage.go. */
static int read_podman_image(const json_t *container, char *ret_image)
{
	const char *text = json_string_value(json_object_get(container, "metadata"));
	_cleanup_(cleanup_json_decref) json_t *metadata = text ? json_loads(text, 0, NULL) : NULL;

	return take_text(json_string_value(json_object_get(metadata, "image-name")), ret_image, CONTAINER_IMAGE_SIZE);
}

static int read_podman_in(const char *path, const char *id, container_reader *read, char *ret_text)
{
	_cleanup_(cleanup_json_decref) json_t *containers = NULL;
	const json_t *container;
	size_t i;

	int error = read_json(path, &containers);
	if (error)
		return error;
	json_array_foreach(containers, i, container)
	{
		const char *known = json_string_value(json_object_get(container, "id"));
		if (known && strcmp(known, id) == 0)
			return read(container, ret_text);
	}
	return -ENOENT;
}

static int read_podman(const char *root, const char *id, container_reader *read, char *ret_text)
{
	/* containers/storage, containers.go: those of `podman run --rm` are in the second. */
	static const char *const lists[] = {"containers.json", "volatile-containers.json"};
	char path[PATH_MAX];
	int error = -ENOENT;

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		snprintf(path, sizeof(path), "%s/var/lib/containers/storage/overlay-containers/%s", root, lists[i]);
		error = read_podman_in(path, id, read, ret_text);
		if (error != -ENOENT)
			return error;
	}
	return error;
}

static int podman_name(const char *root, const char *id, char *ret_name)
{
	return read_podman(root, id, read_podman_name, ret_name);
}

static int podman_image(const char *root, const char *id, char *ret_image)
{
	return read_podman(root, id, read_podman_image, ret_image);
}

/* "<pod>_<namespace>_<container>-<id>.log": legacyLogSymlink(), Kubernetes, pkg/kubelet/kuberuntime/legacy.go.
 * None of the names can have a '_': they are DNS names. */
static bool parse_log_link(const char *link, const char *id, char ret_name[CONTAINER_NAME_SIZE])
{
	size_t tail = 1 + HEX_ID_LENGTH + strlen(LOG_SUFFIX);
	size_t length = strlen(link);
	size_t pod = strcspn(link, "_");

	if (length <= tail || link[length - tail] != '-' ||
	    strcmp(link + length - strlen(LOG_SUFFIX), LOG_SUFFIX) != 0 ||
	    memcmp(link + length - tail + 1, id, HEX_ID_LENGTH) != 0)
		return false;
	if (strspn(link, "abcdefghijklmnopqrstuvwxyz0123456789-._") < length || pod + 1 >= length - tail)
		return false;
	const char *name_space = link + pod + 1;
	size_t space = strcspn(name_space, "_");
	const char *container = name_space + space + 1;
	if (pod == 0 || space == 0 || container >= link + length - tail)
		return false;
	char name[CONTAINER_NAME_SIZE];
	int name_length = snprintf(name, sizeof(name), "%.*s/%.*s/%.*s", (int)space, name_space, (int)pod, link,
				   (int)(link + length - tail - container), container);
	return name_length < CONTAINER_NAME_SIZE && take_name(name, ret_name) == 0;
}

static int kubernetes_name(const char *root, const char *id, char *ret_name)
{
	struct stat status;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/var/log/containers", root);
	_cleanup_close_ int fd = open_roots(path, O_DIRECTORY, S_IFDIR, &status);
	if (fd < 0)
		return fd;
	_cleanup_(cleanup_closedir) DIR *links = fdopendir(fd);
	if (!links)
		return -errno;
	TAKE_FD(fd);
	for (size_t i = 0; i < LOG_LINKS_MAX; i++) {
		const struct dirent *link = readdir(links);
		if (!link)
			break;
		if (parse_log_link(link->d_name, id, ret_name))
			return 0;
	}
	return -ENOENT;
}

static int name_is_id(const char *root, const char *id, char *ret_name)
{
	(void)root;
	return take_name(id, ret_name);
}

typedef int container_finder(const char *root, const char *id, char *ret_text);

static const struct runtime {
	const char *name;
	bool has_hex_ids;
	container_finder *find_name;
	container_finder *find_image; /* NULL: it is in no file of root's that is simple to find */
} runtimes[] = {
	{"docker", true, docker_name, docker_image},
	{"oci", true, docker_name, docker_image},
	{"podman", true, podman_name, podman_image},
	{"kubernetes", true, kubernetes_name, NULL},
	{"lxc", false, name_is_id, NULL},
	{"libvirt-lxc", false, name_is_id, NULL},
	{"nspawn", false, name_is_id, NULL},
};

/* It becomes part of a path. */
static bool is_hex_id(const char *id)
{
	return strlen(id) == HEX_ID_LENGTH && strspn(id, "0123456789abcdef") == HEX_ID_LENGTH;
}

/* 0, -ENOENT, or -EINVAL for an id that it cannot have. */
static int find_runtime(const char *name, const char *id, const struct runtime **ret_runtime)
{
	for (size_t i = 0; i < COUNT_OF(runtimes); i++) {
		if (strcmp(runtimes[i].name, name) != 0)
			continue;
		if (runtimes[i].has_hex_ids && !is_hex_id(id))
			return -EINVAL;
		*ret_runtime = &runtimes[i];
		return 0;
	}
	return -ENOENT;
}

int containers_name(const char *root, const char *runtime, const char *id, char ret_name[CONTAINER_NAME_SIZE])
{
	const struct runtime *found;

	int error = find_runtime(runtime, id, &found);
	return error ? error : found->find_name(root, id, ret_name);
}

int containers_image(const char *root, const char *runtime, const char *id, char ret_image[CONTAINER_IMAGE_SIZE])
{
	const struct runtime *found;

	int error = find_runtime(runtime, id, &found);
	if (error)
		return error;
	return found->find_image ? found->find_image(root, id, ret_image) : -ENOENT;
}
