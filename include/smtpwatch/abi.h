/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the kernel side and userspace say to each other: the records of the ring buffer and the values
 * of the maps. Both sides are built from this header, from one tree, into one program, so nothing here
 * is a stable format; the assertions keep the two compilers at one layout.
 *
 * Numbers are in host byte order, ports included. Times are nanoseconds of CLOCK_BOOTTIME. Addresses are
 * 16 bytes in network order; IPv4 is written as its mapped form ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so an
 * IPv4 destination looks the same whichever kind of socket reached it.
 */
#ifndef SMTPWATCH_ABI_H
#define SMTPWATCH_ABI_H

#include <linux/types.h>

#define SW_ADDRESS_SIZE 16
#define SW_COMM_SIZE 16 /* TASK_COMM_LEN, include/linux/sched.h */
#define SW_ANCESTOR_COUNT 4
#define SW_ARGV_SIZE 256
#define SW_PATH_SIZE 512 /* of the executable or working directory; longer ones lose their beginning */
#define SW_CWD_SIZE (2 * SW_PATH_SIZE + SW_ARGV_SIZE) /* it may use what executable path and argv leave */
#define SW_SCRIPT_PATH_SIZE 512                       /* longer ones lose their end */
#define SW_SCRIPT_URL_SIZE 256
#define SW_SCRIPT_METHOD_SIZE 16
#define SW_PORT_SLOTS 16 /* watched ports in one life of the daemon; a power of two */

#define SW_ACTORS_MAX 8192
#define SW_USERS_MAX 8192
#define SW_FLOWS_MAX 65536
#define SW_SCOPES_MAX 4096
#define SW_SCRIPTS_MAX 4096  /* living processes that were started by a PHP request or serve a traced one */
#define SW_PROGRAMS_MAX 4096 /* executables that something is known of */
#define SW_PROGRAM_NAMES_MAX 128
#define SW_PHP_TREES_MAX 256

/* Where a destination lies, as the longest matching prefix of the map `scope` says; no match is external. */
enum sw_scope {
	SW_SCOPE_EXTERNAL,
	SW_SCOPE_INTERNAL,  /* loopback, link-local, private, shared, unique local */
	SW_SCOPE_HOST,      /* an address of this host */
	SW_SCOPE_SMARTHOST, /* a relay the administrator configured */
	SW_SCOPE_COUNT,
};

/* What came of an attempt. */
enum sw_outcome {
	SW_OUTCOME_PENDING,     /* no answer yet, still open, or its end was not seen */
	SW_OUTCOME_CLOSED,      /* was established, ended in order */
	SW_OUTCOME_RESET,       /* was established, ended by RST or a broken path */
	SW_OUTCOME_REFUSED,     /* RST in answer to the SYN */
	SW_OUTCOME_TIMED_OUT,   /* the kernel gave up waiting */
	SW_OUTCOME_UNREACHABLE, /* ICMP or routing said no */
	SW_OUTCOME_ABORTED,     /* the caller gave up before any answer */
	SW_OUTCOME_FAILED,      /* no SYN left this host: `error` says why where it is known */
	SW_OUTCOME_COUNT,
};

enum sw_record_kind {
	SW_RECORD_ATTEMPT = 1,
	SW_RECORD_ESTABLISHED,
	SW_RECORD_END,
	SW_RECORD_SUBMISSION, /* struct sw_attempt_record: a submission program was started; no endpoints, no flow */
	SW_RECORD_PROGRAM,    /* struct sw_program_record: a file with a known name, about which nothing is known */
	SW_RECORD_KIND_COUNT,
};

/*
 * The books. A record is due at each attempt, each establishment and each end of a watched flow, and at the
 * start of a submission program or of a file that may be PHP, and has exactly one fate: seen = delivered + thinned +
 * lost_ring + lost_flows. An attempt that finds the flow map full is delivered, and its end, which can no longer be
 * recognised, is booked as lost at once. The uncounted entries are not records: they say how often a counter could not
 * be kept.
 */
enum sw_book {
	SW_BOOK_SEEN,
	SW_BOOK_DELIVERED,
	SW_BOOK_THINNED,         /* an actor or its user in a flood: counted, not told one by one */
	SW_BOOK_LOST_RING,       /* ring buffer full */
	SW_BOOK_LOST_FLOWS,      /* flow map full */
	SW_BOOK_UNCOUNTED_ACTOR, /* actor map full: only the user's counters have it */
	SW_BOOK_UNCOUNTED_USER,  /* user map full: only the actor's counters have it */
	SW_BOOK_COUNT,
};

