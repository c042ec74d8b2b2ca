/* SPDX-License-Identifier: GPL-2.0-only */
/* Making the lists that conditions look into; rules/rule_set.h has the looking. */
#ifndef SMTPWATCH_RULES_TEXT_LIST_H
#define SMTPWATCH_RULES_TEXT_LIST_H

#include "rules/rule_set.h"

struct text_list *text_list_new(void);
void text_list_free(struct text_list *list);
DEFINE_CLEANUP(struct text_list, text_list_free)

/* A text, or what texts begin with. Copied. 0 or -ENOMEM. */
int text_list_add(struct text_list *list, const char *text, bool is_beginning);

/* To be called once, behind the last text. 0 or -ENOMEM. */
int text_list_finish(struct text_list *list);

struct network_list *network_list_new(void);
void network_list_free(struct network_list *list);
DEFINE_CLEANUP(struct network_list, network_list_free)

/* 0 or -ENOMEM. */
int network_list_add(struct network_list *list, const struct prefix *network);

/* To be called once, behind the last network. */
void network_list_finish(struct network_list *list);

#endif
