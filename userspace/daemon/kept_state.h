/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon knows, in a file that outlives it: alerts and incidents, what rules have counted in windows that have
 * not passed, the ledger, and the lines of past alerts. It is written once a minute where something has changed, so a
 * crash costs a minute, and at the end. Who writes in between is a process of its own, forked from this one: it has all
 * as it was in one moment, and nothing waits for its disk. A file of more than 15 MiB is written less often, so that no
 * more than 256 KiB a second go to the disk.
 *
 * The file is text, lines as lib/keep.h has them, 0600, and never half of one: it is written beside and renamed.
 *
 *   smtpwatch-state version= by= wall= boot= boot_id= opened= clock= secret= stopped=   the head, of a fixed length
 *   part name=rules | ledger | lines                                                    what follows is of this part
 *   ...                                                                                 rules/, ledger/, control/
 *   end                                                                                 all was written
 *
 * `version` says who has written it; any version is read: whoever reads asks for the names that it knows, and passes
 * over lines, names and parts that it does not. A name is never used for something else.
 *
 * Nothing here holds up the watch: what cannot be read or written is said once in the log, and all goes on without.
 */
#ifndef SMTPWATCH_DAEMON_KEPT_STATE_H
#define SMTPWATCH_DAEMON_KEPT_STATE_H

#include "daemon/state_lines.h"
#include "lib/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct kept_state;

/* Opens what an earlier run has left at `path`; NULL: nothing is kept. To be called before anything takes a
 * fingerprint. NULL: no memory. */
struct kept_state *kept_state_new(const char *path);
void kept_state_free(struct kept_state *state);
DEFINE_CLEANUP(struct kept_state, kept_state_free)

/* The watch has begun: what nobody watched ends here. Then what the rules have kept goes to them, before they are asked
 * anything, and later all else to whom it is of, before anything is shown; NULL where there is none. */
void kept_state_begin(struct kept_state *state);
void kept_state_restore_rules(struct kept_state *state, struct rules *rules);
void kept_state_restore_rest(struct kept_state *state, struct ledger *ledger, struct control *control);

/* Whether anything is kept. */
bool kept_state_is_on(const struct kept_state *state);

/* The time before, in which nobody watched. NULL: no earlier run is known. */
const struct watch_gap *kept_state_gap(const struct kept_state *state);

/* Writes where it is time to. To be called about once a second. `time_ns`: CLOCK_BOOTTIME. */
void kept_state_tick(struct kept_state *state, const struct kept_parts *parts, uint64_t time_ns);

/* The watch has ended: nothing is seen from now on. */
void kept_state_end(struct kept_state *state);

/* Writes what there is at the end. 0, or -errno after saying so; -ENODATA: nothing is kept. */
int kept_state_save(struct kept_state *state, const struct kept_parts *parts);

#endif
