/* The contract tests' bench: see bench.h. */
#include "bench.h"

#include "base/str16.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench bench;

static char state_dir[64];

static struct config_package packages[] = {
    { .name = (char *)(uintptr_t) "Scripted",
      .module = (char *)(uintptr_t) "scripted",
      .enabled = true },
    { .name = (char *)(uintptr_t) "Lone",
      .module = (char *)(uintptr_t) "scripted-lone",
      .enabled = true },
    { .name = (char *)(uintptr_t) "Bare", .module = (char *)(uintptr_t) "bare", .enabled = true },
    { .name = (char *)(uintptr_t) "Off",
      .module = (char *)(uintptr_t) "scripted-off",
      .enabled = false },
    { .name = (char *)(uintptr_t) "Same",
      .module = (char *)(uintptr_t) "scripted-same",
      .enabled = true },
    { .name = (char *)(uintptr_t) "Fails",
      .module = (char *)(uintptr_t) "scripted-fails",
      .enabled = true },
    { .name = (char *)(uintptr_t) "BadInit",
      .module = (char *)(uintptr_t) "bare-fails",
      .enabled = true },
    { .name = (char *)(uintptr_t) "NoTable",
      .module = (char *)(uintptr_t) "bare-none",
      .enabled = true },
    { .name = (char *)(uintptr_t) "Twice",
      .module = (char *)(uintptr_t) "scripted",
      .enabled = true },
    { .name = (char *)(uintptr_t) "Absent",
      .module = (char *)(uintptr_t) "not-there",
      .enabled = true },
};

static struct config config = {
    .packages = packages,
    .package_count = sizeof(packages) / sizeof(packages[0]),
    .min_uid = 1000,
};

const struct config *
bench_config(void)
{
    return &config;
}

const char *
bench_dir(void)
{
    return state_dir;
}

static struct scripted_control *
bench_control(const char *module)
{
    char path[512];
    void *handle;

    snprintf(path, sizeof(path), "%s/%s.so", CONTRACT_MODULES, module);
    handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    return handle ? dlsym(handle, SCRIPTED_CONTROL) : NULL;
}

int
bench_open(void **state)
{
    struct account_store_options options = { .dir = state_dir,
                                             .create = true,
                                             .lockout_threshold = 3,
                                             .lockout_window_minutes = 10,
                                             .lockout_minutes = 5 };
    struct lsa_options lsa = { .config = &config, .module_dir = CONTRACT_MODULES };
    char error[LSA_ERROR_MAX] = "";

    (void)state;
    snprintf(state_dir, sizeof(state_dir), "/tmp/opensspi-contract-XXXXXX");
    if (!mkdtemp(state_dir))
        return -1;
    bench.accounts = account_store_open(&options, error);
    lsa.accounts = bench.accounts;
    bench.lsa = bench.accounts ? lsa_new(&lsa, error) : NULL;
    if (!bench.lsa) {
        fprintf(stderr, "%s\n", error);
        return -1;
    }
    bench.package = bench_control("scripted");
    bench.lone = bench_control("scripted-lone");
    return bench.package && bench.lone ? 0 : -1;
}

int
bench_close(void **state)
{
    char command[128];

    (void)state;
    lsa_leg_result_wipe(&bench.result);
    lsa_call_end(&bench.call, false);
    arena_wipe(&bench.arena);
    lsa_client_free(bench.client);
    lsa_free(bench.lsa);
    account_store_close(bench.accounts);
    snprintf(command, sizeof(command), "rm -r '%s'", state_dir);
    return system(command);
}

static void
bench_service_init(void)
{
    bench.service = (struct lsa_service){ .name = "test" };
    bench.service.may = UINT32_MAX & ~(uint32_t)CONFIG_MAY_TCB;
    bench.service.max_contexts = 1000;
    bench.service.max_half_open = 100;
    bench.service.max_credentials = 100;
    bench.service.max_tokens = 10;
    bench.service.handshake_seconds = 60;
    bench.service.failures_per_minute = 100;
}

void
bench_client_of(uint32_t uid)
{
    struct lsa_identity id = { .pid = 42, .uid = uid, .gid = 7 };

    lsa_call_end(&bench.call, false);
    lsa_client_free(bench.client);
    bench.client = lsa_client_new(bench.lsa, &id, &bench.service);
}

void
bench_client_renew(void)
{
    static uint32_t uid = 5000;

    bench_client_of(uid++);
}

