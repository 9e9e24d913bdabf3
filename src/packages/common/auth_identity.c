/*
 * SEC_WINNT_AUTH_IDENTITY: the explicit credentials of AcquireCredentialsHandle.
 *
 * The structure is in the client's memory and its strings lie elsewhere in
 * it, so it is read in steps through CopyFromClientBuffer: two words that
 * tell the form, the form's structure, then each string. The client is free
 * to lie about all of it and to change it in between: each length is bounded
 * before it is used, and nothing is read twice.
 *
 * Which form (sspi.h): the first word is 0x200 (_EX, with its own size next),
 * 0x201 (_EX2, one block with offsets in bytes, Unicode only), or neither
 * (the plain one, which begins with a pointer). Flag ANSI makes strings
 * 8-bit; those are UTF-8 here (D27).
 *
 * Runs in the authority. Everything it copies may hold a password: all of it
 * is in wiped memory.
 */
#include "packages/common/auth_identity.h"

#include "base/rd.h"
#include "base/secret.h"
#include "base/str16.h"

#include <stdlib.h>

#define UNIT 2u                     /* bytes of a UTF-16 unit */
#define UTF8_BYTES_A_UNIT 3u        /* most UTF-8 bytes that become one UTF-16 unit */
#define PARTS 4
#define PARTS_PLAIN 3
#define STRUCTURE_MAX 72u           /* the largest of the forms, _EX */
#define BYTES_MAX \
    (UNIT * (AUTH_IDENTITY_USER_MAX + AUTH_IDENTITY_DOMAIN_MAX + AUTH_IDENTITY_PASSWORD_MAX + \
             AUTH_IDENTITY_PACKAGES_MAX))

#define FLAGS_ENCRYPTED \
    (SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED | \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED | \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED | \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED)

/* SEC_WINNT_AUTH_DATA_PASSWORD's CredType, as it lies in memory. */
static const GUID password_type = {
    0x28bfc32f, 0x10f6, 0x4738, { 0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a }
};

enum part { PART_USER, PART_DOMAIN, PART_PASSWORD, PART_PACKAGES };

static const uint32_t part_units_max[PARTS] = {
    [PART_USER] = AUTH_IDENTITY_USER_MAX,
    [PART_DOMAIN] = AUTH_IDENTITY_DOMAIN_MAX,
    [PART_PASSWORD] = AUTH_IDENTITY_PASSWORD_MAX,
    [PART_PACKAGES] = AUTH_IDENTITY_PACKAGES_MAX,
};

/* What any form says: where each string is in the client, and how many bytes it has. */
struct identity_shape {
    uint32_t flags;
    uint64_t address[PARTS];        /* 0: NULL */
    uint64_t bytes[PARTS];
};

static NTSTATUS
client_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, uint64_t address, void *out, size_t n)
{
    if (n == 0)
        return STATUS_SUCCESS;
    return lsa->CopyFromClientBuffer(NULL, (ULONG)n, out, (PVOID)(uintptr_t)address);
}

/* ---- the three forms ---------------------------------------------------- */

/* {pointer, u32 characters} of user, domain and password, then flags: plain and _EX. */
static void
shape_pointers_get(struct rd *r, struct identity_shape *s)
{
    for (size_t i = 0; i < PARTS_PLAIN; i++) {
        s->address[i] = rd_u64le(r);
        s->bytes[i] = rd_u32le(r);
        rd_skip(r, i + 1 < PARTS_PLAIN ? 4 : 0);        /* padding before the next pointer */
    }
    s->flags = rd_u32le(r);
}

/* Characters become bytes, once all of them are known. */
static void
shape_units_apply(struct identity_shape *s)
{
    for (size_t i = 0; i < PARTS; i++) {
        if ((s->flags & SEC_WINNT_AUTH_IDENTITY_ANSI) == 0)
            s->bytes[i] *= UNIT;
    }
}

static NTSTATUS
shape_plain_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, uint64_t address,
                 struct identity_shape *out)
{
    uint8_t bytes[STRUCTURE_MAX] = { 0 };
    struct rd r = rd_init(view_of(bytes, sizeof(SEC_WINNT_AUTH_IDENTITY_W)));
    NTSTATUS st = client_read(lsa, address, bytes, sizeof(SEC_WINNT_AUTH_IDENTITY_W));

    if (!NT_SUCCESS(st))
        return st;
    shape_pointers_get(&r, out);
    shape_units_apply(out);
    return rd_end(&r, SEC_E_UNKNOWN_CREDENTIALS);
}

