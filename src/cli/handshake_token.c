/*
 * Who the client turned out to be: the user and groups of the token that an
 * accepted context has, as SIDs. It is what shows whether a domain's groups
 * arrive ([realm NAME] sid =), so sspi accept prints it.
 *
 * Runs in the sspi command. The token is the authority's word.
 */
#include "cli/handshake.h"

#include "base/sid.h"

#include <stdlib.h>

/* GetTokenInformation's structure in a block of its own; NULL: the token has none. */
static void *
token_ask(HANDLE token, TOKEN_INFORMATION_CLASS what)
{
    DWORD n = 0;
    void *out;

    (void)GetTokenInformation(token, what, NULL, 0, &n);
    out = n > 0 ? malloc(n) : NULL;
    if (out != NULL && !GetTokenInformation(token, what, out, n, &n)) {
        free(out);
        return NULL;
    }
    return out;
}

static json_t *
token_sid(PSID sid)
{
    const SID *s = sid;
    char text[SID_TEXT_MAX];
    size_t n = offsetof(SID, SubAuthority) + s->SubAuthorityCount * sizeof(s->SubAuthority[0]);

    return json_string(sid_format(view_of(sid, n), text) ? text : "?");
}

static void
token_add_user(HANDLE token, json_t *j)
{
    TOKEN_USER *user = token_ask(token, TokenUser);

    if (user != NULL)
        json_object_set_new(j, "user_sid", token_sid(user->User.Sid));
    free(user);
}

static void
token_add_groups(HANDLE token, json_t *j)
{
    TOKEN_GROUPS *groups = token_ask(token, TokenGroups);
    json_t *list = json_array();

    for (DWORD i = 0; groups != NULL && i < groups->GroupCount; i++)
        json_array_append_new(list, token_sid(groups->Groups[i].Sid));
    json_object_set_new(j, "groups", list);
    free(groups);
}

void
handshake_add_token(struct handshake *h, json_t *j)
{
    HANDLE token;

    if (h->side != FLAGS_ACCEPT || QuerySecurityContextToken(&h->context, &token) != SEC_E_OK)
        return;
    token_add_user(token, j);
    token_add_groups(token, j);
    (void)CloseHandle(token);
}
