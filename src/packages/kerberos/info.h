/* info.h: what the package says of itself, in both halves. */
#ifndef KRB_INFO_H
#define KRB_INFO_H

#include "ntsecpkg.h"

/* Windows's, since its tickets carry many groups. */
#define KRB_CB_MAX_TOKEN 48000u

extern const SecPkgInfoW krb_package_info;

#endif
