/*
 * A krb5_context, by the configuration that the authority's names. The library
 * wants one a thread; a call of ours has one to itself.
 */
#include "packages/kerberos/krb5/context.h"

#include <errno.h>
#include <profile.h>
#include <stdlib.h>

/* files ends with a NULL, and may be no more than that. */
static krb5_error_code
context_of_files(const_profile_filespec_t *files, krb5_context *out)
{
    profile_t profile;
    krb5_error_code e = (krb5_error_code)profile_init(files, &profile);

    if (e != 0)
        return e;
    e = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, out);
    profile_release(profile);
    return e;
}

krb5_error_code
krb_context_open(const char *config, krb5_context *out)
{
    const_profile_filespec_t files[] = { config, NULL };

    return config != NULL ? context_of_files(files, out) : krb5_init_context(out);
}

krb5_error_code
krb_context_open_empty(krb5_context *out)
{
    const_profile_filespec_t none[] = { NULL };

    return context_of_files(none, out);
}

/* ---- without plug-ins ---------------------------------------------------- */

/* A profile that others have copies of, as the library copies what it is given. */
struct bare {
    profile_t inner;
    unsigned references;        /* all of one context, hence of one thread at a time */
};

static long
bare_get(void *data, const char *const *names, char ***values)
{
    const struct bare *b = data;

    if (strcmp(names[0], "plugins") == 0)
        return PROF_NO_RELATION;
    return profile_get_values(b->inner, names, values);
}

static void
bare_free_values(void *data, char **values)
{
    (void)data;
    profile_free_list(values);
}

static long
bare_copy(void *data, void **out)
{
    struct bare *b = data;

    b->references++;
    *out = b;
    return 0;
}

static void
bare_release(void *data)
{
    struct bare *b = data;

    if (--b->references > 0)
        return;
    profile_release(b->inner);
    free(b);
}

/* What k reads, but for one section. */
static krb5_error_code
bare_profile(krb5_context k, profile_t *out)
{
    static struct profile_vtable table = {
        .minor_ver = 1,
        .get_values = bare_get,
        .free_values = bare_free_values,
        .cleanup = bare_release,
        .copy = bare_copy,
    };
    struct bare *b = calloc(1, sizeof(*b));
    krb5_error_code e = b != NULL ? krb5_get_profile(k, &b->inner) : ENOMEM;

    if (e != 0) {
        free(b);
        return e;
    }
    b->references = 1;
    e = (krb5_error_code)profile_init_vtable(&table, b, out);
    if (e != 0)
        bare_release(b);
    return e;
}

krb5_error_code
krb_context_open_bare(const char *config, krb5_context *out)
{
    profile_t profile;
    krb5_context k;
    krb5_error_code e = krb_context_open(config, &k);

    if (e != 0)
        return e;
    e = bare_profile(k, &profile);
    krb5_free_context(k);
    if (e != 0)
        return e;
    e = krb5_init_context_profile(profile, config != NULL ? KRB5_INIT_CONTEXT_SECURE : 0, out);
    profile_release(profile);
    return e;
}
