/* Opening the account store for the `sspi account` commands, and names in it. */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include "cli/cli.h"
#include "lsa/account.h"

/* The options that all account commands have; first in each one's own structure. */
struct cli_store_options {
    const char *state, *config;
    bool json;
};

#define CLI_STORE_OPTIONS \
    { "state", "DIR", CLI_STRING, offsetof(struct cli_store_options, state), \
      "the store's folder, rather than the configured one" }, \
    { "config", "FILE", CLI_STRING, offsetof(struct cli_store_options, config), \
      "the configuration (default /etc/opensspi/opensspi.conf)" }, \
    { "json", NULL, CLI_FLAG, offsetof(struct cli_store_options, json), \
      "print JSON" }

/* NULL: it was complained about, *code is the exit code. create: make it where it is missing. */
struct account_store *cli_store_open(const struct cli_store_options *o, bool create, int *code);

#define CLI_PATH_MAX 4096

/*
 * The same with the key in this file, and without a word where it does not open the store:
 * then NULL, and the caller may be the store's owner.
 */
struct account_store *cli_store_open_key(const struct cli_store_options *o, const char *key_file);
/* Where the configured key is. False: it was complained about. */
bool cli_store_key_path(const struct cli_store_options *o, char out[CLI_PATH_MAX], int *code);

/* Root that became the store's owner: root again for a while, and back. */
void cli_identity_own(void);
void cli_identity_store(void);

/* An account's or a group's name, UTF-16LE. */
struct cli_name {
    char16_t units[ACCOUNT_NAME_MAX];
    size_t count;
};

/* False: it was complained about. */
bool cli_name_parse(const char *text, struct cli_name *out);
struct view cli_name_view(const struct cli_name *n);

/* Complains that `what` of `name` failed, and why; returns the exit code. */
int cli_store_fail(const char *what, const char *name, status_t status);

#endif
