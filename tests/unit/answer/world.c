/* The tests' world: see world.h. */
#include "world.h"

#include "base/log.h"

#include <dlfcn.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINES 4096
#define PID_STATUS 1

struct world world;

static char state_dir[64];

static struct {
    pthread_mutex_t lock;
    char lines[LOG_LINES][256];
    unsigned count;
} recorded = { .lock = PTHREAD_MUTEX_INITIALIZER };

static char *
text(const char *s)
{
    return (char *)(uintptr_t)s;
}

static struct config_setting settings[1];
static struct config_package packages[3];
static char *narrow_packages[1];

static void
log_record(enum log_level level, const char *line, void *arg)
{
    (void)level;
    (void)arg;
    pthread_mutex_lock(&recorded.lock);
    if (recorded.count < LOG_LINES)
        snprintf(recorded.lines[recorded.count++], sizeof(recorded.lines[0]), "%s", line);
    pthread_mutex_unlock(&recorded.lock);
}

unsigned
log_count(const char *wanted)
{
    unsigned n = 0;

    pthread_mutex_lock(&recorded.lock);
    for (unsigned i = 0; i < recorded.count; i++)
        n += strstr(recorded.lines[i], wanted) != NULL;
    pthread_mutex_unlock(&recorded.lock);
    return n;
}

static void
config_init(void)
{
    static const char *const names[SERVICES] = { "all", "web", "narrow", "door" };
    static uint32_t uids[SERVICES];

    settings[0] = (struct config_setting){ text("Scripted"), text("colour"), text("red") };
    packages[0] = (struct config_package){
        text("Scripted"), text("scripted"), true, false, CONFIG_POOL_FAST, { settings, 1 }
    };
    packages[1] = (struct config_package){
        text("Slow"), text("scripted-slow"), true, false, CONFIG_POOL_SLOW, { NULL, 0 }
    };
    packages[2] = (struct config_package){
        text("Parallel"), text("parallel"), true, false, CONFIG_POOL_INITIATE, { NULL, 0 }
    };
    narrow_packages[0] = text("parallel");
    for (unsigned i = 0; i < SERVICES; i++) {
        uids[i] = SERVICE_UID + i;
        world.services[i] = (struct config_service){
            .name = text(names[i]), .uids = &uids[i], .uid_count = 1, .may = MAY_ALL,
            .max_contexts = 100, .max_half_open = 50, .max_credentials = 20,
            .handshake_seconds = 60, .failures_per_minute = 10000,
        };
    }
    world.services[NARROW].packages = narrow_packages;
    world.services[NARROW].package_count = 1;
    world.services[DOOR].uid_count = 0;         /* only by its own socket */
    world.config = (struct config){
        .state_dir = state_dir, .packages = packages, .package_count = 3,
        .services = world.services, .service_count = SERVICES,
    };
}

static void *
control(const char *module, const char *symbol)
{
    char path[512];
    void *handle;

    snprintf(path, sizeof(path), "%s/%s.so", ANSWER_MODULES, module);
    handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    return handle ? dlsym(handle, symbol) : NULL;
}

static int
open_authority(bool embedded)
{
    struct answer_options options = { .config = &world.config, .module_dir = ANSWER_MODULES,
                                      .create_store = true, .embedded = embedded };
    char error[CONFIG_ERROR_MAX] = "";

    snprintf(state_dir, sizeof(state_dir), "/tmp/opensspi-answer-XXXXXX");
    if (!mkdtemp(state_dir))
        return -1;
    config_init();
    log_set_sink(log_record, NULL);
    world.authority = answer_authority_new(&options, error);
    if (!world.authority) {
        fprintf(stderr, "%s\n", error);
        return -1;
    }
    world.package = control("scripted", SCRIPTED_CONTROL);
    world.slow = control("scripted-slow", SCRIPTED_CONTROL);
    world.parallel = control("parallel", PARALLEL_CONTROL);
    world.x.bytes = wr_init_heap(IPC_MESSAGE_MAX);
    return world.package && world.slow && world.parallel ? 0 : -1;
}

