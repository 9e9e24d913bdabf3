/*
 * Draws Negotiate's state machines from their tables, for docs/negotiate.md. A program of the
 * build, not of the product.
 */
#include <stdio.h>

enum { START, MECH, CONFIRM, RAW, COMPLETE, STATES };

static const char *const names[STATES] = { "START", "MECH", "CONFIRM", "RAW", "COMPLETE" };

struct row {
    unsigned state;
    const char *kind;
    unsigned leads;
};

#define TO(state) (1u << (state))
#define ROW(state, kind, leads) { state, #kind, leads },

static const struct row acceptor[] = {
#define NEGO_ACCEPTOR(state, kind, step, leads) ROW(state, kind, leads)
#define NEGO_INITIATOR(state, kind, step, leads)
#include "packages/negotiate/lsa/states.def"
#undef NEGO_ACCEPTOR
#undef NEGO_INITIATOR
};

static const struct row initiator[] = {
#define NEGO_ACCEPTOR(state, kind, step, leads)
#define NEGO_INITIATOR(state, kind, step, leads) ROW(state, kind, leads)
#include "packages/negotiate/lsa/states.def"
};

/* One arrow with all the tokens that go this way. */
static void
arrow_print(const struct row *rows, size_t count, unsigned from, unsigned to)
{
    const char *before = ": ";

    for (size_t i = 0; i < count; i++) {
        if (rows[i].state != from || (rows[i].leads & TO(to)) == 0)
            continue;
        if (before[0] == ':')
            printf("    %s --> %s", names[from], names[to]);
        printf("%s%s", before, rows[i].kind);
        before = ", ";
    }
    if (before[0] != ':')
        printf("\n");
}

static void
machine_print(const char *side, const struct row *rows, size_t count)
{
    printf("\nThe %s:\n\n```mermaid\nstateDiagram-v2\n    [*] --> START\n", side);
    for (unsigned from = START; from < STATES; from++) {
        for (unsigned to = START; to < STATES; to++)
            arrow_print(rows, count, from, to);
    }
    printf("    COMPLETE --> [*]\n```\n");
}

int
main(void)
{
    printf("<!-- states: written by scripts/gen-states -->\n");
    machine_print("acceptor", acceptor, sizeof(acceptor) / sizeof(acceptor[0]));
    machine_print("initiator", initiator, sizeof(initiator) / sizeof(initiator[0]));
    printf("\n<!-- end of states -->\n");
    return 0;
}
