/*
 * Which packages are negotiated, in which order. Three lists have a say, and
 * each can only take away: what the packages say of themselves, the setting
 * `packages`, and the list that came with a SEC_WINNT_AUTH_IDENTITY_EX
 * (sspi.h: names separated by commas, with ! for "not this one"). What the
 * caller's service may not use is left out as well.
 *
 * Runs in the authority. Trusts packages for their tables, not for the lengths
 * in them.
 */
#include "packages/negotiate/lsa/mech.h"

#include "asn1/der.h"
#include "base/str16.h"

#include <stdlib.h>
#include <strings.h>

#define LIST_MAX 1024
#define LIST_SEPARATORS ", \t"
/* Tag and short length in front of an identifier's contents. */
#define OID_HEADER 2u

bool
nego_mech_has(const struct nego_mech *m, struct view oid)
{
    for (size_t i = 0; i < m->oid_count; i++) {
        if (view_is_equal(nego_oid_view(&m->oids[i]), oid))
            return true;
    }
    return false;
}

/* ---- what a package says of itself --------------------------------------- */

/* DER of an OBJECT IDENTIFIER; what is none is left out. */
static void
oid_add(struct nego_mech *m, const uint8_t *der, size_t n)
{
    struct rd r = rd_init(view_of(der, n));
    struct view oid = der_get_view(&r, DER_OID);

    if (r.failed || oid.n == 0 || oid.n > SPNEGO_OID_MAX || m->oid_count == NEGO_OIDS_MAX)
        return;
    m->oids[m->oid_count].n = (uint8_t)oid.n;
    memcpy(m->oids[m->oid_count++].bytes, oid.p, oid.n);
}

static void
names_read(struct nego_mech *m, const SECPKG_EXTENDED_INFORMATION *info)
{
    const SECPKG_GSS_INFO *own = &info->Info.GssInfo;
    const SECPKG_EXTRA_OIDS *extra = &info->Info.ExtraOids;

    if (info->Class == SecpkgGssInfo && own->EncodedIdLength <= SPNEGO_OID_MAX + OID_HEADER)
        oid_add(m, (const uint8_t *)own + offsetof(SECPKG_GSS_INFO, EncodedId),
                own->EncodedIdLength);
    if (info->Class == SecpkgNego2Info) {
        memcpy(m->scheme, info->Info.Nego2Info.AuthScheme, sizeof(m->scheme));
        m->has_scheme = true;
    }
    if (info->Class != SecpkgExtraOids)
        return;
    for (ULONG i = 0; i < extra->OidCount && i < NEGO_OIDS_MAX; i++) {
        const SECPKG_SERIALIZED_OID *o = &extra->Oids[i];

        if (o->OidLength <= sizeof(o->OidValue))
            oid_add(m, o->OidValue, o->OidLength);
    }
}

struct mech_question {
    struct nego_mech *mech;
    SECPKG_EXTENDED_INFORMATION_CLASS class;
};

static NTSTATUS
mech_ask(void *argument)
{
    const struct mech_question *q = argument;
    PSECPKG_EXTENDED_INFORMATION info = NULL;
    NTSTATUS st = q->mech->package.table->GetExtendedInformation(q->class, &info);

    if (NT_SUCCESS(st) && info != NULL)
        names_read(q->mech, info);
    nego_support()->lsa->FreeLsaHeap(info);
    return st;
}

/* False: the package does not say, or has none such. */
static bool
mech_is_told(const struct opensspi_host_package *p, ULONG flag, struct mech_question *q,
             SECPKG_EXTENDED_INFORMATION_CLASS class)
{
    q->class = class;
    return (p->info->fCapabilities & flag) != 0 &&
           NT_SUCCESS(nego_support()->packages->run(p->id, 0, mech_ask, q));
}

