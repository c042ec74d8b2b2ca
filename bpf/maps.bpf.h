/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every map, and why it has its type and size. All hashes are preallocated: allocating inside a tracing
 * program makes kernels before 6.1 warn, and memory that is taken at the start cannot be missing in a
 * flood. Sizes marked "configured" are set by userspace before the load. Each is weak, because several
 * objects that are linked to one define it.
 */
#ifndef SMTPWATCH_MAPS_BPF_H
#define SMTPWATCH_MAPS_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <smtpwatch/abi.h>

/* Detail on its way to userspace. Configured: a record is some 450 bytes with its path and argv, and
 * 400 more where there is a script. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ring SEC(".maps") __weak;

/* Which ports are watched. One element that is indexed by port: the cheapest look-up there is, because
 * every connection of the host pays for it. Userspace replaces it while the programs run. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sw_ports);
} ports SEC(".maps") __weak;

/* Where destinations lie: this host, internal networks, smarthosts. Read once an attempt. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, SW_SCOPES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sw_scope_key);
	__type(value, __u32); /* enum sw_scope */
} scope SEC(".maps") __weak;

/* Open flows by the address of their socket: later states run in softirq, where nothing else tells whose
 * they are. Not LRU: a flood must not push out an honest flow that is still open. A full map is booked.
 * An entry whose end the kernel never showed is overwritten when its socket's memory is used again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_FLOWS_MAX); /* configured */
	__type(key, __u64);
	__type(value, struct sw_flow_entry);
} flows SEC(".maps") __weak;

/* What each actor did. Not LRU: what is counted stays until userspace has read it and the actor is gone. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_ACTORS_MAX); /* configured */
	__type(key, struct sw_actor_key);
	__type(value, struct sw_actor_entry);
} actors SEC(".maps") __weak;

/* What each user did, by real UID. Entries stay for the life of the object. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_USERS_MAX);
	__type(key, __u32);
	__type(value, struct sw_counters);
} users SEC(".maps") __weak;

/* How much of each user is told, by real UID: whoever starts a process for each connection is in no flood as an actor.
 * Apart from `users`, which is read from outside. A full map means that further users are not thinned. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_USERS_MAX);
	__type(key, __u32);
	__type(value, struct sw_bucket);
} user_buckets SEC(".maps") __weak;

/* The books, per CPU so that keeping them costs no shared cache line, and in one element so that a reader
 * gets all of them at one moment. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sw_books);
} books SEC(".maps") __weak;

/* Attempts seen by each CPU, from which flow ids are made. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} flow_numbers SEC(".maps") __weak;

/* What is known of executables, by device and inode. Userspace fills it in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_PROGRAMS_MAX);
	__type(key, struct sw_file_id);
	__type(value, struct sw_program);
} programs SEC(".maps") __weak;

/* Names under which programs that are worth a look are started: flags of struct sw_program. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_PROGRAM_NAMES_MAX);
	__type(key, char[SW_COMM_SIZE]);
	__type(value, __u32);
} program_names SEC(".maps") __weak;

/* Where PHP lies in processes that load it as a library. Userspace fills it in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_PHP_TREES_MAX);
	__type(key, struct sw_tree_key);
	__type(value, __u64);
} php_trees SEC(".maps") __weak;

/* The PHP request that a living process was started by, or that a traced thread of PHP serves. Not LRU: who starts many
 * processes must not make the script of another one be forgotten. An entry goes when its process ends; a full map
 * means that further processes inherit nothing, which `scripts_refused` counts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_SCRIPTS_MAX);
	__type(key, struct sw_task_key);
	__type(value, struct sw_script);
} scripts SEC(".maps") __weak;

/* The arguments of the interpreter that started a process. LRU, and apart from the requests: on some hosts nearly every
 * process has been started by a script in the end, and the ones that were started last are those that matter. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SW_SCRIPTS_MAX);
	__type(key, struct sw_task_key);
	__type(value, struct sw_script);
} argv_scripts SEC(".maps") __weak;

/*
 * Where a record is put together: too large for the stack, and a record that is built here takes only as much
 * of the ring as its texts need. An element for each program that needs one, because one of them may be
 * interrupted by another on the same CPU.
 */
#define SW_TEXT_SLACK 256 /* how far a path component may reach beyond the path's room: into what is written next */
struct sw_scratch {
	struct sw_attempt_record record;
	char text[SW_CWD_SIZE + sizeof(struct sw_script)];
	struct sw_script script;
	struct sw_actor_entry actor;
	__u64 path_end; /* of the path that is being written: an offset in here */
};
enum sw_scratch_owner {
	SW_SCRATCH_ATTEMPT,
	SW_SCRATCH_CALL,
	SW_SCRATCH_EXEC,
	SW_SCRATCH_FORK,
	SW_SCRATCH_RUNNING,
	SW_SCRATCH_COUNT,
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SW_SCRATCH_COUNT);
	__type(key, __u32);
	__type(value, struct sw_scratch);
} scratch_map SEC(".maps") __weak;

/* connect() calls under way, by thread. LRU: a thread that is killed inside the call leaves its entry. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct sw_connect_call);
} connecting SEC(".maps") __weak;

#endif
