/* SPDX-License-Identifier: GPL-2.0-only */
/* A client for every way to a connection. Each command is a row of the table in main.c. */
#ifndef CLIENT_H
#define CLIENT_H

#include "../outcome.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* Exit statuses beside 0 (did what it is for) and 1 (did not). */
#define EXIT_USAGE 2

#define CLIENT_SECONDS 60 /* no client outlives this */

struct target {
	struct sockaddr_storage address;
	socklen_t size;
};

/* ADDRESS and PORT in text, IPv4 or IPv6. Ends the program when they are none. */
struct target target_parse(char *const words[]);

const struct sockaddr *target_address(const struct target *target);

/* A whole number that is not negative. Ends the program when it is none. */
int number_parse(const char *text);

/* A TCP socket of the target's family. `flags` are SOCK_NONBLOCK and so on, or 0. */
int open_socket(const struct target *target, int flags);

/* Each gets its arguments, after the command's name, and returns an exit status. */
int run_connect(char *const words[]);
int run_hold(char *const words[]);
int run_nonblocking(char *const words[]);
int run_abort(char *const words[]);
int run_exchange(char *const words[]);
int run_exchange_last(char *const words[]);
int run_forks(char *const words[]);
int run_threads(char *const words[]);
int run_flood(char *const words[]);
int run_open(char *const words[]);
int run_io_uring(char *const words[]);
int run_io_uring_worker(char *const words[]);
int run_io_uring_sqpoll(char *const words[]);
int run_fastopen(char *const words[]);
int run_mptcp(char *const words[]);
int run_mapped(char *const words[]);
int run_as(char *const words[]);
int run_named(char *const words[]);
int run_after(char *const words[]);
int run_unlinked(char *const words[]);

/* Runs the command whose name is the first word. */
int run_command(char *const words[]);

#endif
