/* Our end: the user half through its function table, as libsspi calls it. */
#include "krb.h"

#include <stdio.h>
#include <stdlib.h>

#include "packages/kerberos/protect/context_data.h"

#include "ntsecpkg.h"

#define HANDLE_OURS 1u
#define DATA_MAX 512

static SECPKG_USER_FUNCTION_TABLE *user;
static ULONG trailer;

static PVOID NTAPI
heap_allocate(ULONG n)
{
    return malloc(n);
}

static void NTAPI
heap_free(PVOID p)
{
    free(p);
}

static SECPKG_DLL_FUNCTIONS dll = { .AllocateHeap = heap_allocate, .FreeHeap = heap_free };

static bool
is_good(const char *what, NTSTATUS st)
{
    if (!NT_SUCCESS(st))
        fprintf(stderr, "bench: %s: %08x\n", what, (unsigned)st);
    return NT_SUCCESS(st);
}

bool
krb_bench_ours_open(const struct krb_bench_keys *keys)
{
    struct krb_context_data d = {
        .role = KRB_ROLE_INITIATOR,
        .gss_flags = KRB_GSS_CONF | KRB_GSS_INTEG | KRB_GSS_REPLAY | KRB_GSS_SEQUENCE,
        .initiator_key = { keys->etype, keys->initiator },
        .acceptor_key = { keys->etype, keys->acceptor },
        .send_sequence = (uint32_t)keys->send_sequence,
        .receive_sequence = (uint32_t)keys->receive_sequence,
    };
    uint8_t bytes[DATA_MAX];
    struct wr w = wr_init(bytes, sizeof(bytes));
    SecPkgContext_Sizes sizes;
    SecBuffer packed;
    ULONG version, count;

    krb_context_data_build(&w, &d);
    packed = (SecBuffer){ (ULONG)w.len, SECBUFFER_TOKEN, bytes };
    if (!is_good("table", SpUserModeInitialize(SECPKG_INTERFACE_VERSION, &version, &user, &count))
        || !is_good("start", user->InstanceInit(SECPKG_INTERFACE_VERSION, &dll, NULL))
        || !is_good("context", user->InitUserModeContext(HANDLE_OURS, &packed))
        || !is_good("sizes",
                    user->QueryContextAttributes(HANDLE_OURS, SECPKG_ATTR_SIZES, &sizes)))
        return false;
    trailer = sizes.cbSecurityTrailer;
    return true;
}

/* The application's text is copied to where it is sent from, as gss_wrap() copies it. */
static bool
ours_wrap(const uint8_t *text, size_t n, struct krb_bench_token *out)
{
    SecBuffer b[] = {
        { trailer, SECBUFFER_TOKEN, out->bytes },
        { (ULONG)n, SECBUFFER_DATA, out->bytes + trailer },
    };
    SecBufferDesc desc = { SECBUFFER_VERSION, 2, b };

    memcpy(out->bytes + trailer, text, n);
    out->n = trailer + n;
    return is_good("seal", user->SealMessage(HANDLE_OURS, 0, &desc, 0)) &&
           b[0].cbBuffer == trailer;
}

static bool
ours_unwrap(struct krb_bench_token *in, const uint8_t **text, size_t *n)
{
    SecBuffer b[] = {
        { (ULONG)in->n, SECBUFFER_STREAM, in->bytes },
        { 0, SECBUFFER_DATA, NULL },
    };
    SecBufferDesc desc = { SECBUFFER_VERSION, 2, b };

    if (!is_good("unseal", user->UnsealMessage(HANDLE_OURS, &desc, 0, NULL)))
        return false;
    *text = b[1].pvBuffer;
    *n = b[1].cbBuffer;
    return true;
}

static void
ours_close(void)
{
    (void)user->DeleteUserModeContext(HANDLE_OURS);
}

const struct krb_bench_end krb_bench_ours = {
    .name = "OpenSSPI",
    .wrap = ours_wrap,
    .unwrap = ours_unwrap,
    .close = ours_close,
};
