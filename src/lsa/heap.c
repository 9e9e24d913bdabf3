/*
 * The two heaps that packages get: AllocateLsaHeap, whose blocks change hands
 * between package and authority, and AllocatePrivateHeap, whose do not.
 *
 * Blocks are zeroed, 16-byte aligned, wiped when freed (ContextData and
 * credentials pass through here), and tagged: a block given back to the wrong
 * heap, as published packages do, is reported and kept rather than corrupted.
 */
#include "lsa/support.h"

#include "base/log.h"
#include "base/secret.h"
#include "lsa/lsa_internal.h"

#include <stdlib.h>

#define HEAP_LSA 0x4153484cu
#define HEAP_PRIVATE 0x56505348u
#define HEAP_FREED 0u

struct heap_block {
    uint64_t size;
    uint32_t tag;
    uint32_t unused;
    uint8_t bytes[];
};

static void *
heap_new(size_t n, uint32_t tag)
{
    struct heap_block *b;

    if (n > SIZE_MAX - sizeof(*b))
        return NULL;
    b = calloc(1, sizeof(*b) + n);
    if (!b)
        return NULL;
    b->size = n;
    b->tag = tag;
    return b->bytes;
}

static void
heap_free(void *p, uint32_t tag)
{
    struct heap_block *b;

    if (!p)
        return;
    b = (struct heap_block *)((uint8_t *)p - offsetof(struct heap_block, bytes));
    if (b->tag != tag) {
        log_error("contract_breach", LOG_S("rule", "a block goes back to the heap it came from"),
                  LOG_S("heap", tag == HEAP_LSA ? "FreeLsaHeap" : "FreePrivateHeap"));
        return;
    }
    b->tag = HEAP_FREED;
    secret_wipe_free(b, sizeof(*b) + b->size);
}

void *
lsa_heap_new(size_t n)
{
    return heap_new(n, HEAP_LSA);
}

void *
lsa_heap_copy(struct view v)
{
    void *p = lsa_heap_new(v.n);

    if (p && v.n)
        memcpy(p, v.p, v.n);
    return p;
}

bool
lsa_heap_has(const void *p, size_t n)
{
    const struct heap_block *b =
        (const struct heap_block *)((const uint8_t *)p - offsetof(struct heap_block, bytes));

    return (b->tag != HEAP_LSA && b->tag != HEAP_PRIVATE) || n <= b->size;
}

void
lsa_heap_free(void *p)
{
    heap_free(p, HEAP_LSA);
}

PVOID NTAPI
lsa_support_heap_allocate(ULONG length)
{
    return heap_new(length, HEAP_LSA);
}

VOID NTAPI
lsa_support_heap_free(PVOID p)
{
    heap_free(p, HEAP_LSA);
}

PVOID NTAPI
lsa_support_private_allocate(SIZE_T length)
{
    return heap_new(length, HEAP_PRIVATE);
}

VOID NTAPI
lsa_support_private_free(PVOID p)
{
    heap_free(p, HEAP_PRIVATE);
}
