/*
 * Opaque identities: reading any form, and making ours.
 *
 * Runs in the application. CHOICE: an identity that these helpers make is a
 * SEC_WINNT_AUTH_IDENTITY_EXW with its strings in one block, so every package that
 * takes an identity at all takes it. Its password is the last one, with room to be
 * sealed in place (auth_identity_seal.c). Passwords pass through: blocks are wiped
 * when they are freed.
 */
#include "sspi/auth_identity.h"

#include "base/secret.h"
#include "base/str16.h"
#include "sspi/memory.h"

void
auth_identity_wipe(struct auth_identity *a)
{
    size_t i;

    for (i = 0; i < sizeof(a->owned) / sizeof(a->owned[0]); i++)
        secret_wipe_free(a->owned[i].text, a->owned[i].units * sizeof(char16_t));
    memset(a, 0, sizeof(*a));
}

/* length is in characters; slot keeps a converted string of an ANSI form. */
static bool
string_read(const void *p, uint32_t length, uint32_t flags, struct auth_identity_owned *slot,
            struct view *out)
{
    *out = view_of(NULL, 0);
    if (p == NULL)
        return length == 0;
    if ((flags & SEC_WINNT_AUTH_IDENTITY_UNICODE) != 0) {
        *out = view_of(p, (size_t)length * sizeof(char16_t));
        return out->n <= SSPI_IDENTITY_STRING_MAX;
    }
    if (length > SSPI_IDENTITY_STRING_MAX)
        return false;
    slot->text = str16_from_utf8_n(view_of(p, length), &slot->units);
    if (slot->text == NULL)
        return false;
    *out = view_of(slot->text, slot->units * sizeof(char16_t));
    return true;
}

static bool
plain_read(const SEC_WINNT_AUTH_IDENTITY_W *id, struct auth_identity *out)
{
    out->flags = id->Flags;
    return string_read(id->User, id->UserLength, id->Flags, &out->owned[0], &out->user)
        && string_read(id->Domain, id->DomainLength, id->Flags, &out->owned[1], &out->domain)
        && string_read(id->Password, id->PasswordLength, id->Flags,
                       &out->owned[AUTH_IDENTITY_PASSWORD], &out->password);
}

static bool
ex_read(const SEC_WINNT_AUTH_IDENTITY_EXW *id, struct auth_identity *out)
{
    out->flags = id->Flags;
    return string_read(id->User, id->UserLength, id->Flags, &out->owned[0], &out->user)
        && string_read(id->Domain, id->DomainLength, id->Flags, &out->owned[1], &out->domain)
        && string_read(id->Password, id->PasswordLength, id->Flags,
                       &out->owned[AUTH_IDENTITY_PASSWORD], &out->password)
        && string_read(id->PackageList, id->PackageListLength, id->Flags, &out->owned[3],
                       &out->packages);
}

static bool
ex2_read(const SEC_WINNT_AUTH_IDENTITY_EX2 *id, struct auth_identity *out)
{
    return auth_identity_read_flat(view_of(id, id->cbStructureLength), out) == SEC_E_OK;
}

status_t
auth_identity_read(const void *id, struct auth_identity *out)
{
    const SEC_WINNT_AUTH_IDENTITY_INFO *info = id;
    bool ok = false;

    memset(out, 0, sizeof(*out));
    if (id == NULL)
        return SEC_E_INVALID_TOKEN;
    switch (sspi_identity_form_of(id)) {
    case SSPI_IDENTITY_PLAIN:
        ok = plain_read(&info->AuthId_w, out);
        break;
    case SSPI_IDENTITY_EX:
        ok = ex_read(&info->AuthIdExw, out);
        break;
    case SSPI_IDENTITY_EX2:
        ok = ex2_read(&info->AuthIdEx2, out);
        break;
    case SSPI_IDENTITY_UNKNOWN:
        break;
    }
    if (ok)
        return SEC_E_OK;
    auth_identity_wipe(out);
    return SEC_E_INVALID_TOKEN;
}

status_t
auth_identity_read_clear(const void *id, struct auth_identity *out)
{
    ULONG option;
    status_t st = auth_identity_read(id, out);

    if (st == SEC_E_OK)
        st = auth_identity_unseal(out, &option);
    if (st != SEC_E_OK)
        auth_identity_wipe(out);
    return st;
}

/* Absent stays NULL; the length is in characters. */
static void
string_put(struct wr *w, struct view from, unsigned short **to, ULONG *length)
{
    if (from.p == NULL)
        return;
    *to = (unsigned short *)(void *)(w->p + w->len);
    *length = (ULONG)(from.n / sizeof(char16_t));
    wr_view(w, from);
    wr_zeros(w, sizeof(char16_t));
}

SEC_WINNT_AUTH_IDENTITY_EXW *
auth_identity_new(const struct auth_identity *from)
{
    size_t room = from->user.n + from->domain.n + from->password.n + from->packages.n
        + 4 * sizeof(char16_t) + AUTH_IDENTITY_SEAL;
    SEC_WINNT_AUTH_IDENTITY_EXW *id;
    struct wr w;

    if (room > SSPI_IDENTITY_BLOCK_MAX)
        return NULL;
    id = sspi_memory_new(sizeof(*id) + room);
    if (id == NULL)
        return NULL;
    w = wr_init(id + 1, room);
    id->Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    id->Length = sizeof(*id);
    id->Flags = (from->flags & ~SEC_WINNT_AUTH_IDENTITY_ANSI) | SEC_WINNT_AUTH_IDENTITY_UNICODE
        | SEC_WINNT_AUTH_IDENTITY_MARSHALLED;
    string_put(&w, from->user, &id->User, &id->UserLength);
    string_put(&w, from->domain, &id->Domain, &id->DomainLength);
    string_put(&w, from->packages, &id->PackageList, &id->PackageListLength);
    /* The last one: it grows where it is when it is sealed. */
    string_put(&w, from->password, &id->Password, &id->PasswordLength);
    return id;
}
