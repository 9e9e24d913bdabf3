/*
 * The bench of the application-side contract tests: a state folder of its own, an account, and
 * handshakes between two contexts of this process.
 */
#ifndef CONTRACT_APP_H
#define CONTRACT_APP_H

#include "unit.h"

#include "security.h"

#define APP_SKIP 77

/* The accounts that the folder has: a user's and a computer's, of the same password. */
extern char16_t app_user[], app_computer[], app_domain[], app_password[];
/* This machine: a client that meant another one would be reflected (D22). */
extern char16_t app_target[];

/*
 * Makes the folder and the account, and names it in OPENSSPI_AUTHORITY. 0; APP_SKIP where the
 * host's configuration would be used instead.
 */
int app_start(void);
void app_stop(void);

/* A store in the folder, with the account. */
void app_account_make(const char *dir);

/* Credentials; the outbound one with this user and password. */
CredHandle app_inbound(const char16_t *package);
CredHandle app_outbound(const char16_t *package, char16_t *user, char16_t *password);

/* Channel bindings as a buffer of the input. */
#define APP_BINDINGS_MAX 96
struct app_bindings {
    _Alignas(SEC_CHANNEL_BINDINGS) uint8_t bytes[APP_BINDINGS_MAX];
    SecBuffer buffer;
};
void app_bindings_make(struct app_bindings *b, const char *data);

/* A token on its way: what one side made is what the other gets. */
struct app_token {
    SecBuffer buffer;
    SecBufferDesc desc;
};
/* An empty output, to be allocated by the library. */
void app_token_empty(struct app_token *t);

/* One established pair of contexts. */
struct app_pair {
    CredHandle client_cred, server_cred;
    CtxtHandle client, server;
    ULONG client_attributes, server_attributes;
    SECURITY_STATUS client_status, server_status;
    unsigned legs;          /* calls of AcceptSecurityContext */
};

/*
 * Runs a handshake until either side fails or both are done. Output is always allocated by the
 * library.
 */
void app_handshake(struct app_pair *p, ULONG isc_req, ULONG asc_req);
/* Credentials of the account, a handshake that must succeed. */
struct app_pair app_connect(ULONG isc_req, ULONG asc_req);
void app_close(struct app_pair *p);

void app_assert_wide(const WCHAR *have, const char16_t *want);

#endif
