/*
 * Client memory by reserved windows (D9).
 *
 * Runs in the application. One reservation without access rights is made on
 * first use and cut into windows. A window in use counts its holders: the call
 * that named it, and each block placed in it. What arrives for a window comes
 * from the authority, and is checked all the same: a block that is not wholly
 * inside the window would be written over the application's memory.
 *
 * No lock: a window is claimed by one compare-and-swap, so calls on different
 * threads do not meet, and a fork in the middle leaves nothing locked.
 */
#include "sspi/window.h"

#include "base/log.h"
#include "base/secret.h"

#include "winerror.h"

#include <stdatomic.h>
#include <sys/mman.h>

struct window_block {
    uint32_t offset;
    uint32_t size;
    atomic_bool live;
};

struct window_slot {
    atomic_uint holders;
    atomic_bool open;               /* its pages may be written */
    atomic_uint count;
    struct window_block blocks[IPC_RANGES_MAX];
};

#define WINDOW_SPACE ((size_t)SSPI_WINDOW_SIZE * SSPI_WINDOW_COUNT)

/* The space is made once and kept for the process's life. */
static struct window_slot window_slots[SSPI_WINDOW_COUNT];
static _Atomic(uint8_t *) window_space;
static atomic_uint window_next;     /* where to look first: the one that was left last is warm */

static uint8_t *
window_space_get(void)
{
    uint8_t *have = atomic_load_explicit(&window_space, memory_order_acquire);
    void *made;

    if (have != NULL)
        return have;
    made = mmap(NULL, WINDOW_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    if (!atomic_compare_exchange_strong(&window_space, &have, made)) {
        munmap(made, WINDOW_SPACE);
        return have;
    }
    return made;
}

void
sspi_window_take(struct sspi_window *w)
{
    uint8_t *space = window_space_get();
    unsigned start = atomic_load_explicit(&window_next, memory_order_relaxed);
    unsigned i;

    *w = (struct sspi_window){ 0, 0, 0 };
    for (i = 0; space != NULL && i < SSPI_WINDOW_COUNT; i++) {
        uint32_t at = (start + i) % SSPI_WINDOW_COUNT;
        unsigned none = 0;

        if (!atomic_compare_exchange_strong(&window_slots[at].holders, &none, 1))
            continue;
        atomic_store(&window_slots[at].count, 0);
        atomic_store_explicit(&window_next, at + 1, memory_order_relaxed);
        w->index = at;
        w->size = SSPI_WINDOW_SIZE;
        w->base = (uint64_t)(uintptr_t)(space + (size_t)at * SSPI_WINDOW_SIZE);
        return;
    }
}

/* An empty block takes a byte, or it would share its address with the next one. */
static uint64_t
window_block_end(const struct ipc_range *r)
{
    return r->address + (r->bytes.n > 0 ? r->bytes.n : 1);
}

/* Every block is inside the window, and apart from each other. */
static bool
window_blocks_check(const struct sspi_window *w, const struct ipc_ranges *blocks)
{
    uint32_t i, j;

    for (i = 0; i < blocks->count; i++) {
        const struct ipc_range *r = &blocks->v[i];

        if (r->address < w->base || r->address - w->base >= w->size)
            return false;
        if (r->bytes.n > w->size - (r->address - w->base))
            return false;
        for (j = 0; j < i; j++)
            if (r->address < window_block_end(&blocks->v[j])
                && blocks->v[j].address < window_block_end(r))
                return false;
    }
    return true;
}

static bool
window_pages_open(const struct sspi_window *w, struct window_slot *slot)
{
    if (atomic_load(&slot->open))
        return true;
    if (mprotect((void *)(uintptr_t)w->base, w->size, PROT_READ | PROT_WRITE) != 0)
        return false;
    atomic_store(&slot->open, true);
    return true;
}

status_t
sspi_window_fill(const struct sspi_window *w, const struct ipc_ranges *blocks)
{
    struct window_slot *slot = &window_slots[w->index];
    uint32_t i;

    if (blocks->count == 0)
        return SEC_E_OK;
    if (w->base == 0 || !window_blocks_check(w, blocks)) {
        log_error("reply", LOG_S("reason", "client buffer outside its window"));
        return SEC_E_INTERNAL_ERROR;
    }
    if (!window_pages_open(w, slot))
        return SEC_E_INSUFFICIENT_MEMORY;
    for (i = 0; i < blocks->count; i++) {
        struct window_block *b = &slot->blocks[i];

        if (blocks->v[i].bytes.n > 0)
            memcpy((void *)(uintptr_t)blocks->v[i].address, blocks->v[i].bytes.p,
                   blocks->v[i].bytes.n);
        b->offset = (uint32_t)(blocks->v[i].address - w->base);
        b->size = (uint32_t)blocks->v[i].bytes.n;
        atomic_store(&b->live, true);
        atomic_fetch_add(&slot->holders, 1);
    }
    atomic_store(&slot->count, blocks->count);
    return SEC_E_OK;
}

static bool
window_block_release(uint8_t *base, struct window_slot *slot, struct window_block *b)
{
    bool live = true;

    if (!atomic_compare_exchange_strong(&b->live, &live, false))
        return false;
    secret_wipe(base + b->offset, b->size);
    atomic_fetch_sub(&slot->holders, 1);
    return true;
}

void
sspi_window_drop(const struct sspi_window *w)
{
    struct window_slot *slot = &window_slots[w->index];
    unsigned i, count;

    if (w->base == 0)
        return;
    count = atomic_load(&slot->count);
    for (i = 0; i < count; i++)
        (void)window_block_release((uint8_t *)(uintptr_t)w->base, slot, &slot->blocks[i]);
}

void
sspi_window_leave(struct sspi_window *w)
{
    if (w->base != 0) {
        atomic_fetch_sub(&window_slots[w->index].holders, 1);
        atomic_store_explicit(&window_next, w->index, memory_order_relaxed);
    }
    *w = (struct sspi_window){ 0, 0, 0 };
}

bool
sspi_window_has(const void *p)
{
    const uint8_t *space = atomic_load_explicit(&window_space, memory_order_acquire);
    uintptr_t at = (uintptr_t)p;

    return space != NULL && at >= (uintptr_t)space && at - (uintptr_t)space < WINDOW_SPACE;
}

bool
sspi_window_release(void *p)
{
    uint8_t *space = atomic_load(&window_space);
    size_t offset = (size_t)((uintptr_t)p - (uintptr_t)space);
    size_t index = offset / SSPI_WINDOW_SIZE;
    struct window_slot *slot = &window_slots[index];
    unsigned i, count = atomic_load(&slot->count);

    for (i = 0; i < count; i++)
        if (slot->blocks[i].offset == offset % SSPI_WINDOW_SIZE)
            return window_block_release(space + index * SSPI_WINDOW_SIZE, slot,
                                        &slot->blocks[i]);
    return false;
}
