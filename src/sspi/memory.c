/*
 * The heap behind FreeContextBuffer (sspi.h, "FreeContextBuffer").
 *
 * Runs in the application. An application may hand us any pointer: a tag bound
 * to the block's address tells our blocks from others', so a wrong pointer is
 * refused instead of corrupting the heap. Blocks may hold session keys
 * (SECPKG_ATTR_SESSION_KEY, exports): all are wiped.
 */
#include "sspi/memory.h"

#include "base/secret.h"
#include "sspi/window.h"

#include <stdlib.h>

/* "SSPIBLK" and the address: a copied block is not a block. */
#define MEMORY_TAG UINT64_C(0x004b4c4249505353)
#define MEMORY_BLOCK_MAX ((size_t)64 * 1024 * 1024)

struct memory_head {
    _Alignas(16) uint64_t tag;
    uint64_t size;
};

static uint64_t
memory_tag_of(const struct memory_head *h)
{
    return MEMORY_TAG ^ (uint64_t)(uintptr_t)h;
}

void *
sspi_memory_new(size_t n)
{
    struct memory_head *h;

    if (n > MEMORY_BLOCK_MAX)
        return NULL;
    h = calloc(1, sizeof(*h) + n);
    if (h == NULL)
        return NULL;
    h->tag = memory_tag_of(h);
    h->size = n;
    return h + 1;
}

void *
sspi_memory_copy(struct view v)
{
    void *p = sspi_memory_new(v.n);

    if (p != NULL && v.n > 0)
        memcpy(p, v.p, v.n);
    return p;
}

/* NULL: not a block of our heap. */
static struct memory_head *
memory_head_get(void *p)
{
    struct memory_head *h;

    /* An odd address cannot be ours, and must not be read through. */
    if (((uintptr_t)p & 15u) != 0)
        return NULL;
    h = (struct memory_head *)p - 1;
    return h->tag == memory_tag_of(h) ? h : NULL;
}

size_t
sspi_memory_size(const void *p)
{
    const struct memory_head *h = memory_head_get((void *)(uintptr_t)p);

    return h == NULL ? 0 : (size_t)h->size;
}

bool
sspi_memory_release(void *p)
{
    struct memory_head *h;

    if (p == NULL)
        return true;
    if (sspi_window_has(p))
        return sspi_window_release(p);
    h = memory_head_get(p);
    if (h == NULL)
        return false;
    h->tag = 0;
    secret_wipe_free(h, sizeof(*h) + h->size);
    return true;
}

void
sspi_memory_free(void *p)
{
    (void)sspi_memory_release(p);
}
