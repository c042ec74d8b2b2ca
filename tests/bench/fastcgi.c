// SPDX-License-Identifier: GPL-2.0-only
/*
 * fastcgi SOCKET SCRIPT
 *
 * Microseconds of a request to a FastCGI server on a local socket, each on a connection of its own as web servers have
 * it. Prints the median of BATCHES batches. The protocol: https://fastcgi-archives.github.io/FastCGI_Specification.html
 */
#include "loopback.h"

#include <string.h>
#include <sys/un.h>

#define BATCHES 15
#define REQUESTS 300

/* Record types, and the role in the body of the first. */
#define BEGIN_REQUEST 1
#define PARAMS 4
#define STDIN 5
#define STDOUT 6
#define RESPONDER 1
#define PARAMETERS_MAX 1024

static void put_record(FILE *stream, unsigned char type, const void *content, size_t size)
{
	const unsigned char header[8] = {1, type, 0, 1, (unsigned char)(size >> 8), (unsigned char)size, 0, 0};
	fwrite(header, sizeof(header), 1, stream);
	fwrite(content, size, 1, stream);
}

/* Lengths up to 127 are one byte; longer ones have four, the first with its top bit set. */
static size_t add_parameter(unsigned char *buffer, const char *name, const char *value)
{
	size_t name_size = strlen(name), value_size = strlen(value);
	const unsigned char lengths[5] = {(unsigned char)name_size, 0x80, 0, (unsigned char)(value_size >> 8),
					  (unsigned char)value_size};

	if (sizeof(lengths) + name_size + value_size > PARAMETERS_MAX / 4)
		exit(2);
	memcpy(buffer, lengths, sizeof(lengths));
	memcpy(buffer + sizeof(lengths), name, name_size);
	memcpy(buffer + sizeof(lengths) + name_size, value, value_size);
	return sizeof(lengths) + name_size + value_size;
}

/* Returns what has to be sent for one request, and its size. */
static char *make_request(const char *script, size_t *ret_size)
{
	const unsigned char begin[8] = {0, RESPONDER};
	unsigned char parameters[PARAMETERS_MAX];
	char *request;
	FILE *stream = open_memstream(&request, ret_size);
	size_t size = add_parameter(parameters, "SCRIPT_FILENAME", script);

	if (!stream)
		fail("open_memstream");
	size += add_parameter(parameters + size, "SCRIPT_NAME", "/bench.php");
	size += add_parameter(parameters + size, "REQUEST_METHOD", "GET");
	put_record(stream, BEGIN_REQUEST, begin, sizeof(begin));
	put_record(stream, PARAMS, parameters, size);
	put_record(stream, PARAMS, "", 0);
	put_record(stream, STDIN, "", 0);
	fclose(stream);
	return request;
}

static void make_one(const struct sockaddr_un *address, const char *request, size_t size)
{
	char answer[4096];
	ssize_t got, total = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
		fail("connect");
	if (write(fd, request, size) != (ssize_t)size)
		fail("write");
	while ((got = read(fd, answer, sizeof(answer))) > 0) {
		if (total == 0 && answer[1] != STDOUT) {
			fprintf(stderr, "the server refuses: %.*s\n", (int)got, answer);
			exit(1);
		}
		total += got;
	}
	if (got < 0 || total == 0)
		fail("no answer");
	close(fd);
}

int main(int argc, char *argv[])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	double costs[BATCHES];
	size_t size;

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: fastcgi SOCKET SCRIPT\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	char *request = make_request(argv[2], &size);
	for (int batch = 0; batch < BATCHES; batch++) {
		double start = now_ns();
		for (int i = 0; i < REQUESTS; i++)
			make_one(&address, request, size);
		costs[batch] = (now_ns() - start) / 1e3 / REQUESTS;
	}
	printf("%.2f\n", median_of(costs, BATCHES));
	free(request);
	return 0;
}
