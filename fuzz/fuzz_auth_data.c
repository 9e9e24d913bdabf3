/*
 * Authorization data (GetUserAuthData, ConvertAuthDataToToken): a package holds it
 * in between, and may give back anything.
 *
 * Oracle: the form is canonical, so what parses is built again to the same bytes.
 */
#include "fuzz.h"

#include "lsa/lsa_internal.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lsa_auth_data a;
    struct view in = view_of(data, size);
    struct wr w = wr_init_heap(size + 1);

    if (lsa_auth_data_parse(in, &a) == 0) {
        FUZZ_CHECK(a.group_count <= LSA_AUTH_GROUPS_MAX);
        lsa_auth_data_build(&w, &a);
        FUZZ_CHECK(!w.failed);
        FUZZ_CHECK(view_is_equal(wr_written(&w), in));
    }
    wr_wipe(&w);
    return 0;
}
