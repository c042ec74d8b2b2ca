// SPDX-License-Identifier: GPL-2.0-only
/* What is missing here, said before the load fails with something that only a kernel developer can read. */
#include "lib/cleanup.h"
#include "sensor/internal.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BTF_FILE "/sys/kernel/btf/vmlinux"

static int refuse(struct sensor_error *ret_error, int error, const char *reason)
{
	struct utsname system = {.release = "?"};
	uname(&system);
	snprintf(ret_error->message, sizeof(ret_error->message), "%s (kernel %s)", reason, system.release);
	return error;
}

/* Ring buffers came with 5.8, and whatever has them also has what else the programs need. */
static int probe_ring_buffer(struct sensor_error *ret_error)
{
	_cleanup_close_ int fd =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "probe", 0, 0, (uint32_t)sysconf(_SC_PAGESIZE), NULL);
	if (fd >= 0)
		return 0;
	int error = errno;
	if (error == EPERM || error == EACCES)
		return refuse(ret_error, -error,
			      "may not use BPF although it runs as root: it needs CAP_BPF and CAP_PERFMON (or "
			      "CAP_SYS_ADMIN), which a container has only if it was started so");
	if (error == ENOSYS)
		return refuse(ret_error, -error, "this kernel was built without BPF (CONFIG_BPF_SYSCALL)");
	return refuse(ret_error, -error, "this kernel is too old: it has no BPF ring buffers; 5.10 or newer is needed");
}

/* The helper came with the accounting of maps by control groups instead of RLIMIT_MEMLOCK, in 5.11; libbpf goes by it
 * too. */
bool sensor_probe_locked_maps(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns, NULL) == 0;
}

bool sensor_probe_preemptible(void)
{
	/* The class of the guard under which __DO_TRACE() has called them since it no longer disables
	 * preemption (include/linux/tracepoint.h). */
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf && btf__find_by_name_kind(btf, "class_srcu_fast_notrace_t", BTF_KIND_TYPEDEF) > 0;

	btf__free(btf);
	return found;
}

int sensor_probe(struct sensor_error *ret_error)
{
	if (geteuid() != 0) {
		snprintf(ret_error->message, sizeof(ret_error->message),
			 "must run as root, since it loads BPF programs: try sudo smtpwatchd");
		return -EPERM;
	}
	int error = probe_ring_buffer(ret_error);
	if (error)
		return error;
	if (access(BTF_FILE, R_OK) != 0)
		return refuse(ret_error, -errno,
			      "this kernel does not describe its types: " BTF_FILE
			      " is missing; a kernel built with CONFIG_DEBUG_INFO_BTF=y is needed");
	return 0;
}
