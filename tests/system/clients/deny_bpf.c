// SPDX-License-Identifier: GPL-2.0-only
/*
 * deny-bpf ERRNO COMMAND...: runs a command for which bpf() fails with that errno, as it does on a kernel
 * that lacks it or does not allow it.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	unsigned int error = argc > 2 ? (unsigned int)strtoul(argv[1], NULL, 10) : 0;
	if (error == 0 || error > SECCOMP_RET_DATA) {
		fprintf(stderr, "deny-bpf ERRNO COMMAND...\n");
		return 2;
	}
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(rules) / sizeof(rules[0]), .filter = rules};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
		perror("seccomp");
		return 2;
	}
	execvp(argv[2], &argv[2]);
	perror(argv[2]);
	return 2;
}
