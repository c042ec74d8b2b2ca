/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Actors -> units and containers. On a v2 host by the cgroup id that the kernel's record has, also after the process
 * has ended, as long as its cgroup exists; where v1 hierarchies are mounted, a living process is asked for by
 * /proc/PID/cgroup first.
 */
#ifndef SMTPWATCH_IDENTITY_CGROUPS_H
#define SMTPWATCH_IDENTITY_CGROUPS_H

#include "lib/cleanup.h"

#include <smtpwatch/actor.h>
#include <stdbool.h>

struct cgroups;

/* Works, if only with /proc/PID/cgroup, also where no hierarchy can be opened. NULL: no memory. */
struct cgroups *cgroups_new(void);
void cgroups_free(struct cgroups *cgroups);
DEFINE_CLEANUP(struct cgroups, cgroups_free)

/*
 * The unit of an actor, or NULL: none, or not known. It is borrowed and may be gone with the next call: whoever
 * keeps it takes a reference (unit_ref()). What is known is remembered for five minutes, 1024 at most, the
 * least recently asked for is forgotten first.
 */
struct unit *cgroups_unit_of(struct cgroups *cgroups, const struct actor *actor);

/*
 * Whether the process, whose parent is process 1, is the main one of its service. systemd's own word
 * (MainPID) is not asked for. Of the processes that lie in the cgroup of the service itself, 256 at most, and are
 * children of process 1, the main one is the one that started first: a daemon is started before what it leaves behind.
 * Scopes and slices have no main process, nor have units of a user's own manager. Reads /proc for each of
 * those processes: to be asked only for an actor whose parent is process 1.
 */
bool cgroups_leads_unit(const struct cgroups *cgroups, const struct actor *actor);

#endif
