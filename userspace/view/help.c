// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"
#include "view/columns.h"
#include "view/details.h"
#include "view/keys.h"

#include <assert.h>

static const char *const verdict_meanings[] = {
	[LEDGER_VERDICT_MTA] = "a mail server of this host (green)",
	[LEDGER_VERDICT_RELAY] = "only hands mail on to a smarthost (green)",
	[LEDGER_VERDICT_APPLICATION] = "any other program, and no rule minds",
	[LEDGER_VERDICT_ALLOWED] = "a rule would mind, and the administrator allows it (cyan)",
	[LEDGER_VERDICT_SUSPICIOUS] = "a rule of severity warning or above fired (magenta)",
	[LEDGER_VERDICT_DIRECT] = "the same, and it delivers straight to receivers (red)",
};
static_assert(COUNT_OF(verdict_meanings) == LEDGER_VERDICT_COUNT, "a meaning for each verdict");

void details_write_help(FILE *out)
{
	fputs("Keys\n", out);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (keys[i].help)
			fprintf(out, "  %-10s%s\n", keys[i].keys, keys[i].help);
	fputs("\nVerdicts, the worst of what happened under a row\n", out);
	for (int verdict = LEDGER_VERDICT_COUNT - 1; verdict >= 0; verdict--)
		fprintf(out, "  %-14s%s\n", ledger_verdict_name((enum ledger_verdict)verdict),
			verdict_meanings[verdict]);
	fputs("\nColumns, with their names for --sort; a wider screen has more of them\n", out);
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		fprintf(out, "  %-9s%-14s%s\n", columns[i].title, columns[i].name, columns[i].meaning);
}
