/*
 * Settings of packages. Runs in the authority. Trusts the authority; the
 * values are an administrator's.
 */
#include "packages/common/setting.h"

#define WORD_MAX 32

size_t
setting_word(const struct opensspi_host_settings *s, const char *package, const char *key,
             const char *const *words, size_t count, size_t fallback)
{
    char value[WORD_MAX];

    if (!s->get(package, key, value, sizeof(value)))
        return fallback;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
    }
    return fallback;
}
