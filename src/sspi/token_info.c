/*
 * GetTokenInformation (securitybaseapi.h): a token's facts in Windows's structures.
 *
 * Runs in the application. Variable parts follow the structure in the caller's own
 * buffer, and pointers point there. The protocol is Windows's: too little room
 * fails with ERROR_INSUFFICIENT_BUFFER and the size that is needed.
 */
#include "sspi/token.h"

#include "sspi/thread.h"

#include "opensspi.h"

/* An answer under construction: head is the structure, SIDs follow it. */
struct info {
    uint8_t *out;
    uint32_t room;
    uint32_t used;
};

static uint32_t
align_up(uint32_t n)
{
    return (n + 7u) & ~7u;
}

/* n more bytes; counted even where there is no room. NULL: no room. */
static void *
info_take(struct info *i, uint32_t n)
{
    uint32_t at = align_up(i->used);

    i->used = at + n;
    return i->used <= i->room ? i->out + at : NULL;
}

static PSID
info_sid(struct info *i, struct view sid)
{
    void *at = info_take(i, (uint32_t)sid.n);

    if (at != NULL)
        memcpy(at, sid.p, sid.n);
    return at;
}

static LUID
luid_of(uint64_t n)
{
    return (LUID){ (DWORD)n, (LONG)(n >> 32) };
}

static void
info_user(const struct sspi_token *t, struct info *i)
{
    TOKEN_USER *u = info_take(i, sizeof(*u));
    PSID sid = info_sid(i, t->facts.user);

    if (u != NULL)
        *u = (TOKEN_USER){ { sid, 0 } };
}

static void
info_groups(const struct sspi_token *t, struct info *i)
{
    uint32_t n = t->facts.group_count;
    uint32_t size = (uint32_t)(offsetof(TOKEN_GROUPS, Groups) + n * sizeof(SID_AND_ATTRIBUTES));
    TOKEN_GROUPS *g;
    SID_AND_ATTRIBUTES *groups = NULL;
    struct rd r = rd_init(t->facts.groups);
    struct token_group one;
    uint32_t at = 0;

    if (size < sizeof(*g))
        size = sizeof(*g);
    g = info_take(i, size);
    if (g != NULL) {
        g->GroupCount = n;
        groups = g->Groups;
    }
    while (at < n && token_group_next(&r, &one)) {
        PSID sid = info_sid(i, one.sid);

        if (groups != NULL)
            groups[at] = (SID_AND_ATTRIBUTES){ sid, one.attributes };
        at++;
    }
}

static void
info_primary_group(const struct sspi_token *t, struct info *i)
{
    TOKEN_PRIMARY_GROUP *g = info_take(i, sizeof(*g));
    PSID sid = info_sid(i, t->facts.primary_group);

    if (g != NULL)
        g->PrimaryGroup = sid;
}

static void
info_source(const struct sspi_token *t, struct info *i)
{
    TOKEN_SOURCE *s = info_take(i, sizeof(*s));

    if (s == NULL)
        return;
    memcpy(s->SourceName, t->facts.source, TOKEN_SOURCE_LENGTH);
    s->SourceIdentifier = luid_of(t->facts.source_id);
}

static void
info_type(const struct sspi_token *t, struct info *i)
{
    TOKEN_TYPE *type = info_take(i, sizeof(*type));

    if (type != NULL)
        *type = (TOKEN_TYPE)t->facts.type;
}

static void
info_level(const struct sspi_token *t, struct info *i)
{
    SECURITY_IMPERSONATION_LEVEL *level = info_take(i, sizeof(*level));

    if (level != NULL)
        *level = (SECURITY_IMPERSONATION_LEVEL)t->facts.level;
}

