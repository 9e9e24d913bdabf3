/*
 * auth_to_local by MIT's libkrb5: its rules have regular expressions, and
 * modules of the machine's administrator, so they are not written again.
 *
 * Runs in the authority. The name is of a ticket that has been opened; what a
 * KDC may have put into it is the rules' to judge.
 */
#include "packages/kerberos/krb5/localname.h"

#include "packages/kerberos/krb5/context.h"

static krb5_data
data_of(struct view v)
{
    /* The library takes it as input and does not write to it. */
    return (krb5_data){ 0, (unsigned)v.n, (char *)(uintptr_t)v.p };
}

bool
krb_localname_find(const char *config, const struct krb_name *name, struct view realm, char *out,
                   size_t room)
{
    krb5_data parts[KRB_NAME_PARTS_MAX];
    krb5_principal_data principal = {
        .realm = data_of(realm),
        .data = parts,
        .length = (krb5_int32)name->count,
        .type = name->type,
    };
    krb5_context k;
    krb5_error_code e;

    for (size_t i = 0; i < name->count; i++) {
        parts[i] = data_of(name->parts[i]);
        /* It ends names at a NUL, and whoever comes then is another. */
        if (name->parts[i].n > 0 && memchr(name->parts[i].p, 0, name->parts[i].n) != NULL)
            return false;
    }
    if (krb_context_open(config, &k) != 0)
        return false;
    e = krb5_aname_to_localname(k, &principal, (int)room, out);
    krb5_free_context(k);
    return e == 0 && memchr(out, 0, room) != NULL;
}
