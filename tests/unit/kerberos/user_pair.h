/*
 * user_pair.h: the user half through SECPKG_USER_FUNCTION_TABLE, and both ends of a context that
 * MIT recorded, with its keys.
 */
#ifndef KRB_USER_PAIR_H
#define KRB_USER_PAIR_H

#include "krb_rows.h"

#include "packages/kerberos/protect/context_data.h"

#include "ntsecpkg.h"

#define START 1000
#define EXPIRY 2000
#define LOGOFF 3000
#define TOKEN_HANDLE 0x99

#define AES256 "gss.aes256-cts-hmac-sha1-96/mutual"

enum { INITIATOR = 0x2001, ACCEPTOR = 0x2002 };

extern SECPKG_USER_FUNCTION_TABLE *user;
extern struct crypto_krb_key keys[2];   /* the initiator's, the acceptor's (type NULL: none) */

/* What the half has allocated, and how often it still may; negative: always. */
extern long heap, heap_left;
void NTAPI heap_free(PVOID p);

/* The group's setup. */
int user_start(void **state);
/* The keys of that row and no contexts; pair_make() does it, too. */
void keys_load(const char *stem);
void pair_make(const char *stem);
/* And nothing of the heap is left. */
void pair_delete(void);
/* The ContextData that pair_make() has for that role, and what comes of another. */
struct krb_context_data context_data(enum krb_role role);
NTSTATUS context_try(LSA_SEC_HANDLE handle, const struct krb_context_data *d);

#endif
