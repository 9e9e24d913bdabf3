/*
 * mech.h: the packages that can be negotiated: those that declare
 * SECPKG_FLAG_NEGOTIABLE and say by which object identifiers (SecpkgGssInfo,
 * SecpkgExtraOids), or SECPKG_FLAG_NEGOTIABLE2 and by which scheme of NegoEx
 * (SecpkgNego2Info), in the order of the policy.
 */
#ifndef NEGO_LSA_MECH_H
#define NEGO_LSA_MECH_H

#include "packages/negotiate/lsa/support.h"
#include "packages/negotiate/wire/negoex.h"
#include "packages/negotiate/wire/spnego.h"

/* More packages are not negotiated. */
#define NEGO_MECHS_MAX 16u
/* And what SPNEGO lists: NegoEx, too. */
#define NEGO_CHOICES_MAX (NEGO_MECHS_MAX + 1u)
#define NEGO_OIDS_MAX 4u
/* That list: a header for each, and for all. */
#define NEGO_MECH_LIST_MAX (NEGO_CHOICES_MAX * (2u + SPNEGO_OID_MAX) + 4u)

struct nego_oid {
    uint8_t n;
    uint8_t bytes[SPNEGO_OID_MAX];      /* contents, without tag and length */
};

struct nego_mech {
    struct opensspi_host_package package;
    struct nego_text name;      /* of the package, as the log wants it */
    size_t oid_count;
    struct nego_oid oids[NEGO_OIDS_MAX];        /* the first is by which we offer it */
    bool has_scheme;
    uint8_t scheme[NEGOEX_GUID];                /* in NegoEx */
};

static inline struct view
nego_oid_view(const struct nego_oid *o)
{
    return view_of(o->bytes, o->n);
}

bool nego_mech_has(const struct nego_mech *m, struct view oid);
/*
 * Inside a call: what the policy lets its service negotiate, the preferred one first. names:
 * the caller's own list, "!ntlm,kerberos" in UTF-16LE; empty: none.
 */
size_t nego_mechs_find(struct view names, struct nego_mech out[NEGO_MECHS_MAX]);

#endif
