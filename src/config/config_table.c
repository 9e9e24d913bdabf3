/*
 * Every key of the configuration, as a table. Reading (config_load.c), the
 * defaults, the messages and opensspi.conf(5) come from it: a key that is not
 * here does not exist.
 *
 * Runs wherever the configuration is read. Holds no state.
 */
#include "config/config_table.h"

#include "base/log.h"

#include <stdio.h>
#include <strings.h>

#define PATH_BYTES_MAX 4095
#define SOCKET_BYTES_MAX 107    /* sizeof sockaddr_un.sun_path less the NUL */
#define NAME_BYTES_MAX 63
#define TEXT_BYTES_MAX 1023
#define MINUTES_MAX 525600      /* a year */
#define PASSWORD_UNITS_MAX 256
#define PASSWORD_HISTORY_MAX 24

static const struct config_word mode_words[] = {
    { "lsad", CONFIG_MODE_LSAD },
    { "embedded", CONFIG_MODE_EMBEDDED },
    { NULL, 0 },
};

static const struct config_word level_words[] = {
    { "error", LOG_ERROR },
    { "warning", LOG_WARNING },
    { "notice", LOG_NOTICE },
    { "info", LOG_INFO },
    { "debug", LOG_DEBUG },
    { NULL, 0 },
};

static const struct config_word pool_words[] = {
    { "fast", CONFIG_POOL_FAST },
    { "slow", CONFIG_POOL_SLOW },
    { "initiate", CONFIG_POOL_INITIATE },
    { NULL, 0 },
};

static const struct config_word may_words[] = {
    { "accept", CONFIG_MAY_ACCEPT },
    { "initiate", CONFIG_MAY_INITIATE },
    { "token", CONFIG_MAY_TOKEN },
    { "delegate", CONFIG_MAY_DELEGATE },
    { "tcb", CONFIG_MAY_TCB },
    { "admin", CONFIG_MAY_ADMIN },
    { NULL, 0 },
};

static const struct config_word bindings_words[] = {
    { "application", 0 },
    { "off", 1 },
    { "when_supported", 2 },
    { "required", 3 },
    { NULL, 0 },
};

static const struct config_word client_bindings_words[] = {
    { "application", 0 },
    { "off", 1 },
    { "required", 2 },
    { NULL, 0 },
};

static const struct config_word target_words[] = {
    { "off", 0 },
    { "when_supported", 1 },
    { "required", 2 },
    { NULL, 0 },
};

static const struct config_word use_words[] = {
    { "allow", 0 },
    { "audit", 1 },
    { "deny", 2 },
    { NULL, 0 },
};

/* Of src/packages/ntlm/lsa/oem_pages.inc. */
static const struct config_word code_page_words[] = {
    { "ascii", 0 }, { "437", 1 }, { "737", 2 },  { "775", 3 },  { "850", 4 },   { "852", 5 },
    { "855", 6 },   { "857", 7 }, { "858", 8 },  { "862", 9 },  { "866", 10 },  { "1252", 11 },
    { NULL, 0 },
};

const struct config_section config_sections[CONFIG_KINDS] = {
    [CONFIG_AUTHORITY] = { "authority", false,
        "Which authority serves, where it listens and how much it takes on." },
    [CONFIG_MACHINE] = { "machine", false,
        "What this machine is called on the network." },
    [CONFIG_STORE] = { "store", false,
        "The account store and the lockout of accounts." },
    [CONFIG_PACKAGE] = { "package", true,
        "A security package. Keys that are not in this list are settings of the package." },
    [CONFIG_SERVICE] = { "service", true,
        "Who may use the authority, for what and how much. A key PACKAGE.SETTING, as in "
        "NTLM.require_mic, is that setting of the package for this service alone." },
    [CONFIG_REALM] = { "realm", true,
        "A Kerberos realm, in capitals: what its tickets may say of its users." },
};

