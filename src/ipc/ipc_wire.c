/*
 * The codec of messages: structures to bytes and back, driven by the layouts
 * of calls.def. One encoder and one decoder a type serve every message, so
 * there is no marshalling code per call to get wrong (docs/PROTOCOL.md):
 *
 *     prefix   0 u32 magic   4 u16 call   6 u16 flags   8 u64 id
 *             16 i32 status 20 u32 length of what follows
 *     field    0 u16 tag, 0x8000 for critical   2 u16 zero   4 u32 length   8 value
 *     buffers  u32 count, each: u32 type, u32 room, u32 length, bytes
 *     ranges   u32 count, each: u64 address, u32 length, bytes
 *
 * Runs in applications and in the authority. Trusts nothing in a received
 * message: lengths and counts are bounded, and tags must ascend, which makes a
 * repeated field impossible and the work linear in the message's size. No
 * memory is allocated in either direction: an accept leg passes here four times.
 */
#include "ipc/ipc_private.h"

#include "winerror.h"

#define LENGTH_OFFSET 20u       /* of the prefix's length */
#define FIELD_LENGTH_OFFSET 4u  /* of a field's length, from the field's start */

/* The member of a message's structure that a field describes. */
static const void *
member_const(const void *message, const struct ipc_field *f)
{
    return (const uint8_t *)message + f->offset;
}

static void *
member(void *message, const struct ipc_field *f)
{
    return (uint8_t *)message + f->offset;
}

/* Zero and absent are the same thing on the wire: such a field is left out. */
static bool
field_is_absent(const struct ipc_field *f, const void *m)
{
    switch ((enum ipc_type)f->type) {
    case IPC_TYPE_u32:
        return *(const ipc_u32 *)m == 0;
    case IPC_TYPE_u64:
        return *(const ipc_u64 *)m == 0;
    case IPC_TYPE_bytes:
        return ((const ipc_bytes *)m)->p == NULL;
    case IPC_TYPE_buffers:
        return !((const ipc_buffers *)m)->present;
    case IPC_TYPE_ranges:
        return ((const ipc_ranges *)m)->count == 0;
    }
    return true;
}

/* A view whose length the wire cannot express must fail, not be cut. */
static void
put_counted(struct wr *w, struct view v)
{
    if (v.n > IPC_MESSAGE_MAX) {
        w->failed = true;
        return;
    }
    wr_u32le(w, (uint32_t)v.n);
    wr_view(w, v);
}

/* A count beyond the constant is a fault of this process: the peer would refuse it. */
static void
put_buffers(struct wr *w, const struct ipc_buffers *b)
{
    if (b->count > IPC_BUFFERS_MAX) {
        w->failed = true;
        return;
    }
    wr_u32le(w, b->count);
    for (uint32_t i = 0; i < b->count; i++) {
        wr_u32le(w, b->v[i].type);
        wr_u32le(w, b->v[i].room);
        put_counted(w, b->v[i].bytes);
    }
}

static void
put_ranges(struct wr *w, const struct ipc_ranges *r)
{
    if (r->count > IPC_RANGES_MAX) {
        w->failed = true;
        return;
    }
    wr_u32le(w, r->count);
    for (uint32_t i = 0; i < r->count; i++) {
        wr_u64le(w, r->v[i].address);
        put_counted(w, r->v[i].bytes);
    }
}

static void
put_value(struct wr *w, const struct ipc_field *f, const void *m)
{
    switch ((enum ipc_type)f->type) {
    case IPC_TYPE_u32:
        wr_u32le(w, *(const ipc_u32 *)m);
        break;
    case IPC_TYPE_u64:
        wr_u64le(w, *(const ipc_u64 *)m);
        break;
    case IPC_TYPE_bytes:
        wr_view(w, *(const ipc_bytes *)m);
        break;
    case IPC_TYPE_buffers:
        put_buffers(w, m);
        break;
    case IPC_TYPE_ranges:
        put_ranges(w, m);
        break;
    }
}

/* The length of a field is known once its value is written: it is set then. */
static void
put_field(struct wr *w, const struct ipc_field *f, const void *m)
{
    size_t start = w->len;

    wr_u16le(w, (uint16_t)(f->tag | (f->critical ? IPC_TAG_CRITICAL : 0)));
    wr_u16le(w, 0);
    wr_u32le(w, 0);
    put_value(w, f, m);
    if (w->failed)
        return;
    wr_set_u32le(w, start + FIELD_LENGTH_OFFSET, (uint32_t)(w->len - start - IPC_FIELD_HEADER));
}

/* A NULL message is one without fields: a reply of a failed call has nothing to say. */
static void
put_fields(struct wr *w, const struct ipc_layout *layout, const void *message)
{
    if (message == NULL)
        return;
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++) {
        const void *m = member_const(message, f);

        if (!field_is_absent(f, m))
            put_field(w, f, m);
    }
}

static void
put_prefix(struct wr *w, const struct ipc_prefix *prefix)
{
    wr_u32le(w, IPC_MAGIC);
    wr_u16le(w, prefix->call);
    wr_u16le(w, 0);
    wr_u64le(w, prefix->id);
    wr_u32le(w, (uint32_t)prefix->status);
    wr_u32le(w, 0);
}

