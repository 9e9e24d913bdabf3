/* The gate before log lines that strangers can provoke: see log_gate.h. Trusts nothing. */
#include "log_gate.h"

#include "filetime.h"

bool
log_gate_pass(struct log_gate *g, uint64_t *held)
{
    int_fast64_t now = filetime_boot_ms() / 1000 + 1;       /* 0 stands for never */
    int_fast64_t last = atomic_load(&g->opened);

    /* Of several threads in one second the exchange lets one through. */
    if (last != now && atomic_compare_exchange_strong(&g->opened, &last, now)) {
        *held = atomic_exchange(&g->held, 0);
        return true;
    }
    atomic_fetch_add(&g->held, 1);
    return false;
}
