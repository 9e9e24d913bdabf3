/* Token snapshots: there and back, bytes written by hand, hostile bytes. */
#include "ipc/token.h"
#include "winerror.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROOM (128 * 1024)

static uint8_t room[ROOM], room_again[ROOM];

static const uint8_t user[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
static const uint8_t everyone[] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t admins[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };

static struct token_snapshot
sample(void)
{
    struct token_snapshot t = {
        .token_id = 0x1122334455667788u,
        .logon_id = 0x3e7,
        .expiry = 0x7fffffffffffffff,
        .type = 2,
        .level = 3,
        .source = { 'N', 'T', 'L', 'M' },
        .source_id = 0xffffffffffffffffu,
        .mapping = TOKEN_MAPPED,
        .uid = 1000,
        .gid = 100,
        .user = { user, sizeof(user) },
        .primary_group = { everyone, sizeof(everyone) },
        .account = { (const uint8_t *)u"bob", 6 },
        .domain = { (const uint8_t *)u"LAB", 6 },
        .local_user = { (const uint8_t *)"bob", 3 },
        .home = { (const uint8_t *)"/b", 2 },
        .gids = { (const uint8_t *)"\x1b\0\0\0", 4 },
    };

    return t;
}

static const struct token_group groups[] = {
    { { everyone, sizeof(everyone) }, 7 },
    { { admins, sizeof(admins) }, 0xc0000010 },
};

static struct view
build(const struct token_snapshot *t, const struct token_group *g, uint32_t count, uint8_t *to)
{
    struct wr w = wr_init(to, ROOM);

    token_snapshot_build(&w, t, g, count);
    assert_false(w.failed);
    return wr_written(&w);
}

/* By hand: the table of docs/PROTOCOL.md. */
static void
test_known_bytes(void **state)
{
    static const uint8_t want[] = {
        'O', 'T', 'K', '1',
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
        0xe7, 0x03, 0, 0, 0, 0, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
        2, 0, 0, 0, 3, 0, 0, 0,
        'N', 'T', 'L', 'M', 0, 0, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        1, 0, 0, 0, 0xe8, 3, 0, 0, 100, 0, 0, 0,
        12, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
        12, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
        6, 0, 0, 0, 'b', 0, 'o', 0, 'b', 0,
        6, 0, 0, 0, 'L', 0, 'A', 0, 'B', 0,
        3, 0, 0, 0, 'b', 'o', 'b',
        2, 0, 0, 0, '/', 'b',
        4, 0, 0, 0, 27, 0, 0, 0,
        2, 0, 0, 0,
        7, 0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
        0x10, 0, 0, 0xc0, 16, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
    };
    struct token_snapshot t = sample();
    struct view bytes = build(&t, groups, 2, room);

    (void)state;
    assert_int_equal(bytes.n, sizeof(want));
    assert_memory_equal(bytes.p, want, sizeof(want));
}

static void
test_round_trip(void **state)
{
    struct token_snapshot t = sample(), out;
    struct token_group g;
    struct rd r;

    (void)state;
    memset(&out, 0xee, sizeof(out));
    assert_int_equal(token_snapshot_parse(build(&t, groups, 2, room), &out), 0);
    assert_true(out.token_id == t.token_id && out.logon_id == t.logon_id);
    assert_true(out.expiry == t.expiry && out.source_id == t.source_id);
    assert_int_equal(out.type, 2);
    assert_int_equal(out.level, 3);
    assert_memory_equal(out.source, t.source, 8);
    assert_int_equal(out.mapping, TOKEN_MAPPED);
    assert_int_equal(out.uid, 1000);
    assert_int_equal(out.gid, 100);
    assert_true(view_is_equal(out.local_user, t.local_user));
    assert_true(view_is_equal(out.home, t.home));
    assert_int_equal(token_gid_count(&out), 1);
    assert_memory_equal(out.gids.p, t.gids.p, 4);
    assert_true(view_is_equal(out.user, t.user));
    assert_true(view_is_equal(out.primary_group, t.primary_group));
    assert_true(view_is_equal(out.account, t.account));
    assert_true(view_is_equal(out.domain, t.domain));
    assert_int_equal(out.group_count, 2);
    r = rd_init(out.groups);
    for (size_t i = 0; i < 2; i++) {
        assert_true(token_group_next(&r, &g));
        assert_true(view_is_equal(g.sid, groups[i].sid));
        assert_int_equal(g.attributes, groups[i].attributes);
    }
    assert_false(token_group_next(&r, &g));
    assert_false(token_group_next(&r, &g));
    assert_false(r.failed);
}

static void
test_least(void **state)
{
    struct token_snapshot t = { .type = 1, .uid = TOKEN_NO_UID, .gid = TOKEN_NO_UID,
                                .user = { user, sizeof(user) } }, out;

    (void)state;
    assert_int_equal(token_snapshot_parse(build(&t, NULL, 0, room), &out), 0);
    assert_int_equal(out.group_count, 0);
    assert_int_equal(out.groups.n, 0);
    assert_int_equal(out.primary_group.n, 0);
    assert_int_equal(out.account.n, 0);
}

static void
test_most_groups(void **state)
{
    static struct token_group many[TOKEN_GROUPS_MAX + 1];
    struct token_snapshot t = sample(), out;
    struct wr w = wr_init(room_again, ROOM);
    struct view bytes;

    (void)state;
    for (size_t i = 0; i < TOKEN_GROUPS_MAX + 1; i++)
        many[i] = groups[i % 2];
    bytes = build(&t, many, TOKEN_GROUPS_MAX, room);
    assert_int_equal(token_snapshot_parse(bytes, &out), 0);
    assert_int_equal(out.group_count, TOKEN_GROUPS_MAX);
    token_snapshot_build(&w, &t, many, TOKEN_GROUPS_MAX + 1);
    assert_true(w.failed);
    /* The same, by hand: one group more than is allowed. */
    w = wr_init(room, ROOM);
    w.len = bytes.n;
    wr_set_u32le(&w, bytes.n - out.groups.n - 4, TOKEN_GROUPS_MAX + 1);
    wr_u32le(&w, 7);
    wr_u32le(&w, sizeof(user));
    wr_bytes(&w, user, sizeof(user));
    assert_int_equal(token_snapshot_parse(wr_written(&w), &out), SEC_E_INVALID_TOKEN);
}

static void
check_not_built(const struct token_snapshot *t, const struct token_group *g, uint32_t count)
{
    struct wr w = wr_init(room, ROOM);

    token_snapshot_build(&w, t, g, count);
    assert_true(w.failed);
}

/* What could not be parsed is not built. */
static void
test_build_refuses(void **state)
{
    static const uint16_t lone[] = { 0xd800 };
    struct token_group bad = { { user, sizeof(user) - 1 }, 0 };
    struct token_snapshot t = sample();

    (void)state;
    check_not_built(&t, &bad, 1);
    t.user.n--;
    check_not_built(&t, NULL, 0);
    t.user.n = 0;
    check_not_built(&t, NULL, 0);
    t = sample();
    t.primary_group.n--;
    check_not_built(&t, NULL, 0);
    t = sample();
    t.account.n--;
    check_not_built(&t, NULL, 0);
    t.account = view_of(room_again, 2050);
    memset(room_again, 'a', 2050);
    check_not_built(&t, NULL, 0);
    t = sample();
    t.domain = view_of(lone, sizeof(lone));
    check_not_built(&t, NULL, 0);
    t = sample();
    t.type = 0;
    check_not_built(&t, NULL, 0);
    t.type = 3;
    check_not_built(&t, NULL, 0);
    t = sample();
    t.level = 4;
    check_not_built(&t, NULL, 0);
}

/* Root, half a mapping, and one that is and is not. */
static void
test_mapping_refused(void **state)
{
    static const uint8_t root_gid[4];
    struct token_snapshot t = sample();

    (void)state;
    t.uid = 0;
    check_not_built(&t, NULL, 0);
    t.uid = TOKEN_NO_UID;
    check_not_built(&t, NULL, 0);
    t = sample();
    t.gid = 0;
    check_not_built(&t, NULL, 0);
    t = sample();
    t.gids = view_of(root_gid, sizeof(root_gid));
    check_not_built(&t, NULL, 0);
    t.gids.n = 3;
    check_not_built(&t, NULL, 0);
    t = sample();
    t.mapping = TOKEN_UNMAPPED;
    check_not_built(&t, NULL, 0);
    t.mapping = TOKEN_PENDING;
    check_not_built(&t, NULL, 0);
    t.uid = t.gid = TOKEN_NO_UID;
    t.gids.n = 0;
    t.local_user.n = 0;
    check_not_built(&t, NULL, 0);
    t.mapping = TOKEN_PENDING + 1;
    check_not_built(&t, NULL, 0);
}

/* What is taken is canonical: building it again gives the same bytes. */
static void
check_hostile(const uint8_t *p, size_t n, bool must_fail)
{
    struct token_group again[8];
    struct token_snapshot out;
    uint8_t *copy = malloc(n + 1);
    uint32_t count = 0;
    struct rd r;

    memcpy(copy, p, n);
    if (token_snapshot_parse(view_of(copy, n), &out) != SEC_E_OK) {
        assert_null(out.user.p);
        assert_null(out.groups.p);
        free(copy);
        return;
    }
    assert_false(must_fail);
    r = rd_init(out.groups);
    while (count < 8 && token_group_next(&r, &again[count]))
        count++;
    assert_int_equal(count, out.group_count);
    assert_true(view_is_equal(build(&out, again, count, room_again), view_of(copy, n)));
    free(copy);
}

static void
test_hostile_bytes(void **state)
{
    static const uint8_t flips[] = { 1, 2, 4, 0x10, 0x80, 0xff };
    struct token_snapshot t = sample();
    struct view bytes = build(&t, groups, 2, room);

    (void)state;
    for (size_t n = 0; n < bytes.n; n++)
        check_hostile(bytes.p, n, true);
    for (size_t i = 1; i < 40; i++) {
        room[bytes.n + i - 1] = 0;
        check_hostile(bytes.p, bytes.n + i, true);
    }
    for (size_t at = 0; at < bytes.n; at++) {
        for (size_t i = 0; i < sizeof(flips); i++) {
            room[at] ^= flips[i];
            check_hostile(bytes.p, bytes.n, at < 4);
            room[at] ^= flips[i];
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_most_groups),
        cmocka_unit_test(test_build_refuses),
        cmocka_unit_test(test_mapping_refused),
        cmocka_unit_test(test_hostile_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
