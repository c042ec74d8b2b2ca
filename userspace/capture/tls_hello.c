// SPDX-License-Identifier: GPL-2.0-only
#include "capture/tls_hello.h"

#include "capture/span.h"

#include <errno.h>
#include <string.h>

/* RFC 8446 5.1, 4; RFC 6066 3. */
#define RECORD_HANDSHAKE 22
#define RECORD_HEADER_SIZE 5
#define RECORD_SIZE_MAX (1U << 14)
#define VERSION_MAJOR 3
#define VERSION_MINOR_MAX 4
#define CLIENT_HELLO 1
#define RANDOM_SIZE 32
#define SESSION_ID_MAX 32
#define EXTENSION_SERVER_NAME 0
#define NAME_HOST 0

#define SUBSTITUTE 0x1a

/*
 * Reads a handshake message from its beginning to its end, and judges each byte by those before it alone: so it comes
 * to the same whether all is there or only the first part.
 */
struct reader {
	const uint8_t *bytes;
	size_t offset;
	size_t size;  /* there */
	size_t limit; /* what is being read ends here by its own word; behind it is another thing */
	bool is_bad;  /* what follows is no record; else it is not there yet */
};

bool tls_hello_begins(const uint8_t *bytes, size_t size)
{
	static const struct {
		uint8_t minimum;
		uint8_t maximum;
	} header[] = {
		{RECORD_HANDSHAKE, RECORD_HANDSHAKE},
		{VERSION_MAJOR, VERSION_MAJOR},
		{0, VERSION_MINOR_MAX},
		{0, RECORD_SIZE_MAX >> 8},
		{0, UINT8_MAX},
		{CLIENT_HELLO, CLIENT_HELLO},
	};

	for (size_t i = 0; i < size && i < sizeof(header) / sizeof(header[0]); i++) {
		if (bytes[i] < header[i].minimum || bytes[i] > header[i].maximum)
			return false;
	}
	return true;
}

/* 0 with the payload's size, -EAGAIN where the header is not whole, -EBADMSG. */
static int record_size(const uint8_t *bytes, size_t size, size_t *ret_size)
{
	size_t payload;

	if (!tls_hello_begins(bytes, size < RECORD_HEADER_SIZE ? size : RECORD_HEADER_SIZE))
		return -EBADMSG;
	if (size < RECORD_HEADER_SIZE)
		return -EAGAIN;
	payload = read_be16(bytes + 3);
	if (payload == 0 || payload > RECORD_SIZE_MAX)
		return -EBADMSG;
	*ret_size = payload;
	return 0;
}

/* Joins what the records carry. Returns why it ends; the size is written in any case. */
static int join_records(const uint8_t *bytes, size_t size, uint8_t joined[TLS_HELLO_SIZE], size_t *joined_size)
{
	*joined_size = 0;
	while (size > 0) {
		size_t payload = 0;
		int error = record_size(bytes, size, &payload);

		if (error)
			return error;
		bytes += RECORD_HEADER_SIZE;
		size -= RECORD_HEADER_SIZE;
		if (payload > size)
			payload = size;
		memcpy(joined + *joined_size, bytes, payload);
		*joined_size += payload;
		bytes += payload;
		size -= payload;
	}
	return -EAGAIN;
}

static int beyond(const struct reader *reader)
{
	return reader->is_bad ? -EBADMSG : -EAGAIN;
}

/* 0, or why there are not so many bytes more. */
static int pass(struct reader *reader, size_t size)
{
	if (size > reader->limit - reader->offset)
		return -EBADMSG;
	if (size > reader->size - reader->offset)
		return beyond(reader);
	reader->offset += size;
	return 0;
}

/* A number of 1 to 3 bytes. */
static int take_number(struct reader *reader, size_t width, size_t *ret_number)
{
	size_t number = 0;
	int error = pass(reader, width);

	if (error)
		return error;
	for (size_t i = reader->offset - width; i < reader->offset; i++)
		number = number << 8 | reader->bytes[i];
	*ret_number = number;
	return 0;
}

