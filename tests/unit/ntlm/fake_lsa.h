/*
 * fake_lsa.h: an authority for one test process: the function table and the
 * host extension that the NTLM package is given, with a clock and random
 * bytes that the test sets, accounts that it lists, and books of what the
 * package took and has not given back.
 */
#ifndef NTLM_FAKE_LSA_H
#define NTLM_FAKE_LSA_H

#include "unit.h"

#include "base/view.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

#define FAKE_LOG_MAX 512

struct fake_account {
    const char16_t *name, *password;    /* NULL password: no NT hash */
    NTSTATUS restriction, sub_status;   /* of ConvertAuthDataToToken */
};

struct fake_range {
    const void *p;
    size_t n;
};

struct fake {
    SECPKG_FUNCTION_TABLE *package;
    SECPKG_USER_FUNCTION_TABLE *user;
    const struct fake_account *accounts;
    size_t account_count;
    int64_t now;
    uint64_t random;                /* state of a generator; any number but 0 */
    struct view script;             /* random bytes that come before the generator's */
    struct opensspi_host_names names;
    const char *require_128bit, *require_mic;   /* NULL: not set */
    struct {
        const char *key, *value;
    } settings[8];                  /* further ones */
    uint32_t format_lowest, format_highest;
    const char *peer;               /* the client's address; NULL: not said */
    bool no_host;                   /* the host has no interface at all */
    struct fake_range ranges[16];   /* what the client's memory consists of */
    size_t range_count;

    /* The books. */
    long heap, sam, tokens, client_buffers;
    long heap_left;                 /* allocations that still succeed; negative: all do */
    unsigned audits;
    NTSTATUS audit_status, audit_sub_status;
    char audit_account[FAKE_LOG_MAX];
    SECURITY_IMPERSONATION_LEVEL level;
    char log[FAKE_LOG_MAX];         /* the last line: "event key=value ..." */
    int log_level;
    char counted[FAKE_LOG_MAX];     /* every counter that got one more, each with a space */
};
extern struct fake fake;

/* Until the next fake_setup(). */
void fake_setting(const char *key, const char *value);
/* Loads both halves afresh. cmocka fixtures. */
int fake_setup(void **state);
/* Shuts down, and fails when anything was not given back. */
int fake_teardown(void **state);
/* "DOMAIN", "DC01", "domain.local": the machine of the captured exchanges. */
void fake_names_set(const char16_t *netbios_domain, const char16_t *netbios_computer,
                    const char16_t *dns_domain, const char16_t *dns_computer,
                    const char16_t *dns_forest, bool joined);

/* The table that the package was given. */
LSA_SECPKG_FUNCTION_TABLE *fake_functions(void);
/* OpenSspiPackageInitialize, as fake_setup() calls it. */
NTSTATUS fake_host_offer(void);
void *fake_heap_allocate(ULONG n);
void fake_heap_free(void *p);

/* ---- one side of a handshake -------------------------------------------- */

struct side {
    LSA_SEC_HANDLE credential, context;
    const char16_t *target;
    ULONG requirements;
    struct view bindings;           /* SECBUFFER_CHANNEL_BINDINGS; empty: none */
    const char16_t *target_host;    /* SECBUFFER_TARGET_HOST; NULL: none */
    bool wants_result;              /* SECBUFFER_CHANNEL_BINDINGS_RESULT in the output */
    size_t result_room;             /* of it; 0: as much as there must be */
    size_t room;                    /* of the output buffer; 0: the whole of out */
    /* The last leg. */
    NTSTATUS status;
    uint8_t out[4096];
    size_t out_n;
    ULONG result, result_n;         /* of the channel bindings, and its length */
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped;
    uint8_t data[4096];             /* ContextData */
    size_t data_n;
    uint8_t session_key[16];
};

/* Acquires; user NULL: inbound. */
void side_open(struct side *s, const char16_t *user, const char16_t *domain,
               const char16_t *password);
void side_close(struct side *s);
NTSTATUS side_initiate(struct side *s, struct view in);
NTSTATUS side_accept(struct side *s, struct view in);
/* Deletes the context, to begin another one. */
void side_reset(struct side *s);

static inline struct view
side_out(const struct side *s)
{
    return view_of(s->out, s->out_n);
}

#endif
