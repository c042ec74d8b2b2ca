/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Task -> identity: who is calling, captured while it still lives. Runs in the caller's own context. */
#ifndef SMTPWATCH_ACTOR_BPF_H
#define SMTPWATCH_ACTOR_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

/* A path of more components than this loses its beginning. The bound keeps the verifier's work small. */
#define SW_PATH_STEPS 40

/* One step of the walk from a file to its root: where it stands and how much it has written. */
struct sw_path_walk {
	struct dentry *dentry;
	struct mount *mount;
	__u32 size;
	__u32 cut;
};

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Returns 0 when the root is reached, or there is no room left. */
static __always_inline int path_step(struct sw_path_walk *walk, char *text)
{
	struct dentry *dentry = walk->dentry;
	struct mount *mount = walk->mount;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = BPF_CORE_READ(mount, mnt_parent);
		return walk->mount != mount;
	}
	__u32 offset = walk->size;
	if (offset >= SW_PATH_SIZE) {
		walk->cut = 1;
		return 0;
	}
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	long length = bpf_probe_read_kernel_str(&text[offset], SW_TEXT_SLACK, name);
	if (length <= 0 || offset + length > SW_PATH_SIZE) {
		walk->cut = 1;
		return 0;
	}
	walk->size = offset + length;
	walk->dentry = BPF_CORE_READ(dentry, d_parent);
	return walk->dentry != dentry; /* its own parent and no mount's root: in no file system, a memfd */
}

/* Writes the components of the file's path, its own name first. Returns their size, at most SW_PATH_SIZE. */
static __always_inline __u32 read_path(struct file *file, char *text, __u32 *flags)
{
	struct sw_path_walk walk = {
		.dentry = BPF_CORE_READ(file, f_path.dentry),
		.mount = mount_of(BPF_CORE_READ(file, f_path.mnt)),
	};
	int more = 1;
	for (int i = 0; i < SW_PATH_STEPS && more; i++)
		more = path_step(&walk, text);
	if (more || walk.cut)
		*flags |= SW_IDENTITY_PATH_CUT;
	return walk.size;
}

/* Copies the start of argv behind the path. Returns its size, at most SW_ARGV_SIZE. */
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

static __always_inline void read_ancestors(struct task_struct *leader, struct sw_ancestor *ancestors)
{
	struct task_struct *task = leader;
	int alive = 1;
#pragma unroll
	for (int i = 0; i < SW_ANCESTOR_COUNT; i++) {
		struct sw_ancestor *ancestor = &ancestors[i];
		__builtin_memset(ancestor, 0, sizeof(*ancestor));
		if (!alive)
			continue;
		task = BPF_CORE_READ(task, real_parent, group_leader);
		ancestor->pid = BPF_CORE_READ(task, tgid);
		if (ancestor->pid == 0) {
			alive = 0;
			continue;
		}
		ancestor->start_ns = BPF_CORE_READ(task, start_boottime);
		ancestor->uid = BPF_CORE_READ(task, cred, uid.val);
		BPF_CORE_READ_INTO(&ancestor->comm, task, comm);
	}
}

static __always_inline void read_executable(struct file *file, struct sw_identity *identity)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	identity->key.exe_inode = BPF_CORE_READ(inode, i_ino);
	identity->key.exe_device = BPF_CORE_READ(inode, i_sb, s_dev);
	identity->exe_links = BPF_CORE_READ(inode, i_nlink);
	identity->exe_owner = BPF_CORE_READ(inode, i_uid.val);
	identity->exe_mode = BPF_CORE_READ(inode, i_mode);
}

static __always_inline void read_credentials(struct task_struct *task, struct sw_identity *identity)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	identity->key.uid = BPF_CORE_READ(cred, uid.val);
	identity->euid = BPF_CORE_READ(cred, euid.val);
	identity->gid = BPF_CORE_READ(cred, gid.val);
	identity->loginuid = -1;
	if (bpf_core_field_exists(task->loginuid))
		identity->loginuid = BPF_CORE_READ(task, loginuid.val);
}

/* What decides whose counters an attempt belongs to: cheap, and read for every attempt. */
static __always_inline struct mm_struct *read_actor(struct task_struct *task, struct sw_identity *identity)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	__builtin_memset(identity, 0, sizeof(*identity));
	identity->key.pid = pid_tgid >> 32;
	identity->tid = (__u32)pid_tgid;
	identity->key.start_ns = BPF_CORE_READ(leader, start_boottime);
	read_credentials(task, identity);
	if (exe)
		read_executable(exe, identity);
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD || !mm)
		identity->flags |= SW_IDENTITY_KERNEL_THREAD;
	identity->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	bpf_get_current_comm(identity->comm, sizeof(identity->comm));
	return mm;
}

/* The rest, read only for what is delivered. Fills the record's identity and the text behind it. */
static __always_inline void read_details(struct task_struct *task, struct mm_struct *mm, struct sw_scratch *scratch)
{
	struct sw_attempt_record *record = &scratch->record;
	struct sw_identity *identity = &record->identity;
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	__u32 path_size = 0, argv_size = 0, flags = 0;

	identity->cgroup = bpf_get_current_cgroup_id();
	read_ancestors(BPF_CORE_READ(task, group_leader), identity->ancestors);
	if (exe)
		path_size = read_path(exe, scratch->text, &flags);
	if (mm)
		argv_size = read_argv(mm, scratch->text, path_size, &flags);
	identity->flags |= flags;
	record->path_size = path_size;
	record->argv_size = argv_size;
}

#endif
