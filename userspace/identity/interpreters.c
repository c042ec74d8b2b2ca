// SPDX-License-Identifier: GPL-2.0-only
#include "identity/interpreters.h"

#include "identity/grammar.h"
#include "lib/array.h"
#include "lib/path.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

struct word {
	const char *text;
	size_t size;
	bool cut; /* its end is missing */
};

enum state {
	READING_OPTIONS,
	READING_WORDS, /* the options have ended */
	FOUND,
	NOTHING_TO_FIND,
};

struct reading {
	const struct grammar *grammar;
	const char *at;
	size_t left;
	bool argv_cut;
	enum state state;
	bool code_follows;
	bool had_command;
	struct word code; /* the first that was given; its text is NULL before */
	struct word script;
};

static bool next_word(struct reading *reading, struct word *ret_word)
{
	if (reading->left == 0)
		return false;
	const char *end = memchr(reading->at, '\0', reading->left);
	size_t size = end ? (size_t)(end - reading->at) : reading->left;

	*ret_word = (struct word){.text = reading->at, .size = size, .cut = !end && reading->argv_cut};
	size += end != NULL;
	reading->at += size;
	reading->left -= size;
	return true;
}

static bool is_text(const struct word *word, const char *text)
{
	return word->size == strlen(text) && memcmp(word->text, text, word->size) == 0;
}

/* `word` without its first `size` bytes. */
static struct word behind(const struct word *word, size_t size)
{
	return (struct word){.text = word->text + size, .size = word->size - size, .cut = word->cut};
}

static void take_code(struct reading *reading, const struct word *code)
{
	if (!reading->code.text)
		reading->code = *code;
}

static void take_script(struct reading *reading, const struct word *script)
{
	reading->script = *script;
	reading->state = FOUND;
}

static bool begins_option(const struct grammar *grammar, const struct word *word)
{
	return word->size > 1 && (word->text[0] == '-' || (grammar->plus_begins_option && word->text[0] == '+'));
}

/* An option's argument: what is attached to it where there is something, else the next word. */
static bool take_argument(struct reading *reading, const struct word *attached, struct word *ret_argument)
{
	if (attached->size > 0) {
		*ret_argument = *attached;
		return true;
	}
	return next_word(reading, ret_argument);
}

static void take_optional_code(struct reading *reading)
{
	struct reading ahead = *reading;
	struct word next;

	if (!next_word(&ahead, &next) || begins_option(reading->grammar, &next))
		return;
	*reading = ahead;
	take_code(reading, &next);
}

/* Does what an option means. `rest` is what its word has behind it. True: that is not to be read as options. */
static bool apply(struct reading *reading, enum option_meaning meaning, const struct word *rest)
{
	struct word argument;

	switch (meaning) {
	case OPTION_ATTACHED:
		return true;
	case OPTION_COLON:
		return rest->size > 0 && rest->text[0] == ':';
	case OPTION_CODE_FOLLOWS:
		reading->code_follows = true;
		return false;
	case OPTION_INPUT:
		reading->state = NOTHING_TO_FIND;
		return false;
	case OPTION_NEXT:
		next_word(reading, &argument);
		return false;
	case OPTION_OPTIONAL_CODE:
		take_optional_code(reading);
		return true;
	case OPTION_ARGUMENT:
	case OPTION_CODE:
	case OPTION_SCRIPT:
		break;
	}
	if (!take_argument(reading, rest, &argument))
		return true;
	if (meaning == OPTION_CODE)
		take_code(reading, &argument);
	if (meaning == OPTION_SCRIPT)
		take_script(reading, &argument);
	return true;
}

static const struct grammar_option *find_option(const struct grammar *grammar, const char *name, size_t size)
{
	for (const struct grammar_option *option = grammar->options; option->name; option++)
		if (strlen(option->name) == size && memcmp(option->name, name, size) == 0)
			return option;
	return NULL;
}

/* "--name" or "--name=argument", without the dashes. False: it is no name that the grammar has. */
static bool take_name(struct reading *reading, const struct word *word)
{
	const char *equal = memchr(word->text, '=', word->size);
	size_t size = equal ? (size_t)(equal - word->text) : word->size;
	const struct grammar_option *option = find_option(reading->grammar, word->text, size);
	struct word rest = behind(word, equal ? size + 1 : size);

	if (option)
		apply(reading, option->meaning, &rest);
	return option != NULL;
}

static void take_letters(struct reading *reading, const struct word *letters)
{
	for (size_t i = 0; i < letters->size; i++) {
		const struct grammar_option *option = find_option(reading->grammar, letters->text + i, 1);
		struct word rest = behind(letters, i + 1);

		if (option && reading->grammar->equal_sign && rest.size > 0 && rest.text[0] == '=')
			rest = behind(&rest, 1);
		if (option && apply(reading, option->meaning, &rest))
			return;
	}
}

static void take_option(struct reading *reading, const struct word *word)
{
	const struct grammar *grammar = reading->grammar;
	bool is_long = word->size > 2 && word->text[0] == '-' && word->text[1] == '-';
	struct word name = behind(word, is_long ? 2 : 1);
	bool known = false;

	if (is_long || grammar->whole_words || (grammar->one_dash_is_enough && name.size > 1))
		known = take_name(reading, &name);
	if (!known && grammar->unknown_is_input)
		reading->state = NOTHING_TO_FIND;
	else if (!known && !is_long && !grammar->whole_words)
		take_letters(reading, &name);
}

