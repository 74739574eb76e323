/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_ROUNDS_H
#define CCK_TESTS_ROUNDS_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { CCK_SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { CCK_SANITIZED = 1 };
#else
enum { CCK_SANITIZED = 0 };
#endif
#else
enum { CCK_SANITIZED = 0 };
#endif

/** How many rounds of random input to make: `full`, or a quarter under a sanitizer, which makes
    each ten times as slow. scripts/test runs the optimised build as well, which makes all. */
static inline unsigned rounds_of(unsigned full)
{
    return CCK_SANITIZED ? full / 4 : full;
}

#endif
