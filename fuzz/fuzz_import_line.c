/*
 * Lines of password-hash files (sspi account import), another machine's.
 *
 * Oracle: an account that is taken has a name that is text, no hash of the empty
 * password, and a time with its hash; a line that is refused has a reason.
 */
#include "fuzz.h"

#include "cli/import_line.h"

#include "base/str16.h"

#include <string.h>

#define NOW INT64_C(134000000000000000)

static void
check_account(const struct account *a)
{
    static const uint8_t empty[ACCOUNT_HASH_SIZE] = {
        0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31,
        0xb7, 0x3c, 0x59, 0xd7, 0xe0, 0xc0, 0x89, 0xc0,
    };

    FUZZ_CHECK(a->name_units > 0 && a->name_units <= ACCOUNT_NAME_MAX);
    FUZZ_CHECK(str16_is_valid(view_of(a->name, a->name_units * 2u)));
    FUZZ_CHECK(!a->has_hash || a->password_set > 0);
    FUZZ_CHECK(!a->has_hash || memcmp(a->nt_hash, empty, sizeof(empty)) != 0);
    FUZZ_CHECK(a->local_user[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int format = IMPORT_AUTO; format <= IMPORT_WINPR; format++) {
        char error[IMPORT_ERROR_MAX] = "";
        struct account a;

        switch (import_line_parse(view_of(data, size), (enum import_format)format, NOW, &a,
                                  error)) {
        case IMPORT_ACCOUNT:
            check_account(&a);
            break;
        case IMPORT_BAD:
            FUZZ_CHECK(error[0] != '\0' && memchr(error, '\0', sizeof(error)) != NULL);
            break;
        case IMPORT_NOTHING:
            FUZZ_CHECK(size == 0 || data[0] == '#');
            break;
        }
        account_wipe(&a);
    }
    return 0;
}
