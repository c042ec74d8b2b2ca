/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this is a build with AddressSanitizer (SANITIZE=1), in gcc's words or in clang's. */
#ifndef SMTPWATCH_LIB_SANITIZER_H
#define SMTPWATCH_LIB_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef HAS_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER 0
#endif

#endif