/* False: it is not to be negotiated, or not to be used like the others. */
static bool
mech_read(struct nego_mech *out)
{
    const struct opensspi_host_package *p = &out->package;
    const struct opensspi_host_packages *host = nego_support()->packages;
    struct mech_question q = { .mech = out };

    if (p->table->GetExtendedInformation == NULL || p->table->AcquireCredentialsHandle == NULL ||
        !host->is_allowed(p->id))
        return false;
    if (mech_is_told(p, SECPKG_FLAG_NEGOTIABLE, &q, SecpkgGssInfo))
        (void)mech_is_told(p, SECPKG_FLAG_NEGOTIABLE, &q, SecpkgExtraOids);
    (void)mech_is_told(p, SECPKG_FLAG_NEGOTIABLE2, &q, SecpkgNego2Info);
    return out->oid_count > 0 || out->has_scheme;
}

/* ---- the order ----------------------------------------------------------- */

/* The place of a name in the list, from 0; count of its items: it is not there. */
static size_t
list_find(const char *list, const char *name, size_t *count)
{
    size_t place = 0, found = SIZE_MAX;

    while (*(list += strspn(list, LIST_SEPARATORS)) != '\0') {
        size_t n = strcspn(list, LIST_SEPARATORS);

        if (found == SIZE_MAX && strlen(name) == n && strncasecmp(list, name, n) == 0)
            found = place;
        place++;
        list += n;
    }
    *count = place;
    return found == SIZE_MAX ? place : found;
}

/* Without a list: the strongest that we know first, NTLM behind what we do not know. */
static size_t
rank_of(const char *list, const char *name)
{
    size_t count, place;

    if (list == NULL)
        return strcasecmp(name, "Kerberos") == 0 ? 0 : strcasecmp(name, "NTLM") == 0 ? 2 : 1;
    place = list_find(list, name, &count);
    return place == count ? SIZE_MAX : place;
}

/* A caller's list that only excludes leaves the others in. */
static bool
caller_wants(const char *list, const char *name)
{
    bool any = false;

    while (*(list += strspn(list, LIST_SEPARATORS)) != '\0') {
        size_t n = strcspn(list, LIST_SEPARATORS);
        bool no = *list == '!';
        const char *item = no ? list + 1 : list;
        bool mine = strlen(name) == n - no && strncasecmp(item, name, n - no) == 0;

        if (mine)
            return !no;
        any |= !no;
        list += n;
    }
    return !any;
}

/* Behind those of the same rank: in the order in which they were loaded. */
static void
mech_insert(struct nego_mech *out, size_t ranks[NEGO_MECHS_MAX], size_t n,
            const struct nego_mech *m, size_t rank)
{
    size_t at = n;

    while (at > 0 && ranks[at - 1] > rank) {
        out[at] = out[at - 1];
        ranks[at] = ranks[at - 1];
        at--;
    }
    out[at] = *m;
    ranks[at] = rank;
}

size_t
nego_mechs_find(struct view names, struct nego_mech out[NEGO_MECHS_MAX])
{
    const struct nego_support *s = nego_support();
    char setting[LIST_MAX], caller[LIST_MAX];
    const char *policy =
        s->settings->get(NEGO_PACKAGE, "packages", setting, sizeof(setting)) ? setting : NULL;
    struct opensspi_host_package p;
    size_t ranks[NEGO_MECHS_MAX], n = 0;

    if (!str16_to_utf8_into(names, caller, sizeof(caller)))
        return 0;
    for (size_t i = 0; n < NEGO_MECHS_MAX && s->packages->get(i, &p); i++) {
        struct nego_mech m = { .package = p, .name = nego_name_text(p.info) };
        size_t rank = rank_of(policy, m.name.text);

        if (rank != SIZE_MAX && strcasecmp(m.name.text, NEGO_PACKAGE) != 0 &&
            caller_wants(caller, m.name.text) && mech_read(&m))
            mech_insert(out, ranks, n++, &m, rank);
    }
    return n;
}
