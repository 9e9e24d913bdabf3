/*
 * Places in a key stream by message number. See disorder.h.
 *
 * Runs in applications, on each signature that is checked in such a context.
 * Numbers are the peer's; arithmetic on them is modulo 2^32, as theirs is.
 */
#include "packages/ntlm/protect/disorder.h"

#include "base/secret.h"

/* Encrypted checksum of a message that is only signed (MS-NLMP 3.4.4.2). */
#define BYTES_A_MESSAGE 8u

struct ntlm_disorder *
ntlm_disorder_new(const struct crypto_rc4 *start, uint32_t next)
{
    struct ntlm_disorder *d = secret_new(sizeof(*d));

    if (d == NULL)
        return NULL;
    d->behind = *start;
    d->oldest = next;
    return d;
}

/* At most twice NTLM_DISORDER_MAX messages: a kilobyte. */
static void
stream_skip(struct crypto_rc4 *stream, uint32_t messages)
{
    uint8_t scratch[BYTES_A_MESSAGE] = { 0 };

    while (messages-- > 0)
        crypto_rc4(stream, scratch, scratch, sizeof(scratch));
    secret_wipe(scratch, sizeof(scratch));
}

bool
ntlm_disorder_find(const struct ntlm_disorder *d, const struct crypto_rc4 *ahead, uint32_t next,
                   uint32_t number, struct crypto_rc4 *at)
{
    uint32_t known = next - d->oldest, place = number - d->oldest;

    if (place >= known + NTLM_DISORDER_MAX)
        return false;
    *at = place < known ? d->behind : *ahead;
    stream_skip(at, place < known ? place : place - known);
    return true;
}

bool
ntlm_disorder_is_seen(const struct ntlm_disorder *d, uint32_t number)
{
    uint32_t place = number - d->oldest;

    return place < NTLM_DISORDER_MAX && (d->seen >> place & 1) != 0;
}

bool
ntlm_disorder_add(struct ntlm_disorder *d, uint32_t next, uint32_t number)
{
    bool newest = number - d->oldest >= next - d->oldest;

    for (; number - d->oldest >= NTLM_DISORDER_MAX; d->oldest++) {
        stream_skip(&d->behind, 1);
        d->seen >>= 1;
    }
    d->seen |= UINT64_C(1) << (number - d->oldest);
    return newest;
}
