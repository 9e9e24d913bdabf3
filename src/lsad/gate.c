/*
 * A gate before log lines that peers can provoke: whoever may connect could
 * otherwise fill the journal and push out the lines that matter.
 *
 * Runs in: any thread of lsad. Trusts nothing.
 */
#include "lsad/gate.h"

#include "lsad/threads.h"

bool
lsad_gate_pass(struct lsad_gate *g, uint64_t *held)
{
    int64_t now = lsad_boot_ms() / 1000 + 1;     /* 0 stands for never */
    int_fast64_t last = atomic_load(&g->opened);

    /* Of several threads in one second the exchange lets one through. */
    if (last != now && atomic_compare_exchange_strong(&g->opened, &last, now)) {
        *held = atomic_exchange(&g->held, 0);
        return true;
    }
    atomic_fetch_add(&g->held, 1);
    return false;
}
