/*
 * wire.h: NTLM's messages (MS-NLMP 2.2) as structures of views, each with a
 * parser and a builder. No state, no policy, no key, no memory of their own:
 * views point into the bytes that were given.
 *
 * Parsers return SEC_E_INVALID_TOKEN for what does not have the message's
 * shape and judge nothing else. Builders write to a wr cursor, whose failure
 * is sticky: the caller asks wr_end().
 */
#ifndef NTLM_WIRE_WIRE_H
#define NTLM_WIRE_WIRE_H

#include "base/rd.h"
#include "base/wr.h"
#include "packages/ntlm/wire/spec.h"

/* Which message this is: 1 to 3, or 0 when the bytes are no NTLM message. */
uint32_t ntlm_message_type(struct view in);

/* ---- NEGOTIATE_MESSAGE, 2.2.1.1 ---------------------------------------- */

struct ntlm_negotiate {
    uint32_t flags;
    struct view domain;         /* OEM; empty unless OEM_DOMAIN_SUPPLIED */
    struct view workstation;    /* OEM; empty unless OEM_WORKSTATION_SUPPLIED */
    uint8_t version[NTLM_VERSION_SIZE];     /* zeros unless VERSION */
};

MUST_CHECK status_t ntlm_negotiate_parse(struct view in, struct ntlm_negotiate *out);
/* Without the VERSION flag the message has no room for it and is 32 bytes. */
void ntlm_negotiate_build(struct wr *w, const struct ntlm_negotiate *m);

/* ---- CHALLENGE_MESSAGE, 2.2.1.2 ---------------------------------------- */

struct ntlm_challenge {
    uint32_t flags;
    struct view target_name;    /* UTF-16LE or OEM, by the flags */
    uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES];
    struct view target_info;    /* AV pairs; empty: none */
    uint8_t version[NTLM_VERSION_SIZE];
};

MUST_CHECK status_t ntlm_challenge_parse(struct view in, struct ntlm_challenge *out);
/* In the shape of Windows: payload at 56, TargetName, then TargetInfo. */
void ntlm_challenge_build(struct wr *w, const struct ntlm_challenge *m);

/* ---- AUTHENTICATE_MESSAGE, 2.2.1.3 ------------------------------------- */

struct ntlm_authenticate {
    uint32_t flags;             /* 0 in the oldest shape, which has none */
    struct view lm, nt;         /* responses */
    struct view domain, user, workstation;      /* UTF-16LE or OEM, by the flags */
    struct view session_key;    /* EncryptedRandomSessionKey */
    uint8_t version[NTLM_VERSION_SIZE];
    size_t mic_offset;          /* 0: this shape has no room for a MIC */
    uint8_t mic[NTLM_MIC_SIZE]; /* meaningful only if MsvAvFlags says so: 3.2.5.1.2 */
};

MUST_CHECK status_t ntlm_authenticate_parse(struct view in, struct ntlm_authenticate *out);
/*
 * In the shape of Windows: domain, user, workstation, LM, NT, key; payload at
 * 72, or at 88 when mic_offset is NTLM_MIC_OFFSET (mic is written as it is).
 */
void ntlm_authenticate_build(struct wr *w, const struct ntlm_authenticate *m);

/* ---- AV_PAIR lists, 2.2.2.1 -------------------------------------------- */

struct ntlm_av_list {
    struct view pairs;                      /* all of them, without EOL */
    struct view value[NTLM_AV_IDS];         /* by id; see has */
    uint32_t has;                           /* bit 1 << id: the pair is there */
    uint32_t flags;                         /* MsvAvFlags; 0 when absent */
    uint64_t timestamp;                     /* MsvAvTimestamp; 0 when absent */
};

/*
 * A list must end in EOL and hold no id twice; unknown ids are kept in pairs.
 * Bytes after EOL belong to whoever contains the list.
 */
MUST_CHECK status_t ntlm_av_list_parse(struct view in, struct ntlm_av_list *out);
bool ntlm_av_list_has(const struct ntlm_av_list *list, unsigned id);
/* True when every pair of sent is in got with the same value. */
bool ntlm_av_list_contains(const struct ntlm_av_list *got, const struct ntlm_av_list *sent);

void ntlm_av_pair_build(struct wr *w, unsigned id, struct view value);
void ntlm_av_flags_build(struct wr *w, uint32_t flags);
void ntlm_av_eol_build(struct wr *w);
/*
 * Copies the list's pairs without EOL, as they are but for two things: the
 * value of MsvAvFlags becomes flags, in place (CVE-2019-1166: there must
 * never be two); and ids of the mask drop (1 << id) are left out.
 */
void ntlm_av_list_copy(struct wr *w, const struct ntlm_av_list *list, uint32_t flags,
                       uint32_t drop);

/* ---- NTLMv2_CLIENT_CHALLENGE, 2.2.2.7 ---------------------------------- */

struct ntlm_client_challenge {
    uint64_t time;                          /* FILETIME */
    uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES];
    struct ntlm_av_list av;
};

/* in: the NT response after NTProofStr. */
MUST_CHECK status_t ntlm_client_challenge_parse(struct view in,
                                                struct ntlm_client_challenge *out);
/* av: whole list, EOL included. Ends in the four zero bytes of "temp" (3.3.2). */
void ntlm_client_challenge_build(struct wr *w, uint64_t time,
                                 const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES],
                                 struct view av);

/* ---- NTLMSSP_MESSAGE_SIGNATURE, 2.2.2.9 -------------------------------- */

struct ntlm_signature {
    uint8_t checksum[8];        /* without extended session security: RandomPad, checksum */
    uint32_t sequence;
};

MUST_CHECK status_t ntlm_signature_parse(struct view in, struct ntlm_signature *out);
void ntlm_signature_build(struct wr *w, const struct ntlm_signature *s);

/* ---- what the message files share -------------------------------------- */

/* A field triple (2.2.1): Len, MaxLen, BufferOffset. */
struct ntlm_field {
    uint16_t length;
    uint32_t offset;
};

struct ntlm_field ntlm_field_get(struct rd *r);
/* The field's bytes. An empty field's offset is ignored, as many senders leave it unset. */
struct view ntlm_field_view(struct rd *r, struct ntlm_field f);
/* Lowers *payload to the field's offset, unless it is empty: where the payload begins. */
void ntlm_field_bound(struct ntlm_field f, size_t *payload);
/* Writes a triple and moves *offset behind the item. Longer than 65535: w fails. */
void ntlm_field_put(struct wr *w, struct view item, size_t *offset);
/* Fails the cursor when a text item of UTF-16 has an odd length. */
void ntlm_field_check_text(struct rd *r, uint32_t flags, struct view text);

#endif
