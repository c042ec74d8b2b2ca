/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files smtp_*.c share, and nobody else includes but their tests: one session and its parts. */
#ifndef SMTPWATCH_CAPTURE_SMTP_SESSION_H
#define SMTPWATCH_CAPTURE_SMTP_SESSION_H

#include "capture/smtp.h"
#include "capture/smtp_body.h"
#include "capture/smtp_queue.h"

#define SMTP_ARGUMENT_SIZE 1024 /* twice the longest command line (RFC 5321 4.5.3.1.4), for what extensions add */
/* While a reply comes in its text may be longer by an enhanced code, which is taken out at the end of the line. */
#define SMTP_REPLY_SIZE (DIALOGUE_TEXT_SIZE + sizeof("5.999.999 "))

/* How the client's bytes are read. */
enum smtp_mode {
	SMTP_MODE_FIRST,    /* none yet: a command, TLS, or something else */
	SMTP_MODE_LINE,     /* commands */
	SMTP_MODE_WITHHELD, /* behind AUTH or STARTTLS whose answer is awaited: each byte may be a secret */
	SMTP_MODE_BODY,     /* behind DATA, up to the mark */
	SMTP_MODE_CHUNK,    /* behind BDAT */
	SMTP_MODE_HELLO,    /* TLS's first message */
	SMTP_MODE_COUNT,
};

enum smtp_line_part {
	SMTP_LINE_START, /* nothing but white space so far */
	SMTP_LINE_VERB,
	SMTP_LINE_ARGUMENT,
	SMTP_LINE_UNKNOWN,   /* no command that is known: to be skipped */
	SMTP_LINE_TAIL,      /* the rest of a line that no answer is awaited for */
	SMTP_LINE_AUTH,      /* behind the four letters */
	SMTP_LINE_MECHANISM, /* behind white space that follows them */
	SMTP_LINE_SECRET,    /* behind the mechanism */
	SMTP_LINE_PART_COUNT,
};

/* Bytes that wait for others; memory is held only as long. */
struct smtp_kept {
	uint8_t *bytes;
	size_t size;
};

/* The client's line. Words are compared letter by letter as they come in, so that what is no known word is nowhere. */
struct smtp_line {
	uint8_t part;
	uint8_t word;        /* index of the verb, or of the mechanism; SMTP_NO_WORD */
	uint8_t matched;     /* letters compared */
	bool after_return;   /* a CR was in the argument: what follows it in this line is not taken for a part of it */
	uint32_t candidates; /* a bit for each word that is still possible */
};

#define SMTP_NO_WORD UINT8_MAX

/* The server's reply so far. */
struct smtp_reply {
	char *text;          /* SMTP_REPLY_SIZE bytes; within a call possibly the reader's own, else owned or NULL */
	uint16_t size;       /* of the text */
	uint16_t line_start; /* where in the text the line begins */
	uint16_t line_code;  /* of the line */
	uint16_t code;       /* of the latest whole line */
	uint8_t digits;      /* read of the line's code */
	bool in_text : 1;    /* behind the code */
	bool is_last : 1;    /* the line is not continued */
	bool is_junk : 1;    /* the line is no reply */
	bool is_untold : 1;  /* the line's text is not taken */
	bool has_lines : 1;  /* whole lines came before */
	struct enhanced_code enhanced;
	uint32_t extensions;
};

struct smtp {
	smtp_taker take;
	void *context;
	struct smtp_options options;
	bool is_opaque : 1;
	bool has_heard : 1;   /* the server has spoken */
	bool has_banner : 1;  /* and its first reply is whole */
	bool spoke_early : 1; /* the client spoke before the server, and its first word is not known yet */
	bool is_starttls : 1; /* in SMTP_MODE_HELLO */
	bool at_line_end : 1; /* the latest byte withheld ended a line */
	bool uses_text : 1;   /* the server's bytes are being read: the reader gives back the reply's text */
	uint8_t mode;
	int32_t owed;         /* challenges of the server less the lines withheld */
	uint64_t chunk_left;  /* of the BDAT under way */
	uint64_t chunk_bytes; /* of all BDATs of the message */
	struct smtp_line line;
	struct smtp_kept kept; /* an argument, or a part of a ClientHello */
	struct smtp_body body;
	struct smtp_reply reply;
	struct smtp_queue queue;
};

/* The bytes of one call. */
struct smtp_span {
	const uint8_t *bytes;
	size_t size;
	size_t offset; /* of the first that is not read yet */
	size_t clear;
	bool is_private; /* one that is not clear was passed */
};

/* What was read so far is clear, unless something in it is not. */
static inline void smtp_span_clear(struct smtp_span *span)
{
	if (!span->is_private)
		span->clear = span->offset;
}

/* smtp.c */
void smtp_tell(struct smtp *smtp, struct dialogue_event event);
/* Nothing is understood any more, and it is said. */
void smtp_lose(struct smtp *smtp);
/* Nothing more is wanted. */
void smtp_close(struct smtp *smtp);
void smtp_await(struct smtp *smtp, enum smtp_awaited awaited, uint32_t count, uint64_t bytes);
/* False: no memory, and all is lost. `capacity` is the same as long as something is kept. */
bool smtp_keep(struct smtp *smtp, size_t capacity, const uint8_t *bytes, size_t size);
void smtp_drop(struct smtp *smtp);
/* Copies what fits, with NUL at the end and SUB for each inside. */
void smtp_copy_text(char *target, size_t size, const void *source, size_t source_size);

/* smtp_client.c */
void smtp_read_client(struct smtp *smtp, struct smtp_span *span);
void smtp_begin_line(struct smtp *smtp, enum smtp_line_part part);
/* The client's bytes are secret until the server has answered. */
void smtp_withhold(struct smtp *smtp);
/* The server has answered: what was withheld were lines that nobody read. */
void smtp_release(struct smtp *smtp);
void smtp_end_hello(struct smtp *smtp, const char *name);

/* smtp_line.c */
void smtp_read_line(struct smtp *smtp, struct smtp_span *span);
void smtp_end_line(struct smtp *smtp);

/* smtp_command.c. The verbs end with one whose name is NULL. */
struct smtp_verb {
	const char *name;
	uint8_t awaited; /* what answers it */
	bool takes;      /* the argument is wanted */
	bool has_secret; /* the argument may be one */
	void (*act)(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size);
};
extern const struct smtp_verb smtp_verbs[];

/* smtp_reply.c */
void smtp_read_server(struct smtp *smtp, struct smtp_span *span);
void smtp_end_reply(struct smtp *smtp);

/* smtp_answer.c: a whole reply, whose text is at smtp->reply. */
void smtp_answer(struct smtp *smtp);
enum smtp_awaited smtp_awaited_now(const struct smtp *smtp);

#endif
