/* What a package returned, as the application sees it. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "view.h"

/* NTSTATUS -> SECURITY_STATUS; numbers of facility 9 (SEC_E_*, SEC_I_*) pass unchanged. */
status_t status_map(status_t s);

#endif
