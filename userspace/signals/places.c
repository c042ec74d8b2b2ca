// SPDX-License-Identifier: GPL-2.0-only
#include "signals/places.h"

#include <stddef.h>

const char *const places_open_to_all[] = {"/tmp", "/var/tmp", "/dev/shm", "/run/shm", "/var/run/shm", NULL};

const char *const places_of_uploads[] = {"uploads", "upload", "cache", "img", "images", "tmp", "temp", NULL};
