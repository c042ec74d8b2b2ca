/* SPDX-License-Identifier: GPL-2.0-only */
/* Folders where programs do not belong. The lists end with NULL. */
#ifndef SMTPWATCH_SIGNALS_PLACES_H
#define SMTPWATCH_SIGNALS_PLACES_H

/* Where everybody may write: absolute, for path_find_above(). */
extern const char *const places_open_to_all[];

/* Where applications keep what visitors send or what they put aside: names of folders, for path_find_folder(). */
extern const char *const places_of_uploads[];

#endif
