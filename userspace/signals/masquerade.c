// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that calls itself a daemon or a kernel thread, and is something else.
 *
 * Mumblehard's bots are perl that is named httpd, mail or init; others put a kernel thread's name in brackets. What a
 * process calls itself is its comm and the first word of its argv. It is honest where the file that it runs is known to
 * bear that name and only root can have written it. A container of an ordinary user has no file that is the host
 * root's, and in a user namespace a process can put any file on; there the place of the file has to do.
 *
 * A mail server's own program that goes direct to MX under a user which it never has is worn by something else: with a
 * library loaded into it, the true file delivers for anybody.
 *
 * A script that is started by its first line (#!) has its own file's name for a comm and an interpreter for an
 * executable. That weighs less where programs are installed: where the script lies is the process's own word.
 *
 * Names that only an interpreter or its programs bear (amavisd, spamd, gunicorn, supervisord) are not in the table.
 */
#include "lib/array.h"
#include "lib/path.h"
#include "signals/daemon_names.h"
#include "signals/signals.h"

#include <stdio.h>
#include <string.h>

/* A name that a process has given itself. */
struct claim {
	char text[SW_ARGV_SIZE + 1];
	const struct daemon_name *daemon;
	bool by_comm;
};

/* Where packages put programs and their scripts. */
static const char *const installed[] = {"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", NULL};

/* A thread may be called what its work is, as long as that is not a kernel thread's name. */
static bool read_comm(const struct actor *actor, struct claim *claim)
{
	const struct sw_identity *identity = &actor->identity;
	size_t length = strnlen(identity->comm, sizeof(identity->comm));

	memcpy(claim->text, identity->comm, length);
	claim->text[length] = '\0';
	claim->by_comm = true;
	claim->daemon = daemon_name_find(claim->text);
	return claim->daemon && (claim->daemon->kind == KERNEL_THREAD || identity->tid == identity->key.pid);
}

/*
 * "/usr/sbin/nginx" and "nginx: worker process" are nginx, "[kworker/0:1]" is kworker/0:1. A word that people use too
 * is a name where it stands alone or options follow: "cleanup -z", but not "cleanup of old sessions".
 */
static bool read_argv(const struct actor *actor, struct claim *claim)
{
	char first[SW_ARGV_SIZE + 1];
	size_t room = actor->argv_size < SW_ARGV_SIZE ? actor->argv_size : SW_ARGV_SIZE;
	size_t length = strnlen(actor->argv ? actor->argv : "", room);

	memcpy(first, actor->argv ? actor->argv : "", length);
	first[length] = '\0';
	char *word = first + strspn(first, " ");
	bool in_brackets = *word == '[';
	word += in_brackets;
	size_t size = strcspn(word, in_brackets ? " ]" : " :");
	const char *rest = word + size + strspn(word + size, " ]");
	bool is_title = *rest != '\0' && *rest != '-';

	word[size] = '\0';
	const char *name = in_brackets ? word : path_file_name(word);
	memcpy(claim->text, name, strlen(name) + 1);
	claim->by_comm = false;
	claim->daemon = daemon_name_find(claim->text);
	return claim->daemon && !(claim->daemon->kind == DAEMON_WORD && is_title) &&
	       (in_brackets || claim->daemon->kind != KERNEL_THREAD);
}

static bool is_in_container(const struct actor *actor)
{
	return actor->unit && actor->unit->container_runtime;
}

static bool is_honest(const struct actor *actor, const struct claim *claim)
{
	const struct sw_identity *identity = &actor->identity;
	bool is_roots = executable_is_roots(identity);

	if (!actor->executable) /* not told: only a kernel thread's name is false whatever it is */
		return is_roots && identity->key.exe_inode != 0 && claim->daemon->kind != KERNEL_THREAD;
	if (!daemon_name_is_borne_by(claim->daemon, path_file_name(actor->executable)))
		return false;
	if (is_roots)
		return true;
	return is_in_container(actor) && !(identity->flags & SW_IDENTITY_PATH_CUT) &&
	       path_find_above(actor->executable, installed);
}

/* The script that gave the process its comm, or NULL. */
static const char *find_script(const struct actor *actor, const struct claim *claim)
{
	const struct script *script = actor->script;
	const char *path = script_file_path(script);

	if (!claim->by_comm || !path || script->source != SCRIPT_SOURCE_ARGV || script->inherited)
		return NULL;
	return strncmp(path_file_name(path), claim->text, SW_COMM_SIZE - 1) == 0 ? path : NULL;
}

/* A word that people use is also what they call their own programs. */
static enum masquerade weigh(const struct actor *actor, const struct claim *claim)
{
	const char *script = find_script(actor, claim);
	bool is_own_name = script || (actor->executable && strcmp(path_file_name(actor->executable), claim->text) == 0);

	if (claim->daemon->kind == DAEMON_WORD && is_own_name)
		return MASQUERADE_OWN_NAME;
	return script && path_find_above(script, installed) ? MASQUERADE_OWN_NAME : MASQUERADE_FALSE_NAME;
}

static void write_finding(const struct actor *actor, const struct claim *claim, char finding[SIGNAL_TEXT_SIZE])
{
	unsigned int links = actor->identity.exe_links;

	snprintf(finding, SIGNAL_TEXT_SIZE, "named \"%.32s\", runs %.96s, %u link%s", claim->text,
		 actor->executable ? actor->executable : "a file without a path", links, links == 1 ? "" : "s");
}

/* Whoever hands mail to the mail server runs its program too; but he delivers nothing. */
static bool wears_mail_server(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE])
{
	const struct actor *actor = sighting->actor;

	if (!actor->wears_mta || sighting->change->direct_added == 0)
		return false;
	snprintf(finding, SIGNAL_TEXT_SIZE, "a mail server's program, %.96s, under another user",
		 actor->executable ? actor->executable : "by its inode");
	return true;
}

enum masquerade masquerade_find(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE])
{
	static bool (*const read[])(const struct actor *, struct claim *) = {read_comm, read_argv};
	const struct actor *actor = sighting->actor;
	enum masquerade found = wears_mail_server(sighting, finding) ? MASQUERADE_MAIL_SERVER : MASQUERADE_NONE;

	for (size_t i = 0; i < COUNT_OF(read); i++) {
		struct claim claim;
		if (!read[i](actor, &claim) || is_honest(actor, &claim))
			continue;
		enum masquerade weight = weigh(actor, &claim);
		if (weight <= found)
			continue;
		found = weight;
		write_finding(actor, &claim, finding);
	}
	return found;
}
