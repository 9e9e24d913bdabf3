/* The opaque identities of the Sspi* helpers (sspi.h, PSEC_WINNT_AUTH_IDENTITY_OPAQUE). */
#ifndef SSPI_AUTH_IDENTITY_H
#define SSPI_AUTH_IDENTITY_H

#include "sspi/identity.h"

/*
 * The strings of any form as UTF-16 views. A password of the _EX2 form's packed credentials
 * is found too. packages: the _EX forms' list.
 */
struct auth_identity {
    struct view user, domain, password, packages;   /* absent: p NULL */
    char16_t *owned[4];                             /* of ANSI forms */
    uint32_t flags;
};

/* SEC_E_INVALID_TOKEN: not an identity, or one whose strings cannot be read. */
MUST_CHECK status_t auth_identity_read(const void *id, struct auth_identity *out);
void auth_identity_wipe(struct auth_identity *a);

/*
 * One block with a SEC_WINNT_AUTH_IDENTITY_EXW and its NUL-terminated strings; free by
 * sspi_memory_free(). NULL: no memory, or too long.
 */
SEC_WINNT_AUTH_IDENTITY_EXW *auth_identity_new(const struct auth_identity *from);

/*
 * The same without pointers, as SEC_WINNT_AUTH_IDENTITY_EX2 (*n bytes); free by
 * sspi_memory_free(). NULL: no memory, or too long.
 */
uint8_t *auth_identity_flatten(const struct auth_identity *from, uint32_t *n);
/* The way back from bytes of anywhere: views into them. SEC_E_INVALID_TOKEN. */
MUST_CHECK status_t auth_identity_read_flat(struct view bytes, struct auth_identity *out);

#endif