/* Whether a record that can raise an alert wakes the reader of the ring: bpf/send.bpf.h has the protocol. */
enum sw_wake {
	SW_WAKE_DUE,
	SW_WAKE_DONE,     /* the kernel side's word: somebody did */
	SW_WAKE_UNWANTED, /* the reader's: it comes by itself */
};

/* Value of the map `books`: one CPU's. */
struct sw_books {
	__u64 entries[SW_BOOK_COUNT];
};

/* An actor: one process at one start time, under one user, running one executable. */
struct sw_actor_key {
	__u64 start_ns;
	__u64 exe_inode;
	__u32 exe_device; /* as the superblock has it: major << 20 | minor */
	__u32 pid;        /* of the process (thread group), in the initial pid namespace */
	__u32 uid;        /* real, in the initial user namespace */
	__u32 reserved;   /* zero: the key is compared as bytes */
};

struct sw_ancestor {
	__u64 start_ns;
	__u32 pid; /* 0: there is none */
	__u32 uid;
	char comm[SW_COMM_SIZE];
};

/* Flags of struct sw_identity. */
#define SW_IDENTITY_KERNEL_THREAD (1U << 0) /* no memory of its own: path and argv are empty */
#define SW_IDENTITY_PATH_CUT (1U << 1)      /* the path's beginning did not fit */
#define SW_IDENTITY_ARGV_UNREADABLE (1U << 2)
#define SW_IDENTITY_ARGV_CUT (1U << 3)
#define SW_IDENTITY_CWD_CUT (1U << 4) /* the working directory's beginning did not fit */
#define SW_IDENTITY_PATH_DETACHED \
	(1U << 7) /* with PATH_CUT: the file system of the executable is not mounted any more */
/* In a user namespace of its own or a container's. There an ordinary user may exchange the file that counts as his
 * executable (prctl(2): PR_SET_MM_MAP), so that is his own word. */
#define SW_IDENTITY_USER_NAMESPACE (1U << 6)
#define SW_IDENTITY_ADOPTED (1U << 5) /* looked at from outside, not by its own call: argv and script are missing */

/* Who made an attempt, captured while it made it. */
struct sw_identity {
	struct sw_actor_key key;
	__u32 tid;
	__u32 flags;
	__u32 euid;
	__u32 gid;
	__u32 loginuid; /* (__u32)-1: not set, or the kernel has no audit */
	__u32 exe_links;
	__u32 exe_owner;       /* uid */
	__u32 exe_mode;        /* st_mode */
	__u32 mount_namespace; /* inode number */
	__u32 reserved;
	__u64 cgroup;            /* id in the v2 hierarchy */
	char comm[SW_COMM_SIZE]; /* of the thread */
	struct sw_ancestor ancestors[SW_ANCESTOR_COUNT];
	struct sw_ancestor tracer; /* whoever debugs it (ptrace(2)) can have made it do what it does */
};

struct sw_endpoints {
	__u8 local[SW_ADDRESS_SIZE];
	__u8 remote[SW_ADDRESS_SIZE];
	__u16 local_port; /* 0: not chosen yet */
	__u16 remote_port;
	__u32 reserved;
};

struct sw_record_header {
	__u32 kind; /* enum sw_record_kind */
	__u32 size; /* of the record, header included */
	__u64 time_ns;
	__u64 flow_id; /* unique for the life of the loaded object */
	struct sw_endpoints endpoints;
};

/* Where a script is known from. */
enum sw_script_source {
	SW_SCRIPT_NONE,
	SW_SCRIPT_REQUEST, /* PHP's record of its request (main/SAPI.h), in the memory of the process */
	SW_SCRIPT_PROBE,   /* PHP's probe request__startup */
	SW_SCRIPT_ARGV,    /* an interpreter's argv, as it was when it forked */
	SW_SCRIPT_SOURCE_COUNT,
};

#define SW_SCRIPT_INHERITED (1U << 0) /* an ancestor's */
#define SW_SCRIPT_CLAIMED (1U << 1)   /* the executable that says so is not root's, or others may write to it */
#define SW_SCRIPT_CUT (1U << 2)       /* something did not fit */

/*
 * The request that a PHP is serving: three NUL-terminated texts, empty where PHP has none. For SW_SCRIPT_ARGV `path`
 * holds argv, and `url` cwd_size bytes of the working directory's components. The longest stands last: in a record the
 * struct ends behind the path_size bytes of it that are used.
 */
