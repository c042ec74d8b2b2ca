// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches to an innocent process of the same user and makes it open a socket and connect. Hopes that the innocent
 * one is named, which is what it gets: the call is that process's own.
 */
#include "trick.h"

#ifdef __x86_64__

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_INSTRUCTION_SIZE 2
#define RED_ZONE 128 /* below the stack pointer, which the victim may be using */

static void wait_for_stop(pid_t victim)
{
	int status;
	if (waitpid(victim, &status, 0) != victim || !WIFSTOPPED(status))
		fail("the victim does not stop");
}

/* Has the victim, stopped behind a system call, make another one. Returns its result. */
static long inject(pid_t victim, long number, long first, long second, long third)
{
	struct user_regs_struct saved, changed;
	if (ptrace(PTRACE_GETREGS, victim, NULL, &saved) != 0)
		fail("PTRACE_GETREGS");
	changed = saved;
	changed.rip -= SYSCALL_INSTRUCTION_SIZE;
	changed.rax = (unsigned long long)number;
	changed.orig_rax = (unsigned long long)-1; /* or the kernel restarts the one that was interrupted */
	changed.rdi = (unsigned long long)first;
	changed.rsi = (unsigned long long)second;
	changed.rdx = (unsigned long long)third;
	ptrace(PTRACE_SETREGS, victim, NULL, &changed);
	ptrace(PTRACE_SINGLESTEP, victim, NULL, NULL);
	wait_for_stop(victim);
	if (ptrace(PTRACE_GETREGS, victim, NULL, &changed) != 0)
		fail("PTRACE_GETREGS");
	ptrace(PTRACE_SETREGS, victim, NULL, &saved);
	return (long)changed.rax;
}

static long write_below_stack(pid_t victim, const struct sockaddr_in *address)
{
	struct user_regs_struct registers;
	long words[sizeof(*address) / sizeof(long)];
	ptrace(PTRACE_GETREGS, victim, NULL, &registers);
	long place = (long)((registers.rsp - RED_ZONE - sizeof(words)) & ~7ULL);
	memcpy(words, address, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ptrace(PTRACE_POKEDATA, victim, place + (long)(i * sizeof(long)), words[i]);
	return place;
}

/* An ordinary program that sleeps in a system call. It is a child, since many hosts let one trace only those. */
static pid_t start_victim(void)
{
	pid_t victim = fork();
	if (victim == 0) {
		execl("/bin/sleep", "sleep", "30", (char *)NULL);
		fail("exec of sleep");
	}
	char path[64], call[8] = "";
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)victim);
	while (strtol(call, NULL, 10) != SYS_clock_nanosleep) {
		FILE *file = fopen(path, "re");
		if (file && !fgets(call, sizeof(call), file))
			call[0] = '\0';
		if (file)
			fclose(file);
	}
	return victim;
}

int main(int argc, char *argv[])
{
	struct sockaddr_in to = receiver(argv[argc - 1]);
	pid_t victim = start_victim();
	if (ptrace(PTRACE_ATTACH, victim, NULL, NULL) != 0)
		cannot("PTRACE_ATTACH");
	wait_for_stop(victim);
	name_culprit(victim);
	long place = write_below_stack(victim, &to);
	long fd = inject(victim, SYS_socket, AF_INET, SOCK_STREAM, 0);
	long result = inject(victim, SYS_connect, fd, place, sizeof(to));
	kill(victim, SIGKILL);
	return fd >= 0 && result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#else

int main(void)
{
	cannot("the registers of this architecture are not known here");
}

#endif
