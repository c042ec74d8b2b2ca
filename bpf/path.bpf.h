/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths and argv as text. bpf_d_path() is not allowed here, so dentries are walked, across mounts, with a bound. */
#ifndef SMTPWATCH_PATH_BPF_H
#define SMTPWATCH_PATH_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

/* A path of more components than this loses its beginning. The bound keeps the verifier's work small. */
#define SW_PATH_STEPS 40

/* One step of the walk from a file to its root: where it stands and how far the text reaches. */
struct sw_path_walk {
	struct dentry *dentry;
	struct mount *mount;
	struct mount
		*root; /* of the process's mount namespace: a walk that ends at another mount has missed the rest */
	__u32 end;
	__u32 cut;
};

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Returns 0 when the root is reached, or there is no room left. */
static __always_inline int path_step(struct sw_path_walk *walk, char *text, const __u32 limit)
{
	struct dentry *dentry = walk->dentry;
	struct mount *mount = walk->mount;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = BPF_CORE_READ(mount, mnt_parent);
		if (walk->mount == mount && mount != walk->root)
			walk->cut = 1;
		return walk->mount != mount;
	}
	__u32 offset = walk->end;
	if (offset >= limit) {
		walk->cut = 1;
		return 0;
	}
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	long length = bpf_probe_read_kernel_str(&text[offset], SW_TEXT_SLACK, name);
	if (length <= 0 || offset + length > limit) {
		walk->cut = 1;
		return 0;
	}
	walk->end = offset + length;
	walk->dentry = BPF_CORE_READ(dentry, d_parent);
	return walk->dentry != dentry; /* its own parent and no mount's root: in no file system, a memfd */
}

/*
 * Writes the path's components, its own name first, from text[start] to text[limit] at most. Returns their size, and
 * sets `cut_flag` where the beginning is missing: it did not fit, or the file lies in a file system that `task` has
 * unmounted. `path` is the kernel's, to be read by relocated accesses.
 */
static __always_inline __u32 read_path(struct task_struct *task, const struct path *path, char *text, __u32 start,
				       const __u32 limit, __u32 *flags, const __u32 cut_flag)
{
	struct sw_path_walk walk = {
		.dentry = BPF_CORE_READ(path, dentry),
		.mount = mount_of(BPF_CORE_READ(path, mnt)),
		.root = BPF_CORE_READ(task, nsproxy, mnt_ns, root),
		.end = start,
	};
	int more = 1;
	for (int i = 0; i < SW_PATH_STEPS && more; i++)
		more = path_step(&walk, text, limit);
	if (more || walk.cut)
		*flags |= cut_flag;
	return walk.end - start;
}

/* Copies the start of argv to text[offset], behind the path. Returns its size, at most SW_ARGV_SIZE. */
static __always_inline __u32 read_argv(struct mm_struct *mm, char *text, __u32 offset, __u32 *flags)
{
	__u64 start = BPF_CORE_READ(mm, arg_start);
	__u64 size = BPF_CORE_READ(mm, arg_end) - start;
	if (size > SW_ARGV_SIZE) {
		*flags |= SW_IDENTITY_ARGV_CUT;
		size = SW_ARGV_SIZE;
	}
	if (offset > SW_PATH_SIZE || size == 0)
		return 0;
	if (bpf_probe_read_user(&text[offset], size, (void *)start) != 0) {
		*flags |= SW_IDENTITY_ARGV_UNREADABLE;
		return 0;
	}
	return size;
}

#endif
