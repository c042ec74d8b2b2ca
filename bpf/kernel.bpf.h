/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's structures, with only the fields that are read. Their offsets are not those of any kernel:
 * preserve_access_index makes each access a relocation that is resolved at load time against the running
 * kernel's BTF, so one object serves every kernel that still has the field.
 */
#ifndef SMTPWATCH_KERNEL_BPF_H
#define SMTPWATCH_KERNEL_BPF_H

#include <linux/types.h>

#define SW_KERNEL_STRUCT __attribute__((preserve_access_index))

/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_CLOSE_WAIT 8
#define TCP_CLOSE 7

#define AF_INET 2 /* include/linux/socket.h */
#define AF_INET6 10
#define IPPROTO_TCP 6

#define SOCK_DONE_BIT 1 /* enum sock_flags, include/net/sock.h: the peer's FIN was taken in */

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

#define S_IWGRP 0020 /* include/uapi/linux/stat.h */
#define S_IWOTH 0002

/* include/uapi/linux/magic.h */
#define FUSE_SUPER_MAGIC 0x65735546
#define NFS_SUPER_MAGIC 0x6969
#define SOCKFS_MAGIC 0x534f434b

/* include/uapi/asm-generic/errno*.h */
#define EBADF 9
#define EFAULT 14
#define EPIPE 32
#define ENOTSOCK 88
#define ENETUNREACH 101
#define ECONNRESET 104
#define EISCONN 106
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113
#define EALREADY 114
#define EINPROGRESS 115

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct ns_common {
	unsigned int inum;
} SW_KERNEL_STRUCT;

struct net {
	struct ns_common ns;
} SW_KERNEL_STRUCT;

typedef struct {
	struct net *net;
} SW_KERNEL_STRUCT possible_net_t;

struct in6_address {
	__u8 bytes[16];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_address skc_v6_daddr;
	struct in6_address skc_v6_rcv_saddr;
	unsigned long skc_flags;
} SW_KERNEL_STRUCT;

struct sock {
	struct sock_common __sk_common;
	unsigned short sk_protocol;
	int sk_err;
} SW_KERNEL_STRUCT;

struct inet_sock {
	__be16 inet_sport;
} SW_KERNEL_STRUCT;

struct tcp_sock {
	__u64 bytes_received;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u32 segs_out;
} SW_KERNEL_STRUCT;

struct user_namespace {
	int level;
} SW_KERNEL_STRUCT;

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct user_namespace *s_user_ns;
} SW_KERNEL_STRUCT;

struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	struct super_block *i_sb;
	unsigned long i_ino;
	long long i_size;
	unsigned int i_nlink;
} SW_KERNEL_STRUCT;

struct qstr {
	const unsigned char *name;
} SW_KERNEL_STRUCT;

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
} SW_KERNEL_STRUCT;

struct vfsmount {
	struct dentry *mnt_root;
} SW_KERNEL_STRUCT;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
} SW_KERNEL_STRUCT;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} SW_KERNEL_STRUCT;

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
} SW_KERNEL_STRUCT;

struct socket {
	struct sock *sk;
} SW_KERNEL_STRUCT;

struct fs_struct {
	struct path pwd;
} SW_KERNEL_STRUCT;

struct mm_struct {
	unsigned long start_code;
	unsigned long start_stack;
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file;
} SW_KERNEL_STRUCT;

struct cred {
	kuid_t uid;
	kuid_t euid;
	kgid_t gid;
	struct user_namespace *user_ns;
} SW_KERNEL_STRUCT;

struct mnt_namespace {
	struct ns_common ns;
	struct mount *root;
} SW_KERNEL_STRUCT;

struct nsproxy {
	struct mnt_namespace *mnt_ns;
} SW_KERNEL_STRUCT;

typedef struct {
	int counter;
} atomic_t;

#define PIDTYPE_SID 3 /* enum pid_type, include/linux/pid.h */
struct pid;

struct signal_struct {
	atomic_t live; /* threads that have not begun to exit */
	struct pid *pids[4];
} SW_KERNEL_STRUCT;

struct kernfs_node {
	__u64 id;
} SW_KERNEL_STRUCT;

struct cgroup {
	struct kernfs_node *kn;
} SW_KERNEL_STRUCT;

struct css_set {
	struct cgroup *dfl_cgrp;
} SW_KERNEL_STRUCT;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	unsigned int ptrace;
	struct task_struct *real_parent;
	struct task_struct *parent; /* the tracer's, while it is traced */
	struct task_struct *group_leader;
	__u64 start_boottime;
	const struct cred *cred;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	struct fs_struct *fs;
	struct signal_struct *signal;
	struct css_set *cgroups;
	char comm[16];
	kuid_t loginuid; /* only where CONFIG_AUDIT */
} SW_KERNEL_STRUCT;

/* The context of sock:inet_sock_set_state as a classic tracepoint, as far as it is read (its `format` file). */
struct inet_sock_set_state_args {
	__u64 common;
	struct sock *sk;
	__s32 old_state;
	__s32 new_state;
};

/* The contexts of syscalls:sys_enter_connect and sys_exit_connect (their `format` files in tracefs). */
struct sys_enter_connect_args {
	__u64 common;
	__s64 syscall_number;
	__u64 fd;
	const void *address;
	__u64 address_length;
};

struct sys_exit_connect_args {
	__u64 common;
	__s64 syscall_number;
	__s64 ret;
};

/* The contexts of the iterators over tasks and over their open files (include/linux/bpf.h: DEFINE_BPF_ITER_FUNC). */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#endif
