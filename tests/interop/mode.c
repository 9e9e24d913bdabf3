/*
 * mode.c: see mode.h. Shared by programs on our headers, on WinPR's and on
 * Windows's own, so it includes none of them and has the numbers in words.
 */
#include "mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mode_bit {
    const char *word;
    uint32_t isc, asc;
};

static const struct mode_bit BITS[] = {
    { "sign", 0x1000C, 0x2000C },       /* INTEGRITY, REPLAY_DETECT, SEQUENCE_DETECT */
    { "seal", 0x10, 0x10 },
    { "dce", 0x200, 0x200 },
    { "datagram", 0x400, 0x400 },
    { "identify", 0x20000, 0x80000 },
    { "anonymous", 0x40000, 0x100000 },
    { "mutual", 0x2, 0x2 },
    { "delegate", 0x1, 0x1 },
    { "extended", 0x4000, 0x8000 },     /* EXTENDED_ERROR */
};

static bool
word_take(const char *word, struct mode *out)
{
    static const char BINDINGS[] = "bindings=", FLAGS[] = "flags=", HOST[] = "host=";
    const struct {
        const char *word;
        bool *flag;
    } flags[] = {
        { "seal", &out->seal },           { "sign", &out->sign },
        { "dce", &out->dce },             { "datagram", &out->datagram },
        { "identify", &out->identify },   { "anonymous", &out->anonymous },
        { "no-replay", &out->no_replay }, { "kerberos", &out->kerberos },
        { "mutual", &out->mutual },       { "spnego", &out->spnego },
        { "both", &out->both },           { "server-first", &out->server_first },
        { "delegate", &out->delegate },   { "extended", &out->extended },
    };

    if (strcmp(word, "plain") == 0)
        return true;
    if (strncmp(word, BINDINGS, sizeof BINDINGS - 1) == 0) {
        snprintf(out->bindings, sizeof out->bindings, "%s", word + sizeof BINDINGS - 1);
        return true;
    }
    if (strncmp(word, HOST, sizeof HOST - 1) == 0) {
        snprintf(out->host, sizeof out->host, "%s", word + sizeof HOST - 1);
        return true;
    }
    if (strncmp(word, FLAGS, sizeof FLAGS - 1) == 0) {
        out->flags = (uint32_t)strtoul(word + sizeof FLAGS - 1, NULL, 0);
        return true;
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].word) == 0)
            return *flags[i].flag = true;
    }
    return false;
}

bool
mode_parse(const char *text, struct mode *out)
{
    char words[256];

    *out = (struct mode){ .host = "localhost" };
    snprintf(words, sizeof words, "%s", text);
    for (char *word = strtok(words, ","); word != NULL; word = strtok(NULL, ",")) {
        if (!word_take(word, out)) {
            fprintf(stderr, "interop: no mode has the word %s\n", word);
            return false;
        }
    }
    out->sign = out->sign || out->seal;
    return true;
}

uint32_t
mode_requirements(const struct mode *m, bool accept)
{
    const bool wanted[] = { m->sign,     m->seal,      m->dce,    m->datagram,
                            m->identify, m->anonymous, m->mutual, m->delegate,
                            m->extended };
    uint32_t flags = 0;

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (wanted[i])
            flags |= accept ? BITS[i].asc : BITS[i].isc;
    return flags;
}

/* Eight words (types, lengths and offsets of three parts), of which the last two are used. */
uint32_t
mode_bindings(const struct mode *m, uint8_t bytes[MODE_BINDINGS_MAX])
{
    uint32_t n = (uint32_t)strlen(m->bindings), words[8] = { [6] = n, [7] = 32 };

    memcpy(bytes, words, sizeof words);
    memcpy(bytes + sizeof words, m->bindings, n);
    return (uint32_t)sizeof words + n;
}
