/*
 * setting.h: a package's settings as words and lists (opensspi_host.h,
 * "settings"). What the configuration's table checked is read here again, as an
 * authority without that table may pass anything: what is not understood is the
 * fallback's.
 */
#ifndef PACKAGES_COMMON_SETTING_H
#define PACKAGES_COMMON_SETTING_H

#include "base/view.h"

#include "opensspi_host.h"

/* The place of the setting's value among count words; fallback: not set, or none of them. */
size_t setting_word(const struct opensspi_host_settings *s, const char *package, const char *key,
                    const char *const *words, size_t count, size_t fallback);

/* A setting of yes or no, in any of the configuration's spellings. */
bool setting_is_on(const struct opensspi_host_settings *s, const char *package, const char *key,
                   bool fallback);

#endif
