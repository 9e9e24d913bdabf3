/*
 * The codec: every message of calls.def there and back, known bytes written by
 * hand from docs/PROTOCOL.md, and each class of malformed message refused.
 */
#include "messages.h"

#include "winerror.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROOM (256 * 1024)

static uint8_t room[ROOM];
static uint8_t room_again[ROOM];

static const struct ipc_prefix prefix = { 9, 0x1122334455667788u, SEC_E_LOGON_DENIED };

/* Builds, parses, compares, and builds again: the same bytes. */
static void
check_round_trip(const struct ipc_layout *common_layout, const union message *common,
                 const struct ipc_layout *layout, const union message *body)
{
    struct wr w = wr_init(room, sizeof(room));
    struct wr again = wr_init(room_again, sizeof(room_again));
    union message common_out, body_out;
    struct ipc_prefix p;

    assert_int_equal(ipc_message_build(&w, &prefix, common_layout, common, layout, body), 0);
    assert_int_equal(ipc_prefix_parse(wr_written(&w), &p), 0);
    assert_int_equal(p.call, prefix.call);
    assert_true(p.id == prefix.id);
    assert_int_equal(p.status, prefix.status);
    memset(&common_out, 0xee, sizeof(common_out));
    memset(&body_out, 0xee, sizeof(body_out));
    assert_int_equal(ipc_message_parse(wr_written(&w), common_layout, &common_out, layout,
                                       &body_out), 0);
    assert_true(message_is_equal(common_layout, common, &common_out));
    assert_true(message_is_equal(layout, body, &body_out));
    assert_int_equal(ipc_message_build(&again, &prefix, common_layout, &common_out, layout,
                                       &body_out), 0);
    assert_true(view_is_equal(wr_written(&w), wr_written(&again)));
}

static void
round_trip_message(const struct ipc_call *call, const struct ipc_layout *common_layout,
                   const struct ipc_layout *layout)
{
    union message common, body;

    (void)call;
    assert_true(layout->size <= sizeof(body) && common_layout->size <= sizeof(common));
    for (uint32_t seed = 1; seed < 40; seed += 13) {
        message_fill(common_layout, &common, seed);
        message_fill(layout, &body, seed);
        check_round_trip(common_layout, &common, layout, &body);
    }
    message_fill_least(common_layout, &common);
    message_fill_least(layout, &body);
    check_round_trip(common_layout, &common, layout, &body);
    memset(&common, 0, sizeof(common));
    memset(&body, 0, sizeof(body));
    check_round_trip(common_layout, &common, layout, &body);
    for (size_t i = 0; message_fill_one(layout, &body, i); i++)
        check_round_trip(common_layout, &common, layout, &body);
}

static void
test_round_trips(void **state)
{
    (void)state;
    message_each(round_trip_message);
}

/* An empty field is not an absent one, and neither is an empty list of buffers. */
static void
test_present_and_empty(void **state)
{
    struct ipc_call_req common = { 0 };
    struct ipc_accept_context_req body = { .input = { .present = true } };
    struct ipc_acquire_credential_req acquire = { .principal = { (const uint8_t *)"", 0 } };
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                       &ipc_accept_context_req_layout, &body), 0);
    memset(&body, 0, sizeof(body));
    assert_int_equal(ipc_message_parse(wr_written(&w), &ipc_call_req_layout, &common,
                                       &ipc_accept_context_req_layout, &body), 0);
    assert_true(body.input.present);
    assert_int_equal(body.input.count, 0);
    assert_false(body.output.present);
    w = wr_init(room, sizeof(room));
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                       &ipc_acquire_credential_req_layout, &acquire), 0);
    assert_int_equal(ipc_message_parse(wr_written(&w), &ipc_call_req_layout, &common,
                                       &ipc_acquire_credential_req_layout, &acquire), 0);
    assert_non_null(acquire.principal.p);
    assert_int_equal(acquire.principal.n, 0);
    assert_null(acquire.package.p);
}

