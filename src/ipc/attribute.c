/*
 * Attributes as bytes: a structure that a package filled is flattened in the
 * authority and built again, with blocks of the application's own, in libsspi
 * (attribute.h; Microsoft's page "QueryContextAttributes").
 *
 * attribute_put() runs where the package runs and trusts its structure.
 * attribute_get() runs in the application and trusts no byte: every length is
 * bounded by the message, must agree with the structure's own, and what was
 * built is undone when a later part is wrong. Session keys travel here, so
 * blocks of bytes are wiped before they are released.
 *
 *     structure      its bytes; pointers are 0, handles are as they are
 *     then for each pointer of the table, in order:
 *     string         u32 length, UTF-16 with its NUL (0: NULL)
 *     bytes          u32 length, as the structure's own member says (0: NULL)
 *     SecPkgInfoW    u32 length (0: NULL), u32 capabilities, u16 version,
 *                    u16 RPC id, u32 max token, name and comment as strings
 *
 * The form is canonical: what attribute_get() takes, attribute_put() gives back
 * byte for byte.
 */
#include "ipc/attribute.h"

#include "base/secret.h"
#include "sspi.h"

/* Far above what any attribute holds; a runaway string is refused, not sent. */
#define ATTRIBUTE_STRING_UNITS_MAX 32767u
#define ATTRIBUTE_BYTES_MAX (1024u * 1024u)
/* The largest structure in the table (SecPkgContext_ApplicationProtocol is 264). */
#define ATTRIBUTE_SIZE_MAX 512u

/* The structure's members are reached by copies: value needs no alignment. */
static void *
pointer_load(const void *value, size_t offset)
{
    void *p;

    memcpy(&p, (const uint8_t *)value + offset, sizeof(p));
    return p;
}

static void
pointer_store(void *value, size_t offset, void *p)
{
    memcpy((uint8_t *)value + offset, &p, sizeof(p));
}

/* Length members are USHORT (NEGO_KEYS) or ULONG (all others). */
static uint32_t
length_load(const void *value, size_t offset, size_t size)
{
    uint16_t n16;
    uint32_t n32;

    if (size == sizeof(n16)) {
        memcpy(&n16, (const uint8_t *)value + offset, sizeof(n16));
        return n16;
    }
    memcpy(&n32, (const uint8_t *)value + offset, sizeof(n32));
    return n32;
}

/* A NUL-terminated string with its NUL; NULL is the empty view. */
static struct view
string_view(struct wr *w, const void *string)
{
    const SEC_WCHAR *s = string;
    uint32_t units = 0;

    if (s == NULL)
        return view_of(NULL, 0);
    while (units < ATTRIBUTE_STRING_UNITS_MAX && s[units] != 0)
        units++;
    if (s[units] != 0)
        w->failed = true;
    return view_of(s, ((size_t)units + 1) * sizeof(*s));
}

static void
put_counted(struct wr *w, struct view v)
{
    wr_u32le(w, (uint32_t)v.n);
    wr_view(w, v);
}

/* Nothing at all for NULL: the block's own length is 0 then. */
static void
put_package_info(struct wr *w, const SecPkgInfoW *info)
{
    size_t start = w->len;

    wr_u32le(w, 0);
    if (info == NULL)
        return;
    wr_u32le(w, info->fCapabilities);
    wr_u16le(w, info->wVersion);
    wr_u16le(w, info->wRPCID);
    wr_u32le(w, info->cbMaxToken);
    put_counted(w, string_view(w, info->Name));
    put_counted(w, string_view(w, info->Comment));
    if (!w->failed)
        wr_set_u32le(w, start, (uint32_t)(w->len - start - sizeof(uint32_t)));
}

/* No attribute is near the limit: beyond it, the length was never set. */
static void
put_bytes(struct wr *w, const void *p, uint32_t length)
{
    if (length > ATTRIBUTE_BYTES_MAX)
        w->failed = true;
    else
        put_counted(w, view_of(p, p == NULL ? 0 : length));
}

static void
put_pointer(struct wr *w, const struct attribute *a, size_t i, const void *value)
{
    uint16_t at = a->pointers[i].offset;

    switch ((enum attribute_pointer)a->pointers[i].kind) {
    case ATTRIBUTE_STRING:
        put_counted(w, string_view(w, pointer_load(value, at)));
        break;
    case ATTRIBUTE_BYTES:
        put_bytes(w, pointer_load(value, at),
                  length_load(value, a->pointers[i].length_offset, a->pointers[i].length_size));
        break;
    case ATTRIBUTE_PACKAGE_INFO:
        put_package_info(w, pointer_load(value, at));
        break;
    case ATTRIBUTE_HANDLE:
    case ATTRIBUTE_NONE:
        break;
    }
}

/* Addresses of this process do not travel, nor a length that belongs to no bytes. */
static void
pointer_clear(const struct attribute *a, size_t i, uint8_t *flat)
{
    uint8_t kind = a->pointers[i].kind;

    if (kind == ATTRIBUTE_NONE || kind == ATTRIBUTE_HANDLE)
        return;
    if (kind == ATTRIBUTE_BYTES && pointer_load(flat, a->pointers[i].offset) == NULL)
        memset(flat + a->pointers[i].length_offset, 0, a->pointers[i].length_size);
    pointer_store(flat, a->pointers[i].offset, NULL);
}

void
attribute_put(struct wr *w, const struct attribute *a, const void *value)
{
    uint8_t flat[ATTRIBUTE_SIZE_MAX];

    if (a->size > sizeof(flat)) {
        w->failed = true;
        return;
    }
    memcpy(flat, value, a->size);
    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++)
        pointer_clear(a, i, flat);
    wr_bytes(w, flat, a->size);
    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++)
        put_pointer(w, a, i, value);
}