struct sw_script {
	__u32 source; /* enum sw_script_source */
	__u32 flags;
	__u16 path_size; /* of a path with its NUL */
	__u16 cwd_size;
	__u32 pid;     /* of the process whose word it is */
	__u64 session; /* of SW_SCRIPT_ARGV: tells sessions (setsid(2)) apart, and is nothing else */
	char method[SW_SCRIPT_METHOD_SIZE];
	char url[SW_SCRIPT_URL_SIZE];
	char path[SW_SCRIPT_PATH_SIZE];
};

/*
 * Followed by path_size bytes of executable path, argv_size bytes of argv, cwd_size bytes of working
 * directory, and script_size bytes: a struct sw_script, or nothing. Paths come as the names of their
 * components, each NUL-terminated, the file's own name first and the root's child last; argv as it lies in
 * the process, NUL between arguments.
 */
struct sw_attempt_record {
	struct sw_record_header header;
	struct sw_identity identity;
	__u32 error; /* not 0: the call failed with this errno before TCP; there is no further record */
	__u16 path_size;
	__u16 argv_size;
	__u32 network_namespace; /* inode number, of the socket; 0 where there was none */
	__u16 cwd_size;
	__u16 script_size;
};

/* Which file it is. The size is part of it because an inode number is used again for another file. */
struct sw_file_id {
	__u64 inode;
	__u32 device; /* of the superblock, major << 20 | minor */
	__u32 size;   /* the lower half */
};

/* What a program is: flags of struct sw_program and of the map `program_names`. */
#define SW_PROGRAM_PHP (1U << 0)         /* `globals` is where its request record lies */
#define SW_PROGRAM_PHP_HOST (1U << 1)    /* loads PHP as a library, perhaps: see the map `php_trees` */
#define SW_PROGRAM_SUBMITTER (1U << 2)   /* hands mail to the local mail server */
#define SW_PROGRAM_INTERPRETER (1U << 3) /* its argv names a script */
#define SW_PROGRAM_SHELL (1U << 4)       /* an interpreter that others use to start a command */
#define SW_PROGRAM_MAY_BE_PHP (1U << 5)  /* by its name; to be looked at */
#define SW_PROGRAM_PHP_STARTED (1U << 6) /* PHP 7 or newer: it says whether a request is under way */
#define SW_PROGRAM_UNSAFE (1U << 7)      /* lies in a file system whose server may let a reader wait for ever */

/* Of PHP 7 and 8, in sapi_globals (main/SAPI.h) on 64-bit machines: `sapi_started`, a bool that is true from the end of
 * php_request_startup() to sapi_deactivate(), shutdown functions included. */
#define SW_PHP_STARTED_OFFSET 436

/* Value of the map `programs`, whose key is a struct sw_file_id. */
struct sw_program {
	__u32 flags;
	__u32 reserved;
	__u64 globals; /* address of sapi_globals, less the start of the code (mm->start_code) */
};

/* Key of the map `php_trees`: processes that came by fork alone from one execution, so that a library lies at
 * one address in all of them. The value is the address of sapi_globals, a __u64. */
struct sw_tree_key {
	struct sw_file_id file;
	__u64 start_code; /* of the executable: these two are random for each execution (proc_pid_stat(5), 26 and 28) */
	__u64 start_stack;
};

/* Also what the iterator over the running processes writes, one after the other. */
struct sw_program_record {
	struct sw_record_header header;
	struct sw_file_id file;
	__u64 start_ns; /* of the process, CLOCK_BOOTTIME */
	__u64 start_code;
	__u64 start_stack;
	__u32 pid;
	__u32 uid;       /* effective */
	__u32 flags;     /* SW_PROGRAM_*, as its name says, and SW_PROGRAM_UNSAFE */
	__u32 exe_owner; /* uid */
	__u32 exe_mode;  /* st_mode */
	__u32 reserved;
	char name[SW_COMM_SIZE];
};

/* Key of the maps `scripts` and `argv_scripts`: a process, or one thread of a PHP that is traced by probes. */
struct sw_task_key {
	__u64 start_ns;
	__u32 pid; /* of the thread group, or the thread's own */
	__u32 reserved;
};

struct sw_established_record {
	struct sw_record_header header;
};

struct sw_end_record {
	struct sw_record_header header;
	__u32 outcome; /* enum sw_outcome */
	__u32 error;   /* errno that the socket had, or 0 */
	__u64 duration_ns;
	__u64 bytes_sent; /* payload, without retransmissions */
	__u64 bytes_received;
};

