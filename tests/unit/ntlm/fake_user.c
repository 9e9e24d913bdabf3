#include "fake_user.h"
#include "vectors.h"

#include "base/filetime.h"

#define FILE_NAME "ntlm-vectors.tsv"

size_t
user_row(const char *name, uint8_t *room)
{
    return vector_get(FILE_NAME, name, room, 512);
}

void
user_assert_row(const uint8_t *got, const char *name)
{
    uint8_t want[512];
    size_t n = user_row(name, want);

    assert_memory_equal(got, want, n);
}

void
user_make(LSA_SEC_HANDLE handle, enum ntlm_role role, uint32_t flags, uint32_t attributes,
          const uint8_t key[16])
{
    uint8_t bytes[512];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct ntlm_context_data d = {
        .role = (uint8_t)role,
        .flags = flags,
        .attributes = attributes,
        .token = role == NTLM_ROLE_ACCEPTOR ? 0x99 : 0,
        .start = 5,
        .expiry = FILETIME_NEVER,
        .account = view_of(u"DOM\\user", 16),
        .target = view_of(u"HTTP/h\u00e9", 14),
    };
    SecBuffer packed;

    memcpy(d.session_key, key, 16);
    ntlm_context_data_build(&w, &d);
    assert_int_equal(w.len, ntlm_context_data_size(&d));
    packed = (SecBuffer){ (ULONG)w.len, SECBUFFER_TOKEN, bytes };
    assert_int_equal(fake.user->InitUserModeContext(handle, &packed), STATUS_SUCCESS);
    assert_ptr_equal(packed.pvBuffer, bytes);
    memset(bytes, 0, sizeof(bytes));    /* the half has its own copy */
}

void
user_pair_make(uint32_t flags, uint32_t attributes)
{
    uint8_t key[16];

    assert_int_equal(user_row("common.RandomSessionKey", key), 16);
    user_make(CLIENT, NTLM_ROLE_INITIATOR, flags, attributes, key);
    user_make(SERVER, NTLM_ROLE_ACCEPTOR, flags, attributes, key);
}

void
user_pair_delete(void)
{
    assert_int_equal(fake.user->DeleteUserModeContext(CLIENT), STATUS_SUCCESS);
    assert_int_equal(fake.user->DeleteUserModeContext(SERVER), STATUS_SUCCESS);
}

static void
message_point(struct user_message *m, ULONG n)
{
    m->buffers[0] = (SecBuffer){ sizeof(m->token), SECBUFFER_TOKEN, m->token };
    m->buffers[1] = (SecBuffer){ n, SECBUFFER_DATA, m->data };
    m->desc = (SecBufferDesc){ SECBUFFER_VERSION, 2, m->buffers };
}

void
user_message_init(struct user_message *m)
{
    memset(m, 0, sizeof(*m));
    message_point(m, (ULONG)user_row("common.Plaintext.utf16le", m->data));
}

void
user_message_copy(const struct user_message *from, struct user_message *to)
{
    *to = *from;
    message_point(to, from->buffers[1].cbBuffer);
}
