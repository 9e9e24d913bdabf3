/* SecBufferDesc <-> message. */
#include "unit.h"

#include "sspi/buffers.h"

static SecBufferDesc
desc(SecBuffer *b, ULONG n)
{
    return (SecBufferDesc){ SECBUFFER_VERSION, n, b };
}

static void
input_is_a_view_of_the_callers_memory(void **state)
{
    char token[] = "token";
    SecBuffer b[2] = { { 5, SECBUFFER_TOKEN, token }, { 0, SECBUFFER_EMPTY, NULL } };
    SecBufferDesc d = desc(b, 2);
    struct ipc_buffers out;

    (void)state;
    assert_int_equal(sspi_buffers_input(&d, &out), SEC_E_OK);
    assert_true(out.present);
    assert_int_equal(out.count, 2);
    assert_ptr_equal(out.v[0].bytes.p, token);
    assert_int_equal(out.v[0].bytes.n, 5);
    assert_int_equal(sspi_buffers_input(NULL, &out), SEC_E_OK);
    assert_false(out.present);
}

/* An application cannot make a promise that only an LSA may make. */
static void
reserved_bits_are_stripped(void **state)
{
    char token[] = "token";
    SecBuffer b = { 5, SECBUFFER_TOKEN | 0x40000000u | 0x20000000u | SECBUFFER_READONLY, token };
    SecBufferDesc d = desc(&b, 1);
    struct ipc_buffers out;

    (void)state;
    assert_int_equal(sspi_buffers_input(&d, &out), SEC_E_OK);
    assert_int_equal(out.v[0].type, SECBUFFER_TOKEN | SECBUFFER_READONLY);
    assert_int_equal(sspi_buffers_output(&d, false, &out), SEC_E_OK);
    assert_int_equal(out.v[0].type, SECBUFFER_TOKEN | SECBUFFER_READONLY);
    assert_int_equal(out.v[0].room, 0);
}

