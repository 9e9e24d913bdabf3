/*
 * The two SSPI implementations of the benchmark, each dlopened privately: both
 * export the same names. Their tables have one layout, Windows's.
 */
#include "bench.h"

#include <dlfcn.h>
#include <stdio.h>

typedef PSecurityFunctionTableA table_init(void);
typedef PSecurityFunctionTableA table_init_ex(uint32_t flags);

static void *
table_symbol(const char *library, const char *name)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void *symbol = handle ? dlsym(handle, name) : NULL;

    if (!symbol)
        fprintf(stderr, "bench: %s\n", dlerror());
    return symbol;
}

PSecurityFunctionTableA
bench_load_opensspi(void)
{
    table_init *init = (table_init *)table_symbol(BENCH_LIBSSPI, "InitSecurityInterfaceA");

    return init ? init() : NULL;
}

PSecurityFunctionTableA
bench_load_winpr(void)
{
    table_init_ex *init =
        (table_init_ex *)table_symbol("libwinpr2.so.2", "InitSecurityInterfaceExA");

    return init ? init(0) : NULL;
}

bool
bench_context_seal(struct bench_context *c, uint8_t *data, uint32_t n,
                   uint8_t signature[BENCH_SIGNATURE])
{
    SecBuffer b[2] = {
        { BENCH_SIGNATURE, SECBUFFER_TOKEN, signature },
        { n, SECBUFFER_DATA, data },
    };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    return c->table->EncryptMessage(&c->handle, 0, &d, c->sent++) == SEC_E_OK;
}

bool
bench_context_unseal(struct bench_context *c, uint8_t *data, uint32_t n,
                     uint8_t signature[BENCH_SIGNATURE])
{
    SecBuffer b[2] = {
        { BENCH_SIGNATURE, SECBUFFER_TOKEN, signature },
        { n, SECBUFFER_DATA, data },
    };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    uint32_t qop = 0;

    return c->table->DecryptMessage(&c->handle, &d, c->received++, &qop) == SEC_E_OK;
}

void
bench_context_close(struct bench_context *c)
{
    if (c->is_open)
        c->table->DeleteSecurityContext(&c->handle);
    c->is_open = false;
    c->sent = 0;
    c->received = 0;
}
