/*
 * SIDs (MS-DTYP 2.4.2): each input is taken as text, as configuration gives it,
 * and as bytes, as a PAC does.
 *
 * Oracle: a SID's text is read back as the same SID, and a SID is its domain
 * with the last sub-authority appended.
 */
#include "fuzz.h"

#include "base/sid.h"

#include <string.h>

static void
check_sid(struct view bytes)
{
    char text[SID_TEXT_MAX];
    struct sid sid, domain, again;
    uint32_t rid;

    if (!sid_format(bytes, text))
        return;
    FUZZ_CHECK(sid_parse_text(text, &sid));
    FUZZ_CHECK(view_is_equal(sid_view(&sid), bytes));
    if (strrchr(text, '-') - strchr(text, '-') < 3)
        return;
    *strrchr(text, '-') = '\0';
    if (!sid_parse_text(text, &domain))
        return;
    FUZZ_CHECK(sid_has_domain(bytes, &domain, &rid));
    FUZZ_CHECK(sid_append(&domain, rid, &again));
    FUZZ_CHECK(view_is_equal(sid_view(&again), bytes));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct sid sid;

    FUZZ_CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (sid_parse_text(text, &sid)) {
        FUZZ_CHECK(sid_is_valid(sid_view(&sid)));
        check_sid(sid_view(&sid));
    }
    check_sid(view_of(data, size));
    free(text);
    return 0;
}