int
world_open(void **state)
{
    (void)state;
    return open_authority(false);
}

int
world_open_embedded(void **state)
{
    (void)state;
    return open_authority(true);
}

int
world_close(void **state)
{
    char command[128];

    (void)state;
    exchange_wipe(&world.x);
    answer_authority_free(world.authority);
    log_set_sink(NULL, NULL);
    snprintf(command, sizeof(command), "rm -r '%s'", state_dir);
    return system(command);
}

void
world_reload(void)
{
    /* The authority still has the last one, and compares. */
    static struct config taken[2];
    static unsigned turn;

    turn ^= 1;
    taken[turn] = world.config;
    answer_authority_reload(world.authority, &taken[turn]);
}

int
world_reset(void **state)
{
    struct scripted_control *controls[] = { world.package, world.slow };

    (void)state;
    config_init();
    world_reload();
    for (size_t i = 0; i < 2; i++) {
        memset(&controls[i]->next, 0, sizeof(controls[i]->next));
        memset(&controls[i]->seen, 0, sizeof(controls[i]->seen));
        controls[i]->acquire_status = STATUS_SUCCESS;
        controls[i]->query_status = STATUS_SUCCESS;
        controls[i]->password_status = STATUS_SUCCESS;
        controls[i]->inside_delete = NULL;
        controls[i]->acquire_handle = 0x1001;
    }
    pthread_mutex_lock(&recorded.lock);
    recorded.count = 0;
    pthread_mutex_unlock(&recorded.lock);
    return 0;
}

/* ---- connections ------------------------------------------------------ */

struct answer_connection *
world_connect(unsigned service, uint32_t pid)
{
    struct ipc_peer peer = { .pid = pid, .uid = SERVICE_UID + service, .gid = 100 };

    return answer_connection_new(world.authority, &peer, service == DOOR ? "door" : NULL);
}

struct answer_connection *
world_session(unsigned service, uint32_t pid)
{
    struct answer_connection *c = world_connect(service, pid);

    assert_non_null(c);
    assert_int_equal(say_hello(c), SEC_E_OK);
    return c;
}

/* ---- messages --------------------------------------------------------- */

uint8_t *
exchange_build(struct exchange *x, enum ipc_id id, const void *request, size_t *n)
{
    const struct ipc_call *call = ipc_call_find((uint16_t)id);
    struct ipc_prefix prefix = { (uint16_t)id, 77, 0 };
    struct wr w = wr_init_heap(IPC_MESSAGE_MAX);

    if (ipc_message_build(&w, &prefix, &ipc_call_req_layout, &x->common, call->request, request)
        != 0)
        abort();
    memset(&x->common, 0, sizeof(x->common));
    return wr_take(&w, n);
}

status_t
exchange_ask(struct exchange *x, struct answer_connection *c, enum ipc_id id, const void *request)
{
    const struct ipc_call *call = ipc_call_find((uint16_t)id);
    enum answer_verdict verdict;
    struct ipc_prefix prefix;
    size_t n;
    uint8_t *bytes = exchange_build(x, id, request, &n);

    exchange_wipe(x);
    x->bytes = wr_init_heap(IPC_MESSAGE_MAX);
    memset(&x->reply, 0, sizeof(x->reply));
    verdict = answer_message(c, view_of(bytes, n), &x->bytes);
    free(bytes);
    if (verdict == ANSWER_CLOSE)
        return CLOSED;
    if (ipc_message_parse(wr_written(&x->bytes), &ipc_call_rep_layout, &x->common_reply,
                          call->reply, &x->reply)
            != 0
        || ipc_prefix_parse(wr_written(&x->bytes), &prefix) != 0 || prefix.call != id
        || prefix.id != 77)
        abort();
    return prefix.status;
}

