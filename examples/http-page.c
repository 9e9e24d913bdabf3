/*
 * http-page.c: says on a page all that SSPI knows about an authenticated
 * client: QueryContextAttributes for the names, the package and the key, and
 * QuerySecurityContextToken with GetTokenInformation for the SIDs.
 *
 * Everything that came from the client or the account store goes through
 * html_text(); what cannot be queried is said, not left out.
 */
#include "http-page.h"

#include <opensspi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define YEAR_NEVER 9999         /* what has no end ends later */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char PAGE_HEAD[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>OpenSSPI</title>\n"
    "<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:3em auto;padding:0 1em}\n"
    "th{text-align:left;padding-right:2em}th,td{vertical-align:top}td{font-family:monospace}\n"
    "</style>\n"
    "</head><body>\n";
static const char PAGE_TAIL[] = "</body></html>\n";

struct name {
    ULONG value;
    const char *text;
};

static const struct name ATTRIBUTE_NAMES[] = {
    { ASC_RET_DELEGATE, "DELEGATE" },
    { ASC_RET_MUTUAL_AUTH, "MUTUAL_AUTH" },
    { ASC_RET_REPLAY_DETECT, "REPLAY_DETECT" },
    { ASC_RET_SEQUENCE_DETECT, "SEQUENCE_DETECT" },
    { ASC_RET_CONFIDENTIALITY, "CONFIDENTIALITY" },
    { ASC_RET_USE_SESSION_KEY, "USE_SESSION_KEY" },
    { ASC_RET_ALLOCATED_MEMORY, "ALLOCATED_MEMORY" },
    { ASC_RET_USED_DCE_STYLE, "USED_DCE_STYLE" },
    { ASC_RET_DATAGRAM, "DATAGRAM" },
    { ASC_RET_CONNECTION, "CONNECTION" },
    { ASC_RET_EXTENDED_ERROR, "EXTENDED_ERROR" },
    { ASC_RET_STREAM, "STREAM" },
    { ASC_RET_INTEGRITY, "INTEGRITY" },
    { ASC_RET_IDENTIFY, "IDENTIFY" },
    { ASC_RET_NULL_SESSION, "NULL_SESSION" },
};

static const struct name LEVEL_NAMES[] = {
    { SecurityAnonymous, "anonymous" },
    { SecurityIdentification, "identification" },
    { SecurityImpersonation, "impersonation" },
    { SecurityDelegation, "delegation" },
};

/* What an administrator of this server wants to know about a refusal. */
static const struct name STATUS_NAMES[] = {
    { (ULONG)SEC_E_INVALID_TOKEN, "SEC_E_INVALID_TOKEN: this is no token of the package" },
    { (ULONG)SEC_E_BAD_BINDINGS,
      "SEC_E_BAD_BINDINGS: this logon was made for another TLS connection than the one that it "
      "came by (does something in between end TLS?), or for none (--allow-missing-bindings)" },
    { (ULONG)SEC_E_UNSUPPORTED_FUNCTION,
      "SEC_E_UNSUPPORTED_FUNCTION: the client offers nothing that is taken here. It sends NTLM "
      "where it has no Kerberos ticket, and NTLM may be off" },
    { (ULONG)SEC_E_NO_AUTHENTICATING_AUTHORITY,
      "SEC_E_NO_AUTHENTICATING_AUTHORITY: lsad cannot be reached. Does it run? "
      "Is OPENSSPI_AUTHORITY or the configuration's socket the one that it listens on?" },
    { (ULONG)SEC_E_NOT_OWNER,
      "SEC_E_NOT_OWNER: no [service] section of lsad's configuration lets this program accept; "
      "lsad's log names the section to add" },
    { (ULONG)SEC_E_SECPKG_NOT_FOUND, "SEC_E_SECPKG_NOT_FOUND: the authority has no such package" },
    { (ULONG)SEC_E_INVALID_HANDLE,
      "SEC_E_INVALID_HANDLE: the authority was restarted during the handshake; try again" },
};

static const char *
name_find(const struct name *names, size_t count, ULONG value)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].value == value)
            return names[i].text;
    return "";
}

static void
html_text(FILE *page, const char *text)
{
    static const char SPECIAL[] = "&<>\"'";
    static const char *const ESCAPED[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

    for (; *text != '\0'; text++) {
        const char *found = strchr(SPECIAL, *text);

        if (found != NULL)
            fputs(ESCAPED[found - SPECIAL], page);
        else
            fputc(*text, page);
    }
}

static void
html_row(FILE *page, const char *head, const char *text)
{
    fprintf(page, "<tr><th>%s</th><td>", head);
    html_text(page, text);
    fputs("</td></tr>\n", page);
}

static void
html_row_number(FILE *page, const char *head, unsigned long number)
{
    fprintf(page, "<tr><th>%s</th><td>%lu</td></tr>\n", head, number);
}

char *
page_user_name(struct client *c)
{
    SecPkgContext_NamesA names = { NULL };
    char *copy;

    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_NAMES, &names) != SEC_E_OK ||
        names.sUserName == NULL)
        return NULL;
    copy = strdup(names.sUserName);
    FreeContextBuffer(names.sUserName);
    return copy;
}

