/*
 * The tables that calls.def expands to: a layout for each message, and the
 * list of calls. Both sides of the boundary, the protocol document and the
 * fuzzers read the same constant data, so they cannot disagree (D12).
 *
 * Runs in applications and in the authority. Holds no state, trusts nothing.
 */
#include "ipc/ipc.h"

/* The field tables; a tag of 0 ends each, so a message may have no fields. */
#define IPC_CALL(name, id, doc)
#define IPC_BEGIN(message) static const struct ipc_field message##_fields[] = {
#define IPC_FIELD(message, tag, type, name, critical, doc) \
    { (tag), IPC_TYPE_##type, (critical), offsetof(struct ipc_##message, name), #name, doc },
#define IPC_END(message) \
    { 0, 0, false, 0, NULL, NULL } }; \
    const struct ipc_layout ipc_##message##_layout = \
        { #message, message##_fields, sizeof(struct ipc_##message) };
#include "ipc/calls.def"
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

/* By id, so that finding a call is an index; a hole in the ids has id 0. */
#define IPC_CALL(name, id, doc) \
    [id] = { (id), #name, doc, &ipc_##name##_req_layout, &ipc_##name##_rep_layout },
#define IPC_BEGIN(message)
#define IPC_FIELD(message, tag, type, name, critical, doc)
#define IPC_END(message)
static const struct ipc_call calls[IPC_ID_END] = {
#include "ipc/calls.def"
};
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

const struct ipc_call *
ipc_call_find(uint16_t id)
{
    if (id >= IPC_ID_END || calls[id].id == 0)
        return NULL;
    return &calls[id];
}
