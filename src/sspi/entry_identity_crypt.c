/*
 * Entry points: identities that lie in memory encrypted (sspi.h,
 * "SspiEncryptAuthIdentityEx", "SspiIsAuthIdentityEncrypted").
 *
 * Runs in the application. Encryption is in place, and a sealed password is longer, so
 * DEVIATION: the identity must be one that an Sspi* function made. What is taken
 * from these for use (SspiEncodeAuthIdentityAsStrings, AcquireCredentialsHandle, ...)
 * is decrypted there, for the caller who can.
 */
#include "base/secret.h"
#include "base/wr.h"
#include "sspi/auth_identity.h"
#include "sspi/memory.h"

#include <stdlib.h>

/* Replaces the password where it lies; what is left of a longer one is wiped. */
static void
password_replace(SEC_WINNT_AUTH_IDENTITY_EXW *id, struct view password)
{
    size_t before = id->PasswordLength * sizeof(char16_t);

    if (id->Password == NULL)
        return;
    memcpy(id->Password, password.p, password.n);
    if (before > password.n)
        secret_wipe((uint8_t *)id->Password + password.n, before - password.n);
    id->PasswordLength = (ULONG)(password.n / sizeof(char16_t));
    id->Password[id->PasswordLength] = 0;
}

/* How long a password has room in it: 0: not an identity that auth_identity_new() made. */
static size_t
password_room(const SEC_WINNT_AUTH_IDENTITY_EXW *id)
{
    uintptr_t at = (uintptr_t)id->Password, start = (uintptr_t)(id + 1);
    uintptr_t end = (uintptr_t)id + sspi_memory_size(id);

    if (id->Password == NULL)
        return SSPI_IDENTITY_STRING_MAX;
    return at < start || end < sizeof(char16_t) || at > end - sizeof(char16_t)
        ? 0 : end - sizeof(char16_t) - at;
}

/* An identity of ours, read. */
static status_t
identity_read_own(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id, struct auth_identity *a)
{
    if (id == NULL || sspi_identity_form_of(id) != SSPI_IDENTITY_EX
        || (((SEC_WINNT_AUTH_IDENTITY_EXW *)id)->Flags & SEC_WINNT_AUTH_IDENTITY_MARSHALLED) == 0
        || sspi_memory_size(id) == 0)
        return SEC_E_INVALID_PARAMETER;
    return auth_identity_read(id, a) == SEC_E_OK ? SEC_E_OK : SEC_E_INVALID_PARAMETER;
}

static status_t
identity_seal(SEC_WINNT_AUTH_IDENTITY_EXW *id, const struct auth_identity *a, ULONG option)
{
    size_t n = a->password.n + AUTH_IDENTITY_SEAL;
    uint32_t flag;
    uint8_t *sealed;
    status_t st;

    if ((a->flags & AUTH_IDENTITY_ENCRYPTED) != 0 || n > SSPI_IDENTITY_STRING_MAX
        || n > password_room(id))
        return SEC_E_INVALID_PARAMETER;
    sealed = malloc(n);
    if (sealed == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = auth_identity_seal(a, option, sealed, &flag);
    if (st == SEC_E_OK) {
        password_replace(id, view_of(sealed, n));
        id->Flags |= flag;
    }
    free(sealed);
    return st;
}

SECURITY_STATUS SEC_ENTRY
SspiEncryptAuthIdentityEx(ULONG Options, PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    struct auth_identity a;
    status_t st = identity_read_own(AuthData, &a);

    if (st != SEC_E_OK)
        return st;
    st = identity_seal(AuthData, &a, Options);
    auth_identity_wipe(&a);
    return st;
}

/* CHOICE: without options it is for as short as can be. */
SECURITY_STATUS SEC_ENTRY
SspiEncryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    return SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS, AuthData);
}

/* option 0: whichever it was encrypted by. */
static status_t
identity_decrypt(ULONG option, SEC_WINNT_AUTH_IDENTITY_EXW *id)
{
    struct auth_identity a;
    ULONG was;
    status_t st = identity_read_own(id, &a);

    if (st != SEC_E_OK)
        return st;
    if ((a.flags & AUTH_IDENTITY_ENCRYPTED) == 0)
        st = SEC_E_INVALID_PARAMETER;
    else
        st = auth_identity_unseal(&a, &was);
    if (st == SEC_E_OK && option != 0 && option != was)
        st = SEC_E_INVALID_PARAMETER;
    if (st == SEC_E_OK && a.password.n > password_room(id))
        st = SEC_E_INVALID_PARAMETER;
    if (st == SEC_E_OK) {
        password_replace(id, a.password);
        id->Flags &= ~AUTH_IDENTITY_ENCRYPTED;
    }
    auth_identity_wipe(&a);
    return st;
}

SECURITY_STATUS SEC_ENTRY
SspiDecryptAuthIdentityEx(ULONG Options, PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    return Options == 0 ? SEC_E_INVALID_PARAMETER : identity_decrypt(Options, EncryptedAuthData);
}

SECURITY_STATUS SEC_ENTRY
SspiDecryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    return identity_decrypt(0, EncryptedAuthData);
}

/* As its flags say, whoever encrypted it. */
BOOLEAN SEC_ENTRY
SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    struct auth_identity a;
    BOOLEAN encrypted;

    if (auth_identity_read(EncryptedAuthData, &a) != SEC_E_OK)
        return FALSE;
    encrypted = (a.flags & AUTH_IDENTITY_ENCRYPTED) != 0;
    auth_identity_wipe(&a);
    return encrypted;
}