void
exchange_wipe(struct exchange *x)
{
    wr_wipe(&x->bytes);
}

status_t
say_hello(struct answer_connection *c)
{
    return ask(c, hello, &(struct ipc_hello_req){ .version = IPC_VERSION });
}

status_t
try_acquire(struct answer_connection *c, struct view package, uint32_t use)
{
    return ask(c, acquire_credential,
               (&(struct ipc_acquire_credential_req){ .package = package, .use = use }));
}

uint64_t
acquire(struct answer_connection *c, struct view package, uint32_t use)
{
    assert_int_equal(try_acquire(c, package, use), SEC_E_OK);
    assert_true(reply_of(acquire_credential)->credential != 0);
    return reply_of(acquire_credential)->credential;
}

static struct ipc_buffers
one_buffer(struct view bytes, uint32_t room)
{
    struct ipc_buffers b = { .count = 1, .present = true };

    b.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, room, bytes };
    return b;
}

status_t
accept_leg(struct answer_connection *c, uint64_t credential, uint64_t *context, const char *token)
{
    struct ipc_accept_context_req q = {
        .credential = credential, .context = *context,
        .input = one_buffer(view_of(token, strlen(token)), 0),
        .output = one_buffer(view_of(NULL, 0), 64),
    };
    status_t s = ask(c, accept_context, &q);

    if (s >= 0 && s != CLOSED)
        *context = reply_of(accept_context)->context;
    return s;
}

status_t
initiate_leg(struct answer_connection *c, uint64_t credential, uint64_t *context)
{
    struct ipc_initialize_context_req q = {
        .credential = credential, .context = *context,
        .output = one_buffer(view_of(NULL, 0), 64),
    };
    status_t s = ask(c, initialize_context, &q);

    if (s >= 0 && s != CLOSED)
        *context = reply_of(initialize_context)->context;
    return s;
}

status_t
delete_context(struct answer_connection *c, uint64_t context)
{
    return ask(c, delete_context, &(struct ipc_delete_context_req){ .context = context });
}

status_t
free_credential(struct answer_connection *c, uint64_t credential)
{
    return ask(c, free_credential, &(struct ipc_free_credential_req){ .credential = credential });
}

/* Of any package's counters. */
static json_t *
status_package_counter(const json_t *root, const char *key)
{
    json_t *package, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(root, "packages"), i, package) {
        if (!found)
            found = json_object_get(json_object_get(package, "counters"), key);
    }
    return found;
}

/* The status reply, to be freed by json_decref(). */
static json_t *
status_ask(void)
{
    struct answer_connection *c = world_session(ALL, PID_STATUS);
    struct view json;
    json_t *root;

    assert_int_equal(ask(c, status, (&(struct ipc_status_req){ 0 })), SEC_E_OK);
    json = reply_of(status)->json;
    root = json_loadb((const char *)json.p, json.n, 0, NULL);
    assert_non_null(root);
    answer_connection_free(c);
    return root;
}

int64_t
status_number(const char *key)
{
    json_t *root = status_ask(), *value;
    int64_t number;

    value = json_object_get(json_object_get(root, "counters"), key);
    if (!value)
        value = json_object_get(root, key);
    if (!value)
        value = status_package_counter(root, key);
    number = value ? json_integer_value(value) : STATUS_NO_NUMBER;
    json_decref(root);
    return number;
}

int64_t
status_service_number(const char *service, const char *package, const char *counter)
{
    json_t *root = status_ask(), *item, *value = NULL;
    int64_t number;
    size_t i;

    json_array_foreach(json_object_get(root, "services"), i, item) {
        if (strcmp(json_string_value(json_object_get(item, "name")), service) == 0)
            value = json_object_get(json_object_get(json_object_get(item, "counters"), package),
                                    counter);
    }
    number = value ? json_integer_value(value) : STATUS_NO_NUMBER;
    json_decref(root);
    return number;
}
