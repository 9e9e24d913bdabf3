/*
 * Messages between applications and the authority (docs/PROTOCOL.md): each
 * input is parsed as a request and as a reply of the call that it names, once
 * as it is and once with the prefix made right, so that mutations reach fields.
 *
 * Oracle: what parses is built again, parses again, and is equal field by
 * field; and its second building is the first, byte for byte.
 */
#include "fuzz.h"
#include "messages.h"

#include "ipc/ipc.h"

#define CALL_OFFSET 4
#define FLAGS_OFFSET 6
#define LENGTH_OFFSET 20
#define ROOM (1024 * 1024)

/* A message's two structures, and the layouts that they have. */
struct parsed {
    const struct ipc_layout *common_layout, *layout;
    union message common, body;
};

static status_t
parse(struct view message, struct parsed *p)
{
    return ipc_message_parse(message, p->common_layout, &p->common, p->layout, &p->body);
}

static struct view
build(const struct parsed *p, const struct ipc_prefix *prefix, uint8_t *to)
{
    struct wr w = wr_init(to, ROOM);

    FUZZ_CHECK(ipc_message_build(&w, prefix, p->common_layout, &p->common, p->layout,
                                 &p->body) == 0);
    return wr_written(&w);
}

static void
check_direction(struct view message, const struct ipc_prefix *prefix,
                const struct ipc_layout *common_layout, const struct ipc_layout *layout)
{
    static uint8_t first[ROOM], second[ROOM];
    static struct parsed one, two;
    struct view built;

    one.common_layout = two.common_layout = common_layout;
    one.layout = two.layout = layout;
    if (parse(message, &one) != 0)
        return;
    built = build(&one, prefix, first);
    FUZZ_CHECK(parse(built, &two) == 0);
    FUZZ_CHECK(message_is_equal(common_layout, &one.common, &two.common));
    FUZZ_CHECK(message_is_equal(layout, &one.body, &two.body));
    FUZZ_CHECK(view_is_equal(built, build(&two, prefix, second)));
}

static void
check_message(struct view message)
{
    struct ipc_prefix prefix;
    const struct ipc_call *call;

    if (ipc_prefix_parse(message, &prefix) != 0)
        return;
    call = ipc_call_find(prefix.call);
    if (call == NULL)
        return;
    check_direction(message, &prefix, &ipc_call_req_layout, call->request);
    check_direction(message, &prefix, &ipc_call_rep_layout, call->reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wr w;
    uint8_t *copy;

    if (size > ROOM / 2)
        return 0;
    check_message(view_of(data, size));
    if (size < IPC_PREFIX)
        return 0;
    copy = malloc(size);
    FUZZ_CHECK(copy != NULL);
    w = wr_init(copy, size);
    wr_u32le(&w, IPC_MAGIC);
    wr_bytes(&w, data + CALL_OFFSET, size - CALL_OFFSET);
    wr_set_u16le(&w, CALL_OFFSET, (uint16_t)(data[CALL_OFFSET] % IPC_ID_END));
    wr_set_u16le(&w, FLAGS_OFFSET, 0);
    wr_set_u32le(&w, LENGTH_OFFSET, (uint32_t)(size - IPC_PREFIX));
    check_message(wr_written(&w));
    free(copy);
    return 0;
}
