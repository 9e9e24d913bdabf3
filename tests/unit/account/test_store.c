/*
 * The account store: adding, finding, changing, lockout and groups. The NT
 * hash is compared with MS-NLMP 4.2.2.1.1, rids and SIDs with MS-DTYP 2.4.
 */
#include "support.h"

#include <string.h>
#include <sys/stat.h>

static void
test_password_hash(void **state)
{
    static const uint8_t want[] = { 0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca,
                                    0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52 };
    struct account_store *s = store_make();
    struct account a;
    uint32_t rid = account_put(s, W(u"User"), 0x11);

    (void)state;
    assert_int_equal(account_set_password(s, W(u"uSER"), W(u"Password"), NOON + 5), 0);
    assert_int_equal(account_find(s, W(u"user"), &a), 0);
    assert_memory_equal(a.nt_hash, want, sizeof(want));
    assert_int_equal(a.password_set, NOON + 5);
    assert_int_equal(a.rid, rid);
    account_wipe(&a);
    assert_int_equal(a.nt_hash[0] | a.nt_hash[15] | a.has_hash, 0);
    account_store_close(s);
}

static void
test_find(void **state)
{
    struct account_store *s = store_make();
    struct account a, in = account_of(W(u"J\u00fcrgen"), 0x22);
    uint32_t rid;
    char16_t longest[ACCOUNT_NAME_MAX + 1];

    (void)state;
    in.flags = ACCOUNT_MACHINE;
    in.expires = NOON + 1;
    strcpy(in.local_user, "juergen");
    assert_int_equal(account_add(s, &in, &rid), 0);
    assert_int_equal(rid, ACCOUNT_RID_FIRST);
    /* Without regard to case, beyond ASCII too; the name stays as it was given. */
    assert_int_equal(account_find(s, W(u"j\u00dcRGEN"), &a), 0);
    assert_memory_equal(a.name, u"J\u00fcrgen", 12);
    assert_int_equal(a.name_units, 6);
    assert_int_equal(a.rid, rid);
    assert_int_equal(a.flags, ACCOUNT_MACHINE);
    assert_int_equal(a.expires, NOON + 1);
    assert_string_equal(a.local_user, "juergen");
    assert_true(a.has_hash);
    assert_memory_equal(a.nt_hash, in.nt_hash, ACCOUNT_HASH_SIZE);
    assert_int_equal(account_find_rid(s, rid, &a), 0);
    assert_int_equal(a.name_units, 6);
    assert_int_equal(account_find_rid(s, rid + 1, &a), STATUS_NO_SUCH_USER);
    assert_int_equal(account_find(s, W(u"Jurgen"), &a), STATUS_NO_SUCH_USER);
    assert_int_equal(account_find(s, W(u""), &a), STATUS_NO_SUCH_USER);
    assert_int_equal(account_find(s, view_of("abc", 3), &a), STATUS_NO_SUCH_USER);
    assert_int_equal(account_find(s, view_of("\x00\xd8", 2), &a), STATUS_NO_SUCH_USER);
    for (size_t i = 0; i < ACCOUNT_NAME_MAX + 1; i++)
        longest[i] = u'x';
    assert_int_equal(account_find(s, view_of(longest, sizeof(longest)), &a),
                     STATUS_NO_SUCH_USER);
    assert_false(a.has_hash);
    account_store_close(s);
}

static void
test_names(void **state)
{
    static const struct view bad[] = {
        { (const uint8_t *)u"", 0 },        { (const uint8_t *)u"DOM\\user", 16 },
        { (const uint8_t *)u"a@b", 6 },     { (const uint8_t *)u" a", 4 },
        { (const uint8_t *)u"a ", 4 },      { (const uint8_t *)u"...", 6 },
        { (const uint8_t *)u"a\tb", 6 },    { (const uint8_t *)u"a\0b", 6 },
        { (const uint8_t *)u"a:b", 6 },     { (const uint8_t *)u"*", 2 },
        { (const uint8_t *)"\x00\xdc", 2 },
    };
    struct account_store *s = store_make();
    struct account a;
    uint32_t rid = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        a = account_of(bad[i], 1);
        assert_int_equal(account_add(s, &a, &rid), STATUS_INVALID_PARAMETER);
        assert_int_equal(rid, 0);
        assert_int_equal(account_group_add(s, bad[i], &rid), STATUS_INVALID_PARAMETER);
    }
    account_put(s, W(u"HOST$"), 1);
    account_put(s, W(u"a b.c-d_e"), 1);
    account_put(s, W(u"\U0001F600"), 1);
    account_store_close(s);
}

