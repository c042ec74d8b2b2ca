// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's lines. They are read letter by letter against the known words: a line that is none of the commands may
 * be a password sent out of step, and leaves nothing behind, not even its first letters.
 */
#include "capture/smtp_session.h"
#include "lib/array.h"

#include <string.h>

#define AUTH_LETTERS 4

/*
 * IANA's registry of SASL mechanisms (RFC 4422) and what else is met in SMTP. Others are not named: what stands in the
 * place of the mechanism may be a secret.
 */
static const char *const mechanisms[] = {
	"PLAIN",
	"LOGIN",
	"CRAM-MD5",
	"DIGEST-MD5",
	"NTLM",
	"GSSAPI",
	"XOAUTH2",
	"OAUTHBEARER",
	"XOAUTH",
	"EXTERNAL",
	"ANONYMOUS",
	"SCRAM-SHA-1",
	"SCRAM-SHA-1-PLUS",
	"SCRAM-SHA-256",
	"SCRAM-SHA-256-PLUS",
	"SCRAM-SHA-512",
	"SCRAM-SHA-512-PLUS",
	"SCRAM-SHA3-512",
	"SCRAM-SHA3-512-PLUS",
	"GS2-KRB5",
	"GS2-KRB5-PLUS",
	"KERBEROS_V4",
	"GSS-SPNEGO",
	"SRP",
	"OTP",
	"SKEY",
	"SECURID",
	"PASSDSS-3DES-1",
	"MSN",
};

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static bool is_line_end(uint8_t byte)
{
	return byte == '\r' || byte == '\n';
}

