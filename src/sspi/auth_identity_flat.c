/*
 * Identities without pointers: SEC_WINNT_AUTH_IDENTITY_EX2 (sspi.h), both ways.
 *
 * Runs in the application. The bytes may come from anywhere (SspiUnmarshalAuthIdentity),
 * so they are read through the cursor. The layout, all little-endian:
 *
 *     u32 version 0x201, u16 header length (48), pad, u32 structure length,
 *     u32 offset, u16 length, pad     of user, domain, packed credentials
 *     u32 flags
 *     u32 offset, u16 length, pad     of the package list
 *
 * Lengths are in bytes, offsets count from the start. Packed credentials: u16 header
 * length, u16 structure length, a GUID of their type, u32 offset and u16 length of the
 * data; a password's data is u32 offset and u16 length of the UTF-16 text. The offset of
 * the data counts from the start of the packed credentials, that of the text from the
 * start of the data.
 */
#include "sspi/auth_identity.h"

#include "sspi/memory.h"

#define FLAT_HEAD 48u
#define PACKED_HEAD 28u     /* u16 u16 GUID u32 u16 and 2 bytes to align */
#define PASSWORD_HEAD 8u    /* u32 u16 and 2 bytes to align */

_Static_assert(FLAT_HEAD == sizeof(SEC_WINNT_AUTH_IDENTITY_EX2), "as in sspi.h");
_Static_assert(PACKED_HEAD == sizeof(SEC_WINNT_AUTH_PACKED_CREDENTIALS), "as in sspi.h");
_Static_assert(PASSWORD_HEAD == sizeof(SEC_WINNT_AUTH_DATA_PASSWORD), "as in sspi.h");

/* SEC_WINNT_AUTH_DATA_TYPE_PASSWORD, 28bfc32f-10f6-4738-98d1-1ac061df716a. */
static const uint8_t password_type[16] = {
    0x2f, 0xc3, 0xbf, 0x28, 0xf6, 0x10, 0x38, 0x47, 0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a,
};

/* ---- reading ----------------------------------------------------------- */

struct vector {
    uint32_t offset;
    uint16_t length;
};

/* u32 offset, u16 length, and the bytes that align what follows. */
static struct vector
vector_parse(struct rd *r)
{
    struct vector v;

    v.offset = rd_u32le(r);
    v.length = rd_u16le(r);
    rd_skip(r, sizeof(uint16_t));
    return v;
}

/* Absent where the offset is 0: nothing lies before the header's end. */
static struct view
vector_view(struct rd *r, struct vector v)
{
    return v.offset == 0 ? view_of(NULL, 0) : rd_at(r, v.offset, v.length);
}