static void
unsound_descriptors_are_refused(void **state)
{
    SecBuffer b[IPC_BUFFERS_MAX + 1] = { { 0, SECBUFFER_EMPTY, NULL } };
    SecBufferDesc version = { 1, 1, b }, many = desc(b, IPC_BUFFERS_MAX + 1), none = desc(NULL, 1);
    SecBufferDesc most = desc(b, IPC_BUFFERS_MAX), empty = desc(NULL, 0);
    struct ipc_buffers out;

    (void)state;
    assert_int_equal(sspi_buffers_input(&version, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(sspi_buffers_input(&many, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(sspi_buffers_input(&none, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(sspi_buffers_input(&most, &out), SEC_E_OK);
    assert_int_equal(sspi_buffers_input(&empty, &out), SEC_E_OK);
    assert_int_equal(sspi_buffers_output(&version, false, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(sspi_buffers_output(&many, false, &out), SEC_E_INVALID_TOKEN);
    /* An output array that is missing has no room for the token. */
    assert_int_equal(sspi_buffers_output(&none, false, &out), SEC_E_BUFFER_TOO_SMALL);
}

static void
bytes_must_be_there(void **state)
{
    SecBuffer b = { 8, SECBUFFER_TOKEN, NULL };
    SecBufferDesc d = desc(&b, 1);
    struct ipc_buffers out;

    (void)state;
    assert_int_equal(sspi_buffers_input(&d, &out), SEC_E_INVALID_TOKEN);
    b.BufferType = SECBUFFER_MISSING;
    assert_int_equal(sspi_buffers_input(&d, &out), SEC_E_OK);
    assert_int_equal(out.v[0].bytes.n, 0);
    assert_int_equal(out.v[0].room, 8);
}

static struct ipc_buffers
reply(uint32_t type, const char *text)
{
    struct ipc_buffers b = { .count = 1, .present = true };

    b.v[0] = (struct ipc_buffer){ type, (uint32_t)strlen(text), view_of(text, strlen(text)) };
    return b;
}

static void
output_goes_into_the_callers_room(void **state)
{
    char room[8] = "........";
    SecBuffer b = { 8, SECBUFFER_TOKEN, room };
    SecBufferDesc d = desc(&b, 1);
    struct ipc_buffers out, came = reply(SECBUFFER_TOKEN, "abc");

    (void)state;
    assert_int_equal(sspi_buffers_output(&d, false, &out), SEC_E_OK);
    assert_int_equal(out.v[0].room, 8);
    assert_int_equal(sspi_buffers_store(&d, &came, false), SEC_E_OK);
    assert_int_equal(b.cbBuffer, 3);
    assert_int_equal(b.BufferType, SECBUFFER_TOKEN);
    assert_ptr_equal(b.pvBuffer, room);
    assert_memory_equal(room, "abc.....", 8);
    b.cbBuffer = 2;
    assert_int_equal(sspi_buffers_store(&d, &came, false), SEC_E_BUFFER_TOO_SMALL);
    assert_memory_equal(room, "abc.....", 8);
    b = (SecBuffer){ 8, SECBUFFER_TOKEN, NULL };
    assert_int_equal(sspi_buffers_store(&d, &came, false), SEC_E_BUFFER_TOO_SMALL);
}

static void
output_is_allocated_on_request(void **state)
{
    SecBuffer b[2] = { { 99, SECBUFFER_TOKEN, (void *)1 }, { 0, SECBUFFER_ALERT, NULL } };
    SecBufferDesc d = desc(b, 2);
    struct ipc_buffers out, came = reply(SECBUFFER_TOKEN, "abc");

    (void)state;
    assert_int_equal(sspi_buffers_output(&d, true, &out), SEC_E_OK);
    assert_int_equal(out.v[0].room, 0);
    came.count = 2;
    came.v[1] = (struct ipc_buffer){ SECBUFFER_ALERT, 0, view_of(NULL, 0) };
    assert_int_equal(sspi_buffers_store(&d, &came, true), SEC_E_OK);
    assert_int_equal(b[0].cbBuffer, 3);
    assert_memory_equal(b[0].pvBuffer, "abc", 3);
    assert_int_equal(b[1].cbBuffer, 0);
    assert_null(b[1].pvBuffer);
    assert_int_equal(FreeContextBuffer(b[0].pvBuffer), SEC_E_OK);
}

static void
readonly_output_is_not_written(void **state)
{
    char room[4] = "mine";
    SecBuffer b = { 4, SECBUFFER_TOKEN | SECBUFFER_READONLY, room };
    SecBufferDesc d = desc(&b, 1);
    struct ipc_buffers came = reply(SECBUFFER_TOKEN, "abc");

    (void)state;
    assert_int_equal(sspi_buffers_store(&d, &came, false), SEC_E_OK);
    assert_memory_equal(room, "mine", 4);
    assert_int_equal(b.cbBuffer, 4);
    sspi_buffers_clear(&d);
    assert_int_equal(b.cbBuffer, 4);
}

/* Schannel's way to say how much of the input it did not read. */
static void
input_types_come_back(void **state)
{
    char token[] = "tokenEXTRA";
    SecBuffer b[2] = { { 10, SECBUFFER_TOKEN, token }, { 0, SECBUFFER_EMPTY, NULL } };
    SecBufferDesc d = desc(b, 2);
    struct ipc_buffers came = { .count = 2, .present = true };

    (void)state;
    came.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 10, view_of(NULL, 0) };
    came.v[1] = (struct ipc_buffer){ SECBUFFER_EXTRA, 5, view_of(NULL, 0) };
    sspi_buffers_update(&d, &came);
    assert_int_equal(b[0].BufferType, SECBUFFER_TOKEN);
    assert_int_equal(b[0].cbBuffer, 10);
    assert_int_equal(b[1].BufferType, SECBUFFER_EXTRA);
    assert_int_equal(b[1].cbBuffer, 5);
}

/* More buffers in the reply than the caller has are not written anywhere. */
static void
surplus_is_ignored(void **state)
{
    char room[2][4] = { "one", "two" };
    SecBuffer b[2] = { { 4, SECBUFFER_TOKEN, room[0] }, { 4, SECBUFFER_TOKEN, room[1] } };
    SecBufferDesc d = desc(b, 1);
    struct ipc_buffers came = reply(SECBUFFER_TOKEN, "abc");

    (void)state;
    came.count = 2;
    came.v[1] = came.v[0];
    assert_int_equal(sspi_buffers_store(&d, &came, false), SEC_E_OK);
    assert_string_equal(room[1], "two");
    sspi_buffers_update(&d, &came);
    assert_int_equal(b[1].cbBuffer, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_is_a_view_of_the_callers_memory),
        cmocka_unit_test(reserved_bits_are_stripped),
        cmocka_unit_test(unsound_descriptors_are_refused),
        cmocka_unit_test(bytes_must_be_there),
        cmocka_unit_test(output_goes_into_the_callers_room),
        cmocka_unit_test(output_is_allocated_on_request),
        cmocka_unit_test(readonly_output_is_not_written),
        cmocka_unit_test(input_types_come_back),
        cmocka_unit_test(surplus_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