int
bench_reset(void **state)
{
    struct scripted_control *controls[] = { bench.package, bench.lone };

    (void)state;
    lsa_leg_result_wipe(&bench.result);
    bench_client_renew();
    bench_service_init();
    bench.peer = NULL;
    for (size_t i = 0; i < 2; i++) {
        struct scripted_record start = controls[i]->seen;

        memset(&controls[i]->next, 0, sizeof(controls[i]->next));
        memset(&controls[i]->seen, 0, sizeof(controls[i]->seen));
        controls[i]->seen.dispatch_table = start.dispatch_table;
        controls[i]->seen.function_table = start.function_table;
        controls[i]->seen.parameters = start.parameters;
        controls[i]->seen.lsa_version = start.lsa_version;
        memcpy(controls[i]->seen.order, start.order, sizeof(start.order));
        controls[i]->acquire_status = STATUS_SUCCESS;
        controls[i]->query_status = STATUS_SUCCESS;
        controls[i]->password_status = STATUS_SUCCESS;
        controls[i]->inside_delete = NULL;
        controls[i]->acquire_handle = 0x1001;
    }
    return bench.client ? 0 : -1;
}

static struct lsa_call *
bench_call(void)
{
    lsa_call_end(&bench.call, false);
    arena_wipe(&bench.arena);
    arena_init(&bench.arena, 1 << 20);
    bench.call =
        (struct lsa_call){ .client = bench.client, .arena = &bench.arena, .thread = 9, .id = 1 };
    if (bench.peer)
        bench.call.peer_address = view_of(bench.peer, strlen(bench.peer));
    return &bench.call;
}

uint64_t
bench_credential(const char *package, uint32_t use)
{
    struct lsa_acquire in = { .use = use };
    char16_t *name = str16_from_utf8(package);
    const struct lsa_package *p;
    uint64_t handle = 0;
    int64_t expiry;

    p = lsa_package_find(bench.lsa, view_of(name, str16_length(name) * sizeof(*name)));
    assert_non_null(p);
    assert_int_equal(lsa_credential_acquire(bench_call(), p, &in, &handle, &expiry), SEC_E_OK);
    free(name);
    return handle;
}

static struct lsa_leg
bench_leg(uint64_t credential, uint64_t context, uint32_t requirements, const char *in)
{
    lsa_leg_result_wipe(&bench.result);
    memset(bench.output_room, 0, sizeof(bench.output_room));
    bench.output_buffer =
        (SecBuffer) { sizeof(bench.output_room), SECBUFFER_TOKEN, bench.output_room };
    if (requirements & ASC_REQ_ALLOCATE_MEMORY)
        bench.output_buffer = (SecBuffer){ 0, SECBUFFER_TOKEN, NULL };
    bench.output = (SecBufferDesc){ SECBUFFER_VERSION, 1, &bench.output_buffer };
    bench.input_buffers[0] = (SecBuffer){ in ? (uint32_t)strlen(in) : 0, SECBUFFER_TOKEN,
                                          NULL };
    bench.input_buffers[0].pvBuffer = in ? arena_copy(&bench.arena, view_of(in, strlen(in))) : NULL;
    bench.input_buffers[1] = (SecBuffer){ 0, SECBUFFER_EMPTY, NULL };
    bench.input = (SecBufferDesc){ SECBUFFER_VERSION, in ? 2 : 0, in ? bench.input_buffers : NULL };
    return (struct lsa_leg){
        .credential = credential,
        .context = context,
        .requirements = requirements,
        .data_rep = SECURITY_NATIVE_DREP,
        .input = &bench.input,
        .output = &bench.output,
    };
}

status_t
bench_accept(uint64_t credential, uint64_t context, uint32_t requirements, const char *in)
{
    struct lsa_call *call = bench_call();
    struct lsa_leg leg = bench_leg(credential, context, requirements, in);

    status_t s = bench.token ? lsa_call_set_token(call, bench.token) : SEC_E_OK;

    return s == SEC_E_OK ? lsa_context_accept(call, &leg, &bench.result) : s;
}

status_t
bench_initiate(uint64_t credential, uint64_t context, uint32_t requirements, const char *in)
{
    static char16_t name[] = u"host/there";
    UNICODE_STRING target = { sizeof(name) - 2, sizeof(name), (PWSTR)name };
    struct lsa_call *call = bench_call();
    struct lsa_leg leg = bench_leg(credential, context, requirements, in);

    leg.target = &target;
    return lsa_context_initialize(call, &leg, &bench.result);
}

void
bench_next(NTSTATUS status, LSA_SEC_HANDLE new_handle)
{
    bench.package->next = (struct scripted_answer){ .status = status, .new_handle = new_handle };
}

void
bench_within(void (*fn)(void))
{
    uint64_t credential = bench_credential("Scripted", SECPKG_CRED_INBOUND);

    bench_next(STATUS_SUCCESS, 0x500);
    bench.package->next.inside = fn;
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_OK);
}

LUID
bench_luid(void)
{
    static uint32_t next = 70000;

    return (LUID){ next++, 77 };
}