static void
page_user(FILE *page, struct client *c)
{
    char *name = page_user_name(c);

    html_row(page, "User", name != NULL ? name : "(not known)");
    free(name);
}

char *
page_package_name(struct client *c)
{
    SecPkgContext_PackageInfoA info = { NULL };
    char *copy;

    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_PACKAGE_INFO, &info) != SEC_E_OK ||
        info.PackageInfo == NULL)
        return NULL;
    copy = strdup(info.PackageInfo->Name);
    FreeContextBuffer(info.PackageInfo);
    return copy;
}

/* Which package it was, and in which scheme of HTTP its tokens came. */
static void
page_package(FILE *page, struct client *c)
{
    char *name = page_package_name(c);

    html_row(page, "Package", name != NULL ? name : "(not known)");
    html_row(page, "Scheme", c->scheme);
    free(name);
}

/* A TimeStamp is 100 ns since 1601, in UTC as SSPI has it here. */
static void
page_expiry(FILE *page, struct client *c)
{
    const LONGLONG to_1970 = 11644473600, units = 10000000;
    SecPkgContext_Lifespan lifespan;
    struct tm parts;
    char text[64];
    time_t seconds;

    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_LIFESPAN, &lifespan) != SEC_E_OK) {
        html_row(page, "Expires", "(not known)");
        return;
    }
    seconds = (time_t)(lifespan.tsExpiry.QuadPart / units - to_1970);
    if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year + 1900 > YEAR_NEVER ||
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        snprintf(text, sizeof text, "never");
    html_row(page, "Expires", text);
}

/* Whether the authority is a module of this very process: the kernel knows. */
static bool
authority_is_embedded(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[1024];
    bool found = false;

    while (maps != NULL && !found && fgets(line, sizeof line, maps) != NULL)
        found = strstr(line, "/embedded.so") != NULL;
    if (maps != NULL)
        fclose(maps);
    return found;
}

static void
page_keys(FILE *page)
{
    html_row(page, "This session's keys", "in this web server: it signs and seals by them");
    html_row(page, "Passwords, hashes, keytab",
             authority_is_embedded() ? "in this web server, too: its authority is embedded"
                                     : "in lsad; this web server has none of them");
}

static void
page_attributes(FILE *page, struct client *c)
{
    fprintf(page, "<tr><th>Flags</th><td>0x%08x", (unsigned)c->attributes);
    for (size_t i = 0; i < COUNT(ATTRIBUTE_NAMES); i++)
        if (c->attributes & ATTRIBUTE_NAMES[i].value)
            fprintf(page, " %s", ATTRIBUTE_NAMES[i].text);
    fputs("</td></tr>\n", page);
}

static void
page_key(FILE *page, struct client *c)
{
    SecPkgContext_KeyInfoA key = { 0 };

    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_KEY_INFO, &key) != SEC_E_OK) {
        html_row(page, "Key bits", "(not known)");
        return;
    }
    html_row_number(page, "Key bits", key.KeySize);
    html_row(page, "Signature", key.sSignatureAlgorithmName);
    html_row(page, "Encryption", key.sEncryptAlgorithmName);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    FreeContextBuffer(key.sEncryptAlgorithmName);
}

static void
page_sid(FILE *page, const char *head, PSID sid)
{
    char text[256];
    WCHAR *wide = NULL;
    size_t n = 0;

    if (!ConvertSidToStringSidW(sid, &wide)) {
        html_row(page, head, "(not a SID)");
        return;
    }
    for (; wide[n] != 0 && n < sizeof text - 1; n++)
        text[n] = (char)wide[n];        /* a SID's text is ASCII */
    text[n] = '\0';
    html_row(page, head, text);
    LocalFree(wide);
}

/* A group's SID, and its name where the authority has one for it. */
static void
page_group(FILE *page, PSID sid)
{
    char text[2 * 256 + 2];
    WCHAR name[256], domain[256], *at = domain;
    DWORD name_n = COUNT(name), domain_n = COUNT(domain);
    SID_NAME_USE use;
    size_t n = 0;

    page_sid(page, "Group", sid);
    if (!LookupAccountSidW(NULL, sid, name, &name_n, domain, &domain_n, &use))
        return;
    for (; *at != 0; at++)
        text[n++] = *at < 0x80 ? (char)*at : '?';
    if (n > 0)
        text[n++] = '\\';
    for (at = name; *at != 0; at++)
        text[n++] = *at < 0x80 ? (char)*at : '?';
    text[n] = '\0';
    html_row(page, "", text);
}

/* Who it is on this machine, if anybody: what the examples/file-server acts as. */
static void
page_local(FILE *page, const opensspi_token_linux *local)
{
    char text[64];

    if (local == NULL || local->uid == OPENSSPI_NO_ID)
        snprintf(text, sizeof text, "(nobody)");
    else
        snprintf(text, sizeof text, "uid %u, gid %u, %u more groups", local->uid, local->gid,
                 local->gid_count);
    html_row(page, "On this machine", text);
}

