/*
 * A package for NegoEx alone (SECPKG_FLAG_NEGOTIABLE2), as a third party would write it: both
 * halves in one module. Its rules are negoextest.h's. Built twice: "NegoExOne" and "NegoExTwo".
 */
#include "negoextest.h"

#include "crypto/krb.h"

#include "opensspi_host.h"
#include "sspi.h"

#ifndef TEST_NAME
#define TEST_NAME "one"
#define TEST_PACKAGE u"NegoExOne"
#define TEST_LAST 1
#endif

#define CREDENTIAL 0x17u

static LSA_SECPKG_FUNCTION_TABLE *lsa;
static char16_t package_name[] = TEST_PACKAGE, package_comment[] = u"A test of NegoEx";

static NTSTATUS NTAPI
test_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id;
    (void)parameters;
    lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
test_shutdown(void)
{
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
test_get_info(PSecPkgInfoW info)
{
    *info = (SecPkgInfoW){
        .fCapabilities = SECPKG_FLAG_NEGOTIABLE2 | SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_CONNECTION,
        .wVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .wRPCID = SECPKG_ID_NONE,
        .cbMaxToken = 256,
        .Name = package_name,
        .Comment = package_comment,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
test_get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out)
{
    static const UCHAR scheme[16] = NEGOEXTEST_GUID(TEST_LAST);

    if (class != SecpkgNego2Info)
        return SEC_E_UNSUPPORTED_FUNCTION;
    *out = lsa->AllocateLsaHeap(sizeof(**out));
    if (*out == NULL)
        return STATUS_NO_MEMORY;
    (*out)->Class = class;
    memcpy((*out)->Info.Nego2Info.AuthScheme, scheme, sizeof(scheme));
    return STATUS_SUCCESS;
}

/* Whatever NegoEx asks says that NegoEx asks, besides whose call it is within. */
static void
call_check(void)
{
    const ULONG all = SECPKG_CALL_NEGO | SECPKG_CALL_NEGO_EXTENDER;
    SECPKG_CALL_INFO info;

    if (!lsa->GetCallInfo(&info) || (info.Attributes & all) != all || info.ProcessId == 0)
        abort();
}

static NTSTATUS NTAPI
test_acquire(PUNICODE_STRING principal, ULONG flags, PLUID logon_id, PVOID data, PVOID function,
             PVOID argument, PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    (void)principal, (void)flags, (void)logon_id, (void)data, (void)function, (void)argument;
    call_check();
    *handle = CREDENTIAL;
    expiry->QuadPart = INT64_MAX;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
test_free(LSA_SEC_HANDLE handle)
{
    call_check();
    return handle == CREDENTIAL ? STATUS_SUCCESS : SEC_E_INVALID_HANDLE;
}

/* ---- contexts ------------------------------------------------------------------ */

static struct negoextest_context *
context_at(PLSA_SEC_HANDLE handle, char role)
{
    struct negoextest_context *c;

    if (*handle == 0) {
        c = calloc(1, sizeof(*c));
        if (c == NULL)
            return NULL;
        c->role = role;
        *handle = (LSA_SEC_HANDLE)(uintptr_t)c;
    }
    return (struct negoextest_context *)(uintptr_t)*handle;
}

static NTSTATUS NTAPI
test_delete(LSA_SEC_HANDLE handle)
{
    call_check();
    free((struct negoextest_context *)(uintptr_t)handle);
    return STATUS_SUCCESS;
}

/* Requests of the initiator come with a target, those of the acceptor without one. */
static char
role_of(PUNICODE_STRING target)
{
    return target != NULL ? 'i' : 'a';
}

static NTSTATUS NTAPI
test_query_meta(LSA_SEC_HANDLE credential, PUNICODE_STRING target, ULONG requirements,
                PULONG n, PUCHAR *meta, PLSA_SEC_HANDLE context)
{
    char role = role_of(target);

    (void)requirements;
    call_check();
    if (credential != CREDENTIAL || negoextest_fails(TEST_NAME, role, "query"))
        return STATUS_UNSUCCESSFUL;
    if (context_at(context, role) == NULL)
        return STATUS_NO_MEMORY;
    *n = 0;
    if (negoextest_fails(TEST_NAME, role, "quiet"))
        return STATUS_SUCCESS;
    *meta = lsa->AllocateLsaHeap(NEGOEXTEST_META_SIZE);
    if (*meta == NULL)
        return STATUS_NO_MEMORY;
    *n = NEGOEXTEST_META_SIZE;
    negoextest_meta(role, *meta);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
test_exchange_meta(LSA_SEC_HANDLE credential, PUNICODE_STRING target, ULONG requirements,
                   ULONG n, PUCHAR meta, PLSA_SEC_HANDLE context)
{
    char role = role_of(target);
    unsigned char want[NEGOEXTEST_META_SIZE];

    (void)requirements;
    call_check();
    negoextest_meta(role == 'i' ? 'a' : 'i', want);
    if (credential != CREDENTIAL || negoextest_fails(TEST_NAME, role, "exchange") ||
        n != sizeof(want) || memcmp(meta, want, n) != 0)
        return STATUS_UNSUCCESSFUL;
    return context_at(context, role) != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static SecBuffer *
token_of(PSecBufferDesc d)
{
    for (ULONG i = 0; d != NULL && i < d->cBuffers; i++) {
        if ((d->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_TOKEN)
            return &d->pBuffers[i];
    }
    return NULL;
}

struct leg {
    char role;
    LSA_SEC_HANDLE credential, context;
    PSecBufferDesc input, output;
    PLSA_SEC_HANDLE new_context;
    PULONG attributes;
    PTimeStamp expiry;
    PBOOLEAN mapped;
    PSecBuffer data;
};

static NTSTATUS
token_put(SecBuffer *b, const unsigned char *bytes, bool sends)
{
    if (b->pvBuffer == NULL && sends)
        b->pvBuffer = lsa->AllocateLsaHeap(NEGOEXTEST_TOKEN_SIZE);
    b->cbBuffer = sends ? NEGOEXTEST_TOKEN_SIZE : 0;
    if (!sends)
        return STATUS_SUCCESS;
    if (b->pvBuffer == NULL)
        return STATUS_NO_MEMORY;
    memcpy(b->pvBuffer, bytes, NEGOEXTEST_TOKEN_SIZE);
    return STATUS_SUCCESS;
}

static NTSTATUS
context_map(const struct leg *l)
{
    l->data->pvBuffer = lsa->AllocateLsaHeap(NEGOEXTEST_KEY_SIZE);
    if (l->data->pvBuffer == NULL)
        return STATUS_NO_MEMORY;
    l->data->cbBuffer = NEGOEXTEST_KEY_SIZE;
    negoextest_key(TEST_NAME, l->role, l->data->pvBuffer);
    *l->mapped = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS
leg_run(const struct leg *l)
{
    LSA_SEC_HANDLE handle = l->context;
    struct negoextest_context *c = context_at(&handle, l->role);
    SecBuffer *in = token_of(l->input), *out = token_of(l->output);
    unsigned char token[NEGOEXTEST_TOKEN_SIZE];
    bool sends;
    NTSTATUS st;

    call_check();
    if (l->credential != CREDENTIAL || c == NULL || out == NULL)
        return SEC_E_INVALID_HANDLE;
    if (!negoextest_step(TEST_NAME, c, in != NULL ? in->pvBuffer : NULL,
                         in != NULL ? in->cbBuffer : 0, token, &sends)) {
        if (l->context == 0)
            (void)test_delete(handle);
        return SEC_E_LOGON_DENIED;
    }
    *l->new_context = handle;
    *l->attributes = ISC_RET_INTEGRITY;
    l->expiry->QuadPart = INT64_MAX;
    st = token_put(out, token, sends);
    if (st == STATUS_SUCCESS && c->complete)
        return context_map(l);
    return st == STATUS_SUCCESS ? SEC_I_CONTINUE_NEEDED : st;
}

static NTSTATUS NTAPI
test_init(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
          ULONG requirements, ULONG data_rep, PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
          PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
          PSecBuffer data)
{
    const struct leg l = { 'i', credential, context, input, output, new_context, attributes,
                           expiry, mapped, data };

    (void)target, (void)requirements, (void)data_rep;
    return leg_run(&l);
}

static NTSTATUS NTAPI
test_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
            ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_context,
            PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
            PSecBuffer data)
{
    const struct leg l = { 'a', credential, context, input, output, new_context, attributes,
                           expiry, mapped, data };

    (void)requirements, (void)data_rep;
    return leg_run(&l);
}

static NTSTATUS NTAPI
test_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct negoextest_context *c = (const struct negoextest_context *)(uintptr_t)handle;
    SecPkgContext_NegoKeys *keys = buffer;

    call_check();
    if (attribute != SECPKG_ATTR_NEGO_KEYS || !negoextest_has_key(TEST_NAME, c))
        return SEC_E_UNSUPPORTED_FUNCTION;
    keys->KeyType = keys->VerifyKeyType = NEGOEXTEST_ETYPE;
    keys->KeyLength = keys->VerifyKeyLength = NEGOEXTEST_KEY_SIZE;
    keys->KeyValue = lsa->AllocateLsaHeap(NEGOEXTEST_KEY_SIZE);
    keys->VerifyKeyValue = lsa->AllocateLsaHeap(NEGOEXTEST_KEY_SIZE);
    if (keys->KeyValue == NULL || keys->VerifyKeyValue == NULL)
        return STATUS_NO_MEMORY;
    negoextest_key(TEST_NAME, c->role, keys->KeyValue);
    negoextest_key(TEST_NAME, c->role, keys->VerifyKeyValue);
    return STATUS_SUCCESS;
}

static SECPKG_FUNCTION_TABLE table = {
    .Initialize = test_initialize,
    .Shutdown = test_shutdown,
    .GetInfo = test_get_info,
    .GetExtendedInformation = test_get_extended,
    .AcquireCredentialsHandle = test_acquire,
    .FreeCredentialsHandle = test_free,
    .InitLsaModeContext = test_init,
    .AcceptLsaModeContext = test_accept,
    .DeleteContext = test_delete,
    .QueryContextAttributes = test_query,
    .QueryMetaData = test_query_meta,
    .ExchangeMetaData = test_exchange_meta,
};

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG lsa_version, PULONG version, PSECPKG_FUNCTION_TABLE *tables,
                    PULONG count)
{
    (void)lsa_version;
    *version = SECPKG_INTERFACE_VERSION_5;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}

/* ---- signatures ------------------------------------------------------------------ */

static void
sum_make(const void *key, const void *message, ULONG n, uint8_t mac[CRYPTO_KRB_MAC_MAX])
{
    struct view all = view_of(message, n);
    struct crypto_krb_key k;
    struct crypto_krb_sum s;

    if (!crypto_krb_key_init(&k, NEGOEXTEST_ETYPE, view_of(key, NEGOEXTEST_KEY_SIZE)))
        abort();
    crypto_krb_sum_init(&s, &k, NEGOEXTEST_USAGE);
    crypto_krb_sum(&s, &all, 1, mac);
}

static NTSTATUS
unmapped_sign(PSecBuffer data, const void *message, ULONG n, PSecBuffer signature)
{
    uint8_t mac[CRYPTO_KRB_MAC_MAX];

    if (negoextest_fails(TEST_NAME, 'i', "nosign"))
        return SEC_E_UNSUPPORTED_FUNCTION;
    sum_make(data->pvBuffer, message, n, mac);
    memcpy(signature->pvBuffer, mac, NEGOEXTEST_MIC_SIZE);
    signature->cbBuffer = NEGOEXTEST_MIC_SIZE;
    return STATUS_SUCCESS;
}

static NTSTATUS
unmapped_verify(PSecBuffer data, const void *message, ULONG n, const SecBuffer *signature)
{
    uint8_t mac[CRYPTO_KRB_MAC_MAX];

    sum_make(data->pvBuffer, message, n, mac);
    return signature->cbBuffer == NEGOEXTEST_MIC_SIZE &&
                   memcmp(signature->pvBuffer, mac, NEGOEXTEST_MIC_SIZE) == 0
               ? STATUS_SUCCESS
               : SEC_E_MESSAGE_ALTERED;
}

OPENSSPI_API extern const struct opensspi_unmapped OpenSspiUnmapped;
const struct opensspi_unmapped OpenSspiUnmapped = {
    .size = sizeof(OpenSspiUnmapped),
    .sign = unmapped_sign,
    .verify = unmapped_verify,
};

/* ---- the user half ---------------------------------------------------------------- */

static NTSTATUS NTAPI
user_init(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    (void)handle;
    return packed->cbBuffer == NEGOEXTEST_KEY_SIZE ? STATUS_SUCCESS : SEC_E_INVALID_TOKEN;
}

static NTSTATUS NTAPI
user_delete(LSA_SEC_HANDLE handle)
{
    (void)handle;
    return STATUS_SUCCESS;
}

static SECPKG_USER_FUNCTION_TABLE user_table = {
    .InitUserModeContext = user_init,
    .DeleteUserModeContext = user_delete,
};

NTSTATUS SEC_ENTRY
SpUserModeInitialize(ULONG lsa_version, PULONG version, PSECPKG_USER_FUNCTION_TABLE *tables,
                     PULONG count)
{
    (void)lsa_version;
    *version = SECPKG_INTERFACE_VERSION;
    *tables = &user_table;
    *count = 1;
    return STATUS_SUCCESS;
}
