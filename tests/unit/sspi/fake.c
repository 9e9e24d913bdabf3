#include "fake.h"

#include "half.h"
#include "sspi/ask.h"

#include <dlfcn.h>

struct fake fake;

/* ---- list_packages ----------------------------------------------------- */

static void
put_counted(struct wr *w, const void *p, size_t n)
{
    wr_u32le(w, (uint32_t)n);
    wr_bytes(w, p, n);
}

/* The record that calls.def describes. */
static void
put_package(struct wr *w, uint32_t id, const char16_t *name, size_t units, const char *module,
            uint32_t thunk)
{
    wr_u32le(w, id);
    wr_u32le(w, SECPKG_FLAG_CONNECTION);
    wr_u16le(w, 1);
    wr_u16le(w, 10);
    wr_u32le(w, 2888);
    wr_u32le(w, 0);
    put_counted(w, name, units * sizeof(*name));
    put_counted(w, u"comment", 7 * sizeof(char16_t));
    put_counted(w, module, strlen(module));
    wr_u32le(w, thunk != 0 ? 1 : 0);
    if (thunk != 0)
        wr_u32le(w, thunk);
}

struct view
fake_packages(void)
{
    static uint8_t bytes[512];
    struct wr w = wr_init(bytes, sizeof(bytes));

    put_package(&w, 1, u"NTLM", 4, "test-half", SECPKG_ATTR_LIFESPAN);
    put_package(&w, 2, u"Bare", 4, "", 0);
    put_package(&w, 3, u"Negotiate", 9, "", SECPKG_ATTR_PASSWORD_EXPIRY);
    assert_false(w.failed);
    return wr_written(&w);
}

static status_t
answer_list(struct fake_call *c)
{
    c->p.list.packages = fake_packages();
    return SEC_E_OK;
}

static status_t
answer_acquire(struct fake_call *c)
{
    c->p.acquire.credential = 0xc0de + fake.count[IPC_ID_acquire_credential];
    c->p.acquire.expiry = 12345;
    c->p.acquire.package =
        c->q.acquire.package.n == 18 ? 3 : c->q.acquire.package.p[0] == 'B' ? 2 : 1;
    return SEC_E_OK;
}

static status_t
answer_free(struct fake_call *c)
{
    fake.last_freed = c->q.free_credential.credential;
    return SEC_E_OK;
}

static status_t
answer_delete(struct fake_call *c)
{
    fake.last_deleted = c->q.delete_context.context;
    return SEC_E_OK;
}

/* ---- the transport ----------------------------------------------------- */

static bool
refers_to_handle(const struct fake_call *c)
{
    return c->prefix.call != IPC_ID_list_packages && c->prefix.call != IPC_ID_acquire_credential
        && c->prefix.call != IPC_ID_status && c->prefix.call != IPC_ID_change_password
        && c->prefix.call != IPC_ID_lookup_sid && c->prefix.call != IPC_ID_lookup_name;
}

static status_t
fake_execute(const struct ipc_call *call, struct view request, struct fake_call *c, struct wr *out)
{
    struct ipc_prefix prefix;

    assert_int_equal(ipc_message_parse(request, &ipc_call_req_layout, &c->with, call->request,
                                       &c->q), 0);
    fake.count[call->id]++;
    prefix = (struct ipc_prefix){ call->id, c->prefix.id, SEC_E_OK };
    prefix.status = fake.answers[call->id] == NULL ? SEC_E_UNSUPPORTED_FUNCTION
                                                   : fake.answers[call->id](c);
    if (c->transport != SEC_E_OK)
        return c->transport;
    if (fake.garbage) {
        wr_bytes(out, "garbage", 7);
        return SEC_E_OK;
    }
    return ipc_message_build(out, &prefix, &ipc_call_rep_layout, &c->back, call->reply, &c->p);
}

static status_t
fake_call_ops(void *self, struct view request, uint64_t *session, bool *lost,
              struct sspi_reply *reply)
{
    struct fake_call *c = calloc(1, sizeof(*c));
    const struct ipc_call *call;
    status_t st;

