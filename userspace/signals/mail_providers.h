/* SPDX-License-Identifier: GPL-2.0-only */
/* The large providers of mailboxes: the names that nobody else's host has. Names are plain (signals/domain.h). */
#ifndef SMTPWATCH_SIGNALS_MAIL_PROVIDERS_H
#define SMTPWATCH_SIGNALS_MAIL_PROVIDERS_H

#include <stdbool.h>

/* Whether it is a domain of their mailboxes, or lies where their hosts alone are. */
bool mail_provider_has(const char *name);

#endif
