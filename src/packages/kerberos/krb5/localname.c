/*
 * auth_to_local by MIT's libkrb5: its rules have regular expressions, so they
 * are not written again. Its modules ([plugins] localauth) are left out: this
 * is on the way of every accept, and a module may ask a directory somewhere,
 * for as long as it likes.
 *
 * A krb5_context takes longer to make than all the rest of an accept, as it
 * parses krb5.conf. So they are kept, as many as are wanted at once; the
 * library looks itself whether the file has changed.
 *
 * Runs in the authority. The name is of a ticket that has been opened; what a
 * KDC may have put into it is the rules' to judge.
 */
#include "packages/kerberos/krb5/localname.h"

#include "packages/kerberos/krb5/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define SPARES_MAX 16u

struct spare {
    krb5_context k;
    char *config;               /* NULL: the library's choice */
};

struct krb_localnames {
    pthread_mutex_t lock;       /* for taking one and giving it back */
    size_t count;
    struct spare spares[SPARES_MAX];
};

struct krb_localnames *
krb_localnames_new(void)
{
    struct krb_localnames *all = calloc(1, sizeof(*all));

    if (all != NULL)
        pthread_mutex_init(&all->lock, NULL);
    return all;
}

static void
spare_close(struct spare *s)
{
    if (s->k != NULL)
        krb5_free_context(s->k);
    free(s->config);
    *s = (struct spare){ .k = NULL };
}

void
krb_localnames_free(struct krb_localnames *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->count; i++)
        spare_close(&all->spares[i]);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

/* Of a file that has gone the library would keep the rules; it maps nobody, as with the first. */
static bool
spare_fits(const struct spare *s, const char *config)
{
    if (s->k == NULL || s->config == NULL || config == NULL)
        return s->k != NULL && s->config == config;
    return strcmp(s->config, config) == 0 && access(config, R_OK) == 0;
}

static bool
spare_take(struct krb_localnames *all, const char *config, struct spare *s)
{
    *s = (struct spare){ .k = NULL };
    pthread_mutex_lock(&all->lock);
    if (all->count > 0)
        *s = all->spares[--all->count];
    pthread_mutex_unlock(&all->lock);
    if (spare_fits(s, config))
        return true;
    /* The setting has changed: one of these after the other goes. */
    spare_close(s);
    if (config != NULL && (s->config = strdup(config)) == NULL)
        return false;
    if (krb_context_open_bare(config, &s->k) == 0)
        return true;
    s->k = NULL;
    spare_close(s);
    return false;
}

static void
spare_give(struct krb_localnames *all, struct spare *s)
{
    bool is_kept;

    pthread_mutex_lock(&all->lock);
    is_kept = all->count < SPARES_MAX;
    if (is_kept)
        all->spares[all->count++] = *s;
    pthread_mutex_unlock(&all->lock);
    if (!is_kept)
        spare_close(s);
}

static krb5_data
data_of(struct view v)
{
    /* The library takes it as input and does not write to it. */
    return (krb5_data){ 0, (unsigned)v.n, (char *)(uintptr_t)v.p };
}

/* The library ends names at a NUL, and whoever comes then is another. */
static bool
has_nul(struct view v)
{
    return v.n > 0 && memchr(v.p, 0, v.n) != NULL;
}

bool
krb_localname_find(struct krb_localnames *all, const char *config, const struct krb_name *name,
                   struct view realm, char *out, size_t room)
{
    krb5_data parts[KRB_NAME_PARTS_MAX];
    krb5_principal_data principal = {
        .realm = data_of(realm),
        .data = parts,
        .length = (krb5_int32)name->count,
        .type = name->type,
    };
    krb5_error_code e;
    struct spare s;

    if (has_nul(realm))
        return false;
    for (size_t i = 0; i < name->count; i++) {
        if (has_nul(name->parts[i]))
            return false;
        parts[i] = data_of(name->parts[i]);
    }
    if (!spare_take(all, config, &s))
        return false;
    e = krb5_aname_to_localname(s.k, &principal, (int)room, out);
    spare_give(all, &s);
    return e == 0 && memchr(out, 0, room) != NULL;
}
