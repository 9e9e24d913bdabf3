/*
 * context_data.h: the bytes by which the LSA half hands a finished context to
 * the user half (ContextData of SpAcceptLsaModeContext, PackedContext of
 * SpInitUserModeContext). Position-independent, without pointers and sizes of
 * one machine word, little-endian; the layout is in context_data.c.
 */
#ifndef NTLM_PROTECT_CONTEXT_DATA_H
#define NTLM_PROTECT_CONTEXT_DATA_H

#include "base/rd.h"
#include "base/wr.h"
#include "packages/ntlm/wire/spec.h"

/* The formats that this release writes and reads (D13). */
#define NTLM_CONTEXT_FORMAT_LOWEST 1u
#define NTLM_CONTEXT_FORMAT_HIGHEST 3u

enum ntlm_role { NTLM_ROLE_INITIATOR = 1, NTLM_ROLE_ACCEPTOR = 2 };

/* What else is known of a context. */
enum ntlm_fact {
    NTLM_FACT_LOOPBACK = 1,     /* both ends are of one authority */
    NTLM_FACT_GUEST = 2,        /* the acceptor's: nobody knew the user's name */
    NTLM_FACT_ANONYMOUS = 4,
};
#define NTLM_FACTS (NTLM_FACT_LOOPBACK | NTLM_FACT_GUEST | NTLM_FACT_ANONYMOUS)

/* UserFlags of a logon, as NETLOGON has them (MS-NRPC 2.2.1.4.12). */
#define NTLM_LOGON_GUEST 0x001u
#define NTLM_LOGON_NTLMV2 0x100u

struct ntlm_context_data {
    uint32_t format;            /* that it is written in, or was read from; 0: the lowest */
    uint8_t role;               /* enum ntlm_role */
    uint8_t facts;              /* enum ntlm_fact, or-ed */
    uint32_t flags;             /* NTLMSSP_*, as negotiated */
    uint32_t attributes;        /* ISC_RET_* or ASC_RET_*, by role */
    uint8_t session_key[NTLM_KEY_SIZE];     /* ExportedSessionKey */
    uint64_t token;             /* handle in the application; 0: none */
    int64_t start, expiry;      /* FILETIME */
    struct view account;        /* UTF-16LE, DOMAIN\user; the client's in both roles */
    struct view target;         /* UTF-16LE: acceptor: the client's claim; initiator: its own */
    /* Since format 2. */
    uint32_t user_flags;        /* NTLM_LOGON_* */
    struct view target_info;    /* initiator: the server's AV pairs (MS-NLMP 2.2.2.1) */
    /* Since format 3. Not 0 behind a mechListMIC, whose key stream was given back (D16). */
    uint32_t send_sequence, receive_sequence;
};

size_t ntlm_context_data_size(const struct ntlm_context_data *d);
void ntlm_context_data_build(struct wr *w, const struct ntlm_context_data *d);
/* Writes other numbers into what was built, of format 3 at least. */
void ntlm_context_data_renumber(uint8_t *built, size_t n, uint32_t send, uint32_t receive);
/* The views point into in. SEC_E_INVALID_TOKEN: not such bytes, or of another format. */
MUST_CHECK status_t ntlm_context_data_parse(struct view in, struct ntlm_context_data *out);

#endif
