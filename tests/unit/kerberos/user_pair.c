/* The pair of user-half contexts and the library's part: see user_pair.h. */
#include "user_pair.h"

#define FLAGS (KRB_GSS_CONF | KRB_GSS_INTEG | KRB_GSS_REPLAY | KRB_GSS_SEQUENCE)

/* ---- the library's part: a heap that counts ------------------------------------ */

SECPKG_USER_FUNCTION_TABLE *user;
long heap, heap_left = -1;

static PVOID NTAPI
heap_allocate(ULONG n)
{
    if (heap_left == 0)
        return NULL;
    heap_left -= heap_left > 0;
    heap++;
    return calloc(1, n);
}

void NTAPI
heap_free(PVOID p)
{
    heap--;
    free(p);
}

static SECPKG_DLL_FUNCTIONS dll = { .AllocateHeap = heap_allocate, .FreeHeap = heap_free };

int
user_start(void **state)
{
    ULONG version = 0, count = 0;

    (void)state;
    assert_int_equal(SpUserModeInitialize(SECPKG_INTERFACE_VERSION, &version, &user, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(user->InitUserModeContext(1, NULL), SEC_E_INVALID_HANDLE);
    return user->InstanceInit(SECPKG_INTERFACE_VERSION, &dll, NULL);
}

/* ---- contexts ----------------------------------------------------------------------- */

struct crypto_krb_key keys[2];
static uint32_t sequences[2];       /* of the initiator, of the acceptor */
static uint32_t gss_flags;

void
keys_load(const char *stem)
{
    struct krb_enc_ap_rep_part part = { .sequence = row_u32(stem, "/ap.initiator_seq") };
    struct view der;

    keys[1] = (struct crypto_krb_key){ 0 };
    sequences[0] = sequences[1] = part.sequence;
    gss_flags = FLAGS | (strstr(stem, "/dce") != NULL ? KRB_GSS_DCE_STYLE : 0);
    keys[0] = row_enctype(stem)->newer
                  ? row_key(stem, "/ap.initiator_subkey", row_enctype(stem)->number)
                  : row_key(stem, "/init.ctx_key", 0);
    if (row_has(stem, "/init.acceptor_subkey"))
        keys[1] = row_key(stem, "/init.acceptor_subkey", 0);
    if (!row_has(stem, "/tok2_ap_rep.enc_ap_rep_part_der"))
        return;
    der = row_new(stem, "/tok2_ap_rep.enc_ap_rep_part_der");
    assert_int_equal(krb_enc_ap_rep_part_parse(der, &part), 0);
    sequences[1] = part.sequence;
    row_free(der);
}

struct krb_context_data
context_data(enum krb_role role)
{
    size_t own = role == KRB_ROLE_ACCEPTOR;

    return (struct krb_context_data){
        .role = (uint8_t)role, .gss_flags = gss_flags, .attributes = 0x1234,
        .initiator_key = { keys[0].type->number, crypto_krb_key_view(&keys[0]) },
        .acceptor_key = { keys[1].type == NULL ? 0 : keys[1].type->number,
                          crypto_krb_key_view(&keys[1]) },
        .send_sequence = sequences[own], .receive_sequence = sequences[1 - own],
        .token = own ? TOKEN_HANDLE : 0,
        .start = START, .expiry = EXPIRY, .logoff = LOGOFF,
        .account = view_of(u"DOM\\user", 16), .client = view_of(u"user@R", 12),
        .server = view_of(u"host/s@R", 16), .authority = view_of(u"DOM", 6),
        .target = view_of(u"HTTP/s\u00e9", 14),
        .format = KRB_CONTEXT_FORMAT_HIGHEST,
        .pac = own ? view_of("pac", 3) : view_of(NULL, 0),
    };
}

NTSTATUS
context_try(LSA_SEC_HANDLE handle, const struct krb_context_data *d)
{
    struct wr w = wr_init_heap(128 * 1024);
    SecBuffer packed;
    NTSTATUS st;

    krb_context_data_build(&w, d);
    assert_int_equal(w.len, krb_context_data_size(d));
    packed = (SecBuffer){ (ULONG)w.len, SECBUFFER_TOKEN, (void *)(uintptr_t)wr_written(&w).p };
    st = user->InitUserModeContext(handle, &packed);
    wr_wipe(&w);                        /* the half has its own copy */
    return st;
}

void
pair_make(const char *stem)
{
    struct krb_context_data initiator, acceptor;

    keys_load(stem);
    initiator = context_data(KRB_ROLE_INITIATOR);
    acceptor = context_data(KRB_ROLE_ACCEPTOR);
    assert_int_equal(context_try(INITIATOR, &initiator), STATUS_SUCCESS);
    assert_int_equal(context_try(ACCEPTOR, &acceptor), STATUS_SUCCESS);
}

void
pair_delete(void)
{
    assert_int_equal(user->DeleteUserModeContext(INITIATOR), STATUS_SUCCESS);
    assert_int_equal(user->DeleteUserModeContext(ACCEPTOR), STATUS_SUCCESS);
    assert_int_equal(user->DeleteUserModeContext(ACCEPTOR), SEC_E_INVALID_HANDLE);
    assert_int_equal(heap, 0);
}
