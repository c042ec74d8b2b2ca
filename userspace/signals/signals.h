/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is telling in an observation, found by code: a false name, a hidden executable, a greeting that no host has. The
 * rules (rules/catalogue.conf) say what is made of it. No windows and no thresholds are in here. A new one is a file
 * signals/<name>.c with a function here, and a field of the rule language (rules/fields.c).
 */
#ifndef SMTPWATCH_SIGNALS_SIGNALS_H
#define SMTPWATCH_SIGNALS_SIGNALS_H

#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>

/* An observation and all that is known around it. Borrowed; there is always an actor. */
struct sighting {
	const struct observation *observation;
	const struct model_change *change;
	const struct actor *actor;     /* the change's */
	const char *host_name;         /* this host's own, or NULL: not known */
	const struct scopes *internal; /* knows the networks that are internal everywhere, and no others */
	uint64_t orphan_age_ns;        /* how old a process is before its missing parent is looked at */
};

#define SIGNAL_TEXT_SIZE 160 /* a finding in a few words; text of others in it is not escaped */

/* Of a process: a name that is not its own. */
enum masquerade {
	MASQUERADE_NONE,
	MASQUERADE_OWN_NAME,    /* its file or script is called so, in a place or in a way that honest ones are too */
	MASQUERADE_FALSE_NAME,  /* a daemon's or a kernel thread's */
	MASQUERADE_MAIL_SERVER, /* a mail server's own program delivers under another user */
	MASQUERADE_COUNT,
};
enum masquerade masquerade_find(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE]);

/* Of a process: what it runs cannot be looked at, or lies where everybody may write. */
enum hidden {
	HIDDEN_NONE,
	HIDDEN_REPLACED,    /* as by a package upgrade */
	HIDDEN_DEEP,        /* in a folder too deep to be told */
	HIDDEN_DETACHED,    /* in a file system that is not mounted */
	HIDDEN_OPEN_TO_ALL, /* executable or script under /tmp and the like */
	HIDDEN_DELETED,
	HIDDEN_MEMFD, /* never was a file */
	HIDDEN_COUNT,
};
enum hidden hidden_find(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE]);

/* Of a PHP script: the folder for visitors' or temporary files that it lies in: "uploads". NULL: none. */
const char *upload_folder_find(const struct actor *actor);

/* Whether it runs as a user that web servers or PHP run as. */
bool is_web_user(const struct actor *actor);

/* Of a process of the web server's: its parent is gone, and it lives on. */
bool orphan_find(const struct sighting *sighting, char finding[SIGNAL_TEXT_SIZE]);

/* Whether it asks DNS for others, as a resolver does, or Exim that routes: by what it is, not by its name. */
bool is_resolver(const struct actor *actor);

/* Of a name in EHLO, what is wrong with it; NULL: nothing. `name` is plain (signals/domain.h). */
const char *helo_fault(const struct scopes *internal, const char *name);
const char *helo_dynamic(const struct sighting *sighting, const char *name);
/* At a greeting, or at a recipient's domain when the greeting was that. */
const char *helo_impossible(const struct sighting *sighting, const char *name);
/* Whether it is a name of somebody else: neither this host's, nor the site's, nor one that only means "myself". */
bool helo_is_foreign(const struct sighting *sighting, const char *name);

/* Whether the reply says that there is no such mailbox. */
bool reply_is_unknown_recipient(const struct dialogue_event *event);

/* Of a session that ended in clear: recipients were named, one was taken, and no message was tried. */
bool session_is_probe(const struct flow *flow);
/* Whether it can be told if the client said QUIT where it should have; and if so, whether it did. */
bool session_tells_quit(const struct flow *flow, bool *ret_quit);

#endif