/* Written out by hand from docs/PROTOCOL.md. */
static void
test_known_bytes(void **state)
{
    static const uint8_t hello[] = {
        'O', 'S', 'P', '1', 1, 0, 0, 0,
        0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
        0, 0, 0, 0, 12 + 11 + 16, 0, 0, 0,
        0x01, 0x80, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0,
        0x02, 0x80, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c',
        0x01, 0xc0, 0, 0, 8, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0x80,
    };
    struct ipc_prefix p = { IPC_ID_hello, 0x0102030405060708u, 0 };
    struct ipc_call_req common = { .token = 0x80000000000000ffu };
    struct ipc_hello_req body = { .version = 1, .session = { (const uint8_t *)"abc", 3 } };
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    assert_int_equal(ipc_message_build(&w, &p, &ipc_call_req_layout, &common,
                                       &ipc_hello_req_layout, &body), 0);
    assert_int_equal(w.len, sizeof(hello));
    assert_memory_equal(room, hello, sizeof(hello));
    memset(&common, 0, sizeof(common));
    memset(&body, 0, sizeof(body));
    assert_int_equal(ipc_message_parse(view_of(hello, sizeof(hello)), &ipc_call_req_layout,
                                       &common, &ipc_hello_req_layout, &body), 0);
    assert_true(common.token == 0x80000000000000ffu);
    assert_int_equal(body.version, 1);
    assert_true(view_is_equal(body.session, view_of("abc", 3)));
}

static void
check_layout(const struct ipc_call *call, const struct ipc_layout *common,
             const struct ipc_layout *layout)
{
    (void)call;
    (void)common;
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++) {
        assert_in_range(f->tag, 1, 0x3fff);
        assert_true(f[1].tag == 0 || f[1].tag > f->tag);
        assert_true(f->offset < layout->size);
        assert_non_null(f->doc);
    }
}

static void
test_table(void **state)
{
    (void)state;
    message_each(check_layout);
    assert_null(ipc_call_find(0));
    assert_null(ipc_call_find(IPC_ID_END));
    assert_null(ipc_call_find(0xffff));
    for (uint16_t id = 1; id < IPC_ID_END; id++)
        assert_int_equal(ipc_call_find(id)->id, id);
    assert_string_equal(ipc_call_find(9)->name, "accept_context");
    assert_string_equal(ipc_call_find(9)->request->name, "accept_context_req");
    assert_string_equal(ipc_call_find(9)->reply->name, "accept_context_rep");
    for (const struct ipc_field *f = ipc_call_req_layout.fields; f->tag != 0; f++)
        assert_in_range(f->tag, 0x4001, 0x407f);
    for (const struct ipc_field *f = ipc_call_rep_layout.fields; f->tag != 0; f++)
        assert_in_range(f->tag, 0x4081, 0x40ff);
}

/* A message made by hand: fields are appended, then it is closed and parsed. */
struct raw {
    uint8_t bytes[4096];
    struct wr w;
};

static void
raw_begin(struct raw *raw)
{
    raw->w = wr_init(raw->bytes, sizeof(raw->bytes));
    wr_u32le(&raw->w, IPC_MAGIC);
    wr_u16le(&raw->w, IPC_ID_accept_context);
    wr_u16le(&raw->w, 0);
    wr_u64le(&raw->w, 1);
    wr_u32le(&raw->w, 0);
    wr_u32le(&raw->w, 0);
}

static void
raw_field(struct raw *raw, uint16_t tag, const void *p, uint32_t n)
{
    wr_u16le(&raw->w, tag);
    wr_u16le(&raw->w, 0);
    wr_u32le(&raw->w, n);
    wr_bytes(&raw->w, p, n);
}

static status_t
parse_accept(struct view message)
{
    struct ipc_call_req common;
    struct ipc_accept_context_req body;

    return ipc_message_parse(message, &ipc_call_req_layout, &common,
                             &ipc_accept_context_req_layout, &body);
}

static status_t
raw_parse(struct raw *raw)
{
    assert_false(raw->w.failed);
    wr_set_u32le(&raw->w, 20, (uint32_t)(raw->w.len - IPC_PREFIX));
    return parse_accept(wr_written(&raw->w));
}

