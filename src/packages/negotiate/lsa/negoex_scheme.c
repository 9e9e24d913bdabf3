/*
 * The packages that NegoEx negotiates, as long as more than one may be chosen:
 * their order, their metadata (SpQueryMetaData, SpExchangeMetaData), and the
 * contexts that began with it.
 *
 * Runs in the authority. Trusts packages for their tables, not for the length
 * of their metadata.
 */
#include "packages/negotiate/lsa/negoex.h"

#include "base/secret.h"

/* ---- the list --------------------------------------------------------------------- */

void
negoex_schemes_fill(struct negoex *x, const struct nego_credential *credential)
{
    for (; x->count < credential->scheme_count; x->count++)
        x->schemes[x->count].choice = &credential->schemes[x->count];
}

static void
meta_drop(struct negoex_scheme *s)
{
    nego_support()->lsa->FreeLsaHeap(s->meta);
    s->meta = NULL;
    s->meta_n = 0;
}

void
negoex_scheme_remove(struct negoex *x, size_t i)
{
    struct negoex_scheme *s = &x->schemes[i];

    nego_choice_delete_context(s->choice, s->context);
    meta_drop(s);
    x->count--;
    memmove(s, s + 1, (x->count - i) * sizeof(*s));
}

size_t
negoex_scheme_find(const struct negoex *x, const uint8_t *scheme)
{
    size_t i = 0;

    while (i < x->count && memcmp(x->schemes[i].choice->mech.scheme, scheme, NEGOEX_GUID) != 0)
        i++;
    return i;
}

static bool
list_has(struct view list, const uint8_t *scheme)
{
    for (size_t at = 0; at < list.n; at += NEGOEX_GUID) {
        if (memcmp(list.p + at, scheme, NEGOEX_GUID) == 0)
            return true;
    }
    return false;
}

void
negoex_schemes_keep(struct negoex *x, struct view list, bool their_order)
{
    size_t done = 0;

    for (size_t i = x->count; i-- > 0;) {
        if (!list_has(list, x->schemes[i].choice->mech.scheme))
            negoex_scheme_remove(x, i);
    }
    for (size_t at = 0; their_order && at < list.n; at += NEGOEX_GUID) {
        size_t i = negoex_scheme_find(x, list.p + at);
        struct negoex_scheme s = x->schemes[i < x->count ? i : 0];

        /* Named twice, it stays where it was put first. */
        if (i == x->count || i < done)
            continue;
        memmove(&x->schemes[done + 1], &x->schemes[done], (i - done) * sizeof(s));
        x->schemes[done++] = s;
    }
}

struct view
negoex_schemes_list(const struct negoex *x, uint8_t *room)
{
    for (size_t i = 0; i < x->count; i++)
        memcpy(room + i * NEGOEX_GUID, x->schemes[i].choice->mech.scheme, NEGOEX_GUID);
    return view_of(room, x->count * NEGOEX_GUID);
}

/* ---- metadata ------------------------------------------------------------------------ */

struct meta_call {
    const struct nego_leg *leg;
    struct negoex_scheme *scheme;
    struct view heard;
    LSA_SEC_HANDLE *context;
};

/* A package without the slot has no metadata. */
static NTSTATUS
query_step(void *argument)
{
    const struct meta_call *m = argument;
    struct negoex_scheme *s = m->scheme;
    const SECPKG_FUNCTION_TABLE *t = s->choice->mech.package.table;

    return t->QueryMetaData != NULL
               ? t->QueryMetaData(s->choice->handle, m->leg->target, m->leg->requirements,
                                  &s->meta_n, &s->meta, m->context)
               : STATUS_SUCCESS;
}

static NTSTATUS
exchange_step(void *argument)
{
    const struct meta_call *m = argument;
    const struct nego_choice *choice = m->scheme->choice;
    const SECPKG_FUNCTION_TABLE *t = choice->mech.package.table;

    return t->ExchangeMetaData != NULL
               ? t->ExchangeMetaData(choice->handle, m->leg->target, m->leg->requirements,
                                     (ULONG)m->heard.n, (PUCHAR)(uintptr_t)m->heard.p,
                                     m->context)
               : STATUS_SUCCESS;
}

