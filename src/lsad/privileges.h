/*
 * privileges: from root to the daemon's own account, and the limits of the process.
 */
#ifndef LSAD_PRIVILEGES_H
#define LSAD_PRIVILEGES_H

#include "lsad/listen.h"

/*
 * The account that the daemon runs as: the configured user where it was started
 * as root, else whoever started it. False: error names the missing account.
 */
bool lsad_account_find(const struct config *config, struct lsad_owner *out,
                       char error[LSAD_ERROR_MAX]);
/* Started as root: becomes that account, for good. False: error says what failed. */
bool lsad_privileges_drop(const struct config *config, const struct lsad_owner *to,
                          char error[LSAD_ERROR_MAX]);
/* Whether the account we are now can use the state folder and the store in it. */
bool lsad_state_check(const struct config *config, char error[LSAD_ERROR_MAX]);

/* No core files, as many descriptors as allowed; not dumpable unless for_debugger. */
void lsad_limits_set(bool for_debugger);

#endif
