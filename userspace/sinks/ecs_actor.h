/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who did it, in a JSON object of ecs.h: process.*, user.*, container.*, and smtpwatch.role, mta, owner, unit, slice,
 * site, script.{path,url,method,source,pool,inherited,claimed,one_liner,deleted,cut},
 * executable.{device,inode,links,deleted,replaced}, ancestors, tracer, mount_namespace,
 * user_namespace, loginuid, gid, cgroup. Where there is no process: smtpwatch.origin, source.ip, source.mac (as RFC
 * 7042 2.1 writes it), observer.ingress.interface.name.
 */
#ifndef SMTPWATCH_SINKS_ECS_ACTOR_H
#define SMTPWATCH_SINKS_ECS_ACTOR_H

#include <jansson.h>
#include <smtpwatch/actor.h>

/* Either may be NULL, and leaves its fields out. `script` need not be the actor's: a flow has its own. */
void ecs_put_actor(json_t *root, const struct actor *actor, const struct script *script);

#endif
