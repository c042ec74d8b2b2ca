// SPDX-License-Identifier: GPL-2.0-only
//
// A library for LD_PRELOAD: writes down what the kernel's verifier says of each program that the process loads, a line
// each to the file $VERIFIER_LOG: name, instructions that the verifier processed, bytes of the program as the kernel
// keeps it.
//
// The verifier tells its figures in its log at level 4, BPF_LOG_STATS, since Linux 5.2; verified_insns of bpf_prog_info
// has the first one too, but only since 5.16. libbpf makes its calls by syscall(), which is this one here.
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { BPF_LOG_STATS = 4, LOG_SIZE = 1 << 16, ARGUMENTS = 6 };

typedef long syscall_function(long number, ...);

static syscall_function *real_syscall(void)
{
	syscall_function *function;

	*(void **)&function = dlsym(RTLD_NEXT, "syscall");
	return function;
}

static uint32_t translated_bytes(int fd)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)fd, .info_len = sizeof(info), .info = (uintptr_t)&info}};

	return real_syscall()(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.info)) ? 0 : info.xlated_prog_len;
}

static void write_down(const char *name, const char *log, int fd)
{
	static const char marker[] = "processed ";
	const char *path = getenv("VERIFIER_LOG"), *found = strstr(log, marker);
	FILE *file = path && found ? fopen(path, "ae") : NULL;

	if (!file)
		return;
	fprintf(file, "%s %lu %u\n", name, strtoul(found + strlen(marker), NULL, 10), translated_bytes(fd));
	fclose(file);
}

// libbpf's own probes have a name too: they are told as well, and told apart by whoever reads the file.
static long load_program(const union bpf_attr *wanted, long size)
{
	static char log[LOG_SIZE];
	union bpf_attr attr = {0};
	long fd;

	memcpy(&attr, wanted, (size_t)size < sizeof(attr) ? (size_t)size : sizeof(attr));
	if (attr.log_level)
		return real_syscall()(SYS_bpf, BPF_PROG_LOAD, wanted, size);
	log[0] = '\0';
	attr.log_level = BPF_LOG_STATS;
	attr.log_size = sizeof(log);
	attr.log_buf = (uintptr_t)log;
	fd = real_syscall()(SYS_bpf, BPF_PROG_LOAD, &attr, size);
	if (fd < 0)
		return real_syscall()(SYS_bpf, BPF_PROG_LOAD, wanted, size);
	write_down(attr.prog_name, log, (int)fd);
	return fd;
}

long syscall(long number, ...)
{
	long arguments[ARGUMENTS];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < ARGUMENTS; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && arguments[0] == BPF_PROG_LOAD)
		return load_program((const union bpf_attr *)arguments[1], arguments[2]);
	return real_syscall()(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
			      arguments[5]);
}
