// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/lexer.h"

#include "lib/clock.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define DEPTH_MAX 32
#define SAFE_EIGHTS 2 /* so many times eight digits fit into 64 bits whatever they are */
#define ONES 0x0101010101010101ULL
#define DATE_SIZE (sizeof("2026-11-22T03:12:04") - 1)
#define MINUTE_SIZE LEXER_MINUTE_SIZE

void lexer_begin(struct lexer *lexer, const char *line, size_t size)
{
	lexer->start = lexer->at = line;
	lexer->end = line + size;
	lexer->problem = NULL;
	lexer->used = 0;
}

int lexer_refuse(struct lexer *lexer, const char *problem)
{
	if (!lexer->problem)
		lexer->problem = problem;
	return -EINVAL;
}

static bool take_word(struct lexer *lexer, const char *word, size_t size)
{
	if ((size_t)(lexer->end - lexer->at) < size || memcmp(lexer->at, word, size) != 0)
		return false;
	lexer->at += size;
	return true;
}

bool lexer_take_null(struct lexer *lexer)
{
	return lexer_peek(lexer) == 'n' && take_word(lexer, "null", 4);
}

int lexer_read_bool(struct lexer *lexer, bool *ret_value)
{
	lexer_peek(lexer);
	if (take_word(lexer, "true", 4))
		*ret_value = true;
	else if (take_word(lexer, "false", 5))
		*ret_value = false;
	else
		return lexer_refuse(lexer, "is neither true nor false");
	return 0;
}

static bool is_mark(char character)
{
	return character == '"' || character == '\\' || (uint8_t)character < ' ';
}

#ifdef __SSE2__
#define CHUNK 16

/* A bit for each byte that is the end of a text, an escape or a control character. */
static unsigned int marks_of(const char *at)
{
	const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
	const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ' - 1)), bytes);
	const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
	const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));

	return (unsigned int)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}
#else
#define CHUNK 8

static unsigned int marks_of(const char *at)
{
	unsigned int marks = 0;

	for (unsigned int i = 0; i < CHUNK; i++)
		marks |= (unsigned int)is_mark(at[i]) << i;
	return marks;
}
#endif

static const char *find_mark(const char *at, const char *end)
{
	for (; end - at >= CHUNK; at += CHUNK) {
		unsigned int marks = marks_of(at);
		if (marks)
			return at + __builtin_ctz(marks);
	}
	while (at < end && !is_mark(*at))
		at++;
	return at;
}

static int digit_of(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

/* Four digits behind "\u". */
static int read_unit(struct lexer *lexer, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = lexer->at < lexer->end ? digit_of(*lexer->at) : -1;
		if (digit < 0)
			return lexer_refuse(lexer, "is no hexadecimal digit: \\u has four");
		unit = unit << 4 | (uint32_t)digit;
		lexer->at++;
	}
	*ret_unit = unit;
	return 0;
}

