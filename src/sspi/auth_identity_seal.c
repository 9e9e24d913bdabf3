/*
 * Identities whose password is encrypted (sspi.h, "SspiEncryptAuthIdentityEx").
 *
 * Runs in the application. A sealed password is AES-256-GCM's nonce, ciphertext and
 * tag in the password's place, so it is copied and marshalled like any other; user and
 * domain are authenticated with it, and a password cannot be moved to another name.
 *
 * Who can decrypt is who can get the key:
 *
 *     SAME_PROCESS   locked memory of this process that a forked child does not get
 *     SAME_LOGON     the keyring of the real user ("user" keyring, keyrings(7)): processes
 *                    of that user on this machine, until it boots. DEVIATION: a uid has one
 *                    logon session here (D4), where Windows has one a logon. A thread that
 *                    acts for a client has none of his.
 *     FOR_SYSTEM     DEVIATION: not there. The authority takes passwords by its socket.
 */
#include "sspi/auth_identity.h"

#include "base/secret.h"
#include "crypto/crypto.h"
#include "sspi/impersonate.h"
#include "sspi/process.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOGON_KEY_TYPE "user"
#define LOGON_KEY_NAME "opensspi:auth_identity"
/* Key permissions of keyrings(7): whoever possesses it may find, read and fix it; never change. */
#define KEY_POSSESSOR_VIEW 0x01000000u
#define KEY_POSSESSOR_READ 0x02000000u
#define KEY_POSSESSOR_SEARCH 0x08000000u
#define KEY_POSSESSOR_SETATTR 0x20000000u
#define LOGON_KEY_ACCESS \
    (KEY_POSSESSOR_VIEW | KEY_POSSESSOR_READ | KEY_POSSESSOR_SEARCH | KEY_POSSESSOR_SETATTR)

_Static_assert(AUTH_IDENTITY_SEAL == CRYPTO_AEAD_OVERHEAD, "as sealed");
_Static_assert(AUTH_IDENTITY_SEAL % sizeof(char16_t) == 0, "lengths are in characters");

/* ---- keys --------------------------------------------------------------- */

static status_t
process_key_get(uint8_t key[CRYPTO_AEAD_KEY])
{
    struct sspi_process *p = sspi_process_get();
    uint8_t *have = p == NULL ? NULL : atomic_load(&p->identity_key), *made;

    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (have == NULL) {
        made = secret_new_locked(CRYPTO_AEAD_KEY);
        if (made == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
        crypto_random(made, CRYPTO_AEAD_KEY);
        if (atomic_compare_exchange_strong(&p->identity_key, &have, made))
            have = made;
        else
            secret_free(made);
    }
    memcpy(key, have, CRYPTO_AEAD_KEY);
    return SEC_E_OK;
}

/*
 * Two processes may both find none and add one; the second then changes the first one's. So
 * a key is made unchangeable before it is read, whoever made it: what was read once stays.
 */
static bool
logon_key_read(uint8_t key[CRYPTO_AEAD_KEY])
{
    long id;

    /* A session that does not have its user's keyring does not possess what is in it. */
    (void)syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_THREAD_KEYRING);
    id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, LOGON_KEY_TYPE, LOGON_KEY_NAME,
                 0);
    if (id < 0 && errno == ENOKEY) {
        crypto_random(key, CRYPTO_AEAD_KEY);
        id = syscall(SYS_add_key, LOGON_KEY_TYPE, LOGON_KEY_NAME, key, CRYPTO_AEAD_KEY,
                     KEY_SPEC_USER_KEYRING);
        /* Somebody else's is there by now, and fixed. */
        if (id < 0 && errno == EACCES)
            id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, LOGON_KEY_TYPE,
                         LOGON_KEY_NAME, 0);
    }
    return id >= 0 && syscall(SYS_keyctl, KEYCTL_SETPERM, id, LOGON_KEY_ACCESS) == 0
        && syscall(SYS_keyctl, KEYCTL_READ, id, key, CRYPTO_AEAD_KEY) == CRYPTO_AEAD_KEY;
}

static status_t
logon_key_get(uint8_t key[CRYPTO_AEAD_KEY])
{
    return sspi_impersonated() == NULL && logon_key_read(key) ? SEC_E_OK
                                                              : SEC_E_UNSUPPORTED_FUNCTION;
}