static NTSTATUS
shape_ex_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, uint64_t address, struct identity_shape *out)
{
    uint8_t bytes[STRUCTURE_MAX] = { 0 };
    struct rd r = rd_init(view_of(bytes, sizeof(SEC_WINNT_AUTH_IDENTITY_EXW)));
    NTSTATUS st = client_read(lsa, address, bytes, sizeof(SEC_WINNT_AUTH_IDENTITY_EXW));

    if (!NT_SUCCESS(st))
        return st;
    rd_skip(&r, 8);
    shape_pointers_get(&r, out);
    out->address[PART_PACKAGES] = rd_u64le(&r);
    out->bytes[PART_PACKAGES] = rd_u32le(&r);
    shape_units_apply(out);
    return rd_end(&r, SEC_E_UNKNOWN_CREDENTIALS);
}

/* The password in _EX2 is a packed credential of its own: find it in there. */
static NTSTATUS
shape_ex2_password_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, uint64_t packed, uint64_t size,
                        struct identity_shape *out)
{
    SEC_WINNT_AUTH_PACKED_CREDENTIALS head;
    SEC_WINNT_AUTH_DATA_PASSWORD password;
    NTSTATUS st;

    if (size < sizeof(head))
        return SEC_E_UNKNOWN_CREDENTIALS;
    st = client_read(lsa, packed, &head, sizeof(head));
    if (!NT_SUCCESS(st))
        return st;
    if (!view_is_equal(view_of(&head.AuthData.CredType, sizeof(GUID)),
                       view_of(&password_type, sizeof(GUID))) ||
        head.AuthData.CredData.ByteArrayLength < sizeof(password) ||
        (uint64_t)head.AuthData.CredData.ByteArrayOffset + sizeof(password) > size)
        return SEC_E_UNKNOWN_CREDENTIALS;
    packed += head.AuthData.CredData.ByteArrayOffset;
    st = client_read(lsa, packed, &password, sizeof(password));
    if (!NT_SUCCESS(st))
        return st;
    if ((uint64_t)password.UnicodePassword.ByteArrayOffset +
            password.UnicodePassword.ByteArrayLength > size)
        return SEC_E_UNKNOWN_CREDENTIALS;
    out->address[PART_PASSWORD] = packed + password.UnicodePassword.ByteArrayOffset;
    out->bytes[PART_PASSWORD] = password.UnicodePassword.ByteArrayLength;
    return STATUS_SUCCESS;
}

static NTSTATUS
shape_ex2_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, uint64_t address, struct identity_shape *out)
{
    SEC_WINNT_AUTH_IDENTITY_EX2 id;
    uint64_t packed_end;
    NTSTATUS st = client_read(lsa, address, &id, sizeof(id));

    if (!NT_SUCCESS(st))
        return st;
    packed_end = (uint64_t)id.PackedCredentialsOffset + id.PackedCredentialsLength;
    if ((uint64_t)id.UserOffset + id.UserLength > id.cbStructureLength ||
        (uint64_t)id.DomainOffset + id.DomainLength > id.cbStructureLength ||
        packed_end > id.cbStructureLength)
        return SEC_E_UNKNOWN_CREDENTIALS;
    out->flags = (id.Flags | SEC_WINNT_AUTH_IDENTITY_UNICODE) & ~SEC_WINNT_AUTH_IDENTITY_ANSI;
    out->address[PART_USER] = id.UserOffset ? address + id.UserOffset : 0;
    out->bytes[PART_USER] = id.UserLength;
    out->address[PART_DOMAIN] = id.DomainOffset ? address + id.DomainOffset : 0;
    out->bytes[PART_DOMAIN] = id.DomainLength;
    if ((uint64_t)id.PackageListOffset + id.PackageListLength > id.cbStructureLength)
        return SEC_E_UNKNOWN_CREDENTIALS;
    out->address[PART_PACKAGES] = id.PackageListOffset ? address + id.PackageListOffset : 0;
    out->bytes[PART_PACKAGES] = id.PackageListLength;
    if (id.PackedCredentialsLength == 0)
        return STATUS_SUCCESS;
    return shape_ex2_password_read(lsa, address + id.PackedCredentialsOffset,
                                   id.PackedCredentialsLength, out);
}

static NTSTATUS
shape_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, uint64_t address, struct identity_shape *out)
{
    uint32_t words[2];
    NTSTATUS st = client_read(lsa, address, words, sizeof(words));

    if (!NT_SUCCESS(st))
        return st;
    /* A plain form's pointer may end in 0x200 by chance: the size must be right too. */
    if (words[0] == SEC_WINNT_AUTH_IDENTITY_VERSION &&
        words[1] == sizeof(SEC_WINNT_AUTH_IDENTITY_EXW))
        return shape_ex_read(lsa, address, out);
    if (words[0] == SEC_WINNT_AUTH_IDENTITY_VERSION_2 &&
        (words[1] & 0xFFFF) == sizeof(SEC_WINNT_AUTH_IDENTITY_EX2))
        return shape_ex2_read(lsa, address, out);
    return shape_plain_read(lsa, address, out);
}

