/*
 * One call of the package that was chosen (inner.c), and what it allocated: whether the call is
 * made again, there is no memory, or the package says more than its blocks have. The package and
 * the authority are the test's, so each block is counted.
 */
#include "unit.h"

#include "packages/negotiate/lsa/leg.h"

#include "ntstatus.h"
#include "winerror.h"

#include <stdlib.h>

#define PACKAGE_ROOM 64u            /* its cbMaxToken */
#define HANDLE_OF_TOY 0x70u
#define ANSWER "answer"
#define BLOCK 8u                    /* of the package's */

/* ---- memory ---------------------------------------------------------------- */

static long malloc_left;            /* that still succeed; negative: all do */

OPENSSPI_API void *malloc_real(size_t n) __asm__("__real_malloc");
OPENSSPI_API void *malloc_wrapped(size_t n) __asm__("__wrap_malloc");

void *
malloc_wrapped(size_t n)
{
    if (malloc_left == 0)
        return NULL;
    malloc_left -= malloc_left > 0;
    return malloc_real(n);
}

struct block {
    size_t n;
    uint8_t bytes[];
};

static long blocks;                 /* of the authority's heap, that are not freed yet */

static PVOID NTAPI
heap_allocate(ULONG n)
{
    struct block *b = calloc(1, sizeof(*b) + n);

    assert_non_null(b);
    b->n = n;
    blocks++;
    return b->bytes;
}

static VOID NTAPI
heap_free(PVOID p)
{
    if (p == NULL)
        return;
    blocks--;
    free((uint8_t *)p - offsetof(struct block, bytes));
}

static BOOLEAN
heap_fits(const void *p, size_t n)
{
    return n <= ((const struct block *)((const uint8_t *)p - offsetof(struct block, bytes)))->n;
}

/* ---- the authority ---------------------------------------------------------- */

static char log_line[256];

static NTSTATUS
run(ULONG_PTR id, ULONG flags, NTSTATUS (*step)(void *argument), void *argument)
{
    (void)id, (void)flags;
    return step(argument);
}

static void
log_write(int level, const char *event, const char *const *pairs)
{
    (void)level;
    snprintf(log_line, sizeof(log_line), "%s %s=%s", event, pairs[0], pairs[1]);
}

static const struct opensspi_host_packages host_packages = { .run = run, .fits = heap_fits };
static const struct opensspi_host_settings host_settings = { NULL, NULL, NULL };
static const struct opensspi_host_log host_log = { log_write };
static LSA_SECPKG_FUNCTION_TABLE functions = { .AllocateLsaHeap = heap_allocate,
                                               .FreeLsaHeap = heap_free };

static const void *
query(const char *name, uint32_t version)
{
    (void)version;
    if (strcmp(name, OPENSSPI_HOST_PACKAGES) == 0)
        return &host_packages;
    if (strcmp(name, OPENSSPI_HOST_LOG) == 0)
        return &host_log;
    return strcmp(name, OPENSSPI_HOST_SETTINGS) == 0 ? &host_settings : NULL;
}

static const struct opensspi_host host = { sizeof(host), OPENSSPI_HOST_VERSION, query };

/* ---- the package ------------------------------------------------------------- */

static struct {
    unsigned calls;
    bool finds_no_room;             /* in the first call, and has allocated by then */
    bool allocates;                 /* its token */
    bool fills;                     /* cbMaxToken */
    ULONG token_more, data_more;    /* that it says of those blocks */
} toy;