/* The call's own tags are below the common ones, so this order ascends. */
status_t
ipc_message_build(struct wr *w, const struct ipc_prefix *prefix,
                  const struct ipc_layout *common_layout, const void *common,
                  const struct ipc_layout *layout, const void *body)
{
    size_t start = w->len;

    put_prefix(w, prefix);
    put_fields(w, layout, body);
    put_fields(w, common_layout, common);
    if (w->failed || w->len - start > IPC_MESSAGE_MAX) {
        w->failed = true;
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    wr_set_u32le(w, start + LENGTH_OFFSET, (uint32_t)(w->len - start - IPC_PREFIX));
    return wr_end(w, SEC_E_INSUFFICIENT_MEMORY);
}

/* Returns the flags; the length stays to be read. */
static uint16_t
rd_prefix(struct rd *r, struct ipc_prefix *prefix)
{
    uint16_t flags;

    rd_expect_u32le(r, IPC_MAGIC);
    prefix->call = rd_u16le(r);
    flags = rd_u16le(r);
    prefix->id = rd_u64le(r);
    prefix->status = (status_t)rd_u32le(r);
    return flags;
}

/* Flags belong to the transport: what reaches a parser has none. */
status_t
ipc_prefix_parse(struct view message, struct ipc_prefix *prefix)
{
    struct rd r = rd_init(message);
    uint16_t flags;
    uint32_t length;

    memset(prefix, 0, sizeof(*prefix));
    flags = rd_prefix(&r, prefix);
    length = rd_u32le(&r);
    if (flags != 0 || length != rd_left(&r) || message.n > IPC_MESSAGE_MAX)
        rd_fail(&r);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

/* p == NULL says "absent", so an empty value points at something. */
static struct view
view_present(struct view v)
{
    if (v.n == 0)
        v.p = (const uint8_t *)"";
    return v;
}

/*
 * Both lists: the count is checked before it is believed, and is 0 again when
 * it was refused, so that no caller can walk past the array.
 */
static void
get_buffers(struct rd *r, struct ipc_buffers *b)
{
    b->present = true;
    b->count = rd_u32le(r);
    if (b->count > IPC_BUFFERS_MAX) {
        b->count = 0;
        rd_fail(r);
    }
    for (uint32_t i = 0; i < b->count; i++) {
        b->v[i].type = rd_u32le(r);
        b->v[i].room = rd_u32le(r);
        b->v[i].bytes = view_present(rd_view(r, rd_u32le(r)));
    }
}

static void
get_ranges(struct rd *r, struct ipc_ranges *ranges)
{
    ranges->count = rd_u32le(r);
    if (ranges->count > IPC_RANGES_MAX) {
        ranges->count = 0;
        rd_fail(r);
    }
    for (uint32_t i = 0; i < ranges->count; i++) {
        ranges->v[i].address = rd_u64le(r);
        ranges->v[i].bytes = view_present(rd_view(r, rd_u32le(r)));
    }
}

/* One field's value; every byte of it must be used. */
static void
get_value(struct rd *r, const struct ipc_field *f, struct view value, void *m)
{
    struct rd v = rd_init(value);

    switch ((enum ipc_type)f->type) {
    case IPC_TYPE_u32:
        *(ipc_u32 *)m = rd_u32le(&v);
        break;
    case IPC_TYPE_u64:
        *(ipc_u64 *)m = rd_u64le(&v);
        break;
    case IPC_TYPE_bytes:
        *(ipc_bytes *)m = view_present(rd_rest(&v));
        break;
    case IPC_TYPE_buffers:
        get_buffers(&v, m);
        break;
    case IPC_TYPE_ranges:
        get_ranges(&v, m);
        break;
    }
    if (rd_end_exact(&v, SEC_E_INVALID_TOKEN) != SEC_E_OK)
        rd_fail(r);
}

/* A table of fields being walked along with the message's ascending tags. */
struct walk {
    const struct ipc_field *next;
    void *message;
};

/* The walk's field with this tag; NULL: there is none. */
static const struct ipc_field *
walk_find(struct walk *walk, uint16_t tag)
{
    while (walk->next->tag != 0 && walk->next->tag < tag)
        walk->next++;
    return walk->next->tag == tag ? walk->next : NULL;
}

/*
 * One field. Whether a known field is critical is the receiver's own business,
 * so its bit is not compared: the last release and this one may differ (D13).
 */
static uint16_t
get_field(struct rd *r, struct walk *common, struct walk *body, uint16_t last)
{
    uint16_t wire = rd_u16le(r);
    uint16_t tag = wire & (uint16_t)~IPC_TAG_CRITICAL;
    uint16_t reserved = rd_u16le(r);
    struct view value = rd_view(r, rd_u32le(r));
    struct walk *walk = tag >= IPC_TAG_COMMON ? common : body;
    const struct ipc_field *f = walk_find(walk, tag);

    if (tag <= last || reserved != 0)
        rd_fail(r);
    else if (f != NULL)
        get_value(r, f, value, member(walk->message, f));
    else if ((wire & IPC_TAG_CRITICAL) != 0)
        rd_fail(r);
    return tag;
}

status_t
ipc_message_parse(struct view message, const struct ipc_layout *common_layout, void *common,
                  const struct ipc_layout *layout, void *body)
{
    struct walk common_walk = { common_layout->fields, common };
    struct walk body_walk = { layout->fields, body };
    struct rd r = rd_init(message);
    struct ipc_prefix prefix;
    uint16_t last = 0;
    status_t status;

    /* Absent fields are zero, and so is all of it when the message is refused early. */
    memset(common, 0, common_layout->size);
    memset(body, 0, layout->size);
    status = ipc_prefix_parse(message, &prefix);
    if (status != SEC_E_OK)
        return status;
    rd_skip(&r, IPC_PREFIX);
    while (!r.failed && rd_left(&r) > 0)
        last = get_field(&r, &common_walk, &body_walk, last);
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}
