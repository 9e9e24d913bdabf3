/* One leg of establishment: InitializeSecurityContext and AcceptSecurityContext alike. */
#ifndef SSPI_LEG_H
#define SSPI_LEG_H

#include "sspi/context.h"
#include "sspi/credential.h"

struct sspi_leg {
    bool initiator;
    bool ansi;
    PCredHandle credential;     /* may be absent on later legs */
    PCtxtHandle context;        /* absent on the first leg */
    const char16_t *target;     /* initiators */
    ULONG requirements, data_rep;
    PSecBufferDesc input, output;
    PCtxtHandle new_context;
    ULONG *attributes;          /* any of these may be NULL */
    PTimeStamp expiry;
};

/* The application's own structures go in and out; the status is its. */
status_t sspi_leg_run(const struct sspi_leg *leg);

#endif
