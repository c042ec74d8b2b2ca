// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that has a request record where PHP has it, and anything in it.
 *
 * fake-php lie WHAT ADDRESS          puts WHAT there (see `lies`) and connects to ADDRESS, port 25
 * fake-php start WHAT PROGRAM...     puts WHAT there and starts a program, as exec() and mail() of PHP do
 * fake-php crowd COUNT FILE ADDRESS  starts COUNT processes that sleep; the last connects once FILE is there
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* PHP's sapi_globals_struct (main/SAPI.h) as far as it matters, in its size in PHP 8.2. */
struct request_record {
	void *server_context;
	const char *request_method;
	const char *query_string;
	const char *cookie_data;
	long content_length;
	const char *path_translated;
	const char *request_uri;
	char between[380];
	_Bool sapi_started;
	char rest[115];
};
_Static_assert(sizeof(struct request_record) == 552, "as PHP 8.2 has it");

extern struct request_record sapi_globals;
struct request_record sapi_globals;

/* By these a PHP is known, and by the first a record of this layout. */
void sapi_read_post_block(void);
void php_module_startup(void);
void php_request_startup(void);
void sapi_read_post_block(void)
{
}
void php_module_startup(void)
{
}
void php_request_startup(void)
{
}

static void say(const char *method, const char *path, const char *uri)
{
	sapi_globals.server_context = &sapi_globals; /* NULL between requests */
	sapi_globals.sapi_started = 1;
	sapi_globals.request_method = method;
	sapi_globals.path_translated = path;
	sapi_globals.request_uri = uri;
}

/* Copies, as PHP has them: text in the file may lie on a page that this process has not touched yet. */
static void say_text(const char *method, const char *path, const char *uri)
{
	say(strdup(method), strdup(path), strdup(uri));
}

static void lie_innocent(void)
{
	say_text("GET", "/var/www/innocent/index.php", "/index.php");
}

static void lie_control(void)
{
	say_text("G\x1b[2J", "/var/www/x\nALERT a=b\x1b[31m\xff.php", "/\x1b]0;title\x07\r\n\x7f\xe2\x80\xae");
}

/* Text that fills the last page there is, and does not end. */
static void lie_unterminated(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		exit(1);
	memset(pages, 'a', page);
	munmap(pages + page, page);
	say(pages + page - 3, pages + page - 100, pages);
}

static void lie_unmapped(void)
{
	say((const char *)(uintptr_t)0xdead000, (const char *)(uintptr_t)0xbeef000, (const char *)(uintptr_t)1);
}

static void lie_kernel(void)
{
	say((const char *)UINTPTR_MAX, (const char *)(uintptr_t)0xffffffff81000000,
	    (const char *)(uintptr_t)0xffff888000000000);
}

static const struct {
	const char *name;
	void (*tell)(void);
} lies[] = {
	{"innocent", lie_innocent}, {"control", lie_control}, {"unterminated", lie_unterminated},
	{"unmapped", lie_unmapped}, {"kernel", lie_kernel},
};

static int connect_to(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(25)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || inet_pton(AF_INET, text, &address.sin_addr) != 1)
		return 1;
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0;
}

static int lie(const char *what, const char *address)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (strcmp(lies[i].name, what) == 0) {
			lies[i].tell();
			return connect_to(address);
		}
	}
	return 2;
}

static int start(const char *what, char *const program[])
{
	int status;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		if (strcmp(lies[i].name, what) == 0)
			lies[i].tell();
	pid_t child = fork();
	if (child == 0) {
		execv(program[0], program);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int wait_and_connect(const char *file, const char *address)
{
	say_text("GET", "/var/www/one/of/many.php", "/many.php");
	while (access(file, F_OK) != 0)
		usleep(10000);
	return connect_to(address);
}

/* The last one's pid is told when all are there. They end with the first process. */
static int crowd(int count, const char *file, const char *address)
{
	for (int i = 1; i <= count; i++) {
		pid_t child = fork();
		if (child < 0)
			return 1;
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (i == count)
				_exit(wait_and_connect(file, address));
			for (;;)
				pause();
		}
		if (i == count)
			printf("the last is %d\n", (int)child);
	}
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "lie") == 0)
		return lie(argv[2], argv[3]);
	if (argc >= 4 && strcmp(argv[1], "start") == 0)
		return start(argv[2], &argv[3]);
	if (argc == 5 && strcmp(argv[1], "crowd") == 0)
		return crowd(atoi(argv[2]), argv[3], argv[4]);
	fprintf(stderr, "usage: fake-php lie WHAT ADDRESS | start WHAT PROGRAM... | crowd COUNT FILE ADDRESS\n");
	return 2;
}
