/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may deliver mail: the shipped list (identity/mta.conf, which is linked into the program) and the
 * administrator's additions. An actor is a mail server by what it is, never by its name: its executable's
 * device and inode are those behind a listed path that only root could have written, and its effective
 * user is one of the entry's.
 */
#ifndef SMTPWATCH_IDENTITY_MTA_H
#define SMTPWATCH_IDENTITY_MTA_H

#include "lib/cleanup.h"
#include "lib/ini_file.h"

#include <smtpwatch/actor.h>
#include <stddef.h>
#include <stdio.h>

struct mta_list;

/*
 * Reads the shipped list and then every *.conf in `directory`, in order of their names; an entry replaces
 * an earlier one of its name. A directory that does not exist is no error. Returns 0, or -errno with
 * `ret_error` naming file and line.
 */
int mta_list_load(const char *directory, struct mta_list **ret_list, struct ini_error *ret_error);
void mta_list_free(struct mta_list *list);
DEFINE_CLEANUP(struct mta_list, mta_list_free)

/* Sets the actor's role and the name of its entry. */
void mta_list_recognise(struct mta_list *list, struct actor *actor);

/* How many entries have an executable on this host. */
size_t mta_list_present(const struct mta_list *list);

/* Writes their names, "exim4, postfix", cut where they find no room. Returns how many there are. */
size_t mta_list_name_present(const struct mta_list *list, char *text, size_t size);

/* Prints a line for each entry: what was found on this host, and the evidence. */
void mta_list_print(const struct mta_list *list, FILE *stream);

#endif