/* What GetTokenInformation has of this class, malloc'd; NULL: nothing. */
static void *
token_query(HANDLE token, TOKEN_INFORMATION_CLASS class)
{
    DWORD size = 0;
    void *info;

    GetTokenInformation(token, class, NULL, 0, &size);
    info = size > 0 ? malloc(size) : NULL;
    if (info != NULL && !GetTokenInformation(token, class, info, size, &size)) {
        free(info);
        info = NULL;
    }
    return info;
}

static void
page_token(FILE *page, struct client *c)
{
    SECURITY_IMPERSONATION_LEVEL *level;
    opensspi_token_linux *local;
    TOKEN_GROUPS *groups;
    TOKEN_USER *user;
    HANDLE token = NULL;

    if (QuerySecurityContextToken(&c->context, &token) != SEC_E_OK) {
        html_row(page, "SID", "(none: nothing says whose account this name is)");
        return;
    }
    user = token_query(token, TokenUser);
    groups = token_query(token, TokenGroups);
    level = token_query(token, TokenImpersonationLevel);
    local = token_query(token, OPENSSPI_TOKEN_LINUX);
    if (user != NULL)
        page_sid(page, "SID", user->User.Sid);
    for (DWORD i = 0; groups != NULL && i < groups->GroupCount; i++)
        page_group(page, groups->Groups[i].Sid);
    page_local(page, local);
    if (level != NULL)
        html_row(page, "Level", name_find(LEVEL_NAMES, COUNT(LEVEL_NAMES), (ULONG)*level));
    free(user);
    free(groups);
    free(level);
    free(local);
    CloseHandle(token);
}

char *
page_who(struct client *c)
{
    char *text = NULL;
    size_t size;
    FILE *page = open_memstream(&text, &size);

    if (page == NULL)
        return NULL;
    fputs(PAGE_HEAD, page);
    fputs("<h1>Hello</h1>\n<table>\n", page);
    page_user(page, c);
    page_token(page, c);
    page_package(page, c);
    page_expiry(page, c);
    page_attributes(page, c);
    page_key(page, c);
    page_keys(page);
    html_row(page, "Client", c->address);
    html_row_number(page, "Requests on this connection", c->requests);
    fprintf(page, "</table>\n%s", PAGE_TAIL);
    return fclose(page) == 0 ? text : NULL;
}

static char *
page_refusal(const char *head, const char *sentence, SECURITY_STATUS status)
{
    char *text = NULL;
    size_t size;
    FILE *page = open_memstream(&text, &size);

    if (page == NULL)
        return NULL;
    fprintf(page, "%s<h1>%s</h1>\n<p>%s</p>\n", PAGE_HEAD, head, sentence);
    if (status < 0) {
        fprintf(page, "<p>SSPI said <code>0x%08X</code>. ", (unsigned)status);
        html_text(page, name_find(STATUS_NAMES, COUNT(STATUS_NAMES), (ULONG)status));
        fputs("</p>\n", page);
    }
    fputs(PAGE_TAIL, page);
    return fclose(page) == 0 ? text : NULL;
}

/* What the reader can do about it, scheme by scheme. */
static const struct advice {
    const char *scheme, *text;
} ADVICE[] = {
    { "Negotiate", "With a Kerberos ticket nothing is asked: get one (<code>kinit</code>), and let "
                   "the browser use it here (Firefox: <code>network.negotiate-auth.trusted-uris"
                   "</code>; Chromium: <code>--auth-server-allowlist</code>; curl: "
                   "<code>--negotiate -u :</code>)." },
    { "NTLM", "Without one, log on as <code>DOMAIN\\user</code> or <code>user</code> with a "
              "password. Load the page again to be asked again." },
};

/* What whoever logs on can do something about. */
static const char *
page_ask_why(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_LOGON_DENIED:
        return "Your ticket, or user name and password, was not accepted. ";
    case SEC_E_TIME_SKEW:
        return "The clock of your computer and this server's are too far apart. ";
    case SEC_E_BAD_BINDINGS:
        return "You did not come by the very TLS connection that this server sees: is there a "
               "proxy in between? ";
    default:
        return "";
    }
}

char *
page_ask(const char *const *schemes, SECURITY_STATUS status)
{
    char sentences[1024];
    bool denied = status == SEC_E_LOGON_DENIED;
    size_t n = 0;

    n += (size_t)snprintf(sentences, sizeof sentences, "%sThis page is for those who log on.",
                          page_ask_why(status));
    for (; *schemes != NULL; schemes++) {
        for (size_t i = 0; i < COUNT(ADVICE); i++) {
            if (strcmp(*schemes, ADVICE[i].scheme) == 0)
                n += (size_t)snprintf(sentences + n, sizeof sentences - n, "</p>\n<p>%s",
                                      ADVICE[i].text);
        }
    }
    /* Why a password was refused is for the authority's log, not for whoever guesses. */
    return page_refusal("Who are you?", sentences, denied ? SEC_E_OK : status);
}

char *
page_down(SECURITY_STATUS status)
{
    return page_refusal("Nobody can say who you are now",
                        "This is no fault of your user name or password.", status);
}
