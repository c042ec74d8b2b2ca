/* SPDX-License-Identifier: GPL-2.0-only */
/* A house with one visitor in it, made anew for each test: setup and teardown for cmocka. */
#ifndef SMTPWATCH_TESTS_CONTROL_VISITED_HOUSE_H
#define SMTPWATCH_TESTS_CONTROL_VISITED_HOUSE_H

#include "house.h"

static struct house house;
static struct visitor visitor;

/* The ledger has rows of this kind. */
static inline int visited_house_begin(enum ledger_by by)
{
	house_begin(&house, by);
	house_open(&house);
	visitor = house_visit(&house);
	return 0;
}

static inline int visited_house_end(void **state)
{
	(void)state;
	visitor_leave(&visitor);
	house_end(&house);
	return 0;
}

#endif