/* What was counted for an actor or a user since the object was loaded. Never thinned. */
struct sw_counters {
	__u64 attempts;
	__u64 established;
	__u64 outcomes[SW_OUTCOME_COUNT]; /* the ended ones; PENDING stays 0 */
	__u64 bytes_sent;                 /* of ended flows */
	__u64 bytes_received;
	__u64 untold; /* attempts whose record was thinned or lost */
	__u64 port_attempts[SW_PORT_SLOTS];
	__u64 port_external[SW_PORT_SLOTS]; /* those of them to destinations of SW_SCOPE_EXTERNAL */
};

/* How many records may be sent: a token is one, and time makes new ones. */
struct sw_bucket {
	__u64 refilled_ns;
	__u64 tokens;
};

/* Value of the map `actors`. */
struct sw_actor_entry {
	struct sw_counters counters;
	__u64 port_external_untold[SW_PORT_SLOTS]; /* of port_external, those whose record was thinned or lost */
	__s64 open_flows;
	struct sw_bucket bucket;
	__u32 euid;
	__u32 mount_namespace;
	char comm[SW_COMM_SIZE];
};

/* Value of the map `flows`, whose key is the kernel's address of the socket. */
struct sw_flow_entry {
	struct sw_actor_key actor;
	__u64 flow_id;
	__u64 started_ns;
	__u8 established;
	__u8 thinned;
	__u8 uncounted; /* the daemon's own: in no counters */
	__u8 reserved[5];
};

/* Key of the map `scope`, a longest-prefix trie. */
struct sw_scope_key {
	__u32 prefix_length; /* of the 128-bit form: an IPv4 /24 is 120 */
	__u8 address[SW_ADDRESS_SIZE];
};

/*
 * Value of the map `ports`, which has one element. 0: not watched; n: the port has slot n - 1. The index is
 * the port in network byte order, as a socket has it: verifiers before 7.x forget how large a number is
 * when its bytes are swapped.
 */
#define SW_PORT_RETIRED 0x80   /* no new attempts, open flows are followed to their end */
#define SW_PORT_SELF_TEST 0x40 /* has no slot: the daemon's own attempts are told, and in the books alone */
struct sw_ports {
	__u8 slot[65536];
};

/* Value of the map `connecting`: a connect() call under way, while the syscall tracepoints are on. */
struct sw_connect_call {
	struct sw_endpoints endpoints;
	__u32 slot;
	__u32 reached_tcp;
};

#ifdef __bpf__
#define SW_STATIC_ASSERT _Static_assert
#else
#include <assert.h>
#define SW_STATIC_ASSERT static_assert
#endif
SW_STATIC_ASSERT(sizeof(struct sw_actor_key) == 32, "actor key");
SW_STATIC_ASSERT(sizeof(struct sw_ancestor) == 32, "ancestor");
SW_STATIC_ASSERT(sizeof(struct sw_identity) == 256, "identity");
SW_STATIC_ASSERT(sizeof(struct sw_endpoints) == 40, "endpoints");
SW_STATIC_ASSERT(sizeof(struct sw_record_header) == 64, "record header");
SW_STATIC_ASSERT(sizeof(struct sw_attempt_record) == 336, "attempt record");
SW_STATIC_ASSERT(sizeof(struct sw_end_record) == 96, "end record");
SW_STATIC_ASSERT(sizeof(struct sw_script) == 808, "script");
SW_STATIC_ASSERT(sizeof(struct sw_file_id) == 16, "file id");
SW_STATIC_ASSERT(sizeof(struct sw_program) == 16, "program");
SW_STATIC_ASSERT(sizeof(struct sw_tree_key) == 32, "tree key");
SW_STATIC_ASSERT(sizeof(struct sw_program_record) == 144, "program record");
SW_STATIC_ASSERT(sizeof(struct sw_task_key) == 16, "task key");
SW_STATIC_ASSERT(sizeof(struct sw_counters) == 360, "counters");
SW_STATIC_ASSERT(sizeof(struct sw_actor_entry) == 536, "actor entry");
SW_STATIC_ASSERT(sizeof(struct sw_flow_entry) == 56, "flow entry");
SW_STATIC_ASSERT(sizeof(struct sw_scope_key) == 20, "scope key");
SW_STATIC_ASSERT((SW_OUTCOME_COUNT & (SW_OUTCOME_COUNT - 1)) == 0, "outcomes are bounded by a mask");
SW_STATIC_ASSERT((SW_PORT_SLOTS & (SW_PORT_SLOTS - 1)) == 0, "slots are bounded by a mask");
SW_STATIC_ASSERT(SW_PORT_SLOTS < SW_PORT_SELF_TEST && SW_PORT_SELF_TEST < SW_PORT_RETIRED, "slots fit beside the bits");

#endif
