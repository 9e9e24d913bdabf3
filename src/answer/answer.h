/*
 * answer: the authority's half of the boundary. It takes a message that an
 * application's library sent, checks by a table that this client may make this
 * call in this state, resolves what it names, calls liblsa, and writes the reply.
 *
 * lsad feeds it from sockets, the embedded authority from a function call: both
 * run the same code on the same bytes. Its twin is src/sspi/ask_*.c.
 *
 * Thread-safe: several messages of one connection may be answered at once (the
 * embedded authority does; lsad has one in flight a connection).
 */
#ifndef ANSWER_ANSWER_H
#define ANSWER_ANSWER_H

#include "base/wr.h"
#include "config/config.h"
#include "ipc/ipc.h"

struct answer_authority;
struct answer_connection;

struct answer_options {
    const struct config *config;    /* borrowed until answer_authority_free() or the next reload */
    const char *module_dir;         /* packages' folder; NULL: config's, else as built */
    bool create_store;              /* make the account store and its key where it is missing */
    const uint8_t *store_key;       /* ACCOUNT_KEY_SIZE bytes, read before; NULL: from key_file */
    bool embedded;                  /* one client: this process; every permission is its own */
};

/* Opens store and packages. NULL: error says what failed. */
struct answer_authority *answer_authority_new(const struct answer_options *options,
                                              char error[CONFIG_ERROR_MAX]);
/* Every connection must be closed. Packages are shut down. */
void answer_authority_free(struct answer_authority *a);

/*
 * Takes services, limits and package settings of a new configuration; connections keep
 * the service they have, with its new limits. What cannot change while running
 * (store, package list) is logged. The old configuration may be freed afterwards.
 */
void answer_authority_reload(struct answer_authority *a, const struct config *config);

/*
 * A client has connected. service: the one whose own socket it came in on; NULL:
 * the shared socket, where the uid decides. NULL result: no service allows this
 * uid (logged with the section to add), or no memory. How many processes may be
 * connected (max_clients) is the caller's to see to: it knows them before this does.
 */
struct answer_connection *answer_connection_new(struct answer_authority *a,
                                                const struct ipc_peer *peer,
                                                const char *service);
/* The last connection of a session ends the session: its contexts and credentials go. */
void answer_connection_free(struct answer_connection *c);

enum answer_verdict {
    ANSWER_REPLY,       /* send what is in reply */
    ANSWER_CLOSE,       /* malformed or not permitted: close the connection */
};

/* Answers one message. reply is empty before; it carries keys: wipe it after sending. */
enum answer_verdict answer_message(struct answer_connection *c, struct view request,
                                   struct wr *reply);

/* True when the message's package runs in the slow pool (D6); false for malformed ones too. */
bool answer_is_slow(struct answer_connection *c, struct view request);

/* The name of the connection's service, for quotas and logs. */
const char *answer_connection_service(const struct answer_connection *c);

/*
 * Closes a handle that the authority gave to a package of this process (embedded); false: it is
 * none.
 */
bool answer_handle_close(void *handle);
/* RevertToSelf of a package on this thread. False: it still acts for the client. */
MUST_CHECK bool answer_revert(void);

/* Once a second: drops half-open contexts past their deadline. */
void answer_authority_tick(struct answer_authority *a);

#endif
