/* The opaque identities of the Sspi* helpers (sspi.h, PSEC_WINNT_AUTH_IDENTITY_OPAQUE). */
#ifndef SSPI_AUTH_IDENTITY_H
#define SSPI_AUTH_IDENTITY_H

#include "sspi/identity.h"

/* How many bytes a password is longer when it is sealed. */
#define AUTH_IDENTITY_SEAL 28u
#define AUTH_IDENTITY_ENCRYPTED                                                                  \
    (SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED                                             \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED                                            \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED                                              \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED)

/* A string that was made for reading an identity: converted, or decrypted. */
struct auth_identity_owned {
    char16_t *text;
    size_t units;
};

#define AUTH_IDENTITY_PASSWORD 2        /* of auth_identity.owned */

/*
 * The strings of any form as UTF-16 views. A password of the _EX2 form's packed credentials
 * is found too. packages: the _EX forms' list.
 */
struct auth_identity {
    struct view user, domain, password, packages;   /* absent: p NULL */
    struct auth_identity_owned owned[4];            /* in the same order */
    uint32_t flags;
};

/* SEC_E_INVALID_TOKEN: not an identity, or one whose strings cannot be read. */
MUST_CHECK status_t auth_identity_read(const void *id, struct auth_identity *out);
/* The same, with an encrypted password in the clear. Otherwise as auth_identity_unseal(). */
MUST_CHECK status_t auth_identity_read_clear(const void *id, struct auth_identity *out);
void auth_identity_wipe(struct auth_identity *a);

/* ---- auth_identity_seal.c ------------------------------------------------ */

/*
 * The password encrypted, as SspiEncryptAuthIdentityEx says, in password.n +
 * AUTH_IDENTITY_SEAL bytes; and the flag of an identity that has it.
 */
MUST_CHECK status_t auth_identity_seal(const struct auth_identity *a, ULONG option, uint8_t *out,
                                       uint32_t *flag);
/*
 * Decrypts the password of an encrypted one; *option: by what it was encrypted, 0: it was not.
 * SEC_E_DECRYPT_FAILURE: not authentic, or encrypted elsewhere; SEC_E_UNSUPPORTED_FUNCTION.
 */
MUST_CHECK status_t auth_identity_unseal(struct auth_identity *a, ULONG *option);

/* ---- auth_identity.c, auth_identity_flat.c --------------------------------- */

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