static status_t
packed_parse(struct view packed, struct auth_identity *out)
{
    struct rd r = rd_init(packed);
    struct view type, data;

    rd_skip(&r, 2 * sizeof(uint16_t));
    type = rd_view(&r, sizeof(password_type));
    data = vector_view(&r, vector_parse(&r));
    /* Certificates and their like are for the package to read, not for these helpers. */
    if (r.failed || !view_is_equal(type, view_of(password_type, sizeof(password_type))))
        return rd_end(&r, SEC_E_INVALID_TOKEN);
    r = rd_init(data);
    out->password = vector_view(&r, vector_parse(&r));
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

static bool
text_is_whole(struct view v)
{
    return v.n % sizeof(char16_t) == 0;
}

status_t
auth_identity_read_flat(struct view bytes, struct auth_identity *out)
{
    struct rd r = rd_init(bytes);
    struct vector user, domain, packed, packages;
    struct view secret;
    status_t st;

    memset(out, 0, sizeof(*out));
    rd_expect_u32le(&r, SEC_WINNT_AUTH_IDENTITY_VERSION_2);
    rd_skip(&r, 2 * sizeof(uint16_t));
    rd_expect_u32le(&r, (uint32_t)bytes.n);
    user = vector_parse(&r);
    domain = vector_parse(&r);
    packed = vector_parse(&r);
    out->flags = rd_u32le(&r) | SEC_WINNT_AUTH_IDENTITY_UNICODE;
    packages = vector_parse(&r);
    out->user = vector_view(&r, user);
    out->domain = vector_view(&r, domain);
    out->packages = vector_view(&r, packages);
    secret = vector_view(&r, packed);
    st = rd_end(&r, SEC_E_INVALID_TOKEN);
    /* This form is Unicode whether it says so or not; what says ANSI, too, is none. */
    if (st == SEC_E_OK && !sspi_identity_flags_are_sane(out->flags))
        st = SEC_E_INVALID_TOKEN;
    if (st == SEC_E_OK && secret.n > 0)
        st = packed_parse(secret, out);
    if (st == SEC_E_OK && !(text_is_whole(out->user) && text_is_whole(out->domain)
                            && text_is_whole(out->packages) && text_is_whole(out->password)))
        st = SEC_E_INVALID_TOKEN;
    return st;
}

/* ---- writing ----------------------------------------------------------- */

/* Puts offset and length at `at`, and the bytes at the end; an absent view stays 0. */
static void
vector_put(struct wr *w, size_t at, size_t base, struct view v)
{
    if (v.p == NULL)
        return;
    wr_set_u32le(w, at, (uint32_t)(w->len - base));
    wr_set_u16le(w, at + sizeof(uint32_t), (uint16_t)v.n);
    wr_view(w, v);
}

/* The password as packed credentials at the end of what is written. */
static void
packed_put(struct wr *w, size_t at, struct view password)
{
    size_t start = w->len, data = start + PACKED_HEAD;

    if (password.p == NULL)
        return;
    wr_set_u32le(w, at, (uint32_t)start);
    wr_set_u16le(w, at + sizeof(uint32_t),
                 (uint16_t)(PACKED_HEAD + PASSWORD_HEAD + password.n));
    wr_u16le(w, PACKED_HEAD);
    wr_u16le(w, (uint16_t)(PACKED_HEAD + PASSWORD_HEAD + password.n));
    wr_bytes(w, password_type, sizeof(password_type));
    wr_u32le(w, PACKED_HEAD);
    wr_u16le(w, (uint16_t)(PASSWORD_HEAD + password.n));
    wr_zeros(w, sizeof(uint16_t));
    wr_zeros(w, PASSWORD_HEAD);
    vector_put(w, data, data, password);
}

static bool
lengths_fit(const struct auth_identity *a)
{
    size_t most = UINT16_MAX - PACKED_HEAD - PASSWORD_HEAD;

    return a->user.n <= most && a->domain.n <= most && a->password.n <= most
        && a->packages.n <= most;
}

uint8_t *
auth_identity_flatten(const struct auth_identity *from, uint32_t *n)
{
    size_t room = FLAT_HEAD + PACKED_HEAD + PASSWORD_HEAD + from->user.n + from->domain.n
        + from->password.n + from->packages.n;
    uint8_t *out = lengths_fit(from) ? sspi_memory_new(room) : NULL;
    struct wr w;

    if (out == NULL)
        return NULL;
    w = wr_init(out, room);
    wr_u32le(&w, SEC_WINNT_AUTH_IDENTITY_VERSION_2);
    wr_u16le(&w, FLAT_HEAD);
    wr_zeros(&w, FLAT_HEAD - w.len);
    vector_put(&w, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, UserOffset), 0, from->user);
    vector_put(&w, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, DomainOffset), 0, from->domain);
    vector_put(&w, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, PackageListOffset), 0, from->packages);
    packed_put(&w, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, PackedCredentialsOffset),
               from->password);
    wr_set_u32le(&w, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, Flags),
                 from->flags & ~SEC_WINNT_AUTH_IDENTITY_ANSI);
    wr_set_u32le(&w, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, cbStructureLength), (uint32_t)w.len);
    *n = (uint32_t)w.len;
    return out;
}
