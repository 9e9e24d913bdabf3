/* Filling and comparing messages by their layouts: see messages.h. */
#include "messages.h"

#include <stdlib.h>

static const uint8_t pattern[256 + 64] = {
    [0] = 0xa0, [1] = 0xa1, [2] = 0xa2, [5] = 0xff, [17] = 0x80, [63] = 0x01, [200] = 0x7f,
};

static void *
member(void *message, const struct ipc_field *f)
{
    return (uint8_t *)message + f->offset;
}

static const void *
member_const(const void *message, const struct ipc_field *f)
{
    return (const uint8_t *)message + f->offset;
}

static struct view
some_bytes(uint32_t seed)
{
    return view_of(pattern + seed % 64, seed % 251);
}

static void
fill_buffers(struct ipc_buffers *b, uint32_t seed)
{
    b->present = true;
    b->count = IPC_BUFFERS_MAX;
    for (uint32_t i = 0; i < b->count; i++)
        b->v[i] = (struct ipc_buffer){ seed + i, seed * i, some_bytes(seed * 7 + i) };
}

static void
fill_ranges(struct ipc_ranges *r, uint32_t seed)
{
    r->count = IPC_RANGES_MAX;
    for (uint32_t i = 0; i < r->count; i++)
        r->v[i] = (struct ipc_range){ 0x7f0000000000u + seed * 4096 + i,
                                      some_bytes(seed * 11 + i) };
}

static void
fill_field(const struct ipc_field *f, void *m, uint32_t seed)
{
    switch ((enum ipc_type)f->type) {
    case IPC_TYPE_u32:
        *(ipc_u32 *)m = 0x80000000u | seed;
        break;
    case IPC_TYPE_u64:
        *(ipc_u64 *)m = 0xfedcba9800000000u | seed;
        break;
    case IPC_TYPE_bytes:
        *(ipc_bytes *)m = some_bytes(seed);
        break;
    case IPC_TYPE_buffers:
        fill_buffers(m, seed);
        break;
    case IPC_TYPE_ranges:
        fill_ranges(m, seed);
        break;
    }
}

void
message_fill(const struct ipc_layout *layout, void *message, uint32_t seed)
{
    memset(message, 0, layout->size);
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++)
        fill_field(f, member(message, f), seed + f->tag);
}

bool
message_fill_one(const struct ipc_layout *layout, void *message, size_t index)
{
    memset(message, 0, layout->size);
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++) {
        if (index-- == 0) {
            fill_field(f, member(message, f), 5);
            return true;
        }
    }
    return false;
}

static void
fill_field_least(const struct ipc_field *f, void *m)
{
    switch ((enum ipc_type)f->type) {
    case IPC_TYPE_u32:
        *(ipc_u32 *)m = 1;
        break;
    case IPC_TYPE_u64:
        *(ipc_u64 *)m = 1;
        break;
    case IPC_TYPE_bytes:
        *(ipc_bytes *)m = view_of("", 0);
        break;
    case IPC_TYPE_buffers:
        ((ipc_buffers *)m)->present = true;
        break;
    case IPC_TYPE_ranges:
        ((ipc_ranges *)m)->count = 1;
        ((ipc_ranges *)m)->v[0].bytes = view_of("", 0);
        break;
    }
}

void
message_fill_least(const struct ipc_layout *layout, void *message)
{
    memset(message, 0, layout->size);
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++)
        fill_field_least(f, member(message, f));
}

static bool
buffers_are_equal(const struct ipc_buffers *a, const struct ipc_buffers *b)
{
    if (a->present != b->present || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->v[i].type != b->v[i].type || a->v[i].room != b->v[i].room
            || !view_is_equal(a->v[i].bytes, b->v[i].bytes))
            return false;
    return true;
}

static bool
ranges_are_equal(const struct ipc_ranges *a, const struct ipc_ranges *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->v[i].address != b->v[i].address
            || !view_is_equal(a->v[i].bytes, b->v[i].bytes))
            return false;
    return true;
}

/* Absent and empty are different. */
static bool
bytes_are_equal(const struct view *a, const struct view *b)
{
    return (a->p == NULL) == (b->p == NULL) && view_is_equal(*a, *b);
}

static bool
field_is_equal(const struct ipc_field *f, const void *a, const void *b)
{
    switch ((enum ipc_type)f->type) {
    case IPC_TYPE_u32:
        return *(const ipc_u32 *)a == *(const ipc_u32 *)b;
    case IPC_TYPE_u64:
        return *(const ipc_u64 *)a == *(const ipc_u64 *)b;
    case IPC_TYPE_bytes:
        return bytes_are_equal(a, b);
    case IPC_TYPE_buffers:
        return buffers_are_equal(a, b);
    case IPC_TYPE_ranges:
        return ranges_are_equal(a, b);
    }
    return false;
}

bool
message_is_equal(const struct ipc_layout *layout, const void *a, const void *b)
{
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++)
        if (!field_is_equal(f, member_const(a, f), member_const(b, f)))
            return false;
    return true;
}

void
message_each(void (*fn)(const struct ipc_call *call, const struct ipc_layout *common,
                        const struct ipc_layout *layout))
{
    for (uint16_t id = 0; id < IPC_ID_END; id++) {
        const struct ipc_call *call = ipc_call_find(id);

        if (call == NULL)
            continue;
        fn(call, &ipc_call_req_layout, call->request);
        fn(call, &ipc_call_rep_layout, call->reply);
    }
}
