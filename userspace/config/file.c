// SPDX-License-Identifier: GPL-2.0-only
/*
 * inih reads the lines and takes them apart. What it does not do is done around it, in the function that
 * hands it the lines: count them (its handler gets no line number), refuse what it would silently
 * split, cut or skip, and check the names of sections, of which it tells only together with a key.
 */
#include "config/options.h"
#include "lib/text.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

/* With the longest reason these fill, and do not overflow, config_error's message. */
#define SHOWN_PATH_SIZE 192
#define SHOWN_TEXT_SIZE 128

/* A pipe may have no end. A file of this many lines is no configuration. */
#define LINES_MAX 65536

#define BLANKS " \t"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct config_file {
	FILE *stream;
	const char *path;
	struct config *config;
	struct config_error *error;
	int result; /* 0 until something was refused */
	int line;   /* the one that inih has now, from 1 */
	int failed_line;
	int first_lines[CONFIG_OPTION_COUNT];    /* where a key was first given; 0: it was not */
	const struct config_option *last_option; /* the key that an indented line would continue */
	bool continues;                          /* the present line is such a line */
};

/* Text of the file, made fit to be shown. Returns `shown`. */
static const char *show(char shown[SHOWN_TEXT_SIZE], const char *text, size_t text_size)
{
	text_escape(shown, SHOWN_TEXT_SIZE, text, text_size);
	return shown;
}

static const char *show_path(char shown[SHOWN_PATH_SIZE], const char *path)
{
	text_escape(shown, SHOWN_PATH_SIZE, path, strlen(path));
	return shown;
}

/* Says "PATH:LINE: reason". The first line that was refused is the one that is told. */
__attribute__((format(printf, 3, 4))) static void refuse_line(struct config_file *file, int line, const char *reason,
							      ...)
{
	char *message = file->error->message;
	char shown[SHOWN_PATH_SIZE];
	va_list arguments;
	size_t length;

	if (file->result && line >= file->failed_line)
		return;
	file->result = -EINVAL;
	file->failed_line = line;
	snprintf(message, sizeof(file->error->message), "%s:%d: ", show_path(shown, file->path), line);
	length = strlen(message);
	va_start(arguments, reason);
	vsnprintf(message + length, sizeof(file->error->message) - length, reason, arguments);
	va_end(arguments);
}

/* Says "cannot read PATH: error" and returns `error`. */
static int refuse_file(const char *path, int error, struct config_error *ret_error)
{
	char shown[SHOWN_PATH_SIZE];

	snprintf(ret_error->message, sizeof(ret_error->message), "cannot read %s: %s", show_path(shown, path),
		 strerror(-error));
	return error;
}

/* A byte, or EOF. A line may end in CR LF. */
static int next_byte(FILE *stream)
{
	int byte = getc(stream);
	int next;

	if (byte != '\r')
		return byte;
	next = getc(stream);
	if (next == '\n')
		return next;
	ungetc(next, stream);
	return byte;
}

/* Takes one line, without its end. Returns false at the end of the file and where the line is refused. */
static bool take_line(struct config_file *file, char *line, size_t size)
{
	size_t length = 0;
	int byte;

	while ((byte = next_byte(file->stream)) != EOF && byte != '\n') {
		if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
			refuse_line(file, file->line, "control character \\x%02x: this is no text file",
				    (unsigned int)byte);
			return false;
		}
		if (length == size - 1) {
			refuse_line(file, file->line, "the line is too long: it may have %zu bytes", size - 1);
			return false;
		}
		line[length++] = (char)byte;
	}
	if (ferror(file->stream)) {
		file->result = refuse_file(file->path, errno > 0 ? -errno : -EIO, file->error);
		return false;
	}
	line[length] = '\0';
	return byte != EOF || length > 0;
}

/* Checks "name] rest", of which inih cuts a long name and skips the rest. */
static void check_section(struct config_file *file, const char *header)
{
	char alternatives[CONFIG_ALTERNATIVES_SIZE];
	char shown[SHOWN_TEXT_SIZE];
	char name[64]; /* longer than any that is valid */
	size_t name_length = strcspn(header, "]");
	const char *rest = header + name_length;

	if (*rest == '\0') {
		/* inih finds the missing bracket itself. */
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)name_length, header);
	if (!config_section_exists(name))
		refuse_line(file, file->line, "unknown section [%s]; %s", show(shown, header, name_length),
			    config_option_suggest(NULL, name, alternatives));
	rest++;
	rest += strspn(rest, BLANKS);
	if (*rest != '\0' && *rest != ';' && *rest != '#')
		refuse_line(file, file->line, "\"%s\" stands behind a section; it needs a line of its own",
			    show(shown, rest, strlen(rest)));
}

/* Some versions of inih leave the comment behind an indented line in the value. */
static void cut_comment(char *text)
{
	while (*text != '\0' && !(strchr(BLANKS, text[0]) && text[1] == ';'))
		text++;
	*text = '\0';
}

