/*
 * channel_bindings.h: channel bindings for NTLM and Kerberos alike: the 16
 * bytes that both carry for a SECBUFFER_CHANNEL_BINDINGS, what both sides may
 * demand (the setting channel_bindings, ASC_REQ_ALLOW_MISSING_BINDINGS,
 * ASC_REQ_PROXY_BINDINGS), and the report in SECBUFFER_CHANNEL_BINDINGS_RESULT.
 */
#ifndef PACKAGES_COMMON_CHANNEL_BINDINGS_H
#define PACKAGES_COMMON_CHANNEL_BINDINGS_H

#include "base/view.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

#define CHANNEL_BINDINGS_HASH_SIZE 16

/* One side's own. A context keeps them: the application may give them on one leg only. */
struct channel_bindings {
    bool given;
    bool audit;         /* SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS: report, do not refuse */
    bool required;      /* of an initiator: a message that cannot carry them is not sent */
    uint8_t hash[CHANNEL_BINDINGS_HASH_SIZE];   /* zeros: none */
};

/*
 * MD5 over gss_channel_bindings_struct (RFC 4121 4.1.1.2) made from a
 * SEC_CHANNEL_BINDINGS or SEC_CHANNEL_BINDINGS_EX with its data behind it.
 * SEC_E_BAD_BINDINGS: not such a structure, or its offsets lead out of it.
 */
MUST_CHECK status_t channel_bindings_parse(struct view in, struct channel_bindings *out);
/*
 * The SECBUFFER_CHANNEL_BINDINGS of a leg's input. Without one, out stays as it
 * is: the last ones that were given count.
 */
MUST_CHECK NTSTATUS channel_bindings_read(const LSA_SECPKG_FUNCTION_TABLE *lsa,
                                          const SecBufferDesc *input,
                                          struct channel_bindings *out);

/* ---- the acceptor ------------------------------------------------------- */

/* The setting channel_bindings, by its words' order in the configuration's table. */
enum channel_bindings_policy {
    CHANNEL_BINDINGS_APPLICATION,       /* what the program asks for: Windows's behaviour */
    CHANNEL_BINDINGS_OFF,               /* nothing is refused; the report is made */
    CHANNEL_BINDINGS_WHEN_SUPPORTED,    /* a client that does not know bindings may send none */
    CHANNEL_BINDINGS_REQUIRED,          /* whatever the program says */
    CHANNEL_BINDINGS_POLICIES
};

enum channel_bindings_policy channel_bindings_policy(const struct opensspi_host_settings *s,
                                                     const char *package);

/* What the client's message said. */
struct channel_bindings_claim {
    bool aware;         /* it has a place for bindings, or says that it knows of them */
    uint8_t hash[CHANNEL_BINDINGS_HASH_SIZE];   /* zeros: none */
};

struct channel_bindings_verdict {
    status_t status;        /* 0 or SEC_E_BAD_BINDINGS */
    uint32_t result;        /* SEC_CHANNEL_BINDINGS_RESULT_* */
    const char *reason;     /* for the log; NULL: none */
    const char *hint;       /* what somebody here must mend; NULL: nothing */
};

/* requirements: ASC_REQ_*. own is the application's. */
struct channel_bindings_verdict
channel_bindings_check(enum channel_bindings_policy policy, uint32_t requirements,
                       const struct channel_bindings *own,
                       const struct channel_bindings_claim *claim);

/*
 * Before anything is done that cannot be done again: is there room for the report, if one is
 * wanted? SEC_E_BUFFER_TOO_SMALL.
 */
MUST_CHECK NTSTATUS channel_bindings_check_room(const SecBufferDesc *output, bool allocate);
/* Of a leg that is not the last: no report yet. */
void channel_bindings_put_none(SecBufferDesc *output);
/*
 * Writes the report where the application wants one; without such a buffer
 * nothing is done. *allocated as by sec_buffer_put_token().
 */
MUST_CHECK NTSTATUS channel_bindings_put_result(const LSA_SECPKG_FUNCTION_TABLE *lsa,
                                                SecBufferDesc *output, uint32_t result,
                                                bool allocate, bool *allocated);

/* ---- the initiator ------------------------------------------------------ */

/* The setting client_channel_bindings, in the same way. */
enum channel_bindings_sent {
    CHANNEL_BINDINGS_SEND_GIVEN,
    CHANNEL_BINDINGS_SEND_NEVER,
    CHANNEL_BINDINGS_SEND_REQUIRED,
    CHANNEL_BINDINGS_SENTS
};

/*
 * Makes own what is sent, by the setting. SEC_E_BAD_BINDINGS: the application must give
 * bindings and does not.
 */
MUST_CHECK status_t channel_bindings_offer(const struct opensspi_host_settings *s,
                                           const char *package, struct channel_bindings *own);

#endif
