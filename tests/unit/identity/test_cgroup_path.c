// SPDX-License-Identifier: GPL-2.0-only
#include "identity/cgroup_path.h"

#include "support/test.h"

#include <errno.h>

#define ID "9b98bb265ea4c149d9a786380dd07716d341c3e925f2616040c6cd9ac8c4b75c"
#define OTHER "47cbd16b77c50cbf71401c069cd2189f0e659af17d5a2daca3bddf59d8a870b2"
#define POD "04f9c4b4_5e71_4a0a_aa3a_f62f089e3f73"
#define POD_SLICE "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD ".slice"
#define KIND "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice"
#define USER "/user.slice/user-1000.slice/user@1000.service"

struct expectation {
	const char *path;
	const char *name;
	const char *slice;
	const char *runtime; /* "": none */
	const char *id;
};

static void assert_names(const struct expectation *expected)
{
	struct cgroup_names names;

	memset(&names, 'x', sizeof(names));
	if (cgroup_parse(expected->path, &names) != 0)
		fail_msg("%s", expected->path);
	const char *runtime = names.container_runtime ? names.container_runtime : "";
	if (strcmp(names.name, expected->name) != 0 || strcmp(names.slice, expected->slice) != 0 ||
	    strcmp(runtime, expected->runtime) != 0 || strcmp(names.container_id, expected->id) != 0)
		fail_msg("%s: unit \"%s\", slice \"%s\", runtime \"%s\", id \"%s\"", expected->path, names.name,
			 names.slice, runtime, names.container_id);
}

static void assert_all(const struct expectation *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_names(&expected[i]);
}

