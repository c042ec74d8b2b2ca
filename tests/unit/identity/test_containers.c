// SPDX-License-Identifier: GPL-2.0-only
#include "identity/containers.h"

#include "support/test.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "9b98bb265ea4c149d9a786380dd07716d341c3e925f2616040c6cd9ac8c4b75c"
#define OTHER "47cbd16b77c50cbf71401c069cd2189f0e659af17d5a2daca3bddf59d8a870b2"
#define DOCKER "/var/lib/docker/containers/" ID "/config.v2.json"
#define PODMAN "/var/lib/containers/storage/overlay-containers/"
#define LOGS "/var/log/containers/"
#define ROOT_ONLY "only root can make files that belong to root"

static char root[40];

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/smtpwatch-unit.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *at_root(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void make_folders(const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s", at_root(path));
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static void write_bytes(const char *path, const void *content, size_t size)
{
	make_folders(path);
	FILE *stream = fopen(at_root(path), "we");
	assert_non_null(stream);
	assert_int_equal(fwrite(content, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(chmod(at_root(path), 0600), 0);
}

static void write_text(const char *path, const char *content)
{
	write_bytes(path, content, strlen(content));
}

static void assert_name(const char *runtime, const char *id, const char *expected)
{
	char name[CONTAINER_NAME_SIZE];

	memset(name, 'x', sizeof(name));
	assert_int_equal(containers_name(root, runtime, id, name), 0);
	assert_string_equal(name, expected);
}

static void assert_image(const char *runtime, const char *id, const char *expected)
{
	char image[CONTAINER_IMAGE_SIZE];

	assert_int_equal(containers_image(root, runtime, id, image), 0);
	assert_string_equal(image, expected);
}

/* And nothing is written. */
static void assert_no_image(const char *runtime, const char *id, int expected)
{
	char image[CONTAINER_IMAGE_SIZE];

	memset(image, 'x', sizeof(image));
	assert_int_equal(containers_image(root, runtime, id, image), expected);
	for (size_t i = 0; i < sizeof(image); i++)
		assert_int_equal(image[i], 'x');
}

/* And nothing is written. */
static void assert_error(const char *runtime, const char *id, int expected)
{
	char name[CONTAINER_NAME_SIZE];

	memset(name, 'x', sizeof(name));
	assert_int_equal(containers_name(root, runtime, id, name), expected);
	for (size_t i = 0; i < sizeof(name); i++)
		assert_int_equal(name[i], 'x');
}

static void test_docker(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	assert_error("docker", ID, -ENOENT);
	write_text(DOCKER, "{\"ID\":\"" ID "\",\"Config\":{\"Name\":\"/no\",\"Env\":[]},\"Name\":\"/web\"}");
	assert_name("docker", ID, "web");
	assert_name("oci", ID, "web");
	assert_error("docker", OTHER, -ENOENT);
	write_text("/var/snap/docker/common/var-lib-docker/containers/" OTHER "/config.v2.json",
		   "{\"Name\":\"/snapped\"}");
	assert_name("docker", OTHER, "snapped");
}

static void test_docker_elsewhere(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	write_text(DOCKER, "{\"Name\":\"/left-behind\"}");
	write_text("/srv/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/moved\"}");
	write_text("/etc/docker/daemon.json", "{\"data-root\":\"/srv/docker\",\"debug\":true}");
	assert_name("docker", ID, "moved");
	write_text("/etc/docker/daemon.json", "{\"graph\":\"/srv/docker\"}");
	assert_name("docker", ID, "moved");
	write_text("/etc/docker/daemon.json", "{\"data-root\":\"srv/docker\"}");
	assert_name("docker", ID, "left-behind");
	write_text("/etc/docker/daemon.json", "{\"data-root\":7}");
	assert_name("docker", ID, "left-behind");
	write_text("/etc/docker/daemon.json", "not JSON");
	assert_name("docker", ID, "left-behind");
}

static void test_podman(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	write_text(PODMAN "containers.json", "[{\"id\":\"" OTHER "\",\"names\":[\"other\"]},{\"id\":\"" ID
					     "\",\"names\":[\"mail\",\"second\"],\"layer\":\"x\"}]");
	assert_name("podman", ID, "mail");
	assert_name("podman", OTHER, "other");
	write_text(PODMAN "containers.json", "[]");
	assert_error("podman", ID, -ENOENT);
	write_text(PODMAN "volatile-containers.json", "[{\"id\":\"" ID "\",\"names\":[\"passing\"]}]");
	assert_name("podman", ID, "passing");
	unlink(at_root(PODMAN "containers.json"));
	assert_name("podman", ID, "passing");
}

static void test_docker_image(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	assert_no_image("docker", ID, -ENOENT);
	write_text(DOCKER,
		   "{\"Image\":\"sha256:0\",\"Config\":{\"Image\":\"mailcow/postfix:1.72\"},\"Name\":\"/web\"}");
	assert_image("docker", ID, "mailcow/postfix:1.72");
	assert_image("oci", ID, "mailcow/postfix:1.72");
	assert_no_image("docker", "../" ID, -EINVAL);
	write_text(DOCKER, "{\"Config\":[],\"Image\":\"sha256:0\"}");
	assert_no_image("docker", ID, -ENOENT);
	write_text(DOCKER, "{\"Config\":{\"Image\":7}}");
	assert_no_image("docker", ID, -ENOENT);
	assert_no_image("lxc", "web", -ENOENT);
	assert_no_image("kubernetes", ID, -ENOENT);
	assert_no_image("buildkit", ID, -ENOENT);
}

static void test_podman_image(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	write_text(PODMAN "containers.json",
		   "[{\"id\":\"" ID "\",\"image\":\"0\",\"metadata\":\"{\\\"image-name\\\":\\\"docker.io/library/"
		   "web:latest\\\"}\"},{\"id\":\"" OTHER "\",\"metadata\":\"no JSON\"}]");
	assert_image("podman", ID, "docker.io/library/web:latest");
	assert_no_image("podman", OTHER, -ENOENT);
	write_text(PODMAN "containers.json", "[{\"id\":\"" ID "\",\"metadata\":7}]");
	assert_no_image("podman", ID, -ENOENT);
}

static void test_kubernetes(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	make_folders(LOGS);
	assert_int_equal(symlink("/nowhere", at_root(LOGS "web-7d4-x2_shop_php-fpm-" ID ".log")), 0);
	assert_int_equal(symlink("/nowhere", at_root(LOGS "etcd.node1_kube-system_etcd-" OTHER ".log")), 0);
	assert_name("kubernetes", ID, "shop/web-7d4-x2/php-fpm");
	assert_name("kubernetes", OTHER, "kube-system/etcd.node1/etcd");
}

static void test_kubernetes_hostile_links(void **state)
{
	static const char *const links[] = {
		LOGS ID ".log",
		LOGS "-" ID ".log",
		LOGS "_-" ID ".log",
		LOGS "__-" ID ".log",
		LOGS "a-" ID ".log",
		LOGS "a_b-" ID ".log",
		LOGS "a_b_-" ID ".log",
		LOGS "_b_c-" ID ".log",
		LOGS "a__c-" ID ".log",
		LOGS "a_b_c-" ID ".log.gz",
		LOGS "a_b_c." ID ".log",
		LOGS "A_b_c-" ID ".log",
		LOGS "a_\x1b_c-" ID ".log",
		LOGS "a_b_c-" ID ID ".log",
		LOGS "x",
		LOGS "a_b_" ID ".log",
	};

	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	make_folders(LOGS);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		assert_int_equal(symlink("/nowhere", at_root(links[i])), 0);
	assert_error("kubernetes", ID, -ENOENT);
	assert_int_equal(chmod(at_root(LOGS), 0777), 0);
	assert_error("kubernetes", ID, -EPERM);
	assert_int_equal(chmod(at_root(LOGS), 0755), 0);
}

static void test_names_that_are_ids(void **state)
{
	(void)state;
	assert_name("lxc", "web", "web");
	assert_name("nspawn", "my-web", "my-web");
	assert_name("libvirt-lxc", "1268-sl", "1268-sl");
	assert_error("lxc", "", -ENOENT);
	assert_error("buildkit", "snschvixiy3s74w74fjantrdg", -ENOENT);
	assert_error("", ID, -ENOENT);
}

/* An id becomes part of a path. */
static void test_hostile_ids(void **state)
{
	static const char *const ids[] = {"",
					  ".",
					  "..",
					  "../../../../etc",
					  "9b98bb265ea4",
					  ID "0",
					  "/" ID,
					  "9B98BB265EA4C149D9A786380DD07716D341C3E925F2616040C6CD9AC8C4B75C"};
	static const char *const runtimes[] = {"docker", "oci", "podman", "kubernetes"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		for (size_t j = 0; j < ARRAY_SIZE(runtimes); j++)
			assert_error(runtimes[j], ids[i], -EINVAL);
}

static void test_hostile_json(void **state)
{
	static const struct {
		const char *text;
		int error;
	} docker[] = {
		{"", -EBADMSG},
		{"{", -EBADMSG},
		{"{\"Name\":\"/web\"", -EBADMSG},
		{"{\"Name\":\"/a\\u0000b\"}", -EBADMSG},
		{"{\"Name\":\"/\xff\"}", -EBADMSG},
		{"[]", -ENOENT},
		{"[\"Name\"]", -ENOENT},
		{"{}", -ENOENT},
		{"{\"Name\":7}", -ENOENT},
		{"{\"Name\":null}", -ENOENT},
		{"{\"Name\":{\"Name\":\"/web\"}}", -ENOENT},
		{"{\"Name\":\"\"}", -ENOENT},
		{"{\"Name\":\"/\"}", -ENOENT},
	};
	static const char *const podman[] = {
		"{}",
		"[7,null,[],{}]",
		"[{\"id\":7,\"names\":[\"x\"]}]",
		"[{\"id\":\"" ID "\"}]",
		"[{\"id\":\"" ID "\",\"names\":\"x\"}]",
		"[{\"id\":\"" ID "\",\"names\":[]}]",
		"[{\"id\":\"" ID "\",\"names\":[{}]}]",
	};

	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	for (size_t i = 0; i < ARRAY_SIZE(docker); i++) {
		write_text(DOCKER, docker[i].text);
		assert_error("docker", ID, docker[i].error);
	}
	for (size_t i = 0; i < ARRAY_SIZE(podman); i++) {
		write_text(PODMAN "containers.json", podman[i]);
		assert_error("podman", ID, -ENOENT);
	}
	/* Whatever a name holds is kept: it is escaped where it is written. */
	write_text(DOCKER, "{\"Name\":\"/\\u001b[2J\\n\xe2\x80\xae\"}");
	assert_name("docker", ID, "\x1b[2J\n\xe2\x80\xae");
}

static void test_size(void **state)
{
	static char text[1024 * 1024 + 1];
	static const char head[] = "{\"Name\":\"/web\"}";

	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	memset(text, ' ', sizeof(text));
	memcpy(text, head, strlen(head));
	write_bytes(DOCKER, text, sizeof(text) - 1);
	assert_name("docker", ID, "web");
	write_bytes(DOCKER, text, sizeof(text));
	assert_error("docker", ID, -EFBIG);
	memset(text, '[', sizeof(text) - 1);
	write_bytes(DOCKER, text, sizeof(text) - 1);
	assert_error("docker", ID, -EBADMSG);
	memset(text, 'n', 1000);
	memcpy(text, "{\"Name\":\"", 9);
	memcpy(text + 9 + CONTAINER_NAME_SIZE - 1, "\"}", 2);
	write_bytes(DOCKER, text, 9 + CONTAINER_NAME_SIZE - 1 + 2);
	char name[CONTAINER_NAME_SIZE];
	assert_int_equal(containers_name(root, "docker", ID, name), 0);
	assert_int_equal(strlen(name), CONTAINER_NAME_SIZE - 1);
	memcpy(text + 9 + CONTAINER_NAME_SIZE - 1, "n\"}", 3);
	write_bytes(DOCKER, text, 9 + CONTAINER_NAME_SIZE + 2);
	assert_error("docker", ID, -ENAMETOOLONG);
}

/* Only what is root's is believed, and nothing is waited for. */
static void test_ownership(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, ROOT_ONLY);
	write_text(DOCKER, "{\"Name\":\"/web\"}");
	assert_name("docker", ID, "web");
	assert_int_equal(chmod(at_root(DOCKER), 0620), 0);
	assert_error("docker", ID, -EPERM);
	assert_int_equal(chmod(at_root(DOCKER), 0602), 0);
	assert_error("docker", ID, -EPERM);
	assert_int_equal(chmod(at_root(DOCKER), 0600), 0);
	assert_int_equal(chown(at_root(DOCKER), 65534, 0), 0);
	assert_error("docker", ID, -EPERM);
	unlink(at_root(DOCKER));
	write_text("/elsewhere", "{\"Name\":\"/web\"}");
	char target[PATH_MAX];
	snprintf(target, sizeof(target), "%s", at_root("/elsewhere"));
	assert_int_equal(symlink(target, at_root(DOCKER)), 0);
	assert_error("docker", ID, -ELOOP);
	unlink(at_root(DOCKER));
	assert_int_equal(mkfifo(at_root(DOCKER), 0600), 0);
	assert_error("docker", ID, -EPERM);
	unlink(at_root(DOCKER));
	assert_int_equal(mkdir(at_root(DOCKER), 0700), 0);
	assert_error("docker", ID, -EPERM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_docker, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_docker_elsewhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_podman, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_docker_image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_podman_image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kubernetes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kubernetes_hostile_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_are_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ownership, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
