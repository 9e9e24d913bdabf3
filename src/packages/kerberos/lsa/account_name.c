/*
 * The name of the local account that a client is, by the pattern of his
 * realm ([realm NAME] accounts):
 *
 *     %u   the name in his ticket, where it is one part: user/admin is another
 *          principal than user, and must not become him
 *     %l   what the auth_to_local rules of krb5.conf make of all of it, which
 *          may speak of user/admin
 *
 * Whether there is such an account says the store.
 *
 * Runs in the authority. The name is of a ticket that has been opened.
 */
#include "packages/kerberos/lsa/account_name.h"

#include "base/str16.h"
#include "packages/kerberos/krb5/localname.h"
#include "packages/kerberos/lsa/support.h"

#include <stdlib.h>

#define PATH_ROOM 4096

static bool
part_put_user(struct wr *w, const struct krb_enc_ticket_part *ticket)
{
    if (ticket->client.count != 1)
        return false;
    wr_view(w, ticket->client.parts[0]);
    return true;
}

static bool
part_put_local(struct wr *w, const struct krb_enc_ticket_part *ticket)
{
    char config[PATH_ROOM], name[KRB_ACCOUNT_UNITS_MAX];
    bool is_set = krb_setting_text("krb5_config", config, sizeof(config));

    if (!krb_localname_find(krb_support()->localnames, is_set ? config : NULL, &ticket->client,
                            ticket->client_realm, name, sizeof(name)))
        return false;
    wr_view(w, view_of(name, strlen(name)));
    return true;
}

static bool
pattern_expand(const char *pattern, const struct krb_enc_ticket_part *ticket, struct wr *w)
{
    bool ok = true;

    for (; ok && *pattern != '\0'; pattern++) {
        if (strncmp(pattern, "%u", 2) == 0) {
            ok = part_put_user(w, ticket);
            pattern++;
        } else if (strncmp(pattern, "%l", 2) == 0) {
            ok = part_put_local(w, ticket);
            pattern++;
        } else {
            wr_u8(w, (uint8_t)*pattern);
        }
    }
    return ok && !w->failed;
}

bool
krb_account_name(const char *pattern, const struct krb_enc_ticket_part *ticket, uint8_t *out,
                 size_t room, size_t *n)
{
    char text[KRB_ACCOUNT_UNITS_MAX];
    struct wr w = wr_init(text, sizeof(text));
    size_t units = 0;
    char16_t *wide;
    bool fits;

    /* Whoever reads the name to a NUL would take it for another's. */
    if (!pattern_expand(pattern, ticket, &w) || memchr(text, 0, w.len) != NULL)
        return false;
    wide = str16_from_utf8_n(wr_written(&w), &units);
    *n = units * sizeof(*wide);
    fits = wide != NULL && units > 0 && *n <= room;
    if (fits)
        memcpy(out, wide, *n);
    free(wide);
    return fits;
}
