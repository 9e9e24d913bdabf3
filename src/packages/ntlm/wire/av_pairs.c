/*
 * AV_PAIR lists (MS-NLMP 2.2.2.1): {AvId u16, AvLen u16, value}, in any order
 * and at any alignment, ended by MsvAvEOL.
 *
 * Both sides' security hangs on reading them alike: the client's copy is what
 * NTProofStr protects, and it says whether a MIC is to be expected. So a list
 * without end, and an id that occurs twice (CVE-2019-1166 planted a second
 * MsvAvFlags), are refused here rather than read one way or the other.
 * Trusts nothing; see field.c.
 */
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

/* Text ids: their values are UTF-16LE, even when the messages' names are OEM. */
#define AV_TEXT_IDS \
    (1u << NTLM_AV_NB_COMPUTER_NAME | 1u << NTLM_AV_NB_DOMAIN_NAME | \
     1u << NTLM_AV_DNS_COMPUTER_NAME | 1u << NTLM_AV_DNS_DOMAIN_NAME | \
     1u << NTLM_AV_DNS_TREE_NAME | 1u << NTLM_AV_TARGET_NAME)

struct av_pair {
    unsigned id;
    struct view value;
};

static struct av_pair
av_pair_get(struct rd *r)
{
    struct av_pair p;
    size_t n;

    p.id = rd_u16le(r);
    n = rd_u16le(r);
    p.value = rd_view(r, n);
    return p;
}

/* True when the value has the size that its id requires. */
static bool
av_pair_has_size(const struct av_pair *p)
{
    switch (p->id) {
    case NTLM_AV_EOL:
        return p->value.n == 0;
    case NTLM_AV_FLAGS:
        return p->value.n == 4;
    case NTLM_AV_TIMESTAMP:
        return p->value.n == 8;
    case NTLM_AV_CHANNEL_BINDINGS:
        return p->value.n == NTLM_BINDINGS_SIZE;
    default:
        return p->id >= NTLM_AV_IDS || !(AV_TEXT_IDS & 1u << p->id) || p->value.n % 2 == 0;
    }
}

/* True when the id occurs in the first count pairs of the list. */
static bool
av_list_repeats(struct view list, size_t count, unsigned id)
{
    struct rd r = rd_init(list);

    while (count-- > 0) {
        if (av_pair_get(&r).id == id)
            return true;
    }
    return false;
}

static void
av_list_keep(struct ntlm_av_list *out, const struct av_pair *p)
{
    struct rd value = rd_init(p->value);

    if (p->id >= NTLM_AV_IDS)
        return;
    out->value[p->id] = p->value;
    out->has |= 1u << p->id;
    if (p->id == NTLM_AV_FLAGS)
        out->flags = rd_u32le(&value);
    if (p->id == NTLM_AV_TIMESTAMP)
        out->timestamp = rd_u64le(&value);
}

status_t
ntlm_av_list_parse(struct view in, struct ntlm_av_list *out)
{
    struct rd r = rd_init(in);

    *out = (struct ntlm_av_list){ 0 };
    for (size_t count = 0; count < NTLM_AV_PAIRS_MAX; count++) {
        size_t start = r.at;
        struct av_pair p = av_pair_get(&r);

        if (r.failed || !av_pair_has_size(&p))
            return SEC_E_INVALID_TOKEN;
        if (p.id == NTLM_AV_EOL) {
            out->pairs = rd_at(&r, 0, start);
            return 0;
        }
        if (av_list_repeats(in, count, p.id))
            return SEC_E_INVALID_TOKEN;
        av_list_keep(out, &p);
    }
    return SEC_E_INVALID_TOKEN;
}

bool
ntlm_av_list_has(const struct ntlm_av_list *list, unsigned id)
{
    return id < NTLM_AV_IDS && (list->has & 1u << id) != 0;
}

bool
ntlm_av_list_contains(const struct ntlm_av_list *got, const struct ntlm_av_list *sent)
{
    for (unsigned id = 1; id < NTLM_AV_IDS; id++) {
        if (!ntlm_av_list_has(sent, id))
            continue;
        /* MsvAvFlags is the one pair that a client is to change. */
        if (id == NTLM_AV_FLAGS && ntlm_av_list_has(got, id) &&
            (got->flags & sent->flags) == sent->flags)
            continue;
        if (!ntlm_av_list_has(got, id) || !view_is_equal(got->value[id], sent->value[id]))
            return false;
    }
    return true;
}

void
ntlm_av_pair_build(struct wr *w, unsigned id, struct view value)
{
    if (value.n > UINT16_MAX) {
        w->failed = true;
        return;
    }
    wr_u16le(w, (uint16_t)id);
    wr_u16le(w, (uint16_t)value.n);
    wr_view(w, value);
}

void
ntlm_av_flags_build(struct wr *w, uint32_t flags)
{
    wr_u16le(w, NTLM_AV_FLAGS);
    wr_u16le(w, 4);
    wr_u32le(w, flags);
}

void
ntlm_av_eol_build(struct wr *w)
{
    wr_zeros(w, 4);
}

void
ntlm_av_list_copy(struct wr *w, const struct ntlm_av_list *list, uint32_t flags, uint32_t drop)
{
    struct rd r = rd_init(list->pairs);

    while (rd_left(&r) > 0 && !r.failed) {
        struct av_pair p = av_pair_get(&r);

        if (p.id < NTLM_AV_IDS && (drop & 1u << p.id))
            continue;
        if (p.id == NTLM_AV_FLAGS)
            ntlm_av_flags_build(w, flags);
        else
            ntlm_av_pair_build(w, p.id, p.value);
    }
}