static void
info_statistics(const struct sspi_token *t, struct info *i)
{
    TOKEN_STATISTICS *s = info_take(i, sizeof(*s));

    if (s == NULL)
        return;
    memset(s, 0, sizeof(*s));
    s->TokenId = luid_of(t->facts.token_id);
    s->AuthenticationId = luid_of(t->facts.logon_id);
    s->ExpirationTime.QuadPart = t->facts.expiry;
    s->TokenType = (TOKEN_TYPE)t->facts.type;
    s->ImpersonationLevel = (SECURITY_IMPERSONATION_LEVEL)t->facts.level;
    s->GroupCount = t->facts.group_count;
    /* A snapshot never changes: it is its own first and last modification. */
    s->ModifiedId = s->TokenId;
}

static const char *
info_text(struct info *i, struct view text)
{
    char *at = info_take(i, (uint32_t)text.n + 1);

    if (at == NULL)
        return NULL;
    if (text.n > 0)
        memcpy(at, text.p, text.n);
    at[text.n] = '\0';
    return at;
}

static uint32_t *
info_gids(struct info *i, struct view gids)
{
    struct rd r = rd_init(gids);
    uint32_t n = (uint32_t)(gids.n / sizeof(uint32_t)), at;
    uint32_t *out = info_take(i, n * (uint32_t)sizeof(*out));

    for (at = 0; out != NULL && at < n; at++)
        out[at] = rd_u32le(&r);
    return out;
}

static void
info_linux(const struct sspi_token *t, struct info *i)
{
    const struct token_snapshot *f = &t->facts;
    opensspi_token_linux *l = info_take(i, sizeof(*l));
    const uint32_t *gids = info_gids(i, f->gids);
    const char *user = info_text(i, f->local_user);
    const char *home = info_text(i, f->home);

    if (l != NULL)
        *l = (opensspi_token_linux){ f->uid, f->gid, token_gid_count(f), gids, user, home };
}

struct info_class {
    TOKEN_INFORMATION_CLASS what;
    void (*put)(const struct sspi_token *t, struct info *i);
};

static const struct info_class info_classes[] = {
    { TokenUser, info_user },
    { TokenGroups, info_groups },
    { TokenPrimaryGroup, info_primary_group },
    { TokenSource, info_source },
    { TokenType, info_type },
    { TokenImpersonationLevel, info_level },
    { TokenStatistics, info_statistics },
    { OPENSSPI_TOKEN_LINUX, info_linux },
};

uint32_t
sspi_token_info_get(const struct sspi_token *t, TOKEN_INFORMATION_CLASS what, void *out,
                    uint32_t room, uint32_t *needed)
{
    struct info i = { out, out != NULL ? room : 0, 0 };
    size_t c;

    for (c = 0; c < sizeof(info_classes) / sizeof(info_classes[0]); c++) {
        if (info_classes[c].what != what)
            continue;
        /* CHOICE: an impersonation level is asked of impersonation tokens only, as on Windows. */
        if (what == TokenImpersonationLevel && t->facts.type != TokenImpersonation)
            return ERROR_INVALID_PARAMETER;
        info_classes[c].put(t, &i);
        *needed = i.used;
        return i.used <= i.room ? 0 : ERROR_INSUFFICIENT_BUFFER;
    }
    return ERROR_NOT_SUPPORTED;
}

BOOL WINAPI
GetTokenInformation(HANDLE TokenHandle, TOKEN_INFORMATION_CLASS TokenInformationClass,
                    LPVOID TokenInformation, DWORD TokenInformationLength, PDWORD ReturnLength)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_token *t = p == NULL ? NULL : sspi_token_find(p, TokenHandle);
    uint32_t needed = 0;
    uint32_t error = ERROR_INVALID_HANDLE;

    if (t != NULL) {
        error = sspi_token_info_get(t, TokenInformationClass, TokenInformation,
                                    TokenInformationLength, &needed);
        sspi_token_put(t);
    }
    if (ReturnLength != NULL)
        *ReturnLength = needed;
    if (error == 0)
        return TRUE;
    sspi_thread_get()->last_error = error;
    return FALSE;
}
