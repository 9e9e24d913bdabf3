/* flags.h: the flags of RFC 4121 4.1.1 and what applications ask for and get. */
#ifndef KRB_LSA_FLAGS_H
#define KRB_LSA_FLAGS_H

#include <stdint.h>

/* ISC_REQ_* -> the KRB_GSS_* that an initiator says. */
uint32_t krb_flags_offer(uint32_t requirements);
/* KRB_GSS_* -> ISC_RET_*. */
uint32_t krb_flags_initiator_attributes(uint32_t gss, uint32_t requirements);
/* What an acceptor holds to, of what the client says. */
uint32_t krb_flags_hold(uint32_t gss, uint32_t requirements);
/* KRB_GSS_* -> ASC_RET_*. */
uint32_t krb_flags_acceptor_attributes(uint32_t gss, uint32_t requirements);

#endif