#define AUTHORITY(m) .kind = CONFIG_AUTHORITY, .name = #m, .offset = offsetof(struct config, m)
#define MACHINE(m)   .kind = CONFIG_MACHINE, .name = #m, .offset = offsetof(struct config, m)
#define STORE(m)     .kind = CONFIG_STORE, .name = #m, .offset = offsetof(struct config, m)
#define PACKAGE(m) \
    .kind = CONFIG_PACKAGE, .name = #m, .offset = offsetof(struct config_package, m)
#define SERVICE(m) \
    .kind = CONFIG_SERVICE, .name = #m, .offset = offsetof(struct config_service, m)
#define REALM(m) \
    .kind = CONFIG_REALM, .name = #m, .offset = offsetof(struct config_realm, m)
#define NUMBER(lowest, highest) .type = CONFIG_TYPE_U32, .min = (lowest), .max = (highest)

const struct config_key config_keys[] = {
    { AUTHORITY(mode), .type = CONFIG_TYPE_WORD, .words = mode_words, .fallback = "lsad",
      .shown = "lsad, or embedded where there is no file",
      .doc = "who serves applications: the daemon, or an authority inside each process" },
    { AUTHORITY(socket), .type = CONFIG_TYPE_PATH, .max = SOCKET_BYTES_MAX,
      .fallback = "/run/opensspi/lsad.sock",
      .doc = "the socket that all services without a `listen` share" },
    { AUTHORITY(user), .type = CONFIG_TYPE_NAME, .max = NAME_BYTES_MAX, .fallback = "lsad",
      .doc = "the daemon's account, which applications believe besides root" },
    { AUTHORITY(allow_environment), .type = CONFIG_TYPE_BOOL, .fallback = "no",
      .doc = "whether OPENSSPI_AUTHORITY may choose another authority" },
    { AUTHORITY(module_dir), .type = CONFIG_TYPE_PATH, .max = PATH_BYTES_MAX,
      .shown = "as built",
      .doc = "the folder of the packages' modules" },
    { AUTHORITY(askpass), .type = CONFIG_TYPE_PATH, .max = PATH_BYTES_MAX, .shown = "none",
      .doc = "the program that applications run to ask a user for credentials, where they may "
             "(ISC_REQ_PROMPT_FOR_CREDS); OPENSSPI_ASKPASS in a program's environment goes "
             "before" },
    { AUTHORITY(log_level), .type = CONFIG_TYPE_WORD, .words = level_words,
      .fallback = "notice", .doc = "log lines less important than this are dropped" },
    { AUTHORITY(workers), NUMBER(0, 256), .fallback = "0",
      .doc = "threads for calls that never block; 0 means one a processor" },
    { AUTHORITY(slow_workers), NUMBER(1, 256), .fallback = "8",
      .doc = "threads for calls that may wait for the network" },
    { AUTHORITY(slow_queue), NUMBER(1, 65536), .fallback = "64",
      .doc = "calls of one service that may wait for such a thread" },
    { AUTHORITY(max_clients), NUMBER(1, 65536), .fallback = "1024",
      .doc = "processes that may be connected at a time; one uid but root may have half" },
    { AUTHORITY(min_uid), NUMBER(1, UINT32_MAX - 1), .fallback = "1000",
      .doc = "no logon becomes a uid below this, and none ever root" },
    { AUTHORITY(name_service), .type = CONFIG_TYPE_BOOL, .fallback = "no",
      .doc = "whether the daemon may use sockets to ask sssd or winbind who a local user is; "
             "/etc/passwd and /etc/group need none" },

    { MACHINE(netbios_name), .type = CONFIG_TYPE_NETBIOS, .shown = "from the host's name",
      .doc = "the machine's NetBIOS name" },
    { MACHINE(dns_name), .type = CONFIG_TYPE_DNS, .shown = "from the host's name",
      .doc = "the machine's full DNS name" },
    { MACHINE(netbios_domain), .type = CONFIG_TYPE_NETBIOS, .shown = "the machine's name",
      .doc = "the NetBIOS name of the domain whose accounts the store holds" },
    { MACHINE(dns_domain), .type = CONFIG_TYPE_DNS, .shown = "from dns_name",
      .doc = "the DNS name of that domain" },
    { MACHINE(dns_forest), .type = CONFIG_TYPE_DNS, .shown = "none",
      .doc = "the DNS name of its forest" },

    { STORE(state_dir), .type = CONFIG_TYPE_PATH, .max = PATH_BYTES_MAX,
      .fallback = "/var/lib/opensspi", .doc = "the folder of the account store" },
    { STORE(key_file), .type = CONFIG_TYPE_PATH, .max = PATH_BYTES_MAX,
      .shown = "store.key in state_dir",
      .doc = "32 random bytes, mode 0400, under which password hashes are sealed" },
    { STORE(lockout_threshold), NUMBER(0, 65535), .fallback = "10",
      .doc = "failed logons that lock an account; 0 means never" },
    { STORE(lockout_window_minutes), NUMBER(1, MINUTES_MAX), .fallback = "15",
      .doc = "the time within which they are counted" },
    { STORE(lockout_minutes), NUMBER(0, MINUTES_MAX), .fallback = "15",
      .doc = "how long the account stays locked; 0 means until it is unlocked by hand" },
    { STORE(idmap_first), NUMBER(0, UINT32_MAX - 1), .fallback = "0", .shown = "none",
      .doc = "accounts without a local user get the uid that is this plus their RID" },
    { STORE(idmap_count), NUMBER(1, UINT32_MAX - 1), .fallback = "100000",
      .doc = "RIDs from this on get none" },
    { STORE(password_min_length), NUMBER(0, PASSWORD_UNITS_MAX), .fallback = "8",
      .doc = "characters that a password must have when its user changes it" },
    { STORE(password_history), NUMBER(0, PASSWORD_HISTORY_MAX), .fallback = "5",
      .doc = "last passwords of a user, the present one too, that may not be chosen again; "
             "their hashes are kept" },

    { PACKAGE(module), .type = CONFIG_TYPE_MODULE, .shown = "NAME in lower case",
      .doc = "the module's file name without .so" },
    { PACKAGE(enabled), .type = CONFIG_TYPE_BOOL, .fallback = "yes",
      .doc = "whether the package is loaded" },
    { PACKAGE(pool), .type = CONFIG_TYPE_WORD, .words = pool_words, .fallback = "slow",
      .shown = "fast for NTLM, initiate for Kerberos and Negotiate, slow for others",
      .doc = "which threads run its calls: slow ones may wait for the network; with initiate, "
             "those of clients' handshakes do, and of servers that accept as somebody "
             "(user to user)" },

    { .kind = CONFIG_SERVICE, .name = "uid", .type = CONFIG_TYPE_UIDS, .shown = "nobody",
      .doc = "users of the shared socket that this section is about" },
    { SERVICE(listen), .type = CONFIG_TYPE_PATH, .max = SOCKET_BYTES_MAX, .shown = "none",
      .doc = "a socket of its own: whoever can connect to it is this service" },
    { SERVICE(listen_mode), .type = CONFIG_TYPE_OCTAL, .max = 0777, .fallback = "0660",
      .doc = "permissions of that socket" },
    { SERVICE(listen_group), .type = CONFIG_TYPE_NAME, .max = NAME_BYTES_MAX,
      .shown = "the daemon's", .doc = "group of that socket" },
    { SERVICE(may), .type = CONFIG_TYPE_WORDS, .words = may_words,
      .fallback = "accept, initiate",
      .doc = "what the service may do: accept contexts; initiate them, and change passwords; "
             "get the token of who logged on; be trusted like the system (tcb); "
             "read `sspi status` (admin)" },
    { SERVICE(packages), .type = CONFIG_TYPE_LIST, .shown = "all",
      .doc = "the packages that it may use" },
    { SERVICE(max_contexts), NUMBER(1, 1000000), .fallback = "10000",
      .doc = "security contexts at a time" },
    { SERVICE(max_half_open), NUMBER(1, 1000000), .fallback = "1000",
      .doc = "handshakes that may be under way at a time" },
    { SERVICE(max_credentials), NUMBER(1, 1000000), .fallback = "1000",
      .doc = "credential handles at a time" },
    { SERVICE(handshake_seconds), NUMBER(1, 3600), .fallback = "60",
      .doc = "a handshake that takes longer is dropped" },
    { SERVICE(failures_per_minute), NUMBER(1, 1000000), .fallback = "600",
      .doc = "failed logons of one peer address after which further ones are refused for the "
             "rest of the minute; of the service, where a server does not tell addresses" },
    { SERVICE(keytab), .type = CONFIG_TYPE_PATH, .max = PATH_BYTES_MAX, .shown = "none",
      .doc = "the file of its Kerberos keys, which the authority alone reads; a changed file is "
             "taken within a second" },
    { SERVICE(principals), .type = CONFIG_TYPE_TEXT, .max = TEXT_BYTES_MAX,
      .shown = "all of the keytab",
      .doc = "the principals of that file that are the service's, separated by commas; without "
             "@REALM: of any realm" },

    { REALM(sid), .type = CONFIG_TYPE_TEXT, .max = TEXT_BYTES_MAX, .shown = "none",
      .doc = "the SIDs of the realm's domains, separated by commas: of what a ticket says of its "
             "user only these and what is below them is believed" },
    { REALM(accounts), .type = CONFIG_TYPE_TEXT, .max = NAME_BYTES_MAX, .shown = "none",
      .doc = "the account of the local store that a user of the realm is where his ticket says "
             "no SIDs; %u stands for his name, if it has one part, %l for what the auth_to_local "
             "rules of krb5.conf make of it" },
};