static NTSTATUS NTAPI
toy_init(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
         ULONG requirements, ULONG data_rep, PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
         PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
         PSecBuffer data)
{
    SecBuffer *token = &output->pBuffers[1], *other = &output->pBuffers[0];

    (void)credential, (void)context, (void)target, (void)requirements, (void)data_rep;
    (void)input, (void)attributes, (void)expiry, (void)mapped;
    assert_int_equal(output->cBuffers, 2);
    assert_int_equal(token->BufferType, SECBUFFER_TOKEN);
    if (toy.calls++ == 0 && toy.finds_no_room) {
        *token = (SecBuffer){ BLOCK, SECBUFFER_TOKEN, heap_allocate(BLOCK) };
        *other = (SecBuffer){ BLOCK, SECBUFFER_EXTRA, heap_allocate(BLOCK) };
        *data = (SecBuffer){ BLOCK, SECBUFFER_EMPTY, heap_allocate(BLOCK) };
        return SEC_E_BUFFER_TOO_SMALL;
    }
    if (toy.allocates)
        token->pvBuffer = heap_allocate(BLOCK);
    if (toy.fills) {
        memset(token->pvBuffer, 0x5a, PACKAGE_ROOM);
        token->cbBuffer = PACKAGE_ROOM;
        return SEC_I_CONTINUE_NEEDED;
    }
    memcpy(token->pvBuffer, ANSWER, sizeof(ANSWER));
    token->cbBuffer = toy.token_more > 0 ? BLOCK + toy.token_more : (ULONG)sizeof(ANSWER);
    if (toy.data_more > 0)
        *data = (SecBuffer){ BLOCK + toy.data_more, SECBUFFER_EMPTY, heap_allocate(BLOCK) };
    *new_context = HANDLE_OF_TOY;
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- a leg ------------------------------------------------------------------- */

static struct {
    struct nego_context context;
    SecBuffer other;                /* of the application's output */
    struct nego_answer answer;
    NTSTATUS status;
} last;

static void
leg(uint32_t requirements)
{
    static const SecPkgInfoW info = { .cbMaxToken = PACKAGE_ROOM };
    static const SECPKG_FUNCTION_TABLE table = { .InitLsaModeContext = toy_init };
    static const struct nego_choice choice = {
        .mech = { .package = { 1, &info, &table, NULL }, .name = { "Toy" } },
    };
    SecBuffer output[2] = { { 0, SECBUFFER_TOKEN, NULL }, { 0, SECBUFFER_EXTRA, NULL } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, output };
    const struct nego_leg l = { .output = &d, .requirements = requirements };

    last.context = (struct nego_context){ .kind = NEGO_HANDLE_INITIATOR, .choice = &choice };
    last.status = nego_package_call(&last.context, &l, view_of(NULL, 0), &last.answer);
    malloc_left = -1;
    last.other = output[1];
    assert_null(last.context.data.pvBuffer);
}

static int
setup(void **state)
{
    (void)state;
    memset(&toy, 0, sizeof(toy));
    log_line[0] = '\0';
    malloc_left = -1;
    nego_support_offer(&host);
    return nego_support_open(&functions) != STATUS_SUCCESS;
}

/* Nothing is left of the package's but what the application was given. */
static int
teardown(void **state)
{
    (void)state;
    heap_free(last.other.pvBuffer);
    free(last.answer.token);
    nego_support_close();
    return blocks != 0;
}

static void
answer_is_right(void)
{
    assert_int_equal(last.status, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(last.context.inner, HANDLE_OF_TOY);
    assert_int_equal(last.answer.n, sizeof(ANSWER));
    assert_memory_equal(last.answer.token, ANSWER, sizeof(ANSWER));
    assert_string_equal(log_line, "");
}

static void
answer_is_none(NTSTATUS status)
{
    assert_int_equal(last.status, status);
    assert_null(last.answer.token);
    assert_int_equal(last.answer.n, 0);
}

/* ---- tests ------------------------------------------------------------------- */

static void
a_call_made_again_leaves_nothing(void **state)
{
    (void)state;
    toy.finds_no_room = true;
    leg(0);
    assert_int_equal(toy.calls, 2);
    answer_is_right();
    assert_null(last.other.pvBuffer);
}

static void
no_memory_for_the_first_room(void **state)
{
    (void)state;
    malloc_left = 0;
    leg(0);
    answer_is_none(SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(toy.calls, 0);
}

static void
no_memory_for_the_second_room(void **state)
{
    (void)state;
    toy.finds_no_room = true;
    malloc_left = 1;
    leg(0);
    answer_is_none(SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(toy.calls, 1);
    assert_null(last.other.pvBuffer);
}

static void
no_memory_for_a_copy(void **state)
{
    (void)state;
    toy.allocates = true;
    malloc_left = 0;
    leg(ISC_REQ_ALLOCATE_MEMORY);
    answer_is_none(SEC_E_INSUFFICIENT_MEMORY);
    /* It is the package's, and will be deleted with ours. */
    assert_int_equal(last.context.inner, HANDLE_OF_TOY);
}

static void
what_is_allocated_is_copied(void **state)
{
    (void)state;
    toy.allocates = true;
    leg(ISC_REQ_ALLOCATE_MEMORY);
    answer_is_right();
}

static void
a_token_beyond_its_block_is_not_read(void **state)
{
    (void)state;
    toy.allocates = true;
    toy.token_more = 1;
    leg(ISC_REQ_ALLOCATE_MEMORY);
    answer_is_none(SEC_E_INTERNAL_ERROR);
    assert_string_equal(log_line, "contract_breach package=Toy");
    assert_int_equal(last.context.inner, HANDLE_OF_TOY);
}

static void
data_beyond_its_block_is_not_wiped(void **state)
{
    (void)state;
    toy.data_more = 1u << 20;
    leg(0);
    answer_is_none(SEC_E_INTERNAL_ERROR);
    assert_string_equal(log_line, "contract_breach package=Toy");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* A token as long as the package says that one may be. */
static void
the_longest_token(void **state)
{
    (void)state;
    toy.fills = true;
    leg(0);
    assert_int_equal(last.status, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(toy.calls, 1);
    assert_int_equal(last.answer.n, PACKAGE_ROOM);
    for (unsigned i = 0; i < PACKAGE_ROOM; i++)
        assert_int_equal(last.answer.token[i], 0x5a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_call_made_again_leaves_nothing),
        CASE(no_memory_for_the_first_room),
        CASE(no_memory_for_the_second_room),
        CASE(no_memory_for_a_copy),
        CASE(what_is_allocated_is_copied),
        CASE(the_longest_token),
        CASE(a_token_beyond_its_block_is_not_read),
        CASE(data_beyond_its_block_is_not_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