static const uint8_t eight[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* One lone field of this tag and value. */
static status_t
parse_lone(uint16_t tag, const void *p, uint32_t n)
{
    struct raw raw;

    raw_begin(&raw);
    raw_field(&raw, tag, p, n);
    return raw_parse(&raw);
}

static status_t
parse_pair(uint16_t first, uint16_t second)
{
    struct raw raw;

    raw_begin(&raw);
    raw_field(&raw, first, eight, sizeof(eight));
    raw_field(&raw, second, eight, sizeof(eight));
    return raw_parse(&raw);
}

static void
test_order_and_duplicates(void **state)
{
    (void)state;
    assert_int_equal(parse_pair(0x8001, 0x8002), SEC_E_OK);
    assert_int_equal(parse_pair(0x8001, 0x8001), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_pair(0x8001, 0x0001), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_pair(0x0001, 0x8001), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_pair(0x8002, 0x8001), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_pair(0x4001, 0x8001), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_pair(0x8001, 0xc001), SEC_E_OK);
    assert_int_equal(parse_pair(0xc001, 0xc001), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_pair(0x7000, 0x7000), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_lone(0, eight, 8), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_lone(0x8000, eight, 8), SEC_E_INVALID_TOKEN);
}

/* Tag 5 is a hole in accept_context_req; 0x40c0 and 0x7fff are unknown common fields. */
static void
test_unknown_fields(void **state)
{
    static const uint16_t unknown[] = { 5, 0x3fff, 0x40c0, 0x7fff };
    struct ipc_call_req common;
    struct ipc_accept_context_req body;
    struct raw raw;

    (void)state;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_int_equal(parse_lone(unknown[i], eight, 8), SEC_E_OK);
        assert_int_equal(parse_lone(unknown[i], eight, 0), SEC_E_OK);
        assert_int_equal(parse_lone(unknown[i] | 0x8000, eight, 8), SEC_E_INVALID_TOKEN);
        assert_int_equal(parse_lone(unknown[i] | 0x8000, eight, 0), SEC_E_INVALID_TOKEN);
    }
    raw_begin(&raw);
    raw_field(&raw, 0x8001, eight, 8);
    raw_field(&raw, 5, eight, 3);
    raw_field(&raw, 0x8008, eight, 4);
    raw_field(&raw, 0x4003, eight, 4);
    assert_int_equal(raw_parse(&raw), SEC_E_OK);
    assert_int_equal(ipc_message_parse(wr_written(&raw.w), &ipc_call_req_layout, &common,
                                       &ipc_accept_context_req_layout, &body), 0);
    assert_true(body.credential == 0x0807060504030201u);
    assert_int_equal(body.format_lowest, 0x04030201);
    assert_int_equal(common.window_size, 0x04030201);
}

static void
test_wrong_lengths(void **state)
{
    struct raw raw;

    (void)state;
    for (uint32_t n = 0; n <= 8; n++) {
        assert_int_equal(parse_lone(0x8001, eight, n), n == 8 ? 0 : SEC_E_INVALID_TOKEN);
        assert_int_equal(parse_lone(0x8003, eight, n), n == 4 ? 0 : SEC_E_INVALID_TOKEN);
    }
    /* A field that claims more than the message has, also where it would wrap. */
    for (uint32_t extra = 1; extra != 0; extra = extra < 0x80000000u ? extra * 2 : 0) {
        raw_begin(&raw);
        raw_field(&raw, 5, eight, 8);
        wr_set_u32le(&raw.w, IPC_PREFIX + 4, 8 + extra);
        assert_int_equal(raw_parse(&raw), SEC_E_INVALID_TOKEN);
    }
    raw_begin(&raw);
    raw_field(&raw, 5, eight, 8);
    wr_set_u32le(&raw.w, IPC_PREFIX + 4, 0xffffffffu);
    assert_int_equal(raw_parse(&raw), SEC_E_INVALID_TOKEN);
    /* The reserved half-word. */
    raw_begin(&raw);
    raw_field(&raw, 0x8001, eight, 8);
    wr_set_u16le(&raw.w, IPC_PREFIX + 2, 1);
    assert_int_equal(raw_parse(&raw), SEC_E_INVALID_TOKEN);
}

/* A value of `count` buffers or ranges, and what is really there. */
static uint32_t
make_list(uint8_t *out, size_t n, uint32_t count, uint32_t there, size_t head, uint32_t length)
{
    struct wr w = wr_init(out, n);

    wr_u32le(&w, count);
    for (uint32_t i = 0; i < there; i++) {
        wr_zeros(&w, head);
        wr_u32le(&w, length);
        wr_zeros(&w, 2);
    }
    assert_false(w.failed);
    return (uint32_t)w.len;
}

