/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths and argv as text. bpf_d_path() is not allowed here, so dentries are walked, across mounts, with a bound. */
#ifndef SMTPWATCH_PATH_BPF_H
#define SMTPWATCH_PATH_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

/* A path of more components than this loses its beginning. The bound keeps the verifier's work small. */
#define SW_PATH_STEPS 40

/* Where in a scratch a text may stand at most, so that a component has room behind it. */
#define SW_TEXT_END (sizeof(struct sw_scratch) - SW_TEXT_SLACK)

/* What walk_path() returns beside the place where the text ends. */
#define SW_WALK_CUT (1ULL << 32)
#define SW_WALK_DETACHED (1ULL << 33)

/* Where a step of the walk from a file to its root stands. How far the text reaches is kept in the scratch: what is
 * read from a map is just a number to the verifier, so it need not follow each way through the steps by itself. */
struct sw_path_walk {
	struct dentry *dentry;
	struct mount *mount;
	struct mount *root; /* of the process's mount namespace: a walk that ends at another mount misses the rest */
};

enum sw_path_step { SW_PATH_GOES_ON, SW_PATH_ENDS, SW_PATH_IS_CUT, SW_PATH_IS_DETACHED };

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline enum sw_path_step path_step(struct sw_path_walk *walk, struct sw_scratch *scratch, __u32 limit)
{
	struct dentry *dentry = walk->dentry;
	struct mount *mount = walk->mount;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = BPF_CORE_READ(mount, mnt_parent);
		if (walk->mount != mount)
			return SW_PATH_GOES_ON;
		return mount == walk->root ? SW_PATH_ENDS : SW_PATH_IS_DETACHED;
	}
	__u64 offset = scratch->path_end;
	if (offset >= limit || offset > SW_TEXT_END)
		return SW_PATH_IS_CUT;
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	long length = bpf_probe_read_kernel_str((char *)scratch + offset, SW_TEXT_SLACK, name);
	if (length <= 0 || offset + length > limit)
		return SW_PATH_IS_CUT;
	scratch->path_end = offset + length;
	walk->dentry = BPF_CORE_READ(dentry, d_parent);
	/* Its own parent and no mount's root: it is in no file system, a memfd. */
	return walk->dentry == dentry ? SW_PATH_ENDS : SW_PATH_GOES_ON;
}

/*
 * Writes a path's components, its own name first, into the scratch of `owner`, between two offsets: `place` is the one
 * to begin at, and the one to end at shifted by 16. Returns where the text ends, with SW_WALK_CUT where the beginning
 * of the path is missing. A function of its own and global, because the verifier looks at such a one once, whatever its
 * callers know: the walk in line cost it twenty times as much.
 */
__weak __noinline __u64 walk_path(__u64 dentry, __u64 mount, __u64 root, __u32 owner, __u32 place)
{
	struct sw_path_walk walk = {
		.dentry = (struct dentry *)dentry,
		.mount = (struct mount *)mount,
		.root = (struct mount *)root,
	};
	struct sw_scratch *scratch = bpf_map_lookup_elem(&scratch_map, &owner);
	enum sw_path_step step = SW_PATH_GOES_ON;
	if (!scratch)
		return place & 0xffff;
	scratch->path_end = place & 0xffff;
	for (int i = 0; i < SW_PATH_STEPS && step == SW_PATH_GOES_ON; i++)
		step = path_step(&walk, scratch, place >> 16);
	if (step == SW_PATH_IS_DETACHED)
		return scratch->path_end | SW_WALK_CUT | SW_WALK_DETACHED;
	return scratch->path_end | (step == SW_PATH_ENDS ? 0 : SW_WALK_CUT);
}

/*
 * Writes the path into the scratch of `owner`, at this offset. Returns its size, and sets `cut_flag` where the
 * beginning is missing: it did not fit, or the file lies in a file system that `task` has unmounted. `path` is the
 * kernel's, to be read by relocated accesses.
 */
static __always_inline __u32 read_path(struct task_struct *task, const struct path *path, __u32 owner, __u32 start,
				       __u32 limit, __u32 *flags, const __u32 cut_flag)
{
	__u64 end = walk_path((__u64)BPF_CORE_READ(path, dentry), (__u64)mount_of(BPF_CORE_READ(path, mnt)),
			      (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns, root), owner, limit << 16 | start);
	if (end & SW_WALK_CUT)
		*flags |= cut_flag;
	if (end & SW_WALK_DETACHED && cut_flag == SW_IDENTITY_PATH_CUT)
		*flags |= SW_IDENTITY_PATH_DETACHED;
	return (__u32)end - start;
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