static void
test_rids(void **state)
{
    struct account_store *s = store_make();
    struct account a = account_of(W(u"Administrator"), 1);
    uint32_t rid;

    (void)state;
    a.rid = ACCOUNT_RID_ADMINISTRATOR;
    assert_int_equal(account_add(s, &a, &rid), 0);
    assert_int_equal(rid, 500);
    assert_int_equal(account_put(s, W(u"a"), 1), 1000);
    assert_int_equal(account_put(s, W(u"b"), 1), 1001);
    /* A rid is never used again: the SID may still own files. */
    assert_int_equal(account_delete(s, W(u"B")), 0);
    assert_int_equal(account_put(s, W(u"c"), 1), 1002);
    a = account_of(W(u"imported"), 1);
    a.rid = 5000;
    assert_int_equal(account_add(s, &a, &rid), 0);
    assert_int_equal(account_put(s, W(u"d"), 1), 5001);
    a = account_of(W(u"again"), 1);
    a.rid = 5000;
    assert_int_equal(account_add(s, &a, &rid), STATUS_USER_EXISTS);
    a.rid = 0xffffffff;
    assert_int_equal(account_add(s, &a, &rid), STATUS_INVALID_PARAMETER);
    account_store_close(s);
}

static void
test_exists(void **state)
{
    struct account_store *s = store_make();
    struct account a = account_of(W(u"ALICE"), 1);
    uint32_t alice = account_put(s, W(u"alice"), 1), group, rid;

    (void)state;
    assert_int_equal(account_add(s, &a, &rid), STATUS_USER_EXISTS);
    assert_int_equal(account_group_add(s, W(u"Alice"), &rid), STATUS_USER_EXISTS);
    assert_int_equal(account_group_add(s, W(u"Staff"), &group), 0);
    assert_int_equal(account_group_add(s, W(u"STAFF"), &rid), STATUS_GROUP_EXISTS);
    assert_int_equal(rid, group);
    a = account_of(W(u"staff"), 1);
    assert_int_equal(account_add(s, &a, &rid), STATUS_GROUP_EXISTS);
    a.rid = alice;
    assert_int_equal(account_update(s, &a), STATUS_GROUP_EXISTS);
    assert_int_equal(account_find(s, W(u"staff"), &a), STATUS_NO_SUCH_USER);
    assert_int_equal(account_delete(s, W(u"staff")), STATUS_NO_SUCH_USER);
    account_store_close(s);
}

static void
test_update(void **state)
{
    struct account_store *s = store_make();
    struct account a, b;

    (void)state;
    account_put(s, W(u"alice"), 0x33);
    account_put(s, W(u"bob"), 0x44);
    assert_int_equal(account_find(s, W(u"alice"), &a), 0);
    memcpy(a.name, u"Carol", 10);
    a.name_units = 5;
    a.flags = ACCOUNT_DISABLED;
    a.expires = NOON;
    strcpy(a.local_user, "carol");
    memset(a.nt_hash, 0, sizeof(a.nt_hash));    /* update leaves the hash alone */
    assert_int_equal(account_update(s, &a), 0);
    assert_int_equal(account_find(s, W(u"alice"), &b), STATUS_NO_SUCH_USER);
    assert_int_equal(account_find(s, W(u"CAROL"), &b), 0);
    assert_int_equal(b.rid, a.rid);
    assert_int_equal(b.flags, ACCOUNT_DISABLED);
    assert_int_equal(b.expires, NOON);
    assert_int_equal(b.nt_hash[0], 0x33);
    memcpy(a.name, u"BOB", 6);
    a.name_units = 3;
    assert_int_equal(account_update(s, &a), STATUS_USER_EXISTS);
    memcpy(a.name, u"cAROL", 10);
    a.name_units = 5;
    assert_int_equal(account_update(s, &a), 0);
    a.rid = 4711;
    memcpy(a.name, u"nobody", 12);
    a.name_units = 6;
    assert_int_equal(account_update(s, &a), STATUS_NO_SUCH_USER);
    account_store_close(s);
}

