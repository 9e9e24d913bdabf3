/*
 * The credential of a handshake: whose it is, and the password where one is
 * given by hand.
 *
 * Runs in the sspi command. The password is in this process only until
 * AcquireCredentialsHandle has taken it.
 */
#include "cli/handshake.h"

#include "base/str16.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_DEFAULT_MS 30000
#define TIMEOUT_MAX_S 3600

static int
acquire_max_token(const char *package, uint32_t *out)
{
    SecPkgInfoW *info = NULL;
    char16_t *name = str16_from_utf8(package);
    status_t status;

    if (name == NULL) {
        cli_complain("--package: not UTF-8");
        return CLI_USAGE;
    }
    status = QuerySecurityPackageInfoW(name, &info);
    free(name);
    if (status != SEC_E_OK)
        return handshake_fail(package, status);
    *out = info->cbMaxToken;
    FreeContextBuffer(info);
    return CLI_OK;
}

struct acquire_strings {
    char16_t *package, *principal, *user, *domain;
};

static bool
acquire_convert(const char *text, char16_t **out)
{
    *out = text == NULL ? NULL : str16_from_utf8(text);
    if (text == NULL || *out != NULL)
        return true;
    cli_complain("an argument is not UTF-8");
    return false;
}

static ULONG
acquire_length(const char16_t *s)
{
    return s == NULL ? 0 : (ULONG)str16_length(s);
}

static status_t
acquire_call(enum flags_side side, const struct acquire_strings *s, struct cli_password *p,
             CredHandle *out)
{
    TimeStamp expiry;
    SEC_WINNT_AUTH_IDENTITY_W id = {
        s->user, acquire_length(s->user), s->domain, acquire_length(s->domain),
        p->units, (ULONG)p->count, SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };

    return AcquireCredentialsHandleW(s->principal, s->package,
                                     side == FLAGS_ACCEPT ? SECPKG_CRED_INBOUND
                                                          : SECPKG_CRED_OUTBOUND,
                                     NULL, s->user == NULL ? NULL : &id, NULL, NULL, out,
                                     &expiry);
}

static int
acquire_run(enum flags_side side, const struct handshake_identity *id,
            const struct acquire_strings *s, CredHandle *out)
{
    struct cli_password p = { .count = 0 };
    status_t status;

    if (id->user != NULL) {
        int code = cli_password_read(id->password_stdin, false, "Password: ", &p);
        if (code != CLI_OK)
            return code;
    }
    status = acquire_call(side, s, &p, out);
    cli_password_wipe(&p);
    return status == SEC_E_OK ? CLI_OK : handshake_fail("AcquireCredentialsHandle", status);
}

int
handshake_acquire(enum flags_side side, const struct handshake_identity *id, CredHandle *out,
                  uint32_t *max_token)
{
    struct acquire_strings s = { 0 };
    int code = acquire_max_token(id->package, max_token);

    if (code != CLI_OK)
        return code;
    if (!acquire_convert(id->package, &s.package) || !acquire_convert(id->principal, &s.principal)
        || !acquire_convert(id->user, &s.user) || !acquire_convert(id->domain, &s.domain))
        code = CLI_USAGE;
    if (code == CLI_OK)
        code = acquire_run(side, id, &s, out);
    free(s.package);
    free(s.principal);
    free(s.user);
    free(s.domain);
    return code;
}

bool
handshake_parse_timeout(const char *text, int *ms)
{
    char *end;
    long seconds;

    *ms = TIMEOUT_DEFAULT_MS;
    if (text == NULL)
        return true;
    seconds = strtol(text, &end, 10);
    if (end != text && *end == '\0' && seconds >= 1 && seconds <= TIMEOUT_MAX_S) {
        *ms = (int)seconds * 1000;
        return true;
    }
    cli_complain("--timeout %s: a number of seconds from 1 to %d", text, TIMEOUT_MAX_S);
    return false;
}