static const struct grammar_command *find_command(const struct grammar *grammar, const struct word *word)
{
	for (const struct grammar_command *command = grammar->commands; command && command->name; command++)
		if (is_text(word, command->name))
			return command;
	return NULL;
}

/* Not so another command, a script of package.json, or the URL of one. */
static bool names_file(const struct word *word)
{
	bool has_dot = memchr(word->text, '.', word->size) != NULL;
	bool has_slash = memchr(word->text, '/', word->size) != NULL;

	return (has_dot || has_slash) && !memchr(word->text, ':', word->size);
}

/* The first word that is neither an option nor one's argument; two where the first is a command. */
static void take_word(struct reading *reading, const struct word *word)
{
	const struct grammar *grammar = reading->grammar;
	const struct grammar_command *command = reading->had_command ? NULL : find_command(grammar, word);

	bool runs_code;
	bool is_other;

	if (reading->code_follows)
		take_code(reading, word);
	runs_code = reading->code.text && !grammar->script_after_code;
	is_other = grammar->commands && !command && !names_file(word);
	if (runs_code || is_other) {
		reading->state = NOTHING_TO_FIND;
	} else if (command) {
		reading->had_command = true;
		reading->code_follows = command->runs_code;
	} else {
		take_script(reading, word);
	}
}

static void read_word(struct reading *reading, const struct word *word)
{
	bool is_dash = is_text(word, "-");

	if (reading->state == READING_WORDS || !(is_dash || begins_option(reading->grammar, word)))
		take_word(reading, word);
	else if (is_text(word, "--") && !reading->grammar->unknown_is_input)
		reading->state = reading->grammar->dashes_are_input ? NOTHING_TO_FIND : READING_WORDS;
	else if (is_dash)
		reading->state = reading->grammar->dash_ends_options ? READING_WORDS : NOTHING_TO_FIND;
	else
		take_option(reading, word);
}

/* Copies the last component of the program's name as argv[0] has it; a login shell's has a dash before it. */
static void copy_name(const struct word *word, char ret_name[NAME_MAX + 1])
{
	const char *slash = memrchr(word->text, '/', word->size);
	struct word name = slash ? behind(word, (size_t)(slash - word->text) + 1) : *word;

	if (name.size > 0 && name.text[0] == '-')
		name = behind(&name, 1);
	if (name.size > NAME_MAX)
		name.size = NAME_MAX;
	memcpy(ret_name, name.text, name.size);
	ret_name[name.size] = '\0';
}

/* Whether busybox runs as a shell. It takes the word behind argv[0] where that is its own name. */
static bool runs_shell(struct reading *reading, const struct word *program)
{
	char name[NAME_MAX + 1];
	struct word applet = *program;

	copy_name(&applet, name);
	if (fnmatch("busybox*", name, 0) == 0) {
		if (!next_word(reading, &applet))
			return false;
		copy_name(&applet, name);
	}
	return strcmp(name, "sh") == 0 || strcmp(name, "ash") == 0;
}

static bool has_script_suffix(const struct word *script)
{
	static const char *const suffixes[] = {".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"};

	for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
		size_t size = strlen(suffixes[i]);
		if (script->size > size && memcmp(script->text + script->size - size, suffixes[i], size) == 0)
			return true;
	}
	return false;
}

static bool conclude(const struct reading *reading, struct interpreter_script *ret_script)
{
	bool one_liner = reading->state != FOUND;
	const struct word *word = one_liner ? &reading->code : &reading->script;

	/* "-" where a script was to be named is the input. */
	if (!word->text || word->size == 0 || (!one_liner && is_text(word, "-")))
		return false;
	*ret_script = (struct interpreter_script){
		.text = word->text,
		.size = word->size,
		.one_liner = one_liner,
		.cut = word->cut,
		.may_be_longer = !one_liner && reading->grammar->completes_names && !has_script_suffix(word),
	};
	return true;
}

bool interpreter_read_argv(const char *executable, const char *argv, size_t argv_size, bool argv_cut,
			   struct interpreter_script *ret_script)
{
	const struct interpreter *interpreter = interpreter_find(executable);
	struct word word;

	if (!interpreter || !interpreter->grammar)
		return false;
	struct reading reading = {.grammar = interpreter->grammar, .at = argv, .left = argv_size, .argv_cut = argv_cut};
	if (!next_word(&reading, &word) || (interpreter->takes_applet && !runs_shell(&reading, &word)))
		return false;
	while ((reading.state == READING_OPTIONS || reading.state == READING_WORDS) && next_word(&reading, &word))
		read_word(&reading, &word);
	return conclude(&reading, ret_script);
}

bool interpreter_is_php(const char *executable)
{
	const struct interpreter *interpreter = interpreter_find(executable);
	return interpreter && interpreter->is_php;
}

bool interpreter_is_shell(const char *executable)
{
	const struct interpreter *interpreter = interpreter_find(executable);
	return interpreter && interpreter->is_shell;
}
