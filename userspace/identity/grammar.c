// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where each grammar is from: the manual of the interpreter, and what Debian 12's builds of perl 5.36, python 3.11,
 * ruby 3.1, node 20, php 8.2, bash, dash, ksh93, mksh, busybox, lua, luajit and tclsh did with it. Those of pypy, bun,
 * deno, zsh and expect are from documentation alone.
 */
#include "identity/grammar.h"

#include "lib/array.h"
#include "lib/path.h"

#include <fnmatch.h>

/* perlrun(1) */
static const struct grammar perl = {
	.options =
		(const struct grammar_option[]){
			{"e", OPTION_CODE},
			{"E", OPTION_CODE},
			{"I", OPTION_ARGUMENT},
			{"M", OPTION_ATTACHED},
			{"m", OPTION_ATTACHED},
			{"i", OPTION_ATTACHED},
			{"x", OPTION_ATTACHED},
			{"F", OPTION_ATTACHED},
			{"C", OPTION_ATTACHED},
			{"D", OPTION_ATTACHED},
			{"V", OPTION_ATTACHED},
			{"d", OPTION_COLON},
			{.name = NULL},
		},
};

/* python(1), pypy(1) */
static const struct grammar python = {
	.options =
		(const struct grammar_option[]){
			{"c", OPTION_CODE},
			{"m", OPTION_CODE},
			{"W", OPTION_ARGUMENT},
			{"X", OPTION_ARGUMENT},
			{"check-hash-based-pycs", OPTION_ARGUMENT},
			{"jit", OPTION_ARGUMENT}, /* pypy's */
			{.name = NULL},
		},
};

/* ruby(1) */
static const struct grammar ruby = {
	.options =
		(const struct grammar_option[]){
			{"e", OPTION_CODE},
			{"r", OPTION_ARGUMENT},
			{"I", OPTION_ARGUMENT},
			{"C", OPTION_ARGUMENT},
			{"X", OPTION_ARGUMENT},
			{"E", OPTION_ARGUMENT},
			{"F", OPTION_ATTACHED},
			{"K", OPTION_ATTACHED},
			{"i", OPTION_ATTACHED},
			{"x", OPTION_ATTACHED},
			{"W", OPTION_COLON},
			{"encoding", OPTION_ARGUMENT},
			{"external-encoding", OPTION_ARGUMENT},
			{"internal-encoding", OPTION_ARGUMENT},
			{"enable", OPTION_ARGUMENT},
			{"disable", OPTION_ARGUMENT},
			{"dump", OPTION_ARGUMENT},
			{"backtrace-limit", OPTION_ARGUMENT},
			{.name = NULL},
		},
};

