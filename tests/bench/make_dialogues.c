// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a capture of SMTP dialogues with bodies: make_dialogues FILE MEGABYTES [SESSIONS_AT_ONCE]. Each session has
 * two messages of 12 KiB and goes from a port of its own; so many of them are under way at the same time. With 0
 * MEGABYTES it writes the beginnings of that many sessions, up to the MAIL command, and no end: all stay open. Prints
 * the number of messages.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEGABYTE 1000000ULL
#define BODY_SIZE 12288
#define SEGMENT_SIZE 1448
#define HEADERS_SIZE (14 + 20 + 20)
#define SYN 2
#define FIN 1
#define ACK 16

enum side { CLIENT, SERVER };

static const struct {
	enum side side;
	const char *text; /* NULL: a body */
} script[] = {
	{SERVER, "220 mx.receiver.example ESMTP ready\r\n"},
	{CLIENT, "EHLO web7.shop42.example\r\n"},
	{SERVER, "250-mx.receiver.example\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250 DSN\r\n"},
	{CLIENT, "MAIL FROM:<orders@shop42.example> SIZE=12288\r\n"},
	{SERVER, "250 2.1.0 OK\r\n"},
	{CLIENT, "RCPT TO:<someone@receiver.example>\r\n"},
	{SERVER, "250 2.1.5 OK\r\n"},
	{CLIENT, "DATA\r\n"},
	{SERVER, "354 Go ahead\r\n"},
	{CLIENT, NULL},
	{SERVER, "250 2.0.0 OK queued\r\n"},
	{CLIENT, "MAIL FROM:<orders@shop42.example>\r\nRCPT TO:<a@receiver.example>\r\nRCPT "
		 "TO:<b@receiver.example>\r\nDATA\r\n"},
	{SERVER, "250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 No such user\r\n354 Go ahead\r\n"},
	{CLIENT, NULL},
	{SERVER, "250 2.0.0 OK queued\r\n"},
	{CLIENT, "QUIT\r\n"},
	{SERVER, "221 2.0.0 Bye\r\n"},
};
#define STEPS (int)(sizeof(script) / sizeof(script[0]))
#define STEPS_OF_BEGINNING 4
#define MESSAGES 2

struct session {
	uint32_t number;
	uint32_t next[2]; /* sequence numbers, of the client and of the server */
	int step;         /* -1: not opened */
};

static FILE *file;
static uint64_t written;
static uint64_t time_us = 1700000000ULL * 1000000;
static char body[BODY_SIZE];

static void put(const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, file) != size) {
		perror("cannot write");
		exit(1);
	}
	written += size;
}

static void write_packet(struct session *session, enum side side, uint8_t flags, const char *payload, size_t size)
{
	uint32_t client = htonl(0xc0000251 + (session->number / 50000 << 8)); /* 192.0.2.81 and on */
	uint32_t server = htonl(0xcb007119);                                  /* 203.0.113.25 */
	uint16_t port = htons((uint16_t)(10000 + session->number % 50000));
	uint32_t header[4] = {(uint32_t)(time_us / 1000000), (uint32_t)(time_us % 1000000),
			      (uint32_t)(HEADERS_SIZE + size), (uint32_t)(HEADERS_SIZE + size)};
	uint8_t frame[HEADERS_SIZE] = {[12] = 8, [14] = 0x45, [22] = 64, [23] = 6, [46] = 0x50, [48] = 0xff};
	uint16_t length = htons((uint16_t)(40 + size));
	uint16_t mail_port = htons(25);
	uint32_t sequence = htonl(session->next[side]);
	uint32_t acknowledgement = htonl(session->next[!side]);

	memcpy(frame + 16, &length, 2);
	memcpy(frame + 26, side == CLIENT ? &client : &server, 4);
	memcpy(frame + 30, side == CLIENT ? &server : &client, 4);
	memcpy(frame + 34, side == CLIENT ? &port : &mail_port, 2);
	memcpy(frame + 36, side == CLIENT ? &mail_port : &port, 2);
	memcpy(frame + 38, &sequence, 4);
	memcpy(frame + 42, &acknowledgement, 4);
	frame[47] = flags;
	put(header, sizeof(header));
	put(frame, sizeof(frame));
	if (size)
		put(payload, size);
	session->next[side] += (uint32_t)size + ((flags & (SYN | FIN)) != 0);
	time_us += 3;
}

static void write_text(struct session *session, enum side side, const char *text, size_t size)
{
	for (size_t at = 0; at < size; at += SEGMENT_SIZE)
		write_packet(session, side, ACK, text + at, size - at < SEGMENT_SIZE ? size - at : SEGMENT_SIZE);
	write_packet(session, !side, ACK, NULL, 0);
}

/* One step of the session. Returns 0 behind its last one. */
static int advance(struct session *session)
{
	if (session->step < 0) {
		write_packet(session, CLIENT, SYN, NULL, 0);
		write_packet(session, SERVER, SYN | ACK, NULL, 0);
		write_packet(session, CLIENT, ACK, NULL, 0);
	} else if (session->step < STEPS) {
		const char *text = script[session->step].text;
		write_text(session, script[session->step].side, text ? text : body, text ? strlen(text) : BODY_SIZE);
	} else {
		write_packet(session, CLIENT, FIN | ACK, NULL, 0);
		write_packet(session, SERVER, FIN | ACK, NULL, 0);
		write_packet(session, CLIENT, ACK, NULL, 0);
		return 0;
	}
	session->step++;
	return 1;
}

static void begin(struct session *session, uint32_t number)
{
	*session = (struct session){.number = number, .next = {number * 7919, number * 104729}, .step = -1};
}

int main(int argc, char *argv[])
{
	const uint32_t file_header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
	unsigned long long limit = argc > 2 ? strtoull(argv[2], NULL, 10) * MEGABYTE : 0;
	uint32_t at_once = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 64;
	struct session *sessions = calloc(at_once, sizeof(*sessions));
	uint32_t count = 0;

	file = argc > 2 ? fopen(argv[1], "w") : NULL;
	if (!file || !sessions) {
		fprintf(stderr, "usage: make_dialogues FILE MEGABYTES [SESSIONS_AT_ONCE]\n");
		return 2;
	}
	for (size_t i = 0; i < BODY_SIZE; i++)
		body[i] = i % 76 == 74 ? '\r' : i % 76 == 75 ? '\n' : (char)('a' + i % 26);
	memcpy(body + BODY_SIZE - 5, "\r\n.\r\n", 5);
	put(file_header, sizeof(file_header));
	for (uint32_t i = 0; i < at_once; i++)
		begin(&sessions[i], count++);
	if (limit == 0)
		for (int step = -1; step < STEPS_OF_BEGINNING; step++)
			for (uint32_t i = 0; i < at_once; i++)
				advance(&sessions[i]);
	while (written < limit)
		for (uint32_t i = 0; i < at_once; i++)
			if (!advance(&sessions[i]))
				begin(&sessions[i], count++);
	printf("%llu\n", (unsigned long long)(count - at_once) * MESSAGES);
	return fclose(file) == 0 ? 0 : 1;
}