static void
test_absent(void **state)
{
    struct account_store *s = store_make();
    bool locked = true;
    uint8_t hash[ACCOUNT_HASH_SIZE] = { 0 };

    (void)state;
    assert_int_equal(account_delete(s, W(u"x")), STATUS_NO_SUCH_USER);
    assert_int_equal(account_set_password(s, W(u"x"), W(u"y"), NOON), STATUS_NO_SUCH_USER);
    assert_int_equal(account_set_hash(s, W(u"x"), hash, NOON), STATUS_NO_SUCH_USER);
    assert_int_equal(account_unlock(s, W(u"x")), STATUS_NO_SUCH_USER);
    assert_int_equal(account_logon_failed(s, 1234, NOON, &locked), STATUS_NO_SUCH_USER);
    assert_false(locked);
    assert_int_equal(account_logon_succeeded(s, 1234), STATUS_NO_SUCH_USER);
    account_put(s, W(u"x"), 1);
    assert_int_equal(account_set_password(s, W(u"x"), view_of("abc", 3), NOON),
                     STATUS_INVALID_PARAMETER);
    account_store_close(s);
}

static void
test_check(void **state)
{
    struct account a = account_of(W(u"a"), 1);

    (void)state;
    assert_int_equal(account_check(&a, NOON), 0);
    a.expires = NOON;
    assert_int_equal(account_check(&a, NOON - 1), 0);
    assert_int_equal(account_check(&a, NOON), STATUS_ACCOUNT_EXPIRED);
    a.expires = FILETIME_NEVER;
    a.locked_until = NOON;
    assert_int_equal(account_check(&a, NOON - 1), STATUS_ACCOUNT_LOCKED_OUT);
    assert_int_equal(account_check(&a, NOON), 0);
    a.flags = ACCOUNT_MUST_CHANGE;
    assert_int_equal(account_check(&a, NOON), STATUS_PASSWORD_MUST_CHANGE);
    a.flags = ACCOUNT_DISABLED | ACCOUNT_MUST_CHANGE;
    assert_int_equal(account_check(&a, NOON - 1), STATUS_ACCOUNT_DISABLED);
}

/* Fails at each of the times; the last one says whether it is locked afterwards. */
static bool
fail_at(struct account_store *s, uint32_t rid, const int64_t *times, size_t count)
{
    bool locked = false;

    for (size_t i = 0; i < count; i++) {
        assert_false(locked);
        assert_int_equal(account_logon_failed(s, rid, times[i], &locked), 0);
    }
    return locked;
}

static void
test_lockout(void **state)
{
    struct account_store *s = store_make();
    struct account a;
    uint32_t rid = account_put(s, W(u"a"), 1);
    bool locked;
    const int64_t close[] = { NOON, NOON + 1 * MINUTES, NOON + 10 * MINUTES };
    const int64_t apart[] = { NOON, NOON + 1 * MINUTES, NOON + 10 * MINUTES + 1,
                              NOON + 11 * MINUTES };

    (void)state;
    /* Three within ten minutes lock for five. */
    assert_true(fail_at(s, rid, close, 3));
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.locked_until, NOON + 15 * MINUTES);
    assert_int_equal(account_check(&a, NOON + 15 * MINUTES - 1), STATUS_ACCOUNT_LOCKED_OUT);
    assert_int_equal(account_check(&a, NOON + 15 * MINUTES), 0);
    /* Failing on does not make it longer. */
    assert_int_equal(account_logon_failed(s, rid, NOON + 14 * MINUTES, &locked), 0);
    assert_true(locked);
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.locked_until, NOON + 15 * MINUTES);
    assert_int_equal(a.bad_count, 3);
    /* After it, counting begins anew. */
    assert_int_equal(account_logon_failed(s, rid, NOON + 15 * MINUTES, &locked), 0);
    assert_false(locked);
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.bad_count, 1);
    assert_int_equal(a.locked_until, 0);
    assert_int_equal(account_unlock(s, W(u"A")), 0);
    /* The third one is outside of the window, which begins anew with it. */
    assert_false(fail_at(s, rid, apart, 4));
    assert_int_equal(account_logon_failed(s, rid, NOON + 12 * MINUTES, &locked), 0);
    assert_true(locked);
    account_store_close(s);
}

static void
test_lockout_cleared(void **state)
{
    struct account_store *s = store_make();
    struct account a;
    uint32_t rid = account_put(s, W(u"a"), 1);
    const int64_t two[] = { NOON, NOON };

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_false(fail_at(s, rid, two, 2));
        assert_int_equal(account_logon_succeeded(s, rid), 0);
    }
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.bad_count, 0);
    account_store_close(s);
}