const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);

#define SETTING(p, setting) .package = (p), .key.kind = CONFIG_PACKAGE, .key.name = (setting)

const struct config_package_key config_package_keys[] = {
    { SETTING("NTLM", "incoming"), .key.type = CONFIG_TYPE_WORD, .key.words = use_words,
      .key.fallback = "allow",
      .key.doc = "whether clients may log on with NTLM: yes; yes, and each is told in the log; "
                 "no, and each is told" },
    { SETTING("NTLM", "outgoing"), .key.type = CONFIG_TYPE_WORD, .key.words = use_words,
      .key.fallback = "allow",
      .key.doc = "the same for programs here that log on elsewhere" },
    { SETTING("NTLM", "outgoing_exceptions"), .key.type = CONFIG_TYPE_LIST,
      .key.shown = "none",
      .key.doc = "targets that programs here may log on to though outgoing is deny: HOST, "
                 "CLASS/HOST, or *.DOMAIN for every host below it" },
    { SETTING("NTLM", "lm_compatibility_level"), .key.type = CONFIG_TYPE_U32, .key.min = 0,
      .key.max = 5, .key.fallback = "5",
      .key.doc = "which versions are spoken, as Windows's LmCompatibilityLevel: clients send LM "
                 "and NTLMv1 at 0 and 1, NTLMv1 at 2, NTLMv2 from 3 on; servers take all up to "
                 "3, no LM at 4, NTLMv2 alone at 5" },
    { SETTING("NTLM", "require_extended_security"), .key.type = CONFIG_TYPE_BOOL,
      .key.fallback = "yes",
      .key.doc = "whether a context that signs or seals is refused without extended session "
                 "security" },
    { SETTING("NTLM", "allow_anonymous"), .key.type = CONFIG_TYPE_BOOL, .key.fallback = "yes",
      .key.doc = "whether a client without a name gets in where the server's program asks for "
                 "that (ASC_REQ_ALLOW_NULL_SESSION)" },
    { SETTING("NTLM", "guest_account"), .key.type = CONFIG_TYPE_NAME, .key.max = NAME_BYTES_MAX,
      .key.shown = "none: nobody is a guest",
      .key.doc = "the account that a client gets, whatever its password, whose user name is no "
                 "account's" },
    { SETTING("NTLM", "oem_code_page"), .key.type = CONFIG_TYPE_WORD,
      .key.words = code_page_words, .key.fallback = "ascii",
      .key.doc = "what names of clients without Unicode are written in; with ascii others are "
                 "refused" },
    { SETTING("NTLM", "require_128bit"), .key.type = CONFIG_TYPE_BOOL, .key.fallback = "yes",
      .key.doc = "whether a context that signs or seals is refused without 128-bit keys" },
    { SETTING("NTLM", "require_mic"), .key.type = CONFIG_TYPE_BOOL, .key.fallback = "no",
      .key.doc = "whether a client that does not protect its handshake by a MIC is refused" },
    { SETTING("NTLM", "channel_bindings"), .key.type = CONFIG_TYPE_WORD,
      .key.words = bindings_words, .key.fallback = "application",
      .key.doc = "whether a client must send the channel bindings that the server has: as the "
                 "server's program asks; never; if the client knows of bindings at all; always, "
                 "and then the program must give them" },
    { SETTING("NTLM", "client_channel_bindings"), .key.type = CONFIG_TYPE_WORD,
      .key.words = client_bindings_words, .key.fallback = "application",
      .key.doc = "whether contexts that are initiated here send channel bindings: as the program "
                 "gives them; never; always, and then the program must give them" },
    { SETTING("NTLM", "target_name"), .key.type = CONFIG_TYPE_WORD,
      .key.words = target_words, .key.fallback = "off",
      .key.doc = "whether a client is refused that wanted to reach another server: never; if it "
                 "says whom it wanted; also if it does not, or does not trust the name" },
    { SETTING("NTLM", "target_names"), .key.type = CONFIG_TYPE_LIST,
      .key.shown = "the machine's names",
      .key.doc = "what clients may call the server then: HOST, or CLASS/HOST as in "
                 "HTTP/www.example.org, or *.example.org for every host below it; ports are not "
                 "compared" },
    { SETTING("Kerberos", "allow_rc4"), .key.type = CONFIG_TYPE_BOOL, .key.fallback = "no",
      .key.doc = "whether tickets and keys of the old encryption type rc4-hmac are taken" },
    { SETTING("Kerberos", "clock_skew"), .key.type = CONFIG_TYPE_U32, .key.min = 1,
      .key.max = 3600, .key.fallback = "300",
      .key.doc = "seconds by which a client's clock may differ from ours" },
    { SETTING("Kerberos", "require_pac"), .key.type = CONFIG_TYPE_BOOL, .key.fallback = "no",
      .key.doc = "whether a ticket without a PAC that names its user's SIDs is refused" },
    { SETTING("Kerberos", "accept_unmapped"), .key.type = CONFIG_TYPE_BOOL,
      .key.shown = "yes, but no for a [realm] with accounts",
      .key.doc = "whether a user who has neither SIDs of a [realm] nor an account gets a context: "
                 "with his name, but without a token" },
    { SETTING("Kerberos", "allow_context_replay"), .key.type = CONFIG_TYPE_BOOL,
      .key.fallback = "no",
      .key.doc = "whether ASC_REQ_ALLOW_CONTEXT_REPLAY makes a context without looking into the "
                 "replay cache; for a [service NAME] that needs it" },
    { SETTING("Kerberos", "channel_bindings"), .key.type = CONFIG_TYPE_WORD,
      .key.words = bindings_words, .key.fallback = "application",
      .key.doc = "whether a client must send the channel bindings that the server has: as the "
                 "server's program asks; never; if the client knows of bindings at all; always, "
                 "and then the program must give them" },
    { SETTING("Kerberos", "client_channel_bindings"), .key.type = CONFIG_TYPE_WORD,
      .key.words = client_bindings_words, .key.fallback = "application",
      .key.doc = "whether contexts that are initiated here send channel bindings: as the program "
                 "gives them; never; always, and then the program must give them" },
    { SETTING("Kerberos", "replay_cache"), .key.type = CONFIG_TYPE_PATH,
      .key.max = PATH_BYTES_MAX, .key.shown = "kerberos.replay in state_dir",
      .key.doc = "the file of authenticators that were seen; processes that accept with the same "
                 "keys must share it" },
    { SETTING("Kerberos", "replay_entries"), .key.type = CONFIG_TYPE_U32,
      .key.min = 1024, .key.max = 16777216, .key.fallback = "1048576",
      .key.doc = "authenticators that it remembers; each takes 16 bytes of the file" },
    { SETTING("Kerberos", "krb5_config"), .key.type = CONFIG_TYPE_PATH,
      .key.max = PATH_BYTES_MAX, .key.shown = "/etc/krb5.conf",
      .key.doc = "libkrb5's own configuration, which says where KDCs are" },
    { SETTING("Negotiate", "packages"), .key.type = CONFIG_TYPE_LIST,
      .key.shown = "Kerberos, then others, then NTLM",
      .key.doc = "the packages that are negotiated, the preferred one first; without NTLM in it, "
                 "NTLM is off for Negotiate, and each client that tries is told in the log" },
    { SETTING("Negotiate", "allow_raw"), .key.type = CONFIG_TYPE_BOOL, .key.fallback = "yes",
      .key.doc = "whether a client's first token may be a package's own, without SPNEGO around "
                 "it: nothing then protects which package it is" },
};