/* Whose package is at work already has its context there. */
static bool
meta_run(struct nego_context *c, struct meta_call *m, NTSTATUS (*step)(void *argument))
{
    NTSTATUS st;

    m->context = c->scheme == m->scheme->choice ? &c->inner : &m->scheme->context;
    st = nego_choice_run(m->scheme->choice, step, m);
    if (NT_SUCCESS(st) && m->scheme->meta_n <= NEGOEX_META_MAX &&
        (m->scheme->meta != NULL || m->scheme->meta_n == 0))
        return true;
    nego_log(6, "negotiate_without",
             (const char *const[]){ "package", m->scheme->choice->mech.name.text, "reason",
                                    "metadata", "status", nego_status_text(st).text, NULL });
    c->last_status = NT_SUCCESS(st) ? SEC_E_INTERNAL_ERROR : st;
    return false;
}

/* Whoever failed is left out, at work or not. */
static void
meta_failed(struct nego_context *c, size_t i)
{
    if (c->scheme == c->negoex->schemes[i].choice)
        negoex_scheme_end(c);
    negoex_scheme_remove(c->negoex, i);
}

void
negoex_meta_query(struct nego_context *c, const struct nego_leg *leg)
{
    struct negoex *x = c->negoex;

    for (size_t i = 0; i < x->count;) {
        struct meta_call m = { .leg = leg, .scheme = &x->schemes[i] };

        if (meta_run(c, &m, query_step))
            i++;
        else
            meta_failed(c, i);
    }
}

void
negoex_meta_exchange(struct nego_context *c, const struct nego_leg *leg,
                     const struct negoex_heard *heard)
{
    const enum negoex_type type = c->kind == NEGO_HANDLE_ACCEPTOR ? NEGOEX_INITIATOR_META_DATA
                                                                 : NEGOEX_ACCEPTOR_META_DATA;
    struct negoex *x = c->negoex;

    for (size_t i = 0; i < x->count;) {
        struct negoex_scheme *s = &x->schemes[i];
        struct meta_call m = { .leg = leg, .scheme = s };
        const struct negoex_message *theirs =
            negoex_heard_find(heard, type, s->choice->mech.scheme);

        if (theirs != NULL)
            m.heard = theirs->body;
        if (theirs == NULL || meta_run(c, &m, exchange_step))
            i++;
        else
            meta_failed(c, i);
    }
}

void
negoex_meta_say(struct nego_context *c, struct wr *token)
{
    struct negoex *x = c->negoex;

    for (size_t i = 0; i < x->count; i++) {
        struct negoex_scheme *s = &x->schemes[i];
        struct negoex_message m = { .type = c->kind == NEGO_HANDLE_ACCEPTOR
                                                ? NEGOEX_ACCEPTOR_META_DATA
                                                : NEGOEX_INITIATOR_META_DATA };

        if (s->meta_n > 0) {
            memcpy(m.scheme, s->choice->mech.scheme, NEGOEX_GUID);
            m.body = view_of(s->meta, s->meta_n);
            negoex_say(x, token, m);
        }
        meta_drop(s);
    }
}

/* ---- the one at work ---------------------------------------------------------------------- */

void
negoex_scheme_begin(struct nego_context *c, size_t i)
{
    struct negoex_scheme *s = &c->negoex->schemes[i];

    negoex_scheme_end(c);
    c->scheme = s->choice;
    c->inner = s->context;
    s->context = 0;
}

void
negoex_scheme_end(struct nego_context *c)
{
    struct negoex *x = c->negoex;

    nego_context_forget_inner(c);
    c->scheme = NULL;
    x->complete = x->sent = x->verified = false;
    secret_wipe(&x->own, sizeof(x->own));
    secret_wipe(&x->peer, sizeof(x->peer));
}