/* A clock that steps back neither forgives failures nor shortens a lock. */
static void
test_lockout_clock(void **state)
{
    struct account_store *s = store_make();
    struct account a;
    uint32_t rid = account_put(s, W(u"a"), 1);
    const int64_t back[] = { NOON, NOON - 60 * MINUTES, NOON - 60 * MINUTES };
    bool locked;

    (void)state;
    assert_true(fail_at(s, rid, back, 3));
    assert_int_equal(account_logon_failed(s, rid, NOON - 600 * MINUTES, &locked), 0);
    assert_true(locked);
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.locked_until, NOON - 55 * MINUTES);
    account_store_close(s);
}

static struct account_store *
open_with_lockout(uint32_t threshold, uint32_t minutes)
{
    char error[ACCOUNT_ERROR_MAX], dir[256];
    struct account_store_options o = {
        .dir = dir,
        .create = true,
        .lockout_threshold = threshold,
        .lockout_window_minutes = 1,
        .lockout_minutes = minutes,
    };

    strcpy(dir, folder_path("state"));
    return account_store_open(&o, error);
}

static void
test_lockout_extremes(void **state)
{
    struct account_store *s = open_with_lockout(0, 5);
    struct account a;
    bool locked;
    uint32_t rid = account_put(s, W(u"a"), 1);

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(account_logon_failed(s, rid, NOON, &locked), 0);
        assert_false(locked);
    }
    account_store_close(s);
    s = open_with_lockout(1, 0);
    assert_int_equal(account_logon_failed(s, rid, NOON, &locked), 0);
    assert_true(locked);
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.locked_until, FILETIME_NEVER);
    assert_int_equal(account_check(&a, NOON + 1000000 * MINUTES), STATUS_ACCOUNT_LOCKED_OUT);
    assert_int_equal(account_unlock(s, W(u"a")), 0);
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(account_check(&a, NOON), 0);
    account_store_close(s);
}