/* Which flag an option leaves, and whose key it is. */
static const struct seal_scope {
    ULONG option;
    uint32_t flag, flag_of_root;
    status_t (*key_get)(uint8_t key[CRYPTO_AEAD_KEY]);
} scopes[] = {
    { SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS, SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED,
      SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED, process_key_get },
    { SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED,
      SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED, logon_key_get },
};

#define SCOPES (sizeof(scopes) / sizeof(scopes[0]))

static const struct seal_scope *
scope_find_option(ULONG option)
{
    for (size_t i = 0; i < SCOPES; i++)
        if (scopes[i].option == option)
            return &scopes[i];
    return NULL;
}

/* NULL: encrypted in no way, in several, or in one that is not there. */
static const struct seal_scope *
scope_find_flags(uint32_t flags)
{
    for (size_t i = 0; i < SCOPES; i++)
        if ((flags & AUTH_IDENTITY_ENCRYPTED) == scopes[i].flag
            || (flags & AUTH_IDENTITY_ENCRYPTED) == scopes[i].flag_of_root)
            return &scopes[i];
    return NULL;
}

/* ---- sealing ------------------------------------------------------------ */

static void
seal_bind(const struct auth_identity *a, ULONG option, uint8_t out[CRYPTO_SHA256_SIZE])
{
    uint32_t sizes[] = { option, (uint32_t)a->user.n, (uint32_t)a->domain.n };
    struct view parts[] = { view_of(sizes, sizeof(sizes)), a->user, a->domain };

    crypto_sha256(parts, sizeof(parts) / sizeof(parts[0]), out);
}

status_t
auth_identity_seal(const struct auth_identity *a, ULONG option, uint8_t *out, uint32_t *flag)
{
    const struct seal_scope *scope = scope_find_option(option);
    uint8_t key[CRYPTO_AEAD_KEY], bound[CRYPTO_SHA256_SIZE];
    status_t st;

    if (scope == NULL)
        return option == SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM ? SEC_E_UNSUPPORTED_FUNCTION
                                                                    : SEC_E_INVALID_PARAMETER;
    st = scope->key_get(key);
    if (st == SEC_E_OK) {
        seal_bind(a, option, bound);
        crypto_gcm_seal(key, view_of(bound, sizeof(bound)), a->password, out);
        *flag = getuid() == 0 ? scope->flag_of_root : scope->flag;
    }
    secret_wipe(key, sizeof(key));
    return st;
}

/* Into memory of its own; the sealed one stays where it is. */
static status_t
password_open(struct auth_identity *a, const struct seal_scope *scope,
              const uint8_t key[CRYPTO_AEAD_KEY])
{
    struct auth_identity_owned *slot = &a->owned[AUTH_IDENTITY_PASSWORD];
    uint8_t bound[CRYPTO_SHA256_SIZE];
    size_t n = a->password.n - AUTH_IDENTITY_SEAL;
    char16_t *text = malloc(n + sizeof(*text));

    if (text == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    seal_bind(a, scope->option, bound);
    if (!crypto_gcm_open(key, view_of(bound, sizeof(bound)), a->password, (uint8_t *)text)) {
        free(text);
        return SEC_E_DECRYPT_FAILURE;
    }
    secret_wipe_free(slot->text, slot->units * sizeof(*text));
    *slot = (struct auth_identity_owned){ text, n / sizeof(*text) };
    a->password = view_of(text, n);
    return SEC_E_OK;
}

status_t
auth_identity_unseal(struct auth_identity *a, ULONG *option)
{
    const struct seal_scope *scope = scope_find_flags(a->flags);
    uint8_t key[CRYPTO_AEAD_KEY];
    status_t st;

    *option = 0;
    if ((a->flags & AUTH_IDENTITY_ENCRYPTED) == 0)
        return SEC_E_OK;
    if (scope == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    st = a->password.p != NULL && a->password.n < AUTH_IDENTITY_SEAL ? SEC_E_DECRYPT_FAILURE
                                                                     : scope->key_get(key);
    if (st == SEC_E_OK && a->password.p != NULL)
        st = password_open(a, scope, key);
    secret_wipe(key, sizeof(key));
    if (st != SEC_E_OK)
        return st;
    a->flags &= ~AUTH_IDENTITY_ENCRYPTED;
    *option = scope->option;
    return SEC_E_OK;
}