/* ---- the strings -------------------------------------------------------- */

static bool
shape_has_bounds(const struct identity_shape *s)
{
    bool ansi = (s->flags & SEC_WINNT_AUTH_IDENTITY_ANSI) != 0;

    for (size_t i = 0; i < PARTS; i++) {
        uint64_t a_unit = ansi ? UTF8_BYTES_A_UNIT : UNIT;

        if (s->bytes[i] > a_unit * part_units_max[i] || (!ansi && s->bytes[i] % UNIT != 0))
            return false;
    }
    return true;
}

static NTSTATUS
text_from_utf8(struct view in, uint8_t *out, size_t units_max, size_t *n)
{
    size_t units;
    char16_t *s = str16_from_utf8_n(in, &units);
    NTSTATUS st = STATUS_SUCCESS;

    if (s == NULL)
        return SEC_E_INVALID_PARAMETER;
    if (units > units_max)
        st = SEC_E_INVALID_PARAMETER;
    else
        memcpy(out, s, *n = units * UNIT);
    secret_wipe_free(s, units * UNIT);
    return st;
}

_Static_assert(AUTH_IDENTITY_USER_MAX >= AUTH_IDENTITY_DOMAIN_MAX &&
                   AUTH_IDENTITY_USER_MAX >= AUTH_IDENTITY_PASSWORD_MAX,
               "part_read() has room for a user, and reads every part");

/* Copies one string to out; *n gets its UTF-16LE bytes. */
static NTSTATUS
part_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, const struct identity_shape *s, enum part part,
          uint8_t *out, size_t *n)
{
    uint8_t raw[UTF8_BYTES_A_UNIT * AUTH_IDENTITY_USER_MAX];
    size_t size = (size_t)s->bytes[part];
    NTSTATUS st;

    *n = 0;
    if (s->address[part] == 0 || size == 0)
        return STATUS_SUCCESS;
    st = client_read(lsa, s->address[part], raw, size);
    if (!NT_SUCCESS(st)) {
        secret_wipe(raw, sizeof(raw));
        return st;
    }
    if (s->flags & SEC_WINNT_AUTH_IDENTITY_ANSI) {
        st = text_from_utf8(view_of(raw, size), out, part_units_max[part], n);
    } else {
        memcpy(out, raw, size);
        *n = size;
        /* A password may be any units; names are text that others compare and log. */
        if (part != PART_PASSWORD && !str16_is_valid(view_of(out, size)))
            st = SEC_E_INVALID_PARAMETER;
    }
    secret_wipe(raw, sizeof(raw));
    return st;
}

static NTSTATUS
identity_fill(const LSA_SECPKG_FUNCTION_TABLE *lsa, const struct identity_shape *s,
              struct auth_identity *id)
{
    struct view *const parts[PARTS] = { &id->user, &id->domain, &id->password, &id->packages };
    bool *const has[PARTS_PLAIN] = { &id->has_user, &id->has_domain, &id->has_password };
    uint8_t *at = id->bytes;

    id->flags = s->flags & ~(SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_MARSHALLED);
    for (size_t i = 0; i < PARTS; i++) {
        size_t n;
        NTSTATUS st = part_read(lsa, s, (enum part)i, at, &n);

        if (!NT_SUCCESS(st))
            return st;
        *parts[i] = view_of(at, n);
        if (i < PARTS_PLAIN)
            *has[i] = s->address[i] != 0;
        at += n;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
auth_identity_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, PVOID address,
                   struct auth_identity **out)
{
    struct identity_shape shape = { 0 };
    struct auth_identity *id;
    NTSTATUS st = shape_read(lsa, (uint64_t)(uintptr_t)address, &shape);

    *out = NULL;
    if (!NT_SUCCESS(st))
        return st;
    if (shape.flags & FLAGS_ENCRYPTED)
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!shape_has_bounds(&shape))
        return SEC_E_INVALID_PARAMETER;
    id = secret_new(sizeof(*id) + BYTES_MAX);
    if (id == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = identity_fill(lsa, &shape, id);
    if (!NT_SUCCESS(st)) {
        auth_identity_free(id);
        return st;
    }
    *out = id;
    return STATUS_SUCCESS;
}

void
auth_identity_free(struct auth_identity *id)
{
    secret_free(id);
}