static size_t encode_utf8(uint32_t code, char text[4])
{
	if (code < 0x80) {
		text[0] = (char)code;
		return 1;
	}
	size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = size - 1; i > 0; i--) {
		text[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	text[0] = (char)(0xf00 >> size | code);
	return size;
}

/* What stands behind "\u": a character, the first half of one, or a byte that is none. */
static int decode_unit(struct lexer *lexer, char text[4], size_t *ret_size)
{
	uint32_t unit;
	uint32_t low;

	if (read_unit(lexer, &unit))
		return -EINVAL;
	if (unit >= 0xdc80 && unit <= 0xdcff) {
		text[0] = (char)(unit - 0xdc00);
		*ret_size = 1;
		return 0;
	}
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return lexer_refuse(lexer, "is half a character");
	if (unit >= 0xd800 && unit <= 0xdbff) {
		if (!take_word(lexer, "\\u", 2) || read_unit(lexer, &low) || low < 0xdc00 || low > 0xdfff)
			return lexer_refuse(lexer, "is half a character");
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	*ret_size = encode_utf8(unit, text);
	return 0;
}

static int decode_escape(struct lexer *lexer, char text[4], size_t *ret_size)
{
	static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	char letter = lexer->at + 1 < lexer->end ? lexer->at[1] : '\0';

	for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
		if (letter != letters[i])
			continue;
		lexer->at += 2;
		text[0] = letters[i + 1];
		*ret_size = 1;
		return 0;
	}
	if (letter != 'u')
		return lexer_refuse(lexer, "is no escape that JSON has");
	lexer->at += 2;
	return decode_unit(lexer, text, ret_size);
}

static bool keep_bytes(struct lexer *lexer, const char *bytes, size_t size)
{
	if (size > RECORDED_LINE_MAX - lexer->used)
		return false;
	memcpy(lexer->room + lexer->used, bytes, size);
	lexer->used += size;
	return true;
}

/* The rest of a text, from the first escape on. */
static int decode_text(struct lexer *lexer, const char *first, struct lexed_text *ret_text)
{
	size_t start = lexer->used;
	bool has_nul = false;
	const char *mark = lexer->at;
	char text[4];
	size_t size;

	while (true) {
		if (!keep_bytes(lexer, first, (size_t)(mark - first)))
			return lexer_refuse(lexer, "is too long");
		lexer->at = mark;
		if (mark == lexer->end || *mark != '\\')
			break;
		if (decode_escape(lexer, text, &size))
			return -EINVAL;
		has_nul |= size == 1 && text[0] == '\0';
		if (!keep_bytes(lexer, text, size))
			return lexer_refuse(lexer, "is too long");
		first = lexer->at;
		mark = find_mark(first, lexer->end);
	}
	*ret_text = (struct lexed_text){lexer->room + start, lexer->used - start, has_nul};
	return 0;
}

/* Most texts are short, and end before anything else is in their way. */
static bool take_short_text(struct lexer *lexer, struct lexed_text *ret_text)
{
	const char *first = lexer->at;

	if (lexer->end - first < CHUNK)
		return false;
	unsigned int marks = marks_of(first);
	const char *mark = first + (marks ? __builtin_ctz(marks) : 0);
	if (!marks || *mark != '"')
		return false;
	*ret_text = (struct lexed_text){first, (size_t)(mark - first), false};
	lexer->at = mark + 1;
	return true;
}

int lexer_read_text(struct lexer *lexer, struct lexed_text *ret_text)
{
	if (lexer_expect(lexer, '"', "is no text"))
		return -EINVAL;
	if (take_short_text(lexer, ret_text))
		return 0;
	const char *first = lexer->at;
	lexer->at = find_mark(first, lexer->end);
	struct lexed_text text = {first, (size_t)(lexer->at - first), false};
	if (lexer->at < lexer->end && *lexer->at == '\\' && decode_text(lexer, first, &text))
		return -EINVAL;
	if (lexer->at == lexer->end)
		return lexer_refuse(lexer, "ends within a text");
	if (*lexer->at != '"')
		return lexer_refuse(lexer, "is a control character, which a text has only escaped");
	lexer->at++;
	*ret_text = text;
	return 0;
}

/* Most texts are short: a copy of a size that is not known costs more. */
static char *keep_short(struct lexer *lexer, const struct lexed_text *text)
{
	char *kept = lexer->room + lexer->used;

	if (text->size >= CHUNK || lexer->end - text->text < CHUNK || text->text < lexer->start ||
	    RECORDED_LINE_MAX - lexer->used < CHUNK)
		return NULL;
	memcpy(kept, text->text, CHUNK);
	kept[text->size] = '\0';
	lexer->used += text->size + 1;
	return kept;
}

char *lexer_keep_bytes(struct lexer *lexer, const struct lexed_text *text)
{
	char *kept = keep_short(lexer, text);

	if (kept)
		return kept;
	/* What was decoded last is in place. */
	size_t start = lexer->used;
	bool is_kept = text->size > 0 && text->text + text->size == lexer->room + start;
	if (is_kept)
		start -= text->size;
	if ((!is_kept && !keep_bytes(lexer, text->text, text->size)) || !keep_bytes(lexer, "", 1)) {
		lexer_refuse(lexer, "is too long");
		return NULL;
	}
	return lexer->room + start;
}

char *lexer_keep_text(struct lexer *lexer, const struct lexed_text *text)
{
	if (!text->has_nul)
		return lexer_keep_bytes(lexer, text);
	lexer_refuse(lexer, "has a NUL within");
	return NULL;
}

/* Up to eight digits in one go: how many there are. At least eight bytes stand there. */
static inline unsigned int read_eight(const char *at, uint64_t *ret_number)
{
	uint64_t digits;

	memcpy(&digits, at, sizeof(digits));
	digits = le64toh(digits);
	/* A digit's upper half is 3, also where six more are added: what is none changes only bytes behind it. */
	uint64_t others = ((digits & ONES * 0xf0) ^ ONES * '0') | (((digits + ONES * 6) & ONES * 0xf0) ^ ONES * '0');
	unsigned int count = others ? (unsigned int)__builtin_ctzll(others) / 8 : 8;
	if (count == 0)
		return 0;
	/* To the end, behind zeros; then pairs of digits become one number, pairs of those another, and so on. */
	digits <<= 8 * (8 - count);
	digits = (digits & ONES * 0x0f) * (10ULL << 8 | 1) >> 8;
	digits = (digits & 0x00ff00ff00ff00ffULL) * (100ULL << 16 | 1) >> 16;
	*ret_number = (digits & 0x0000ffff0000ffffULL) * (10000ULL << 32 | 1) >> 32;
	return count;
}

/* The digits that stand there. Returns where they end; NULL: they are more than 64 bits. */
static const char *read_digits(const char *at, const char *end, uint64_t *ret_number)
{
	static const uint32_t units[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
	uint64_t number = 0;
	uint64_t next;
	unsigned int count = 8;
	unsigned int digit;

	for (int i = 0; i < SAFE_EIGHTS && count == 8 && end - at >= 8; i++, at += count) {
		count = read_eight(at, &next);
		number = count ? number * units[count] + next : number;
	}
	for (; at < end && (digit = (unsigned int)(uint8_t)*at - '0') < 10; at++)
		if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, digit, &number))
			return NULL;
	*ret_number = number;
	return at;
}

