/* Lists of packages as the authority sends them, and tables of user halves. */
#include "unit.h"

#include "base/wr.h"
#include "sspi/package.h"
#include "sspi/user_half.h"

static void
put_counted(struct wr *w, const void *p, size_t n)
{
    wr_u32le(w, (uint32_t)n);
    wr_bytes(w, p, n);
}

static struct view
record(uint8_t *room, size_t n, const char *module)
{
    struct wr w = wr_init(room, n);

    wr_u32le(&w, 7);
    wr_u32le(&w, 0x82b37);
    wr_u16le(&w, 1);
    wr_u16le(&w, 10);
    wr_u32le(&w, 2888);
    wr_u32le(&w, 2);
    put_counted(&w, u"NTLM", 8);
    put_counted(&w, u"\u00dcber", 8);
    put_counted(&w, module, strlen(module));
    wr_u32le(&w, 2);
    wr_u32le(&w, 1);
    wr_u32le(&w, 18);
    assert_false(w.failed);
    return wr_written(&w);
}

static void
a_record_is_read(void **state)
{
    uint8_t room[256];
    struct sspi_package_list *list;
    struct sspi_package *p;

    (void)state;
    assert_int_equal(sspi_package_list_parse(record(room, sizeof(room), "ntlm-user"), &list),
                     SEC_E_OK);
    assert_int_equal(list->count, 1);
    p = sspi_package_find_name(list, u"nTlM");
    assert_ptr_equal(p, &list->packages[0]);
    assert_ptr_equal(sspi_package_find(list, 7), p);
    assert_null(sspi_package_find(list, 8));
    assert_null(sspi_package_find_name(list, u"NTLM2"));
    assert_null(sspi_package_find_name(list, u""));
    assert_int_equal(p->capabilities, 0x82b37);
    assert_int_equal(p->rpc_id, 10);
    assert_int_equal(p->max_token, 2888);
    assert_int_equal(p->table_index, 2);
    assert_string_equal(p->module, "ntlm-user");
    assert_true(sspi_package_has_thunk(p, 18));
    assert_false(sspi_package_has_thunk(p, 2));
    free(list);
}

/* Files are loaded by this name. */
static void
module_names_cannot_leave_the_folder(void **state)
{
    /* 64 characters: one more than there is room for. */
    static const char too_long[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const char *const bad[] = { "../ntlm", "/ntlm", "ntlm.so", "NTLM", "nt lm", "nt\nlm",
                                       "\xc3\xa9",
                                       too_long };
    uint8_t room[256];
    struct sspi_package_list *list;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        assert_int_equal(sspi_package_list_parse(record(room, sizeof(room), bad[i]), &list),
                         SEC_E_INTERNAL_ERROR);
        assert_null(list);
    }
}

static void
cut_records_are_refused(void **state)
{
    uint8_t room[256];
    struct view whole = record(room, sizeof(room), "ntlm-user");
    struct sspi_package_list *list;
    size_t i;

    (void)state;
    for (i = 1; i < whole.n; i++)
        assert_int_equal(sspi_package_list_parse(view_of(whole.p, i), &list),
                         SEC_E_INTERNAL_ERROR);
    assert_int_equal(sspi_package_list_parse(view_of(whole.p, 0), &list), SEC_E_OK);
    assert_int_equal(list->count, 0);
    free(list);
}

static void
counts_are_bounded(void **state)
{
    struct sspi_package_list *list;
    uint8_t room[256];
    struct view one = record(room, sizeof(room), "");
    struct wr w = wr_init_heap(1 << 20);
    unsigned i;

    (void)state;
    for (i = 0; i < SSPI_PACKAGES_MAX; i++)
        wr_view(&w, one);
    assert_int_equal(sspi_package_list_parse(wr_written(&w), &list), SEC_E_OK);
    free(list);
    wr_view(&w, one);
    assert_int_equal(sspi_package_list_parse(wr_written(&w), &list), SEC_E_INTERNAL_ERROR);
    wr_wipe(&w);
    /* Thunks that are not there. */
    room[one.n - 12] = 0xff;
    assert_int_equal(sspi_package_list_parse(one, &list), SEC_E_INTERNAL_ERROR);
}

static void
infos_are_one_block(void **state)
{
    uint8_t room[256];
    struct sspi_package_list *list;
    const struct sspi_package *twice[2];
    SecPkgInfoA *a;
    SecPkgInfoW *w;

    (void)state;
    assert_int_equal(sspi_package_list_parse(record(room, sizeof(room), ""), &list), SEC_E_OK);
    twice[0] = twice[1] = &list->packages[0];
    a = sspi_package_info_new(twice, 2, true);
    w = sspi_package_info_new(twice, 2, false);
    assert_string_equal(a[0].Name, "NTLM");
    assert_string_equal(a[1].Comment, "\xc3\x9c" "ber");
    assert_int_equal(a[1].cbMaxToken, 2888);
    assert_int_equal(a[1].wVersion, 1);
    assert_memory_equal(w[1].Name, u"NTLM", 10);
    assert_memory_equal(w[1].Comment, u"\u00dcber", 10);
    assert_int_equal(w[1].fCapabilities, 0x82b37);
    assert_int_equal(FreeContextBuffer(a), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w), SEC_E_OK);
    free(list);
}

/* ---- tables of user halves --------------------------------------------- */

static NTSTATUS NTAPI
slot(LSA_SEC_HANDLE h)
{
    (void)h;
    return STATUS_SUCCESS;
}

/* Two tables of version 1, packed at that version's size: 14 slots. */
static void
the_stride_is_the_versions(void **state)
{
    void *words[28];
    SECPKG_USER_FUNCTION_TABLE out;
    const SECPKG_USER_FUNCTION_TABLE *tables = (const void *)words;
    unsigned i;

    (void)state;
    for (i = 0; i < 28; i++)
        words[i] = NULL;
    words[14 + 9] = (void *)(uintptr_t)slot;
    assert_true(sspi_user_half_table(tables, 2, SECPKG_INTERFACE_VERSION, 1, &out));
    assert_ptr_equal(out.DeleteUserModeContext, slot);
    assert_null(out.MarshalAttributeData);
    assert_true(sspi_user_half_table(tables, 2, SECPKG_INTERFACE_VERSION, 0, &out));
    assert_null(out.DeleteUserModeContext);
    assert_false(sspi_user_half_table(tables, 2, SECPKG_INTERFACE_VERSION, 2, &out));
    assert_false(sspi_user_half_table(tables, 2, 0x00030000, 0, &out));
    assert_false(sspi_user_half_table(NULL, 2, SECPKG_INTERFACE_VERSION, 0, &out));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read),
        cmocka_unit_test(module_names_cannot_leave_the_folder),
        cmocka_unit_test(cut_records_are_refused),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(infos_are_one_block),
        cmocka_unit_test(the_stride_is_the_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