static status_t
parse_list(uint16_t tag, uint32_t count, uint32_t there, uint32_t length)
{
    uint8_t value[1024];
    uint32_t n = make_list(value, sizeof(value), count, there, 8, length);

    return parse_lone(tag, value, n);
}

static void
check_lists(uint16_t tag, uint32_t most)
{
    assert_int_equal(parse_list(tag, 0, 0, 2), SEC_E_OK);
    assert_int_equal(parse_list(tag, most, most, 2), SEC_E_OK);
    assert_int_equal(parse_list(tag, most + 1, most + 1, 2), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, most + 1, 0, 2), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, 0xffffffffu, most, 2), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, 2, 1, 2), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, 1, 2, 2), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, 1, 1, 1), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, 1, 1, 3), SEC_E_INVALID_TOKEN);
    assert_int_equal(parse_list(tag, 1, 1, 0xffffffffu), SEC_E_INVALID_TOKEN);
}

static void
test_lists(void **state)
{
    uint8_t value[1024];
    uint32_t n = make_list(value, sizeof(value), 3, 3, 8, 2);

    (void)state;
    check_lists(0x8006, IPC_BUFFERS_MAX);
    check_lists(0x4007, IPC_RANGES_MAX);
    for (uint32_t cut = 0; cut < n; cut++) {
        assert_int_equal(parse_lone(0x8006, value, cut), SEC_E_INVALID_TOKEN);
        assert_int_equal(parse_lone(0x4007, value, cut), SEC_E_INVALID_TOKEN);
    }
}

static void
test_prefix(void **state)
{
    struct ipc_prefix p;
    struct raw raw;

    (void)state;
    for (size_t n = 0; n < IPC_PREFIX; n++) {
        raw_begin(&raw);
        assert_int_equal(ipc_prefix_parse(view_of(raw.bytes, n), &p), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(ipc_prefix_parse(view_of(raw.bytes, IPC_PREFIX), &p), SEC_E_OK);
    assert_int_equal(parse_accept(view_of(raw.bytes, IPC_PREFIX)), SEC_E_OK);
    for (size_t byte = 0; byte < 4; byte++) {
        raw_begin(&raw);
        raw.bytes[byte] ^= 0x20;
        assert_int_equal(ipc_prefix_parse(wr_written(&raw.w), &p), SEC_E_INVALID_TOKEN);
    }
    for (unsigned bit = 0; bit < 16; bit++) {
        raw_begin(&raw);
        wr_set_u16le(&raw.w, 6, (uint16_t)(1u << bit));
        assert_int_equal(ipc_prefix_parse(wr_written(&raw.w), &p), SEC_E_INVALID_TOKEN);
    }
    /* One byte too many, or too few, for the length. */
    raw_begin(&raw);
    wr_u8(&raw.w, 0);
    assert_int_equal(parse_accept(wr_written(&raw.w)), SEC_E_INVALID_TOKEN);
    wr_set_u32le(&raw.w, 20, 2);
    assert_int_equal(parse_accept(wr_written(&raw.w)), SEC_E_INVALID_TOKEN);
    wr_set_u32le(&raw.w, 20, 1);
    assert_int_equal(parse_accept(wr_written(&raw.w)), SEC_E_INVALID_TOKEN);
}

static void
test_too_large(void **state)
{
    size_t n = IPC_MESSAGE_MAX + 1;
    uint8_t *p = calloc(n, 1);
    struct wr w = wr_init(p, n);
    struct ipc_prefix out;

    (void)state;
    assert_non_null(p);
    wr_u32le(&w, IPC_MAGIC);
    wr_zeros(&w, 16);
    wr_u32le(&w, (uint32_t)(n - IPC_PREFIX));
    assert_int_equal(ipc_prefix_parse(view_of(p, n), &out), SEC_E_INVALID_TOKEN);
    wr_set_u32le(&w, 20, (uint32_t)(n - 1 - IPC_PREFIX));
    assert_int_equal(ipc_prefix_parse(view_of(p, n - 1), &out), SEC_E_OK);
    free(p);
}

/* Where a message may be cut without being malformed: after a whole field. */
static bool
is_boundary(struct view message, size_t cut)
{
    struct rd r = rd_init(message);

    rd_skip(&r, IPC_PREFIX);
    while (rd_left(&r) > 0 && r.at < cut) {
        rd_skip(&r, 4);
        rd_skip(&r, rd_u32le(&r));
    }
    return r.at == cut;
}

static void
truncate_message(const struct ipc_call *call, const struct ipc_layout *common_layout,
                 const struct ipc_layout *layout)
{
    static uint8_t whole[ROOM];
    union message common, body;
    struct wr w = wr_init(whole, sizeof(whole));

    (void)call;
    message_fill_least(common_layout, &common);
    message_fill(layout, &body, 2);
    assert_int_equal(ipc_message_build(&w, &prefix, common_layout, &common, layout, &body), 0);
    for (size_t cut = 0; cut < w.len; cut++) {
        bool ok = cut >= IPC_PREFIX && is_boundary(wr_written(&w), cut);
        uint8_t *copy = malloc(cut + 1);    /* so that a sanitizer sees an overrun */
        struct wr fix = wr_init(copy, cut);

        wr_bytes(&fix, whole, cut);
        assert_int_equal(ipc_message_parse(view_of(copy, cut), common_layout, &common, layout,
                                           &body), SEC_E_INVALID_TOKEN);
        if (cut >= IPC_PREFIX)
            wr_set_u32le(&fix, 20, (uint32_t)(cut - IPC_PREFIX));
        assert_int_equal(ipc_message_parse(view_of(copy, cut), common_layout, &common, layout,
                                           &body), ok ? SEC_E_OK : SEC_E_INVALID_TOKEN);
        free(copy);
    }
}

static void
test_truncation(void **state)
{
    (void)state;
    message_each(truncate_message);
}

/* Too little room at any byte is a failure, never a short message. */
static void
test_build_without_room(void **state)
{
    union message common, body;
    const struct ipc_layout *layout = &ipc_accept_context_rep_layout;
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    message_fill_least(&ipc_call_rep_layout, &common);
    message_fill(layout, &body, 3);
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_rep_layout, &common, layout,
                                       &body), 0);
    for (size_t n = 0; n < w.len; n++) {
        struct wr small = wr_init(room_again, n);

        assert_int_equal(ipc_message_build(&small, &prefix, &ipc_call_rep_layout, &common,
                                           layout, &body), SEC_E_INSUFFICIENT_MEMORY);
    }
}

