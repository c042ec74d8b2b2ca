// SPDX-License-Identifier: GPL-2.0-only
/*
 * client32 A.B.C.D PORT: a 32-bit program that connects by i386's own system calls, socketcall and
 * connect. It brings its own start and needs no library, so a plain `gcc -m32 -nostdlib` builds it:
 *
 *     cc -m32 -ffreestanding -nostdlib -static -fno-pie -no-pie
 */
#define SYS_EXIT 1 /* arch/x86/entry/syscalls/syscall_32.tbl */
#define SYS_SOCKETCALL 102
#define SYS_CONNECT 362
#define CALL_SOCKET 1 /* include/uapi/linux/net.h */
#define CALL_CONNECT 3
#define FAMILY_IPV4 2
#define STREAM 1

struct address {
	unsigned short family;
	unsigned char port[2];
	unsigned char ipv4[4];
	unsigned char zero[8];
};

static long call(long number, long first, long second, long third)
{
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
	return result;
}

static unsigned int read_number(const char **text)
{
	unsigned int number = 0;
	while (**text >= '0' && **text <= '9')
		number = 10 * number + (unsigned int)(*(*text)++ - '0');
	if (**text == '.')
		(*text)++;
	return number;
}

static struct address read_address(const char *ipv4, const char *port_text)
{
	struct address address = {.family = FAMILY_IPV4};
	for (int i = 0; i < 4; i++)
		address.ipv4[i] = (unsigned char)read_number(&ipv4);
	unsigned int port = read_number(&port_text);
	address.port[0] = (unsigned char)(port >> 8);
	address.port[1] = (unsigned char)port;
	return address;
}

static long open_socket(void)
{
	long arguments[] = {FAMILY_IPV4, STREAM, 0};
	return call(SYS_SOCKETCALL, CALL_SOCKET, (long)arguments, 0);
}

/* Both ways that i386 has: the call of its own (since Linux 4.3) and the old one for all sockets. */
static long connect_both_ways(const struct address *address)
{
	long by_call = call(SYS_CONNECT, open_socket(), (long)address, sizeof(*address));
	long arguments[] = {open_socket(), (long)address, sizeof(*address)};
	long by_socketcall = call(SYS_SOCKETCALL, CALL_CONNECT, (long)arguments, 0);
	return by_call | by_socketcall;
}

__attribute__((noreturn, used)) void begin(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	long status = 2;
	if (stack[0] == 3) {
		struct address address = read_address(argv[1], argv[2]);
		status = connect_both_ways(&address) == 0 ? 0 : 1;
	}
	for (;;)
		call(SYS_EXIT, status, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tand $-16, %esp\n\tsub $12, %esp\n\tpush %eax\n\tcall begin\n");
