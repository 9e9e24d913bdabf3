/*
 * The nearest word, by the restricted Damerau-Levenshtein distance (optimal
 * string alignment): what people mistype is one letter too many, too few,
 * another one, or two swapped.
 *
 * Runs in every process that reads the configuration, and in the sspi command
 * for its options. Words come from files and argument lists: their length is
 * bounded, so the time is.
 */
#include "config/config_near.h"

#include <limits.h>

#define NEAR_WORD_MAX 64
/* A suggestion that differs in more than a third of the word is no help. */
#define NEAR_TOLERANCE 3
#define NEAR_PREFIX_MIN 3
#define NEAR_SHORT_MIN 6

static char
near_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned
near_min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* One cell of the matrix; rows are the last three ones: swaps look two rows back. */
static unsigned
near_cell(unsigned rows[3][NEAR_WORD_MAX + 1], const char *a, const char *b, size_t i, size_t j)
{
    bool same = near_lower(a[i - 1]) == near_lower(b[j - 1]);
    unsigned best = rows[(i - 1) % 3][j - 1] + (same ? 0 : 1);

    best = near_min(best, rows[(i - 1) % 3][j] + 1);
    best = near_min(best, rows[i % 3][j - 1] + 1);
    if (i > 1 && j > 1 && near_lower(a[i - 1]) == near_lower(b[j - 2])
        && near_lower(a[i - 2]) == near_lower(b[j - 1]))
        best = near_min(best, rows[(i - 2) % 3][j - 2] + 1);
    return best;
}

unsigned
config_near_distance(const char *a, const char *b)
{
    unsigned rows[3][NEAR_WORD_MAX + 1];
    size_t an = strlen(a), bn = strlen(b);

    if (an > NEAR_WORD_MAX || bn > NEAR_WORD_MAX)
        return UINT_MAX;
    for (size_t j = 0; j <= bn; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= an; i++) {
        rows[i % 3][0] = (unsigned)i;
        for (size_t j = 1; j <= bn; j++)
            rows[i % 3][j] = near_cell(rows, a, b, i, j);
    }
    return rows[an % 3][bn];
}

struct config_near
config_near_init(const char *word)
{
    size_t n = strlen(word);

    /* Of a word of one or two letters nothing is left when one of them changes. */
    return (struct config_near){ word, NULL, n < 3 ? 1 : (unsigned)(n / NEAR_TOLERANCE + 1) };
}

/* A word that was not finished: --password for --password-stdin. */
static bool
near_is_begun(const char *word, const char *candidate)
{
    size_t n = 0;

    while (word[n] != '\0' && near_lower(word[n]) == near_lower(candidate[n]))
        n++;
    return n >= NEAR_PREFIX_MIN && word[n] == '\0';
}

/* A word with letters left out: lm_compat_level for lm_compatibility_level. */
static bool
near_is_shortened(const char *word, const char *candidate)
{
    const char *at = word;

    if (strlen(word) < NEAR_SHORT_MIN || near_lower(word[0]) != near_lower(candidate[0]))
        return false;
    for (; *candidate != '\0'; candidate++)
        at += near_lower(*candidate) == near_lower(*at);
    return *at == '\0';
}

void
config_near_add(struct config_near *n, const char *candidate)
{
    unsigned d = config_near_distance(n->word, candidate);

    if (d > 1 && (near_is_begun(n->word, candidate) || near_is_shortened(n->word, candidate)))
        d = 1;
    /* Strictly better only: of several equally near words the first stays. */
    if (d < n->distance || (d == n->distance && n->best == NULL)) {
        n->best = candidate;
        n->distance = d;
    }
}