/* node --help: those that it shows with "=...". What it does not know is V8's and takes no word. */
static const struct grammar node = {
	.options =
		(const struct grammar_option[]){
			{"e", OPTION_CODE},
			{"eval", OPTION_CODE},
			{"pe", OPTION_CODE},
			{"p", OPTION_OPTIONAL_CODE},
			{"print", OPTION_OPTIONAL_CODE},
			{"r", OPTION_ARGUMENT},
			{"C", OPTION_ARGUMENT},
			{"allow-fs-read", OPTION_ARGUMENT},
			{"allow-fs-write", OPTION_ARGUMENT},
			{"build-snapshot-config", OPTION_ARGUMENT},
			{"conditions", OPTION_ARGUMENT},
			{"cpu-prof-dir", OPTION_ARGUMENT},
			{"cpu-prof-interval", OPTION_ARGUMENT},
			{"cpu-prof-name", OPTION_ARGUMENT},
			{"debug-port", OPTION_ARGUMENT},
			{"diagnostic-dir", OPTION_ARGUMENT},
			{"disable-proto", OPTION_ARGUMENT},
			{"disable-warning", OPTION_ARGUMENT},
			{"dns-result-order", OPTION_ARGUMENT},
			{"env-file", OPTION_ARGUMENT},
			{"env-file-if-exists", OPTION_ARGUMENT},
			{"experimental-default-type", OPTION_ARGUMENT},
			{"experimental-loader", OPTION_ARGUMENT},
			{"experimental-policy", OPTION_ARGUMENT},
			{"experimental-sea-config", OPTION_ARGUMENT},
			{"heap-prof-dir", OPTION_ARGUMENT},
			{"heap-prof-interval", OPTION_ARGUMENT},
			{"heap-prof-name", OPTION_ARGUMENT},
			{"heapsnapshot-near-heap-limit", OPTION_ARGUMENT},
			{"heapsnapshot-signal", OPTION_ARGUMENT},
			{"icu-data-dir", OPTION_ARGUMENT},
			{"import", OPTION_ARGUMENT},
			{"input-type", OPTION_ARGUMENT},
			{"inspect-port", OPTION_ARGUMENT},
			{"inspect-publish-uid", OPTION_ARGUMENT},
			{"loader", OPTION_ARGUMENT},
			{"max-http-header-size", OPTION_ARGUMENT},
			{"network-family-autoselection-attempt-timeout", OPTION_ARGUMENT},
			{"openssl-config", OPTION_ARGUMENT},
			{"policy-integrity", OPTION_ARGUMENT},
			{"redirect-warnings", OPTION_ARGUMENT},
			{"report-dir", OPTION_ARGUMENT},
			{"report-directory", OPTION_ARGUMENT},
			{"report-filename", OPTION_ARGUMENT},
			{"report-signal", OPTION_ARGUMENT},
			{"require", OPTION_ARGUMENT},
			{"secure-heap", OPTION_ARGUMENT},
			{"secure-heap-min", OPTION_ARGUMENT},
			{"snapshot-blob", OPTION_ARGUMENT},
			{"test-concurrency", OPTION_ARGUMENT},
			{"test-name-pattern", OPTION_ARGUMENT},
			{"test-reporter", OPTION_ARGUMENT},
			{"test-reporter-destination", OPTION_ARGUMENT},
			{"test-shard", OPTION_ARGUMENT},
			{"test-timeout", OPTION_ARGUMENT},
			{"title", OPTION_ARGUMENT},
			{"tls-cipher-list", OPTION_ARGUMENT},
			{"tls-keylog", OPTION_ARGUMENT},
			{"trace-event-categories", OPTION_ARGUMENT},
			{"trace-event-file-pattern", OPTION_ARGUMENT},
			{"unhandled-rejections", OPTION_ARGUMENT},
			{"use-largepages", OPTION_ARGUMENT},
			{"v8-pool-size", OPTION_ARGUMENT},
			{"watch-path", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.whole_words = true,
	.completes_names = true,
};

/* bun run --help */
static const struct grammar bun = {
	.options =
		(const struct grammar_option[]){
			{"e", OPTION_CODE},
			{"eval", OPTION_CODE},
			{"p", OPTION_CODE},
			{"print", OPTION_CODE},
			{"r", OPTION_ARGUMENT},
			{"d", OPTION_ARGUMENT},
			{"l", OPTION_ARGUMENT},
			{"F", OPTION_ARGUMENT},
			{"preload", OPTION_ARGUMENT},
			{"require", OPTION_ARGUMENT},
			{"import", OPTION_ARGUMENT},
			{"cwd", OPTION_ARGUMENT},
			{"env-file", OPTION_ARGUMENT},
			{"define", OPTION_ARGUMENT},
			{"loader", OPTION_ARGUMENT},
			{"filter", OPTION_ARGUMENT},
			{"elide-lines", OPTION_ARGUMENT},
			{"conditions", OPTION_ARGUMENT},
			{"main-fields", OPTION_ARGUMENT},
			{"extension-order", OPTION_ARGUMENT},
			{"tsconfig-override", OPTION_ARGUMENT},
			{"drop", OPTION_ARGUMENT},
			{"feature", OPTION_ARGUMENT},
			{"jsx-factory", OPTION_ARGUMENT},
			{"jsx-fragment", OPTION_ARGUMENT},
			{"jsx-import-source", OPTION_ARGUMENT},
			{"jsx-runtime", OPTION_ARGUMENT},
			{"port", OPTION_ARGUMENT},
			{"title", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.commands = (const struct grammar_command[]){{"run", false}, {.name = NULL}},
	.completes_names = true,
};

/* deno run --help, deno eval --help */
static const struct grammar deno = {
	.options =
		(const struct grammar_option[]){
			{"c", OPTION_ARGUMENT},
			{"L", OPTION_ARGUMENT},
			{"config", OPTION_ARGUMENT},
			{"import-map", OPTION_ARGUMENT},
			{"cert", OPTION_ARGUMENT},
			{"conditions", OPTION_ARGUMENT},
			{"ext", OPTION_ARGUMENT},
			{"location", OPTION_ARGUMENT},
			{"log-level", OPTION_ARGUMENT},
			{"preload", OPTION_ARGUMENT},
			{"seed", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.commands = (const struct grammar_command[]){{"run", false}, {"serve", false}, {"eval", true}, {.name = NULL}},
	.completes_names = true,
};

/* bash(1), dash(1), busybox's ash: -o takes a word of its own, wherever it stands among the letters. */
static const struct grammar shell = {
	.options =
		(const struct grammar_option[]){
			{"c", OPTION_CODE_FOLLOWS},
			{"s", OPTION_INPUT},
			{"o", OPTION_NEXT},
			{"O", OPTION_NEXT},
			{"rcfile", OPTION_ARGUMENT},
			{"init-file", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.dash_ends_options = true,
	.plus_begins_option = true,
	.one_dash_is_enough = true,
};

/* ksh93(1), mksh(1), zsh(1): -o takes the rest of its word. */
static const struct grammar korn = {
	.options =
		(const struct grammar_option[]){
			{"c", OPTION_CODE_FOLLOWS},
			{"s", OPTION_INPUT},
			{"o", OPTION_ARGUMENT},
			{"emulate", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.dash_ends_options = true,
	.plus_begins_option = true,
};

/* php(1). -S and -t are the built-in server's: what follows is its router script. */
static const struct grammar php = {
	.options =
		(const struct grammar_option[]){
			{"r", OPTION_CODE},
			{"R", OPTION_CODE},
			{"B", OPTION_CODE},
			{"E", OPTION_CODE},
			{"f", OPTION_SCRIPT},
			{"F", OPTION_SCRIPT},
			{"c", OPTION_ARGUMENT},
			{"d", OPTION_ARGUMENT},
			{"z", OPTION_ARGUMENT},
			{"S", OPTION_ARGUMENT},
			{"t", OPTION_ARGUMENT},
			{"run", OPTION_CODE},
			{"process-code", OPTION_CODE},
			{"process-begin", OPTION_CODE},
			{"process-end", OPTION_CODE},
			{"file", OPTION_SCRIPT},
			{"process-file", OPTION_SCRIPT},
			{"php-ini", OPTION_ARGUMENT},
			{"define", OPTION_ARGUMENT},
			{"zend-extension", OPTION_ARGUMENT},
			{"server", OPTION_ARGUMENT},
			{"docroot", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.dashes_are_input = true,
	.equal_sign = true,
};

/* php-cgi(1) */
static const struct grammar php_cgi = {
	.options =
		(const struct grammar_option[]){
			{"f", OPTION_SCRIPT},
			{"b", OPTION_ARGUMENT},
			{"c", OPTION_ARGUMENT},
			{"d", OPTION_ARGUMENT},
			{"z", OPTION_ARGUMENT},
			{"T", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.equal_sign = true,
};

/* lua(1), luajit(1) */
static const struct grammar lua = {
	.options =
		(const struct grammar_option[]){
			{"e", OPTION_CODE},
			{"l", OPTION_ARGUMENT},
			{"j", OPTION_ARGUMENT}, /* luajit's, and the next */
			{"O", OPTION_ATTACHED},
			{.name = NULL},
		},
	.script_after_code = true,
};

/* tclsh(1) */
static const struct grammar tcl = {
	.options = (const struct grammar_option[]){{"encoding", OPTION_ARGUMENT}, {.name = NULL}},
	.one_dash_is_enough = true,
	.unknown_is_input = true,
};

/* expect(1) */
static const struct grammar expect = {
	.options =
		(const struct grammar_option[]){
			{"c", OPTION_CODE},
			{"f", OPTION_SCRIPT},
			{"b", OPTION_SCRIPT},
			{"D", OPTION_ARGUMENT},
			{.name = NULL},
		},
	.script_after_code = true,
};

static const struct interpreter interpreters[] = {
	{.names = {"php-fpm*", "php[0-9]*-fpm*"}, .is_php = true},
	{.names = {"lsphp*"}, .is_php = true},
	{.names = {"php-cgi*", "php[0-9]*-cgi*"}, .grammar = &php_cgi, .is_php = true},
	{.names = {"php", "php[0-9]*", "php-cli*"}, .grammar = &php, .is_php = true},
	{.names = {"perl", "perl[0-9]*"}, .grammar = &perl},
	{.names = {"python", "python[0-9]*", "pypy*"}, .grammar = &python},
	{.names = {"ruby", "ruby[0-9]*"}, .grammar = &ruby},
	{.names = {"node", "nodejs", "node[0-9]*"}, .grammar = &node},
	{.names = {"bun"}, .grammar = &bun},
	{.names = {"deno"}, .grammar = &deno},
	{.names = {"sh", "bash", "bash[-0-9]*", "rbash", "dash", "ash"}, .grammar = &shell, .is_shell = true},
	{.names = {"busybox", "busybox[-0-9.]*"}, .grammar = &shell, .is_shell = true, .takes_applet = true},
	{.names = {"ksh*", "rksh*", "mksh*", "lksh", "zsh", "zsh[-0-9]*"}, .grammar = &korn, .is_shell = true},
	{.names = {"lua", "lua[0-9]*", "luajit*"}, .grammar = &lua},
	{.names = {"tclsh*"}, .grammar = &tcl},
	{.names = {"expect"}, .grammar = &expect},
};

static bool has_name(const struct interpreter *interpreter, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(interpreter->names) && interpreter->names[i]; i++)
		if (fnmatch(interpreter->names[i], name, 0) == 0)
			return true;
	return false;
}

const struct interpreter *interpreter_find(const char *executable)
{
	const char *name = path_file_name(executable);

	for (size_t i = 0; i < COUNT_OF(interpreters); i++)
		if (has_name(&interpreters[i], name))
			return &interpreters[i];
	return NULL;
}