/* Tells what kind of line inih is about to see, as inih will tell it. */
static void inspect_line(struct config_file *file, char *line)
{
	char *text = line + strspn(line, BLANKS);

	file->continues = file->last_option && text > line;
	if (file->continues) {
		cut_comment(text);
	} else if (*text == '[') {
		file->last_option = NULL;
		check_section(file, text + 1);
	}
}

/* The ini_reader: like fgets(), for inih. */
static char *read_line(char *line, int size, void *stream)
{
	struct config_file *file = stream;

	if (file->result)
		return NULL;
	file->line++;
	if (!take_line(file, line, (size_t)size))
		return NULL;
	if (file->line > LINES_MAX)
		refuse_line(file, file->line, "a configuration has at most %d lines", LINES_MAX);
	if (file->line == 1 && strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		memmove(line, line + strlen(BYTE_ORDER_MARK), strlen(line + strlen(BYTE_ORDER_MARK)) + 1);
	inspect_line(file, line);
	return file->result ? NULL : line;
}

static void refuse_key(struct config_file *file, const char *section, const char *key)
{
	char alternatives[CONFIG_ALTERNATIVES_SIZE];
	char shown[SHOWN_TEXT_SIZE];

	show(shown, key, strlen(key));
	config_option_suggest(section, key, alternatives);
	if (*section == '\0')
		refuse_line(file, file->line, "key \"%s\" before any section; %s", shown, alternatives);
	else
		refuse_line(file, file->line, "unknown key \"%s\" in [%s]; %s", shown, section, alternatives);
}

/* inih takes '#' for a comment only at the start of a line, and no value has a use for a word with it. */
static bool has_hash_comment(const char *value)
{
	return *value == '#' || strstr(value, " #") || strstr(value, "\t#");
}

/* Refuses what is wrong whatever the type of the value. */
static void check_value(struct config_file *file, const struct config_option *option, const char *value)
{
	int first_line = file->first_lines[option - config_options];
	bool is_list = option->clear != NULL;

	if (file->continues && (!is_list || strchr(value, '=')))
		refuse_line(file, file->line,
			    "an indented line continues \"%s\" above it; a key begins in the first column",
			    option->key);
	else if (first_line > 0 && !is_list)
		refuse_line(file, file->line, "\"%s\" is given twice, first in line %d", option->key, first_line);
	else if (*value == '\0')
		refuse_line(file, file->line, "\"%s\" has no value; without the line it has its default", option->key);
	else if (has_hash_comment(value))
		refuse_line(file, file->line, "a comment behind a value begins with \";\", not with \"#\"");
}

static void set_value(struct config_file *file, const struct config_option *option, const char *value)
{
	int *first_line = &file->first_lines[option - config_options];
	struct value_problem problem;
	char shown[SHOWN_TEXT_SIZE];
	int error;

	if (*first_line == 0) {
		*first_line = file->line;
		if (option->clear)
			option->clear(file->config);
	}
	error = option->parse(file->config, option, value, &problem);
	if (error == -EINVAL)
		refuse_line(file, file->line, "\"%s\" is not valid for %s: %s",
			    show(shown, problem.text, problem.text_size), option->key, problem.reason);
	else if (error)
		file->result = refuse_file(file->path, error, file->error);
}

/* The ini_handler. Returns 0 where the line is refused. */
static int handle_key(void *user, const char *section, const char *key, const char *value)
{
	struct config_file *file = user;
	const struct config_option *option = config_option_find(section, key);

	if (!option) {
		refuse_key(file, section, key);
		return 0;
	}
	file->last_option = option;
	check_value(file, option, value);
	if (!file->result)
		set_value(file, option, value);
	return file->result == 0;
}

/* Returns 0 or -errno with the message said. */
static int parse_stream(struct config_file *file)
{
	int first_bad_line = ini_parse_stream(read_line, file, handle_key, file);

	if (first_bad_line > 0)
		refuse_line(file, first_bad_line, "not a section, comment or key = value");
	else if (first_bad_line < 0)
		file->result = refuse_file(file->path, -ENOMEM, file->error);
	return file->result;
}

int config_load(const char *path, bool optional, struct config **ret_config, struct config_error *ret_error)
{
	_cleanup_(cleanup_config_free) struct config *config = config_new();
	_cleanup_fclose_ FILE *stream = NULL;

	if (!config)
		return refuse_file(path, -ENOMEM, ret_error);
	stream = fopen(path, "re");
	if (!stream && !(optional && errno == ENOENT))
		return refuse_file(path, -errno, ret_error);
	if (stream) {
		struct config_file file = {.stream = stream, .path = path, .config = config, .error = ret_error};
		int error = parse_stream(&file);

		if (error)
			return error;
	}
	*ret_config = TAKE_PTR(config);
	return 0;
}