static void test_units(void **state)
{
	static const struct expectation expected[] = {
		{"/", "", "", "", ""},
		{"/init.scope", "init.scope", "", "", ""},
		{"/system.slice", "", "system.slice", "", ""},
		{"/system.slice/apache2.service", "apache2.service", "system.slice", "", ""},
		{"/system.slice/system-php\\x2dfpm.slice/php-fpm@8.2.service", "php-fpm@8.2.service",
		 "system-php\\x2dfpm.slice", "", ""},
		{"/system.slice/system-postfix.slice/postfix@-.service", "postfix@-.service", "system-postfix.slice",
		 "", ""},
		{"/system.slice/ssh.socket", "ssh.socket", "system.slice", "", ""},
		{"/system.slice/dev-hugepages.mount", "dev-hugepages.mount", "system.slice", "", ""},
		{"/system.slice/dev-sda2.swap", "dev-sda2.swap", "system.slice", "", ""},
		{"/system.slice/run-r1234.scope", "run-r1234.scope", "system.slice", "", ""},
		{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "user-1000.slice", "", ""},
		{"/user.slice/user-1000.slice/session-c2.scope", "session-c2.scope", "user-1000.slice", "", ""},
		{USER "/init.scope", "user@1000.service", "user-1000.slice", "", ""},
		{USER "/app.slice/foo.service", "user@1000.service", "user-1000.slice", "", ""},
		{USER "/user.slice/podman-6696.scope", "user@1000.service", "user-1000.slice", "", ""},
		{"/web.slice/web-shop42.slice/shop42.service", "shop42.service", "web-shop42.slice", "", ""},
		{"/system.slice/_cpu.service", "cpu.service", "system.slice", "", ""},
		{"/system.slice/__odd.service", "_odd.service", "system.slice", "", ""},
		{"/system.slice/foo\\x2dbar.service", "foo\\x2dbar.service", "system.slice", "", ""},
		{"/system.slice/systemd-udevd.service/udev", "systemd-udevd.service", "system.slice", "", ""},
		{"/system.slice/.service", "", "system.slice", "", ""},
		{"/by-hand", "", "", "", ""},
		{"/user/1000.user/c3.session", "", "", "", ""},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

static void test_docker_and_podman(void **state)
{
	static const struct expectation expected[] = {
		{"/docker/" ID, "", "", "docker", ID},
		{"/docker/" ID "/init.scope", "", "", "docker", ID},
		{"/docker/buildx/" ID, "", "", "docker", ID},
		{"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", "system.slice", "docker", ID},
		{"/user.slice/user-a.slice/user-a-b.slice/docker-" ID ".scope", "docker-" ID ".scope", "user-a-b.slice",
		 "docker", ID},
		{"/system.slice:docker:" ID, "", "", "docker", ID},
		{USER "/user.slice/docker-" ID ".scope", "user@1000.service", "user-1000.slice", "docker", ID},
		{"/ecs/0410eff2-7e59-4111-823e-1e0d98ef7f30/" ID, "", "", "docker", ID},
		{"/ecs/cluster/0410eff27e594111823e1e0d98ef7f30/" ID, "", "", "docker", ID},
		{"/ecstasks.slice/ecstasks-0410eff27e594111823e1e0d98ef7f30.slice/docker-" ID ".scope",
		 "docker-" ID ".scope", "ecstasks-0410eff27e594111823e1e0d98ef7f30.slice", "docker", ID},
		{"/custom/parent/" ID, "", "", "oci", ID},
		{"/" ID, "", "", "oci", ID},
		{"/docker/buildkit/snschvixiy3s74w74fjantrdg", "", "", "buildkit", "snschvixiy3s74w74fjantrdg"},
		{"/buildkit/snschvixiy3s74w74fjantrdg", "", "", "buildkit", "snschvixiy3s74w74fjantrdg"},
		{"/machine.slice/libpod-" ID ".scope", "libpod-" ID ".scope", "machine.slice", "podman", ID},
		{"/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope", "machine.slice", "podman", ID},
		{"/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID ".scope/container",
		 "libpod-" ID ".scope", "machine-libpod_pod_" OTHER ".slice", "podman", ID},
		{"/libpod_parent/libpod-" ID, "", "", "podman", ID},
		{"/libpod_parent/libpod-" ID "/ctr", "", "", "podman", ID},
		{"/system.slice/web.service/libpod-payload-" ID, "web.service", "system.slice", "podman", ID},
		{USER "/user.slice/libpod-" ID ".scope/container", "user@1000.service", "user-1000.slice", "podman",
		 ID},
		{USER "/app.slice/my_container.service/libpod-payload-" ID, "user@1000.service", "user-1000.slice",
		 "podman", ID},
		{"/system.slice/nerdctl-" ID ".scope", "nerdctl-" ID ".scope", "system.slice", "containerd", ID},
		{"/default/" ID, "", "", "containerd", ID},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

static void test_kubernetes(void **state)
{
	static const struct expectation expected[] = {
		{POD_SLICE "/cri-containerd-" ID ".scope", "cri-containerd-" ID ".scope",
		 "kubepods-burstable-pod" POD ".slice", "kubernetes", ID},
		{POD_SLICE "/crio-" ID ".scope", "crio-" ID ".scope", "kubepods-burstable-pod" POD ".slice",
		 "kubernetes", ID},
		{POD_SLICE "/crio-" ID ".scope/container", "crio-" ID ".scope", "kubepods-burstable-pod" POD ".slice",
		 "kubernetes", ID},
		{POD_SLICE "/docker-" ID ".scope", "docker-" ID ".scope", "kubepods-burstable-pod" POD ".slice",
		 "kubernetes", ID},
		{"/kubepods.slice/kubepods-pod" POD ".slice/cri-containerd-" ID ".scope", "cri-containerd-" ID ".scope",
		 "kubepods-pod" POD ".slice", "kubernetes", ID},
		{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD ".slice/" ID, "",
		 "kubepods-besteffort-pod" POD ".slice", "kubernetes", ID},
		{"/kubepods/burstable/pod8daa50c3a64c9ff60bb9eab7b44b56fd/" ID, "", "", "kubernetes", ID},
		{"/kubepods/besteffort/pod3d6beaa3-004913efb68/crio-" ID, "", "", "kubernetes", ID},
		{"/kubepods/pod3d6beaa3/" ID, "", "", "kubernetes", ID},
		{"/kubepods-besteffort-pod" POD ".slice:cri-containerd:" ID, "", "", "kubernetes", ID},
		{"/system.slice/containerd.service/kubepods-besteffort-pod" POD ".slice:cri-containerd:" ID,
		 "containerd.service", "system.slice", "kubernetes", ID},
		{"/k8s.io/kubepods/besteffort/podx/" ID, "", "", "kubernetes", ID},
		{KIND "/cri-containerd-" ID ".scope", "cri-containerd-" ID ".scope",
		 "kubelet-kubepods-besteffort.slice", "kubernetes", ID},
		{"/kubelet/kubepods/burstable/podx/" ID, "", "", "kubernetes", ID},
		/* k3s in its service: kubelets with the cgroupfs driver. */
		{"/system.slice/k3s.service", "k3s.service", "system.slice", "", ""},
		/* The pod, and nothing in it. */
		{"/kubepods/burstable/pod8daa50c3a64c9ff60bb9eab7b44b56fd", "", "", "", ""},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

static void test_machines(void **state)
{
	static const struct expectation expected[] = {
		{"/lxc/web", "", "", "lxc", "web"},
		{"/lxc/101/ns", "", "", "lxc", "101"},
		{"/lxc/101/ns/system.slice/postfix.service", "", "", "lxc", "101"},
		{"/lxc.payload.focal/system.slice/avahi-daemon.service", "", "", "lxc", "focal"},
		{"/lxc.payload.snapcraft_some-container", "", "", "lxc", "snapcraft_some-container"},
		{"/lxc.payload/web/init.scope", "", "", "lxc", "web"},
		{"/system.slice/lxc.payload.web", "", "system.slice", "lxc", "web"},
		{"/user.slice/user-1000.slice/session-c2.scope/lxc/mine", "session-c2.scope", "user-1000.slice", "lxc",
		 "mine"},
		{"/lxc.monitor.web", "", "", "", ""},
		{"/lxc.monitor/101", "", "", "", ""},
		{"/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service",
		 "systemd-nspawn@web.service", "machine.slice", "nspawn", "web"},
		{"/machine.slice/machine-my\\x2dweb.scope", "machine-my\\x2dweb.scope", "machine.slice", "nspawn",
		 "my-web"},
		/* What no name of a machine has stays as it is. */
		{"/machine.slice/machine-a\\x2fb\\x0ac.scope", "machine-a\\x2fb\\x0ac.scope", "machine.slice", "nspawn",
		 "a\\x2fb\\x0ac"},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "machine-qemu\\x2d1\\x2dvm.scope", "machine.slice",
		 "", ""},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator", "machine-qemu\\x2d1\\x2dvm.scope",
		 "machine.slice", "", ""},
		{"/machine.slice/machine-lxc\\x2d1268\\x2dsl.scope", "machine-lxc\\x2d1268\\x2dsl.scope",
		 "machine.slice", "libvirt-lxc", "1268-sl"},
		{"/machine/lxc-1268-sl.libvirt-lxc", "", "", "libvirt-lxc", "1268-sl"},
		{"/machine/qemu-1-vm.libvirt-qemu", "", "", "", ""},
		{"/system.slice/machine-web.scope", "machine-web.scope", "system.slice", "", ""},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

/* The outermost is the host's; what runs in it can call its own cgroups as it likes. */
static void test_containers_in_containers(void **state)
{
	static const struct expectation expected[] = {
		{"/docker/" ID "/docker/" OTHER, "", "", "docker", ID},
		{"/system.slice/docker-" ID ".scope" KIND "/cri-containerd-" OTHER ".scope", "docker-" ID ".scope",
		 "system.slice", "docker", ID},
		{"/docker/" ID "/kubepods/burstable/podx/" OTHER, "", "", "docker", ID},
		{"/docker/buildx/" ID "/buildkit/snschvixiy3s74w74fjantrdg", "", "", "docker", ID},
		{"/lxc.payload.web/docker/" ID, "", "", "lxc", "web"},
		{"/lxc/101/ns/system.slice/docker-" ID ".scope", "", "", "lxc", "101"},
		{"/kubepods/burstable/podx/" ID "/docker/" OTHER, "", "", "kubernetes", ID},
		/* A container in a virtual machine's cgroup is the machine's. */
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/docker/" ID, "machine-qemu\\x2d1\\x2dvm.scope",
		 "machine.slice", "", ""},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

/* A user names what lies below his manager or session; his slice is told with it, and his units are not units. */
static void test_fakes(void **state)
{
	static const struct expectation expected[] = {
		{USER "/docker-" ID ".scope", "user@1000.service", "user-1000.slice", "docker", ID},
		{USER "/system.slice/postfix.service", "user@1000.service", "user-1000.slice", "", ""},
		{USER "/app.slice/user-0.slice/x.service", "user@1000.service", "user-1000.slice", "", ""},
		{USER "/machine.slice/machine-web.scope", "user@1000.service", "user-1000.slice", "nspawn", "web"},
		{"/user.slice/user-1000.slice/session-3.scope/system.slice/postfix.service", "session-3.scope",
		 "user-1000.slice", "", ""},
		{"/lxc.payload.web/user.slice/user-0.slice/session-1.scope", "", "", "lxc", "web"},
		{"/by-hand/system.slice/postfix.service", "", "", "", ""},
		/* Nearly an id. */
		{"/docker/9b98bb265ea4", "", "", "", ""},
		{"/docker/" ID "0", "", "", "", ""},
		{"/docker-" ID ".scope.service", "docker-" ID ".scope.service", "", "", ""},
		{"/docker/9B98BB265EA4C149D9A786380DD07716D341C3E925F2616040C6CD9AC8C4B75C", "", "", "", ""},
		{"/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", "machine.slice", "", ""},
		{POD_SLICE "/crio-conmon-" ID ".scope", "crio-conmon-" ID ".scope",
		 "kubepods-burstable-pod" POD ".slice", "", ""},
		{"/specs/x/kubepodsx/docker-.scope", "", "", "", ""},
		{"/lxc.payload./x", "", "", "", ""},
		/* Any byte. */
		{"/system.slice/\x1b[2J\r\x01\xff.service", "\x1b[2J\r\x01\xff.service", "system.slice", "", ""},
		{"/lxc/\x1b]0;x\x07 \xc3\x28", "", "", "lxc", "\x1b]0;x\x07 \xc3\x28"},
		{"/machine.slice/machine-a\\x00b\\x1bc\\x2.scope", "machine-a\\x00b\\x1bc\\x2.scope", "machine.slice",
		 "nspawn",
		 "a\\x00b\x1b"
		 "c\\x2"},
		{"/system.slice/%s%n.service", "%s%n.service", "system.slice", "", ""},
		{"/system.slice/a.service (deleted)", "", "system.slice", "", ""},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

/* What a cgroup namespace shows of the rest of the tree. */
static void test_outside_the_namespace(void **state)
{
	static const struct expectation expected[] = {
		{"/..", "", "", "", ""},
		{"/../..", "", "", "", ""},
		{"/../cron.service", "cron.service", "", "", ""},
		{"/../../system.slice/cron.service", "cron.service", "system.slice", "", ""},
		{"/../docker-" ID ".scope", "docker-" ID ".scope", "", "docker", ID},
		{"//system.slice//cron.service/", "cron.service", "system.slice", "", ""},
	};

	(void)state;
	assert_all(expected, ARRAY_SIZE(expected));
}

static void test_refused(void **state)
{
	static const char *const paths[] = {"",   "docker/" ID, "/a/..", "/system.slice/../docker/" ID,
					    "..", "/../a/../b"};
	struct cgroup_names names;

	(void)state;
	memset(&names, 'x', sizeof(names));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(cgroup_parse(paths[i], &names), -EINVAL);
	for (size_t i = 0; i < sizeof(names); i++)
		assert_int_equal(((const char *)&names)[i], 'x');
}

static void test_long_names(void **state)
{
	static char path[20000];
	struct cgroup_names names;

	(void)state;
	memset(path, 'a', 10000);
	path[0] = '/';
	strcpy(path + 10000, ".service");
	assert_int_equal(cgroup_parse(path, &names), -ENAMETOOLONG);
	/* As long as the kernel lets a name be. */
	strcpy(path + 1 + 255 - strlen(".service"), ".service");
	assert_int_equal(cgroup_parse(path, &names), 0);
	assert_string_equal(names.name, path + 1);
	assert_int_equal(strlen(names.name), 255);
	strcpy(path + 1 + 256 - strlen(".service"), ".service");
	assert_int_equal(cgroup_parse(path, &names), -ENAMETOOLONG);
	for (size_t i = 0; i + 1 < sizeof(path); i += 2)
		memcpy(path + i, "/a", 2);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(cgroup_parse(path, &names), 0);
	assert_true(cgroup_says_nothing(&names));
}

/* The names are compared as bytes. */
static void test_every_byte_is_defined(void **state)
{
	struct cgroup_names left, right;

	(void)state;
	memset(&left, 'x', sizeof(left));
	memset(&right, 'y', sizeof(right));
	assert_int_equal(cgroup_parse("/machine.slice/machine-my\\x2dweb.scope", &left), 0);
	assert_int_equal(cgroup_parse("/machine.slice/machine-my\\x2dweb.scope", &right), 0);
	assert_memory_equal(&left, &right, sizeof(left));
	/* A shorter slice after a longer one. */
	assert_int_equal(cgroup_parse("/a-long-one.slice/b.slice/c.service", &left), 0);
	assert_int_equal(cgroup_parse("/b.slice/c.service", &right), 0);
	assert_memory_equal(&left, &right, sizeof(left));
	assert_int_equal(cgroup_parse("/b.slice/d.service", &right), 0);
	assert_memory_not_equal(&left, &right, sizeof(left));
}

static void test_is_unit(void **state)
{
	static const struct {
		const char *path;
		bool is_unit;
	} cases[] = {
		{"/system.slice/cron.service", true},
		{"/system.slice/cron.service/", true},
		{"/system.slice/cron.service/x", false},
		{USER "/app.slice/foo.service", false},
		{"/system.slice", false},
		{"/", false},
		{"/lxc/web/system.slice/a.service", false},
	};
	struct cgroup_names names;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(cgroup_parse(cases[i].path, &names), 0);
		if (names.is_unit != cases[i].is_unit)
			fail_msg("%s", cases[i].path);
	}
}

static void test_is_users(void **state)
{
	struct cgroup_names names;

	(void)state;
	assert_int_equal(cgroup_parse(USER "/docker-" ID ".scope", &names), 0);
	assert_true(cgroup_is_users(&names));
	assert_int_equal(cgroup_parse("/system.slice/docker-" ID ".scope", &names), 0);
	assert_false(cgroup_is_users(&names));
	assert_int_equal(cgroup_parse("/user.slice", &names), 0);
	assert_false(cgroup_is_users(&names));
}

/* /proc/PID/cgroup of hosts with v1 hierarchies. */
static void test_processes(void **state)
{
	static const struct expectation expected[] = {
		{"0::/system.slice/cron.service\n", "cron.service", "system.slice", "", ""},
		/* docker's cgroupfs driver on a hybrid host: the v2 cgroup is the one that it was started from. */
		{"12:pids:/docker/" ID "\n10:rdma:/\n1:name=systemd:/docker/" ID
		 "\n0::/system.slice/containerd.service\n",
		 "", "", "docker", ID},
		{"11:pids:/docker/" ID "\n1:name=systemd:/system.slice/containerd.service\n", "containerd.service",
		 "system.slice", "docker", ID},
		{"9:name=systemd:/\n8:pids:/\n4:memory:/docker/" ID "\n0::/\n", "", "", "docker", ID},
		{"2:cpu,cpuacct:/system.slice\n1:name=systemd:/system.slice/cron.service\n0::/system.slice/"
		 "cron.service\n",
		 "cron.service", "system.slice", "", ""},
		/* In systemd's hierarchy: the first word counts. */
		{"2:pids:/docker/" OTHER "\n1:name=systemd:/system.slice/docker-" ID ".scope\n", "docker-" ID ".scope",
		 "system.slice", "docker", ID},
		/* Colons in a path. */
		{"0::/system.slice/a:b.service\n", "a:b.service", "system.slice", "", ""},
		{"nonsense\n\n0:\n3:x\n0::/system.slice/cron.service\n", "cron.service", "system.slice", "", ""},
		{"2:pids:relative/docker/" ID "\n0::/system.slice/cron.service\n", "cron.service", "system.slice", "",
		 ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct cgroup_names names;
		memset(&names, 'x', sizeof(names));
		assert_int_equal(cgroup_parse_process(expected[i].path, &names), 0);
		const char *runtime = names.container_runtime ? names.container_runtime : "";
		if (strcmp(names.name, expected[i].name) != 0 || strcmp(names.slice, expected[i].slice) != 0 ||
		    strcmp(runtime, expected[i].runtime) != 0 || strcmp(names.container_id, expected[i].id) != 0)
			fail_msg("%s: %s, %s, %s, %s", expected[i].path, names.name, names.slice, runtime,
				 names.container_id);
	}
}

static void test_processes_that_say_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"0::/\n",
		"9:name=systemd:/\n8:pids:/\n4:memory:/process_api/6d04b6d3\n0::/\n",
		/* Cut: what is missing could make it another unit's. */
		"0::/system.slice/cron.service",
	};
	struct cgroup_names names;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(cgroup_parse_process(texts[i], &names), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_docker_and_podman),
		cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_containers_in_containers),
		cmocka_unit_test(test_fakes),
		cmocka_unit_test(test_outside_the_namespace),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_every_byte_is_defined),
		cmocka_unit_test(test_is_unit),
		cmocka_unit_test(test_is_users),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_processes_that_say_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cgroup_path", tests, NULL, NULL);
}
