/*
 * keyring.h: the keys of one service, found by principal, encryption type and
 * key version. Made whole from a keytab and never changed: a new keytab makes
 * a new one (D25).
 */
#ifndef KRB_LSA_KEYRING_H
#define KRB_LSA_KEYRING_H

#include "crypto/krb.h"

/* More keys than this are not tried on one ticket. */
#define KEYRING_TRIES_MAX 8u

/* A principal as bytes: of a ticket, or of a name that somebody wrote. */
struct keyring_name {
    struct view realm;                  /* empty: any */
    const struct view *component;
    unsigned count;
};

/* In secret memory. The views are into the ring. */
struct keyring_key {
    struct keyring_name name;
    uint32_t kvno;
    struct crypto_krb_key key;
    struct crypto_krb_cipher ticket;    /* opens tickets (usage 2) */
};

struct keyring;

struct keyring_facts {
    size_t keys, principals;
    size_t skipped;                     /* of encryption types that are not known */
    size_t foreign;                     /* of principals that are not the service's */
};

/*
 * principals: names separated by commas; NULL: all are the service's. SEC_E_INVALID_TOKEN: the
 * file is no keytab, or torn; SEC_E_INSUFFICIENT_MEMORY. Referenced once.
 */
MUST_CHECK status_t keyring_new(struct view file, const char *principals, struct keyring **out);
struct keyring *keyring_get(struct keyring *k);
/* The last reference wipes the keys. NULL is fine. */
void keyring_put(struct keyring *k);

const struct keyring_facts *keyring_facts(const struct keyring *k);

/*
 * Keys that may have made a ticket for name, the likeliest first; how many. First of the name
 * and version; then other versions of the name (a client may have a ticket of before, MS-KILE
 * 3.4.5.3); where the ring does not know the name at all, every different key of the type, as
 * a KDC may know a service by names that its keytab does not have. has_kvno false: any.
 */
size_t keyring_find(const struct keyring *k, const struct keyring_name *name, int32_t enctype,
                    bool has_kvno, uint32_t kvno,
                    const struct keyring_key *out[KEYRING_TRIES_MAX]);
/* True when some key is this principal's; realm may be empty. */
bool keyring_has_name(const struct keyring *k, const struct keyring_name *name);
/* The highest version of the name's keys; 0: none. */
uint32_t keyring_newest(const struct keyring *k, const struct keyring_name *name);
/* The key at a place, for who wants them all; NULL: beyond the last. */
const struct keyring_key *keyring_at(const struct keyring *k, size_t i);

/* Equal, component by component; an empty realm on either side is any. */
bool keyring_name_is(const struct keyring_name *a, const struct keyring_name *b);

/*
 * "HTTP/www.example.com@EXAMPLE.COM" into components; the views are into text. False: more than
 * max components, or an empty one.
 */
MUST_CHECK bool keyring_name_split(struct view text, struct view *component, unsigned max,
                                   struct keyring_name *out);

#endif
