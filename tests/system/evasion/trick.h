/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tricks in C share. A trick is called as TRICK ADDRESS and delivers to port 25 there. */
#ifndef TRICK_H
#define TRICK_H

#include "../clients/outcome.h"

#include <linux/prctl.h>
#include <netinet/in.h>
#include <sys/types.h>

/* Tells the driver which process is the one that connects. Without it, it is the one that the driver started. */
void name_culprit(pid_t pid);

/* Port 25 of an IPv4 address. Ends the program when the text is none. */
struct sockaddr_in receiver(const char *address);

int open_socket(void);
void connect_to(int fd, const char *address);

/* Reads the receiver's banner: the proof that the trick delivers. */
void expect_banner(int fd);

/* All three. */
void deliver(const char *address);

/* An environment variable that the driver sets. */
const char *setting(const char *name);
uid_t evader_uid(void);

/* Waits for a child and ends the program unless it exited with 0. */
void expect_success(pid_t child);

/* How the kernel describes this process's memory, ready for PR_SET_MM_MAP; exe_fd is (__u32)-1. */
struct prctl_mm_map memory_map(void);

#endif
