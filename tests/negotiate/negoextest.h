/*
 * The rules of a trivial mechanism for tests of NegoEx, which both the package negoextest.c and
 * the mechanism negoextest_gss.c for MIT's GSS-API keep: a number of tokens, each saying its
 * place, a key that everybody knows, and metadata that says whose it is. NEGOEXTEST_HOPS in the
 * environment is that number; NEGOEXTEST_FAULTS has words NAME-ROLE-WHAT (one-i-query) for what
 * is to go wrong: query, exchange, token, nokey, wrongkey; nosign (of role i: both) makes no
 * signature; early: the key is there from the first token on; quiet: no metadata is sent.
 */
#ifndef TESTS_NEGOEXTEST_H
#define TESTS_NEGOEXTEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEGOEXTEST_KEY_SIZE 32u
#define NEGOEXTEST_ETYPE 18         /* aes256-cts-hmac-sha1-96 */
#define NEGOEXTEST_USAGE 2          /* of signatures */
#define NEGOEXTEST_MIC_SIZE 12u
#define NEGOEXTEST_TOKEN_SIZE 2u
#define NEGOEXTEST_META_SIZE 12u
#define NEGOEXTEST_GUID(last)                                                                     \
    { 0x6e, 0x65, 0x67, 0x6f, 0x65, 0x78, 0x74, 0x65, 0x73, 0x74, 0x2d, 0x6f, 0x6e, 0x65, 0x2d,   \
      (last) }

static inline unsigned
negoextest_hops(void)
{
    const char *hops = getenv("NEGOEXTEST_HOPS");

    return hops != NULL ? (unsigned)atoi(hops) : 2;
}

static inline bool
negoextest_fails(const char *name, char role, const char *what)
{
    const char *faults = getenv("NEGOEXTEST_FAULTS");
    char word[64];

    snprintf(word, sizeof(word), " %s-%c-%s ", name, role, what);
    return faults != NULL && strstr(faults, word) != NULL;
}

/* What a side of this role sends. */
static inline void
negoextest_meta(char role, unsigned char out[NEGOEXTEST_META_SIZE])
{
    memcpy(out, "metadata of ", NEGOEXTEST_META_SIZE);
    out[NEGOEXTEST_META_SIZE - 1] = (unsigned char)role;
}

static inline void
negoextest_key(const char *name, char role, unsigned char out[NEGOEXTEST_KEY_SIZE])
{
    for (unsigned i = 0; i < NEGOEXTEST_KEY_SIZE; i++)
        out[i] = (unsigned char)i;
    out[0] = (unsigned char)(name[0] ^ negoextest_fails(name, role, "wrongkey"));
}

/* One side of a handshake: how many of its tokens have been seen. */
struct negoextest_context {
    char role;          /* i or a */
    unsigned seen;
    bool complete;
};

static inline bool
negoextest_has_key(const char *name, const struct negoextest_context *c)
{
    return !negoextest_fails(name, c->role, "nokey") &&
           (c->complete || negoextest_fails(name, c->role, "early"));
}

/* A leg: false: the token is wrong. *sends: out has NEGOEXTEST_TOKEN_SIZE bytes to be sent. */
static inline bool
negoextest_step(const char *name, struct negoextest_context *c, const void *in, size_t n,
                unsigned char out[NEGOEXTEST_TOKEN_SIZE], bool *sends)
{
    const unsigned char want[NEGOEXTEST_TOKEN_SIZE] = {
        c->role == 'i' ? 'a' : 'i', (unsigned char)(c->seen + 1)
    };

    *sends = false;
    if (c->complete || negoextest_fails(name, c->role, "token"))
        return false;
    if (c->role == 'a' || c->seen > 0) {
        if (n != sizeof(want) || memcmp(in, want, n) != 0)
            return false;
        c->seen++;
    }
    *sends = c->seen < negoextest_hops();
    if (*sends) {
        out[0] = (unsigned char)c->role;
        out[1] = (unsigned char)++c->seen;
    }
    c->complete = c->seen == negoextest_hops();
    return true;
}

#endif
