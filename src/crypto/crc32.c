/*
 * CRC-32 of IEEE 802.3, by zlib: the checksum of NTLM signatures without
 * extended session security (MS-NLMP 3.4.4.1). Runs where NTLM runs.
 */
#include "crypto/crypto.h"

#include <zlib.h>

uint32_t
crypto_crc32(const struct view *in, size_t count)
{
    uLong crc = 0;

    /* zlib takes an address of NULL for "start anew", so empty views are left out. */
    for (size_t i = 0; i < count; i++) {
        if (in[i].n > 0)
            crc = crc32_z(crc, in[i].p, in[i].n);
    }
    return (uint32_t)crc;
}
