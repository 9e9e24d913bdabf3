/* near: the nearest of several words, for "did you mean ...?". */
#ifndef CONFIG_NEAR_H
#define CONFIG_NEAR_H

#include "base/view.h"

/*
 * Edit distance of two words: insertions, deletions, replacements and swaps of
 * neighbours, without regard to ASCII case. Words over 64 bytes are infinitely far.
 */
unsigned config_near_distance(const char *a, const char *b);

struct config_near {
    const char *word;       /* what the user wrote */
    const char *best;       /* the nearest so far; NULL: none is near enough */
    unsigned distance;
};

/* Starts a search; then offer every candidate; best is the answer. */
struct config_near config_near_init(const char *word);
void config_near_add(struct config_near *n, const char *candidate);

#endif