/* A vector of at least `minimum` and at most `maximum` bytes behind its length of `width` bytes. */
static int take_vector(struct reader *reader, size_t width, size_t minimum, size_t maximum)
{
	size_t length;
	int error = take_number(reader, width, &length);

	if (error)
		return error;
	if (length < minimum || length > maximum)
		return -EBADMSG;
	return pass(reader, length);
}

/* Nothing but a vector with this width of length is read until its end, which is the limit from now on. */
static int enter_vector(struct reader *reader, size_t width)
{
	size_t length;
	int error = take_number(reader, width, &length);

	if (error)
		return error;
	if (length > reader->limit - reader->offset)
		return -EBADMSG;
	reader->limit = reader->offset + length;
	return 0;
}

/* All before the extensions. */
static int pass_head(struct reader *reader)
{
	size_t number;
	int error = take_number(reader, 1, &number);

	if (!error && number != CLIENT_HELLO)
		error = -EBADMSG;
	if (!error)
		error = enter_vector(reader, 3);
	if (!error)
		error = take_number(reader, 2, &number);
	if (!error && number >> 8 != VERSION_MAJOR)
		error = -EBADMSG;
	if (!error)
		error = pass(reader, RANDOM_SIZE);
	if (!error)
		error = take_vector(reader, 1, 0, SESSION_ID_MAX);
	if (!error)
		error = take_vector(reader, 2, 2, UINT16_MAX - 1);
	if (!error)
		error = take_vector(reader, 1, 1, UINT8_MAX);
	return error;
}

static void copy_name(char name[DIALOGUE_NAME_SIZE], const uint8_t *bytes, size_t size)
{
	if (size > DIALOGUE_NAME_SIZE - 1)
		size = DIALOGUE_NAME_SIZE - 1;
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = bytes[i] >= 'A' && bytes[i] <= 'Z' ? (uint8_t)(bytes[i] | 0x20) : bytes[i];

		name[i] = byte == 0 ? SUBSTITUTE : (char)byte;
	}
	name[size] = '\0';
}

/* The first host name of the extension's list. An extension without a list, as servers send it, names nothing. */
static int read_names(struct reader *reader, char name[DIALOGUE_NAME_SIZE])
{
	int error = reader->offset < reader->limit ? enter_vector(reader, 2) : 0;

	name[0] = '\0';
	while (!error && reader->offset < reader->limit) {
		size_t type = 0;
		size_t length = 0;

		error = take_number(reader, 1, &type);
		if (!error)
			error = take_number(reader, 2, &length);
		if (!error)
			error = pass(reader, length);
		if (!error && type == NAME_HOST) {
			copy_name(name, reader->bytes + reader->offset - length, length);
			return 0;
		}
	}
	return error;
}

static int read_extensions(struct reader *reader, char name[DIALOGUE_NAME_SIZE])
{
	int error = 0;

	name[0] = '\0';
	/* Before TLS 1.2 there need be none (RFC 5246 7.4.1.2). */
	if (reader->offset < reader->limit)
		error = enter_vector(reader, 2);
	while (!error && reader->offset < reader->limit) {
		size_t outer = reader->limit;
		size_t type;

		error = take_number(reader, 2, &type);
		if (!error)
			error = enter_vector(reader, 2);
		if (error)
			break;
		if (type == EXTENSION_SERVER_NAME)
			return read_names(reader, name);
		if (reader->limit > reader->size)
			return beyond(reader);
		reader->offset = reader->limit;
		reader->limit = outer;
	}
	return error;
}

int tls_hello_server_name(const uint8_t *bytes, size_t size, char ret_name[DIALOGUE_NAME_SIZE])
{
	uint8_t joined[TLS_HELLO_SIZE];
	char name[DIALOGUE_NAME_SIZE] = "";
	struct reader reader = {.bytes = joined, .limit = SIZE_MAX};
	int error;

	if (size > TLS_HELLO_SIZE)
		size = TLS_HELLO_SIZE;
	reader.is_bad = join_records(bytes, size, joined, &reader.size) == -EBADMSG;
	error = pass_head(&reader);
	if (!error)
		error = read_extensions(&reader, name);
	if (error)
		return error;
	memcpy(ret_name, name, sizeof(name));
	return 0;
}
