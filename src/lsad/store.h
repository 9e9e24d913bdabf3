/*
 * store: the account store's part of the start, which --check goes through as well: is
 * there a store, is this its first start, and the key, read while that is still allowed.
 */
#ifndef LSAD_STORE_H
#define LSAD_STORE_H

#include "lsa/account.h"
#include "lsad/listen.h"

struct lsad_store {
    bool first;                         /* neither accounts nor key: both are to be made */
    uint8_t key[ACCOUNT_KEY_SIZE];      /* unless first; wipe it (secret_wipe) */
};

/*
 * Looks as whoever starts the daemon. False: the key cannot be used, or only one of store
 * and key is there; error says which.
 */
bool lsad_store_look(const struct config *config, struct lsad_store *out,
                     char error[LSAD_ERROR_MAX]);
/* At a first start: makes the state folder, where it is missing, for the daemon's account. */
bool lsad_store_folder_make(const struct config *config, const struct lsad_owner *owner,
                            char error[LSAD_ERROR_MAX]);
/* Opens a store that is there as the daemon's account would, and closes it again. */
bool lsad_store_try(const struct config *config, const struct lsad_store *store,
                    char error[LSAD_ERROR_MAX]);

#endif