/* Whole units, one NUL, at the end; or nothing, for NULL. */
static bool
string_is_valid(struct view v)
{
    struct rd r = rd_init(v);

    if (v.n == 0)
        return true;
    while (rd_left(&r) > sizeof(uint16_t))
        if (rd_u16le(&r) == 0)
            return false;
    return rd_u16le(&r) == 0 && rd_end_exact(&r, SEC_E_INTERNAL_ERROR) == SEC_E_OK;
}

/* Surrogates are not looked at: the application gets what the package said. */
static struct view
get_string(struct rd *r)
{
    struct view v = rd_view(r, rd_u32le(r));

    if (!string_is_valid(v))
        rd_fail(r);
    return v;
}

/* What one attribute_get() needs at every step. */
struct getter {
    struct rd r;
    void *(*alloc)(size_t n);
    bool no_memory;
};

/* A block with v's bytes behind room for a head; NULL when v is empty and head 0. */
static void *
block_new(struct getter *g, size_t head, struct view first, struct view second)
{
    size_t n = head + first.n + second.n;
    struct wr w;
    void *p;

    if (g->r.failed || g->no_memory || n == 0)
        return NULL;
    p = g->alloc(n);
    if (p == NULL) {
        g->no_memory = true;
        return NULL;
    }
    w = wr_init(p, n);
    wr_zeros(&w, head);
    wr_view(&w, first);
    wr_view(&w, second);
    return p;
}

/* One block: the structure, the name, the comment (one FreeContextBuffer). */
static void *
get_package_info(struct getter *g)
{
    uint32_t n = rd_u32le(&g->r);
    struct rd r = rd_init(rd_view(&g->r, n));
    struct view name, comment;
    SecPkgInfoW info = { 0 };
    uint8_t *p;

    if (g->r.failed || n == 0)
        return NULL;
    info.fCapabilities = rd_u32le(&r);
    info.wVersion = rd_u16le(&r);
    info.wRPCID = rd_u16le(&r);
    info.cbMaxToken = rd_u32le(&r);
    name = get_string(&r);
    comment = get_string(&r);
    if (rd_end_exact(&r, SEC_E_INTERNAL_ERROR) != SEC_E_OK)
        rd_fail(&g->r);
    p = block_new(g, sizeof(info), name, comment);
    if (p == NULL)
        return NULL;
    info.Name = name.n == 0 ? NULL : (void *)(p + sizeof(info));
    info.Comment = comment.n == 0 ? NULL : (void *)(p + sizeof(info) + name.n);
    memcpy(p, &info, sizeof(info));
    return p;
}

/* The bytes must be as many as the structure says. */
static void *
get_bytes(struct getter *g, uint32_t length)
{
    struct view v = rd_view(&g->r, rd_u32le(&g->r));

    if (v.n != length || v.n > ATTRIBUTE_BYTES_MAX)
        rd_fail(&g->r);
    return block_new(g, 0, v, view_of(NULL, 0));
}

/* After a failure nothing is allocated any more, so the later pointers stay NULL. */
static void
get_pointer(struct getter *g, const struct attribute *a, size_t i, void *value)
{
    void *p = NULL;

    switch ((enum attribute_pointer)a->pointers[i].kind) {
    case ATTRIBUTE_STRING:
        p = block_new(g, 0, get_string(&g->r), view_of(NULL, 0));
        break;
    case ATTRIBUTE_BYTES:
        p = get_bytes(g, length_load(value, a->pointers[i].length_offset,
                                     a->pointers[i].length_size));
        break;
    case ATTRIBUTE_PACKAGE_INFO:
        p = get_package_info(g);
        break;
    case ATTRIBUTE_HANDLE:
    case ATTRIBUTE_NONE:
        return;
    }
    pointer_store(value, a->pointers[i].offset, p);
}

/* Nothing the peer wrote may stay where a pointer of ours will be. */
static void
pointers_check(struct getter *g, const struct attribute *a, void *value)
{
    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++) {
        uint8_t kind = a->pointers[i].kind;

        if (kind == ATTRIBUTE_NONE || kind == ATTRIBUTE_HANDLE)
            continue;
        if (pointer_load(value, a->pointers[i].offset) != NULL)
            rd_fail(&g->r);
        pointer_store(value, a->pointers[i].offset, NULL);
    }
}

status_t
attribute_get(struct view flat, const struct attribute *a, void *value,
              void *(*alloc)(size_t n), void (*release)(void *p))
{
    struct getter g = { rd_init(flat), alloc, false };
    status_t status;

    rd_bytes(&g.r, value, a->size);
    pointers_check(&g, a, value);
    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++)
        get_pointer(&g, a, i, value);
    /* Malformed bytes are said to be so even when memory ran out on the way. */
    status = rd_end_exact(&g.r, SEC_E_INTERNAL_ERROR);
    if (status == SEC_E_OK && g.no_memory)
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status != SEC_E_OK)
        attribute_free(a, value, release);
    return status;
}

void
attribute_free(const struct attribute *a, void *value, void (*release)(void *p))
{
    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++) {
        uint8_t kind = a->pointers[i].kind;
        void *p = NULL;

        if (kind != ATTRIBUTE_NONE && kind != ATTRIBUTE_HANDLE)
            p = pointer_load(value, a->pointers[i].offset);
        if (p == NULL)
            continue;
        if (kind == ATTRIBUTE_BYTES)
            secret_wipe(p, length_load(value, a->pointers[i].length_offset,
                                       a->pointers[i].length_size));
        release(p);
    }
    /* SESSION_KEY's caller may keep value on its stack. */
    secret_wipe(value, a->size);
}
