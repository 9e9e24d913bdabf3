/*
 * world.h: an authority for one test process, with a service that has a
 * keytab, and MIT's libkrb5 as the client: it makes the keys, AP-REQs for
 * tickets that we forge with the service's key (as a KDC would make them),
 * and checks our AP-REPs.
 */
#ifndef KRB_WORLD_H
#define KRB_WORLD_H

#include "unit.h"

#include "packages/kerberos/protect/context_data.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

#include <krb5.h>

#define WORLD_REALM "EXAMPLE.COM"
#define WORLD_SERVER "HTTP/www.example.com@EXAMPLE.COM"
#define WORLD_TARGET "HTTP/www.example.com"  /* the server, to an initiator */
#define WORLD_CLIENT "alice@EXAMPLE.COM"
#define WORLD_NOW INT64_C(1800000000)       /* seconds: nobody's clock is asked */
#define WORLD_TOKEN_MAX 16384
#define WORLD_LOG_MAX 2048
#define WORLD_CLIENT_TOKEN 0x1234567890u    /* the number of a token in the application */

/* What the service is configured to be; the test may change it at any time. */
struct world {
    krb5_context k;
    char dir[64], keytab[96];
    SECPKG_FUNCTION_TABLE *package;
    LSA_SEC_HANDLE credential;
    int64_t now;                            /* seconds since 1970 */
    int64_t boot_ms;
    uint32_t generation;                    /* of the settings */
    struct {
        const char *section, *name, *key, *value;
    } settings[16];
    struct view client_answer;              /* what the provider said; p NULL: nothing */
    uint32_t need_kind, need_flags;         /* what it was asked; kind 0: nothing */
    BOOLEAN impersonating, may_delegate, may_token;
    uint32_t formats;                       /* what the user half reads; 0: it does not say */
    /* What AddCredential was given. */
    uint8_t secret[WORLD_TOKEN_MAX];
    size_t secret_n;
    char log[WORLD_LOG_MAX];                /* the last line: "event key=value ..." */
    /* The books: what was taken and is not given back. */
    long heap, tokens;
    unsigned audits;
    NTSTATUS audit_status;
    /* What CreateToken was told. */
    char token_user[200], token_groups[2048];
    SECURITY_IMPERSONATION_LEVEL level;
};
extern struct world world;

int world_setup(void **state);
int world_teardown(void **state);
/* In a forked child: the package begins again, beside what it has of its parent (D3). */
void world_begin_in_child(void);
void world_setting(const char *section, const char *name, const char *key, const char *value);
/* A new random key of the principal into the keytab file. */
void world_key_add(const char *principal, krb5_kvno kvno, krb5_enctype type);
/* The key of the keytab, for whoever plays the KDC; krb5_free_keyblock_contents(). */
krb5_keyblock world_key(const char *principal, krb5_kvno kvno, krb5_enctype type);

static inline struct view
view_of_data(krb5_data d)
{
    return view_of(d.data, d.length);
}

struct peer;

/* A ticket, as a KDC makes it; zeros are the usual. */
struct forgery {
    const char *client, *server;
    krb5_enctype type;                      /* of the ticket; aes256-sha1 */
    krb5_enctype session_type;              /* type's */
    const krb5_keyblock *key;               /* NULL: the keytab's */
    krb5_kvno kvno;                         /* 1 */
    int64_t start, end;                     /* relative to now; 0: an hour either way */
    uint32_t flags;
    struct view auth_data;
    const char *transited;
    /* The AP-REQ. */
    uint32_t gss;                           /* KRB_GSS_* */
    uint8_t bindings[16];
    krb5_data (*delegated)(struct peer *p);     /* the KRB-CRED; NULL: none */
    int64_t clock;                          /* seconds by which the client's clock is ahead */
    const char *authenticator_client;       /* NULL: the ticket's */
    krb5_enctype subkey_type;               /* the session's */
    bool no_checksum;
    bool user_to_user;                      /* says so, in its options and its frame */
    struct view authenticator_data;         /* AuthorizationData */
};