int lexer_read_number(struct lexer *lexer, uint64_t maximum, uint64_t *ret_number)
{
	bool is_quoted = lexer_peek(lexer) == '"';
	uint64_t number = 0;

	lexer->at += is_quoted;
	const char *first = lexer->at;
	const char *end = read_digits(first, lexer->end, &number);
	if (!end || number > maximum)
		return lexer_refuse(lexer, "is a number that is too large");
	lexer->at = end;
	if (end == first || (end < lexer->end && (*end == '.' || *end == 'e' || *end == 'E')))
		return lexer_refuse(lexer, "is no whole number");
	if (is_quoted && lexer_expect(lexer, '"', "is no whole number"))
		return -EINVAL;
	*ret_number = number;
	return 0;
}

/* Whether the text begins with the minute that was read last, and two digits of a second. */
static bool is_known_minute(const struct lexer *lexer, const char *text, unsigned int *ret_second)
{
	unsigned int tens = (uint8_t)(text[MINUTE_SIZE] - '0');
	unsigned int ones = (uint8_t)(text[MINUTE_SIZE + 1] - '0');

	*ret_second = 10 * tens + ones;
	return memcmp(text, lexer->minute, MINUTE_SIZE) == 0 && tens < 6 && ones < 10;
}

/* "2026-11-22T03:12:04", most often of the same minute as the one before. */
static int read_date(struct lexer *lexer, const char *text, time_t *ret_seconds)
{
	struct tm parts = {0};
	unsigned int second;

	if (is_known_minute(lexer, text, &second)) {
		*ret_seconds = lexer->minute_begin + second;
		return 0;
	}
	char copy[DATE_SIZE + 1] = "";
	memcpy(copy, text, DATE_SIZE);
	const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%S", &parts);
	if (!end || *end || parts.tm_year < 70 || parts.tm_year > 600)
		return lexer_refuse(lexer, "is no time as 2026-11-22T03:12:04.123456789Z");
	*ret_seconds = timegm(&parts);
	if (parts.tm_sec < 60 && copy[MINUTE_SIZE - 1] == ':') {
		memcpy(lexer->minute, text, MINUTE_SIZE);
		lexer->minute_begin = *ret_seconds - parts.tm_sec;
	}
	return 0;
}

