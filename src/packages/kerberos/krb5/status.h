/* status.h: libkrb5's error codes as SECURITY_STATUS. */
#ifndef KRB_KRB5_STATUS_H
#define KRB_KRB5_STATUS_H

#include "base/view.h"

/* e is a krb5_error_code and no success. */
status_t krb_status_of_error(int32_t e);
/* The same for a code of the protocol: KRB-ERROR.error-code (RFC 4120 7.5.9). */
status_t krb_status_of_code(uint32_t code);

#endif
