/*
 * Messages for tests and fuzzers, filled and compared by walking their layouts,
 * so that a field added to calls.def is tested without a change here.
 */
#ifndef TEST_IPC_MESSAGES_H
#define TEST_IPC_MESSAGES_H

#include "ipc/ipc.h"

/* Room for any message's structure. */
union message {
    uint64_t align;
    uint8_t bytes[4096];
};

/* Every field set, to values that differ by field, element and seed. */
void message_fill(const struct ipc_layout *layout, void *message, uint32_t seed);
/* Only the field of this index (in the layout's order) set; false: no such field. */
bool message_fill_one(const struct ipc_layout *layout, void *message, size_t index);
/* Every present field empty or as small as it may be while present. */
void message_fill_least(const struct ipc_layout *layout, void *message);

bool message_is_equal(const struct ipc_layout *layout, const void *a, const void *b);

/* Calls fn for the request and the reply of every call. */
void message_each(void (*fn)(const struct ipc_call *call, const struct ipc_layout *common,
                             const struct ipc_layout *layout));

#endif