static void
test_groups(void **state)
{
    struct account_store *s = store_make();
    uint32_t user = account_put(s, W(u"u"), 1), a, b, c, rids[4];
    char16_t name[ACCOUNT_NAME_MAX];
    size_t count = 4, units = ACCOUNT_NAME_MAX;

    (void)state;
    assert_int_equal(account_group_add(s, W(u"GrA"), &a), 0);
    assert_int_equal(account_group_add(s, W(u"GrB"), &b), 0);
    assert_int_equal(account_group_add(s, W(u"GrC"), &c), 0);
    assert_int_equal(account_groups(s, user, rids, &count), 0);
    assert_int_equal(count, 0);
    /* u in A, A in B, B in C, and C in A: a circle. */
    assert_int_equal(account_group_member(s, a, user, true), 0);
    assert_int_equal(account_group_member(s, a, user, true), 0);
    assert_int_equal(account_group_member(s, b, a, true), 0);
    assert_int_equal(account_group_member(s, c, b, true), 0);
    assert_int_equal(account_group_member(s, a, c, true), 0);
    count = 4;
    assert_int_equal(account_groups(s, user, rids, &count), 0);
    assert_int_equal(count, 3);
    assert_int_equal(rids[0] + rids[1] + rids[2], a + b + c);
    count = 2;
    assert_int_equal(account_groups(s, user, rids, &count), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(count, 3);
    assert_int_equal(account_group_member(s, a, a, true), STATUS_INVALID_PARAMETER);
    assert_int_equal(account_group_member(s, user, a, true), STATUS_NO_SUCH_GROUP);
    assert_int_equal(account_group_member(s, a, 4711, true), STATUS_NO_SUCH_USER);
    assert_int_equal(account_group_member(s, a, user, false), 0);
    count = 4;
    assert_int_equal(account_groups(s, user, rids, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(account_group_name(s, b, name, &units), 0);
    assert_int_equal(units, 3);
    assert_memory_equal(name, u"GrB", 6);
    units = 2;
    assert_int_equal(account_group_name(s, b, name, &units), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(account_group_find(s, W(u"gRb"), &a), 0);
    assert_int_equal(a, b);
    assert_int_equal(account_group_find(s, W(u"u"), &a), STATUS_NO_SUCH_GROUP);
    account_store_close(s);
}

static bool
name_append(struct view name, void *arg)
{
    char16_t *list = arg;
    size_t n = 0;

    while (list[n] != 0)
        n++;
    memcpy(list + n, name.p, name.n);
    return n + name.n / 2 < 6;
}

/* Direct ones only, of its own only; and no further than the caller wants. */
static void
test_members(void **state)
{
    struct account_store *s = store_make();
    uint32_t user = account_put(s, W(u"uu"), 1), a, b, c;
    char16_t list[16] = { 0 };

    (void)state;
    assert_int_equal(account_group_add(s, W(u"aa"), &a), 0);
    assert_int_equal(account_group_add(s, W(u"bb"), &b), 0);
    assert_int_equal(account_group_add(s, W(u"cc"), &c), 0);
    assert_int_equal(account_group_each(s, a, name_append, list), 0);
    assert_int_equal(list[0], 0);
    assert_int_equal(account_group_member(s, a, b, true), 0);
    assert_int_equal(account_group_member(s, a, user, true), 0);
    assert_int_equal(account_group_member(s, b, c, true), 0);
    assert_int_equal(account_group_each(s, a, name_append, list), 0);
    assert_memory_equal(list, u"uubb", 10);
    memset(list, 0, sizeof(list));
    assert_int_equal(account_group_each(s, b, name_append, list), 0);
    assert_memory_equal(list, u"cc", 6);
    assert_int_equal(account_group_member(s, b, a, true), 0);
    assert_int_equal(account_group_member(s, b, user, true), 0);
    memset(list, 0, sizeof(list));
    assert_int_equal(account_group_each(s, b, name_append, list), 0);
    assert_memory_equal(list, u"uuaacc", 14);
    account_store_close(s);
}

/* One in the other, as deep as the limit: it is of all groups together, so it bounds depth, too. */
static void
test_groups_deep(void **state)
{
    struct account_store *s = store_make();
    uint32_t below = account_put(s, W(u"u"), 1), user = below, group, rids[ACCOUNT_GROUPS_MAX];
    size_t count = ACCOUNT_GROUPS_MAX;

    (void)state;
    assert_int_equal(account_begin(s), 0);
    for (int i = 0; i < ACCOUNT_GROUPS_MAX; i++, below = group) {
        char16_t name = (char16_t)(0x4e00 + i);

        assert_int_equal(account_group_add(s, view_of(&name, 2), &group), 0);
        assert_int_equal(account_group_member(s, group, below, true), 0);
    }
    assert_int_equal(account_commit(s), 0);
    assert_int_equal(account_groups(s, user, rids, &count), 0);
    assert_int_equal(count, ACCOUNT_GROUPS_MAX);
    assert_int_equal(account_group_add(s, W(u"top"), &group), 0);
    assert_int_equal(account_group_member(s, group, below, true), 0);
    assert_int_equal(account_groups(s, user, rids, &count), STATUS_TOO_MANY_CONTEXT_IDS);
    account_store_close(s);
}

static void
test_groups_bound(void **state)
{
    struct account_store *s = store_make();
    uint32_t user = account_put(s, W(u"u"), 1), group, rids[ACCOUNT_GROUPS_MAX];
    size_t count = ACCOUNT_GROUPS_MAX;

    (void)state;
    assert_int_equal(account_begin(s), 0);
    for (int i = 0; i <= ACCOUNT_GROUPS_MAX; i++) {
        char16_t name = (char16_t)(0x4e00 + i);
        assert_int_equal(account_group_add(s, view_of(&name, 2), &group), 0);
        if (i < ACCOUNT_GROUPS_MAX)
            assert_int_equal(account_group_member(s, group, user, true), 0);
    }
    assert_int_equal(account_commit(s), 0);
    assert_int_equal(account_groups(s, user, rids, &count), 0);
    assert_int_equal(count, ACCOUNT_GROUPS_MAX);
    assert_int_equal(account_group_member(s, group, user, true), 0);
    assert_int_equal(account_groups(s, user, rids, &count), STATUS_TOO_MANY_CONTEXT_IDS);
    account_store_close(s);
}

/* A deleted user's membership does not fall to whoever comes after. */
static void
test_delete_leaves_groups(void **state)
{
    struct account_store *s = store_make();
    struct account a = account_of(W(u"u"), 1);
    uint32_t user = account_put(s, W(u"u"), 1), group, rids[4];
    size_t count = 4;

    (void)state;
    assert_int_equal(account_group_add(s, W(u"g"), &group), 0);
    assert_int_equal(account_group_member(s, group, user, true), 0);
    assert_int_equal(account_delete(s, W(u"u")), 0);
    a.rid = user;
    assert_int_equal(account_add(s, &a, &user), 0);
    assert_int_equal(account_groups(s, user, rids, &count), 0);
    assert_int_equal(count, 0);
    account_store_close(s);
}

struct seen {
    char names[16];
    size_t count, stop;
};

static bool
each_note(const struct account *a, void *arg)
{
    struct seen *s = arg;

    assert_true(a->has_hash);
    assert_int_equal(a->nt_hash[0], 0);     /* the hash stays sealed */
    s->names[s->count++] = (char)a->name[0];
    return s->count < s->stop;
}

static void
test_each(void **state)
{
    struct account_store *s = store_make();
    struct seen all = { .stop = 16 }, two = { .stop = 2 };

    (void)state;
    account_put(s, W(u"b"), 1);
    account_put(s, W(u"C"), 1);
    account_put(s, W(u"a"), 1);
    assert_int_equal(account_each(s, each_note, &all), 0);
    assert_string_equal(all.names, "abC");
    assert_int_equal(account_each(s, each_note, &two), 0);
    assert_string_equal(two.names, "ab");
    account_store_close(s);
}

static void
test_transaction(void **state)
{
    struct account_store *s = store_make();
    struct account a;
    uint32_t rid;

    (void)state;
    account_put(s, W(u"a"), 1);
    assert_int_equal(account_begin(s), 0);
    account_put(s, W(u"b"), 1);
    assert_int_equal(account_find(s, W(u"b"), &a), 0);  /* its own changes it sees */
    a = account_of(W(u"a"), 1);
    /* A change that fails leaves the others alone. */
    assert_int_equal(account_add(s, &a, &rid), STATUS_USER_EXISTS);
    account_put(s, W(u"c"), 1);
    account_rollback(s);
    assert_int_equal(account_find(s, W(u"b"), &a), STATUS_NO_SUCH_USER);
    assert_int_equal(account_begin(s), 0);
    assert_int_equal(account_put(s, W(u"b"), 1), 1001);
    assert_int_equal(account_commit(s), 0);
    assert_int_equal(account_find(s, W(u"b"), &a), 0);
    account_store_close(s);
}

static void
test_reopen(void **state)
{
    char error[ACCOUNT_ERROR_MAX], text[SID_TEXT_MAX];
    struct account_store *s = store_make();
    struct sid first = *account_store_sid(s), domain;
    struct account a;
    struct stat st;
    uint32_t rid = account_put(s, W(u"a"), 0x55), group;
    size_t count = 1;

    (void)state;
    assert_int_equal(account_group_add(s, W(u"g"), &group), 0);
    assert_int_equal(account_group_member(s, group, rid, true), 0);
    account_store_close(s);
    assert_int_equal(stat(folder_path("state"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(folder_path("state/accounts.db"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(folder_path("state/store.key"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    assert_int_equal(st.st_size, 32);
    s = store_open(false, error);
    assert_non_null(s);
    assert_int_equal(account_find(s, W(u"a"), &a), 0);
    assert_int_equal(a.nt_hash[15], 0x55);
    assert_int_equal(account_groups(s, a.rid, &rid, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(rid, group);
    assert_true(view_is_equal(sid_view(account_store_sid(s)), sid_view(&first)));
    assert_true(sid_format(sid_view(&first), text));
    assert_int_equal(strncmp(text, "S-1-5-21-", 9), 0);
    /* One revision, one count, authority 5, and four sub-authorities: 24 bytes. */
    assert_int_equal(first.n, 24);
    assert_int_equal(first.bytes[1], 4);
    assert_true(sid_parse_text("S-1-5-21", &domain));
    assert_false(sid_has_domain(sid_view(&first), &domain, &rid));
    account_store_close(s);
}

#define WITH_FOLDER(t) cmocka_unit_test_setup_teardown(t, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_password_hash),
        WITH_FOLDER(test_find),
        WITH_FOLDER(test_names),
        WITH_FOLDER(test_rids),
        WITH_FOLDER(test_exists),
        WITH_FOLDER(test_update),
        WITH_FOLDER(test_absent),
        cmocka_unit_test(test_check),
        WITH_FOLDER(test_lockout),
        WITH_FOLDER(test_lockout_cleared),
        WITH_FOLDER(test_lockout_clock),
        WITH_FOLDER(test_lockout_extremes),
        WITH_FOLDER(test_groups),
        WITH_FOLDER(test_members),
        WITH_FOLDER(test_groups_deep),
        WITH_FOLDER(test_groups_bound),
        WITH_FOLDER(test_delete_leaves_groups),
        WITH_FOLDER(test_each),
        WITH_FOLDER(test_transaction),
        WITH_FOLDER(test_reopen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
