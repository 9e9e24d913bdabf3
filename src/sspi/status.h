/* What a user half returned, as the application sees it. */
#ifndef SSPI_STATUS_H
#define SSPI_STATUS_H

#include "base/view.h"

/* NTSTATUS of a user half -> SECURITY_STATUS. */
status_t sspi_status_map(status_t s);

#endif