    assert_ptr_equal(self, &fake);
    assert_int_equal(ipc_prefix_parse(request, &c->prefix), 0);
    call = ipc_call_find(c->prefix.call);
    assert_non_null(call);
    if (*session != 0 && *session != fake.session) {
        *lost = true;
        free(c);
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    }
    /* Whoever names a handle says which session it is of. */
    if (refers_to_handle(c))
        assert_int_not_equal(*session, 0);
    reply->heap = wr_init_heap(IPC_MESSAGE_MAX);
    st = fake_execute(call, request, c, &reply->heap);
    free(c);
    if (st != SEC_E_OK) {
        wr_wipe(&reply->heap);
        return st;
    }
    *session = fake.session;
    reply->message = wr_written(&reply->heap);
    fake.replies_held++;
    return SEC_E_OK;
}

static void
fake_reply_wipe(void *self, struct sspi_reply *reply)
{
    (void)self;
    fake.replies_held--;
    wr_wipe(&reply->heap);
    reply->message = view_of(NULL, 0);
}

static const struct sspi_authority_ops fake_ops = {
    .call = fake_call_ops,
    .reply_wipe = fake_reply_wipe,
};

/* ---- for the tests ----------------------------------------------------- */

struct half_state *
fake_half(void)
{
    void *module = dlopen(TEST_MODULES "/test-half.so", RTLD_NOW | RTLD_LOCAL);
    struct half_state *h = module == NULL ? NULL : dlsym(module, "half_state");

    assert_non_null(h);
    return h;
}

void
fake_start(void)
{
    memset(&fake, 0, sizeof(fake));
    fake.session = 1;
    fake.answers[IPC_ID_list_packages] = answer_list;
    fake.answers[IPC_ID_acquire_credential] = answer_acquire;
    fake.answers[IPC_ID_free_credential] = answer_free;
    fake.answers[IPC_ID_delete_context] = answer_delete;
    memset(fake_half(), 0, sizeof(struct half_state));
    sspi_process_reset(&fake_ops, &fake, TEST_MODULES);
}

void
fake_limit_objects(size_t max)
{
    struct sspi_process *p = sspi_process_get();

    handle_table_free(p->handles);
    p->handles = handle_table_new(max);
    assert_non_null(p->handles);
}

int
fake_setup(void **state)
{
    (void)state;
    fake_start();
    return 0;
}

CredHandle
fake_credential(const char16_t *package, void *auth_data)
{
    CredHandle h;

    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)(uintptr_t)package,
                                               SECPKG_CRED_INBOUND, NULL, auth_data, NULL, NULL,
                                               &h, NULL), SEC_E_OK);
    return h;
}

status_t
fake_accept_mapped(struct fake_call *c, uint64_t package_handle, const char *data)
{
    c->p.accept.context = 0xc0 + fake.count[IPC_ID_accept_context];
    c->p.accept.attributes = ASC_RET_ALLOCATED_MEMORY | ASC_RET_INTEGRITY;
    c->p.accept.expiry = 777;
    c->p.accept.mapped = 1;
    c->p.accept.package = 1;
    c->p.accept.package_handle = package_handle;
    c->p.accept.context_data = view_of(data, strlen(data));
    return SEC_E_OK;
}

static uint64_t next_package_handle;

static status_t
answer_accept_at_once(struct fake_call *c)
{
    return fake_accept_mapped(c, next_package_handle, "data");
}

CtxtHandle
fake_context(CredHandle *credential, uint64_t package_handle)
{
    fake_answer *before = fake.answers[IPC_ID_accept_context];
    CtxtHandle h;

    next_package_handle = package_handle;
    fake.answers[IPC_ID_accept_context] = answer_accept_at_once;
    assert_int_equal(AcceptSecurityContext(credential, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_OK);
    fake.answers[IPC_ID_accept_context] = before;
    return h;
}