static uint8_t upper(uint8_t byte)
{
	return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

static const char *verb_word(size_t index)
{
	return smtp_verbs[index].name;
}

static const char *mechanism_word(size_t index)
{
	return index < COUNT_OF(mechanisms) ? mechanisms[index] : NULL;
}

/* Leaves those candidates that go on with this letter. All words end with NUL, which no letter is equal to. */
static void match(struct smtp_line *line, const char *(*word)(size_t index), uint8_t letter)
{
	uint32_t candidates = line->candidates;

	if (letter == '\0')
		line->candidates = 0;
	for (; candidates != 0 && line->candidates != 0; candidates &= candidates - 1) {
		unsigned int index = (unsigned int)__builtin_ctz(candidates);

		if ((uint8_t)word(index)[line->matched] != letter)
			line->candidates &= ~(1U << index);
	}
	line->matched++;
}

/* The word that ends here, or SMTP_NO_WORD. */
static uint8_t matched_word(const struct smtp_line *line, const char *(*word)(size_t index))
{
	for (uint32_t candidates = line->candidates; candidates != 0; candidates &= candidates - 1) {
		unsigned int index = (unsigned int)__builtin_ctz(candidates);

		if (word(index)[line->matched] == '\0')
			return (uint8_t)index;
	}
	return SMTP_NO_WORD;
}

static void begin_word(struct smtp_line *line, enum smtp_line_part part, const char *(*word)(size_t index))
{
	line->part = (uint8_t)part;
	line->matched = 0;
	line->word = SMTP_NO_WORD;
	line->candidates = 0;
	for (size_t i = 0; word(i) != NULL; i++)
		line->candidates |= 1U << i;
}

static uint8_t next(const struct smtp_span *span)
{
	return span->bytes[span->offset];
}

static void read_start(struct smtp *smtp, struct smtp_span *span)
{
	if (is_space(next(span)))
		span->offset++;
	else
		begin_word(&smtp->line, SMTP_LINE_VERB, verb_word);
}

/* A client that speaks first, and not SMTP, is not listened to. */
static void end_verb(struct smtp *smtp, struct smtp_span *span, uint8_t word)
{
	smtp->line.word = word;
	if (word != SMTP_NO_WORD) {
		smtp->line.part = SMTP_LINE_ARGUMENT;
		smtp_span_clear(span);
	} else {
		smtp->line.part = SMTP_LINE_UNKNOWN;
		span->is_private = true;
		if (smtp->spoke_early)
			smtp_close(smtp);
	}
	smtp->spoke_early = false;
}

/* Four letters are enough for AUTH: with whatever follows them it may be meant. */
static bool is_auth(const struct smtp_line *line)
{
	uint8_t word = line->matched == AUTH_LETTERS ? matched_word(line, verb_word) : SMTP_NO_WORD;

	return word != SMTP_NO_WORD && smtp_verbs[word].awaited == SMTP_AWAITED_AUTH;
}

static void begin_auth(struct smtp *smtp, struct smtp_span *span)
{
	smtp->line.part = SMTP_LINE_AUTH;
	smtp->line.matched = 0;
	smtp->line.word = SMTP_NO_WORD;
	smtp->spoke_early = false;
	span->is_private = true;
}

static void read_verb(struct smtp *smtp, struct smtp_span *span)
{
	struct smtp_line *line = &smtp->line;
	uint8_t byte = next(span);

	if (is_space(byte) || is_line_end(byte)) {
		end_verb(smtp, span, matched_word(line, verb_word));
		return;
	}
	match(line, verb_word, upper(byte));
	span->offset++;
	if (line->candidates == 0)
		end_verb(smtp, span, SMTP_NO_WORD);
	else if (is_auth(line))
		begin_auth(smtp, span);
}

/* The argument is whole and the line at its end. */
static void end_command(struct smtp *smtp, const uint8_t *argument, size_t size)
{
	const struct smtp_verb *verb = &smtp_verbs[smtp->line.word];

	if (size > SMTP_ARGUMENT_SIZE)
		size = SMTP_ARGUMENT_SIZE;
	while (size > 0 && is_space(*argument)) {
		argument++;
		size--;
	}
	smtp_begin_line(smtp, SMTP_LINE_START);
	/* Of nothing, nothing was kept. */
	verb->act(smtp, verb, argument ? argument : (const uint8_t *)"", size);
}

static void end_kept_command(struct smtp *smtp)
{
	_cleanup_free_ uint8_t *argument = smtp->kept.bytes;
	size_t size = smtp->kept.size;

	smtp->kept = (struct smtp_kept){0};
	end_command(smtp, argument ? argument : (const uint8_t *)"", size);
}

/* Notes what lies before a CR; what lies behind one that is not the line's end may be meant as another command. */
static size_t pass_argument(struct smtp *smtp, struct smtp_span *span, size_t length)
{
	struct smtp_line *line = &smtp->line;
	const uint8_t *bytes = span->bytes + span->offset;
	const uint8_t *end = line->after_return ? bytes : memchr(bytes, '\r', length);
	size_t size = end ? (size_t)(end - bytes) : length;

	if (size > 0 && smtp_verbs[line->word].has_secret)
		span->is_private = true;
	span->offset += size;
	if (end && !line->after_return && size < length) {
		line->after_return = true;
		span->offset++;
	}
	smtp_span_clear(span);
	if ((size_t)(span->bytes + span->offset - bytes) < length)
		span->is_private = true;
	span->offset = (size_t)(bytes + length - span->bytes);
	return size;
}

static void read_argument(struct smtp *smtp, struct smtp_span *span)
{
	const uint8_t *bytes = span->bytes + span->offset;
	size_t left = span->size - span->offset;
	const uint8_t *feed = memchr(bytes, '\n', left);
	size_t size = pass_argument(smtp, span, feed ? (size_t)(feed - bytes) : left);

	if (feed) {
		span->offset++;
		smtp_span_clear(span);
	}
	if (feed && smtp->kept.size == 0) {
		end_command(smtp, bytes, size);
		return;
	}
	if (smtp_verbs[smtp->line.word].takes && !smtp_keep(smtp, SMTP_ARGUMENT_SIZE, bytes, size))
		return;
	if (feed)
		end_kept_command(smtp);
}

/* True at the line's end. */
static bool pass_line(struct smtp_span *span)
{
	const uint8_t *bytes = span->bytes + span->offset;
	const uint8_t *feed = memchr(bytes, '\n', span->size - span->offset);

	span->is_private = true;
	span->offset = feed ? (size_t)(feed + 1 - span->bytes) : span->size;
	return feed != NULL;
}

static void read_unknown(struct smtp *smtp, struct smtp_span *span)
{
	if (!pass_line(span))
		return;
	smtp_begin_line(smtp, SMTP_LINE_START);
	smtp_await(smtp, SMTP_AWAITED_UNKNOWN, 1, 0);
}

static void read_tail(struct smtp *smtp, struct smtp_span *span)
{
	if (pass_line(span))
		smtp_begin_line(smtp, SMTP_LINE_START);
}

static void read_auth(struct smtp *smtp, struct smtp_span *span)
{
	span->is_private = true;
	if (is_space(next(span))) {
		begin_word(&smtp->line, SMTP_LINE_MECHANISM, mechanism_word);
		span->offset++;
	} else {
		smtp->line.part = SMTP_LINE_SECRET;
	}
}

static void read_mechanism(struct smtp *smtp, struct smtp_span *span)
{
	struct smtp_line *line = &smtp->line;
	uint8_t byte = next(span);
	bool is_end = is_space(byte) || is_line_end(byte);

	span->is_private = true;
	if (is_space(byte) && line->matched == 0) {
		span->offset++;
	} else if (is_end) {
		line->word = matched_word(line, mechanism_word);
		line->part = SMTP_LINE_SECRET;
	} else {
		match(line, mechanism_word, upper(byte));
		span->offset++;
		if (line->candidates == 0)
			line->part = SMTP_LINE_SECRET;
	}
}

static void tell_mechanism(struct smtp *smtp)
{
	uint8_t word = smtp->line.word;

	if (smtp->line.matched > 0)
		smtp_tell(smtp, (struct dialogue_event){
					.kind = DIALOGUE_AUTH,
					.name = word == SMTP_NO_WORD ? "" : mechanisms[word],
				});
}

static void read_secret(struct smtp *smtp, struct smtp_span *span)
{
	if (!pass_line(span))
		return;
	tell_mechanism(smtp);
	smtp_withhold(smtp);
	smtp_await(smtp, SMTP_AWAITED_AUTH, 1, 0);
}

void smtp_read_line(struct smtp *smtp, struct smtp_span *span)
{
	static void (*const readers[SMTP_LINE_PART_COUNT])(struct smtp * smtp, struct smtp_span * span) = {
		[SMTP_LINE_START] = read_start,         [SMTP_LINE_VERB] = read_verb,
		[SMTP_LINE_ARGUMENT] = read_argument,   [SMTP_LINE_UNKNOWN] = read_unknown,
		[SMTP_LINE_TAIL] = read_tail,           [SMTP_LINE_AUTH] = read_auth,
		[SMTP_LINE_MECHANISM] = read_mechanism, [SMTP_LINE_SECRET] = read_secret,
	};

	readers[smtp->line.part](smtp, span);
}

void smtp_end_line(struct smtp *smtp)
{
	struct smtp_line *line = &smtp->line;

	if (line->part == SMTP_LINE_VERB)
		line->word = matched_word(line, verb_word);
	if (line->part == SMTP_LINE_MECHANISM)
		line->word = matched_word(line, mechanism_word);
	if (line->part == SMTP_LINE_MECHANISM || line->part == SMTP_LINE_SECRET)
		tell_mechanism(smtp);
	else if (line->word != SMTP_NO_WORD && (line->part == SMTP_LINE_VERB || line->part == SMTP_LINE_ARGUMENT))
		end_kept_command(smtp);
}