/* As the writer has it, of a minute that was read before. */
static bool take_known_time(struct lexer *lexer, uint64_t *ret_wall_ns)
{
	static const char form[] = "\"2026-11-22T03:12:04.123456789Z\"";
	const char *at = lexer->at;
	const char *fraction = at + 1 + DATE_SIZE + 1;
	unsigned int second;
	uint64_t tens;

	if (lexer->end - at < (ptrdiff_t)sizeof(form) - 1 || *at != '"' || !is_known_minute(lexer, at + 1, &second) ||
	    fraction[-1] != '.' || fraction[9] != 'Z' || fraction[10] != '"' || (uint8_t)(fraction[8] - '0') > 9 ||
	    read_eight(fraction, &tens) != 8)
		return false;
	lexer->at += sizeof(form) - 1;
	*ret_wall_ns = (uint64_t)(lexer->minute_begin + second) * NANOSECONDS_A_SECOND + 10 * tens +
		       (uint8_t)(fraction[8] - '0');
	return true;
}

int lexer_read_time(struct lexer *lexer, uint64_t *ret_wall_ns)
{
	struct lexed_text text;
	time_t seconds;
	uint64_t fraction = 0;
	uint64_t unit = NANOSECONDS_A_SECOND;
	size_t at = DATE_SIZE;

	if (take_known_time(lexer, ret_wall_ns))
		return 0;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	if (text.size < DATE_SIZE || read_date(lexer, text.text, &seconds))
		return lexer_refuse(lexer, "is no time as 2026-11-22T03:12:04.123456789Z");
	if (at < text.size && text.text[at] == '.')
		for (at++; at < text.size && (uint8_t)(text.text[at] - '0') < 10 && unit > 1; at++) {
			unit /= 10;
			fraction += unit * (uint64_t)(text.text[at] - '0');
		}
	if (at + 1 != text.size || text.text[at] != 'Z')
		return lexer_refuse(lexer, "is no time as 2026-11-22T03:12:04.123456789Z");
	*ret_wall_ns = (uint64_t)seconds * NANOSECONDS_A_SECOND + fraction;
	return 0;
}

/* A number or a word, whatever it is. */
static int skip_scalar(struct lexer *lexer)
{
	const char *first = lexer->at;

	while (lexer->at < lexer->end && !lexer_is_blank(*lexer->at) && !lexer_is_one_of(*lexer->at, ",:]}[{\""))
		lexer->at++;
	return lexer->at > first ? 0 : lexer_refuse(lexer, "is no value");
}

int lexer_skip_value(struct lexer *lexer)
{
	char open[DEPTH_MAX];
	size_t depth = 0;
	struct lexed_text text;

	do {
		char character = lexer_peek(lexer);
		int error = 0;
		if (character == '{' || character == '[') {
			if (depth == DEPTH_MAX)
				return lexer_refuse(lexer, "is too deep");
			open[depth++] = character == '{' ? '}' : ']';
			lexer->at++;
		} else if (depth > 0 && character == open[depth - 1]) {
			depth--;
			lexer->at++;
		} else if (depth > 0 && (character == ',' || character == ':'))
			lexer->at++;
		else
			error = character == '"' ? lexer_read_text(lexer, &text) : skip_scalar(lexer);
		if (error)
			return error;
	} while (depth > 0);
	return 0;
}