const size_t config_package_key_count =
    sizeof(config_package_keys) / sizeof(config_package_keys[0]);

const struct config_key *
config_key_find(enum config_kind kind, const char *name)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].kind == kind && strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    }
    return NULL;
}

/* "error, warning, notice": the words that are allowed. */
static void
range_words(const char *lead, const struct config_word *words, char *out, size_t room)
{
    size_t n = (size_t)snprintf(out, room, "%s", lead);

    for (const struct config_word *w = words; w->word != NULL && n < room; w++)
        n += (size_t)snprintf(out + n, room - n, "%s%s", w == words ? "" : ", ", w->word);
}

void
config_key_range(const struct config_key *k, char *out, size_t room)
{
    static const char *const fixed[] = {
        [CONFIG_TYPE_BOOL] = "yes or no",
        [CONFIG_TYPE_NETBIOS] = "1 to 15 letters, digits, - or _",
        [CONFIG_TYPE_DNS] = "a DNS name",
        [CONFIG_TYPE_MODULE] = "lower-case letters, digits and -",
        [CONFIG_TYPE_LIST] = "names, separated by commas",
        [CONFIG_TYPE_UIDS] = "user names or numbers, separated by commas, or *",
    };

    switch (k->type) {
    case CONFIG_TYPE_U32:
        snprintf(out, room, "a number from %u to %u", k->min, k->max);
        break;
    case CONFIG_TYPE_OCTAL:
        snprintf(out, room, "an octal number from 0 to 0%o", k->max);
        break;
    case CONFIG_TYPE_NAME:
        snprintf(out, room, "a name of at most %u bytes", k->max);
        break;
    case CONFIG_TYPE_TEXT:
        snprintf(out, room, "a text of at most %u bytes", k->max);
        break;
    case CONFIG_TYPE_PATH:
        snprintf(out, room, "an absolute path of at most %u bytes", k->max);
        break;
    case CONFIG_TYPE_WORD:
        range_words("one of: ", k->words, out, room);
        break;
    case CONFIG_TYPE_WORDS:
        range_words("any of: ", k->words, out, room);
        break;
    default:
        snprintf(out, room, "%s", fixed[k->type]);
    }
}
