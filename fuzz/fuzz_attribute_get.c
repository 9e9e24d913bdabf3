/*
 * Flat attributes as an application gets them from the authority. Of an input
 * the first byte is 0 for context attributes and 1 for those of credentials,
 * the second the attribute's id, the third which allocation fails (255: none).
 *
 * Oracle: what is taken flattens to the same bytes; what is not leaves no block
 * allocated and a zeroed structure.
 */
#include "fuzz.h"

#include "ipc/attribute.h"
#include "winerror.h"

#define HEAD 3
#define ROOM (1024 * 1024)
#define NO_FAILURE 255

static unsigned blocks_out, calls, fail_at;

static void *
counted_alloc(size_t n)
{
    void *p = calls++ == fail_at && fail_at != NO_FAILURE ? NULL : malloc(n);

    blocks_out += p != NULL;
    return p;
}

static void
counted_release(void *p)
{
    blocks_out--;
    free(p);
}

static void
check_taken(struct view flat, const struct attribute *a, uint8_t *value)
{
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));

    attribute_put(&w, a, value);
    FUZZ_CHECK(!w.failed);
    FUZZ_CHECK(view_is_equal(wr_written(&w), flat));
    attribute_free(a, value, counted_release);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct attribute *a;
    uint8_t value[512];
    struct view flat;
    status_t status;

    if (size < HEAD || size > ROOM / 2)
        return 0;
    a = data[0] == 1 ? attribute_find_credential(data[1]) : attribute_find_context(data[1]);
    if (a == NULL)
        return 0;
    FUZZ_CHECK(a->size <= sizeof(value));
    calls = 0;
    fail_at = data[2];
    flat = view_of(data + HEAD, size - HEAD);
    status = attribute_get(flat, a, value, counted_alloc, counted_release);
    if (status == 0)
        check_taken(flat, a, value);
    else
        FUZZ_CHECK(status == SEC_E_INTERNAL_ERROR || calls > fail_at);
    FUZZ_CHECK(blocks_out == 0);
    for (size_t i = 0; i < a->size; i++)
        FUZZ_CHECK(value[i] == 0);
    return 0;
}