/* The client's side: made by forge(), asked by the checks. */
struct peer {
    krb5_auth_context ac;
    krb5_creds creds;
    uint8_t token[WORLD_TOKEN_MAX];
    size_t token_n;
};
void forge(struct peer *p, const struct forgery *f);
void peer_wipe(struct peer *p);
/* The AP-REP inside a token of ours, judged by the library; 0 or its error. */
krb5_error_code peer_read(struct peer *p, struct view token, krb5_ap_rep_enc_part **out);

/* Our side. */
struct leg {
    LSA_SEC_HANDLE context;
    ULONG requirements;
    ULONG room;                             /* for our token; 0: plenty */
    struct view bindings;                   /* SEC_CHANNEL_BINDINGS */
    NTSTATUS status;
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped;
    uint8_t out[WORLD_TOKEN_MAX];
    size_t out_n;
    uint8_t data[WORLD_TOKEN_MAX];          /* ContextData */
    size_t data_n;
    struct krb_context_data parsed;         /* of it, where it is mapped */
};
NTSTATUS leg_accept(struct leg *l, struct view token);
void leg_reset(struct leg *l);

/* ContextData, where it is complete. */
void leg_map(struct leg *l, SecBuffer *data);

/* One forgery from end to end; the status of its first leg. */
NTSTATUS accept_once(struct leg *l, const struct forgery *f);
/* True when the last line of the log has the text. */
bool logged(const char *text);
void assert_utf16(struct view got, const char *want);

/* What the provider of the user's own tickets says: a ticket of WORLD_CLIENT's for the server. */
struct ticket_answer {
    const char *target;
    int64_t end;                            /* relative to now */
    krb5_enctype session_type;              /* aes256-sha1 */
    uint32_t flags;                         /* KRB_TICKET_*, as the ticket's cache has them */
    struct view delegated;                  /* any bytes */
    bool delegates;                         /* a ticket-granting ticket, instead of these */
};
/* How long it is. */
size_t world_answer(uint8_t *out, size_t room, const struct ticket_answer *a);
/* An empty token: the first leg, to WORLD_TARGET. */
NTSTATUS leg_initiate(struct leg *l, LSA_SEC_HANDLE credential, struct view token);

/* A context of ours that waits for its AP-REP, and the library that has its AP-REQ. */
struct answered {
    LSA_SEC_HANDLE credential;
    struct leg l;
    krb5_auth_context ac;
    krb5_keyblock session;
    uint8_t message[512], part[512];        /* the library's AP-REP, and EncAPRepPart in it */
    size_t message_n, part_n;
};
enum verdict {
    VERDICT_BOTH,                           /* taken, with the same subkey and number */
    VERDICT_NEITHER,
    VERDICT_STRICTER,                       /* the library takes it and we do not */
    VERDICT_AGAIN,                          /* a KRB-ERROR, whose time the next AP-REQ has */
};
void answered_begin(struct answered *d, krb5_enctype session_type);
void answered_end(struct answered *d);
/* EncAPRepPart, or what is to be one, as the token that the session key seals. */
struct view answered_seal(const struct answered *d, struct view part, uint8_t *room, size_t n);
/* Fails where we take what the library does not, or take something else from it. */
enum verdict answered_by(struct answered *d, struct view token);

/* The AuthorizationData of a ticket. */
struct pac {
    uint8_t bytes[8192];
    size_t n;
};

struct pac_facts {
    const char *client;                     /* whom CLIENT_INFO names */
    const krb5_keyblock *key;               /* the service's */
    struct view logon_info, upn_info;       /* empty: none */
    int spoil;                              /* a byte that is turned after signing; -1: none */
};
void world_pac_make(struct pac *out, const struct pac_facts *f);
/* Around any bytes. */
void world_pac_put(struct pac *out, struct view pac);

/* A ticket-granting ticket of WORLD_CLIENT that no KDC ever sees; krb_tickets_free(). */
struct krb_tickets *world_tickets(void);
/* By a krb5.conf. */
struct krb_tickets *world_tickets_by(const char *config);

#endif