static void
test_build_out_of_bounds(void **state)
{
    struct ipc_call_req common = { 0 };
    struct ipc_accept_context_req body = { .input = { .present = true } };
    struct wr w;

    (void)state;
    body.input.count = IPC_BUFFERS_MAX + 1;
    w = wr_init(room, sizeof(room));
    assert_int_not_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                           &ipc_accept_context_req_layout, &body), 0);
    body.input.count = 0;
    common.memory.count = IPC_RANGES_MAX + 1;
    w = wr_init(room, sizeof(room));
    assert_int_not_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                           &ipc_accept_context_req_layout, &body), 0);
    common.memory.count = 0;
    body.input.count = 1;
    body.input.v[0].bytes = view_of(room, (size_t)IPC_MESSAGE_MAX * 1024 + 1);
    w = wr_init(room, sizeof(room));
    assert_int_not_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                           &ipc_accept_context_req_layout, &body), 0);
}

/* Into a growing writer that would take more than a message may have. */
static void
test_build_too_large(void **state)
{
    struct ipc_call_req common = { 0 };
    struct ipc_set_context_req body = { 0 };
    uint8_t *value = calloc(IPC_MESSAGE_MAX, 1);
    struct wr w = wr_init_heap((size_t)IPC_MESSAGE_MAX * 2);

    (void)state;
    assert_non_null(value);
    body.value = view_of(value, IPC_MESSAGE_MAX - IPC_PREFIX - 8);
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                       &ipc_set_context_req_layout, &body), 0);
    assert_int_equal(w.len, IPC_MESSAGE_MAX);
    wr_wipe(&w);
    w = wr_init_heap((size_t)IPC_MESSAGE_MAX * 2);
    body.value.n++;
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                       &ipc_set_context_req_layout, &body),
                     SEC_E_INSUFFICIENT_MEMORY);
    wr_wipe(&w);
    free(value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_present_and_empty),
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_order_and_duplicates),
        cmocka_unit_test(test_unknown_fields),
        cmocka_unit_test(test_wrong_lengths),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_build_without_room),
        cmocka_unit_test(test_build_out_of_bounds),
        cmocka_unit_test(test_build_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
