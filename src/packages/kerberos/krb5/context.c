/*
 * A krb5_context, by the configuration that the authority's names. The library
 * wants one a thread; a call of ours has one to itself.
 */
#include "packages/kerberos/krb5/context.h"

#include <profile.h>

krb5_error_code
krb_context_open(const char *config, krb5_context *out)
{
    const_profile_filespec_t files[] = { config, NULL };
    krb5_error_code e;
    profile_t profile;

    if (config == NULL)
        return krb5_init_context(out);
    e = (krb5_error_code)profile_init(files, &profile);
    if (e != 0)
        return e;
    e = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, out);
    profile_release(profile);
    return e;
}
