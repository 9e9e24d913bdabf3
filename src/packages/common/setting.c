/*
 * Settings of packages. Runs in the authority. Trusts the authority; the
 * values are an administrator's.
 */
#include "packages/common/setting.h"

#include <strings.h>

#define WORD_MAX 32

size_t
setting_word(const struct opensspi_host_settings *s, const char *package, const char *key,
             const char *const *words, size_t count, size_t fallback)
{
    char value[WORD_MAX];

    if (!s->get(package, key, value, sizeof(value)))
        return fallback;
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(value, words[i]) == 0)
            return i;
    }
    return fallback;
}

bool
setting_is_on(const struct opensspi_host_settings *s, const char *package, const char *key,
              bool fallback)
{
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

    return setting_word(s, package, key, words, sizeof(words) / sizeof(words[0]), fallback) % 2;
}
